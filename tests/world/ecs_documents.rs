//! Task definitions, services and alarms as users have them, with an app in their tasks.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;

use crate::lab::{HOST, app, of, run, simulation};

/// Two minutes and a half of a service of two tasks on Fargate that are up after a second, whose
/// app uses so much memory of 512 MiB and answers 90 s later.
fn play(memory: &str) -> Recording {
    let app = app(
        "web",
        &format!(
            "workload = 'front'\nstart = '90s'\nmemory = {{ base = '{memory}' }}\n\
             traffic = {{ arrivals = {{ deterministic = '2/s' }} }}\ndemand = '10ms'"
        ),
    );
    let cluster = "
[[cluster]]
name = 'ecs'
kind = 'ecs'
engine = { start = '0s' }
[cluster.ecs]
task_definitions = ['tests/data/ecs/web.json']
services = ['tests/data/ecs/service.json']
scaling = ['tests/data/ecs/alarm.json']
interface = '0s'
fargate = '1s'
agent = '0s'
";
    run(&[&simulation("150s"), HOST, &app, cluster])
}

/// When something of this kind happened, in seconds.
fn times(recording: &Recording, reason: Reason) -> Vec<f64> {
    let events = recording.events.events.iter().filter(|event| event.reason == reason);
    events.map(|event| event.time.as_secs_f64()).collect()
}

#[test]
fn an_app_in_the_tasks_of_a_service_answers_and_its_deployment_completes() {
    let recording = play("100MiB");
    // without load balancer and health checks a task is healthy 40 s after it runs
    assert_eq!(times(&recording, Reason::ServiceDeploymentCompleted), [41.0]);
    assert_eq!(times(&recording, Reason::ServiceDeploymentFailed), []);
    let web = of(&recording, "web");
    // its process answers from 91 s on: two requests a second until 150 s, at the ends in part
    assert!((116..=119).contains(&web.requests.succeeded), "{:?}", web.requests);
}

#[test]
fn an_alarm_gives_up_the_deployment_that_it_watches() {
    // 60 % are more than 40 from the first minute on, when the deployment has completed: nothing
    // happens to that; a task with more to do than 40 s
    let recording = play("300MiB");
    assert_eq!(times(&recording, Reason::ServiceDeploymentFailed), []);
    assert_eq!(times(&recording, Reason::ServiceDeploymentCompleted), [41.0]);
}
