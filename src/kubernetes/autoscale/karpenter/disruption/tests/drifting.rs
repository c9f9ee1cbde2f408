//! Nodes that are not what their pool asks for any more.

use super::*;

/// Two nodes drifted, one of which is empty; that goes first by emptiness, which waits for 15 s.
/// Then the other, at once, and though what comes is no cheaper.
#[test]
fn drifted_nodes_are_replaced_before_anything_is_made_cheaper() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(1, &[3_000]);
    let shrinking = play.node(0, &[3_000]);
    play.known.drifted.insert(node, at(50));
    // its pod would fit beside that of the other: 3 + 3 <= 8
    let command = play.pass(100).expect("drift does not wait");
    assert_eq!((command.nodes.as_slice(), command.reason), ([node].as_slice(), Reason::Drifted));
    assert!(command.replacements.is_empty());
    // where it fits nowhere, one comes for it, of any type that holds it
    play.scene.run(requesting(4_000, 16), shrinking);
    let command = play.pass(110).expect("it is still there");
    let [claim] = command.replacements.as_slice() else { panic!("one is needed") };
    assert_eq!(names(&claim.types, &play.scene.pools[0].types), ["l", "m"]);
    assert_eq!(play.disruptor.validates(), None);
}

/// That which drifted first goes first, but empty ones before all: here they are kept from going as
/// empty by the budget for that.
#[test]
fn what_drifted_first_goes_first_and_empty_nodes_before() {
    let spec = "  disruption: { budgets: [{ nodes: '0', reasons: [Empty] }] }\n";
    let mut play = Play::new(ON_DEMAND, spec);
    let nodes = [play.node(0, &[1_000]), play.node(0, &[1_000]), play.node(0, &[])];
    for (node, since) in nodes.into_iter().zip([30, 20, 40]) {
        play.known.drifted.insert(node, at(since));
    }
    for expected in [2, 1, 0] {
        let command = play.pass(100).expect("one is left");
        assert_eq!(command.nodes, [nodes[expected]]);
        play.known.drifted.remove(&nodes[expected]);
    }
}

#[test]
fn budgets_for_drift_let_only_so_many_go() {
    let spec = "  disruption: { budgets: [{ nodes: '0', reasons: [Drifted] }] }\n";
    let mut play = Play::new(ON_DEMAND, spec);
    // 7 cores need `l` again
    let node = play.node(0, &[7_000]);
    play.known.drifted.insert(node, at(50));
    assert_eq!(play.pass(100), None);
    assert_eq!(play.disruptor.validates(), None);
}

/// Eight cores whose pods could be on no one node now: two come for one that drifted. Consolidation
/// would not do that.
#[test]
fn several_may_come_for_one_that_drifted() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(0, &[4_000, 4_000]);
    // `l` has less than it had
    play.scene.pools[0].types[0].allocatable.milli_cpu = 7_900;
    assert_eq!(play.command(50), None);
    play.known.drifted.insert(node, at(50));
    assert_eq!(play.pass(100).expect("it drifted").replacements.len(), 2);
}

/// A pod may not be disturbed; where the time of a node that goes is limited it will be in the end,
/// and the node may as well drift. It is not consolidated.
#[test]
fn drift_waits_for_no_pod_whose_time_is_limited() {
    let found = |of_template: &str| {
        let mut play = Play::new(&format!("{ON_DEMAND}{of_template}"), ALL);
        let node = play.node(0, &[3_000]);
        let pod = play.scene.cluster.node(node).pods[0];
        let facts = PodFacts { do_not_disrupt: true, reschedulable: true, ..PodFacts::default() };
        play.known.pods.insert(pod, facts);
        assert_eq!(play.command(50), None);
        play.known.drifted.insert(node, at(60));
        play.pass(100).is_some()
    };
    assert!(!found(""));
    assert!(found("      terminationGracePeriod: 1h\n"));
}
