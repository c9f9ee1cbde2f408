//! Jobs of a scenario as standalone tasks: each is a call of `run-task` for one.
//!
//! A cluster takes only so many tasks that wait for capacity, and refuses calls beyond them. Who
//! submits jobs that may wait (`queue`) tries again as soon as there is room.

use super::tasks::Content;
use crate::docker::ContainerId;
use crate::world::World;

impl World<'_> {
    /// Has a job run as a task; returns whether the cluster takes it.
    pub(in crate::world) fn run_job_as_task(&mut self, job: u32, stream: u32) -> bool {
        let call = self.ecs().jobs[stream as usize].0.run.clone();
        let made = self.with_ecs(|control, around| control.run_task(&call, around));
        let task = made.first().copied();
        if let Some(task) = task {
            self.ecs_mut().set_content(task, Content::Job(job));
        }
        task.is_some()
    }

    /// The container of a job runs.
    pub(super) fn job_task_runs(&mut self, job: u32, container: ContainerId) {
        self.job_in_container(job, container);
        self.job_running(job);
    }
}
