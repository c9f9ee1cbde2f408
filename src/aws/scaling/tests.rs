//! Scaling by hand, to the minute.

use super::*;
use crate::aws::scaling::alarm::State;
use crate::aws::scaling::scaler::Suspended;
use crate::engine::{SimDuration, SimTime};

fn minute(number: u64) -> SimTime {
    SimTime::from_nanos(60_000_000_000 * number)
}

fn cpu(target: f64) -> Policy {
    Policy::Target(TargetTracking::of_service(Metric::Cpu, target))
}

/// A service whose size follows the policies at once, and the minutes at which it changed.
struct Service {
    scaler: Scaler,
    size: u32,
    minute: u64,
    changes: Vec<(u64, u32, Reason)>,
}

impl Service {
    fn new(size: u32, policies: Vec<Policy>) -> Self {
        let scaler = Scaler::new(Bounds { min: 2, max: 20 }, policies);
        Self { scaler, size, minute: 0, changes: Vec::new() }
    }

    fn run(&mut self, minutes: u64, values: &[Option<f64>]) {
        self.run_while(minutes, values, false);
    }

    fn run_while(&mut self, minutes: u64, values: &[Option<f64>], deploying: bool) {
        for _ in 0..minutes {
            self.minute += 1;
            let now = minute(self.minute);
            if let Some(decision) = self.scaler.minute(now, values, self.size, deploying) {
                self.size = decision.desired;
                self.changes.push((self.minute, decision.desired, decision.reason));
            }
        }
    }
}

#[test]
fn a_service_grows_after_three_minutes_and_shrinks_after_fifteen() {
    let mut service = Service::new(4, vec![cpu(50.0)]);
    // 3 of 3 datapoints above 50: 4 * 90 / 50 = 7.2
    service.run(3, &[Some(90.0)]);
    assert_eq!(service.changes, [(3, 8, Reason::Out(0))]);
    // the new tasks still start: of the 4 before, 7.2 are under way already
    service.run(2, &[Some(90.0)]);
    // the load is shared by 8: 45 is not below 0.9 of 50
    service.run(4, &[Some(45.0)]);
    assert_eq!(service.changes.len(), 1);
    // 15 of 15 below: minutes 10 to 24. 8 * 20 / 50 = 3.2
    service.run(15, &[Some(20.0)]);
    assert_eq!(service.changes[1..], [(24, 4, Reason::In(0))]);
    // the low alarm is still raised, and the cooldown of 5 min is over at 29: 4 * 20 / 50 = 1.6
    service.run(5, &[Some(20.0)]);
    assert_eq!(service.changes[2..], [(29, 2, Reason::In(0))]);
    service.run(60, &[Some(1.0)]);
    assert_eq!(service.changes.len(), 3, "there are never fewer than 2");
}

#[test]
fn while_a_scale_out_is_in_progress_only_a_larger_need_adds() {
    let mut service = Service::new(4, vec![cpu(50.0)]);
    service.run(3, &[Some(90.0)]);
    // 4 * 130 / 50 = 10.4, more than the 8 under way
    service.run(1, &[Some(130.0)]);
    assert_eq!(service.changes, [(3, 8, Reason::Out(0)), (4, 11, Reason::Out(0))]);
    // that one is in progress until minute 9; then the size counts from 11: 11 * 130 / 50 = 28.6
    service.run(4, &[Some(130.0)]);
    assert_eq!(service.changes.len(), 2);
    service.run(1, &[Some(130.0)]);
    assert_eq!(service.changes[2..], [(9, 20, Reason::Out(0))], "there are never more than 20");
}

#[test]
fn a_scale_out_interrupts_the_cooldown_of_a_scale_in() {
    let mut service = Service::new(10, vec![cpu(50.0)]);
    service.run(15, &[Some(30.0)]);
    assert_eq!(service.changes, [(15, 6, Reason::In(0))]);
    service.run(3, &[Some(75.0)]);
    assert_eq!(service.changes[1..], [(18, 9, Reason::Out(0))]);
}

