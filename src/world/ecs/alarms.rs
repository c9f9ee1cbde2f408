//! Alarms that deployments are watched by (`deploymentConfiguration.alarms`).
//!
//! An alarm of the documents looks at the metrics of the service that its dimensions name, or that
//! names it, at the end of each minute. While one is raised, a deployment under way is given up.

use std::collections::BTreeSet;

use super::Ecs;
use crate::aws::ecs::control::ServiceId;
use crate::aws::ecs::service::scaling::{MetricAlarm, ScalingPolicy, Watched};
use crate::aws::scaling::{Alarm, Metric};
use crate::world::World;

/// An alarm of a service.
#[derive(Debug)]
pub(super) struct Watch {
    /// Whose deployments it gives up.
    service: ServiceId,
    /// Whose metric it looks at.
    of: ServiceId,
    metric: Metric,
    alarm: Alarm,
}

/// What is said of an alarm on a service that there is not.
fn no_service(alarm: &MetricAlarm) -> String {
    format!(
        "the alarm `{}` is never raised: there is no service `{}`",
        alarm.name,
        alarm.watched.service.as_deref().unwrap_or_default()
    )
}

impl Ecs {
    /// Has the alarms of the documents take the steps of these policies; says which never will.
    pub(super) fn step_on_alarms(
        &mut self,
        policies: &[(ServiceId, ScalingPolicy)],
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        for alarm in &self.documents.alarms {
            let acts = policies.iter().filter(|(_, policy)| alarm.acts_by(policy));
            let services: BTreeSet<ServiceId> = acts.map(|(service, _)| *service).collect();
            let whose = alarm.watched.service.as_deref();
            let is_lost = whose.is_some_and(|it| self.control.find_service(it).is_none());
            // those that only send a message are none of ours
            let is_to_scale =
                |action: &String| action.contains(":scalingPolicy:") || !action.starts_with("arn:");
            if services.is_empty() && alarm.actions.iter().any(is_to_scale) {
                warnings.push(format!(
                    "the alarm `{}` scales nothing: the policy of its `AlarmActions` is none of \
                     those that `scaling` has",
                    alarm.name
                ));
            } else if !services.is_empty() && is_lost {
                warnings.push(no_service(alarm));
            }
            services.into_iter().for_each(|it| self.control.scale_on(it, alarm.clone()));
        }
        warnings
    }
}

impl World<'_> {
    /// Has the alarms that a service names watch its deployments; says which never will.
    pub(super) fn watch_deployments(&mut self, service: ServiceId) {
        let ecs = self.ecs_mut();
        let of = ecs.control.service(service);
        let names = of.deployment.alarms.iter().flat_map(|alarms| alarms.names.clone());
        let (names, of): (Vec<String>, String) = (names.collect(), of.name.clone());
        let mut warnings = Vec::new();
        for name in names {
            let written = ecs.documents.alarms.iter().find(|alarm| alarm.name == name);
            let Some(written) = written else {
                warnings.push(format!(
                    "service `{of}` names the alarm `{name}`, which no file of `scaling` has: it \
                     is never raised"
                ));
                continue;
            };
            let Watched { metric, service: whose } = &written.watched;
            let looked =
                whose.as_ref().map_or(Some(service), |whose| ecs.control.find_service(whose));
            match (looked, metric) {
                (Some(_), Metric::Custom(metric)) => warnings.push(format!(
                    "the alarm `{name}` is never raised: its metric `{metric}` is not known here"
                )),
                (Some(of), metric) => {
                    let (metric, alarm) = (metric.clone(), Alarm::new(written.rule));
                    ecs.alarms.push(Watch { service, of, metric, alarm });
                }
                (None, _) => warnings.push(no_service(written)),
            }
        }
        warnings.into_iter().for_each(|warning| self.recorder.warn(warning));
    }

    /// A minute has ended: alarms look at what services used in it.
    pub(super) fn alarms_look(&mut self) {
        let ecs = self.ecs_mut();
        let mut raised = Vec::new();
        for Watch { service, of, metric, alarm } in &mut ecs.alarms {
            let usage = ecs.usage.get(of.0 as usize).copied().unwrap_or_default();
            alarm.observe(usage.of(metric));
            if alarm.is_raised() && !raised.contains(service) {
                raised.push(*service);
            }
        }
        for service in raised {
            self.with_ecs(|control, around| control.deployment_alarm(service, around));
        }
    }
}
