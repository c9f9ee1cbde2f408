//! Nodes, as the API server knows them.

use crate::docker::EngineId;
use crate::engine::SimTime;
use crate::kubernetes::objects::pod::PodId;
pub use crate::kubernetes::scheduler::node::NodeId;
use crate::units::Bytes;

/// What is known of whether a node works (`status.conditions`, type `Ready`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Its kubelet says that it does.
    Ready,
    /// Its kubelet has not been heard of for too long.
    Unknown,
}

/// The memory of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeMemory {
    /// All it has.
    pub all: Bytes,
    /// What its pods can use together, without what its system uses; with its page file, if it has
    /// one.
    pub pods: Bytes,
    /// Its system pages to disk what is beyond, and kills nobody: Windows.
    pub is_paged: bool,
}

/// The pool of a node that is of none, so that nobody adds or removes nodes like it.
pub const NO_POOL: u32 = u32::MAX;

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: Box<str>,
    /// The machine it is, as those who run machines count them.
    pub machine: u32,
    /// The container engine on it.
    pub engine: EngineId,
    /// Index of its pool, or [`NO_POOL`].
    pub pool: u32,
    /// Its zone.
    pub zone: u32,
    /// Its memory.
    pub memory: NodeMemory,
    /// When it joined.
    pub joined: SimTime,
    /// Whether it works, for all that is known.
    pub readiness: Readiness,
    /// Whether its machine really does.
    pub up: bool,
    /// Cordons it (`spec.unschedulable`).
    pub cordoned: bool,
    /// Its pods, until they are gone for good.
    pub pods: Vec<PodId>,
}

impl Node {
    /// Whether it works, for all that is known.
    pub fn is_ready(&self) -> bool {
        self.readiness == Readiness::Ready
    }
}
