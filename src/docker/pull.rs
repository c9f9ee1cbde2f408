//! Pulls: how an image comes onto an engine.
//!
//! A client asks for a token where the registry wants one, for the image's manifest (for an index
//! first, where it has several platforms; for that of lazy loading last), and then for every layer
//! that is absent ([`transfer`](super::transfer)), which is unpacked where it belongs
//! ([`unpack`](super::unpack)). Whoever needs an image that is being pulled joins. A pull that
//! fails is tried again as its [`client`](super::client) does. When nobody waits for a pull any
//! more it is abandoned, and what was on its way for it alone is given up.

use std::sync::Arc;

use super::client;
use super::container::PullAccount;
use super::engine::EngineTotals;
use super::images::{Catalog, ImageId, Placed};
use super::refusal::Refusal;
use super::registry::{Answer, Call, IMPORT, Registries, RegistryError, RegistryId, Request};
use super::store::{Chain, Content, Store};
use super::transfer::Transfer;
use super::unpack::{UNPACKING, Unpacking};
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimDuration, SimTime, Slab, Tag};
use crate::scenario::PullPolicy;
use crate::sharing::flows::LinkId;
use crate::units::Bytes;

/// Marks the token of a request that is a pull's, not a transfer's.
pub(super) const PULL: u32 = 1 << 30;

/// An image on its way to an engine.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub engine: u32,
    pub image: ImageId,
    /// Containers that need it.
    waiting: Vec<u32>,
    pub stage: Stage,
    /// Manifests still to ask for.
    manifests: u32,
    /// Position of the first layer that is not unpacked yet.
    pub next: usize,
    /// Layers still to be transferred.
    pub missing: usize,
    /// Of these, those that are counted as its downloads.
    pub downloading: u32,
    pub downloaded: SimTime,
    pub account: PullAccount,
}

/// Where a pull is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// Waits for other pulls of the engine.
    Queued,
    /// The registry's answer is on its way.
    Asked(Call),
    /// The registry has to fetch the answer first.
    Later,
    /// An error is on its way.
    Failing(RegistryError),
    /// Layers come.
    Layers,
    /// It failed, and is tried again after a while.
    Waiting,
}

/// What came of a container's wish for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Ready { downloaded: SimTime, account: PullAccount },
    Pulling,
    Refused(Refusal),
}

impl Outcome {
    /// As those see it who waited for a pull that was another's.
    fn joined(self) -> Self {
        match self {
            Self::Ready { downloaded, account } => {
                let layers_joined = account.layers_joined + account.layers_pulled;
                let account =
                    PullAccount { bytes: Bytes(0), layers_pulled: 0, layers_joined, ..account };
                Self::Ready { downloaded, account }
            }
            other => other,
        }
    }
}

/// All pulls of all engines.
#[derive(Debug)]
pub(super) struct Pulls {
    pub catalog: Arc<Catalog>,
    pub registries: Registries,
    pub stores: Vec<Store>,
    pub pulls: Slab<Pull>,
    pub transfers: Slab<Transfer>,
    pub unpackings: Slab<Unpacking>,
    /// What became of pulls and was not handed on yet.
    pub outcomes: Vec<(u32, Outcome)>,
}

impl Pulls {
    pub fn new(catalog: Arc<Catalog>, registries: Registries) -> Self {
        Self {
            catalog,
            registries,
            stores: Vec::new(),
            pulls: Slab::default(),
            transfers: Slab::default(),
            unpackings: Slab::default(),
            outcomes: Vec::new(),
        }
    }

    /// Puts the store of an engine at `index`, the next free one or one that was used before.
    pub fn set_store(&mut self, index: u32, mut store: Store) {
        match self.stores.get_mut(index as usize) {
            Some(old) => {
                store.installed = old.installed + 1;
                *old = store;
                self.registries.forget_client(index);
            }
            None => self.stores.push(store),
        }
    }

    pub fn wipe(&mut self, engine: u32) {
        self.stores[engine as usize].wipe();
    }

