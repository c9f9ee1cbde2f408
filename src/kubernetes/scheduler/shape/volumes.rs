//! Volumes of a pod, as far as they bear on its place.

/// A claim of a pod to a volume.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Name of the PersistentVolumeClaim, in the pod's namespace.
    pub name: Box<str>,
    /// Name of the pod, if the claim is made for it alone (a generic ephemeral volume).
    pub pod: Option<Box<str>>,
}

/// A kind of disk that is attached without a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskKind {
    /// `gcePersistentDisk`.
    GcePersistentDisk,
    /// `awsElasticBlockStore`.
    AwsElasticBlockStore,
    /// `azureDisk`.
    AzureDisk,
    /// `cinder`.
    Cinder,
    /// `rbd`.
    Rbd,
    /// `iscsi`.
    Iscsi,
    /// `portworxVolume`.
    Portworx,
}

/// A disk that a pod names itself, without a claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Disk {
    /// Its kind.
    pub kind: DiskKind,
    /// What tells it from others of its kind: an id, an IQN, pool and image.
    pub id: Box<str>,
    /// Where it is found, if its kind is known by several addresses (RBD monitors).
    pub addresses: Vec<Box<str>>,
    /// Whether it is only read.
    pub read_only: bool,
}

/// All volumes of a pod that bear on its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PodVolumes {
    /// Its claims.
    pub claims: Vec<Claim>,
    /// Disks without a claim.
    pub disks: Vec<Disk>,
}

impl PodVolumes {
    /// Whether no volume bears on the pod's place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.disks.is_empty()
    }
}
