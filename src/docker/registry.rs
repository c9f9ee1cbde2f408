//! The registry: where layers come from.
//!
//! A client asks for a manifest and then for each layer it lacks, one HTTP round trip each (OCI
//! distribution specification 1.1), and every layer is one stream. What a registry decides, who
//! gets a stream, when and how fast, is behind `Registry::open`.

use crate::engine::{SimDuration, SimTime};
use crate::scenario;
use crate::sharing::flows::{FlowId, FlowNetwork, LinkId, MAX_HOPS};
use crate::units::{Bandwidth, Bytes};

/// A registry on a link of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Registry {
    /// Round trip before a manifest or a layer.
    pub latency: SimDuration,
    /// Bandwidth of one layer's stream.
    pub stream: Bandwidth,
    /// What all streams share.
    pub link: LinkId,
}

impl Registry {
    /// The scenario's registry, on a link of its own.
    pub fn new(registry: &scenario::Registry, network: &mut FlowNetwork) -> Self {
        let link = network.add_link(registry.bandwidth);
        Self { latency: registry.latency, stream: registry.stream, link }
    }

    /// Opens the stream of a layer to an engine behind the links of `route`.
    pub(super) fn open(
        &self,
        network: &mut FlowNetwork,
        now: SimTime,
        route: &[LinkId],
        bytes: Bytes,
        token: u32,
    ) -> FlowId {
        let mut path = [self.link; MAX_HOPS];
        path[1..=route.len()].copy_from_slice(route);
        network.start(now, &path[..=route.len()], bytes, self.stream, token)
    }
}
