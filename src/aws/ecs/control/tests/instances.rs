//! Instances are drained and lost; tasks are protected, rebalanced, and have interfaces.

use super::rig::{Rig, offers, settings};
use super::words::life;
use crate::aws::ecs::control::TaskId;

/// Two tasks on each of two instances, healthy at 100 s.
fn four_tasks(more: &str) -> Rig {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 512, 512, "");
    rig.serve(4, more);
    rig.told_until(100_000, |_, _| None);
    rig
}

fn short(rig: &mut Rig, until: u64) -> Vec<String> {
    rig.told_until(until, |log, entry| {
        let text = life(log, entry)?;
        let end = text.find(':').unwrap_or(text.len());
        (!text.contains("exits")).then(|| text[..end].to_owned())
    })
}

#[test]
fn running_tasks_leave_a_drained_instance_within_the_limits() {
    let mut rig = four_tasks("");
    rig.call(|control, around| control.drain(0, around));
    let expected = [
        "100 t4 created",
        "100 t4 on i-1",
        "100 t5 created",
        "100 t5 on i-1",
        "102 t4 runs",
        "102 t5 runs",
        // those in their place are healthy
        "142 t2 stopping",
        "142 t0 stopping",
        "142 t2 stopped",
        "142 t0 stopped",
    ];
    let mut told = short(&mut rig, 300_000);
    // which of the two goes first is drawn by lot where both are as good
    told[6..].sort();
    let mut expected = expected.to_vec();
    expected[6..].sort_unstable();
    assert_eq!(told, expected);
    assert_eq!(rig.heard, ["142 i-0 drained"]);
}

#[test]
fn pending_tasks_leave_a_drained_instance_at_once() {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 512, 512, "");
    rig.serve(2, "");
    rig.run_to(500);
    rig.call(|control, around| control.drain(0, around));
    let told = short(&mut rig, 10_000);
    let expected = [
        "0 t0 created",
        "0 t0 on i-0",
        "0 t1 created",
        "0 t1 on i-1",
        "0.5 t0 stopping",
        "0.5 t0 stopped",
        "0.5 t2 created",
        "0.5 t2 on i-1",
        "2 t1 runs",
        "2.5 t2 runs",
    ];
    assert_eq!(told, expected);
}

#[test]
fn standalone_tasks_stay_on_a_drained_instance() {
    let mut rig = Rig::new(1);
    rig.define("batch", "task:1", 512, 512, "");
    rig.run_tasks(r#"{"taskDefinition": "batch"}"#);
    rig.run_to(10_000);
    rig.call(|control, around| control.drain(0, around));
    rig.run_to(100_000);
    // it ends by itself: 2 + 60
    assert_eq!(rig.heard, ["62 i-0 drained"]);
    // and one that is empty is drained already
    let machine = rig.join(0, None, offers(2, 4000));
    rig.call(|control, around| control.drain(machine, around));
    assert_eq!(rig.heard[1], "100 i-1 drained");
}

fn of(rig: &Rig, place: usize) -> TaskId {
    let web = rig.control.find_service("web").expect("it is there");
    rig.control.tasks_of(web).nth(place).expect("it has so many")
}

#[test]
fn a_protected_task_outlives_scale_in() {
    let mut rig = four_tasks("");
    let kept = of(&rig, 3);
    rig.call(|control, around| control.protect(kept, Some(1), around)).expect("it may be");
    let web = rig.control.find_service("web").expect("it is there");
    rig.call(|control, around| control.set_desired(web, 0, around));
    rig.run_to(159_000);
    assert_eq!(rig.control.tasks_of(web).collect::<Vec<_>>(), [kept]);
    rig.run_to(161_000);
    assert_eq!(rig.control.tasks_of(web).count(), 0);
}

#[test]
fn zones_are_made_even_when_one_comes_back() {
    let mut rig = Rig::new(0);
    rig.join(0, None, offers(2, 4000));
    rig.define("web", "app:1", 256, 256, "");
    let web = rig.serve(4, "");
    rig.run_to(100_000);
    assert_eq!(rig.spread(web), [4]);
    rig.join(1, None, offers(2, 4000));
    rig.run_to(120_000);
    // as many as are too many start in the emptier zone, and 42 s later they stop in the fuller
    assert_eq!(rig.spread(web), [4, 2]);
    rig.run_to(150_000);
    assert_eq!(rig.spread(web), [2, 2]);
    rig.run_to(1_000_000);
    assert_eq!(rig.spread(web), [2, 2]);
}

const AWSVPC: &str = r#""networkMode": "awsvpc","#;
const SUBNET: &str =
    r#""networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},"#;

#[test]
fn a_task_with_an_interface_waits_for_it() {
    let mut rig = Rig::new(1);
    rig.define("web", "app:1", 128, 128, AWSVPC);
    let web = rig.serve(1, SUBNET);
    let free = rig.subnets[0].free();
    assert_eq!(short(&mut rig, 100_000), ["0 t0 created", "0 t0 on i-0", "12 t0 runs"]);
    assert_eq!(rig.subnets[0].free(), free - 1);
    rig.call(|control, around| control.set_desired(web, 0, around));
    // its part of the instance is free when the interface is detached
    assert_eq!(short(&mut rig, 200_000), ["100 t0 stopping", "110 t0 stopped"]);
    assert_eq!(rig.subnets[0].free(), free);
}

#[test]
fn interfaces_of_a_trunk_come_faster() {
    let mut rig = Rig::with(crate::aws::ecs::control::Settings { trunking: true, ..settings() });
    rig.join(0, None, offers(2, 4000));
    rig.define("web", "app:1", 128, 128, AWSVPC);
    rig.serve(1, SUBNET);
    assert_eq!(short(&mut rig, 100_000)[2], "4 t0 runs");
}

#[test]
fn a_subnet_without_addresses_fails_the_task() {
    let mut rig = Rig::new(1);
    while rig.subnets[0].take().is_ok() {}
    rig.define("web", "app:1", 128, 128, AWSVPC);
    rig.serve(1, SUBNET);
    let told = rig.told_until(500, life);
    assert_eq!(told[..2], ["0 t0 created", "0 t0 on i-0"]);
    let why = "0 t0 stopping: Unexpected EC2 error while attempting to Create Network Interface in \
               subnet 'subnet-a': InsufficientFreeAddressesInSubnet";
    assert_eq!(told[2..], [why, "0 t0 stopped: TaskFailedToStart"]);
    // it tries again later and later
    rig.run_to(30_000);
    assert_eq!(rig.control.totals().created, 5);
}

#[test]
fn an_instance_has_only_so_many_interfaces() {
    let mut rig = Rig::new(1);
    rig.define("web", "app:1", 128, 128, AWSVPC);
    let web = rig.serve(3, SUBNET);
    rig.run_to(20_000);
    assert_eq!(rig.control.tasks_of(web).count(), 2);
}
