//! Task definitions, services and alarms as users have them, with an app in their tasks.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;
use plimsoll::metrics::summary::CostItem;

use crate::lab::{HOST, app, close, of, run, simulation};

/// Two minutes and a half of the service of this file, whose two tasks on Fargate are up after a
/// second and whose app answers so much later.
fn play(service: &str, start: &str, keys: &str, more: &str) -> Recording {
    let app = app(
        "web",
        &format!(
            "workload = 'front'\nstart = '{start}'\n{keys}\n\
             traffic = {{ arrivals = {{ deterministic = '2/s' }} }}\ndemand = '10ms'"
        ),
    );
    let cluster = format!(
        "
[[cluster]]
name = 'ecs'
kind = 'ecs'
engine = {{ start = '0s' }}
[cluster.ecs]
task_definitions = ['tests/data/ecs/watched/task.json']
services = ['tests/data/ecs/watched/{service}']
scaling = ['tests/data/ecs/watched/alarm.json']
interface = '0s'
fargate = '1s'
agent = '0s'
registration = '0s'
{more}"
    );
    run(&[&simulation("150s"), HOST, &app, &cluster])
}

/// The service whose deployments are watched, with so much of 512 MiB in use.
fn watched(memory: &str) -> Recording {
    play("service.json", "95s", &format!("memory = {{ base = '{memory}' }}"), "")
}

/// What the service says of its deployment, and when.
fn deployment(recording: &Recording) -> Vec<(f64, Reason)> {
    let log = &recording.log.events;
    let told = log.iter().filter(|event| {
        matches!(event.reason, Reason::ServiceDeploymentCompleted | Reason::ServiceDeploymentFailed)
    });
    told.map(|event| (event.time.as_secs_f64(), event.reason)).collect()
}

#[test]
fn an_app_in_the_tasks_of_a_service_answers_and_its_deployment_completes() {
    let recording = watched("100MiB");
    // up after a second and asking the registry for 50 ms, it answers at 96.05 s; of the checks
    // every 10 s the tenth is the first that succeeds
    assert_eq!(deployment(&recording), [(101.05, Reason::ServiceDeploymentCompleted)]);
    let web = of(&recording, "web");
    // two requests a second from then until 150 s, at the ends in part
    assert!((106..=109).contains(&web.requests.succeeded), "{:?}", web.requests);
}

#[test]
fn an_alarm_gives_up_the_deployment_that_it_watches() {
    // 300 MiB of 512 are 59 %: more than 40 in the first minute, when no task is healthy yet
    let recording = watched("300MiB");
    assert_eq!(deployment(&recording), [(60.0, Reason::ServiceDeploymentFailed)]);
}

#[test]
fn a_target_group_that_the_service_names_by_its_arn_is_in_front_of_the_app() {
    let group = "
[[cluster.load_balancer]]
name = 'edge'
[[cluster.target_group]]
name = 'shop'
load_balancer = 'edge'
health_check = { interval = '15s' }
";
    let recording = play("balanced.json", "10s", "", group);
    // registered as they run, at 1.05 s; no target is healthy before the second check, and while
    // none is the balancer sends to all: they refuse until they answer, at 11.05 s
    let web = of(&recording, "web");
    assert_eq!((web.requests.refused, web.requests.succeeded), (22, 277), "{:?}", web.requests);
    // its group's load balancer is the only one
    close(recording.summary.cost.by_item.of(CostItem::LoadBalancers), 0.0225);
}

#[test]
fn requests_to_tasks_without_load_balancer_need_a_rule_of_their_own() {
    let play = |ports: &str| {
        let groups = format!(
            "[[cluster.security_group]]\nname = 'tasks'\n\
             inbound = [{{ ports = '{ports}', from = '0.0.0.0/0' }}]\n"
        );
        play("closed.json", "10s", "", &groups)
    };
    let good = play("80");
    assert!(good.summary.findings.is_empty(), "{:?}", good.summary.findings);
    assert!(of(&good, "web").requests.succeeded > 100);
    let bad = play("8080");
    let [finding] = &bad.summary.findings[..] else { panic!("{:?}", bad.summary.findings) };
    assert_eq!(finding.about, "app `web`: requests from outside");
    assert_eq!(finding.advice, "add to security group `tasks`: inbound tcp 80 from 0.0.0.0/0");
    assert_eq!(of(&bad, "web").requests.succeeded, 0);
}
