//! All engines of one cluster and their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::account::{Accounting, Imbalance};
use super::container::{
    Container, ContainerId, ContainerSpec, ContainerState, Exit, PullAccount, Timeline,
};
use super::engine::{EngineId, EnginePolicy, EngineSpec};
use super::images::{Catalog, ImageId};
use super::memory::Memory;
use super::pull::Pulls;
use super::refusal::{self, Refusal};
use super::registry::{Call, Registries, RegistryError};
use super::store::Store;
use super::totals::{EngineTotals, UnderWay};
use super::{ContainerEvent, ContainerNotice, Context};
use crate::engine::{Marks, Schedule, SimDuration, SimTime, Slab, Tag, fetch};
use crate::scenario::OperatingSystem;
use crate::sharing::flows::LinkId;
use crate::units::{Bandwidth, Bytes};

/// An engine as its containers see it; what it has of images is in its [`Store`].
#[derive(Clone, Debug)]
pub(super) struct Engine {
    pub(super) os: OperatingSystem,
    pub(super) policy: EnginePolicy,
    up: bool,
    /// Containers of which something may still become.
    pub(super) containers: Vec<u32>,
}

/// The engines of a cluster; see the [module documentation](super).
#[derive(Debug)]
pub struct Engines {
    pub(super) engines: Vec<Engine>,
    /// What the processes on each use.
    pub(super) memory: Vec<Memory>,
    /// Engines on which processes began or ended to use memory, and nobody has asked since.
    pub(super) memory_moved: Marks,
    free: Vec<u32>,
    pub(super) pulls: Pulls,
    pub(super) containers: Slab<Container>,
    pub(super) accounting: Accounting,
    pub(super) epoch: u32,
}

impl Engines {
    /// No engines yet, but what they can pull and from where.
    pub fn new(catalog: Arc<Catalog>, registries: Registries) -> Self {
        Self {
            engines: Vec::new(),
            memory: Vec::new(),
            memory_moved: Marks::default(),
            free: Vec::new(),
            pulls: Pulls::new(catalog, registries),
            containers: Slab::default(),
            accounting: Accounting::default(),
            epoch: 0,
        }
    }

    /// A container is about to end: asks for its memory.
    #[inline]
    pub fn fetch_container(&self, container: ContainerId) {
        self.containers.fetch(container.index);
        if let Some(it) = self.containers.get(container.index) {
            fetch(&it.spec);
            fetch(&it.timeline);
        }
    }

    /// Asks for that of its engine, which is known from the container.
    pub fn fetch_engine_of(&self, container: ContainerId) {
        let Some(it) = self.containers.get(container.index) else { return };
        let index = it.engine.0 as usize;
        fetch(&self.engines[index].containers);
        fetch(&self.memory[index]);
        self.pulls.store(it.engine.0).fetch();
    }

    /// Asks for that of the container that is going to have its place on the engine.
    pub fn fetch_last_beside(&self, container: ContainerId) {
        let Some(it) = self.containers.get(container.index) else { return };
        if let Some(&last) = self.engines[it.engine.0 as usize].containers.last() {
            self.containers.fetch(last);
        }
    }

    /// Adds an engine that is up, with an empty cache.
    ///
    /// # Panics
    /// When its route has no room for the registry's link.
    pub fn add_engine(&mut self, spec: &EngineSpec) -> EngineId {
        assert!(
            spec.route.len() < crate::sharing::flows::MAX_HOPS,
            "a route of {} links leaves no room for that of the registry",
            spec.route.len()
        );
        let (os, policy) = (spec.os.clone(), spec.policy);
        let engine = Engine { os, policy, up: true, containers: Vec::new() };
        let index = self.free.pop().unwrap_or(self.engines.len() as u32);
        match self.engines.get_mut(index as usize) {
            Some(old) => *old = engine,
            None => {
                self.engines.push(engine);
                self.memory.push(Memory::default());
            }
        }
        let store = Store::new(spec, self.pulls.catalog());
        self.pulls.set_store(index, store);
        EngineId(index)
    }

    /// An engine goes on behind other links, as when its virtual machine has been migrated. Layers
    /// on their way come as they did; disk and cache go with it.
    pub fn set_route(&mut self, engine: EngineId, route: Vec<LinkId>) {
        self.pulls.set_route(engine.0, route);
    }