#[test]
fn of_several_policies_the_largest_wins_and_all_must_agree_to_take_away() {
    let both = || vec![cpu(50.0), cpu(70.0)];
    let mut service = Service::new(4, both());
    // 4 * 60 / 50 = 4.8 and 4 * 140 / 70 = 8
    service.run(3, &[Some(60.0), Some(140.0)]);
    assert_eq!(service.changes, [(3, 8, Reason::Out(1))]);
    let mut service = Service::new(10, both());
    service.run(30, &[Some(10.0), Some(65.0)]);
    assert_eq!(service.changes, [], "65 is above 0.9 of 70");
    // minutes 31 to 45: 10 * 10 / 50 = 2 and 10 * 35 / 70 = 5
    service.run(15, &[Some(10.0), Some(35.0)]);
    assert_eq!(service.changes, [(45, 5, Reason::In(1))]);
}

#[test]
fn missing_data_asks_for_nothing_and_keeps_what_there_is() {
    let mut service = Service::new(4, vec![cpu(50.0), cpu(50.0)]);
    service.run(60, &[Some(10.0), None]);
    assert_eq!(service.changes, []);
    service.run(3, &[Some(100.0), None]);
    assert_eq!(service.changes, [(63, 8, Reason::Out(0))]);
}

#[test]
fn nothing_is_taken_away_during_a_deployment_or_by_a_policy_that_may_not() {
    let mut service = Service::new(10, vec![cpu(50.0)]);
    service.run_while(20, &[Some(25.0)], true);
    assert_eq!(service.changes, []);
    service.run(1, &[Some(25.0)]);
    assert_eq!(service.changes, [(21, 5, Reason::In(0))]);

    let mut only_out = TargetTracking::of_service(Metric::Memory, 50.0);
    only_out.disable_scale_in = true;
    let mut service = Service::new(10, vec![Policy::Target(only_out.clone())]);
    service.run(60, &[Some(10.0)]);
    assert_eq!(service.changes, []);
    // it does not keep others from taking away
    let mut service = Service::new(10, vec![Policy::Target(only_out), cpu(50.0)]);
    service.run(15, &[Some(45.0), Some(25.0)]);
    assert_eq!(service.changes, [(15, 5, Reason::In(1))]);
}

#[test]
fn what_is_suspended_or_out_of_bounds() {
    let mut service = Service::new(10, vec![cpu(50.0)]);
    service.scaler.suspended = Suspended { scale_in: true, scale_out: true };
    service.run(20, &[Some(10.0)]);
    service.run(20, &[Some(100.0)]);
    assert_eq!(service.changes, []);
    service.scaler.bounds = Bounds { min: 12, max: 20 };
    service.run(1, &[Some(50.0)]);
    assert_eq!(service.changes, [(41, 12, Reason::Bounds)]);
}

fn steps(adjustment: Adjustment, steps: &[(Option<f64>, Option<f64>, i64)]) -> StepScaling {
    let steps = steps.iter().map(|&(lower, upper, adjustment)| Step { lower, upper, adjustment });
    StepScaling {
        alarm: Rule {
            threshold: 50.0,
            comparison: Comparison::GreaterOrEqual,
            periods: 2,
            datapoints: 2,
            missing: Missing::Missing,
        },
        adjustment,
        steps: steps.collect(),
        cooldown: SimDuration::from_secs(300),
        min_magnitude: 0,
    }
}

