//! All engines of one cluster and their containers.

use std::sync::Arc;

use super::account::{Accounting, Imbalance};
use super::container::{
    Container, ContainerId, ContainerSpec, ContainerState, Exit, ExitCode, ExitReason, Timeline,
};
use super::engine::{EngineId, EnginePolicy, EngineSpec, EngineTotals, Store};
use super::images::{Catalog, ImageId};
use super::pull::{Outcome, Pulls};
use super::refusal::{self, Refusal};
use super::registry::Registry;
use super::restart;
use super::slots::Slots;
use super::{ContainerNotice, Context, DockerEvent};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::scenario::{OperatingSystem, OsFamily};
use crate::units::Bytes;

/// An engine as its containers see it; what it has of images is in its [`Store`].
#[derive(Clone, Debug)]
struct Engine {
    os: OperatingSystem,
    policy: EnginePolicy,
    up: bool,
    /// Containers of which something may still become.
    containers: Vec<u32>,
}

/// The engines of a cluster; see the [module documentation](super).
#[derive(Debug)]
pub struct Engines {
    engines: Vec<Engine>,
    free: Vec<u32>,
    pulls: Pulls,
    containers: Slots<Container>,
    accounting: Accounting,
    epoch: u32,
    outcomes: Vec<(u32, Outcome)>,
}

impl Engines {
    /// No engines yet, but what they can pull and from where.
    pub fn new(catalog: Arc<Catalog>, registry: Registry) -> Self {
        Self {
            engines: Vec::new(),
            free: Vec::new(),
            pulls: Pulls::new(catalog, registry),
            containers: Slots::default(),
            accounting: Accounting::default(),
            epoch: 0,
            outcomes: Vec::new(),
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
            None => self.engines.push(engine),
        }
        self.pulls.set_store(index, Store::new(spec));
        EngineId(index)
    }

