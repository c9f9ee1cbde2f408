//! Pulls: how an image comes onto an engine.
//!
//! A pull is attempted ([`attempt`](super::attempt)) until its image is there or its client gives
//! up. Whoever needs an image that is being pulled joins. When nobody waits for a pull any more it
//! is abandoned, and what was on its way for it alone is given up.

use std::sync::Arc;

use super::asking::{Asker, Asking};
use super::client;
use super::container::PullAccount;
use super::engine::EngineId;
use super::images::{Catalog, ImageId, Placed};
use super::refusal::Refusal;
use super::registry::{Answer, Call, IMPORT, Registries, RegistryId};
use super::store::Store;
use super::totals::EngineTotals;
use super::transfer::Transfer;
use super::unpack::{UNPACKING, Unpacking};
use super::{ContainerEvent, Context};
use crate::engine::{Marks, Schedule, SimDuration, SimTime, Slab};
use crate::scenario::PullPolicy;
use crate::sharing::flows::LinkId;
use crate::units::Bytes;

/// An image on its way to an engine.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub engine: u32,
    /// The name it is pulled by.
    pub image: ImageId,
    /// What that name stands for: as far as the engine knows, and then as the registry says.
    pub content: ImageId,
    /// Containers that need it.
    pub waiting: Vec<u32>,
    pub stage: Stage,
    /// Whether the registry has given what the name stands for.
    pub named: bool,
    /// Manifests still to come, that which is asked for included.
    pub manifests: u32,
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
    /// The registry is asked for a token or a manifest, or is going to be asked again.
    Asking(Asking),
    /// Layers come.
    Layers,
}

/// What came of a container's wish for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The image is there, and the name stands for this content.
    Ready {
        content: ImageId,
        downloaded: SimTime,
        account: PullAccount,
    },
    Pulling,
    /// An attempt has failed for this reason, and there is another after this time.
    Again {
        reason: Refusal,
        wait: SimDuration,
    },
    Refused(Refusal),
}

impl Outcome {
    /// As those see it who waited for a pull that was another's.
    pub fn joined(self) -> Self {
        match self {
            Self::Ready { content, downloaded, account } => {
                let layers_joined = account.layers_joined + account.layers_pulled;
                let account =
                    PullAccount { bytes: Bytes(0), layers_pulled: 0, layers_joined, ..account };
                Self::Ready { content, downloaded, account }
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
    /// Engines whose disks have less free than was asked for, and whose owner was not told yet.
    pub low_disks: Vec<EngineId>,
    /// Engines of whose disks more may be in use than when they were last looked at.
    pub filling: Marks,
    /// The highest share of a disk in use that was seen.
    pub fullest: f64,
    /// What engines have done whose place is another's now.
    pub retired: EngineTotals,
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
            low_disks: Vec::new(),
            filling: Marks::default(),
            fullest: 0.0,
            retired: EngineTotals::default(),
        }
    }

    /// Puts the store of an engine at `index`, the next free one or one that was used before.
    pub fn set_store(&mut self, index: u32, mut store: Store) {
        self.filling.mark(index as usize);
        match self.stores.get_mut(index as usize) {
            Some(old) => {
                self.retired = self.retired.plus(old.totals);
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

    /// The layers of a content for an engine's machine.
    pub fn layers(&self, engine: u32, content: ImageId) -> &[Placed] {
        &self.stores[engine as usize].platform(self.catalog.image(content)).layers
    }

    /// A container needs an image. Unless it is there already, the outcome comes later.
    pub fn request<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        image: ImageId,
        policy: Option<PullPolicy>,
        container: u32,
        context: &mut Context<'_, S>,
    ) -> Outcome {
        let store = &mut self.stores[engine as usize];
        let policy = policy.unwrap_or(store.policy.pull);
        let content = store.content_of(image);
        let (client, there) = (store.policy.client, store.image(content).there);
        let asks = matches!(policy, PullPolicy::Always | PullPolicy::Default);
        if there && !asks {
            store.totals.image_hits += 1;
            let account = PullAccount::default();
            return Outcome::Ready { content, downloaded: context.now(), account };
        }
        if policy == PullPolicy::Never {
            return Outcome::Refused(Refusal::NeverPulled);
        }
        if let Some(pull) = self.pull_of(engine, image) {
            self.pulls[pull].waiting.push(container);
            return Outcome::Pulling;
        }
        let patient = client::pull_retry(client, 1, None).is_some();
        if let Err(refusal) = self.check_disk(engine, content, context.now())
            && !patient
        {
            return Outcome::Refused(refusal);
        }
        let pull = self.pulls.insert(Pull {
            engine,
            image,
            content,
            waiting: vec![container],
            stage: Stage::Queued,
            named: false,
            manifests: 0,
            next: 0,
            missing: 0,
            downloading: 0,
            downloaded: context.now(),
            account: PullAccount::default(),
        });
        let store = &mut self.stores[engine as usize];
        store.pulls.push(pull);
        store.totals.pulls_begun += 1;
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
            self.all_answered(answered, context);
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
        self.all_answered(answered, context);
    }

    /// Answers to calls that a registry had to fetch the answer to: only layers are.
    fn all_answered<S: Schedule<ContainerEvent>>(
        &mut self,
        answered: Vec<(u32, Answer)>,
        context: &mut Context<'_, S>,
    ) {
        for (token, answer) in answered {
            self.answered(Asker::of(token), Call::Layer, answer, context);
        }
    }

    pub fn pull_of(&self, engine: u32, image: ImageId) -> Option<u32> {
        let pulls = &self.stores[engine as usize].pulls;
        pulls.iter().copied().find(|&pull| self.pulls[pull].image == image)
    }

    /// Whether what an engine lacks of a content fits on the disk.
    pub fn check_disk(&self, engine: u32, content: ImageId, now: SimTime) -> Result<(), Refusal> {
        let store = &self.stores[engine as usize];
        let layers = &store.platform(self.catalog.image(content)).layers;
        let (needed, free) = (store.needs(layers, &self.catalog), store.free(now));
        if needed > free { Err(Refusal::DiskFull { needed, free }) } else { Ok(()) }
    }
}
