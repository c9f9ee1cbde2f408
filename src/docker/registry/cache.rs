//! Pull-through caches: a registry that fetches from another what it lacks.
//!
//! A manifest is fetched when it is first asked for, and a layer likewise, once: who asks for it
//! meanwhile waits for the same transfer. All of it is subject to the limits, the outages and the
//! bandwidth of the upstream, where the cache is a client like others. Afterwards the upstream is
//! asked at most every so often whether an image is still the same (Amazon ECR, *Pull through
//! cache*: at least once in 24 hours; the proxy of CNCF Distribution,
//! `registry/proxy/proxytagservice.go`: at each pull), and where it does not answer, what is cached
//! is given. Where its name stands for another by now, that is fetched.
//!
//! An import's bytes begin to flow at once, and the round trips to the upstream before them are
//! added at its end: together they take as long as in the real order.

use super::calls::{Failure, Wanted};
use super::tokens::Caller;
use super::{Answer, IMPORT, Registries, RegistryError, RegistryId};
use crate::docker::images::{ImageId, LayerId};
use crate::engine::{SimDuration, SimTime, Tag};
use crate::sharing::flows::{FlowId, FlowNetwork, LinkId};
use crate::units::Bytes;

/// What a registry has of its upstream.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    pub(super) upstream: RegistryId,
    /// What all its imports share.
    pub(super) link: LinkId,
    /// Least time between two questions about one image.
    interval: SimDuration,
    /// From when on each name's manifest is here, which is the end of its fetch or of the last
    /// question, and of what content it is.
    manifests: Vec<Option<(SimTime, ImageId)>>,
    layers: Vec<Holding>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Holding {
    #[default]
    Absent,
    /// This import brings it.
    Coming(u32),
    /// From when on.
    Present(SimTime),
}

/// A layer on its way from an upstream into a cache.
#[derive(Clone, Debug)]
pub(super) struct Import {
    from: RegistryId,
    into: RegistryId,
    layer: LayerId,
    bytes: Bytes,
    /// The round trips to the upstream.
    delay: SimDuration,
    /// None while the upstream itself has to fetch it.
    flow: Option<FlowId>,
    waiting: Vec<Waiter>,
}

/// Who asked for a layer that is on its way, and how long the answer takes once it is there.
#[derive(Clone, Copy, Debug)]
struct Waiter {
    who: Who,
    round_trip: SimDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The token of a client's request.
    Client(u32),
    /// A cache of this cache, unless it has given up meanwhile.
    Import(Tag),
}

impl Cache {
    pub(super) fn new(upstream: RegistryId, link: LinkId, interval: SimDuration) -> Self {
        Self { upstream, link, interval, manifests: Vec::new(), layers: Vec::new() }
    }

    fn manifest(&self, name: ImageId) -> Option<(SimTime, ImageId)> {
        self.manifests.get(name.0 as usize).copied().flatten()
    }

    /// What a name stands for, as far as it is here.
    pub(super) fn content(&self, name: ImageId) -> Option<ImageId> {
        self.manifest(name).map(|(_, content)| content)
    }

    fn set_manifest(&mut self, image: ImageId, since: SimTime, content: ImageId) {
        let index = image.0 as usize;
        if self.manifests.len() <= index {
            self.manifests.resize(index + 1, None);
        }
        self.manifests[index] = Some((since, content));
    }

    /// The layers that are here, and from when on.
    pub(super) fn present(&self) -> impl Iterator<Item = (LayerId, SimTime)> {
        self.layers.iter().enumerate().filter_map(|(index, holding)| match holding {
            Holding::Present(since) => Some((LayerId(index as u32), *since)),
            Holding::Absent | Holding::Coming(_) => None,
        })
    }

    fn layer(&self, layer: LayerId) -> Holding {
        self.layers.get(layer.0 as usize).copied().unwrap_or_default()
    }

    fn set_layer(&mut self, layer: LayerId, holding: Holding) {
        let index = layer.0 as usize;
        if self.layers.len() <= index {
            self.layers.resize(index + 1, Holding::Absent);
        }
        self.layers[index] = holding;
    }
}

/// What a cache's clients are told when its upstream fails it.
fn passed_on(error: RegistryError) -> RegistryError {
    match error {
        RegistryError::NotFound => RegistryError::NotFound,
        _ => RegistryError::UpstreamFailed,
    }
}

fn as_answer(outcome: Result<SimDuration, Failure>) -> Answer {
    match outcome {
        Ok(after) => Answer::Reply(after),
        Err((after, error)) => Answer::Failed { after, error },
    }
}