    /// Takes an engine away for good, as when its virtual machine is deleted: as
    /// [`Engines::kill_all`], and its id is given to the next engine that is added.
    pub fn remove_engine<S: Schedule<DockerEvent>>(
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

    /// Creates a container. It is [`ContainerState::Refused`] at once where the engine cannot run
    /// its image, and does nothing before [`Engines::start`] otherwise. Its slot is held until
    /// [`Engines::remove`].
    pub fn create<S: Schedule<DockerEvent>>(
        &mut self,
        engine: EngineId,
        spec: ContainerSpec,
        context: &mut Context<'_, S>,
    ) -> ContainerId {
        let timeline = Timeline { created: context.now(), ..Timeline::default() };
        let list = &mut self.engines[engine.0 as usize].containers;
        let container = Container {
            spec,
            engine,
            state: ContainerState::Created,
            epoch: self.epoch,
            place: list.len() as u32,
            timeline,
            running_since: SimTime::ZERO,
            last_wait: SimDuration::ZERO,
            restarts: 0,
            last_exit: None,
        };
        let (index, generation) = self.containers.insert(container);
        list.push(index);
        self.accounting.create();
        if let Err(reason) = self.admits(engine, spec.image) {
            self.refuse(index, reason, context);
        }
        ContainerId { index, generation }
    }

    /// Starts a created container: its image is pulled unless it is there. Ignored in any other
    /// state.
    pub fn start<S: Schedule<DockerEvent>>(
        &mut self,
        container: ContainerId,
        context: &mut Context<'_, S>,
    ) {
        if self.state(container) != Some(ContainerState::Created) {
            return;
        }
        let index = container.index;
        let Container { engine, ref spec, ref mut timeline, .. } = self.containers[index];
        let image = spec.image;
        timeline.started = Some(context.now());
        self.enter(index, ContainerState::Pulling);
        match self.pulls.request(engine.0, image, index, context) {
            Outcome::Pulling => {}
            outcome => self.pulled(index, outcome, context),
        }
    }

    /// Asks a container to stop and not to restart. One that runs has `timeout`, or what its
    /// engine's policy says, to end by itself ([`Engines::exit`]) before it is killed; one that does
    /// not run ends at once. Ignored when it has ended or was asked before.
    pub fn stop<S: Schedule<DockerEvent>>(
        &mut self,
        container: ContainerId,
        timeout: Option<SimDuration>,
        context: &mut Context<'_, S>,
    ) {
        let Some(state) = self.state(container) else {
            return;
        };
        let index = container.index;
        let Container { engine, spec: ContainerSpec { image, .. }, last_exit, .. } =
            self.containers[index];
        let stopped = |code| Exit { code, reason: ExitReason::Stopped };
        match state {
            ContainerState::Pulling => {
                self.pulls.withdraw(engine.0, image, index, context);
                self.end(index, stopped(ExitCode::SUCCESS), context);
            }
            ContainerState::Created => self.end(index, stopped(ExitCode::SUCCESS), context),
            ContainerState::Starting => self.end(index, stopped(ExitCode::KILLED), context),
            ContainerState::Restarting => {
                let code = last_exit.map_or(ExitCode::SUCCESS, |exit| exit.code);
                self.end(index, stopped(code), context);
            }
            ContainerState::Running => {
                let policy = self.engines[engine.0 as usize].policy;
                let epoch = self.enter(index, ContainerState::Stopping);
                let event = DockerEvent::StopTimeout { container: index, epoch };
                let timeout = timeout.unwrap_or(policy.stop_timeout);
                context.calendar.after(timeout, Phase::Release, event);
            }
            _ => {}
        }
    }

    /// A container's process ended by itself. Ignored where there is none.
    pub fn exit<S: Schedule<DockerEvent>>(
        &mut self,
        container: ContainerId,
        code: ExitCode,
        context: &mut Context<'_, S>,
    ) {
        if let Some(state) = self.state(container).filter(|state| state.has_process()) {
            let stopping = state == ContainerState::Stopping;
            let reason = if stopping { ExitReason::Stopped } else { ExitReason::Exited };
            self.process_ended(container.index, Exit { code, reason }, context);
        }
    }

    /// The kernel kills a container for its memory. Ignored where there is no process.
    pub fn oom_kill<S: Schedule<DockerEvent>>(
        &mut self,
        container: ContainerId,
        context: &mut Context<'_, S>,
    ) {
        if self.state(container).is_some_and(ContainerState::has_process) {
            self.process_ended(container.index, Exit::OUT_OF_MEMORY, context);
        }
    }

    /// Tells how much memory a container uses. Above its limit it is killed, on Linux: Windows
    /// pages instead. Returns whether it was.
    pub fn memory_in_use<S: Schedule<DockerEvent>>(
        &mut self,
        container: ContainerId,
        bytes: Bytes,
        context: &mut Context<'_, S>,
    ) -> bool {
        let Some(Container { spec, engine, state, .. }) = self.get(container) else {
            return false;
        };
        let linux = self.engines[engine.0 as usize].os.family == OsFamily::Linux;
        let above = spec.memory_limit.is_some_and(|limit| bytes > limit);
        let kill = linux && above && state.has_process();
        if kill {
            self.oom_kill(container, context);
        }
        kill
    }

    /// An engine's machine died: its containers are dead and its pulls are gone. What is on its
    /// disk stays. It refuses everything until [`Engines::boot`].
    pub fn kill_all<S: Schedule<DockerEvent>>(
        &mut self,
        engine: EngineId,
        context: &mut Context<'_, S>,
    ) {
        self.engines[engine.0 as usize].up = false;
        self.pulls.abandon_all(engine.0, context);
        while let Some(&index) = self.engines[engine.0 as usize].containers.last() {
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

    /// Forgets a container that has ended, or was refused (`docker rm`). Returns whether it has.
    pub fn remove(&mut self, container: ContainerId) -> bool {
        let ended = self.state(container).is_some_and(ContainerState::is_final);
        if ended {
            self.containers.remove(container.index);
        }
        ended
    }

    /// Sets how long a container's next start takes: for a restart, whose duration is drawn anew.
    pub fn set_start(&mut self, container: ContainerId, start: SimDuration) {
        if self.get(container).is_some() {
            self.containers[container.index].spec.start = start;
        }
    }

    /// Handles an event of its own.
    pub fn on<S: Schedule<DockerEvent>>(
        &mut self,
        event: DockerEvent,
        context: &mut Context<'_, S>,
    ) {
        match event {
            DockerEvent::Manifest { pull, generation } => {
                let mut outcomes = std::mem::take(&mut self.outcomes);
                self.pulls.manifest(pull, generation, context, &mut outcomes);
                self.deliver(outcomes, context);
            }
            DockerEvent::Layer { transfer, generation } => {
                self.pulls.layer_answered(transfer, generation, context);
            }
            DockerEvent::Started { container, epoch } if self.is_current(container, epoch) => {
                self.running(container, context);
            }
            DockerEvent::StopTimeout { container, epoch } if self.is_current(container, epoch) => {
                let exit = Exit { code: ExitCode::KILLED, reason: ExitReason::Killed };
                self.process_ended(container, exit, context);
            }
            DockerEvent::Restart { container, epoch } if self.is_current(container, epoch) => {
                self.starting(container, context);
            }
            _ => {}
        }
    }

    /// The flow of this token, which was started here, is through.
    pub fn flow_completed<S: Schedule<DockerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.pulls.flow_completed(token, context, &mut outcomes);
        self.deliver(outcomes, context);
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

    /// What the images on an engine take of its disk, those on their way included.
    pub fn disk_used(&self, engine: EngineId) -> Bytes {
        self.pulls.store(engine.0).disk_used
    }

    /// Whether an image is on an engine.
    pub fn has_image(&self, engine: EngineId, image: ImageId) -> bool {
        self.pulls.store(engine.0).has_image(image)
    }

    /// What there is to pull.
    pub fn catalog(&self) -> &Catalog {
        self.pulls.catalog()
    }

    /// How many containers are in each state.
    pub fn accounting(&self) -> Accounting {
        self.accounting
    }

    /// Proves that every container is accounted for, against the containers there are, and that
    /// no pull is left without one that waits for it.
    ///
    /// # Errors
    /// What does not add up.
    pub fn check(&self) -> Result<(), Imbalance> {
        self.accounting.check()?;
        for state in ContainerState::ALL.into_iter().filter(|state| !state.is_final()) {
            let counted = self.accounting.count(state);
            let found = self.containers.iter().filter(|there| there.state == state).count() as u64;
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

    fn get(&self, container: ContainerId) -> Option<&Container> {
        self.containers.get(container.index, container.generation)
    }

    fn id(&self, index: u32) -> ContainerId {
        ContainerId { index, generation: self.containers.generation(index) }
    }

    fn is_current(&self, container: u32, epoch: u32) -> bool {
        self.containers.at(container).is_some_and(|container| container.epoch == epoch)
    }

    /// The one place where a container changes its state. Returns the epoch of the new one.
    fn enter(&mut self, index: u32, state: ContainerState) -> u32 {
        self.epoch = self.epoch.wrapping_add(1);
        let container = &mut self.containers[index];
        self.accounting.change(container.state, state);
        container.state = state;
        container.epoch = self.epoch;
        if state.is_final() {
            let place = container.place;
            let list = &mut self.engines[container.engine.0 as usize].containers;
            list.swap_remove(place as usize);
            if let Some(&moved) = list.get(place as usize) {
                self.containers[moved].place = place;
            }
        }
        self.epoch
    }

    fn deliver<S: Schedule<DockerEvent>>(
        &mut self,
        mut outcomes: Vec<(u32, Outcome)>,
        context: &mut Context<'_, S>,
    ) {
        for (container, outcome) in outcomes.drain(..) {
            self.pulled(container, outcome, context);
        }
        self.outcomes = outcomes;
    }

    fn pulled<S: Schedule<DockerEvent>>(
        &mut self,
        index: u32,
        outcome: Outcome,
        context: &mut Context<'_, S>,
    ) {
        match outcome {
            Outcome::Ready { downloaded } => {
                let timeline = &mut self.containers[index].timeline;
                // one that joined late did not wait for what had come before
                timeline.downloaded = timeline.started.map(|started| started.max(downloaded));
                timeline.image_ready = Some(context.now());
                self.starting(index, context);
            }
            Outcome::Refused(reason) => self.refuse(index, reason, context),
            Outcome::Pulling => {}
        }
    }

    fn refuse<S>(&mut self, index: u32, reason: Refusal, context: &mut Context<'_, S>) {
        self.enter(index, ContainerState::Refused);
        let container = self.id(index);
        context.notices.push(ContainerNotice::Refused { container, reason });
    }

    fn starting<S: Schedule<DockerEvent>>(&mut self, index: u32, context: &mut Context<'_, S>) {
        let epoch = self.enter(index, ContainerState::Starting);
        let start = self.containers[index].spec.start;
        let event = DockerEvent::Started { container: index, epoch };
        context.calendar.after(start, Phase::Arrive, event);
    }

    fn running<S: Schedule<DockerEvent>>(&mut self, index: u32, context: &mut Context<'_, S>) {
        self.enter(index, ContainerState::Running);
        let container = &mut self.containers[index];
        container.running_since = context.now();
        container.timeline.running.get_or_insert(context.now());
        let container = self.id(index);
        context.notices.push(ContainerNotice::Running { container });
    }

    /// A process is gone: the restart policy says what is next, unless the container was to stop.
    fn process_ended<S: Schedule<DockerEvent>>(
        &mut self,
        index: u32,
        exit: Exit,
        context: &mut Context<'_, S>,
    ) {
        let container = &mut self.containers[index];
        let state = container.state;
        let policy = container.spec.restart;
        if state == ContainerState::Stopping || !restart::restarts(policy, exit.code) {
            return self.end(index, exit, context);
        }
        let running = state == ContainerState::Running;
        let since = if running { container.running_since } else { context.now() };
        let backoff = self.engines[container.engine.0 as usize].policy.backoff;
        let wait = backoff.next(container.last_wait, context.now().since(since));
        container.last_wait = wait;
        container.last_exit = Some(exit);
        container.restarts += 1;
        let epoch = self.enter(index, ContainerState::Restarting);
        let at = context.now().saturating_add(wait);
        context.calendar.at(at, Phase::Arrive, DockerEvent::Restart { container: index, epoch });
        let container = self.id(index);
        context.notices.push(ContainerNotice::Restarting { container, exit, at });
    }

    fn end<S>(&mut self, index: u32, exit: Exit, context: &mut Context<'_, S>) {
        self.containers[index].last_exit = Some(exit);
        self.enter(index, ContainerState::Exited);
        let container = self.id(index);
        context.notices.push(ContainerNotice::Ended { container, exit });
    }
}
