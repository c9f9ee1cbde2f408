//! Standalone tasks.

use super::rig::Rig;
use super::words::{events, life};
use crate::aws::ecs::control::log::Entry;
use crate::engine::SimTime;

#[test]
fn tasks_run_to_their_end() {
    let mut rig = Rig::new(1);
    rig.define("batch", "task:1", 512, 512, "");
    let tasks = rig.run_tasks(r#"{"taskDefinition": "batch", "count": 2}"#);
    assert_eq!(tasks.len(), 2);
    let expected = [
        "0 t0 created",
        "0 t0 on i-0",
        "0 t1 created",
        "0 t1 on i-0",
        "2 t0 runs",
        "2 t1 runs",
        "62 t0 container 0 exits 0",
        "62 t0 stopping: Essential container in task exited",
        "62 t0 stopped: EssentialContainerExited",
        "62 t1 container 0 exits 0",
        "62 t1 stopping: Essential container in task exited",
        "62 t1 stopped: EssentialContainerExited",
    ];
    assert_eq!(rig.told_until(100_000, life), expected);
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let mut rig = Rig::new(1);
    rig.define("batch", "task:1", 512, 512, "");
    // four of half a vCPU fit
    assert_eq!(rig.run_tasks(r#"{"taskDefinition": "batch", "count": 6}"#).len(), 4);
    assert_eq!(rig.told_until(0, events), ["0 refused 2: RESOURCE:CPU"]);
    assert_eq!(rig.control.totals().refused, 2);
    let mut empty = Rig::new(0);
    empty.define("batch", "task:1", 512, 512, "");
    assert!(empty.run_tasks(r#"{"taskDefinition": "batch"}"#).is_empty());
    let why = "0 refused 1: InvalidParameterException: No Container Instances were found in your \
               cluster.";
    assert_eq!(empty.told_until(0, events), [why]);
    empty.run_tasks(r#"{"taskDefinition": "other"}"#);
    let why = "0 refused 1: ClientException: TaskDefinition not found: there is no `other`";
    assert_eq!(empty.told_until(0, events), [why]);
}

#[test]
fn a_task_can_be_stopped() {
    let mut rig = Rig::new(1);
    rig.define("batch", "app:1", 512, 512, "");
    let task = rig.run_tasks(r#"{"taskDefinition": "batch"}"#)[0];
    rig.told_until(10_000, life);
    rig.call(|control, around| control.stop_task(task, "not needed", around));
    let expected =
        ["10 t0 stopping: not needed", "10 t0 container 0 exits 0", "10 t0 stopped: UserInitiated"];
    assert_eq!(rig.told_until(20_000, life), expected);
}

#[test]
fn revisions_are_found_by_their_names() {
    let mut rig = Rig::new(0);
    let first = rig.define("web", "app:1", 512, 512, "");
    let second = rig.define("web", "app:2", 512, 512, "");
    let find = |name| rig.control.find_definition(name);
    assert_eq!(
        (find("web"), find("web:1"), find("web:2")),
        (Some(second), Some(first), Some(second))
    );
    assert_eq!(find("arn:aws:ecs:us-east-1:1:task-definition/web:1"), Some(first));
    assert_eq!((find("web:3"), find("web:0"), find("api")), (None, None, None));
    // as `describe-task-definition` prints one, and the next after it
    let ninth = rig.define("web", "app:9", 512, 512, r#""revision": 9,"#);
    let tenth = rig.define("web", "app:10", 512, 512, "");
    let find = |name| rig.control.find_definition(name);
    assert_eq!((find("web:9"), find("web:10"), find("web:3")), (Some(ninth), Some(tenth), None));
    assert_eq!((find("web"), find("web:2")), (Some(tenth), Some(second)));
}

/// What is kept of a task when it is over: its kind and its entries.
#[test]
fn a_finished_task_costs_little() {
    let mut rig = Rig::new(1);
    rig.define("batch", "task:1", 512, 512, "");
    rig.run_tasks(r#"{"taskDefinition": "batch"}"#);
    rig.run_to(1_000);
    let others = 1;
    rig.run_to(100_000);
    let entries = rig.control.log().entries().len() - others;
    let bytes = entries * size_of::<(SimTime, Entry)>() + size_of::<u32>();
    assert!(bytes <= 200, "{bytes} bytes");
    assert_eq!(rig.control.counts().alive(), 0);
}
