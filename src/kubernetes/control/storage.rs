//! Volumes of a CSI driver: made for claims, attached to nodes, mounted for pods, and all of that
//! back again.
//!
//! ```text
//!   claim ──provision──▶ made ──attach──▶ attached ──mount──▶ the pod's containers start
//!                         ▲                  │
//!                         └──────detach──────┘  once no pod on the node uses it
//! ```
//!
//! What the driver does takes time elsewhere: a [`Notice`](super::Notice) asks the caller for it,
//! and the caller tells when it is done. Who asks are four parties, each with waits of its own:
//!
//! * `provision`: the external provisioner makes volumes; a pod is bound when those that it waits
//!   for are there (`BindPodVolumes` of the scheduler's VolumeBinding).
//! * `attach`: the attach/detach controller of kube-controller-manager attaches what pods on a node
//!   use and detaches what they do not.
//! * `mount`: the kubelet waits for what its pods use.
//! * `nodes`: the driver comes up on nodes, and nodes fall silent.
//! * `retention`: claims that go with their pods, and what becomes of their volumes.
//!
//! Where no driver is named, claims have their volumes at once and nothing is attached. Not
//! modelled: volumes that several nodes may have at once, claims that grow, snapshots, the taint
//! `node.kubernetes.io/out-of-service`, which somebody sets by hand.

mod attach;
mod mount;
mod nodes;
mod provision;
mod retention;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::log::{Entry, VolumeEntry};
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::volumes::{Binding, PersistentVolume, Source};
pub use provision::Order;

/// The first wait of the sidecars of a driver after a failure, which doubles each time
/// (`--retry-interval-start`; kubernetes-csi/external-provisioner v5, external-attacher v4).
const FIRST_RETRY: SimDuration = SimDuration::from_secs(1);

/// Their longest (`--retry-interval-max`).
const LONGEST_RETRY: SimDuration = SimDuration::from_secs(300);

/// The driver whose volumes are made and attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Its name.
    pub name: Box<str>,
    /// The taint that it takes off a node where it has come up.
    pub startup_taint: Box<str>,
    /// The label of its zone that a node has from then on.
    pub zone_label: Box<str>,
    /// A volume that a node without signs of life had mounted is detached after this
    /// (`maxWaitForUnmountDuration`, `pkg/controller/volume/attachdetach`).
    pub longest_unmount: SimDuration,
}

/// What happened to volumes of the driver so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VolumeCounts {
    /// Volumes that were made.
    pub made: u64,
    /// Volumes that were deleted.
    pub deleted: u64,
    /// Attachments.
    pub attached: u64,
    /// Tries to attach one that failed.
    pub failed: u64,
    /// How often a pod was told that another node has its volume.
    pub conflicts: u64,
    /// Volumes that were detached by force.
    pub forced: u64,
}

/// A volume of the driver. Numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeId(pub u32);

impl VolumeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At no node.
    Nowhere,
    /// On its way to one.
    Attaching(NodeId),
    /// At one, since then.
    Attached(NodeId, SimTime),
    /// On its way off one.
    Detaching(NodeId),
}

/// A pod that uses a volume on its node.
#[derive(Clone, Copy, Debug)]
struct User {
    pod: PodId,
    node: NodeId,
    /// Whether its kubelet has mounted it.
    mounted: bool,
}

/// A volume.
#[derive(Debug)]
struct Kept {
    /// Name of its PersistentVolume.
    name: Box<str>,
    /// Whether it is there.
    made: bool,
    /// Whether it has been made just now.
    fresh: bool,
    /// When the provisioner asks for it; none once it has.
    order: Option<SimTime>,
    /// The claim that is bound to it once it is there, where that did not wait for a pod.
    pending: Option<Binding>,
    /// What a claim that goes leaves of it.
    retained: bool,
    place: Place,
    users: Vec<User>,
    /// Since when no pod on its node uses it.
    released: Option<SimTime>,
    /// When the status of its node says that it is not in use there, if nothing comes between.
    unmounted: Option<SimTime>,
    /// Failures of the attacher for this node, and when it tries again.
    failures: Option<(NodeId, u32)>,
    next_try: SimTime,
    /// The node for which it was told that another has it.
    conflict: Option<NodeId>,
    /// Whether its claim is gone, and it is to go.
    unwanted: bool,
}

/// Volumes of the driver, and pods that wait for some.
#[derive(Debug, Default)]
pub(super) struct Storage {
    driver: Option<Driver>,
    volumes: Vec<Kept>,
    /// By the name of the PersistentVolume, while that is there.
    by_name: BTreeMap<Box<str>, VolumeId>,
    /// What pods on nodes use.
    of_pod: BTreeMap<PodId, Box<[VolumeId]>>,
    /// Pods that get a node once their volumes are there, and since when.
    binding: BTreeMap<PodId, (NodeId, SimTime)>,
    /// Pods whose kubelet waits for their volumes.
    mounting: BTreeMap<PodId, mount::Mounting>,
    /// Nodes on which the driver is up.
    registered: BTreeSet<NodeId>,
    counts: VolumeCounts,
}

