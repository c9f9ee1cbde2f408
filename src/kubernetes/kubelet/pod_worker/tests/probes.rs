//! When a pod is ready, and when its containers are killed.

use crate::kubernetes::objects::{Container, PodTemplate, Probe};

use super::stage::{Behaviour, Event, Stage, container, every, secs, serves};

fn pod(app: Container, behaviour: Behaviour) -> Stage {
    let template = PodTemplate { containers: vec![app], grace: secs(30), ..PodTemplate::default() };
    Stage::new(template, vec![behaviour])
}

#[test]
fn readiness_is_asked_at_the_start_and_every_period_after_it() {
    let app = Container { readiness: every(10), ..container("app") };
    let behaviour =
        Behaviour { pull: 3_500, answers: vec![12_000, 40_000, 70_000], ..Behaviour::default() };
    let mut stage = pod(app, behaviour);
    stage.play(200_000);
    // probes at 3.5, 13.5, 23.5, …; answers from 15.5 to 43.5 and from 73.5 on: at 43.5 it ceased
    // already; the third failure is that of 63.5
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 Pending 0",
            "3.5 Running 0",
            "23.5 Running ready 0",
            "63.5 Running 0",
            "73.5 Running ready 0",
        ]
    );
    assert_eq!(stage.wakes, 3);
}

#[test]
fn an_app_that_answers_from_its_start_is_ready_at_once() {
    let app = Container { readiness: every(10), ..container("app") };
    let mut stage = pod(app, Behaviour { pull: 3_500, answers: vec![0], ..Behaviour::default() });
    stage.play(100_000);
    assert_eq!(stage.said(&["Running"]), ["3.5 Running 0", "3.5 Running ready 0"]);
}

#[test]
fn an_initial_delay_leaves_ticks_out_and_does_not_move_them() {
    let late = Probe { initial_delay: secs(5), ..every(10).unwrap() };
    let app = Container { readiness: Some(late), ..container("app") };
    let mut stage = pod(app, Behaviour { pull: 3_500, answers: vec![0], ..Behaviour::default() });
    stage.play(100_000);
    assert_eq!(stage.said(&["Running"]), ["3.5 Running 0", "13.5 Running ready 0"]);
}

#[test]
fn the_others_wait_for_the_startup_probe_and_readiness_follows_it_at_once() {
    let mut app = container("app");
    app.startup = Some(Probe { failure_threshold: 30, ..every(2).unwrap() });
    app.readiness = every(10);
    app.liveness = Some(Probe { failure_threshold: 1, ..every(7).unwrap() });
    // ticks of the pod: startup at 4, 6, 8, …; it runs from 3.5 and answers from 20.5 to 33
    let behaviour = Behaviour {
        pull: 3_500,
        answers: vec![17_000, 29_500],
        stops: Some(0),
        ..Behaviour::default()
    };
    let mut stage = pod(app, behaviour);
    stage.play(36_000);
    assert_eq!(
        stage.said(&["Running", "signal", "exit"]),
        [
            "3.5 Running 0",
            "22 Running ready 0",
            // alive at 28, and not at 35; unready only at the third failure, which is to be that
            // of 62
            "35 signal 0",
            "35 exit 0",
            "35 Running 0",
        ]
    );
}

#[test]
fn a_startup_probe_that_fails_kills_with_its_own_grace() {
    let mut app = container("app");
    app.startup = Some(Probe { failure_threshold: 3, grace: Some(secs(4)), ..every(5).unwrap() });
    let mut stage = pod(app, Behaviour { pull: 1_000, ..Behaviour::default() });
    stage.play(20_000);
    // runs from 1 s; fails at 5, 10 and 15 s; does not heed the signal
    assert_eq!(
        stage.said(&["start", "signal", "kill"]),
        ["0 start 0", "15 signal 0", "19 kill 0", "19 start 0",]
    );
}

#[test]
fn while_a_pod_terminates_it_is_asked_whether_it_is_ready_but_not_whether_it_is_alive() {
    let mut app = container("app");
    app.readiness = every(5);
    app.liveness = Some(Probe { failure_threshold: 1, ..every(5).unwrap() });
    let behaviour = Behaviour { answers: vec![0, 11_000], ..serves(25_000) };
    let mut stage = pod(app, behaviour);
    stage.at(10_500, Event::Terminate(30));
    stage.play(100_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 Pending 0",
            "0 Running 0",
            "0 Running ready 0",
            "10.5 signal 0",
            "25 Running 0",
            "35.5 exit 0",
            "35.5 Succeeded 0",
            "35.5 finished",
        ]
    );
}

#[test]
fn whatever_changes_a_pod_probes_its_unready_containers_at_once() {
    let app = Container { readiness: every(10), ..container("app") };
    let template = PodTemplate {
        containers: vec![app, container("other")],
        grace: secs(30),
        ..PodTemplate::default()
    };
    let first = Behaviour { answers: vec![3_000], ..Behaviour::default() };
    let second = Behaviour { pull: 4_000, ..Behaviour::default() };
    let mut stage = Stage::new(template, vec![first, second]);
    stage.play(60_000);
    // alone it would be ready at 10 s
    assert_eq!(stage.said(&["Running"]), ["4 Running 0", "4 Running ready 0"]);
}
