//! A scan leaves the cluster as it was, and what is kept from one to the next changes no answer.

use proptest::prelude::*;
use rand::RngExt;

use super::super::fixture::{MINUTE, Play, SECOND, requesting};
use super::super::simulation::{Memory, Simulation};
use super::super::*;
use crate::engine::{Stream, Streams};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::node::{NodeSpec, Tally};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Inclusion, PodShape, ShapeId, SpreadConstraint, Unsatisfiable,
};
use crate::kubernetes::scheduler::topology::TopologyId;

const APPS: [&str; 3] = ["a", "b", "c"];

fn selects(app: &str) -> Selector {
    let operator = Operator::In(vec![app.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

/// A shape with or without spread constraints and anti-affinity, over hosts or zones.
fn shape(stream: &mut Stream) -> (String, PodShape) {
    let app = APPS[stream.random_range(0..APPS.len())];
    let topology = [TopologyId::HOSTNAME, TopologyId::ZONE][stream.random_range(0..2usize)];
    let mut shape = requesting(stream.random_range(1..15) * 100, stream.random_range(1..8) * 100);
    match stream.random_range(0..4) {
        0 => shape.spread.push(SpreadConstraint {
            max_skew: stream.random_range(1..3),
            topology,
            unsatisfiable: Unsatisfiable::DoNotSchedule,
            selector: selects(app),
            min_domains: stream.random_range(1..4),
            node_affinity: Inclusion::Honor,
            node_taints: Inclusion::Ignore,
        }),
        1 => shape.anti_affinity.required.push(AffinityTerm {
            topology,
            namespaces: vec!["default".into()],
            namespace_selector: Selector::Nothing,
            selector: selects(app),
        }),
        _ => {}
    }
    (format!("{app}-{}", stream.random_range(0..1_000_000)), shape)
}

/// A random cluster of two groups.
fn play(stream: &mut Stream) -> Play {
    let mut play = Play::new(Settings { balance_similar: true, ..Settings::default() });
    for (place, zone) in ["x", "y"].into_iter().enumerate() {
        let group = play.group(zone, 2_000 * (1 + place as i64), 4_000, 12);
        let labels = [("topology.kubernetes.io/zone", zone)].into_iter().collect();
        play.groups[group.index()].template.node.labels = labels;
        for _ in 0..stream.random_range(1..6) {
            play.node(group);
        }
    }
    for _ in 0..stream.random_range(0..20) {
        come(&mut play, stream);
    }
    play
}

/// A pod comes to a random node, whether or not it fits.
fn come(play: &mut Play, stream: &mut Stream) {
    let (name, shape) = shape(stream);
    let nodes: Vec<NodeId> = play.cluster.nodes().map(|node| node.id).collect();
    let node = nodes[stream.random_range(0..nodes.len())];
    play.pod(&name, shape, Some(node));
}

/// Everything of a node that a scan might have left changed.
type State = (NodeId, Resources, Resources, Vec<PodId>, Vec<Tally>);

/// That of all nodes.
fn state(cluster: &Cluster) -> Vec<State> {
    let nodes = cluster.nodes().map(|node| {
        let mut tallies = node.tallies.clone();
        tallies.sort_by_key(|tally| tally.shape);
        let pods = node.pods.clone();
        (node.id, node.requested.clone(), node.scored.clone(), pods, tallies)
    });
    nodes.collect()
}

/// A random step of a simulation.
fn try_something(simulation: &mut Simulation, play: &[ShapeId], stream: &mut Stream, turn: usize) {
    let cluster = simulation.cluster();
    let nodes: Vec<NodeId> = cluster.nodes().map(|node| node.id).collect();
    let node = nodes[stream.random_range(0..nodes.len())];
    let shape = play[stream.random_range(0..play.len())];
    match stream.random_range(0..4) {
        0 => {
            let zone = ["x", "y", "z"][stream.random_range(0..3usize)];
            let name = format!("try-{turn}");
            let labels = [("topology.kubernetes.io/zone", zone), ("kubernetes.io/hostname", &name)];
            let labels = labels.into_iter().collect();
            let like = cluster.node(node).spec.clone();
            let spec = NodeSpec { name: name.as_str().into(), labels, ..like };
            simulation.add_node(spec, &[shape]);
        }
        1 if nodes.len() > 1 && simulation.is_there(node) => simulation.remove_node(node),
        2 => {
            let known = cluster.pods().map(|(id, _)| id);
            let on = known.filter(|pod| cluster.node(node).pods.contains(pod)).last();
            if let Some(pod) = on {
                simulation.lift(node, pod);
            }
        }
        _ => {
            let pod = cluster.pods().map(|(id, _)| id).find(|id| cluster.pod(*id).shape == shape);
            simulation.put(node, pod.unwrap_or(PodId(u32::MAX)), shape);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn filters_follow_a_simulation_and_all_is_taken_back(seed: u64) {
        let mut stream = Streams::new(seed).named("test");
        let mut play = play(&mut stream);
        come(&mut play, &mut stream);
        let shapes: Vec<ShapeId> = play.cluster.pods().map(|(_, pod)| pod.shape).collect();
        let before = state(&play.cluster);
        let moment = play.cluster.changes().now();
        let mut memory = Memory::default();
        let profile = Profile::default();
        let mut simulation = Simulation::new(&mut play.cluster, &profile, &mut memory);
        let mut marks = vec![simulation.mark()];
        for turn in 0..40 {
            if stream.random_range(0..6) == 0 {
                let mark = marks.pop().expect("the first mark stays");
                simulation.revert(mark);
            }
            if marks.is_empty() || stream.random_range(0..3) == 0 {
                marks.push(simulation.mark());
            }
            try_something(&mut simulation, &shapes, &mut stream, turn);
            let shape = shapes[stream.random_range(0..shapes.len())];
            let nodes: Vec<NodeId> = simulation.cluster().nodes().map(|node| node.id).collect();
            for node in nodes {
                let kept = simulation.fits(shape, node).is_ok();
                let cluster = simulation.cluster();
                let fresh = Filters::prepare(&profile, cluster, shape).expect("none rejects all");
                let fresh = fresh.verdict(cluster, cluster.node(node)).is_ok();
                prop_assert_eq!(kept, fresh, "turn {}, node {:?}", turn, node);
            }
        }
        drop(simulation);
        prop_assert_eq!(state(&play.cluster), before);
        prop_assert_eq!(play.cluster.changes().now(), moment);
    }

    #[test]
    fn what_is_kept_between_scans_changes_no_decision(seed: u64) {
        let mut stream = Streams::new(seed).named("test");
        let mut kept = play(&mut stream);
        let mut stream = Streams::new(seed).named("test");
        let mut fresh = play(&mut stream);
        let mut turns = Streams::new(seed).named("turns");
        for turn in 0..12 {
            let again = Streams::new(turns.random()).named("turn");
            let mut decided = Vec::new();
            for play in [&mut kept, &mut fresh] {
                let mut stream = again.clone();
                for _ in 0..stream.random_range(0..4) {
                    come(play, &mut stream);
                }
                if stream.random_range(0..3) == 0 {
                    let (name, shape) = shape(&mut stream);
                    let pod = play.pod(&name, shape, None);
                    play.pending.push(PendingPod { pod, nominated: None });
                }
                let before = state(&play.cluster);
                decided.push(play.scan(turn * 2 * MINUTE + SECOND));
                prop_assert_eq!(state(&play.cluster), before);
            }
            prop_assert_eq!(&decided[0], &decided[1]);
            fresh.autoscaler.memory.forget();
        }
    }
}
