//! Rolling updates step by step.

use super::rig::{Rig, offers, settings};
use super::words::{events, life};
use crate::aws::ecs::control::Settings;
use crate::engine::SimDuration;
use crate::scenario::aws::StartThrottle;

const BREAKER: &str = r#""deploymentConfiguration": {
    "deploymentCircuitBreaker": {"enable": true, "rollback": true}},"#;

fn limits(min: u32, max: u32) -> String {
    format!(
        r#""deploymentConfiguration": {{"minimumHealthyPercent": {min}, "maximumPercent": {max}}},"#
    )
}

/// A service of four tasks that are healthy, and gets another task definition at 100 s. Processes
/// take four seconds to end.
fn deployed(min: u32, max: u32) -> Rig {
    let mut rig = Rig::new(2);
    rig.stops = 4_000;
    rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(4, &limits(min, max));
    rig.told_until(100_000, |_, _| None);
    let to = rig.define("web", "app:2", 128, 128, "");
    rig.call(|control, around| control.deploy(web, to, around));
    rig
}

/// When how many tasks came, ran, were to stop, and stopped.
fn steps(rig: &mut Rig, until: u64) -> Vec<String> {
    let told = rig.told_until(until, |log, entry| {
        let text = life(log, entry)?;
        let what = ["created", "runs", "stopping", "stopped"];
        what.into_iter().find(|what| text.contains(what)).map(str::to_owned)
    });
    let mut steps: Vec<(String, u32)> = Vec::new();
    for text in told {
        match steps.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => steps.push((text, 1)),
        }
    }
    steps.into_iter().map(|(text, count)| format!("{text} {count}")).collect()
}

#[test]
fn with_100_and_200_per_cent_all_new_tasks_come_at_once() {
    let mut rig = deployed(100, 200);
    let expected = [
        "100 created 4",
        "102 runs 4",
        // they are healthy after forty seconds
        "142 stopping 4",
        "146 stopped 4",
    ];
    assert_eq!(steps(&mut rig, 300_000), expected);
}

#[test]
fn with_50_and_100_per_cent_half_go_before_others_come() {
    let mut rig = deployed(50, 100);
    let expected = [
        "100 stopping 2",
        "104 stopped 2",
        "104 created 2",
        "106 runs 2",
        // four are healthy again, and two may go
        "146 stopping 2",
        "150 stopped 2",
        "150 created 2",
        "152 runs 2",
    ];
    assert_eq!(steps(&mut rig, 300_000), expected);
}

#[test]
fn with_100_and_150_per_cent_two_come_at_a_time() {
    let mut rig = deployed(100, 150);
    let expected = [
        "100 created 2",
        "102 runs 2",
        "142 stopping 2",
        "146 stopped 2",
        "146 created 2",
        "148 runs 2",
        "188 stopping 2",
        "192 stopped 2",
    ];
    assert_eq!(steps(&mut rig, 300_000), expected);
}

#[test]
fn with_100_and_100_per_cent_nothing_ever_happens() {
    let mut rig = deployed(100, 100);
    assert_eq!(rig.told_until(10_000_000, events), ["100 Deploys 1", "100 Deadlock 0"]);
}

#[test]
fn a_deployment_completes_when_the_service_is_steady() {
    let mut rig = deployed(100, 200);
    let told = rig.told_until(300_000, events);
    let expected =
        ["100 Deploys 1", "100 Started 4", "142 Stopped 4", "146 Completed 1", "146 Steady 0"];
    assert_eq!(told, expected);
}

#[test]
fn the_breaker_opens_at_the_third_failure_and_the_old_deployment_comes_back() {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(4, BREAKER);
    rig.told_until(100_000, |_, _| None);
    let to = rig.define("web", "missing:1", 128, 128, "");
    rig.call(|control, around| control.deploy(web, to, around));
    // four are started and fail at once when the agent has them; half of four are two, but three
    // failures are allowed at least
    let told = rig.told_until(110_000, events);
    let expected = [
        "100 Deploys 1",
        "100 Started 4",
        "101 Inconsistent 4",
        "101 RollsBack 0",
        // the old tasks are there and healthy
        "101 Completed 0",
        "101 Steady 0",
    ];
    assert_eq!(told, expected);
    assert_eq!(rig.control.counts().running, 4);
}

#[test]
fn a_large_service_is_allowed_more_failures() {
    let mut rig = Rig::new(4);
    rig.define("web", "missing:1", 128, 128, "");
    rig.serve(10, BREAKER);
    // five of ten; nothing is there to roll back to. The first attempt has ten failures
    let told = rig.told_until(1_000_000, events);
    assert_eq!(told, ["0 Started 10", "1 Inconsistent 0", "1 Failed 0"]);
    assert_eq!(rig.control.totals().created, 10);
}