    /// Has an image be there without a pull.
    pub fn preload(&mut self, engine: u32, image: ImageId) -> Result<(), Refusal> {
        let catalog = Arc::clone(&self.catalog);
        self.stores[engine as usize].preload(image, &catalog)
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// From now on an engine pulls over these links.
    pub fn set_route(&mut self, engine: u32, route: Vec<LinkId>) {
        self.stores[engine as usize].route = route;
    }

    pub fn store(&self, engine: u32) -> &Store {
        &self.stores[engine as usize]
    }

    pub fn store_mut(&mut self, engine: u32) -> &mut Store {
        &mut self.stores[engine as usize]
    }

    /// Pulls, and layers under way for them.
    pub fn under_way(&self) -> (usize, usize) {
        let layers = self.transfers.values().filter(|transfer| !transfer.is_behind()).count();
        (self.pulls.len(), layers + self.unpackings.len())
    }

    pub fn totals(&self, engine: u32) -> EngineTotals {
        self.stores[engine as usize].totals
    }

    /// What has become so far of the pull of an image to an engine, while it is under way.
    pub fn account(&self, engine: u32, image: ImageId) -> Option<PullAccount> {
        self.pull_of(engine, image).map(|pull| self.pulls[pull].account)
    }

    /// Where an image is pulled from.
    pub fn home(&self, image: ImageId) -> RegistryId {
        self.registries.home(image)
    }

    /// The layers of an image for an engine's machine.
    pub fn layers(&self, engine: u32, image: ImageId) -> &[Placed] {
        &self.stores[engine as usize].platform(self.catalog.image(image)).layers
    }

    /// A container needs an image. Unless it is there already, the outcome comes later.
    pub fn request<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        image: ImageId,
        container: u32,
        context: &mut Context<'_, S>,
    ) -> Outcome {
        let store = &mut self.stores[engine as usize];
        let (client, there) = (store.policy.client, store.image(image).there);
        let asks = matches!(store.policy.pull, PullPolicy::Always | PullPolicy::Default);
        if there && !asks {
            store.totals.image_hits += 1;
            let account = PullAccount::default();
            return Outcome::Ready { downloaded: context.now(), account };
        }
        if store.policy.pull == PullPolicy::Never {
            return Outcome::Refused(Refusal::NeverPulled);
        }
        if let Some(pull) = self.pull_of(engine, image) {
            self.pulls[pull].waiting.push(container);
            return Outcome::Pulling;
        }
        let patient = client::pull_retry(client, 1, None).is_some();
        if let Err(refusal) = self.check_disk(engine, image, context.now())
            && !patient
        {
            return Outcome::Refused(refusal);
        }
        let pull = self.pulls.insert(Pull {
            engine,
            image,
            waiting: vec![container],
            stage: Stage::Queued,
            manifests: 0,
            next: 0,
            missing: 0,
            downloading: 0,
            downloaded: context.now(),
            account: PullAccount::default(),
        });
        self.stores[engine as usize].pulls.push(pull);
        self.begin_next(engine, context);
        Outcome::Pulling
    }

