//! The agent of an instance, and that of Fargate: the containers of a task, in their order.
//!
//! A container starts when those that it depends on are what they have to be, and is asked to stop
//! when none that runs depends on it. The agent pulls an image when its container may start; in
//! fact it pulls those of all containers of a task at once, before it looks at their order.

use super::checks::Check;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::aws::ecs::task_definition::order::{self, ContainerState, Start};
use crate::aws::ecs::task_definition::{Condition, Container, System};
use crate::docker::{ContainerEvent, ContainerId, ContainerSpec};
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::scenario::RestartPolicy;

/// A container of a task.
#[derive(Debug)]
pub(super) struct Seat {
    /// What the engine calls it, while there is one, and the number it knows it by.
    pub engine: Option<(ContainerId, u32)>,
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
    pub task: TaskId,
    pub container: u32,
    /// Nobody wants to hear of it any more.
    pub abandoned: bool,
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

    pub(super) fn start_container<S>(
        &mut self,
        id: TaskId,
        place: usize,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let definition = self.definitions.get(self.definition_of(id));
        let container = &definition.containers[place];
        let image = around.engines.catalog().find(&container.image);
        let image = image.expect("all images of a cluster are in its catalog");
        // on Windows the size of the task limits nothing
        let windows = matches!(definition.platform.system, Some(System::Windows(_)));
        let limit = container.memory.or(definition.memory.filter(|_| !windows));
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
