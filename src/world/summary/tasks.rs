//! Figures of the tasks and instances of a cluster of Amazon ECS.

use crate::aws::ecs::control::Unplaced;
use crate::aws::ecs::task::StopCode;
use crate::engine::SimTime;
use crate::metrics::Gauge;
use crate::metrics::summary::{
    DeploymentAccount, ProviderSummary, TaskAccount, TasksSummary, UnplacedTasks,
};
use crate::world::World;
use crate::world::recorder::scaled_providers;

impl World<'_> {
    /// Tasks and instances over the measured time, where there is a cluster of ECS.
    pub(super) fn tasks_summary(&self, now: SimTime) -> Option<TasksSummary> {
        let account = self.task_account()?;
        let record = &self.recorder.tasks;
        let providers = scaled_providers(self.cluster).map(|(place, it)| ProviderSummary {
            name: it.name,
            target: f64::from(it.target_capacity) / 100.0,
            reservation: record.reservation(place, now),
        });
        let most = |gauge: &Gauge| gauge.maximum() as u32;
        Some(TasksSummary {
            desired: record.desired.mean(now),
            desired_max: most(&record.desired),
            running: record.running.mean(now),
            running_max: most(&record.running),
            pending: record.pending.mean(now),
            pending_max: most(&record.pending),
            provisioning: record.provisioning.mean(now),
            provisioning_max: most(&record.provisioning),
            instances: record.instances.mean(now),
            instances_max: most(&record.instances),
            instance_hours: record.instances.integral(now) / 3600.0,
            providers: providers.collect(),
            account,
            deployments: self.deployment_account().unwrap_or_default(),
            unplaced: self.unplaced_tasks(),
        })
    }

    /// Every deployment of a service, by what has become of it.
    fn deployment_account(&self) -> Option<DeploymentAccount> {
        self.service_totals().map(|(_, deployments)| deployments)
    }

    /// Why services found no place for tasks, the most common reason first.
    fn unplaced_tasks(&self) -> Vec<UnplacedTasks> {
        let totals = self.service_totals().map(|(totals, _)| totals.unplaced.iter());
        let told = |(reason, &times): (&Unplaced, &u64)| UnplacedTasks {
            reason: reason.to_string(),
            times,
        };
        let mut all: Vec<UnplacedTasks> = totals.into_iter().flatten().map(told).collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.times));
        all
    }

    /// Every task that was created, by what became of it.
    fn task_account(&self) -> Option<TaskAccount> {
        let (counts, totals) = self.task_counts()?;
        let stopped = |code| totals.stopped_with(code);
        Some(TaskAccount {
            created: totals.created,
            provisioning: counts.provisioning.into(),
            pending: counts.pending.into(),
            running: counts.running.into(),
            stopping: counts.stopping.into(),
            failed_to_start: stopped(StopCode::TaskFailedToStart),
            essential_exited: stopped(StopCode::EssentialContainerExited),
            stopped_by_user: stopped(StopCode::UserInitiated),
            stopped_by_service: stopped(StopCode::ServiceSchedulerInitiated),
            spot_interrupted: stopped(StopCode::SpotInterruption),
            instance_gone: stopped(StopCode::TerminationNotice),
            not_placed: totals.refused,
        })
    }
}