    /// A container does not wait for an image any more.
    pub fn withdraw<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        image: ImageId,
        container: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(pull) = self.pull_of(engine, image) else {
            return;
        };
        let waiting = &mut self.pulls[pull].waiting;
        waiting.retain(|&other| other != container);
        if waiting.is_empty() {
            self.abandon(pull, context);
            self.ask_next(engine, context);
            self.begin_next(engine, context);
        }
    }

    /// The engine's machine is gone, and with it all that was under way.
    pub fn abandon_all<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        while let Some(&pull) = self.stores[engine as usize].pulls.last() {
            self.abandon(pull, context);
        }
        self.stop_behind(engine, |_| true, context);
    }

    /// A flow is through: an import of a registry, an unpacking or a transfer.
    pub fn flow_completed<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        if token >= IMPORT {
            let (now, mut answered) = (context.now(), Vec::new());
            self.registries.flow_completed(token, now, context.network, &mut answered);
            self.answered(answered, context);
        } else if token & UNPACKING != 0 {
            self.unpacked(token & !UNPACKING, context);
        } else {
            self.downloaded(token, context);
        }
    }

    /// A registry fails, and all streams from it break off, or it is back.
    pub fn registry_up<S: Schedule<ContainerEvent>>(
        &mut self,
        registry: RegistryId,
        up: bool,
        context: &mut Context<'_, S>,
    ) {
        let (now, mut answered) = (context.now(), Vec::new());
        self.registries.set_up(registry, up, now, context.network, &mut answered);
        if up {
            self.resume_behind(registry, context);
        } else {
            self.cut(registry, context);
        }
        self.answered(answered, context);
    }

    /// Answers to calls that a registry had to think about.
    fn answered<S: Schedule<ContainerEvent>>(
        &mut self,
        answered: Vec<(u32, Answer)>,
        context: &mut Context<'_, S>,
    ) {
        for (token, answer) in answered {
            if token & PULL != 0 {
                self.pull_answered(token & !PULL, Call::Manifest, answer, context);
            } else {
                self.layer_answered(token, Call::Layer, answer, context);
            }
        }
    }

    /// Begins the pulls that wait for others, as many as may be under way at once.
    fn begin_next<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        loop {
            let store = &self.stores[engine as usize];
            let idle =
                |pull: &&u32| matches!(self.pulls[**pull].stage, Stage::Queued | Stage::Waiting);
            let busy = store.pulls.len() - store.pulls.iter().filter(idle).count();
            let queued = |pull: &&u32| self.pulls[**pull].stage == Stage::Queued;
            let next = store.pulls.iter().find(queued).copied();
            match next {
                Some(pull) if busy < store.policy.max_parallel_pulls as usize => {
                    self.begin(pull, context);
                }
                _ => return,
            }
        }
    }

    fn begin<S: Schedule<ContainerEvent>>(&mut self, pull: u32, context: &mut Context<'_, S>) {
        let Pull { engine, image, .. } = self.pulls[pull];
        let manifests = self.manifests_of(engine, image);
        let state = &mut self.pulls[pull];
        state.account.attempts += 1;
        state.manifests = manifests;
        self.ask_manifest(pull, context);
    }

    /// How many manifests an engine asks for: that of an index first, that of lazy loading last.
    fn manifests_of(&self, engine: u32, image: ImageId) -> u32 {
        let index = self.catalog.image(image).is_index();
        1 + u32::from(index) + u32::from(self.is_lazy(engine, image))
    }

    fn ask_manifest<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let (now, &Pull { engine, image, .. }) = (context.now(), &self.pulls[pull]);
        let home = self.home(image);
        let wanting = self.registries.needs_token(home, engine, now);
        let call = if wanting { Call::Token } else { Call::Manifest };
        let by_tag = self.pulls[pull].manifests == self.manifests_of(engine, image);
        let token = PULL | pull;
        let request = Request { client: engine, call, image, by_tag, layer: None, token };
        let answer = self.registries.ask(now, home, request, &self.catalog, context.network);
        self.pull_answered(pull, call, answer, context);
    }

    /// The registry has said what becomes of a pull's call.
    pub fn pull_answered<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        call: Call,
        answer: Answer,
        context: &mut Context<'_, S>,
    ) {
        let (stage, after) = match answer {
            Answer::Reply(after) => (Stage::Asked(call), after),
            Answer::Failed { after, error } => (Stage::Failing(error), after),
            Answer::Later => {
                self.pulls[pull].stage = Stage::Later;
                return;
            }
        };
        self.pull_later(pull, stage, after, context);
    }

    /// A pull goes on at `stage` after some time.
    fn pull_later<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        stage: Stage,
        after: SimDuration,
        context: &mut Context<'_, S>,
    ) {
        self.pulls[pull].stage = stage;
        let generation = self.pulls.tag(pull).generation;
        context.calendar.after(after, Phase::Arrive, ContainerEvent::Pull { pull, generation });
    }

    /// What a pull waited for has come, or the end of its wait.
    pub fn pull_due<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        generation: u32,
        context: &mut Context<'_, S>,
    ) {
        let Some(&Pull { image, stage, engine, .. }) =
            self.pulls.tagged(Tag { index: pull, generation })
        else {
            return;
        };
        match stage {
            Stage::Asked(_) if !self.registries.is_up(self.home(image)) => {
                self.fail(pull, Refusal::PullFailed(RegistryError::Unreachable), context);
            }
            Stage::Asked(Call::Token) => self.ask_manifest(pull, context),
            Stage::Asked(_) => {
                self.pulls[pull].manifests -= 1;
                if self.pulls[pull].manifests > 0 {
                    self.ask_manifest(pull, context);
                } else {
                    self.begin_layers(pull, context);
                }
            }
            Stage::Failing(error) => self.fail(pull, Refusal::PullFailed(error), context),
            Stage::Waiting => {
                self.pulls[pull].stage = Stage::Queued;
                self.begin_next(engine, context);
            }
            Stage::Queued | Stage::Later | Stage::Layers => {}
        }
    }

    /// The manifest has come: now it is known which layers are missing.
    fn begin_layers<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, .. } = self.pulls[pull];
        if let Err(refusal) = self.check_disk(engine, image, context.now()) {
            self.reclaim(engine, context);
            return self.fail(pull, refusal, context);
        }
        let state = &mut self.pulls[pull];
        (state.stage, state.next, state.downloaded) = (Stage::Layers, 0, context.now());
        let layers = self.layers(engine, image).to_vec();
        for placed in layers {
            self.want(pull, placed);
        }
        self.disk_changed(engine, context);
        self.ask_next(engine, context);
        self.unpack_next(pull, context);
    }

    fn pull_of(&self, engine: u32, image: ImageId) -> Option<u32> {
        let pulls = &self.stores[engine as usize].pulls;
        pulls.iter().copied().find(|&pull| self.pulls[pull].image == image)
    }

    /// Whether what an image lacks fits on the disk.
    fn check_disk(&self, engine: u32, image: ImageId, now: SimTime) -> Result<(), Refusal> {
        let store = &self.stores[engine as usize];
        let layers = &store.platform(self.catalog.image(image)).layers;
        let (needed, free) = (store.needs(layers, &self.catalog), store.free(now));
        if needed > free { Err(Refusal::DiskFull { needed, free }) } else { Ok(()) }
    }

    /// An attempt has come to nothing: it is tried again, or that is the end.
    pub fn fail<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        reason: Refusal,
        context: &mut Context<'_, S>,
    ) {
        self.give_up_layers(pull, context);
        self.pulls[pull].account.last_error = Some(reason);
        let Pull { engine, image, account, downloaded, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        store.totals.pulls_failed += 1;
        let error = match reason {
            Refusal::PullFailed(error) => Some(error),
            _ => None,
        };
        let cached = store.policy.pull == PullPolicy::Default && store.image(image).there;
        if let Some(wait) = client::pull_retry(store.policy.client, account.attempts, error) {
            let account = &mut self.pulls[pull].account;
            account.back_off += wait;
            self.pull_later(pull, Stage::Waiting, wait, context);
            self.begin_next(engine, context);
        } else if cached {
            store.totals.image_hits += 1;
            self.finish(pull, Outcome::Ready { downloaded, account }, context);
        } else {
            self.finish(pull, Outcome::Refused(reason), context);
        }
        self.ask_next(engine, context);
    }

    /// All layers of an image are unpacked.
    pub fn complete<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, downloaded, account, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        let kept = store.image_mut(image);
        kept.last_used = context.now();
        if std::mem::replace(&mut kept.there, true) {
            store.totals.image_hits += 1;
        } else {
            store.totals.images_pulled += 1;
        }
        self.finish(pull, Outcome::Ready { downloaded, account }, context);
    }

    /// Ends a pull of which no layer is under way, and tells who waits for it.
    fn finish<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        outcome: Outcome,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, waiting, .. } = self.pulls.remove(pull);
        self.stores[engine as usize].pulls.retain(|&other| other != pull);
        // what came is one's account: to the others, it was on its way
        let others = outcome.joined();
        let outcomes = std::iter::once(outcome).chain(std::iter::repeat(others));
        self.outcomes.extend(waiting.into_iter().zip(outcomes));
        self.begin_next(engine, context);
    }

    fn abandon<S: Schedule<ContainerEvent>>(&mut self, pull: u32, context: &mut Context<'_, S>) {
        self.give_up_layers(pull, context);
        let Pull { engine, image, stage, .. } = self.pulls.remove(pull);
        if stage == Stage::Later {
            self.registries.withdraw(self.registries.home(image), PULL | pull);
        }
        self.stores[engine as usize].pulls.retain(|&other| other != pull);
    }

    /// A pull needs no layers any more: those that no other needs are given up.
    fn give_up_layers<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
    ) {
        let Pull { engine, image, stage, .. } = self.pulls[pull];
        if stage != Stage::Layers {
            return;
        }
        self.pulls[pull].stage = Stage::Waiting;
        for Placed { layer, chain } in self.layers(engine, image).to_vec() {
            if let Content::Coming(token) = self.stores[engine as usize].content(layer) {
                self.leave_transfer(token, pull, context);
            }
            match self.stores[engine as usize].chain(chain) {
                Chain::Wanted(_) | Chain::Unpacking { .. } => {
                    self.want_chain_less(engine, Placed { layer, chain }, context);
                }
                Chain::Absent | Chain::Present => {}
            }
            self.forget_content(engine, layer);
        }
        let state = &mut self.pulls[pull];
        (state.missing, state.downloading) = (0, 0);
        self.disk_changed(engine, context);
    }
}
