//! Plugins that look at pods on other nodes, on random small clusters: what they keep up to date is
//! what they would find anew, and nodes of one key are alike.

use proptest::prelude::*;

use crate::kubernetes::scheduler::cluster::{Changes, Cluster};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::framework::{Candidate, GroupKey};
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::node::{Node, NodeId, NodeSpec};
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::scores::{PluginScores, Scores};
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, Inclusion, PodAffinity, PodShape, ShapeId, SpreadConstraint, Taint,
    Unsatisfiable, Weighted,
};
use crate::kubernetes::scheduler::topology::TopologyId;

/// A profile of the two plugins alone.
pub(super) fn profile() -> Profile {
    let plugins = [Plugin::PodTopologySpread, Plugin::InterPodAffinity];
    let scores = plugins.map(|plugin| (plugin, 2)).to_vec();
    Profile { filters: plugins.to_vec(), scores, ..Profile::default() }
}

/// A selector of pods by their label `app`.
pub(super) fn app(value: &str) -> Selector {
    let operator = Operator::In(vec![value.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

/// A pod of a shape, on a node or waiting.
pub(super) fn pod_of(shape: ShapeId, node: Option<NodeId>) -> Pod {
    Pod { node, ..Pod::pending("a/pod", shape) }
}

fn topology() -> impl Strategy<Value = TopologyId> {
    prop_oneof![Just(TopologyId::HOSTNAME), Just(TopologyId::ZONE)]
}

fn selector() -> impl Strategy<Value = Selector> {
    prop_oneof![
        4 => (0..3_u8).prop_map(|value| app(&value.to_string())),
        1 => Just(Selector::All(Vec::new())),
        1 => Just(Selector::Nothing),
    ]
}

fn inclusion() -> impl Strategy<Value = Inclusion> {
    prop_oneof![Just(Inclusion::Honor), Just(Inclusion::Ignore)]
}

fn constraint() -> impl Strategy<Value = SpreadConstraint> {
    let kinds =
        prop_oneof![Just(Unsatisfiable::DoNotSchedule), Just(Unsatisfiable::ScheduleAnyway)];
    (1..3, topology(), kinds, selector(), 1..4, inclusion(), inclusion()).prop_map(
        |(max_skew, topology, unsatisfiable, selector, min_domains, node_affinity, node_taints)| {
            SpreadConstraint {
                max_skew,
                topology,
                unsatisfiable,
                selector,
                min_domains,
                node_affinity,
                node_taints,
            }
        },
    )
}

fn term() -> impl Strategy<Value = AffinityTerm> {
    let namespaces = prop_oneof![
        Just((vec!["a".into()], Selector::Nothing)),
        Just((vec!["b".into()], Selector::Nothing)),
        Just((Vec::new(), Selector::All(Vec::new()))),
    ];
    (selector(), namespaces, topology()).prop_map(
        |(selector, (namespaces, namespace_selector), topology)| AffinityTerm {
            selector,
            namespaces,
            namespace_selector,
            topology,
        },
    )
}

fn affinity() -> impl Strategy<Value = PodAffinity> {
    let weighted = (1..100, term()).prop_map(|(weight, term)| Weighted { weight, term });
    (prop::collection::vec(term(), 0..2), prop::collection::vec(weighted, 0..2))
        .prop_map(|(required, preferred)| PodAffinity { required, preferred })
}

fn shape() -> impl Strategy<Value = PodShape> {
    let spread = prop::collection::vec(constraint(), 0..3);
    let picky = any::<bool>();
    (0..3_u8, any::<bool>(), spread, affinity(), affinity(), picky).prop_map(
        |(label, far, spread, affinity, anti_affinity, picky)| PodShape {
            namespace: if far { "b" } else { "a" }.into(),
            labels: [("app", label.to_string())].into_iter().collect(),
            node_selector: picky.then_some(("disk", "ssd")).into_iter().collect(),
            spread,
            affinity,
            anti_affinity,
            ..PodShape::default()
        },
    )
}

fn node() -> impl Strategy<Value = NodeSpec> {
    let host = prop::option::weighted(0.9, 0..6_u8);
    let zone = prop::option::weighted(0.8, 0..3_u8);
    (host, zone, any::<bool>(), any::<bool>()).prop_map(|(host, zone, tainted, ssd)| {
        let host = host.map(|host| ("kubernetes.io/hostname", format!("host-{host}")));
        let zone = zone.map(|zone| ("topology.kubernetes.io/zone", format!("zone-{zone}")));
        let disk = ssd.then(|| ("disk", "ssd".to_owned()));
        let taint = Taint { key: "t".into(), value: "".into(), effect: Effect::NoSchedule };
        NodeSpec {
            labels: host.into_iter().chain(zone).chain(disk).collect(),
            taints: if tainted { vec![taint] } else { Vec::new() },
            ..NodeSpec::default()
        }
    })
}

/// What happens: a pod comes, is being deleted, or is gone.
#[derive(Clone, Debug)]
enum Step {
    Add { shape: usize, node: usize },
    Terminate(usize),
    Remove(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<usize>(), any::<usize>()).prop_map(|(shape, node)| Step::Add { shape, node }),
        1 => any::<usize>().prop_map(Step::Terminate),
        2 => any::<usize>().prop_map(Step::Remove),
    ]
}

fn play(cluster: &mut Cluster, pods: &mut Vec<PodId>, shapes: &[PodShape], step: &Step) {
    match step {
        Step::Add { shape, node } => {
            let shape = cluster.intern(shapes[shape % shapes.len()].clone());
            let node = NodeId((node % cluster.node_count()) as u32);
            pods.push(cluster.add_pod(pod_of(shape, Some(node))));
        }
        Step::Terminate(pod) if !pods.is_empty() => cluster.terminate(pods[pod % pods.len()]),
        Step::Remove(pod) if !pods.is_empty() => {
            let pod = pods.swap_remove(pod % pods.len());
            cluster.remove_pod(pod);
        }
        Step::Terminate(_) | Step::Remove(_) => {}
    }
}

/// All that is known of one shape.
struct Known {
    filters: Filters,
    scores: Scores,
}

impl Known {
    fn of(profile: &Profile, cluster: &Cluster, shape: ShapeId) -> Self {
        let filters = Filters::prepare(profile, cluster, shape);
        let filters = filters.expect("neither plugin rejects a pod on all nodes at once");
        Self { filters, scores: Scores::prepare(profile, cluster, shape) }
    }

    fn verdicts(&self, cluster: &Cluster) -> Vec<String> {
        let nodes = cluster.nodes();
        nodes.map(|node| format!("{:?}", self.filters.verdict(cluster, node))).collect()
    }

    /// All nodes that pass, each for itself.
    fn candidates(&self, cluster: &Cluster) -> Vec<Candidate> {
        let nodes = cluster.nodes().filter(|node| self.filters.verdict(cluster, node).is_ok());
        nodes.map(|node| Candidate { node: node.id, nodes: 1 }).collect()
    }

    fn rank(&mut self, cluster: &Cluster, candidates: &[Candidate]) -> Vec<PluginScores> {
        self.scores.rank(cluster, candidates)
    }

    fn keys(&self, cluster: &Cluster) -> Vec<GroupKey> {
        let key = |node: &Node| {
            let mut key = GroupKey::new();
            self.filters.key(cluster, node, &mut key);
            self.scores.key(cluster, node, |_| true, &mut key);
            key
        };
        let keys: Vec<GroupKey> = cluster.nodes().map(key).collect();
        let lengths = keys.windows(2).all(|two| two[0].len() == two[1].len());
        assert!(lengths, "as many numbers for every node: {keys:?}");
        keys
    }

    /// The first node of every key stands for all of them and gets what each would get.
    fn check_groups(&mut self, cluster: &Cluster) {
        let (keys, verdicts) = (self.keys(cluster), self.verdicts(cluster));
        let candidates = self.candidates(cluster);
        let all = self.rank(cluster, &candidates);
        let mut groups: Vec<Candidate> = Vec::new();
        let mut first = Vec::new();
        for candidate in &candidates {
            let key = &keys[candidate.node.index()];
            let known = groups.iter().position(|group| keys[group.node.index()] == *key);
            let place = known.unwrap_or(groups.len());
            match known {
                Some(place) => groups[place].nodes += 1,
                None => groups.push(*candidate),
            }
            first.push(place);
        }
        for (one, key) in keys.iter().enumerate() {
            let alike = keys.iter().position(|other| other == key).expect("it is its own like");
            assert_eq!(verdicts[one], verdicts[alike]);
        }
        let some = self.rank(cluster, &groups);
        assert_eq!(all.len(), some.len());
        for (all, some) in all.iter().zip(&some) {
            for (place, &group) in first.iter().enumerate() {
                assert_eq!(all.raw[place], some.raw[group], "{:?}", all.plugin);
                assert_eq!(all.normalised[place], some.normalised[group], "{:?}", all.plugin);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_kept_up_to_date_is_what_would_be_found_anew(
        nodes in prop::collection::vec(node(), 1..7),
        shapes in prop::collection::vec(shape(), 1..5),
        before in prop::collection::vec(step(), 0..8),
        after in prop::collection::vec(step(), 1..12),
    ) {
        let (mut cluster, mut pods, profile) = (Cluster::new(), Vec::new(), profile());
        for node in nodes {
            cluster.add_node(node);
        }
        let shape = cluster.intern(shapes[0].clone());
        for step in &before {
            play(&mut cluster, &mut pods, &shapes, step);
        }
        let mut kept = Known::of(&profile, &cluster, shape);
        for step in &after {
            let (seen, keys) = (cluster.changes().now(), kept.keys(&cluster));
            let shapes_known = cluster.shape_count();
            play(&mut cluster, &mut pods, &shapes, step);
            let Changes::Pods(changes) = cluster.changes().since(seen) else {
                panic!("only pods change")
            };
            for &change in changes {
                kept.filters.changed(&cluster, change);
                kept.scores.changed(&cluster, change);
            }
            let mut fresh = Known::of(&profile, &cluster, shape);
            prop_assert_eq!(kept.verdicts(&cluster), fresh.verdicts(&cluster));
            let candidates = fresh.candidates(&cluster);
            prop_assert_eq!(
                kept.rank(&cluster, &candidates),
                fresh.rank(&cluster, &candidates)
            );
            kept.check_groups(&cluster);
            if cluster.shape_count() == shapes_known {
                let touched = |node: usize| changes.iter().any(|one| one.node.index() == node);
                for (node, (old, new)) in keys.iter().zip(kept.keys(&cluster)).enumerate() {
                    prop_assert!(touched(node) || *old == new, "the key of node {} changed", node);
                }
            }
        }
    }

    #[test]
    fn pods_that_are_tried_and_taken_back_leave_no_trace(
        nodes in prop::collection::vec(node(), 1..7),
        shapes in prop::collection::vec(shape(), 1..5),
        steps in prop::collection::vec(step(), 0..12),
    ) {
        let (mut cluster, mut pods, profile) = (Cluster::new(), Vec::new(), profile());
        for node in nodes {
            cluster.add_node(node);
        }
        let shape = cluster.intern(shapes[0].clone());
        for step in &steps {
            play(&mut cluster, &mut pods, &shapes, step);
        }
        let mut tried = Known::of(&profile, &cluster, shape);
        let before = tried.verdicts(&cluster);
        for node in cluster.nodes() {
            let mut copy = node.clone();
            for &pod in &node.pods {
                tried.filters.trial_remove(&cluster, &mut copy, pod);
            }
            for &pod in &node.pods {
                tried.filters.trial_add(&cluster, &mut copy, pod);
            }
            prop_assert_eq!(&before, &tried.verdicts(&cluster));
        }
    }
}
