//! How services are scaled: by an app's `autoscale`, or by documents.
//!
//! An app's `autoscale` is a policy that tracks a target, with the alarms and cooldowns of Amazon
//! ECS: `cpu` is `ECSServiceAverageCPUUtilization`, `requests` is `ALBRequestCountPerTarget`, which
//! counts by the minute. Its sizes count; how fast it acts is that of ECS, and not what the other
//! keys say, which are those of the horizontal pod autoscaler.

use std::collections::BTreeSet;

use super::apps::api_name;
use crate::aws::ecs::control::ServiceId;
use crate::aws::ecs::service::scaling::policy::Kind;
use crate::aws::ecs::service::scaling::{ScalableTarget, ScalingPolicy, ServiceName};
use crate::aws::scaling::scaler::Suspended;
use crate::aws::scaling::{Bounds, Metric, TargetTracking};
use crate::scenario::{App, Autoscale, AutoscaleMetric};
use crate::units::Target;
use crate::workload::AppId;
use crate::world::World;

/// Seconds in the minute that a metric is of.
const MINUTE: f64 = 60.0;

/// An app's `autoscale` as a scalable target and its policy.
fn of_app(app: &App, written: &Autoscale, cluster: &str) -> (ScalableTarget, ScalingPolicy) {
    let metric = match written.metric {
        AutoscaleMetric::Cpu => Metric::Cpu,
        AutoscaleMetric::Requests => Metric::RequestsPerTarget,
    };
    let kept_at = match written.target {
        Target::Percent(percent) => percent,
        Target::Rate(rate) => rate.0 * MINUTE,
    };
    let service = ServiceName { cluster: cluster.to_owned(), name: api_name(&app.name) };
    let target = ScalableTarget {
        service: service.clone(),
        bounds: Bounds { min: written.min, max: written.max },
        suspended: Suspended::default(),
        no_schedule: false,
        ignored: Vec::new(),
    };
    let policy = ScalingPolicy {
        service,
        name: api_name(&app.name),
        kind: Kind::Target(TargetTracking::of_service(metric, kept_at), None),
        ignored: Vec::new(),
    };
    (target, policy)
}

/// What is said of a service whose policies and actions have no scalable target.
fn unregistered(service: &str) -> String {
    format!(
        "service `{service}` is not scaled: no scalable target is registered for it; name a file \
         of `register-scalable-target` in `scaling`"
    )
}

impl World<'_> {
    /// Has the policies of apps and documents scale services.
    pub(super) fn scale_services(&mut self) {
        let cluster = &self.cluster.name;
        for (index, app) in (0..).zip(&self.scenario.apps) {
            let own = app.autoscale.as_ref().filter(|_| app.workload.is_none());
            let Some(service) = self.ecs().services[index as usize] else { continue };
            if let Some(written) = own {
                let (target, policy) = of_app(app, written, cluster);
                let control = &mut self.ecs_mut().control;
                control.scale_within(service, &target);
                control.scale_by(service, vec![policy]);
            }
            let (now, desired) = (self.now(), self.ecs().control.desired(service));
            self.recorder.replicas_wanted(AppId(index), now, desired as usize);
        }
        self.scale_by_documents();
    }

    /// What the documents say of how services are scaled.
    fn scale_by_documents(&mut self) {
        let apps = self.scenario.apps.iter().zip(&self.ecs().services);
        let own = apps.filter(|(app, _)| app.autoscale.is_some() && app.workload.is_none());
        let own: Vec<ServiceId> = own.filter_map(|(_, service)| *service).collect();
        let ecs = self.ecs_mut();
        let mut missing = Vec::new();
        let mut find = |name: &ServiceName| {
            let found = ecs.control.find_service(&name.name);
            if found.is_none() {
                missing.push(format!(
                    "`service/{}/{}` is to be scaled, and there is no such service",
                    name.cluster, name.name
                ));
            }
            found
        };
        let documents = &ecs.documents;
        let targets = documents.targets.iter();
        let targets: Vec<_> =
            targets.filter_map(|it| Some((find(&it.service)?, it.clone()))).collect();
        let policies = documents.policies.iter();
        let mut policies: Vec<_> =
            policies.filter_map(|it| Some((find(&it.service)?, it.clone()))).collect();
        let scheduled = documents.scheduled.iter();
        let mut scheduled: Vec<_> =
            scheduled.filter_map(|it| Some((find(&it.service)?, it.action.clone()))).collect();
        // Application Auto Scaling refuses what is for no target that is registered
        let registered: BTreeSet<ServiceId> =
            targets.iter().map(|(service, _)| *service).chain(own).collect();
        let given_up = policies.iter().map(|(service, _)| *service);
        let given_up = given_up.chain(scheduled.iter().map(|(service, _)| *service));
        let unregistered: Vec<String> = given_up
            .filter(|service| !registered.contains(service))
            .map(|service| unregistered(&ecs.control.service(service).name))
            .collect();
        policies.retain(|(service, _)| registered.contains(service));
        scheduled.retain(|(service, _)| registered.contains(service));
        for (service, target) in targets {
            ecs.control.scale_within(service, &target);
        }
        missing.extend(ecs.step_on_alarms(&policies));
        for (service, policy) in policies {
            ecs.control.scale_by(service, vec![policy]);
        }
        missing.extend(unregistered);
        missing.sort_unstable();
        missing.dedup();
        for (service, action) in scheduled {
            self.with_ecs(|control, around| control.scale_at(service, action, around));
        }
        missing.into_iter().for_each(|warning| self.recorder.warn(warning));
    }

    /// A service is scaled.
    pub(super) fn service_scaled(&mut self, service: ServiceId, desired: u32) {
        if let Some(&app) = self.ecs().apps.get(&service) {
            let now = self.now();
            self.recorder.replicas_wanted(app, now, desired as usize);
        }
    }
}
