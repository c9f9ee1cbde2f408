//! Alarms that deployments are watched by (`deploymentConfiguration.alarms`).
//!
//! An alarm of the documents looks at the metrics of the service that names it, at the end of each
//! minute. While one is raised, a deployment that is under way is given up.

use crate::aws::ecs::control::{ServiceId, Usage};
use crate::aws::scaling::Alarm;
use crate::world::World;

/// An alarm of a service.
#[derive(Debug)]
pub(super) struct Watch {
    service: ServiceId,
    metric: Metric,
    alarm: Alarm,
}

/// What an alarm looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Cpu,
    Memory,
    RequestsPerTarget,
}

impl Metric {
    /// The metric of this name in CloudWatch; none of one that a simulation cannot know.
    fn named(name: &str) -> Option<Self> {
        match name {
            "CPUUtilization" => Some(Self::Cpu),
            "MemoryUtilization" => Some(Self::Memory),
            "RequestCountPerTarget" => Some(Self::RequestsPerTarget),
            _ => None,
        }
    }

    fn of(self, usage: &Usage) -> Option<f64> {
        match self {
            Self::Cpu => usage.cpu,
            Self::Memory => usage.memory,
            Self::RequestsPerTarget => usage.requests_per_target,
        }
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
            match Metric::named(&written.metric) {
                Some(metric) => {
                    let alarm = Alarm::new(written.rule);
                    ecs.alarms.push(Watch { service, metric, alarm });
                }
                None => warnings.push(format!(
                    "the alarm `{name}` is never raised: its metric `{}` is not known here",
                    written.metric
                )),
            }
        }
        warnings.into_iter().for_each(|warning| self.recorder.warn(warning));
    }

    /// A minute has ended: alarms look at what services used in it.
    pub(super) fn alarms_look(&mut self) {
        let ecs = self.ecs_mut();
        let mut raised = Vec::new();
        for Watch { service, metric, alarm } in &mut ecs.alarms {
            let usage = ecs.usage.get(service.0 as usize).copied().unwrap_or_default();
            alarm.observe(metric.of(&usage));
            if alarm.is_raised() && !raised.contains(service) {
                raised.push(*service);
            }
        }
        for service in raised {
            self.with_ecs(|control, around| control.deployment_alarm(service, around));
        }
    }
}
