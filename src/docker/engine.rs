//! What an engine is: one per operating system instance, with a behaviour that is data.
//!
//! Source of the defaults: dockerd 27, `max-concurrent-downloads` 3, stop timeout 10 s.

use std::collections::VecDeque;

use super::images::{ImageId, LayerId};
use super::restart::Backoff;
use crate::engine::SimDuration;
use crate::scenario::{EngineOptions, OperatingSystem};
use crate::sharing::flows::LinkId;
use crate::units::{Bandwidth, Bytes};

/// An engine of [`Engines`](super::Engines).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineId(pub u32);

/// How an engine behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnginePolicy {
    /// Layers downloaded at once, by all pulls of the engine together; at least one.
    pub max_concurrent_downloads: u32,
    /// Rate at which one layer is decompressed, in bytes of output.
    pub extraction: Bandwidth,
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
    /// Space for images.
    pub disk_size: Bytes,
    /// How it behaves.
    pub policy: EnginePolicy,
}

/// What an engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineTotals {
    /// Compressed bytes that came over the network, those of abandoned downloads included.
    pub pulled: Bytes,
    /// Bytes written by extraction.
    pub extracted: Bytes,
    /// Pulls that ended with the image being there.
    pub images_pulled: u64,
    /// Containers whose image was there when they were started.
    pub image_hits: u64,
    /// Layers downloaded.
    pub layers_pulled: u64,
    /// Layers that a pull found present.
    pub layer_hits: u64,
    /// Layers that a pull found on their way for another pull.
    pub layers_joined: u64,
}

/// Where a layer is on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LayerState {
    #[default]
    Absent,
    /// This transfer brings it.
    Coming(u32),
    Present,
}

/// The images of one engine: what it has, and what is on its way.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) route: Vec<LinkId>,
    pub(super) disk: LinkId,
    pub(super) disk_size: Bytes,
    /// Unpacked bytes, those of layers on their way included.
    pub(super) disk_used: Bytes,
    pub(super) downloads: u32,
    pub(super) extraction: Bandwidth,
    pub(super) totals: EngineTotals,
    /// Transfers that wait for one of the concurrent downloads to end, first come, first served.
    pub(super) queue: VecDeque<u32>,
    pub(super) downloading: u32,
    pub(super) pulls: Vec<u32>,
    layers: Vec<LayerState>,
    images: Vec<bool>,
}

impl EnginePolicy {
    /// What a scenario says, and dockerd's back-off.
    pub fn new(options: &EngineOptions) -> Self {
        Self {
            max_concurrent_downloads: options.max_concurrent_downloads,
            extraction: options.extraction,
            stop_timeout: options.stop_timeout,
            backoff: Backoff::DOCKERD,
        }
    }
}

impl Store {
    pub(super) fn new(spec: &EngineSpec) -> Self {
        Self {
            route: spec.route.clone(),
            disk: spec.disk,
            disk_size: spec.disk_size,
            disk_used: Bytes(0),
            downloads: spec.policy.max_concurrent_downloads.max(1),
            extraction: spec.policy.extraction,
            totals: EngineTotals::default(),
            queue: VecDeque::new(),
            downloading: 0,
            pulls: Vec::new(),
            layers: Vec::new(),
            images: Vec::new(),
        }
    }

    pub(super) fn free(&self) -> Bytes {
        Bytes(self.disk_size.0.saturating_sub(self.disk_used.0))
    }

    pub(super) fn layer(&self, layer: LayerId) -> LayerState {
        self.layers.get(layer.0 as usize).copied().unwrap_or_default()
    }

    pub(super) fn set_layer(&mut self, layer: LayerId, state: LayerState) {
        let index = layer.0 as usize;
        if self.layers.len() <= index {
            self.layers.resize(index + 1, LayerState::Absent);
        }
        self.layers[index] = state;
    }

    pub(super) fn has_image(&self, image: ImageId) -> bool {
        self.images.get(image.0 as usize).copied().unwrap_or(false)
    }

    pub(super) fn add_image(&mut self, image: ImageId) {
        let index = image.0 as usize;
        if self.images.len() <= index {
            self.images.resize(index + 1, false);
        }
        self.images[index] = true;
    }

    /// Forgets everything: another disk.
    pub(super) fn wipe(&mut self) {
        self.layers.clear();
        self.images.clear();
        self.disk_used = Bytes(0);
    }
}
