//! What an engine is: one per operating system instance, with a behaviour that is data.
//!
//! Source of the defaults: dockerd 27, `max-concurrent-downloads` 3, stop timeout 10 s.

use super::restart::Backoff;
use crate::engine::SimDuration;
use crate::scenario::{Cleanup, EngineOptions, OperatingSystem, PullClient, PullPolicy, Unpack};
use crate::sharing::flows::LinkId;
use crate::units::{Bandwidth, Bytes};

/// An engine of [`Engines`](super::Engines).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineId(pub u32);

/// How an engine behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnginePolicy {
    /// Whose rules pulls follow.
    pub client: PullClient,
    /// Layers downloaded at once, by the engine or by each pull, as the client has it; at least
    /// one.
    pub max_concurrent_downloads: u32,
    /// Images pulled at once; at least one.
    pub max_parallel_pulls: u32,
    /// Rate at which one layer is decompressed, in bytes of output.
    pub extraction: Bandwidth,
    /// How the layers of an image are unpacked.
    pub unpack: Unpack,
    /// When the registry is asked.
    pub pull: PullPolicy,
    /// Whether images with an index for that are mounted instead of pulled.
    pub lazy: bool,
    /// What is removed when.
    pub cleanup: Option<Cleanup>,
    /// Time between the stop signal and the kill, where a stop names none.
    pub stop_timeout: SimDuration,
    /// Waits before restarts.
    pub backoff: Backoff,
}

/// An engine and the machine it is on.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineSpec {
    /// What it runs on.
    pub os: OperatingSystem,
    /// Links from the registry's own to the machine, at most three: its network interface last.
    pub route: Vec<LinkId>,
    /// The disk's throughput, a link that all extractions on the disk share.
    pub disk: LinkId,
    /// Space for images and what containers write.
    pub disk_size: Bytes,
    /// How it behaves.
    pub policy: EnginePolicy,
}

impl EnginePolicy {
    /// What a scenario says, and dockerd's back-off.
    pub fn new(options: &EngineOptions) -> Self {
        Self {
            client: options.client(),
            max_concurrent_downloads: options.max_concurrent_downloads,
            max_parallel_pulls: options.max_parallel_pulls(),
            extraction: options.extraction,
            unpack: options.unpack,
            pull: options.pull(),
            lazy: options.lazy,
            cleanup: options.cleanup(),
            stop_timeout: options.stop_timeout,
            backoff: Backoff::DOCKERD,
        }
    }
}
