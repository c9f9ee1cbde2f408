//! How services are scaled: by an app's `autoscale`, or by documents.
//!
//! An app's `autoscale` is a policy that tracks a target, with the alarms and cooldowns of Amazon
//! ECS: `cpu` is `ECSServiceAverageCPUUtilization`, `requests` is `ALBRequestCountPerTarget`, which
//! counts by the minute. Its sizes count; how fast it acts is that of ECS, and not what the other
//! keys say, which are those of the horizontal pod autoscaler.

use crate::aws::ecs::control::{Scaling, ServiceId};
use crate::aws::ecs::service::scaling::policy::Kind;
use crate::aws::scaling::scaler::{Policy, Suspended};
use crate::aws::scaling::{Bounds, Metric, TargetTracking};
use crate::scenario::{Autoscale, AutoscaleMetric};
use crate::units::Target;
use crate::workload::AppId;
use crate::world::World;

/// Seconds in the minute that a metric is of.
const MINUTE: f64 = 60.0;

/// An app's `autoscale` as a policy of its service.
fn of_app(written: &Autoscale) -> Scaling {
    let metric = match written.metric {
        AutoscaleMetric::Cpu => Metric::Cpu,
        AutoscaleMetric::Requests => Metric::RequestsPerTarget,
    };
    let target = match written.target {
        Target::Percent(percent) => percent,
        Target::Rate(rate) => rate.0 * MINUTE,
    };
    Scaling {
        bounds: Bounds { min: written.min, max: written.max },
        suspended: Suspended::default(),
        policies: vec![Policy::Target(TargetTracking::of_service(metric, target))],
        scheduled: Vec::new(),
    }
}

impl World<'_> {
    /// Has the policies of apps and documents scale services.
    pub(super) fn scale_services(&mut self) {
        for (index, app) in (0..).zip(&self.scenario.apps) {
            let own = app.autoscale.as_ref().filter(|_| app.workload.is_none());
            let service = self.ecs().services[index as usize];
            let Some(service) = service else { continue };
            if let Some(written) = own {
                let scaling = of_app(written);
                self.with_ecs(|control, around| control.scale_by(service, scaling, around));
            }
            let (now, desired) = (self.now(), self.ecs().control.desired(service));
            self.recorder.replicas_wanted(AppId(index), now, desired as usize);
        }
        for target in 0..self.ecs().documents.targets.len() {
            self.scale_by_documents(target);
        }
    }

    /// A scalable target of the documents, with all that they say of its service.
    fn scale_by_documents(&mut self, target: usize) {
        let documents = &self.ecs().documents;
        let target = documents.targets[target].clone();
        let name = &target.service.name;
        let of = |other: &str| other == name;
        let policies = documents.policies.iter().filter(|it| of(&it.service.name));
        let mut warnings = Vec::new();
        let policies = policies.filter_map(|policy| match &policy.kind {
            Kind::Target(tracking) => Some(Policy::Target(tracking.clone())),
            Kind::Steps(steps) => {
                let acts =
                    |action: &String| action.ends_with(&format!("policyName/{}", policy.name));
                let mut alarms = documents.alarms.iter();
                let alarm = alarms.find(|alarm| alarm.actions.iter().any(acts));
                if alarm.is_none() {
                    warnings.push(format!(
                        "the step scaling policy `{}` has no effect: no alarm names it among its \
                         `AlarmActions`",
                        policy.name
                    ));
                }
                Some(Policy::Step(steps.clone().on(alarm?.rule)))
            }
        });
        let policies: Vec<Policy> = policies.collect();
        let scheduled = documents.scheduled.iter().filter(|it| of(&it.service.name));
        let scheduled: Vec<_> = scheduled
            .filter(|_| !target.no_schedule)
            .map(|scheduled| scheduled.action.clone())
            .collect();
        let service = self.ecs().control.find_service(name);
        match service {
            None => warnings.push(format!(
                "`service/{}/{name}` is to be scaled, and there is no such service",
                target.service.cluster
            )),
            Some(service) => {
                let (bounds, suspended) = (target.bounds, target.suspended);
                let scaling = Scaling { bounds, suspended, policies, scheduled };
                self.with_ecs(|control, around| control.scale_by(service, scaling, around));
            }
        }
        warnings.into_iter().for_each(|warning| self.recorder.warn(warning));
    }

    /// A service is scaled.
    pub(super) fn service_scaled(&mut self, service: ServiceId, desired: u32) {
        if let Some(&app) = self.ecs().apps.get(&service) {
            let now = self.now();
            self.recorder.replicas_wanted(app, now, desired as usize);
        }
    }
}
