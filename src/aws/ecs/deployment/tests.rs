//! Deployments by hand.

mod rolling;

use super::breaker::{Breaker, Failed, failed};
use super::daemon::{DaemonStep, DaemonView, InstanceState, InstanceView};
use super::throttle::{Pace, Throttle};
use super::*;
use crate::engine::SimTime;
use crate::scenario::aws::StartThrottle;

fn seconds(number: u64) -> SimTime {
    SimTime::from_nanos(number * 1_000_000_000)
}

#[test]
fn a_breaker_opens_at_half_of_the_desired_tasks() {
    let threshold = |desired| Breaker::new(desired).threshold();
    assert_eq!([0, 1, 5, 6, 7, 25, 400, 5000].map(threshold), [3, 3, 3, 3, 4, 13, 200, 200]);
}

#[test]
fn a_breaker_counts_starts_until_a_task_runs_and_checks_from_then_on() {
    let mut breaker = Breaker::new(6);
    breaker.task_failed_to_start();
    breaker.task_failed_its_checks();
    breaker.task_failed_to_start();
    assert!(!breaker.is_open(), "two of three");
    breaker.task_runs();
    breaker.task_failed_to_start();
    breaker.task_failed_its_checks();
    breaker.task_failed_its_checks();
    breaker.task_runs();
    assert!(!breaker.is_open(), "two of three in the second stage");
    breaker.task_failed_its_checks();
    assert!(breaker.is_open());
}

#[test]
fn a_failed_deployment_gives_way_to_the_last_that_completed() {
    assert_eq!(failed(7, true, Some(5)), Failed::RollsBack { to: 5 });
    assert_eq!(failed(7, false, Some(5)), Failed::Stops);
    assert_eq!(failed(7, true, None), Failed::Stops);
    assert_eq!(failed(5, true, Some(5)), Failed::Stops, "it has come back already");
}

#[test]
fn starts_that_fail_are_tried_less_and_less_often() {
    let mut throttle = Throttle::new(StartThrottle::default());
    let mut waits = Vec::new();
    for _ in 0..12 {
        let now = throttle.until();
        throttle.task_failed_to_start(now);
        throttle.task_failed_to_start(now);
        waits.push(throttle.until().since(now).as_nanos() / 1_000_000_000);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    throttle.reset();
    assert_eq!(throttle.until(), SimTime::ZERO);
    throttle.task_failed_to_start(seconds(10_000));
    assert_eq!(throttle.until(), seconds(10_001));
}

#[test]
fn five_hundred_tasks_start_in_a_minute() {
    let mut pace = Pace::default();
    assert_eq!((pace.take(seconds(30), 400), pace.take(seconds(40), 400)), (400, 100));
    assert_eq!((pace.take(seconds(59), 1), pace.next()), (0, seconds(60)));
    assert_eq!(pace.take(seconds(60), 400), 400);
}

#[test]
fn zones_are_uneven_by_two() {
    use super::rebalance::uneven;
    assert_eq!(uneven(&[2, 4, 3]), Some((1, 0)));
    assert_eq!(uneven(&[0, 3, 3]), Some((1, 0)), "of equals the first");
    assert_eq!(uneven(&[2, 3, 3]), None);
    assert_eq!((uneven(&[5]), uneven(&[])), (None, None));
}

#[test]
fn the_fullest_zone_gives_what_is_beyond_an_even_part() {
    use super::rebalance::excess;
    // 500 tasks are 167, 167 and 166
    assert_eq!(excess(&[500, 0, 0]), 333);
    assert_eq!(excess(&[1, 4, 1]), 2);
    assert_eq!(excess(&[3, 1]), 1);
    assert_eq!(excess(&[2, 2, 0]), 1, "none is beyond it, and one has to move");
}

const ACTIVE: InstanceState = InstanceState::Eligible;

fn instances(states: &[InstanceState]) -> Vec<InstanceView> {
    let numbered = (0..).zip(states);
    numbered.map(|(instance, &state)| InstanceView { instance, state }).collect()
}

/// A task on each of these instances, by its number.
fn daemons(of: &[(u32, bool, Health)]) -> Vec<DaemonView> {
    let task = |&(instance, current, health)| DaemonView {
        task: 100 + instance,
        instance,
        current,
        health,
    };
    of.iter().map(task).collect()
}

fn daemon(start: &[u32], stop: &[u32], standing: Standing) -> DaemonStep {
    DaemonStep { start: start.to_vec(), stop: stop.to_vec(), standing }
}

#[test]
fn a_daemon_runs_on_each_instance_and_leaves_a_drained_one_last() {
    let draining = |others| InstanceState::Draining { others };
    let states = [ACTIVE, ACTIVE, draining(1), InstanceState::Excluded];
    let tasks = daemons(&[
        (0, true, Health::Healthy),
        (2, true, Health::Healthy),
        (3, true, Health::Healthy),
    ]);
    let found = daemon::step(0, &instances(&states), &tasks);
    assert_eq!(found, daemon(&[1], &[103], Standing::Moving));
    let states = [ACTIVE, draining(0)];
    let tasks = daemons(&[(0, true, Health::Healthy), (1, true, Health::Healthy)]);
    let found = daemon::step(0, &instances(&states), &tasks);
    assert_eq!(found, daemon(&[], &[101], Standing::Moving));
    let found = daemon::step(0, &instances(&[ACTIVE]), &tasks[..1]);
    assert_eq!(found, daemon(&[], &[], Standing::Steady));
}

#[test]
fn daemons_are_updated_as_many_at_a_time_as_may_be_missing() {
    let states = instances(&[ACTIVE; 4]);
    let old = daemons(&[0, 1, 2, 3].map(|at| (at, false, Health::Healthy)));
    assert_eq!(daemon::step(0, &states, &old).stop, [100, 101, 102, 103]);
    assert_eq!(daemon::step(50, &states, &old).stop, [100, 101]);
    // 51 % of 4 are 2.04, rounded up 3
    assert_eq!(daemon::step(51, &states, &old).stop, [100]);
    assert_eq!(daemon::step(100, &states, &old), daemon(&[], &[], Standing::Blocked));
    // the next goes when the first is back
    let mut tasks = old;
    (tasks[0].current, tasks[0].health) = (true, Health::Pending);
    assert_eq!(daemon::step(75, &states, &tasks), daemon(&[], &[], Standing::Moving));
    tasks[0].health = Health::Healthy;
    assert_eq!(daemon::step(75, &states, &tasks).stop, [101]);
    tasks[0].health = Health::Unhealthy;
    assert_eq!(daemon::step(75, &states, &tasks).stop, [100]);
}
