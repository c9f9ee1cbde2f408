//! The life of containers: what is done to them, and what follows from it.

use super::container::{
    Container, ContainerId, ContainerSpec, ContainerState, Exit, ExitCode, ExitReason,
};
use super::engines::Engines;
use super::pull::Outcome;
use super::refusal::Refusal;
use super::registry::RegistryId;
use super::restart;
use super::{ContainerEvent, ContainerNotice, Context};
use crate::engine::{Phase, Schedule, SimDuration, SimTime, Tag};

impl Engines {
    /// Starts a created container: its image is pulled unless it is there. Ignored in any other
    /// state.
    pub fn start<S: Schedule<ContainerEvent>>(
        &mut self,
        container: ContainerId,
        context: &mut Context<'_, S>,
    ) {
        if self.state(container) != Some(ContainerState::Created) {
            return;
        }
        let index = container.index;
        let Container { engine, ref spec, ref mut timeline, .. } = self.containers[index];
        let (image, policy) = (spec.image, spec.pull);
        timeline.started = Some(context.now());
        self.enter(index, ContainerState::Pulling);
        match self.pulls.request(engine.0, image, policy, index, context) {
            Outcome::Pulling => {}
            outcome => self.pulled(index, outcome, context),
        }
        self.pulls.begin_cleanup(engine.0, context);
        self.deliver(context);
    }

