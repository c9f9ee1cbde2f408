//! Nodes that are lost.

use super::deployments::web;
use super::rig::Rig;
use crate::kubernetes::control::log::Entry;
use crate::kubernetes::objects::NodeId;

/// When nodes were missed and found, and how pods came and went.
fn told(rig: &mut Rig, until: u64) -> Vec<String> {
    rig.told_until(until, |rig, entry| match entry {
        Entry::NodeNotReady { node } => Some(format!("n{} lost", node.0)),
        Entry::NodeReady { node } => Some(format!("n{} found", node.0)),
        Entry::Deleted { .. } => Some("deleted".to_owned()),
        Entry::NotReady { .. } => Some("not ready".to_owned()),
        _ => rig.life(entry).map(|life| life.rsplit(' ').next().unwrap().to_owned()),
    })
}

#[test]
fn pods_of_a_lost_node_are_replaced_after_fifty_and_five_and_three_hundred_seconds() {
    let mut rig = Rig::new(3);
    rig.apply(&web(1));
    assert_eq!(told(&mut rig, 22_000), ["0 created", "1 ready"]);
    let node = rig.control.objects().pods().next().unwrap().1.node.unwrap();
    rig.fail(node);
    // its lease was renewed at 20 for the last time; a look later it gets the taint
    let name = format!("70 n{} lost", node.0);
    assert_eq!(
        told(&mut rig, 500_000),
        [name.as_str(), "70 not ready", "375 deleted", "375 created", "376 ready"]
    );
    // nobody confirms that the old one has ended until the node is back
    assert_eq!(rig.pods().len(), 2);
    rig.run_to(502_000);
    rig.back(node);
    assert_eq!(told(&mut rig, 600_000), ["502 gone", &format!("505 n{} found", node.0)]);
    assert_eq!(rig.pods().len(), 1);
}

#[test]
fn a_node_that_is_back_in_time_keeps_its_pods() {
    let mut rig = Rig::new(3);
    rig.apply(&web(1));
    rig.run_to(22_000);
    let node = rig.control.objects().pods().next().unwrap().1.node.unwrap();
    rig.fail(node);
    rig.run_to(302_000);
    rig.back(node);
    rig.run_to(900_000);
    assert_eq!(rig.pods().len(), 1);
    assert_eq!(rig.ready(), 1);
}

#[test]
fn nodes_of_a_zone_are_tainted_one_every_ten_seconds() {
    let mut rig = Rig::new(8);
    rig.apply(&web(8));
    rig.run_to(25_000);
    let lost = [0, 1, 2].map(NodeId);
    lost.into_iter().for_each(|node| rig.fail(node));
    let deleted = rig.told_until(500_000, |_, entry| match entry {
        Entry::Deleted { .. } => Some(String::new()),
        _ => None,
    });
    assert_eq!(deleted, ["375 ", "385 ", "395 "]);
}

#[test]
fn when_most_of_a_small_zone_is_lost_nothing_is_evicted() {
    let mut rig = Rig::new(4);
    rig.apply(&web(4));
    rig.run_to(25_000);
    [0, 1, 2].map(NodeId).into_iter().for_each(|node| rig.fail(node));
    let told = told(&mut rig, 1_000_000);
    assert!(!told.iter().any(|line| line.ends_with("deleted")), "{told:?}");
    // with a second one back, half of the zone is well: the other two take their turns
    rig.run_to(1_002_000);
    rig.back(NodeId(0));
    let deleted = rig.told_until(2_000_000, |_, entry| match entry {
        Entry::Deleted { .. } => Some(String::new()),
        _ => None,
    });
    // the limiter begins without a token at 1005
    assert_eq!(deleted, ["1315 ", "1325 "]);
}

#[test]
fn when_all_nodes_are_lost_nothing_is_evicted() {
    let mut rig = Rig::new(2);
    rig.apply(&web(2));
    rig.run_to(25_000);
    [0, 1].map(NodeId).into_iter().for_each(|node| rig.fail(node));
    let told = told(&mut rig, 2_000_000);
    assert!(!told.iter().any(|line| line.ends_with("deleted")), "{told:?}");
}

#[test]
fn pods_of_a_node_that_is_deleted_are_collected() {
    let mut rig = Rig::new(3);
    rig.apply(&web(1));
    rig.run_to(22_000);
    let node = rig.control.objects().pods().next().unwrap().1.node.unwrap();
    told(&mut rig, 22_000);
    rig.fail(node);
    rig.with(|control, around| control.delete_node(node, "test", around));
    // missed at the look at 40, gone for forty seconds at 80
    assert_eq!(told(&mut rig, 200_000), ["80 gone", "80 created", "81 ready"]);
}

#[test]
fn nothing_is_evicted_while_the_api_server_cannot_be_reached() {
    let mut rig = Rig::new(3);
    rig.apply(&web(1));
    rig.run_to(22_000);
    let node = rig.control.objects().pods().next().unwrap().1.node.unwrap();
    rig.fail(node);
    rig.run_to(374_000);
    told(&mut rig, 374_000);
    rig.with(|control, around| control.pause(true, around));
    assert!(told(&mut rig, 383_000).is_empty());
    rig.with(|control, around| control.pause(false, around));
    // it was due at 375
    assert_eq!(told(&mut rig, 400_000), ["383 deleted", "383 created", "384 ready"]);
}
