//! Jobs.
//!
//! The controller gathers what happens to the pods of a job for a second before it looks, so that
//! a job that is done, or a pod that is to be replaced, is noticed that much later.

use super::{Call, Controller};
use crate::engine::{Phase, Schedule, SimTime};
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::control::pods::Identity;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::job::{JobPod, Outcome, SYNC_BATCH};
use crate::kubernetes::objects::{PodId, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// Something happened to a job, or its controller's time has come.
    pub(super) fn sync_job<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let WorkloadKind::Job(job) = &mut self.objects.workload_mut(id).kind else { return };
        if job.due.is_some_and(|due| due <= now) {
            job.due = None;
            self.look_at_job(id, around);
        } else {
            self.job_due(id, now.saturating_add(SYNC_BATCH), around);
        }
    }

    /// Has the controller look at a job no later than then.
    fn job_due<S>(&mut self, id: WorkloadId, time: SimTime, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let WorkloadKind::Job(job) = &mut self.objects.workload_mut(id).kind else { return };
        if job.due.is_none_or(|due| time < due) {
            job.due = Some(time);
            around.at(time.max(around.now()), Phase::Decide, ControlEvent::Sync(id));
        }
    }

    /// One turn of the Job controller.
    fn look_at_job<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let pods = self.job_pods(id);
        let workload = self.objects.workload_mut(id);
        let owner = workload.owner;
        let WorkloadKind::Job(job) = &mut workload.kind else { return };
        if job.state.expires().is_some_and(|expires| expires <= now) {
            self.delete_workload(id, "its job is deleted (ttlSecondsAfterFinished)", around);
            return;
        }
        let before = job.state.finished();
        let change = job.state.sync(&pods, now);
        let (finished, expires) = (job.state.finished(), job.state.expires());
        let (template, indexed) = (job.template, job.is_indexed());
        let succeeded = job.state.outcome() == Some(Outcome::Complete);
        if finished.is_some() && before.is_none() {
            self.log.add(now, Entry::JobEnded { workload: id, succeeded });
            self.touch(owner);
        }
        for time in [change.again, expires].into_iter().flatten() {
            self.job_due(id, time, around);
        }
        let create = change.create.iter().map(|index| {
            let number = index.filter(|_| indexed).and_then(|index| u32::try_from(index).ok());
            Call::Create(template, number.map_or(Identity::None, Identity::Number))
        });
        let delete = change.delete.iter().map(|&pod| Call::Delete(PodId(pod)));
        self.make_calls(Controller::Job, id, create.chain(delete).collect(), around);
    }

    fn job_pods(&self, id: WorkloadId) -> Vec<JobPod> {
        let WorkloadKind::Job(job) = &self.objects.workload(id).kind else { return Vec::new() };
        let views = self.views(id).into_iter();
        views
            .map(|view| {
                let pod = PodId(view.id);
                let known = self.objects.pod(pod);
                let index = job.is_indexed().then(|| i32::try_from(known.number).ok()).flatten();
                let ended = job.ended.get(&pod).copied().or(known.deleted);
                JobPod { pod: view, index, ended }
            })
            .collect()
    }

    /// A pod has ended; if it is a job's, the job is to know when.
    pub(in crate::kubernetes::control) fn pod_ended(
        &mut self,
        owner: Option<WorkloadId>,
        pod: PodId,
        now: SimTime,
    ) {
        let owner = owner.map(|owner| &mut self.objects.workload_mut(owner).kind);
        if let Some(WorkloadKind::Job(job)) = owner {
            job.ended.insert(pod, now);
        }
    }
}
