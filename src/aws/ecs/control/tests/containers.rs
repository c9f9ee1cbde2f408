//! What an agent does with the containers of a task.

use super::rig::Rig;
use super::words::life;
use crate::aws::ecs::control::log::Entry;
use crate::aws::ecs::task::StopReason;

/// A service of one task of these containers, which are a list of JSON.
fn task(containers: &str) -> Rig {
    let mut rig = Rig::new(1);
    rig.define_json(&format!(r#"{{"family": "web", "containerDefinitions": [{containers}]}}"#));
    rig.serve(1, "");
    rig
}

fn starts(rig: &mut Rig, until: u64) -> Vec<String> {
    rig.told_until(until, |log, entry| match entry {
        Entry::Started { task: 0, container } => Some(format!("container {container} runs")),
        Entry::Exited { task: 0, container, code, .. } => {
            Some(format!("container {container} exits {code}"))
        }
        Entry::Running { task: 0 }
        | Entry::Stopping { task: 0, .. }
        | Entry::Stopped { task: 0, .. } => life(log, entry),
        _ => None,
    })
}

#[test]
fn containers_start_in_their_order() {
    // `setup` ends well after a minute, then `app` starts, and when that is healthy `side`
    let mut rig = task(
        r#"{"name": "side", "image": "sidecar:1", "memory": 64, "essential": false,
            "dependsOn": [{"containerName": "app", "condition": "HEALTHY"}]},
           {"name": "app", "image": "app:1", "memory": 64,
            "dependsOn": [{"containerName": "setup", "condition": "SUCCESS"}],
            "healthCheck": {"command": ["CMD", "true"], "interval": 10}},
           {"name": "setup", "image": "task:1", "memory": 64, "essential": false}"#,
    );
    let expected = [
        "2 container 2 runs",
        "62 container 2 exits 0",
        "63 container 1 runs",
        // the check looks ten seconds after the start
        "74 container 0 runs",
        "74 t0 runs",
    ];
    assert_eq!(starts(&mut rig, 200_000), expected);
}

#[test]
fn a_dependency_that_fails_stops_the_task() {
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64,
            "dependsOn": [{"containerName": "setup", "condition": "SUCCESS"}]},
           {"name": "setup", "image": "broken:1", "memory": 64, "essential": false}"#,
    );
    let expected = [
        "2 container 1 runs",
        "5 container 1 exits 1",
        "5 t0 stopping: container app could not start: a dependency failed",
        "5 t0 stopped: TaskFailedToStart",
    ];
    assert_eq!(starts(&mut rig, 5_500), expected);
}

#[test]
fn a_dependency_that_takes_too_long_stops_the_task() {
    // it would take a minute
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64,
            "dependsOn": [{"containerName": "setup", "condition": "COMPLETE"}]},
           {"name": "setup", "image": "task:1", "memory": 64, "essential": false,
            "startTimeout": 20}"#,
    );
    let told = starts(&mut rig, 100_000);
    let expected = [
        "2 container 1 runs",
        "22 t0 stopping: container app could not start: a dependency failed",
        "22 container 1 exits 0",
        "22 t0 stopped: TaskFailedToStart",
    ];
    assert_eq!(told[..4], expected);
}

#[test]
fn an_essential_container_takes_the_others_with_it() {
    let mut rig = task(
        r#"{"name": "app", "image": "broken:1", "memory": 64},
           {"name": "side", "image": "sidecar:1", "memory": 64}"#,
    );
    rig.stops = 2_000;
    let expected = [
        "2 container 0 runs",
        "2 container 1 runs",
        "2 t0 runs",
        "5 container 0 exits 1",
        "5 t0 stopping: Essential container in task exited",
        "7 container 1 exits 0",
        "7 t0 stopped: EssentialContainerExited",
    ];
    assert_eq!(starts(&mut rig, 9_000), expected);
    // it ran, so that nothing holds the next one back: that came at 5
    assert_eq!(rig.control.totals().created, 2);
    assert_eq!(rig.control.totals().never_ran, 0);
}

#[test]
fn others_outlive_a_container_that_is_not_essential() {
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64},
           {"name": "side", "image": "broken:1", "memory": 64, "essential": false}"#,
    );
    let told = starts(&mut rig, 1_000_000);
    let expected =
        ["2 container 0 runs", "2 container 1 runs", "2 t0 runs", "5 container 1 exits 1"];
    assert_eq!(told, expected);
}

