//! The agent of an instance, and that of Fargate: the containers of a task, in their order.
//!
//! A container starts when those that it depends on are what they have to be, and is asked to stop
//! when none that runs depends on it. The agent pulls an image when its container may start; in
//! fact it pulls those of all containers of a task at once, before it looks at their order.

use super::checks::Check;
use super::log::Entry;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::aws::ecs::task_definition::order::{self, ContainerState, Start};
use crate::aws::ecs::task_definition::{Condition, Container};
use crate::docker::{ContainerEvent, ContainerId, ContainerNotice, ContainerSpec, Exit, Refusal};
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::scenario::RestartPolicy;

/// A container of a task.
#[derive(Debug)]
pub(super) struct Seat {
    /// What the engine calls it, while there is one, and the number it knows it by.
    engine: Option<(ContainerId, u32)>,
    pub state: ContainerState,
    /// When its process last began.
    pub since: Option<SimTime>,
    pub check: Check,
    signalled: bool,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            engine: None,
            state: ContainerState::Waiting,
            since: None,
            check: Check::default(),
            signalled: false,
        }
    }
}

impl Seat {
    /// Whether its process runs.
    pub fn runs(&self) -> bool {
        let started =
            !matches!(self.state, ContainerState::Waiting | ContainerState::Stopped { .. });
        started && self.engine.is_some()
    }
}

/// A container that an engine tells of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    task: TaskId,
    container: u32,
    /// Nobody wants to hear of it any more.
    abandoned: bool,
}

/// What a task does next about the order of its containers.
enum Next {
    Start(usize),
    Fails(usize),
    Nothing,
}

impl ControlPlane {
    pub(super) fn containers_of(&self, id: TaskId) -> &[Container] {
        &self.definitions.get(self.kind(self.task(id).kind).definition).containers
    }

    fn states(&self, id: TaskId) -> Vec<ContainerState> {
        self.task(id).seats.iter().map(|seat| seat.state).collect()
    }