    /// Asks a container to stop and not to restart. One that runs has `timeout`, or what its
    /// engine's policy says, to end by itself ([`Engines::exit`]) before it is killed; one that
    /// does not run ends at once. Ignored when it has ended or was asked before.
    pub fn stop<S: Schedule<ContainerEvent>>(
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
                self.deliver(context);
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
                let event = ContainerEvent::StopTimeout { container: index, epoch };
                let timeout = timeout.unwrap_or(policy.stop_timeout);
                context.calendar.after(timeout, Phase::Release, event);
            }
            _ => {}
        }
    }

    /// A container's process ended by itself. Ignored where there is none.
    pub fn exit<S: Schedule<ContainerEvent>>(
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

    /// Forgets a container that has ended, or was refused, and what it has written (`docker rm`).
    /// Returns whether it has.
    pub fn remove(&mut self, container: ContainerId, now: SimTime) -> bool {
        let ended = self.state(container).is_some_and(ContainerState::is_final);
        if ended {
            let Container { engine, content, written, .. } =
                self.containers.remove(container.index);
            let store = self.pulls.store_mut(engine.0);
            store.writable.remove(written);
            store.leave_image(content, now);
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
    pub fn on<S: Schedule<ContainerEvent>>(
        &mut self,
        event: ContainerEvent,
        context: &mut Context<'_, S>,
    ) {
        match event {
            ContainerEvent::Pull { pull, generation } => {
                self.pulls.pull_due(pull, generation, context);
            }
            ContainerEvent::Layer { transfer, generation } => {
                self.pulls.layer_due(transfer, generation, context);
            }
            ContainerEvent::Cleanup { engine, installed } => {
                self.pulls.cleanup_due(engine, installed, context);
            }
            ContainerEvent::DiskFull { engine, forecast } => {
                self.disk_full(engine, forecast, context);
            }
            ContainerEvent::Started { container, epoch } if self.is_current(container, epoch) => {
                self.running(container, context);
            }
            ContainerEvent::StopTimeout { container, epoch }
                if self.is_current(container, epoch) =>
            {
                let exit = Exit { code: ExitCode::KILLED, reason: ExitReason::Killed };
                self.process_ended(container, exit, context);
            }
            ContainerEvent::Restart { container, epoch } if self.is_current(container, epoch) => {
                self.starting(container, context);
            }
            _ => {}
        }
        self.deliver(context);
    }

    /// The flow of this token, which was started here, is through.
    pub fn flow_completed<S: Schedule<ContainerEvent>>(
        &mut self,
        token: u32,
        context: &mut Context<'_, S>,
    ) {
        self.pulls.flow_completed(token, context);
        self.deliver(context);
    }

    /// A registry fails, and all streams from it break off, or it is back.
    pub fn registry_up<S: Schedule<ContainerEvent>>(
        &mut self,
        registry: RegistryId,
        up: bool,
        context: &mut Context<'_, S>,
    ) {
        self.pulls.registry_up(registry, up, context);
        self.deliver(context);
    }

    pub(super) fn get(&self, container: ContainerId) -> Option<&Container> {
        self.containers.tagged(Tag { index: container.index, generation: container.generation })
    }

    pub(super) fn id(&self, index: u32) -> ContainerId {
        ContainerId { index, generation: self.containers.tag(index).generation }
    }

    pub(super) fn is_current(&self, container: u32, epoch: u32) -> bool {
        self.containers.get(container).is_some_and(|container| container.epoch == epoch)
    }

    /// The one place where a container changes its state. Returns the epoch of the new one.
    pub(super) fn enter(&mut self, index: u32, state: ContainerState) -> u32 {
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

    /// Tells containers what became of their pulls.
    pub(super) fn deliver<S: Schedule<ContainerEvent>>(&mut self, context: &mut Context<'_, S>) {
        while !self.pulls.outcomes.is_empty() {
            for (container, outcome) in std::mem::take(&mut self.pulls.outcomes) {
                self.pulled(container, outcome, context);
            }
        }
    }

    pub(super) fn pulled<S: Schedule<ContainerEvent>>(
        &mut self,
        index: u32,
        outcome: Outcome,
        context: &mut Context<'_, S>,
    ) {
        match outcome {
            Outcome::Ready { content, downloaded, account } => {
                let container = &mut self.containers[index];
                let before = std::mem::replace(&mut container.content, content);
                let store = self.pulls.store_mut(container.engine.0);
                store.leave_image(before, context.now());
                store.use_image(content, context.now());
                let timeline = &mut self.containers[index].timeline;
                timeline.account = account;
                // one that joined late did not wait for what had come before
                timeline.downloaded = timeline.started.map(|started| started.max(downloaded));
                timeline.image_ready = Some(context.now());
                self.starting(index, context);
            }
            Outcome::Refused(reason) => self.refuse(index, reason, context),
            Outcome::Again { reason, wait } => {
                let container = self.id(index);
                context.notices.push(ContainerNotice::PullsAgain { container, reason, wait });
            }
            Outcome::Pulling => {}
        }
    }

    pub(super) fn refuse<S>(&mut self, index: u32, reason: Refusal, context: &mut Context<'_, S>) {
        self.enter(index, ContainerState::Refused);
        let container = self.id(index);
        context.notices.push(ContainerNotice::Refused { container, reason });
    }

    fn starting<S: Schedule<ContainerEvent>>(&mut self, index: u32, context: &mut Context<'_, S>) {
        let epoch = self.enter(index, ContainerState::Starting);
        let start = self.containers[index].spec.start;
        let event = ContainerEvent::Started { container: index, epoch };
        context.calendar.after(start, Phase::Arrive, event);
    }

    fn running<S: Schedule<ContainerEvent>>(&mut self, index: u32, context: &mut Context<'_, S>) {
        self.enter(index, ContainerState::Running);
        let container = &mut self.containers[index];
        container.running_since = context.now();
        container.timeline.running.get_or_insert(context.now());
        self.begin_writing(index, context);
        let container = self.id(index);
        context.notices.push(ContainerNotice::Running { container });
    }

    /// A process is gone: the restart policy says what is next, unless the container was to stop.
    pub(super) fn process_ended<S: Schedule<ContainerEvent>>(
        &mut self,
        index: u32,
        exit: Exit,
        context: &mut Context<'_, S>,
    ) {
        self.end_writing(index, context.now());
        self.frees(index);
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
        context.calendar.at(at, Phase::Arrive, ContainerEvent::Restart { container: index, epoch });
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
