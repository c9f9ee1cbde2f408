//! Tasks that wait for capacity, and groups that grow and shrink for them.

use super::rig::{Rig, offers, provider, settings};
use super::words::{events, life};
use crate::aws::ecs::control::{GroupView, Settings};
use crate::aws::ecs::placement::Left;
use crate::engine::SimDuration;

const STRATEGY: &str = r#""capacityProviderStrategy": [{"capacityProvider": "asg", "weight": 1}]"#;

fn cluster(types: Vec<Left>) -> Rig {
    Rig::with(Settings { providers: vec![provider(types)], ..settings() })
}

fn group(rig: &mut Rig, in_service: u32) {
    rig.groups[0] = GroupView { in_service, desired: in_service, ..GroupView::default() };
}

#[test]
fn from_nothing_a_group_always_grows_to_two() {
    let mut rig = cluster(vec![offers(2, 4000)]);
    rig.define("web", "app:1", 512, 512, "");
    rig.serve(1, &format!("{STRATEGY},"));
    rig.run_to(59_000);
    assert_eq!((rig.control.counts().provisioning, rig.heard.len()), (1, 0));
    rig.run_to(60_000);
    // one would do, but with none there the metric is 200
    assert_eq!(rig.heard, ["60 2 instances"]);
    assert_eq!(rig.control.reservation(0), Some(200.0));
    rig.run_to(150_000);
    rig.join(0, Some(0), offers(2, 4000));
    rig.join(1, Some(0), offers(2, 4000));
    group(&mut rig, 2);
    let told = rig.told_until(160_000, life);
    assert_eq!(told, ["0 t0 created", "150 t0 on i-0", "152 t0 runs"]);
    assert_eq!(rig.heard[1..], ["150 i-0 protected"]);
    // of two one is needed: for fifteen minutes, then one is let go
    rig.run_to(240_000);
    assert_eq!(rig.control.reservation(0), Some(50.0));
    rig.run_to(1_019_000);
    assert_eq!(rig.heard.len(), 2);
    rig.run_to(1_020_000);
    // minutes 180, 240, …, 1020 are fifteen
    assert_eq!(rig.heard[2..], ["1020 1 instances"]);
}

#[test]
fn a_task_that_does_not_fit_the_smallest_type_waits_for_ever() {
    let mut rig = Rig::with(Settings {
        providers: vec![provider(vec![offers(2, 2000), offers(4, 16_000)])],
        provisioning_timeout: SimDuration::from_secs(600),
        ..settings()
    });
    rig.define("web", "app:1", 512, 3000, "");
    rig.serve(1, &format!("{STRATEGY},"));
    rig.run_to(599_000);
    // the largest has room, but nothing scales
    assert!(rig.heard.is_empty());
    let told = rig.told_until(601_500, life);
    assert_eq!(told[0], "0 t0 created");
    let why = "600 t0 stopping: Timeout waiting for capacity to be provisioned. Reason: No \
               Container Instances were found in your cluster.";
    assert_eq!(told[1..3], [why, "600 t0 stopped: TaskFailedToStart"]);
    // the service tries again after a second
    assert_eq!(told[3], "601 t1 created");
}

#[test]
fn the_largest_type_gives_the_number() {
    let mut rig = cluster(vec![offers(2, 4000), offers(8, 16_000)]);
    rig.define("web", "app:1", 1024, 1024, "");
    group(&mut rig, 1);
    rig.join(0, Some(0), offers(2, 4000));
    // two fit; of eighteen more eight go on each of the largest
    rig.serve(20, &format!("{STRATEGY},"));
    rig.run_to(60_000);
    assert_eq!(rig.heard[1..], ["60 4 instances"]);
    assert_eq!(rig.control.reservation(0), Some(400.0));
}

#[test]
fn those_that_wait_are_placed_first_come_first_served() {
    let mut rig = cluster(vec![offers(2, 4000)]);
    rig.define("large", "task:1", 2048, 512, "");
    rig.define("small", "task:1", 1024, 512, "");
    let run = |rig: &mut Rig, name| {
        rig.run_tasks(&format!(r#"{{"taskDefinition": "{name}", {STRATEGY}}}"#));
    };
    run(&mut rig, "small");
    run(&mut rig, "large");
    run(&mut rig, "small");
    run(&mut rig, "small");
    rig.told_until(10_000, life);
    rig.join(0, Some(0), offers(2, 4000));
    // the large one does not fit beside the first, and lets the next go ahead
    let placed = |rig: &mut Rig, until| {
        rig.told_until(until, |log, entry| life(log, entry).filter(|text| text.contains(" on ")))
    };
    assert_eq!(placed(&mut rig, 11_000), ["10 t0 on i-0", "10 t2 on i-0"]);
    // both end at 72: the large one is first now
    assert_eq!(placed(&mut rig, 80_000), ["72 t3 on i-0"]);
    assert_eq!(placed(&mut rig, 200_000), ["134 t1 on i-0"]);
}

#[test]
fn at_most_five_hundred_tasks_wait() {
    let mut rig = cluster(vec![offers(2, 4000)]);
    rig.define("batch", "task:1", 512, 512, "");
    let call = format!(r#"{{"taskDefinition": "batch", "count": 10, {STRATEGY}}}"#);
    let made: usize = (0..500).map(|_| rig.run_tasks(&call).len()).sum();
    assert_eq!((made, rig.control.totals().refused), (500, 4500));
    rig.run_to(60_000);
    assert_eq!(rig.heard, ["60 2 instances"]);
    // a hundred instances take four each, and the rest when these are done
    for number in 0..100 {
        rig.join(number % 3, Some(0), offers(2, 4000));
    }
    group(&mut rig, 100);
    rig.run_to(61_000);
    assert_eq!((rig.control.counts().provisioning, rig.control.counts().pending), (100, 400));
    rig.run_to(1_000_000);
    assert_eq!(rig.control.counts().alive(), 0);
}

#[test]
fn a_service_says_that_too_many_tasks_wait() {
    let mut rig = cluster(vec![offers(2, 4000)]);
    rig.define("web", "app:1", 512, 512, "");
    rig.serve(501, &format!("{STRATEGY},"));
    let told = rig.told_until(500, events);
    // it may start five hundred in a minute anyway
    assert_eq!(told, ["0 Started 500"]);
    let told = rig.told_until(60_500, events);
    assert_eq!(told, ["60 unplaced: Reason: 500 tasks are in PROVISIONING already."]);
}

#[test]
fn an_instance_that_is_drained_for_its_end_says_when_it_is_empty() {
    let mut rig = cluster(vec![offers(2, 4000)]);
    rig.define("web", "app:1", 512, 512, "");
    rig.join(0, Some(0), offers(2, 4000));
    rig.join(1, Some(0), offers(2, 4000));
    group(&mut rig, 2);
    rig.serve(2, &format!("{STRATEGY},"));
    rig.run_to(100_000);
    rig.call(|control, around| control.drain(0, around));
    rig.run_to(150_000);
    assert_eq!(rig.heard[..2], ["0 i-0 protected", "0 i-1 protected"]);
    assert_eq!(rig.heard[2..], ["142 i-0 free", "142 i-0 drained"]);
}
