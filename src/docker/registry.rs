//! Registries: where images come from.
//!
//! A client asks for a token where a registry wants one, for a manifest, and then for each layer
//! it lacks: one HTTP round trip each (OCI distribution specification 1.1; Amazon ECR counts them
//! as GetAuthorizationToken, BatchGetImage and GetDownloadUrlForLayer). Every layer is one stream.
//! What a registry decides, who gets an answer, when, and how fast its bytes flow, is behind
//! [`Registries`]. A call is judged at the instant at which it is made; its answer comes a round
//! trip later.
//!
//! * `calls`: how a call is judged, in which order.
//! * `limit`: calls a second, pulls in six hours.
//! * `tokens`: who may call at all.
//! * `shelf`: which images are there, what their names stand for, who is denied them.
//! * `pushes`: how they come there.
//! * `cache`: a registry that fetches from another what it lacks.
//! * `holdings`: what a cache stores, for its owner's bill.
//! * `error`: what the clients say when it fails.

mod cache;
mod calls;
mod error;
mod holdings;
mod limit;
mod pushes;
mod shelf;
#[cfg(test)]
mod tests;
mod tokens;

pub use error::{ClientKind, RegistryError};
pub use holdings::Held;

use super::images::{Catalog, ImageId, LayerId};
use crate::engine::{SimDuration, SimTime, Slab};
use crate::scenario::{self, RegistryKind};
use crate::sharing::flows::{FlowId, FlowNetwork, LinkId, MAX_HOPS};
use crate::units::{Bandwidth, Bytes};
use cache::{Cache, Import, Who};
pub(super) use limit::Bucket;
use limit::PullWindow;
use shelf::Shelf;
use tokens::{Caller, Tokens};

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
    /// Of a push: whether a layer is there: HEAD blobs, BatchCheckLayerAvailability.
    Check,
    /// Of a push: the start of an upload: POST uploads, InitiateLayerUpload.
    Initiate,
    /// Of a push: its end: PUT uploads, CompleteLayerUpload.
    Complete,
    /// Of a push: an image's manifest: PUT manifests, PutImage.
    Put,
}

/// A call of a client that pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The engine that asks.
    pub client: u32,
    pub call: Call,
    /// The image it is about.
    pub image: ImageId,
    /// For [`Call::Manifest`]: whether the image is asked for by its name, as at the beginning of a
    /// pull. What an index names is asked for by digest. One pull has one name, whatever else it
    /// asks for, and what a digest names never changes.
    pub by_tag: bool,
    /// For [`Call::Manifest`]: whether the client has the manifest and asks if it is still the
    /// same, by a HEAD (dockerd since 20.10, containerd).
    pub known: bool,
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
    /// [`Registries::set_up`] give the answer. Only layers are answered so.
    Later,
}

/// What a registry has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegistryTotals {
    /// Calls it was sent, those that failed and those of registries that cache it included.
    pub calls: u64,
    /// Calls refused because there were too many.
    pub throttled: u64,
    /// Calls that failed for another reason.
    pub failed: u64,
    /// Manifests it gave out for the names of images to who did not have them: what a hub counts
    /// as pulls.
    pub pulls: u64,
    /// Bytes that left it, to clients and to the registries that cache it.
    pub served: Bytes,
    /// Bytes it fetched from its upstream.
    pub imported: Bytes,
    /// Bytes that came with pushes.
    pub uploaded: Bytes,
}

/// Tokens of flows from here on are those of imports from an upstream.
pub const IMPORT: u32 = 1 << 31;

/// All registries that one cluster pulls from.
#[derive(Debug)]
pub struct Registries {
    registries: Vec<State>,
    /// By image: where it is pulled from.
    homes: Vec<RegistryId>,
    imports: Slab<Import>,
}

#[derive(Debug)]
struct State {
    name: String,
    kind: RegistryKind,
    /// Round trip before an answer.
    latency: SimDuration,
    /// Bandwidth of one layer's stream.
    stream: Bandwidth,
    /// What all streams share.
    link: LinkId,
    /// What all uploads share, where there are any.
    intake: Option<LinkId>,
    /// Time after which a client gives up a call that is not answered.
    timeout: SimDuration,
    up: bool,
    /// Calls a second, by [`Call`].
    limits: [Option<Bucket>; 7],
    pulls: Option<PullWindow>,
    /// None where nobody needs one.
    tokens: Option<Tokens>,
    shelf: Shelf,
    /// What it has of its upstream, if it has one.
    cache: Option<Cache>,
    totals: RegistryTotals,
}

impl State {
    fn new(
        written: &scenario::Registry,
        all: &[scenario::Registry],
        network: &mut FlowNetwork,
    ) -> Self {
        let link = network.add_link(written.bandwidth);
        let pushed = !written.pushes.is_empty();
        let intake = pushed.then(|| network.add_link(written.bandwidth));
        let upstream = written.upstream.as_deref().and_then(|name| find(all, name));
        let cache = upstream.map(|upstream| {
            let import = network.add_link(written.import.unwrap_or(written.bandwidth));
            Cache::new(upstream, import, written.checks_upstream_every())
        });
        Self {
            name: written.name.clone(),
            kind: written.kind,
            latency: written.latency,
            stream: written.stream,
            link,
            intake,
            timeout: written.timeout,
            up: true,
            limits: written.call_limits().map(|limit| limit.map(Bucket::new)),
            pulls: written.pull_limit().map(|most| PullWindow::new(most, written.one_address)),
            tokens: written.tokens().map(Tokens::new),
            shelf: Shelf::default(),
            cache,
            totals: RegistryTotals::default(),
        }
    }
}

fn find(all: &[scenario::Registry], name: &str) -> Option<RegistryId> {
    let place = all.iter().position(|registry| registry.name == name)?;
    Some(RegistryId(place as u16))
}

