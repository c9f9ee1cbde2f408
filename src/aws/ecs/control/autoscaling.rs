//! Service auto scaling: policies and scheduled actions change how many tasks a service is to have.
//!
//! Documents come in any order; what they make together is put together when a minute ends. Metrics
//! of others than services are not known here, and count as missing.

use super::{Around, ControlEvent, ControlPlane, Notice, ServiceId};
use crate::aws::ecs::deployment::RolloutState;
use crate::aws::ecs::service::MOST_TASKS;
use crate::aws::ecs::service::scaling::policy::Kind;
use crate::aws::ecs::service::scaling::{MetricAlarm, ScalableTarget, ScalingPolicy};
use crate::aws::scaling::scaler::Suspended;
use crate::aws::scaling::scheduled::ScheduledAction;
use crate::aws::scaling::{Bounds, Metric, Policy, Scaler};
use crate::docker::ContainerEvent;
use crate::engine::{Phase, Schedule, SimDuration, SimTime};

/// How a service is scaled.
#[derive(Debug)]
pub(super) struct Autoscaling {
    bounds: Bounds,
    suspended: Suspended,
    /// Whether scheduled actions are switched off.
    no_schedule: bool,
    /// Each with the service whose metric it looks at, if there is one of that name.
    policies: Vec<(ScalingPolicy, Option<ServiceId>)>,
    alarms: Vec<(MetricAlarm, Option<ServiceId>)>,
    /// What came of the documents, and what each of its policies looks at; none while these change.
    scaler: Option<(Scaler, Vec<Looked>)>,
}

/// A metric of a service; of none where there is none of its name.
type Looked = (Metric, Option<ServiceId>);

/// A scheduled action of a service.
#[derive(Debug)]
pub(super) struct Scheduled {
    service: ServiceId,
    action: ScheduledAction,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            bounds: Bounds { min: 0, max: MOST_TASKS },
            suspended: Suspended::default(),
            no_schedule: false,
            policies: Vec::new(),
            alarms: Vec::new(),
            scaler: None,
        }
    }
}

impl Autoscaling {
    fn scaler(&mut self) -> (&mut Scaler, &[Looked]) {
        let (bounds, suspended) = (self.bounds, self.suspended);
        let (scaler, metrics) = self.scaler.get_or_insert_with(|| {
            let mut made = Vec::new();
            for (policy, of) in &self.policies {
                match &policy.kind {
                    Kind::Target(target, _) => {
                        made.push((Policy::Target(target.clone()), (target.metric.clone(), *of)));
                    }
                    Kind::Steps(steps) => {
                        let alarms = self.alarms.iter().filter(|(alarm, _)| alarm.acts_by(policy));
                        made.extend(alarms.map(|(alarm, of)| {
                            let looked = (alarm.watched.metric.clone(), *of);
                            (Policy::Step(steps.clone().on(alarm.rule)), looked)
                        }));
                    }
                }
            }
            let (policies, metrics): (Vec<_>, Vec<_>) = made.into_iter().unzip();
            let mut scaler = Scaler::new(bounds, policies);
            scaler.suspended = suspended;
            (scaler, metrics)
        });
        (scaler, metrics)
    }
}

impl ControlPlane {
    fn autoscaling(&mut self, id: ServiceId) -> &mut Autoscaling {
        let scaling = self.services[id.0 as usize].scaling.get_or_insert_default();
        scaling.scaler = None;
        scaling
    }

    /// Between which numbers of tasks a service is scaled (`register-scalable-target`); 0 to 5,000
    /// where nothing is said.
    pub fn scale_within(&mut self, id: ServiceId, target: &ScalableTarget) {
        let scaling = self.autoscaling(id);
        (scaling.bounds, scaling.suspended) = (target.bounds, target.suspended);
        scaling.no_schedule = target.no_schedule;
    }

    /// What the policies of a service keep or do, by the documents of Application Auto Scaling.
    pub fn scale_by(&mut self, id: ServiceId, policies: Vec<ScalingPolicy>) {
        for policy in policies {
            let of = match &policy.kind {
                Kind::Target(_, service) => self.looked_at(id, service.as_deref()),
                Kind::Steps(_) => Some(id),
            };
            self.autoscaling(id).policies.push((policy, of));
        }
    }

    /// The service that is looked at for one: the one of this name, or itself.
    fn looked_at(&self, id: ServiceId, name: Option<&str>) -> Option<ServiceId> {
        name.map_or(Some(id), |name| self.find_service(name))
    }

    /// An alarm on a metric of a service, which has policies of it take steps.
    pub fn scale_on(&mut self, id: ServiceId, alarm: MetricAlarm) {
        let of = self.looked_at(id, alarm.watched.service.as_deref());
        self.autoscaling(id).alarms.push((alarm, of));
    }

    /// An action that changes the bounds of a service at certain times.
    pub fn scale_at<S>(
        &mut self,
        id: ServiceId,
        action: ScheduledAction,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let place = self.scheduled.len() as u32;
        self.scheduled.push(Scheduled { service: id, action });
        // one that is due now is
        self.schedule_next(place, self.unix(around.now()) - 1, around);
    }

    /// A time of the run in seconds of Unix time.
    fn unix(&self, time: SimTime) -> i64 {
        self.settings.epoch.unix() + (time.as_nanos() / 1_000_000_000) as i64
    }

    fn schedule_next<S>(&mut self, place: u32, after: i64, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(next) = self.scheduled[place as usize].action.next(after) else { return };
        let seconds = u64::try_from(next - self.settings.epoch.unix()).unwrap_or(0);
        let time = SimTime::ZERO.saturating_add(SimDuration::from_secs(seconds));
        around.at(time.max(around.now()), Phase::Decide, ControlEvent::Scheduled(place));
    }

    /// A scheduled action is due.
    pub(super) fn scheduled<S>(&mut self, place: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Scheduled { service: id, action } = &self.scheduled[place as usize];
        let id = *id;
        let service = &mut self.services[id.0 as usize];
        let desired = service.desired;
        let scaling = service.scaling.get_or_insert_default();
        if !scaling.no_schedule {
            scaling.bounds = action.bounds(scaling.bounds);
            let bounds = scaling.bounds;
            scaling.scaler().0.bounds = bounds;
            self.scale(id, bounds.clamp(desired), around);
        }
        self.schedule_next(place, self.unix(now), around);
    }

    /// A minute ends for services that are scaled.
    pub(super) fn minute_of_services<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        for id in (0..self.services.len() as u32).map(ServiceId) {
            let service = &mut self.services[id.0 as usize];
            let Some(scaling) = &mut service.scaling else { continue };
            let (scaler, metrics) = scaling.scaler();
            let mut value = |(metric, of): &Looked| (around.usage)((*of)?).of(metric);
            let values: Vec<Option<f64>> = metrics.iter().map(&mut value).collect();
            let deploying = service.rollouts.state() == RolloutState::InProgress;
            let decision = scaler.minute(around.now(), &values, service.desired, deploying);
            if let Some(decision) = decision {
                self.scale(id, decision.desired, around);
            }
        }
    }

    fn scale<S>(&mut self, id: ServiceId, desired: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.desired(id) != desired && !self.is_daemon(id) {
            self.set_desired(id, desired, around);
            around.tell(Notice::Scaled { service: id, desired });
        }
    }
}
