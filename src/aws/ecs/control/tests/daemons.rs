//! Services with a task on each instance.

use super::rig::{Rig, offers};
use super::words::life;

const DAEMON: &str = r#"{"serviceName": "agent", "taskDefinition": "agent",
    "schedulingStrategy": "DAEMON"}"#;

#[test]
fn a_daemon_is_on_each_instance_before_others() {
    let mut rig = Rig::new(1);
    rig.define("agent", "sidecar:1", 512, 512, "");
    rig.define("web", "app:1", 512, 512, "");
    let agent = rig.serve_json(DAEMON);
    let web = rig.serve(6, "");
    rig.run_to(10_000);
    // 2 vCPUs: one daemon, three others
    assert_eq!((rig.spread(agent), rig.spread(web)), (vec![1], vec![3]));
    rig.join(1, None, offers(2, 4000));
    rig.run_to(20_000);
    assert_eq!((rig.spread(agent), rig.spread(web)), (vec![1, 1], vec![3, 3]));
    rig.lose(0);
    rig.run_to(30_000);
    assert_eq!((rig.spread(agent), rig.spread(web)), (vec![0, 1], vec![0, 3]));
}

#[test]
fn a_daemon_goes_last_from_a_drained_instance() {
    let mut rig = Rig::new(1);
    rig.define("agent", "sidecar:1", 128, 128, "");
    rig.define("batch", "task:1", 128, 128, "");
    rig.serve_json(DAEMON);
    rig.run_to(1_000);
    rig.run_tasks(r#"{"taskDefinition": "batch"}"#);
    rig.run_to(10_000);
    rig.told_until(10_000, life);
    rig.call(|control, around| control.drain(0, around));
    let told = rig.told_until(100_000, life);
    assert_eq!(told[0], "63 t1 container 0 exits 0");
    assert!(told[3].starts_with("63 t0 stopping: Scaling activity"), "{told:?}");
    assert_eq!(rig.heard, ["63 i-0 drained"]);
}

#[test]
fn a_daemon_is_updated_by_stopping_the_old_one_first() {
    let mut rig = Rig::new(2);
    rig.define("agent", "sidecar:1", 128, 128, "");
    let agent = rig.serve_json(
        r#"{"serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON",
            "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 100}}"#,
    );
    rig.told_until(100_000, life);
    let to = rig.define("agent", "sidecar:1", 128, 128, "");
    rig.call(|control, around| control.deploy(agent, to, around));
    let created = rig.told_until(300_000, |log, entry| {
        life(log, entry).filter(|text| text.contains("created") || text.contains("runs"))
    });
    // one of two may be missing at a time; a new one is healthy 42 s after it came
    assert_eq!(created, ["100 t2 created", "102 t2 runs", "142 t3 created", "144 t3 runs"]);
}
