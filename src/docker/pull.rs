//! Pulls: how an image comes onto an engine.
//!
//! After one round trip for the manifest, every layer that is absent is transferred: at most
//! `max_concurrent_downloads` at once on an engine, one round trip before each, in the order
//! in which they were asked for. A layer that is on its way for another pull is not asked for
//! again: the pull joins it. Extraction is one layer after another from the base upwards (each is a
//! difference to what lies below), each once it was transferred, as a flow over the disk. That is
//! dockerd 27's distribution code (its transfer manager and layer download). When nobody waits for
//! a pull any more it is abandoned, and what was on its way for it alone is given up.

use std::sync::Arc;

use super::engine::{EngineTotals, LayerState, Store};
use super::images::{Catalog, ImageId};
use super::refusal::Refusal;
use super::registry::Registry;
use super::transfer::{Stage, Transfer};
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimTime, Slab, Tag};
use crate::sharing::flows::LinkId;
use crate::units::Bytes;

/// An image on its way to an engine.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) engine: u32,
    image: ImageId,
    /// Containers that need it.
    waiting: Vec<u32>,
    /// Position of the first layer that is not extracted yet.
    next: usize,
    /// Layers still to be transferred.
    pub(super) missing: usize,
    pub(super) downloaded: SimTime,
}

/// What came of a container's wish for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Ready { downloaded: SimTime },
    Pulling,
    Refused(Refusal),
}

/// All pulls of all engines.
#[derive(Debug)]
pub(super) struct Pulls {
    pub(super) catalog: Arc<Catalog>,
    pub(super) registry: Registry,
    pub(super) stores: Vec<Store>,
    pub(super) pulls: Slab<Pull>,
    pub(super) transfers: Slab<Transfer>,
}

impl Pulls {
    pub(super) fn new(catalog: Arc<Catalog>, registry: Registry) -> Self {
        let (pulls, transfers) = (Slab::default(), Slab::default());
        Self { catalog, registry, stores: Vec::new(), pulls, transfers }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Puts the store of an engine at `index`, the next free one or one that was used before.
    pub(super) fn set_store(&mut self, index: u32, store: Store) {
        match self.stores.get_mut(index as usize) {
            Some(old) => *old = store,
            None => self.stores.push(store),
        }
    }

    /// From now on an engine pulls over these links.
    pub(super) fn set_route(&mut self, engine: u32, route: Vec<LinkId>) {
        self.stores[engine as usize].route = route;
    }

    pub(super) fn store(&self, engine: u32) -> &Store {
        &self.stores[engine as usize]
    }

    pub(super) fn wipe(&mut self, engine: u32) {
        self.stores[engine as usize].wipe();
    }

    /// Pulls and layers under way.
    pub(super) fn under_way(&self) -> (usize, usize) {
        (self.pulls.len(), self.transfers.len())
    }

    /// Has an image be there without a pull.
    pub(super) fn preload(&mut self, engine: u32, image: ImageId) -> Result<(), Refusal> {
        self.check_disk(engine, image)?;
        let catalog = Arc::clone(&self.catalog);
        let store = &mut self.stores[engine as usize];
        for &layer in &catalog.image(image).layers {
            if store.layer(layer) == LayerState::Absent {
                store.disk_used.0 += catalog.layer(layer).unpacked.0;
                store.set_layer(layer, LayerState::Present);
            }
        }
        store.add_image(image);
        Ok(())
    }

    /// A container needs an image. Unless it is there already, the outcome comes later.
    pub(super) fn request<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        image: ImageId,
        container: u32,
        context: &mut Context<'_, S>,
    ) -> Outcome {
        let store = &mut self.stores[engine as usize];
        if store.has_image(image) {
            store.totals.image_hits += 1;
            return Outcome::Ready { downloaded: context.now() };
        }
        if let Some(pull) = self.pull_of(engine, image) {
            self.pulls[pull].waiting.push(container);
            return Outcome::Pulling;
        }
        if let Err(refusal) = self.check_disk(engine, image) {
            return Outcome::Refused(refusal);
        }
        let waiting = vec![container];
        let downloaded = context.now();
        let pull = Pull { engine, image, waiting, next: 0, missing: 0, downloaded };
        let pull = self.pulls.insert(pull);
        let generation = self.pulls.tag(pull).generation;
        self.stores[engine as usize].pulls.push(pull);
        let event = ContainerEvent::Manifest { pull, generation };
        context.calendar.after(self.registry.latency, Phase::Arrive, event);
        Outcome::Pulling
    }

