//! Cron jobs.

use crate::engine::{Schedule, SimTime};
use crate::kubernetes::api::expand::job;
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::cron_job::JobView;
use crate::kubernetes::controllers::job::Outcome;
use crate::kubernetes::objects::workload::Job;
use crate::kubernetes::objects::{TemplateId, Workload, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// One turn of the CronJob controller.
    pub(super) fn sync_cron_job<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let jobs: Vec<JobView> =
            self.objects.workload(id).children.iter().map(|&job| self.job_view(job)).collect();
        let WorkloadKind::CronJob(cron) = &mut self.objects.workload_mut(id).kind else { return };
        let change = cron.state.sync(&jobs, now);
        self.sync_at(id, change.again, around);
        for job in change.delete {
            self.delete_workload(WorkloadId(job), "its job is deleted (CronJob)", around);
        }
        if let Some(due) = change.create {
            self.create_job(id, due, now);
        }
    }

    fn job_view(&self, id: WorkloadId) -> JobView {
        let workload = self.objects.workload(id);
        let WorkloadKind::Job(job) = &workload.kind else {
            return JobView { id: id.0, started: None, ended: None };
        };
        let ended = job.state.finished().map(|_| job.state.outcome() == Some(Outcome::Complete));
        JobView { id: id.0, started: Some(workload.created), ended }
    }

    /// What the pods of a job are like: as those of all jobs of its cron job, but for labels. Where
    /// those decide about places, as with `matchLabelKeys`, the job has a template of its own.
    fn template_of_job(&mut self, template: TemplateId, job: &str) -> TemplateId {
        let source = &self.objects.template(template).source;
        if !source.spec.as_ref().is_some_and(job::looks_at_labels) {
            return template;
        }
        let mut pod = (**source).clone();
        job::label(&mut pod, job);
        // what admission takes once it takes again
        self.template(pod).unwrap_or(template)
    }

    /// Makes the job of the turn that was due at this second of Unix time. Its name has the minute,
    /// as `getJobName` of the controller makes it.
    fn create_job(&mut self, id: WorkloadId, due: i64, now: SimTime) {
        let workload = self.objects.workload(id);
        let WorkloadKind::CronJob(cron) = &workload.kind else { return };
        let (spec, template) = (cron.job, cron.template);
        let (namespace, name) = (&workload.namespace, format!("{}-{}", workload.name, due / 60));
        let namespace = namespace.clone();
        let template = self.template_of_job(template, &name);
        let job = Workload {
            namespace,
            name: name.into(),
            owner: Some(id),
            created: now,
            pods: Vec::new(),
            children: Vec::new(),
            made: 0,
            gone: false,
            kind: WorkloadKind::Job(Job::new(spec, template, now)),
        };
        let job = self.add_workload(job);
        self.log.add(now, Entry::JobCreated { workload: job });
    }
}
