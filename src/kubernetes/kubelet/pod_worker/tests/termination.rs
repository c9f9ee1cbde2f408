//! Pods that are deleted, evicted or lost.

use crate::kubernetes::objects::{PodTemplate, RestartPolicy};

use super::super::Exit;
use super::stage::{Behaviour, Event, Stage, container, ends, secs, serves};

fn pod(pre_stop: Option<u64>, behaviour: Behaviour) -> Stage {
    let mut app = container("app");
    app.pre_stop = pre_stop.map(crate::engine::SimDuration::from_millis);
    let template = PodTemplate { containers: vec![app], grace: secs(30), ..PodTemplate::default() };
    Stage::new(template, vec![behaviour])
}

fn ending(stage: &mut Stage) -> Vec<&str> {
    stage.play(200_000);
    stage.said(&["signal", "kill", "abandon", "exit", "Succeeded", "Failed", "finished"])
}

#[test]
fn the_hook_comes_first_and_the_kill_when_the_grace_is_over() {
    let mut heeds = pod(Some(5_000), serves(3_000));
    heeds.at(10_000, Event::Terminate(30));
    let end = ["15 signal 0", "18 exit 0", "18 Succeeded 0", "18 finished"];
    assert_eq!(ending(&mut heeds), end);
    let mut ignores = pod(Some(5_000), Behaviour::default());
    ignores.at(10_000, Event::Terminate(30));
    let end = ["15 signal 0", "40 kill 0", "40 exit 0", "40 Failed 0", "40 finished"];
    assert_eq!(ending(&mut ignores), end);
}

#[test]
fn what_the_hook_took_is_subtracted_in_whole_seconds() {
    let mut stage = pod(Some(5_900), Behaviour::default());
    stage.at(10_000, Event::Terminate(30));
    // 30 - 5 s after the signal
    assert_eq!(ending(&mut stage)[..2], ["15.9 signal 0", "40.9 kill 0"]);
}

#[test]
fn after_a_hook_that_takes_all_of_the_grace_there_are_two_seconds() {
    let mut stage = pod(Some(60_000), Behaviour::default());
    stage.at(10_000, Event::Terminate(30));
    assert_eq!(ending(&mut stage)[..2], ["40 signal 0", "42 kill 0"]);
}

#[test]
fn a_grace_of_nothing_is_one_of_a_second_and_the_signal_one_of_two() {
    let mut stage = pod(None, Behaviour::default());
    stage.at(10_000, Event::Terminate(0));
    assert_eq!(ending(&mut stage)[..2], ["10 signal 0", "12 kill 0"]);
}

#[test]
fn a_second_deletion_can_shorten_the_grace_but_not_lengthen_it() {
    let mut stage = pod(None, Behaviour::default());
    stage.at(10_000, Event::Terminate(30));
    stage.at(15_000, Event::Terminate(60));
    stage.at(20_000, Event::Terminate(5));
    assert_eq!(ending(&mut stage)[..2], ["10 signal 0", "25 kill 0"]);
    let mut hook = pod(Some(20_000), Behaviour::default());
    hook.at(10_000, Event::Terminate(30));
    hook.at(12_000, Event::Terminate(5));
    assert_eq!(ending(&mut hook)[..2], ["17 signal 0", "19 kill 0"]);
}

#[test]
fn a_pod_that_is_evicted_is_unready_at_once_and_has_failed_when_it_has_ended() {
    let mut stage = pod(None, serves(1_500));
    stage.at(10_000, Event::Evict(1));
    stage.play(100_000);
    assert_eq!(
        stage.log[2..],
        [
            "0 Running ready 0",
            "10 signal 0",
            "10 Running 0",
            "11.5 exit 0",
            "11.5 Failed 0",
            "11.5 finished",
        ]
    );
}

#[test]
fn a_pod_whose_image_is_being_pulled_ends_at_once() {
    let mut stage = pod(None, Behaviour { pull: 60_000, ..Behaviour::default() });
    stage.at(10_000, Event::Terminate(30));
    assert_eq!(ending(&mut stage), ["10 abandon 0", "10 Failed 0", "10 finished"]);
}

#[test]
fn a_container_in_back_off_is_not_started_any_more() {
    let mut stage = pod(None, ends(1_000, Exit::FAILURE));
    stage.at(5_000, Event::Terminate(30));
    stage.play(100_000);
    assert_eq!(stage.log[7..], ["2 exit 0", "2 Running 1", "5 Failed 1", "5 finished"]);
}

#[test]
fn of_a_lost_machine_nothing_more_is_heard() {
    let mut stage = pod(None, serves(1_000));
    stage.at(10_000, Event::Lost);
    stage.at(20_000, Event::Terminate(30));
    stage.play(100_000);
    assert_eq!(stage.log, ["0 start 0", "0 Pending 0", "0 Running ready 0"]);
    assert_eq!(stage.worker.next_deadline(&stage.template), None);
}

#[test]
fn when_a_machine_is_back_its_pods_begin_anew() {
    let template = PodTemplate {
        init: vec![container("schema")],
        containers: vec![container("app")],
        grace: secs(30),
        ..PodTemplate::default()
    };
    let behaviours = || vec![ends(2_000, Exit::SUCCESS), serves(1_000)];
    let mut stage = Stage::new(template.clone(), behaviours());
    stage.at(10_000, Event::Lost);
    stage.at(70_000, Event::Back);
    stage.play(100_000);
    assert_eq!(
        stage.log[4..],
        [
            "2 Running ready 0",
            "70 start 0",
            "70 Running 0",
            "70 Running 1",
            "72 exit 0",
            "72 start 1",
            "72 Running ready 2",
        ]
    );
    let never = PodTemplate { restart: RestartPolicy::Never, ..template };
    let mut stage = Stage::new(never, behaviours());
    stage.at(10_000, Event::Lost);
    stage.at(70_000, Event::Back);
    stage.play(100_000);
    assert_eq!(stage.log[4..], ["2 Running ready 0", "70 Failed 0", "70 finished"]);
}