    /// A container does not wait for an image any more.
    pub(super) fn withdraw<S: Schedule<ContainerEvent>>(
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
        }
    }

    /// The engine's machine is gone, and with it all that was under way.
    pub(super) fn abandon_all<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        while let Some(&pull) = self.stores[engine as usize].pulls.last() {
            self.abandon(pull, context);
        }
    }

    /// The manifest of an image has come: now it is known which layers are missing.
    pub(super) fn manifest<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        generation: u32,
        context: &mut Context<'_, S>,
        outcomes: &mut Vec<(u32, Outcome)>,
    ) {
        let Some(&Pull { engine, image, .. }) = self.pulls.tagged(Tag { index: pull, generation })
        else {
            return;
        };
        if let Err(refusal) = self.check_disk(engine, image) {
            self.finish(pull, Outcome::Refused(refusal), outcomes);
            return;
        }
        let catalog = Arc::clone(&self.catalog);
        for &layer in &catalog.image(image).layers {
            self.want(pull, layer);
        }
        self.ask_next(engine, context);
        self.pulls[pull].downloaded = context.now();
        self.extract_next(pull, context, outcomes);
    }

    fn pull_of(&self, engine: u32, image: ImageId) -> Option<u32> {
        let pulls = &self.stores[engine as usize].pulls;
        pulls.iter().copied().find(|&pull| self.pulls[pull].image == image)
    }

    /// Whether the layers of an image that are absent fit on the disk.
    fn check_disk(&self, engine: u32, image: ImageId) -> Result<(), Refusal> {
        let store = &self.stores[engine as usize];
        let layers = self.catalog.image(image).layers.iter();
        let absent = layers.filter(|&&layer| store.layer(layer) == LayerState::Absent);
        let needed = Bytes(absent.map(|&layer| self.catalog.layer(layer).unpacked.0).sum());
        let free = store.free();
        if needed > free { Err(Refusal::DiskFull { needed, free }) } else { Ok(()) }
    }

    /// Extracts the next layer of an image if it was transferred, or finds that there is none.
    pub(super) fn extract_next<S: Schedule<ContainerEvent>>(
        &mut self,
        pull: u32,
        context: &mut Context<'_, S>,
        outcomes: &mut Vec<(u32, Outcome)>,
    ) {
        let Pull { engine, image, mut next, downloaded, .. } = self.pulls[pull];
        let store = &mut self.stores[engine as usize];
        let layers = &self.catalog.image(image).layers;
        while next < layers.len() && store.layer(layers[next]) == LayerState::Present {
            next += 1;
        }
        self.pulls[pull].next = next;
        let Some(&layer) = layers.get(next) else {
            store.totals.images_pulled += 1;
            store.add_image(image);
            self.finish(pull, Outcome::Ready { downloaded }, outcomes);
            return;
        };
        if let LayerState::Coming(token) = store.layer(layer)
            && self.transfers[token].stage == Stage::Downloaded
        {
            let unpacked = self.catalog.layer(layer).unpacked;
            let now = context.now();
            let flow = context.network.start(now, &[store.disk], unpacked, store.extraction, token);
            self.transfers[token].stage = Stage::Extracting(flow);
        }
    }

    /// Ends a pull of which no layer is under way, and tells who waits for it.
    fn finish(&mut self, pull: u32, outcome: Outcome, outcomes: &mut Vec<(u32, Outcome)>) {
        let Pull { engine, waiting, .. } = self.pulls.remove(pull);
        self.stores[engine as usize].pulls.retain(|&other| other != pull);
        outcomes.extend(waiting.into_iter().map(|container| (container, outcome)));
    }

    fn abandon<S: Schedule<ContainerEvent>>(&mut self, pull: u32, context: &mut Context<'_, S>) {
        let Pull { engine, image, .. } = self.pulls.remove(pull);
        self.stores[engine as usize].pulls.retain(|&other| other != pull);
        let catalog = Arc::clone(&self.catalog);
        for &layer in &catalog.image(image).layers {
            let LayerState::Coming(token) = self.stores[engine as usize].layer(layer) else {
                continue;
            };
            let pulls = &mut self.transfers[token].pulls;
            pulls.retain(|&other| other != pull);
            if pulls.is_empty() {
                self.give_up(token, context);
            }
        }
    }

    pub(super) fn totals(&self, engine: u32) -> EngineTotals {
        self.stores[engine as usize].totals
    }
}