impl Registries {
    /// The registries of a scenario, each on a link of its own, and where its images are pulled
    /// from: the registry that an image names, or the first, unless the cluster has a `mirror`.
    /// Names that nothing has are as if they were not given.
    pub fn new(
        registries: &[scenario::Registry],
        images: &[scenario::Image],
        mirror: Option<&str>,
        network: &mut FlowNetwork,
    ) -> Self {
        let states: Vec<State> =
            registries.iter().map(|written| State::new(written, registries, network)).collect();
        let homes = images.iter().map(|image| {
            let name = mirror.or(image.registry.as_deref());
            name.and_then(|name| find(registries, name)).unwrap_or(RegistryId(0))
        });
        let homes = homes.collect();
        let mut all = Self { registries: states, homes, imports: Slab::default() };
        all.clear_pushed(registries, images);
        all
    }

    /// Where an image is pulled from.
    pub fn home(&self, image: ImageId) -> RegistryId {
        self.homes.get(image.0 as usize).copied().unwrap_or(RegistryId(0))
    }

    /// How many there are; their ids are counted from 0.
    pub fn len(&self) -> usize {
        self.registries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.registries.is_empty()
    }

    /// The name of a registry in the scenario.
    pub fn name(&self, registry: RegistryId) -> &str {
        &self.state(registry).name
    }

    /// What a client says when its pull of `image` fails.
    pub fn told(
        &self,
        registry: RegistryId,
        error: RegistryError,
        client: ClientKind,
        image: &str,
    ) -> String {
        let State { kind, name, .. } = self.state(registry);
        error.told(client, *kind, name, image)
    }

    /// Whether a client must ask for a token before it asks for anything else.
    pub fn needs_token(&self, registry: RegistryId, client: u32, now: SimTime) -> bool {
        self.lacks_token(registry, Caller::Engine(client), now)
    }

    fn lacks_token(&self, registry: RegistryId, caller: Caller, now: SimTime) -> bool {
        let tokens = self.state(registry).tokens.as_ref();
        tokens.is_some_and(|tokens| !tokens.is_valid(caller, now))
    }

    /// A client asks a registry.
    ///
    /// # Panics
    /// When a layer is asked for without its id, and where the call is one of a push.
    pub fn ask(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        request: Request,
        catalog: &Catalog,
        network: &mut FlowNetwork,
    ) -> Answer {
        debug_assert!(request.token < IMPORT, "token {} is one of an import", request.token);
        let caller = Caller::Engine(request.client);
        let Request { image, layer, token, .. } = request;
        match request.call {
            Call::Token => self.ask_token(now, registry, caller, Some(image)),
            Call::Manifest if request.by_tag => {
                let as_pull = !request.known;
                self.ask_manifest(now, registry, caller, image, as_pull)
            }
            Call::Manifest => self.ask_known(now, registry, caller, image),
            Call::Layer => {
                let layer = layer.expect("a call for a layer names it");
                let bytes = catalog.layer(layer).compressed;
                let wanted = calls::Wanted { image, layer, bytes };
                self.ask_layer(now, registry, caller, wanted, Who::Client(token), network)
            }
            Call::Check | Call::Initiate | Call::Complete | Call::Put => {
                panic!("an engine does not push")
            }
        }
    }

    /// Opens the stream of a layer to an engine behind the links of `route`, at most three, which
    /// takes no more than `cap`.
    pub fn open(
        &self,
        registry: RegistryId,
        network: &mut FlowNetwork,
        now: SimTime,
        route: &[LinkId],
        (bytes, cap): (Bytes, Bandwidth),
        token: u32,
    ) -> FlowId {
        let State { link, stream, .. } = *self.state(registry);
        let cap = Bandwidth(stream.0.min(cap.0));
        let mut path = [link; MAX_HOPS];
        path[1..=route.len()].copy_from_slice(route);
        network.start(now, &path[..=route.len()], bytes, cap, token)
    }

    /// Whether a registry can be reached.
    pub fn is_up(&self, registry: RegistryId) -> bool {
        self.state(registry).up
    }

    /// A client has lost what it kept in memory, or its number is another's from now on.
    pub fn forget_client(&mut self, client: u32) {
        for tokens in self.registries.iter_mut().filter_map(|state| state.tokens.as_mut()) {
            tokens.forget(Caller::Engine(client));
        }
    }

    /// A policy denies pulls of an image, to one client or to all.
    pub fn deny(&mut self, registry: RegistryId, client: Option<u32>, image: ImageId) {
        self.state_mut(registry).shelf.deny(image, client);
    }

    /// Engines' calls of one kind about an image fail at its home from now on, as where policies
    /// let whoever asks go that far and no further.
    pub fn refuse(&mut self, image: ImageId, call: Call, error: RegistryError) {
        let home = self.home(image);
        self.state_mut(home).shelf.refuse(image, call, error);
    }

    /// What a registry has done by `now`.
    pub fn totals(
        &self,
        registry: RegistryId,
        now: SimTime,
        network: &mut FlowNetwork,
    ) -> RegistryTotals {
        let state = self.state(registry);
        let served = network.carried(now, state.link);
        let imported =
            state.cache.as_ref().map_or(Bytes(0), |cache| network.carried(now, cache.link));
        let uploaded = state.intake.map_or(Bytes(0), |intake| network.carried(now, intake));
        RegistryTotals { served, imported, uploaded, ..state.totals }
    }

    fn state(&self, registry: RegistryId) -> &State {
        &self.registries[usize::from(registry.0)]
    }

    fn state_mut(&mut self, registry: RegistryId) -> &mut State {
        &mut self.registries[usize::from(registry.0)]
    }
}
