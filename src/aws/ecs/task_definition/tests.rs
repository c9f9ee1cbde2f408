//! Task definitions as they are read, and what is said of wrong ones.

mod refused;

use super::container::{Condition, Dependency, HostPort, Protocol};
use super::order::{ContainerState, Start, may_stop, start};
use super::*;
use crate::engine::SimDuration;

const WEB: &str = include_str!("../../../../tests/data/ecs/web.json");

fn read(text: &str) -> TaskDefinition {
    TaskDefinition::from_json(text, "web.json").unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_definition_is_read_with_its_containers() {
    let web = read(WEB);
    assert_eq!((web.family.as_str(), web.network), ("web", NetworkMode::Awsvpc));
    assert!(web.for_fargate);
    assert_eq!((web.cpu, web.memory), (Some(CpuUnits(512)), Some(Mebibytes(1024))));
    assert_eq!(web.ephemeral_storage_gib, 30);
    let [app, proxy, migrate] = web.containers.as_slice() else { panic!("three containers") };
    assert_eq!((app.cpu, app.memory_reservation), (CpuUnits(256), Some(Mebibytes(256))));
    assert_eq!(app.ports[0].host, HostPort::Dynamic);
    assert_eq!((app.ports[0].container, app.ports[0].protocol), (8080, Protocol::Tcp));
    assert_eq!(app.stop_timeout, Some(SimDuration::from_secs(60)));
    let check = app.health_check.expect("it has one");
    assert_eq!(
        (check.interval, check.timeout),
        (SimDuration::from_secs(10), SimDuration::from_secs(5))
    );
    assert_eq!((check.retries, check.start_period), (3, SimDuration::from_secs(30)));
    assert_eq!(proxy.depends_on, [Dependency { container: 0, condition: Condition::Healthy }]);
    assert!(!migrate.essential);
    let ignored: Vec<_> = web.ignored.iter().map(|key| key.path.as_str()).collect();
    let expected =
        ["tags", "containerDefinitions[0].environment", "containerDefinitions[2].command"];
    assert_eq!(ignored, expected);
}

#[test]
fn what_the_command_line_prints_is_read_too() {
    let printed = format!(r#"{{ "taskDefinition": {WEB}, "tags": [] }}"#);
    let status = "\"status\": \"ACTIVE\", \"revision\": 3, \"family\"";
    let printed = printed.replacen("\"family\"", status, 1);
    let mut again = read(&printed);
    assert_eq!(again.revision.take(), Some(3));
    again.ignored = read(WEB).ignored;
    assert_eq!(again, read(WEB));
    assert_eq!(read(&printed).ignored.len(), read(WEB).ignored.len());
}

#[test]
fn placement_sets_aside_what_the_task_says_else_what_its_containers_do() {
    let task = r#"{ "family": "a", "containerDefinitions": [
        { "name": "x", "image": "i", "cpu": 100, "memory": 300, "memoryReservation": 200,
          "portMappings": [{ "containerPort": 80, "hostPort": 8080 }, { "containerPort": 81 }] },
        { "name": "y", "image": "i", "cpu": 28, "memory": 50,
          "resourceRequirements": [{ "type": "GPU", "value": "2" }] } ] }"#;
    let need = read(task).need();
    assert_eq!((need.cpu, need.memory, need.gpus), (CpuUnits(128), Mebibytes(250), 2));
    assert_eq!((need.interfaces, need.ports), (0, vec![(8080, Protocol::Tcp)]));
    let need = read(WEB).need();
    assert_eq!((need.cpu, need.memory, need.interfaces), (CpuUnits(512), Mebibytes(1024), 1));
    assert_eq!(need.ports, []);
    let arm = ("ecs.cpu-architecture".to_owned(), Some("arm64".to_owned()));
    assert_eq!(need.attributes, [("ecs.os-type".to_owned(), Some("linux".to_owned())), arm]);
}

#[test]
fn containers_start_when_those_they_wait_for_are_ready() {
    use ContainerState::{Healthy, Running, Stopped, Unhealthy, Waiting};
    // app waits for migrate to succeed, proxy for app to be healthy
    let containers = read(WEB).containers;
    let (app, proxy, migrate) = (0, 1, 2);
    let ended = |code| Stopped { exit_code: code };
    let starts = |place, states: [ContainerState; 3]| start(&containers, place, &states);
    assert_eq!(starts(migrate, [Waiting; 3]), Start::Now);
    assert_eq!(starts(app, [Waiting, Waiting, Running]), Start::Later);
    assert_eq!(starts(app, [Waiting, Waiting, ended(Some(0))]), Start::Now);
    assert_eq!(starts(app, [Waiting, Waiting, ended(Some(1))]), Start::Never(migrate));
    assert_eq!(starts(app, [Waiting, Waiting, ended(None)]), Start::Never(migrate));
    assert_eq!(starts(proxy, [Unhealthy, Waiting, ended(Some(0))]), Start::Later);
    assert_eq!(starts(proxy, [Healthy, Waiting, ended(Some(0))]), Start::Now);
    assert!(!may_stop(&containers, app, &[Running, Running, ended(Some(0))]));
    assert!(may_stop(&containers, app, &[Running, ended(Some(0)), ended(Some(0))]));
    assert!(may_stop(&containers, proxy, &[Running, Running, ended(Some(0))]));
}