#[test]
fn a_container_that_does_not_stop_is_killed_after_its_time() {
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64, "stopTimeout": 12},
           {"name": "side", "image": "sidecar:1", "memory": 64}"#,
    );
    rig.stops = 1_000_000;
    starts(&mut rig, 100_000);
    let web = rig.control.find_service("web").expect("it is there");
    rig.call(|control, around| control.set_desired(web, 0, around));
    let told = starts(&mut rig, 200_000);
    // twelve seconds as it says, thirty by the agent's default
    let expected = ["112 container 0 exits 137", "130 container 1 exits 137"];
    assert_eq!(told[1..3], expected);
    assert_eq!(told[3], "130 t0 stopped: ServiceSchedulerInitiated");
}

#[test]
fn containers_stop_after_those_that_depend_on_them() {
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64,
            "dependsOn": [{"containerName": "proxy", "condition": "START"}]},
           {"name": "proxy", "image": "sidecar:1", "memory": 64}"#,
    );
    rig.stops = 3_000;
    assert_eq!(starts(&mut rig, 100_000)[..2], ["2 container 1 runs", "3 container 0 runs"]);
    let web = rig.control.find_service("web").expect("it is there");
    rig.call(|control, around| control.set_desired(web, 0, around));
    let told = starts(&mut rig, 200_000);
    assert_eq!(told[1..3], ["103 container 0 exits 0", "106 container 1 exits 0"]);
}

#[test]
fn a_restart_policy_spares_the_task() {
    // it runs for a minute each time, which is as long as it must
    let mut rig = task(
        r#"{"name": "app", "image": "task:1", "memory": 64,
            "restartPolicy": {"enabled": true, "restartAttemptPeriod": 60}}"#,
    );
    let expected = [
        "2 t0 runs",
        "62 container 0 exits 0",
        "63 container 0 runs",
        "123 container 0 exits 0",
        "124 container 0 runs",
    ];
    assert_eq!(starts(&mut rig, 150_000), expected);
    // and one that ends too soon is not started again
    let mut rig = task(
        r#"{"name": "app", "image": "broken:1", "memory": 64,
            "restartPolicy": {"enabled": true, "restartAttemptPeriod": 60}}"#,
    );
    assert_eq!(starts(&mut rig, 6_000)[2], "5 t0 stopping: Essential container in task exited");
}

#[test]
fn a_container_that_is_unhealthy_has_its_task_replaced() {
    let mut rig = task(
        r#"{"name": "app", "image": "app:1", "memory": 64,
            "healthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 2}}"#,
    );
    rig.run_to(100_000);
    rig.told_until(100_000, life);
    let web = rig.control.find_service("web").expect("it is there");
    let task = rig.control.tasks_of(web).next().expect("it has one");
    rig.call(|control, around| control.answers(task, 0, false, around));
    // looks at 102, 112: the second failure; the new one is healthy at the look of 124
    let told = rig.told_until(200_000, life);
    let expected = [
        "112 t1 created",
        "112 t1 on i-0",
        "114 t1 runs",
        "124 t0 stopping: Task failed container health checks",
        "124 t0 container 0 exits 0",
        "124 t0 stopped: ServiceSchedulerInitiated",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_image_that_cannot_be_pulled_stops_the_task() {
    let mut rig = task(r#"{"name": "app", "image": "missing:1", "memory": 64}"#);
    let told = starts(&mut rig, 1_500);
    let why = "1 t0 stopping: CannotPullContainerError: image `missing:1` cannot be pulled: the \
               registry has no such image";
    assert_eq!(told[0], why);
    assert_eq!(told[1], "1 t0 stopped: TaskFailedToStart");
}

#[test]
fn a_role_that_does_not_allow_it_stops_the_task() {
    let mut rig = Rig::new(1);
    rig.define("web", "app:1", 128, 128, "");
    rig.denied = Some(StopReason::ResourceInitialization("no secrets".to_owned()));
    rig.serve(1, "");
    let told = starts(&mut rig, 1_500);
    let why = "1 t0 stopping: ResourceInitializationError: no secrets";
    assert_eq!(told, [why, "1 t0 stopped: TaskFailedToStart"]);
}
