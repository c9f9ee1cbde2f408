//! Init containers and sidecars: what comes when.

use crate::kubernetes::objects::{Container, PodTemplate, RestartPolicy};

use super::super::Exit;
use super::stage::{Behaviour, Event, Stage, container, ends, every, secs, serves};

fn sidecar(name: &str) -> Container {
    Container { sidecar: true, ..container(name) }
}

#[test]
fn init_containers_one_by_one_then_all_others_together() {
    let template = PodTemplate {
        init: vec![container("schema"), container("seed")],
        containers: vec![container("app"), container("proxy")],
        ..PodTemplate::default()
    };
    let behaviours = vec![
        ends(2_000, Exit::SUCCESS),
        ends(3_000, Exit::SUCCESS),
        Behaviour { pull: 1_000, ..Behaviour::default() },
        Behaviour { pull: 4_000, ..Behaviour::default() },
    ];
    let mut stage = Stage::new(template, behaviours);
    stage.play(100_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "2 exit 0",
            "2 start 1",
            "5 exit 1",
            "5 start 2",
            "5 start 3",
            "5 Pending 0",
            "9 Running ready 0",
        ]
    );
}

#[test]
fn a_failed_init_container_is_tried_again_with_back_off_unless_never() {
    let template = PodTemplate {
        init: vec![container("schema")],
        containers: vec![container("app")],
        ..PodTemplate::default()
    };
    let behaviours = || vec![ends(1_000, Exit::FAILURE), Behaviour::default()];
    let mut stage = Stage::new(template.clone(), behaviours());
    stage.play(40_000);
    assert_eq!(stage.said(&["start"]), ["0 start 0", "1 start 0", "12 start 0", "33 start 0"]);
    let never = PodTemplate { restart: RestartPolicy::Never, ..template };
    let mut stage = Stage::new(never, behaviours());
    stage.play(40_000);
    assert_eq!(stage.log, ["0 start 0", "1 exit 0", "1 Failed uninitialized 0", "1 finished",]);
}

#[test]
fn a_sidecar_counts_once_it_has_started_and_stops_after_the_others_the_last_first() {
    let mut mesh = sidecar("mesh");
    mesh.startup = every(2);
    let template = PodTemplate {
        init: vec![mesh, container("schema"), sidecar("logs")],
        containers: vec![container("app")],
        grace: secs(30),
        ..PodTemplate::default()
    };
    let behaviours = vec![
        Behaviour { answers: vec![2_500], ..serves(1_500) },
        ends(1_000, Exit::SUCCESS),
        serves(2_500),
        serves(3_700),
    ];
    let mut stage = Stage::new(template, behaviours);
    stage.at(20_000, Event::Terminate(30));
    stage.play(100_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "4 start 1",
            "5 exit 1",
            "5 start 2",
            "5 start 3",
            "5 Pending 0",
            "5 Running ready 0",
            "20 signal 3",
            "23.7 exit 3",
            "23.7 signal 2",
            "23.7 Running 0",
            "26.2 exit 2",
            "26.2 signal 0",
            "27.7 exit 0",
            "27.7 Succeeded 0",
            "27.7 finished",
        ]
    );
}

#[test]
fn sidecars_that_are_late_have_what_is_left_of_the_grace_and_two_seconds_at_least() {
    let template = PodTemplate {
        init: vec![sidecar("mesh"), sidecar("logs")],
        containers: vec![container("app")],
        grace: secs(10),
        ..PodTemplate::default()
    };
    // the app takes 7.5 s; then the logs have 10 - 7 = 3 s; the mesh waits to the end of the grace
    let behaviours = vec![Behaviour::default(), Behaviour::default(), serves(7_500)];
    let mut stage = Stage::new(template, behaviours);
    stage.at(20_000, Event::Terminate(10));
    stage.play(100_000);
    assert_eq!(
        stage.said(&["signal", "kill", "finished"]),
        ["20 signal 2", "27.5 signal 1", "30 signal 0", "30.5 kill 1", "32 kill 0", "32 finished",]
    );
}

#[test]
fn sidecars_are_started_again_always_and_do_not_keep_a_finished_pod() {
    let template = PodTemplate {
        init: vec![sidecar("logs")],
        containers: vec![container("work")],
        restart: RestartPolicy::Never,
        grace: secs(30),
        ..PodTemplate::default()
    };
    let logs = Behaviour { life: Some((6_000, Exit::SUCCESS)), ..serves(500) };
    let mut stage = Stage::new(template, vec![logs, ends(15_000, Exit::SUCCESS)]);
    stage.play(100_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 start 1",
            "0 Pending 0",
            "0 Running ready 0",
            "6 exit 0",
            "6 start 0",
            "6 Running 0",
            "6 Running ready 1",
            "12 exit 0",
            "12 Running 1",
            "15 exit 1",
            "15 Succeeded 1",
            "15 finished",
        ]
    );
}
