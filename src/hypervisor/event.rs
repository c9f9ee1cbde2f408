//! What the hypervisor schedules for itself, and what it tells.

use super::{HostId, VmId};
use crate::engine::{SimDuration, Tag};
use crate::units::Bytes;

/// An event of the hypervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmEvent {
    /// Room was made: those who wait are looked at.
    Admit,
    /// A VM's disk is there.
    Provisioned(Tag),
    /// A VM's guest is up.
    Booted(Tag),
    /// A VM has run for its lifetime.
    Expired(Tag),
    /// A VM that was told to stop is off.
    ShutDown(Tag),
    /// A migration's round has been sent.
    RoundSent(Tag),
    /// A migration's last pages are there and the VM resumes.
    Switched(Tag),
}

const _: () = assert!(size_of::<VmEvent>() <= 12, "events stay small");

/// What the hypervisor tells. Each VM placed has, in this order: `Placed`, `Running`, and one of
/// `Stopped` and `Failed`, which may come at any point. Its number is valid up to there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VmNotice {
    /// No host had room, and the VM waits.
    Waiting { vm: VmId, owner: u32 },
    /// A host was found.
    Placed { vm: VmId, owner: u32, host: HostId },
    /// The guest works.
    Running { vm: VmId, owner: u32, host: HostId },
    /// The VM was told to stop, or its lifetime is over, and it is shutting down.
    Stopping { vm: VmId, owner: u32 },
    /// The VM ended as it should. `host` is where it was, if it was placed.
    Stopped { vm: VmId, owner: u32, host: Option<HostId> },
    /// The VM ended because its host did, or by itself.
    Failed { vm: VmId, owner: u32, host: Option<HostId> },
    /// A request was turned away; there is no VM.
    Rejected { owner: u32, reason: RejectReason },
    /// The VM's work takes so many times as long as with all its memory at hand.
    Slowdown { vm: VmId, owner: u32, factor: f64 },
    /// A migration's first round begins; the VM runs on.
    MigrationStarted { vm: VmId, owner: u32, from: HostId, to: HostId },
    /// The VM stands still.
    Paused { vm: VmId, owner: u32 },
    /// The VM runs on, on this host: the new one, or the old one after a migration that failed.
    Resumed { vm: VmId, owner: u32, host: HostId },
    /// A migration is complete. Comes after `Resumed`.
    Migrated { vm: VmId, owner: u32, from: HostId, migrated: Migrated },
    /// A migration came to nothing: the target died, or the VM ended.
    MigrationFailed { vm: VmId, owner: u32, to: HostId },
}

/// What a migration took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Rounds while the VM was running.
    pub rounds: u32,
    /// Data sent.
    pub data: Bytes,
    /// Time the VM stood still.
    pub downtime: SimDuration,
    /// From the start to the first instruction on the new host.
    pub total: SimDuration,
}

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RejectReason {
    /// Hosts that are up have not enough left.
    #[error("no host has enough CPU or memory left")]
    NoRoom,
    /// Waiting would not help.
    #[error("no host could hold the VM even if it were empty")]
    TooLarge,
}

/// Why a migration did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MigrationRefused {
    /// There is no such VM, or it is not running, or it is migrating already.
    #[error("only a VM that is running, and not migrating already, can be migrated")]
    NotRunning,
    /// The host named is down or full or the VM's own, or no other host has room.
    #[error("no other host has enough CPU or memory left")]
    NoRoom,
}