impl Storage {
    fn kept(&self, volume: VolumeId) -> &Kept {
        &self.volumes[volume.index()]
    }

    fn kept_mut(&mut self, volume: VolumeId) -> &mut Kept {
        &mut self.volumes[volume.index()]
    }

    /// Whether the driver makes and attaches a volume.
    fn serves(&self, volume: &PersistentVolume) -> bool {
        let name = match &volume.source {
            Source::Csi { driver, .. } => driver,
            Source::InTree { plugin, .. } => plugin.driver(),
            Source::Other => return false,
        };
        self.is_driver(name)
    }

    /// Whether this is the driver.
    fn is_driver(&self, name: &str) -> bool {
        self.driver.as_ref().is_some_and(|driver| *driver.name == *name)
    }

    /// There is another volume.
    fn add(&mut self, name: &str, made: bool) -> VolumeId {
        let id = VolumeId(self.volumes.len() as u32);
        self.volumes.push(Kept {
            name: name.into(),
            made,
            fresh: false,
            order: None,
            pending: None,
            retained: made,
            place: Place::Nowhere,
            users: Vec::new(),
            released: None,
            unmounted: None,
            failures: None,
            next_try: SimTime::ZERO,
            conflict: None,
            unwanted: false,
        });
        self.by_name.insert(name.into(), id);
        id
    }
}

/// When something that is tried at `from`, again after `first`, and after twice as long each time
/// up to `longest`, is tried at `earliest` or later for the first time.
fn first_try(
    from: SimTime,
    first: SimDuration,
    longest: SimDuration,
    earliest: SimTime,
) -> SimTime {
    let (mut at, mut wait) = (from, first);
    while at < earliest {
        at = at.saturating_add(wait);
        wait = (wait + wait).min(longest);
    }
    at
}

impl ControlPlane {
    /// The same, with a driver whose volumes take time.
    pub fn with_driver(mut self, driver: Driver) -> Self {
        self.storage.driver = Some(driver);
        self
    }

    /// The name of the PersistentVolume that a volume is.
    pub fn volume_name(&self, volume: VolumeId) -> &str {
        &self.storage.kept(volume).name
    }

    /// What happened to volumes of the driver so far, if there is one.
    pub fn volume_counts(&self) -> Option<VolumeCounts> {
        self.storage.driver.as_ref().map(|_| self.storage.counts)
    }

    /// Pods on a node that wait for their volumes, and those that get their node once these are
    /// made.
    pub fn pods_without_volumes(&self) -> usize {
        self.storage.mounting.len() + self.storage.binding.len()
    }

    /// The volumes of the driver that a pod on a node uses, in the order of its claims.
    pub fn volumes_of_pod(&self, pod: PodId) -> &[VolumeId] {
        self.storage.of_pod.get(&pod).map_or(&[], |all| all)
    }

    /// Names of the PersistentVolumes of the driver that a pod has claims to.
    fn volume_names(&self, pod: PodId) -> Vec<Box<str>> {
        if self.storage.driver.is_none() {
            return Vec::new();
        }
        let Some(scheduled) = self.objects.pod(pod).scheduled else { return Vec::new() };
        let (shape, volumes) = (self.cluster.shape_of(scheduled), self.cluster.volumes());
        let claims = shape.volumes.claims.iter();
        let claims = claims.filter_map(|claim| volumes.claim(&shape.namespace, &claim.name));
        let mut names: Vec<Box<str>> = Vec::new();
        for volume in claims.filter_map(|claim| volumes.volume(&claim.volume)) {
            if self.storage.serves(volume) && !names.contains(&volume.name) {
                names.push(volume.name.clone());
            }
        }
        names
    }

    /// Looks at a volume: what is to be done with it now, and when it is to be looked at again.
    pub(super) fn reconcile<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.paused {
            return self.postponed.push(ControlEvent::Volume(volume));
        }
        if self.storage.kept(volume).fresh {
            self.first_look(volume, around);
        }
        let kept = self.storage.kept(volume);
        match kept.place {
            _ if !kept.made => self.order(volume, around),
            Place::Nowhere if kept.unwanted => self.delete_volume(volume, around),
            Place::Nowhere => self.attach(volume, around),
            Place::Attached(node, _) => self.keep_or_detach(volume, node, around),
            // what is under way ends first
            Place::Attaching(_) | Place::Detaching(_) => {}
        }
    }

    /// Has a volume looked at again at a time.
    fn reconcile_at<S>(&self, volume: VolumeId, time: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        around.at(time.max(around.now()), Phase::Decide, ControlEvent::Volume(volume));
    }

    /// Notes something about a volume of a pod.
    fn note_volume(&mut self, pod: PodId, what: VolumeEntry, message: &str, now: SimTime) {
        let Some(uid) = self.objects.get_pod(pod).map(|pod| pod.uid) else { return };
        let message = self.log.text(message);
        self.log.add(now, Entry::Volume { pod: uid, what, message });
    }
}
