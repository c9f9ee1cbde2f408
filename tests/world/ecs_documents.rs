//! Task definitions, services and alarms as users have them, with an app in their tasks.

use plimsoll::metrics::Recording;
use plimsoll::metrics::events::Reason;

use crate::lab::{HOST, app, of, run, simulation};

/// Two minutes and a half of a service of two tasks on Fargate that are up after a second, whose
/// app uses so much memory of 512 MiB and answers 95 s later.
fn play(memory: &str) -> Recording {
    let app = app(
        "web",
        &format!(
            "workload = 'front'\nstart = '95s'\nmemory = {{ base = '{memory}' }}\n\
             traffic = {{ arrivals = {{ deterministic = '2/s' }} }}\ndemand = '10ms'"
        ),
    );
    let cluster = "
[[cluster]]
name = 'ecs'
kind = 'ecs'
engine = { start = '0s' }
[cluster.ecs]
task_definitions = ['tests/data/ecs/watched/task.json']
services = ['tests/data/ecs/watched/service.json']
scaling = ['tests/data/ecs/watched/alarm.json']
interface = '0s'
fargate = '1s'
agent = '0s'
";
    run(&[&simulation("150s"), HOST, &app, cluster])
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
    let recording = play("100MiB");
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
    let recording = play("300MiB");
    assert_eq!(deployment(&recording), [(60.0, Reason::ServiceDeploymentFailed)]);
}
