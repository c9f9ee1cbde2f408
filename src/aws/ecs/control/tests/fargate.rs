//! Tasks on Fargate.

use super::rig::Rig;
use super::words::life;

const DEFINITION: &str = r#"{"family": "web", "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc", "cpu": "256", "memory": "512",
    "containerDefinitions": [{"name": "app", "image": "app:1"}]}"#;
const NETWORK: &str = r#""networkConfiguration": {"awsvpcConfiguration":
    {"subnets": ["subnet-a", "subnet-b", "subnet-c"]}},"#;

fn serve(rig: &mut Rig, desired: u32, launch: &str) -> crate::aws::ecs::control::ServiceId {
    rig.define_json(DEFINITION);
    rig.serve(desired, &format!("{launch}, {NETWORK}"))
}

#[test]
fn a_task_gets_a_machine_an_interface_and_its_containers() {
    let mut rig = Rig::new(0);
    let web = serve(&mut rig, 2, r#""launchType": "FARGATE""#);
    let expected = [
        "0 t0 created",
        "0 t1 created",
        // the machine takes 20 s, the interface 10, agent and container one each
        "20 t0 on Fargate",
        "20 t1 on Fargate",
        "32 t0 runs",
        "32 t1 runs",
    ];
    assert_eq!(rig.told_until(100_000, life), expected);
    assert_eq!(rig.heard, ["0 machine wanted in 0", "0 machine wanted in 1"]);
    rig.call(|control, around| control.set_desired(web, 1, around));
    rig.run_to(105_000);
    rig.run_to(200_000);
    assert_eq!(rig.heard[2..], ["110 machine 1 released"]);
    // the next goes where none is
    rig.call(|control, around| control.set_desired(web, 3, around));
    assert_eq!(rig.heard.len(), 3);
    rig.run_to(200_000);
    assert_eq!(rig.heard[3..], ["200 machine wanted in 1", "200 machine wanted in 2"]);
}

#[test]
fn a_burst_of_a_hundred_then_twenty_a_second() {
    let mut rig = Rig::new(0);
    rig.define_json(DEFINITION);
    let call = format!(
        r#"{{"taskDefinition": "web", "count": 10, "launchType": "FARGATE",
        {} }}"#,
        NETWORK.trim_end_matches(',')
    );
    for _ in 0..12 {
        assert_eq!(rig.run_tasks(&call).len(), 10);
    }
    rig.run_to(500);
    // a hundred at once, ten in half a second
    assert_eq!(rig.heard.len(), 110);
    rig.run_to(1_000);
    assert_eq!(rig.heard.len(), 120);
}

#[test]
fn spot_is_taken_back_with_a_warning() {
    let mut rig = Rig::new(0);
    let spot = r#""capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]"#;
    serve(&mut rig, 1, spot);
    rig.told_until(100_000, life);
    rig.stops = 7_000;
    rig.call(|control, around| control.spot_notice(0, around));
    let told = rig.told_until(115_000, life);
    let expected = [
        "100 t0 stopping: Your Spot Task was interrupted.",
        // another is asked for at once
        "100 t1 created",
        "107 t0 container 0 exits 0",
    ];
    assert_eq!(told, expected);
    assert_eq!(rig.told_until(118_000, life), ["117 t0 stopped: SpotInterruption"]);
    assert_eq!(rig.heard[2], "117 machine 0 released");
}

#[test]
fn a_machine_that_comes_too_late_is_given_back() {
    let mut rig = Rig::new(0);
    let web = serve(&mut rig, 1, r#""launchType": "FARGATE""#);
    rig.run_to(10_000);
    rig.call(|control, around| control.set_desired(web, 0, around));
    rig.run_to(30_000);
    assert_eq!(rig.heard[1..], ["20 machine 0 released"]);
    assert_eq!(rig.control.counts().alive(), 0);
}

#[test]
fn base_and_weights_share_tasks_out() {
    let mut rig = Rig::new(0);
    let shares = r#""capacityProviderStrategy": [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3}]"#;
    let web = serve(&mut rig, 10, shares);
    rig.run_to(100_000);
    let spot = |rig: &Rig| {
        rig.control.tasks_of(web).filter(|&task| rig.control.is_on_spot(task) == Some(true)).count()
    };
    // two, and of eight more a quarter
    assert_eq!(spot(&rig), 6);
    rig.call(|control, around| control.set_desired(web, 6, around));
    rig.run_to(200_000);
    assert_eq!(spot(&rig), 3);
}