impl Registries {
    /// Time until a manifest is here, if it is not.
    pub(super) fn fetch_manifest(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        image: ImageId,
    ) -> Result<SimDuration, Failure> {
        let Some(cache) = self.cache_for(registry, image, now) else {
            return Ok(SimDuration::ZERO);
        };
        let interval = cache.interval;
        let here = cache.manifest(image);
        let (after, content) = match here {
            Some((since, _)) if now < since => return Ok(since.since(now)),
            Some((since, _)) if now.since(since) < interval => return Ok(SimDuration::ZERO),
            // what is here is given if the upstream fails to answer
            Some((_, content)) => self.check_upstream(now, registry, image, content),
            None => self.fetch_upstream(now, registry, image)?,
        };
        // where each pull asks, none waits for the question of another
        let since = match here {
            Some((since, same)) if interval.is_zero() && same == content => since,
            _ => now.saturating_add(after),
        };
        self.cache_mut(registry).set_manifest(image, since, content);
        Ok(after)
    }

    fn fetch_upstream(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        image: ImageId,
    ) -> Result<(SimDuration, ImageId), Failure> {
        let upstream = self.cache_mut(registry).upstream;
        let signed_in = self.sign_in(now, registry, upstream)?;
        match self.ask_manifest(now, upstream, Caller::Registry(registry), image, true) {
            Answer::Failed { after, error } => Err((signed_in + after, passed_on(error))),
            Answer::Reply(after) => {
                let content = self.content(upstream, image, now).unwrap_or(image);
                Ok((signed_in + after, content))
            }
            Answer::Later => unreachable!("manifests are answered at once"),
        }
    }

    /// How long it takes to ask whether a name still stands for the same, answered or not, and to
    /// fetch what it stands for if not.
    fn check_upstream(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        image: ImageId,
        content: ImageId,
    ) -> (SimDuration, ImageId) {
        let upstream = self.cache_mut(registry).upstream;
        let signed_in = match self.sign_in(now, registry, upstream) {
            Ok(after) => after,
            Err((after, _)) => return (after, content),
        };
        match self.ask_known(now, upstream, Caller::Registry(registry), image) {
            Answer::Failed { after, .. } => (signed_in + after, content),
            Answer::Reply(after) => {
                let asked = signed_in + after;
                if self.content(upstream, image, now).is_none_or(|there| there == content) {
                    return (asked, content);
                }
                match self.fetch_upstream(now, registry, image) {
                    Ok((after, content)) => (asked + after, content),
                    Err((after, _)) => (asked + after, content),
                }
            }
            Answer::Later => unreachable!("manifests are answered at once"),
        }
    }

    /// Time until a cache has a token of its upstream.
    fn sign_in(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        upstream: RegistryId,
    ) -> Result<SimDuration, Failure> {
        let caller = Caller::Registry(registry);
        if !self.lacks_token(upstream, caller, now) {
            return Ok(SimDuration::ZERO);
        }
        match self.ask_token(now, upstream, caller, None) {
            Answer::Failed { after, .. } => Err((after, RegistryError::UpstreamFailed)),
            Answer::Reply(after) => Ok(after),
            Answer::Later => unreachable!("tokens are answered at once"),
        }
    }

    /// The answer to a call for a layer that is admitted.
    pub(super) fn fetch_layer(
        &mut self,
        now: SimTime,
        registry: RegistryId,
        wanted: Wanted,
        who: Who,
        round_trip: SimDuration,
        network: &mut FlowNetwork,
    ) -> Answer {
        let Some(cache) = self.cache_for(registry, wanted.image, now) else {
            return Answer::Reply(round_trip);
        };
        let waiter = Waiter { who, round_trip };
        match cache.layer(wanted.layer) {
            Holding::Present(_) => Answer::Reply(round_trip),
            Holding::Coming(import) => {
                self.imports.get_mut(import).expect("an import under way").waiting.push(waiter);
                Answer::Later
            }
            Holding::Absent => match self.import(now, registry, wanted, waiter, network) {
                Ok(()) => Answer::Later,
                Err((after, error)) => Answer::Failed { after: round_trip + after, error },
            },
        }
    }

