//! Docker: images made of layers, one engine per operating system instance, and the containers it
//! runs.
//!
//! [`Engines`] is the component: all engines of one cluster. Its caller creates, starts and stops
//! containers and tells when their processes end or use too much memory; it learns what becomes
//! of them by [`ContainerNotice`]s. Layers travel as flows through a [`FlowNetwork`] that the
//! caller owns and hands in; tokens of completed flows go to [`Engines::flow_completed`].
//!
//! * [`images`]: what there is to pull; layers are shared between images by digest.
//! * [`registry`]: where layers come from; it answers calls and grants flows.
//! * `pull`, `attempt`, `transfer`, `unpack`: an image comes onto an engine: calls to its registry
//!   (`asking`), downloads in parallel,
//!   each joined where several want one, then unpacked on what lies below; `client`: what is done
//!   when that fails; `lazy`: layers that are mounted instead.
//! * [`push`]: an image comes into a registry.
//! * `store`, `garbage`, `writable`: what an engine has on its disk, and how it makes room.
//! * [`engine`]: what an engine is and how it behaves, as data.
//! * `memory`: what processes use over time, and who is killed for it.
//! * [`container`]: the life cycle, and the times a start-up is made of.
//! * [`restart`]: dockerd's restart policies and their back-off.
//! * [`refusal`]: why an engine does not run an image.
//! * [`account`], `totals`: every container is in exactly one state, every pull and every layer
//!   ends in exactly one way, and the sums prove it.
//!
//! The rules are those of dockerd 27 (moby) unless a module says otherwise.

pub mod account;
mod asking;
mod attempt;
mod client;
pub mod container;
pub mod engine;
mod engines;
mod garbage;
pub mod images;
mod lazy;
mod lifecycle;
mod memory;
mod pull;
pub mod push;
pub mod refusal;
pub mod registry;
pub mod restart;
#[cfg(test)]
pub(crate) mod samples;
mod store;
#[cfg(test)]
mod tests;
mod totals;
mod transfer;
mod unpack;
mod writable;

pub use account::{Accounting, Imbalance};
pub use client::{FIRST_PULL_RETRY, LONGEST_PULL_RETRY};
pub use container::{
    ContainerId, ContainerSpec, ContainerState, Exit, ExitCode, ExitReason, PullAccount, StartUp,
    Timeline,
};
pub use engine::{EngineId, EnginePolicy, EngineSpec};
pub use engines::Engines;
pub use images::{Catalog, ImageId, LayerId};
pub use memory::MemoryUse;
pub use push::{PushContext, PushEvent, PushNotice, PushSpec, PushedLayer, Pushes};
pub use refusal::Refusal;
pub use registry::{
    Answer, Call, ClientKind, Registries, RegistryError, RegistryId, RegistryTotals, Request,
};
pub use restart::Backoff;
pub use totals::{EngineTotals, UnderWay};

use crate::engine::{Schedule, SimDuration, SimTime};
use crate::sharing::flows::FlowNetwork;

/// What an engine has scheduled for itself. Stale ones are recognised and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerEvent {
    /// What a pull waited for has come: an answer of the registry, or the end of a back-off.
    Pull { pull: u32, generation: u32 },
    /// The same for a layer: its bytes begin to flow, or it is asked for again.
    Layer { transfer: u32, generation: u32 },
    /// A round of garbage collection is due on an engine.
    Cleanup { engine: u32, installed: u32 },
    /// A disk is full by now, if nothing has changed since that was forecast.
    DiskFull { engine: u32, forecast: u32 },
    /// A container's process is up.
    Started { container: u32, epoch: u32 },
    /// A container that was asked to stop has had its time.
    StopTimeout { container: u32, epoch: u32 },
    /// A container's back-off before a restart is over.
    Restart { container: u32, epoch: u32 },
}

/// What became of a container; delivered to its owner by the caller. Each end of a process
/// gives exactly one of `Restarting`, `Ended` and `Dead`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ContainerNotice {
    /// A pull of its image has failed, and is tried again after this time.
    PullsAgain { container: ContainerId, reason: Refusal, wait: SimDuration },
    /// Its process is up, for the first time or after a restart.
    Running { container: ContainerId },
    /// Its process ended and is started again at `at`.
    Restarting { container: ContainerId, exit: Exit, at: SimTime },
    /// It ended for good.
    Ended { container: ContainerId, exit: Exit },
    /// Its machine died.
    Dead { container: ContainerId },
    /// The engine does not run it.
    Refused { container: ContainerId, reason: Refusal },
}

impl ContainerNotice {
    /// Whom it is about.
    pub fn container(self) -> ContainerId {
        match self {
            Self::Running { container }
            | Self::PullsAgain { container, .. }
            | Self::Restarting { container, .. }
            | Self::Ended { container, .. }
            | Self::Dead { container }
            | Self::Refused { container, .. } => container,
        }
    }
}

/// How a control plane's number of a container becomes its owner's token here, and back.
#[derive(Clone, Copy, Debug)]
pub struct Owners {
    /// The token of a number.
    pub token: fn(u32) -> u32,
    /// The number of a token.
    pub of: fn(u32) -> u32,
}

/// What an engine works with and belongs to others: the calendar, the network, and the list its
/// notices go to.
#[derive(Debug)]
pub struct Context<'a, S> {
    pub calendar: &'a mut S,
    pub network: &'a mut FlowNetwork,
    pub notices: &'a mut Vec<ContainerNotice>,
}

impl<S: Schedule<ContainerEvent>> Context<'_, S> {
    pub(crate) fn now(&self) -> SimTime {
        self.calendar.now()
    }
}
