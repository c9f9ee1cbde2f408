//! Containers: their life cycle, and the times a start-up is made of.
//!
//! ```text
//!  created -> pulling -> starting -> running -> stopping -> exited
//!     |          |          ^           |
//!  refused    refused       +- restarting          any -> dead (its machine died)
//! ```
//! The states are those of dockerd 27, with `pulling` and `starting` told apart because that is
//! where start-up time goes. Simplification: a container of a machine that dies is dead for good;
//! its owner creates another one, where dockerd would restart it after the machine has come back.

use super::engine::EngineId;
use super::images::ImageId;
use super::memory::MemoryUse;
use super::refusal::Refusal;
use crate::engine::{SimDuration, SimTime};
use crate::scenario::{PullPolicy, RestartPolicy};
use crate::units::Bytes;

/// A container; stays unique after its slot was reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl ContainerId {
    /// A small number that is unique among the containers there are, for dense tables.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// What a container is created from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerSpec {
    /// What it runs.
    pub image: ImageId,
    /// When the registry is asked, where it differs from what its engine does.
    pub pull: Option<PullPolicy>,
    /// For the caller's use.
    pub owner: u32,
    /// Time from an unpacked image to a running process.
    pub start: SimDuration,
    /// Above this the kernel kills it (Linux), or gives it no more memory (Windows).
    pub memory_limit: Option<Bytes>,
    /// What becomes of it when its process ends.
    pub restart: RestartPolicy,
    /// Bytes per second that its process writes on top of its image.
    pub writes: u64,
}

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContainerState {
    /// Waits to be started.
    Created,
    /// Its image is being pulled.
    Pulling,
    /// Its process is being set up.
    Starting,
    Running,
    /// Was asked to stop, and still runs.
    Stopping,
    /// Waits for its next start.
    Restarting,
    /// Ended for good.
    Exited,
    /// Its machine died.
    Dead,
    /// Its engine does not run it.
    Refused,
}

impl ContainerState {
    /// All states, in the order of life.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Pulling,
        Self::Starting,
        Self::Running,
        Self::Stopping,
        Self::Restarting,
        Self::Exited,
        Self::Dead,
        Self::Refused,
    ];

    /// Whether nothing more will become of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Exited | Self::Dead | Self::Refused)
    }

    /// Whether its process exists: it uses memory and can end.
    pub fn has_process(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

/// The exit status of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExitCode(pub i32);

impl ExitCode {
    /// Ended as it should.
    pub const SUCCESS: Self = Self(0);
    /// Ended by an error of its own.
    pub const FAILURE: Self = Self(1);
    /// Ended by an exception of .NET that nobody handled: 0xE0434352.
    pub const UNHANDLED: Self = Self(-532_462_766);
    /// Killed: 128 + SIGKILL.
    pub const KILLED: Self = Self(137);
    /// Ended by the stop signal: 128 + SIGTERM.
    pub const TERMINATED: Self = Self(143);
}

/// Why a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitReason {
    /// By itself.
    Exited,
    /// It was asked to stop, and did or had not begun.
    Stopped,
    /// It was asked to stop and did not in time.
    Killed,
    /// It used more memory than its limit.
    OutOfMemory,
    /// It could not write, because the disk was full.
    DiskFull,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exit {
    pub code: ExitCode,
    pub reason: ExitReason,
}

impl Exit {
    /// The kernel killed it for its memory (`OOMKilled`).
    pub const OUT_OF_MEMORY: Self =
        Self { code: ExitCode::KILLED, reason: ExitReason::OutOfMemory };

    /// It got no more memory and did not do without (Windows).
    pub const ALLOCATION_FAILED: Self =
        Self { code: ExitCode::UNHANDLED, reason: ExitReason::Exited };

    /// Docker's `OOMKilled` flag.
    pub fn oom_killed(self) -> bool {
        self.reason == ExitReason::OutOfMemory
    }
}

/// What the pull that a container waited for was made of. Zero where its image was there; where
/// several wait for one pull, what came is the account of the first, and joined by the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PullAccount {
    /// Compressed bytes of the layers that came.
    pub bytes: Bytes,
    /// Layers that came.
    pub layers_pulled: u32,
    /// Layers that were there.
    pub layers_present: u32,
    /// Layers that were on their way for another pull or container.
    pub layers_joined: u32,
    /// Times the pull was begun.
    pub attempts: u32,
    /// Times a layer was asked for again.
    pub layer_retries: u32,
    /// Time between attempts, of the pull and of its layers.
    pub back_off: SimDuration,
    /// Why the last attempt failed, if one did.
    pub last_error: Option<Refusal>,
}

/// When a container passed the stations of its first start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    pub created: SimTime,
    /// When it was told to start.
    pub started: Option<SimTime>,
    /// When the last layer it needed had been transferred.
    pub downloaded: Option<SimTime>,
    /// When its image was unpacked.
    pub image_ready: Option<SimTime>,
    /// When its process was up.
    pub running: Option<SimTime>,
    /// What its pull was made of, once the image is ready.
    pub account: PullAccount,
}

/// What a start-up is made of; the parts follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartUp {
    /// From the creation until it was told to start.
    pub wait: SimDuration,
    /// Until the last layer was transferred; extraction of earlier ones goes on meanwhile.
    pub pull: SimDuration,
    /// Until the image was unpacked.
    pub extract: SimDuration,
    /// Until the process was up.
    pub start: SimDuration,
}

impl Timeline {
    /// What the start-up was made of, once it is over.
    pub fn start_up(&self) -> Option<StartUp> {
        let (started, downloaded) = (self.started?, self.downloaded?);
        let (image_ready, running) = (self.image_ready?, self.running?);
        Some(StartUp {
            wait: started.since(self.created),
            pull: downloaded.since(started),
            extract: image_ready.since(downloaded),
            start: running.since(image_ready),
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) spec: ContainerSpec,
    /// What it is made of: what the name of its image stands for.
    pub(super) content: ImageId,
    pub(super) engine: EngineId,
    pub(super) state: ContainerState,
    /// Its events carry it; moves with every change of state, and is never used twice.
    pub(super) epoch: u32,
    /// Where it is in the list of its engine.
    pub(super) place: u32,
    pub(super) timeline: Timeline,
    /// When its process was last up.
    pub(super) running_since: SimTime,
    pub(super) last_wait: SimDuration,
    pub(super) restarts: u32,
    pub(super) last_exit: Option<Exit>,
    /// Since when its process writes.
    pub(super) writes_since: Option<SimTime>,
    /// What its processes that have ended wrote.
    pub(super) written: Bytes,
    /// What its process uses by itself, and since when.
    pub(super) memory: Option<(MemoryUse, SimTime)>,
}