#[test]
fn the_example_of_the_guide_takes_its_steps() {
    // EC2 Auto Scaling User Guide, "Step scaling": alarms at 50, a group of 10
    let (out, down) = (
        steps(
            Adjustment::PercentChange,
            &[(Some(0.0), Some(10.0), 0), (Some(10.0), Some(20.0), 10), (Some(20.0), None, 30)],
        ),
        steps(
            Adjustment::PercentChange,
            &[
                (Some(-10.0), Some(0.0), 0),
                (Some(-20.0), Some(-10.0), -10),
                (None, Some(-20.0), -30),
            ],
        ),
    );
    assert_eq!(
        (out.size(10, 55.0), out.size(10, 60.0), out.size(11, 70.0)),
        (Some(10), Some(11), Some(14))
    );
    assert_eq!(
        (down.size(14, 40.0), down.size(14, 39.0), down.size(13, 31.0)),
        (Some(13), Some(13), Some(12))
    );
    assert_eq!(down.size(13, 30.0), Some(10), "downwards a step has its upper bound");
}

#[test]
fn percentages_are_rounded_as_the_guide_says() {
    let percent = |size, percent, magnitude| {
        let policy = steps(Adjustment::PercentChange, &[(None, None, percent)]);
        let policy = StepScaling { min_magnitude: magnitude, ..policy };
        i64::from(policy.size(size, 50.0).expect("a step")) - i64::from(size)
    };
    // 12.7, 0.67, -0.58, -6.67 of the guide
    assert_eq!((percent(127, 10, 0), percent(67, 1, 0)), (12, 1));
    assert_eq!((percent(58, -1, 0), percent(667, -1, 0)), (-1, -6));
    assert_eq!((percent(10, 10, 2), percent(10, 50, 2), percent(10, -10, 2)), (2, 5, -2));
    let huge = steps(Adjustment::Change, &[(None, None, i64::MAX)]);
    assert_eq!(huge.size(1, 50.0), Some(u32::MAX));
    let exact = steps(Adjustment::Exact, &[(Some(0.0), None, 7)]);
    assert_eq!((exact.size(3, 50.0), exact.size(3, 49.0)), (Some(7), None));
}

#[test]
fn what_a_step_adds_counts_as_there_until_its_cooldown_is_over() {
    let policy = steps(Adjustment::Change, &[(Some(0.0), Some(20.0), 2), (Some(20.0), None, 3)]);
    let mut service = Service::new(4, vec![Policy::Step(policy)]);
    service.run(2, &[Some(60.0)]);
    service.run(1, &[Some(80.0)]);
    // 2 by the first step; the second asks for 3, of which 2 are under way
    assert_eq!(service.changes, [(2, 6, Reason::Out(0)), (3, 7, Reason::Out(0))]);
    service.run(5, &[Some(60.0)]);
    assert_eq!(service.changes[2..], [(8, 9, Reason::Out(0))]);
}

#[test]
fn alarms_count_datapoints_beyond_the_threshold() {
    let rule = |missing| Rule {
        threshold: 10.0,
        comparison: Comparison::Greater,
        periods: 4,
        datapoints: 2,
        missing,
    };
    let states = |missing, values: &[Option<f64>]| -> Vec<State> {
        let mut alarm = Alarm::new(rule(missing));
        values.iter().map(|value| alarm.observe(*value)).collect()
    };
    use State::{Alarm as Raised, InsufficientData as Unknown, Ok};
    let values = [11.0, 10.0, 9.0, 12.0, 8.0, 8.0, 8.0].map(Some);
    let expected = [Unknown, Unknown, Unknown, Raised, Ok, Ok, Ok];
    assert_eq!(states(Missing::Missing, &values), expected);
    let gaps = [Some(11.0), Some(11.0), None, None, None, None];
    let kept = [Unknown, Raised, Raised, Raised, Raised];
    assert_eq!(states(Missing::Missing, &gaps)[..5], kept);
    assert_eq!(states(Missing::Missing, &gaps)[5], Unknown);
    assert_eq!(states(Missing::Ignore, &gaps)[5], Raised);
    assert_eq!(states(Missing::NotBreaching, &gaps)[4..], [Ok, Ok]);
    assert_eq!(states(Missing::Breaching, &[None, None])[1], Raised);
}
