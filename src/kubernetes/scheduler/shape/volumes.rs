//! Volumes of a pod, as far as they bear on its place.

/// A claim of a pod to a volume.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Name of the PersistentVolumeClaim, in the pod's namespace.
    pub name: Box<str>,
    /// Whether it is made for the pod alone (a generic ephemeral volume).
    pub ephemeral: bool,
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
    /// Drivers of its inline CSI volumes, one for each volume: (driver, name of the volume).
    pub inline: Vec<(Box<str>, Box<str>)>,
}

impl PodVolumes {
    /// Whether no volume bears on the pod's place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.disks.is_empty() && self.inline.is_empty()
    }
}