    /// The agent has a task, and starts what may start.
    pub(super) fn agent_has<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match (around.denied)(self.definition_of(id)) {
            Some(reason) => self.stop(id, reason, around),
            None => self.start_containers(id, around),
        }
    }

    /// Starts the containers of a task that may start, and moves it on when all have.
    pub(super) fn start_containers<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        loop {
            let task = self.task(id);
            if task.stops() || task.state < TaskState::Pending {
                return;
            }
            match self.next_to_start(id, around.now()) {
                Next::Start(place) => self.start_container(id, place, around),
                Next::Fails(place) => {
                    let container = self.containers_of(id)[place].name.clone();
                    return self.stop(id, StopReason::DependencyFailed { container }, around);
                }
                Next::Nothing => break,
            }
        }
        let task = self.task(id);
        let begun = |state| state != ContainerState::Waiting;
        let ready = task.seats.iter().all(|seat| begun(seat.state));
        if ready && task.state == TaskState::Pending {
            self.advance(id, around);
        }
    }

    fn next_to_start(&self, id: TaskId, now: SimTime) -> Next {
        let (containers, states) = (self.containers_of(id), self.states(id));
        let task = self.task(id);
        for (place, seat) in task.seats.iter().enumerate() {
            if seat.state != ContainerState::Waiting || seat.engine.is_some() {
                continue;
            }
            match order::start(containers, place, &states) {
                Start::Now => return Next::Start(place),
                Start::Never(_) => return Next::Fails(place),
                Start::Later if self.patience(id, place) <= now => return Next::Fails(place),
                Start::Later => {}
            }
        }
        Next::Nothing
    }

    /// Until when a container waits for what it depends on: so long from the start of each as that
    /// allows. One that says nothing is waited for without end. (aws/amazon-ecs-agent,
    /// `dependencygraph`, `hasDependencyTimedOut`.)
    fn patience(&self, id: TaskId, place: usize) -> SimTime {
        let (containers, seats) = (self.containers_of(id), &self.task(id).seats);
        let limits = containers[place].depends_on.iter().filter_map(|dependency| {
            let other = dependency.container;
            let open = order_is_open(dependency.condition, seats[other].state);
            let since = seats[other].since.filter(|_| open)?;
            Some(since.saturating_add(containers[other].start_timeout?))
        });
        limits.min().unwrap_or(SimTime::MAX)
    }

    /// When something is due for the containers of a task.
    pub(super) fn next_of_containers(&self, id: TaskId) -> SimTime {
        let task = self.task(id);
        let mut next = SimTime::MAX;
        for (place, seat) in task.seats.iter().enumerate() {
            next = next.min(seat.check.verdict());
            let waits = seat.state == ContainerState::Waiting && seat.engine.is_none();
            if waits && task.state == TaskState::Pending && !task.stops() {
                next = next.min(self.patience(id, place));
            }
        }
        next
    }

    /// Does what is due for the containers of a task.
    pub(super) fn containers_due<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        for seat in &mut self.tasks[id.0].seats {
            if let Some(healthy) = seat.check.due(now).filter(|_| seat.since.is_some()) {
                seat.state =
                    if healthy { ContainerState::Healthy } else { ContainerState::Unhealthy };
            }
        }
        if self.task(id).state == TaskState::Pending && self.task(id).due == SimTime::MAX {
            self.start_containers(id, around);
        }
    }

    fn start_container<S>(&mut self, id: TaskId, place: usize, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let definition = self.definitions.get(self.definition_of(id));
        let container = &definition.containers[place];
        let image = around.engines.catalog().find(&container.image);
        let image = image.expect("all images of a cluster are in its catalog");
        // on Windows the size of the task says nothing
        let limit = container.memory.or(definition.memory);
        let memory_limit = limit.map(|memory| memory.bytes());
        let slot = Slot { task: id, container: place as u32, abandoned: false };
        let number = self.slots.insert(slot);
        let spec = ContainerSpec {
            image,
            pull: None,
            owner: (around.owner.token)(number),
            start: (around.draw)(super::Delay::Container),
            memory_limit,
            restart: RestartPolicy::No,
            writes: (around.writes)(id, place as u32),
        };
        let engine = self.task(id).place.expect("a task is somewhere when it starts").engine;
        let made = around.engines.create(engine, spec, &mut around.docker);
        self.task_mut(id).seats[place].engine = Some((made, number));
        around.engines.start(made, &mut around.docker);
    }

    /// Asks the containers of a task to stop that nothing needs any more; the task goes on when
    /// none is left.
    pub(super) fn stop_containers<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        for seat in &mut self.task_mut(id).seats {
            if seat.engine.is_none() && seat.state == ContainerState::Waiting {
                seat.state = ContainerState::Stopped { exit_code: None };
            }
        }
        let states = self.states(id);
        for place in 0..states.len() {
            let seat = &self.task(id).seats[place];
            let Some((engine, _)) = seat.engine.filter(|_| !seat.signalled) else { continue };
            if order::may_stop(self.containers_of(id), place, &states) {
                let (runs, timeout) = (seat.runs(), self.stop_timeout(id, place));
                self.task_mut(id).seats[place].signalled = true;
                around.engines.stop(engine, Some(timeout), &mut around.docker);
                if runs {
                    around.tell(Notice::Stops { task: id, container: place as u32 });
                }
            }
        }
        let task = self.task(id);
        let left = task.seats.iter().any(|seat| seat.engine.is_some());
        if !left && task.state == TaskState::Stopping {
            self.advance(id, around);
        }
    }

    fn stop_timeout(&self, id: TaskId, place: usize) -> SimDuration {
        let said = self.containers_of(id)[place].stop_timeout;
        said.unwrap_or(self.settings.stop_timeout)
    }

    /// The machine of a task is gone: its containers are too, whatever their engine tells yet.
    pub(super) fn abandon_containers<S>(&mut self, id: TaskId, around: &mut Around<'_, S>) {
        for (place, seat) in self.tasks[id.0].seats.iter_mut().enumerate() {
            if let Some((_, slot)) = seat.engine.take() {
                self.slots[slot].abandoned = true;
                around.notices.push(Notice::Ended { task: id, container: place as u32 });
            }
            seat.state = ContainerState::Stopped { exit_code: None };
            seat.check = Check::default();
        }
    }

    /// What an engine calls a container of a task, while there is one.
    pub fn container(&self, task: TaskId, container: u32) -> Option<ContainerId> {
        let seat = self.tasks.get(task.0)?.seats.get(container as usize)?;
        seat.engine.map(|(id, _)| id)
    }

    /// The task whose container has this owner, and which of its containers it is; none of one
    /// that nobody wants to hear of any more.
    pub fn slot(&self, owner: u32) -> Option<(TaskId, u32)> {
        let slot = self.slots.get(owner).filter(|slot| !slot.abandoned);
        slot.map(|slot| (slot.task, slot.container))
    }

    /// An engine tells of the container with this owner.
    pub fn container_told<S>(
        &mut self,
        owner: u32,
        notice: ContainerNotice,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Slot { task, container, abandoned } = self.slots[owner];
        let goes_on =
            matches!(notice, ContainerNotice::Running { .. } | ContainerNotice::PullsAgain { .. });
        if !goes_on {
            self.slots.remove(owner);
        }
        if abandoned {
            return;
        }
        let place = container as usize;
        if !goes_on {
            self.task_mut(task).seats[place].engine = None;
            around.tell(Notice::Ended { task, container });
        }
        match notice {
            ContainerNotice::Running { .. } => self.container_runs(task, place, around),
            ContainerNotice::PullsAgain { reason, wait, .. } => {
                let text = self.log.text(&self.refusal(task, place, reason).to_string());
                self.log.pulls_again(around.now(), self.task(task).number, container, wait, text);
            }
            ContainerNotice::Ended { exit, .. } => self.container_ended(task, place, exit, around),
            ContainerNotice::Refused { reason, .. } => {
                let reason = self.refusal(task, place, reason);
                self.task_mut(task).seats[place].state =
                    ContainerState::Stopped { exit_code: None };
                self.stop(task, reason, around);
                self.stop_containers_if_stopping(task, around);
            }
            // its machine is lost, which is told of that
            ContainerNotice::Dead { .. } => {
                self.task_mut(task).seats[place].state =
                    ContainerState::Stopped { exit_code: None };
            }
            ContainerNotice::Restarting { .. } => unreachable!("the agent restarts containers"),
        }
        self.refresh(task, around);
        self.arm(task, around);
        self.settle(around);
    }

    fn stop_containers_if_stopping<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.task(id).state == TaskState::Stopping {
            self.stop_containers(id, around);
        }
    }

    fn container_runs<S>(&mut self, id: TaskId, place: usize, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let check = self.containers_of(id)[place].health_check;
        let number = self.task(id).number;
        let seat = &mut self.tasks[id.0].seats[place];
        seat.state = ContainerState::Running;
        seat.since = Some(now);
        seat.check = Check::new(check, now);
        if let Some((engine, _)) = seat.engine {
            self.log.pulled(number, place as u32, around.engines.timeline(engine));
        }
        // of a task of one container it goes without saying: it runs when that does
        if self.tasks[id.0].seats.len() > 1 || self.tasks[id.0].ran.is_some() {
            self.log.add(now, Entry::Started { task: number, container: place as u8 });
        }
        around.tell(Notice::Runs { task: id, container: place as u32 });
        self.start_containers(id, around);
    }

    fn container_ended<S>(
        &mut self,
        id: TaskId,
        place: usize,
        exit: Exit,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let (code, out_of_memory) = (exit.code.0, exit.oom_killed());
        let task = &self.tasks[id.0];
        if task.seats[place].since.is_some() {
            let container = place as u8;
            let entry = Entry::Exited { task: task.number, container, code, out_of_memory };
            self.log.add(now, entry);
        }
        if !task.stops() && self.restarts(id, place, code, now) {
            // for others it goes on: its new process takes no pull
            self.task_mut(id).seats[place].check = Check::default();
            return self.start_container(id, place, around);
        }
        let seat = &mut self.task_mut(id).seats[place];
        let exit_code = seat.since.map(|_| code);
        seat.state = ContainerState::Stopped { exit_code };
        seat.check = Check::default();
        let container = &self.containers_of(id)[place];
        if container.essential && !self.task(id).stops() {
            let container = container.name.clone();
            let exit_code = Some(code);
            let reason =
                StopReason::EssentialContainerExited { container, exit_code, out_of_memory };
            self.stop(id, reason, around);
        }
        self.stop_containers_if_stopping(id, around);
        self.start_containers(id, around);
    }

    /// Whether the agent starts a container again that has ended with this code: if it has run for
    /// as long as it must have. (Developer Guide, "Container restart policies".)
    fn restarts(&self, id: TaskId, place: usize, code: i32, now: SimTime) -> bool {
        let Some(policy) = &self.containers_of(id)[place].restart else { return false };
        let ignored =
            policy.ignored_exit_codes.iter().any(|&ignored| i64::from(ignored) == i64::from(code));
        let since = self.task(id).seats[place].since;
        !ignored && since.is_some_and(|since| now.since(since) >= policy.attempt_period)
    }

    fn refusal(&self, id: TaskId, place: usize, refusal: Refusal) -> StopReason {
        let sentence = refusal.sentence(&self.containers_of(id)[place].image);
        match refusal {
            Refusal::PullFailed(_)
            | Refusal::TooManyPulls
            | Refusal::NeverPulled
            | Refusal::DiskFull { .. }
            | Refusal::NoPlatform { .. }
            | Refusal::WrongOs { .. }
            | Refusal::WrongArchitecture { .. } => StopReason::CannotPullContainer(sentence),
            Refusal::NoEngine
            | Refusal::EngineDown
            | Refusal::MissingFeature(_)
            | Refusal::WrongVersion => StopReason::CannotStartContainer(sentence),
        }
    }
}

/// Whether a dependency that times out still may: those on a start do not.
fn order_is_open(condition: Condition, state: ContainerState) -> bool {
    match condition {
        Condition::Start => false,
        Condition::Healthy => state != ContainerState::Healthy,
        Condition::Complete | Condition::Success => {
            !matches!(state, ContainerState::Stopped { .. })
        }
    }
}
