//! Registries: where images come from.
//!
//! A client asks for a token where a registry wants one, for a manifest, and then for each layer
//! it lacks: one HTTP round trip each (OCI distribution specification 1.1; Amazon ECR counts them
//! as GetAuthorizationToken, BatchGetImage and GetDownloadUrlForLayer). Every layer is one stream.
//! What a registry decides, who gets an answer, when, and how fast its bytes flow, is behind
//! [`Registries`]. A call is judged at the instant at which it is made; its answer comes a round
//! trip later.

mod error;

pub use error::RegistryError;

use super::images::{Catalog, ImageId, LayerId};
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

/// A registry of [`Registries`]: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryId(pub u16);

/// What a client asks a registry for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Credentials for the calls that follow: the token endpoint of a hub, GetAuthorizationToken.
    Token,
    /// An image's manifest: GET manifests, BatchGetImage.
    Manifest,
    /// Where a layer's bytes are: GET blobs, GetDownloadUrlForLayer.
    Layer,
}

/// A call of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The engine that asks.
    pub client: u32,
    pub call: Call,
    /// The image it is about.
    pub image: ImageId,
    /// The layer it is about, for [`Call::Layer`].
    pub layer: Option<LayerId>,
    /// Comes back with the answer to a call that was first answered by [`Answer::Later`]; below
    /// [`IMPORT`].
    pub token: u32,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is answered after this time.
    Reply(SimDuration),
    /// It fails, and the client knows after this time.
    Failed { after: SimDuration, error: RegistryError },
    /// The registry has to fetch it first: [`Registries::flow_completed`] or
    /// [`Registries::set_up`] give the answer.
    Later,
}

/// What a registry has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegistryTotals {
    /// Calls it was sent, those that failed included.
    pub calls: u64,
    /// Calls refused because there were too many.
    pub throttled: u64,
    /// Calls that failed for another reason.
    pub failed: u64,
    /// Bytes that left it, to clients and to the registries that cache it.
    pub served: Bytes,
    /// Bytes it fetched from its upstream.
    pub imported: Bytes,
}

/// Tokens of flows from here on are those of imports from an upstream.
pub const IMPORT: u32 = 1 << 31;

/// All registries that one cluster pulls from.
#[derive(Debug)]
pub struct Registries {
    registries: Vec<State>,
    /// By image: where it is pulled from.
    homes: Vec<RegistryId>,
}

#[derive(Debug)]
struct State {
    name: String,
    place: Registry,
    up: bool,
    totals: RegistryTotals,
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

impl Registries {
    /// The registries of a scenario, each on a link of its own, and where its images are pulled
    /// from: the registry that an image names, or the first, unless the cluster has a `mirror`.
    pub fn new(
        registries: &[scenario::Registry],
        images: &[scenario::Image],
        mirror: Option<&str>,
        network: &mut FlowNetwork,
    ) -> Self {
        let _ = mirror;
        let states = registries.iter().map(|registry| State {
            name: "registry".to_owned(),
            place: Registry::new(registry, network),
            up: true,
            totals: RegistryTotals::default(),
        });
        let registries = states.collect();
        Self { registries, homes: vec![RegistryId(0); images.len()] }
    }

    /// Where an image is pulled from.
    pub fn home(&self, image: ImageId) -> RegistryId {
        self.homes.get(image.0 as usize).copied().unwrap_or(RegistryId(0))
    }

    /// The name of a registry in the scenario.
    pub fn name(&self, registry: RegistryId) -> &str {
        &self.state(registry).name
    }

    /// Whether a client must ask for a token before it asks for anything else.
    pub fn needs_token(&self, registry: RegistryId, client: u32, now: SimTime) -> bool {
        let _ = (registry, client, now);
        false
    }

    /// A client asks a registry.
    pub fn ask(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        request: Request,
        catalog: &Catalog,
        network: &mut FlowNetwork,
    ) -> Answer {
        let _ = (now, request, catalog, network);
        let state = &mut self.registries[usize::from(registry.0)];
        state.totals.calls += 1;
        Answer::Reply(state.place.latency)
    }

    /// Opens the stream of a layer to an engine behind the links of `route`, at most three.
    pub fn open(
        &self,
        registry: RegistryId,
        network: &mut FlowNetwork,
        now: SimTime,
        route: &[LinkId],
        bytes: Bytes,
        token: u32,
    ) -> FlowId {
        self.state(registry).place.open(network, now, route, bytes, token)
    }

    /// The flow of an import, whose token is [`IMPORT`] or more, is through: appends the answers
    /// to those that waited for it, by the tokens of their requests.
    pub fn flow_completed(
        &mut self,
        token: u32,
        now: SimTime,
        network: &mut FlowNetwork,
        answered: &mut Vec<(u32, Answer)>,
    ) {
        let _ = (now, network, answered);
        debug_assert!(token >= IMPORT, "flow {token} is not of an import");
    }

    /// An outage begins or ends. Streams to clients are theirs to cut; imports from the registry
    /// and into it are given up, and who waits for them is answered.
    pub fn set_up(
        &mut self,
        registry: RegistryId,
        up: bool,
        now: SimTime,
        network: &mut FlowNetwork,
        answered: &mut Vec<(u32, Answer)>,
    ) {
        let _ = (now, network, answered);
        self.registries[usize::from(registry.0)].up = up;
    }

    /// Whether a registry can be reached.
    pub fn is_up(&self, registry: RegistryId) -> bool {
        self.state(registry).up
    }

    /// A client's request is of no interest any more: it is not answered if it was put off.
    pub fn withdraw(&mut self, registry: RegistryId, token: u32) {
        let _ = (registry, token);
    }

    /// A client has lost what it kept in memory, or its number is another's from now on.
    pub fn forget_client(&mut self, client: u32) {
        let _ = client;
    }

    /// An image is in a registry from `at` on, and not before.
    pub fn publish(&mut self, registry: RegistryId, image: ImageId, at: SimTime) {
        let _ = (registry, image, at);
    }

    /// A policy denies pulls of an image, to one client or to all.
    pub fn deny(&mut self, registry: RegistryId, client: Option<u32>, image: ImageId) {
        let _ = (registry, client, image);
    }

    /// What a registry has done by `now`.
    pub fn totals(
        &self,
        registry: RegistryId,
        now: SimTime,
        network: &mut FlowNetwork,
    ) -> RegistryTotals {
        let state = self.state(registry);
        RegistryTotals { served: network.carried(now, state.place.link), ..state.totals }
    }

    fn state(&self, registry: RegistryId) -> &State {
        &self.registries[usize::from(registry.0)]
    }
}
