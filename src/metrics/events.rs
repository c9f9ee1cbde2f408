//! What happened in a cluster of Kubernetes or Amazon ECS and why, as it is kept after a run.
//!
//! Events have little room each, for there are millions: they name objects and texts by number, and
//! each name and text is kept once. What an event is called is a [`Reason`].

mod reason;

use std::num::NonZeroU32;

use crate::engine::SimTime;
pub use reason::Reason;

/// A number from 0 to 2³² - 2, which takes no more room where it may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Index(NonZeroU32);

impl Index {
    fn new(index: usize) -> Self {
        let next = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(next.expect("no run has four billion objects"))
    }

    fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// An object of an [`EventLog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Index);

impl ObjectId {
    /// The object at this place of [`EventLog::objects`].
    pub fn new(index: usize) -> Self {
        Self(Index::new(index))
    }

    /// Its place in [`EventLog::objects`].
    pub fn index(self) -> usize {
        self.0.get()
    }
}

/// A text of an [`EventLog`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(Index);

impl TextId {
    /// The text at this place of [`EventLog::texts`].
    pub fn new(index: usize) -> Self {
        Self(Index::new(index))
    }
}

/// Kinds of objects that events are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Pod,
    Node,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    ReplicationController,
    /// Of Amazon EKS.
    Nodegroup,
    /// Of Amazon ECS, as the next ones.
    Task,
    Service,
    ContainerInstance,
    CapacityProvider,
    Cluster,
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Pod,
        Self::Node,
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::CronJob,
        Self::ReplicationController,
        Self::Nodegroup,
        Self::Task,
        Self::Service,
        Self::ContainerInstance,
        Self::CapacityProvider,
        Self::Cluster,
    ];

    /// As manifests write it, and the API of Amazon ECS.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Node => "Node",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::ReplicationController => "ReplicationController",
            Self::Nodegroup => "Nodegroup",
            Self::Task => "Task",
            Self::Service => "Service",
            Self::ContainerInstance => "ContainerInstance",
            Self::CapacityProvider => "CapacityProvider",
            Self::Cluster => "Cluster",
        }
    }

    /// The kind that manifests write so.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An object that events are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// `namespace/name`, of a task or a service `cluster/name`; of others, the name.
    pub key: Box<str>,
}

impl Object {
    /// Its namespace, or the cluster of ECS; a node has none.
    pub fn namespace(&self) -> Option<&str> {
        self.key.split_once('/').map(|(namespace, _)| namespace)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.key.split_once('/').map_or(&self.key, |(_, name)| name)
    }
}

/// What an event has to say beside its reason and its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Which container.
    Container(TextId),
    /// Which container ended, and its exit code.
    Exit(TextId, i32),
    /// Which container is tried again, after so many milliseconds.
    Wait(TextId, u32),
    /// Which container's image is there, and what its pull was made of.
    Pull(TextId, Pull),
    /// The number of pods wanted before and now.
    Replicas(u32, u32),
}

/// What the pull of an image was made of. Nothing of it came where the image was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// From being asked for to being unpacked, in milliseconds.
    pub milliseconds: u32,
    /// What came over the network, in KiB.
    pub kib: u32,
    /// Layers that came.
    pub pulled: u16,
    /// Layers that were there.
    pub present: u16,
    /// Layers that were on their way for another container.
    pub joined: u16,
}

/// Something that happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub time: SimTime,
    /// What.
    pub reason: Reason,
    /// To which object.
    pub object: ObjectId,
    /// What other object has to do with it; see [`Reason`].
    pub related: Option<ObjectId>,
    /// What there is to say in words; see [`Reason`].
    pub text: Option<TextId>,
    /// What there is to say in numbers.
    pub detail: Detail,
}

const _: () = assert!(size_of::<Event>() <= 48, "there are millions of events");

/// All events of a cluster in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLog {
    /// What happened.
    pub events: Vec<Event>,
    /// To whom. A name may be there twice: of a pod that took the place of another.
    pub objects: Vec<Object>,
    /// Texts.
    pub texts: Vec<Box<str>>,
}

impl EventLog {
    /// An object.
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.index()]
    }

    /// A text.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0.get()]
    }
}