#[test]
fn without_a_breaker_attempts_come_less_and_less_often() {
    let mut rig = Rig::new(1);
    rig.define("web", "missing:1", 128, 128, "");
    rig.serve(1, "");
    let told = rig
        .told_until(40_000, |log, entry| life(log, entry).filter(|text| text.contains("created")));
    // each fails one second after it was made; then 1, 2, 4, 8, 16 s
    let expected = [
        "0 t0 created",
        "2 t1 created",
        "5 t2 created",
        "10 t3 created",
        "19 t4 created",
        "36 t5 created",
    ];
    assert_eq!(told, expected);
}

#[test]
fn how_the_wait_between_attempts_grows_is_a_setting() {
    let start_throttle = StartThrottle {
        first: SimDuration::from_secs(2),
        factor: 3,
        most: SimDuration::from_secs(10),
    };
    let mut rig = Rig::with(Settings { start_throttle, ..settings() });
    rig.join(0, None, offers(2, 4000));
    rig.define("web", "missing:1", 128, 128, "");
    rig.serve(1, "");
    let told = rig
        .told_until(40_000, |log, entry| life(log, entry).filter(|text| text.contains("created")));
    // each fails one second after it was made; then 2, 6, 10, 10 s
    let expected =
        ["0 t0 created", "3 t1 created", "10 t2 created", "21 t3 created", "32 t4 created"];
    assert_eq!(told, expected);
}

#[test]
fn the_load_balancer_decides_who_is_healthy() {
    let mut rig = Rig::new(2);
    let port = r#"{"family": "web", "containerDefinitions": [{"name": "app", "image": "app:1",
        "memory": 128, "portMappings": [{"containerPort": 80}]}]}"#;
    rig.define_json(port);
    let balanced = r#""loadBalancers": [{"targetGroupArn":
        "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1", "containerName": "app",
        "containerPort": 80}],"#;
    let web = rig.serve(2, balanced);
    // healthy as soon as the target group says so
    assert_eq!(rig.told_until(50_000, events), ["0 Started 2", "2 Completed 0", "2 Steady 0"]);
    let task = rig.control.tasks_of(web).next().expect("it has tasks");
    rig.run_to(100_000);
    rig.told_until(100_000, life);
    rig.call(|control, around| control.target_health(task, false, around));
    let told = rig.told_until(200_000, life);
    // another comes first; the sick one leaves its target group within five seconds, then stops
    assert_eq!(told[..3], ["100 t2 created", "100 t2 on i-0", "102 t2 runs"]);
    assert!(told[3].starts_with("102 t0 stopping: Task failed ELB health checks"), "{}", told[3]);
    assert_eq!(
        told[4..],
        ["107 t0 container 0 exits 0", "107 t0 stopped: ServiceSchedulerInitiated"]
    );
}

#[test]
fn checks_within_the_grace_period_harm_nobody() {
    let mut rig = Rig::new(2);
    rig.healthy_after = None;
    rig.define_json(
        r#"{"family": "web", "containerDefinitions": [{"name": "app", "image": "app:1",
            "memory": 128, "portMappings": [{"containerPort": 80}]}]}"#,
    );
    let web = rig.serve(
        1,
        r#""healthCheckGracePeriodSeconds": 100, "loadBalancers": [{"targetGroupArn":
            "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/1", "containerName": "app",
            "containerPort": 80}],"#,
    );
    rig.run_to(10_000);
    let task = rig.control.tasks_of(web).next().expect("it has one");
    rig.call(|control, around| control.target_health(task, false, around));
    rig.told_until(101_999, life);
    assert_eq!(rig.control.tasks_of(web).count(), 1);
    // it runs since 2 s: at 102 another is started in its place
    let told = rig.told_until(103_000, life);
    assert_eq!(told, ["102 t1 created", "102 t1 on i-1"]);
}

#[test]
fn an_alarm_gives_a_deployment_up() {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(
        2,
        r#""deploymentConfiguration": {
            "alarms": {"alarmNames": ["errors"], "enable": true, "rollback": true}},"#,
    );
    rig.told_until(100_000, |_, _| None);
    let to = rig.define("web", "app:2", 128, 128, "");
    rig.call(|control, around| control.deploy(web, to, around));
    rig.run_to(120_000);
    rig.call(|control, around| control.deployment_alarm(web, around));
    let told = rig.told_until(200_000, events);
    let expected = [
        "100 Deploys 1",
        "100 Started 2",
        "120 RollsBack 0",
        "120 Stopped 2",
        "120 Completed 0",
        "120 Steady 0",
    ];
    assert_eq!(told, expected);
    assert_eq!(rig.control.definition(rig.control.deployed(web)).containers[0].image, "app:1");
}

#[test]
fn at_most_five_hundred_tasks_start_in_a_minute() {
    let mut rig = Rig::new(0);
    rig.join(0, None, offers(16, 64_000));
    rig.define("web", "app:1", 8, 8, "");
    rig.serve(1200, "");
    let started = |rig: &mut Rig, until| {
        rig.told_until(until, |log, entry| {
            events(log, entry).filter(|text| text.starts_with("Started"))
        })
    };
    let expected = ["0 Started 500", "60 Started 500", "120 Started 200"];
    assert_eq!(started(&mut rig, 200_000), expected);
}
