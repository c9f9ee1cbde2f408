//! What engines tell of the containers of tasks, and what follows from it.

use super::agent::Slot;
use super::checks::Check;
use super::log::Entry;
use super::{Around, ControlEvent, ControlPlane, Notice, TaskId};
use crate::aws::ecs::task::{StopReason, TaskState};
use crate::aws::ecs::task_definition::order::ContainerState;
use crate::docker::{ContainerEvent, ContainerId, ContainerNotice, Exit, Refusal};
use crate::engine::{Schedule, SimTime};

impl ControlPlane {
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
        let engine = seat.engine.map(|(engine, _)| engine);
        if let Some(timeline) = engine.and_then(|engine| around.engines.timeline(engine)) {
            self.log.pulled(number, place as u32, timeline);
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