    /// Asks the upstream for a layer and has it come.
    fn import(
        &mut self,
        now: SimTime,
        into: RegistryId,
        wanted: Wanted,
        waiter: Waiter,
        network: &mut FlowNetwork,
    ) -> Result<(), Failure> {
        let from = self.cache_mut(into).upstream;
        let Wanted { layer, bytes, .. } = wanted;
        let delay = self.sign_in(now, into, from)?;
        let waiting = vec![waiter];
        let import = Import { from, into, layer, bytes, delay, flow: None, waiting };
        let import = self.imports.insert(import);
        let who = Who::Import(self.imports.tag(import));
        match self.ask_layer(now, from, Caller::Registry(into), wanted, who, network) {
            Answer::Failed { after, error } => {
                self.imports.remove(import);
                return Err((delay + after, passed_on(error)));
            }
            Answer::Reply(after) => self.begin(import, after, now, network),
            Answer::Later => {}
        }
        self.cache_mut(into).set_layer(layer, Holding::Coming(import));
        Ok(())
    }

    /// The upstream has given its answer: the bytes flow.
    fn begin(&mut self, index: u32, after: SimDuration, now: SimTime, network: &mut FlowNetwork) {
        let Import { from, into, bytes, .. } = self.imports[index];
        let path = [self.state(from).link, self.cache_mut(into).link];
        let stream = self.state(from).stream;
        let flow = network.start(now, &path, bytes, stream, IMPORT | index);
        let import = &mut self.imports[index];
        import.delay += after;
        import.flow = Some(flow);
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
        debug_assert!(token >= IMPORT, "flow {token} is not of an import");
        self.settle(token & !IMPORT, Ok(()), now, network, answered);
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
        let was_up = std::mem::replace(&mut self.state_mut(registry).up, up);
        if up || !was_up {
            return;
        }
        let timeout = self.state(registry).timeout;
        let broken: Vec<(u32, RegistryError)> = self
            .imports
            .iter()
            .filter_map(|(index, import)| match import {
                _ if import.into == registry => Some((index, RegistryError::Unreachable)),
                // what waits for the registry itself to fetch it is told by that import
                _ if import.from == registry && import.flow.is_some() => {
                    Some((index, RegistryError::UpstreamFailed))
                }
                _ => None,
            })
            .collect();
        for (index, error) in broken {
            self.settle(index, Err((timeout, error)), now, network, answered);
        }
    }

    /// Ends an import, and those that waited for it if it fails; begins these if it does not.
    fn settle(
        &mut self,
        index: u32,
        outcome: Result<(), Failure>,
        now: SimTime,
        network: &mut FlowNetwork,
        answered: &mut Vec<(u32, Answer)>,
    ) {
        let mut open = vec![(index, outcome)];
        while let Some((index, outcome)) = open.pop() {
            let Import { into, layer, delay, flow, waiting, .. } = self.imports.remove(index);
            if let (Some(flow), Err(_)) = (flow, outcome) {
                network.cancel(now, flow);
            }
            let holding = if outcome.is_ok() { Holding::Present(now) } else { Holding::Absent };
            self.cache_mut(into).set_layer(layer, holding);
            for Waiter { who, round_trip } in waiting {
                let told = match outcome {
                    Ok(()) => Ok(delay + round_trip),
                    // nobody answers
                    Err((after, error @ RegistryError::Unreachable)) => Err((after, error)),
                    Err((after, error)) => Err((after + round_trip, error)),
                };
                if let Err((_, error)) = told {
                    self.count_failure(into, error);
                }
                match who {
                    Who::Client(token) => answered.push((token, as_answer(told))),
                    Who::Import(next) => match (self.imports.current(next), told) {
                        (Some(next), Ok(after)) => self.begin(next, after, now, network),
                        (Some(next), Err((after, error))) => {
                            open.push((next, Err((after, passed_on(error)))));
                        }
                        (None, _) => {}
                    },
                }
            }
        }
    }

    /// A client's request is of no interest any more: it is not answered if it was put off. What
    /// it waited for comes nevertheless.
    pub fn withdraw(&mut self, registry: RegistryId, token: u32) {
        for index in 0..self.imports.places() as u32 {
            if let Some(import) = self.imports.get_mut(index)
                && import.into == registry
            {
                import.waiting.retain(|waiter| waiter.who != Who::Client(token));
            }
        }
    }

    /// Where an image that a registry does not have itself is cached.
    pub(super) fn cache_for(
        &self,
        registry: RegistryId,
        image: ImageId,
        now: SimTime,
    ) -> Option<&Cache> {
        let state = self.state(registry);
        state.cache.as_ref().filter(|_| !state.shelf.has_own(image, now))
    }

    fn cache_mut(&mut self, registry: RegistryId) -> &mut Cache {
        self.state_mut(registry).cache.as_mut().expect("only a cache fetches")
    }
}
