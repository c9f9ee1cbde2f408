//! What changes the size of a group: scheduled actions, and policies that follow the CPU of its
//! instances.

use super::Ec2Event;
use crate::aws::auto_scaling::instance::State;
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::scheduled::{ScheduledAction, Timetable, When};
use crate::aws::scaling::{
    Adjustment, Bounds, Comparison, Metric, Missing, Policy, Rule, Scaler, Step, StepScaling,
    TargetTracking,
};
use crate::engine::{Phase, SimDuration};
use crate::scenario::Cluster;
use crate::scenario::aws::{
    AdjustmentType, AutoScalingGroup, GroupPolicy, ScheduledSize, StepPolicy,
};
use crate::scenario::path::Path;
use crate::units::cron::Schedule;
use crate::world::input::Unfit;
use crate::world::{InputError, World};

const MINUTE: SimDuration = SimDuration::from_secs(60);

/// The scheduled actions of a group.
pub(super) fn timetable(
    cluster: &Cluster,
    group: &AutoScalingGroup,
    at: &Path,
) -> Result<Timetable, InputError> {
    let actions = group.schedules.iter().map(action).collect();
    let help = "say `min`, `max` or `desired` in each, and no more than 125";
    let table = Timetable::new(actions, cluster.ecs.epoch);
    Ok(table.map_err(|error| Unfit::new(at.key("schedule"), error.to_string(), help))?)
}

fn action(of: &ScheduledSize) -> ScheduledAction {
    let when = match (&of.at, &of.cron) {
        (Some(at), _) => When::Once(*at),
        (None, cron) => When::Recurring {
            schedule: Schedule::parse(cron.as_deref().unwrap_or_default())
                .expect("the expressions of a loaded scenario can be read"),
            start: of.from,
            end: of.until,
        },
    };
    ScheduledAction { when, min: of.min, max: of.max, desired: of.desired }
}

/// The policies of a group, if it has any.
pub(super) fn scaler(group: &AutoScalingGroup) -> Option<Scaler> {
    let bounds = Bounds { min: group.min, max: group.max };
    // instances that warm up count as there already for so long
    let warmup = if group.warmup.is_zero() { group.cooldown } else { group.warmup };
    let policy = |policy: &GroupPolicy| match policy {
        GroupPolicy::TargetTracking { target, disable_scale_in } => {
            Policy::Target(TargetTracking {
                scale_out_cooldown: warmup,
                scale_in_cooldown: warmup,
                disable_scale_in: *disable_scale_in,
                ..TargetTracking::of_service(Metric::Cpu, target.0 * 100.0)
            })
        }
        GroupPolicy::Step(step) => Policy::Step(step_policy(step, warmup)),
    };
    let policies: Vec<Policy> = group.policies.iter().map(policy).collect();
    (!policies.is_empty()).then(|| Scaler::new(bounds, policies))
}

fn step_policy(of: &StepPolicy, warmup: SimDuration) -> StepScaling {
    let (threshold, comparison) = match (of.above, of.below) {
        (Some(above), _) => (above, Comparison::Greater),
        (None, below) => (below.unwrap_or_default(), Comparison::Less),
    };
    let step = |step: &crate::scenario::aws::ScalingStep| Step {
        lower: step.lower,
        upper: step.upper,
        adjustment: step.adjustment,
    };
    StepScaling {
        alarm: Rule {
            threshold: threshold.0 * 100.0,
            comparison,
            periods: of.minutes,
            datapoints: of.minutes,
            missing: Missing::Missing,
        },
        adjustment: match of.adjustment {
            AdjustmentType::ChangeInCapacity => Adjustment::Change,
            AdjustmentType::PercentChangeInCapacity => Adjustment::PercentChange,
            AdjustmentType::ExactCapacity => Adjustment::Exact,
        },
        steps: of.steps.iter().map(step).collect(),
        cooldown: warmup,
        min_magnitude: of.min_magnitude,
    }
}

impl World<'_> {
    /// Sees to the next scheduled action of a group.
    pub(super) fn arm_schedule(&mut self, group: u16) {
        let next = self.ec2().groups[usize::from(group)].timetable.next();
        if let Some(at) = next {
            self.calendar.push(at, Phase::Decide, Ec2Event::Scheduled(group).into());
        }
    }

    /// Scheduled actions of a group are due.
    pub(super) fn scheduled_action(&mut self, group: u16) {
        let now = self.now();
        while let Some(action) = self.ec2_mut().groups[usize::from(group)].timetable.pop(now) {
            let done = self.tell_group(group, |group, now, out| action.apply(group, now, out));
            if let Some(Err(refusal)) = done {
                let name = &self.ec2().groups[usize::from(group)].name;
                let warning = format!("a scheduled action of `{name}` was refused: {refusal}");
                self.recorder.warn(warning);
            }
        }
        self.arm_schedule(group);
    }

    /// Begins to look at the CPU, where policies do.
    pub(super) fn start_policies(&mut self) {
        let ec2 = self.ec2.as_deref();
        if ec2.is_some_and(|ec2| ec2.groups.iter().any(|group| group.scaler.is_some())) {
            self.after(MINUTE, Phase::Observe, Ec2Event::Minute);
        }
    }

    /// A minute is over: policies look at the CPU of their instances.
    pub(super) fn policies_look(&mut self) {
        self.after(MINUTE, Phase::Observe, Ec2Event::Minute);
        for group in 0..self.ec2().groups.len() as u16 {
            if self.ec2().groups[usize::from(group)].scaler.is_some() {
                self.policies_of(group);
            }
        }
    }

    fn policies_of(&mut self, group: u16) {
        let cpu = self.cpu_of_group(group);
        let now = self.now();
        let state = &mut self.ec2_mut().groups[usize::from(group)];
        let kept = state.group.as_ref().expect("policies are of groups");
        let settings = kept.settings();
        let (size, bounds) = (settings.desired, Bounds { min: settings.min, max: settings.max });
        let scaler = state.scaler.as_mut().expect("it has policies");
        scaler.bounds = bounds;
        let values = vec![cpu; scaler.policies().count()];
        let decision = scaler.minute(now, &values, size, false);
        let heeds = !kept.is_suspended(Process::AlarmNotification);
        if let Some(decision) = decision.filter(|_| heeds) {
            self.group_set_desired(group, decision.desired);
        }
    }

    /// The mean CPU utilisation of a group in the minute that ends, in per cent, over the instances
    /// that are in service and have warmed up, and were there all the minute.
    fn cpu_of_group(&mut self, group: u16) -> Option<f64> {
        let now = self.now();
        let ec2 = self.ec2.as_deref_mut().expect("the cluster is on EC2");
        let (mut sum, mut count) = (0.0, 0);
        let state = &ec2.groups[usize::from(group)];
        let group = state.group.as_ref().expect("policies are of groups");
        for (id, member) in group.instances() {
            let it = &mut ec2.instances[state.instances[&id]];
            let Some(machine) = it.machine else { continue };
            let cpu = &mut self.hosts[self.nodes.all[machine].host.index()].cpu;
            let used = cpu.used(now);
            let before = it.used.replace(used);
            if member.state == State::InService
                && member.warm
                && let Some(before) = before
            {
                let capacity = cpu.capacity().maximum() * MINUTE.as_secs_f64();
                sum += (used - before) / capacity;
                count += 1;
            }
        }
        (count > 0).then(|| 100.0 * sum / f64::from(count))
    }
}
