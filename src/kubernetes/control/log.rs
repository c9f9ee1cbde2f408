//! What happened in a cluster and why: its events, as `kubectl get events` would tell them.
//!
//! Entries are kept small, for there are millions: subjects by number, texts once each.

mod told;

use std::collections::BTreeMap;

use crate::engine::SimTime;
use crate::kubernetes::objects::{NodeId, TemplateId, WorkloadId};

pub use told::pulled;

/// A text of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(u32);

/// Something about a volume of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeEntry {
    /// It is asked for.
    Provisioning,
    /// It has been made.
    ProvisioningSucceeded,
    /// It cannot be made.
    ProvisioningFailed,
    /// It has come to the pod's node.
    Attached,
    /// It could not be attached there.
    FailedAttach,
}

/// How the update of a pool stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateStatus {
    /// Its nodes are being replaced.
    InProgress,
    /// Not all of them could be.
    Failed,
    /// Nothing more is done.
    Over,
}

/// Something that happened. Pods are numbered by `uid`, containers within their pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A pod came.
    Created { pod: u32, owner: Option<WorkloadId> },
    /// It got a node.
    Scheduled { pod: u32, node: NodeId },
    /// It got none, for this reason.
    Unschedulable { pod: u32, message: TextId },
    /// It is to make room for another.
    Preempted { pod: u32, by: u32 },
    /// The Cluster Autoscaler adds nodes to a pool for it.
    TriggeredScaleUp { pod: u32, pool: u32 },
    /// Karpenter expects it on a node, or on one that is to come.
    Nominated { pod: u32, on: TextId },
    /// It could not be connected to the network.
    NotConnected { pod: u32, message: TextId },
    /// Somebody else than its kubelet had nothing of what it asks for.
    NotAllocated { pod: u32, message: TextId },
    /// A container's image is asked for.
    Pulling { pod: u32, container: u32 },
    /// A container's image is there. Nothing of it came where it was there before.
    Pulled {
        pod: u32,
        container: u32,
        milliseconds: u32,
        kib: u32,
        pulled: u16,
        present: u16,
        joined: u16,
    },
    /// A container's process runs.
    Started { pod: u32, container: u32 },
    /// A container's process has ended.
    Exited { pod: u32, container: u32, code: i32, out_of_memory: bool },
    /// A container waits before it is started again, or before its image is asked for again.
    BackOff { pod: u32, container: u32, milliseconds: u32, image: bool },
    /// A container could not be started, mostly for want of its image.
    Refused { pod: u32, container: u32, message: TextId },
    /// A probe of a container has failed so often that it is started again.
    Unhealthy { pod: u32, container: u32 },
    /// It is to get requests.
    Ready { pod: u32 },
    /// It is to get no requests.
    NotReady { pod: u32 },
    /// A budget does not let it be evicted for now.
    NotEvicted { pod: u32 },
    /// Its node's kubelet evicts it, or does not take it on.
    Evicted { pod: u32, message: TextId },
    /// It was told to go, for this reason.
    Deleted { pod: u32, reason: TextId },
    /// All its containers have ended, and are not started again.
    Completed { pod: u32, succeeded: bool },
    /// It is gone.
    Gone { pod: u32 },
    /// Something about a volume that it waits for.
    Volume { pod: u32, what: VolumeEntry, message: TextId },
    /// A node joined.
    NodeJoined { node: NodeId },
    /// The machine of a node failed, which nobody knows yet.
    MachineFailed { node: NodeId },
    /// The machine of a node works again.
    MachineBack { node: NodeId },
    /// A node has not been heard of for too long.
    NodeNotReady { node: NodeId },
    /// A node is heard of again.
    NodeReady { node: NodeId },
    /// A node takes no more pods, or takes them again.
    Cordoned { node: NodeId, cordoned: bool },
    /// A node got a taint, or lost it.
    Tainted { node: NodeId, taint: TextId, tainted: bool },
    /// A node is under pressure for want of memory, or is no more.
    MemoryPressure { node: NodeId, is: bool },
    /// A node is under pressure for want of disk, or is no more.
    DiskPressure { node: NodeId, is: bool },
    /// A node had no memory left: its kernel kills a container.
    SystemOom { node: NodeId, pod: u32, container: u32 },
    /// Karpenter takes a node away.
    Disrupted { node: NodeId, reason: TextId },
    /// A node left.
    NodeGone { node: NodeId, reason: TextId },
    /// The update of a pool of nodes has come so far.
    PoolUpdate { pool: u32, status: UpdateStatus, message: TextId },
    /// A workload's number of pods was changed. A replica set's first is a change from none.
    Scaled { workload: WorkloadId, from: u32, to: u32 },
    /// An autoscaler changed a workload's number of pods.
    Rescaled { workload: WorkloadId, from: u32, to: u32, reason: TextId },
    /// A workload has a new template.
    RolloutStarted { workload: WorkloadId },
    /// All its pods are of its template and available.
    RolloutComplete { workload: WorkloadId },
    /// A cron job has made it.
    JobCreated { workload: WorkloadId },
    /// A job is over.
    JobEnded { workload: WorkloadId, succeeded: bool },
    /// Its rollout has not come on for too long.
    DeadlineExceeded { workload: WorkloadId },
}

const _: () = assert!(size_of::<(SimTime, Entry)>() <= 32, "there are millions of entries");

/// The log of a cluster.
#[derive(Debug, Default)]
pub struct Log {
    /// Whether nobody wants entries.
    unwanted: bool,
    entries: Vec<(SimTime, Entry)>,
    /// Names of pods, and what they are like.
    pods: Vec<(Box<str>, TemplateId)>,
    nodes: Vec<Box<str>>,
    texts: Vec<Box<str>>,
    known: BTreeMap<Box<str>, TextId>,
}

impl Log {
    /// From now on no entries are kept, and those that were are forgotten.
    pub fn discard(&mut self) {
        self.unwanted = true;
        self.entries = Vec::new();
    }

    /// Adds what happened now, or what became known now and happened before.
    pub fn add(&mut self, time: SimTime, entry: Entry) {
        if !self.unwanted {
            self.entries.push((time, entry));
        }
    }

    /// Keeps the name of a new pod, `namespace/name`; returns its `uid`.
    pub fn name_pod(&mut self, name: Box<str>, template: TemplateId) -> u32 {
        self.pods.push((name, template));
        self.pods.len() as u32 - 1
    }

    /// Keeps the name of a node.
    pub fn name_node(&mut self, node: NodeId, name: &str) {
        if self.nodes.len() <= node.index() {
            self.nodes.resize(node.index() + 1, "".into());
        }
        self.nodes[node.index()] = name.into();
    }

    /// Keeps a text, each once.
    pub fn text(&mut self, text: &str) -> TextId {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let id = TextId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.known.insert(text.into(), id);
        id
    }

    /// All entries, in the order in which they became known.
    pub fn entries(&self) -> &[(SimTime, Entry)] {
        &self.entries
    }

    /// The name of a pod there is or was.
    pub fn pod_name(&self, uid: u32) -> &str {
        &self.pods[uid as usize].0
    }

    /// The name of a node there is or was.
    pub fn node_name(&self, node: NodeId) -> &str {
        &self.nodes[node.index()]
    }

    /// A text.
    pub fn text_of(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }
}