    /// Takes an engine away for good, as when its virtual machine is deleted: as
    /// [`Engines::kill_all`], and its id is given to the next engine that is added.
    pub fn remove_engine<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: EngineId,
        context: &mut Context<'_, S>,
    ) {
        self.kill_all(engine, context);
        self.wipe(engine);
        self.free.push(engine.0);
    }

    /// Has an image be on an engine without a pull.
    ///
    /// # Errors
    /// When it does not fit on the disk.
    pub fn preload(&mut self, engine: EngineId, image: ImageId) -> Result<(), Refusal> {
        self.pulls.preload(engine.0, image)
    }

    /// Whether an engine could ever run an image: for placement, which should not try in vain.
    ///
    /// # Errors
    /// The reason why not.
    pub fn admits(&self, engine: EngineId, image: ImageId) -> Result<(), Refusal> {
        let engine = &self.engines[engine.0 as usize];
        refusal::check(&engine.os, self.pulls.catalog().image(image))?;
        if engine.up { Ok(()) } else { Err(Refusal::EngineDown) }
    }

    /// How fast an engine decompresses a layer from now on, in bytes of output.
    pub fn set_extraction(&mut self, engine: EngineId, rate: Bandwidth) {
        self.pulls.store_mut(engine.0).policy.extraction = rate;
    }

    /// Creates a container. It is [`ContainerState::Refused`] at once where the engine cannot run
    /// its image, and does nothing before [`Engines::start`] otherwise. Its slot is held until
    /// [`Engines::remove`].
    pub fn create<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: EngineId,
        spec: ContainerSpec,
        context: &mut Context<'_, S>,
    ) -> ContainerId {
        let timeline = Timeline { created: context.now(), ..Timeline::default() };
        let list = &mut self.engines[engine.0 as usize].containers;
        let content = self.pulls.store(engine.0).content_of(spec.image);
        let container = Container {
            spec,
            content,
            engine,
            state: ContainerState::Created,
            epoch: self.epoch,
            place: list.len() as u32,
            timeline,
            running_since: SimTime::ZERO,
            last_wait: SimDuration::ZERO,
            restarts: 0,
            last_exit: None,
            writes_since: None,
            written: Bytes(0),
            memory: None,
        };
        self.pulls.store_mut(engine.0).use_image(content, context.now());
        let Tag { index, generation } = {
            let index = self.containers.insert(container);
            self.containers.tag(index)
        };
        list.push(index);
        self.accounting.create();
        if let Err(reason) = self.admits(engine, spec.image) {
            self.refuse(index, reason, context);
        }
        ContainerId { index, generation }
    }

    /// An engine's machine died: its containers are dead and its pulls are gone. What is on its
    /// disk stays. It refuses everything until [`Engines::boot`].
    pub fn kill_all<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: EngineId,
        context: &mut Context<'_, S>,
    ) {
        self.engines[engine.0 as usize].up = false;
        self.pulls.abandon_all(engine.0, context);
        while let Some(&index) = self.engines[engine.0 as usize].containers.last() {
            self.end_writing(index, context.now());
            self.frees(index);
            self.enter(index, ContainerState::Dead);
            let container = self.id(index);
            context.notices.push(ContainerNotice::Dead { container });
        }
    }

    /// An engine's machine is back.
    pub fn boot(&mut self, engine: EngineId) {
        self.engines[engine.0 as usize].up = true;
    }

    /// Replaces an engine's disk by an empty one, while it is down.
    ///
    /// # Panics
    /// When the engine is up.
    pub fn wipe(&mut self, engine: EngineId) {
        assert!(!self.engines[engine.0 as usize].up, "the disk of a running engine was wiped");
        self.pulls.wipe(engine.0);
    }

    /// State of a container, unless it was removed.
    pub fn state(&self, container: ContainerId) -> Option<ContainerState> {
        self.get(container).map(|container| container.state)
    }

    /// What a container was created from, unless it was removed.
    pub fn spec(&self, container: ContainerId) -> Option<&ContainerSpec> {
        self.get(container).map(|container| &container.spec)
    }

    /// The engine of a container, unless it was removed.
    pub fn engine_of(&self, container: ContainerId) -> Option<EngineId> {
        self.get(container).map(|container| container.engine)
    }

    /// When a container passed the stations of its start, unless it was removed.
    pub fn timeline(&self, container: ContainerId) -> Option<&Timeline> {
        self.get(container).map(|container| &container.timeline)
    }

    /// How often a container was restarted, unless it was removed.
    pub fn restarts(&self, container: ContainerId) -> Option<u32> {
        self.get(container).map(|container| container.restarts)
    }

    /// How a container's process last ended, if it has.
    pub fn last_exit(&self, container: ContainerId) -> Option<Exit> {
        self.get(container)?.last_exit
    }

    /// What an engine has transferred.
    pub fn totals(&self, engine: EngineId) -> EngineTotals {
        self.pulls.totals(engine.0)
    }

    /// What all engines together have transferred, those that were removed included, and what they
    /// have under way.
    pub fn totals_of_all(&self) -> (EngineTotals, UnderWay) {
        self.pulls.totals_of_all()
    }

    /// What the images on an engine take of its disk, those on their way included.
    pub fn disk_used(&self, engine: EngineId) -> Bytes {
        self.pulls.store(engine.0).disk_used
    }

    /// What the containers on an engine have written by `now`.
    pub fn written(&self, engine: EngineId, now: SimTime) -> Bytes {
        self.pulls.store(engine.0).writable.written(now)
    }

    /// What has become so far of the pull that a container waits for, with the error after which
    /// it is tried again.
    pub fn pull_under_way(&self, container: ContainerId) -> Option<PullAccount> {
        let container = self.get(container)?;
        let waits = container.state == ContainerState::Pulling;
        waits.then(|| self.pulls.account(container.engine.0, container.spec.image)).flatten()
    }

    /// Images whose pull to some engine has failed and is going to be tried again, each once.
    pub fn failing_pulls(&self) -> BTreeMap<ImageId, PullAccount> {
        let waiting = self.containers.values().filter(|it| it.state == ContainerState::Pulling);
        let pulls = waiting.filter_map(|it| {
            let account = self.pulls.account(it.engine.0, it.spec.image)?;
            account.last_error.map(|_| (it.spec.image, account))
        });
        pulls.collect()
    }

    /// Calls of one kind about an image fail from now on, whichever engine makes them.
    pub fn refuse_calls(&mut self, image: ImageId, call: Call, error: RegistryError) {
        self.pulls.registries.refuse(image, call, error);
    }

    /// What there is to pull from.
    pub fn registries(&self) -> &Registries {
        &self.pulls.registries
    }

    /// What there is to pull from, for who pushes to it.
    pub fn registries_mut(&mut self) -> &mut Registries {
        &mut self.pulls.registries
    }

    /// Whether an image is on an engine, whatever its name stands for there.
    pub fn has_image(&self, engine: EngineId, image: ImageId) -> bool {
        let store = self.pulls.store(engine.0);
        store.image(store.content_of(image)).there
    }

    /// What there is to pull.
    pub fn catalog(&self) -> &Catalog {
        self.pulls.catalog()
    }

    /// How many containers are in each state.
    pub fn accounting(&self) -> Accounting {
        self.accounting
    }

    /// Proves that every container is accounted for, against the containers there are, that no
    /// pull is left without one that waits for it, and that every pull and every layer is.
    ///
    /// # Errors
    /// What does not add up.
    pub fn check(&self) -> Result<(), Imbalance> {
        self.accounting.check()?;
        self.pulls.check_totals()?;
        for state in ContainerState::ALL.into_iter().filter(|state| !state.is_final()) {
            let counted = self.accounting.count(state);
            let found =
                self.containers.values().filter(|there| there.state == state).count() as u64;
            if counted != found {
                return Err(Imbalance::State { state, counted, found });
            }
        }
        let (pulls, layers) = self.pulls.under_way();
        if self.accounting.count(ContainerState::Pulling) == 0 && pulls + layers > 0 {
            return Err(Imbalance::LeftBehind { kind: "pulls and layers", count: pulls + layers });
        }
        Ok(())
    }
}
