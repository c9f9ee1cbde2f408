//! Pods that have to be connected to a network first.

use crate::kubernetes::objects::PodTemplate;

use super::super::WaitingReason;
use super::stage::{Behaviour, Event, Stage, container, secs, serves};

fn stage(on_host_network: bool, network: (u64, u32), behaviour: Behaviour) -> Stage {
    let containers = vec![container("app"), container("proxy")];
    let template =
        PodTemplate { containers, on_host_network, grace: secs(30), ..PodTemplate::default() };
    let mut stage = Stage::new(template, vec![behaviour.clone(), behaviour]);
    stage.network = Some(network);
    stage
}

#[test]
fn containers_start_when_the_pod_is_connected_which_is_tried_every_ten_seconds() {
    let mut stage = stage(false, (500, 2), Behaviour::default());
    stage.play(100_000);
    let expected = [
        "0 connect",
        "0 Pending 0",
        "10.5 connect",
        "21 connect",
        "21.5 start 0",
        "21.5 start 1",
        "21.5 Running ready 0",
    ];
    assert_eq!(stage.log, expected);
}

#[test]
fn a_container_is_being_created_while_its_pod_is_not_connected() {
    let mut stage = stage(false, (500, 2), Behaviour::default());
    stage.play(15_000);
    assert_eq!(stage.worker.waiting(0), Some(WaitingReason::ContainerCreating));
}

#[test]
fn a_pod_on_the_network_of_its_host_need_not_be_connected() {
    let mut stage = stage(true, (500, 2), Behaviour::default());
    stage.play(15_000);
    assert_eq!(stage.said(&["connect", "start"]), ["0 start 0", "0 start 1"]);
}

#[test]
fn a_pod_that_is_told_to_go_before_it_is_connected_ends_at_once() {
    let mut stage = stage(false, (500, 2), Behaviour::default());
    stage.at(5_000, Event::Terminate(30));
    stage.play(100_000);
    assert_eq!(stage.said(&["connect", "start", "finished"]), ["0 connect", "5 finished"]);
}

#[test]
fn a_machine_that_has_booted_connects_its_pods_anew() {
    let mut stage = stage(false, (0, 0), serves(1_000));
    stage.at(5_000, Event::Lost);
    stage.at(20_000, Event::Back);
    stage.play(100_000);
    assert_eq!(stage.said(&["connect"]), ["0 connect", "20 connect"]);
}
