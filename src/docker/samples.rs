//! What tests of engines begin with: a plain Linux and dockerd's defaults.

use super::{Backoff, EnginePolicy};
use crate::engine::SimDuration;
use crate::scenario::{
    Architecture, KernelFeature, OperatingSystem, OsFamily, PullClient, PullPolicy, Unpack,
};
use crate::units::Bandwidth;

/// A system that can run containers.
pub fn linux() -> OperatingSystem {
    OperatingSystem {
        family: OsFamily::Linux,
        architecture: Architecture::Amd64,
        version: None,
        container_engine: true,
        kernel_features: vec![
            KernelFeature::Namespaces,
            KernelFeature::Cgroups,
            KernelFeature::Overlayfs,
        ],
    }
}

/// dockerd with an extraction at 100 MB/s.
pub fn policy() -> EnginePolicy {
    EnginePolicy {
        client: PullClient::Docker,
        max_concurrent_downloads: 3,
        max_parallel_pulls: u32::MAX,
        extraction: Bandwidth(100e6),
        unpack: Unpack::Sequential,
        pull: PullPolicy::Missing,
        lazy: false,
        cleanup: None,
        stop_timeout: SimDuration::from_secs(10),
        backoff: Backoff::DOCKERD,
    }
}
