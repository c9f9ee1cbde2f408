//! The index against the plain way, over random clusters in which anything may happen.

mod renewal;

use proptest::prelude::*;

use super::{Answer, Index};
use crate::engine::{Stream, Streams};
use crate::kubernetes::scheduler::cluster::{Cluster, PodSelection, Service};
use crate::kubernetes::scheduler::cycle::{attempt, attempt_some};
use crate::kubernetes::scheduler::labels::{Labels, Operator, Requirement, Selector};
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::sampling::Sampling;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, HostPort, Inclusion, NodeSelector, NodeTerm, Owner, PodAffinity,
    PodShape, ShapeId, SpreadConstraint, Taint, Toleration, TolerationOperator, Unsatisfiable,
    Weighted,
};
use crate::kubernetes::scheduler::ties::TieBreak;

const APPS: [&str; 3] = ["web", "api", "db"];
const TOPOLOGIES: [&str; 3] = ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack"];

/// A random cluster, and what happens in it.
struct Play {
    random: Stream,
    profile: Profile,
    cluster: Cluster,
    nominations: Nominations,
    /// For each way to tell equals apart.
    by_name: Index,
    by_heap: Index,
    shapes: Vec<ShapeId>,
    bound: Vec<PodId>,
    nominated: Vec<PodId>,
    names: u32,
    sampling: Sampling,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut play = Self {
            random: Streams::new(seed).named("play"),
            profile: Profile::default(),
            cluster: Cluster::new(),
            nominations: Nominations::default(),
            by_name: Index::default(),
            by_heap: Index::default(),
            shapes: Vec::new(),
            bound: Vec::new(),
            nominated: Vec::new(),
            names: 0,
            sampling: Sampling::of_few(3),
        };
        let app = |app: &str| [("app", app)].into_iter().collect::<Labels>();
        let objects = play.cluster.objects_mut();
        objects.services.push(Service {
            namespace: "default".into(),
            name: "web".into(),
            selector: Some(app("web")),
        });
        objects.controllers.push(PodSelection {
            kind: "ReplicaSet".into(),
            namespace: "default".into(),
            name: "api".into(),
            selector: selects("api"),
        });
        // at times more of them than are looked through at once
        let nodes =
            if play.chance(10) { 30 + play.random.below(50) } else { 2 + play.random.below(9) };
        for _ in 0..nodes {
            let spec = play.node();
            play.cluster.add_node(spec);
        }
        for _ in 0..1 + play.random.below(5) {
            let shape = play.shape();
            play.shapes.push(play.cluster.intern(shape));
        }
        play
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn node(&mut self) -> NodeSpec {
        self.names += 1;
        // names are not in the order of numbers
        let name = format!("node-{}", (self.names * 37) % 1009);
        let mut labels = vec![("kubernetes.io/hostname".to_owned(), name.clone())];
        if self.chance(90) {
            let zone = format!("zone-{}", self.random.below(3));
            labels.push(("topology.kubernetes.io/zone".to_owned(), zone));
        }
        if self.chance(60) {
            labels.push(("rack".to_owned(), format!("rack-{}", self.random.below(5))));
        }
        let mut taints = Vec::new();
        for (percent, effect) in [(30, Effect::PreferNoSchedule), (10, Effect::NoSchedule)] {
            if self.chance(percent) {
                let key = if self.chance(50) { "spot" } else { "old" };
                taints.push(Taint { key: key.into(), value: "".into(), effect });
            }
        }
        let mut allocatable = Resources::default();
        allocatable.milli_cpu = 1000 * (1 + self.random.below(4) as i64);
        allocatable.memory = (1 + self.random.below(4) as i64) << 30;
        let has_image = self.chance(50);
        NodeSpec {
            name: name.into(),
            labels: labels.into_iter().collect(),
            taints,
            unschedulable: self.chance(5),
            allocatable,
            allowed_pods: 3 + self.random.below(8) as i64,
            images: if has_image { vec![("app:1".into(), 300 << 20)] } else { Vec::new() },
        }
    }

    fn shape(&mut self) -> PodShape {
        let app = APPS[self.random.below(3)];
        let mut requests = Resources::default();
        requests.milli_cpu = 100 * self.random.below(6) as i64;
        requests.memory = (self.random.below(6) as i64) << 27;
        let scored = requests.clone();
        let owned = self.chance(30);
        let mut shape = PodShape {
            namespace: "default".into(),
            labels: [("app", app)].into_iter().collect(),
            priority: self.random.below(3) as i32,
            owner: owned.then(|| Owner { kind: "ReplicaSet".into(), name: "api".into() }),
            requests,
            scored_requests: scored,
            images: vec!["app:1".into()],
            containers: 1,
            ..PodShape::default()
        };
        if self.chance(30) {
            let operator = TolerationOperator::Exists;
            let (key, value) = ("spot".into(), "".into());
            shape.tolerations.push(Toleration { key, operator, value, effect: None });
        }
        if self.chance(15) {
            let (ip, protocol) = ("".into(), "TCP".into());
            shape.host_ports.push(HostPort { ip, protocol, port: 80 });
        }
        if self.chance(20) {
            shape.preferred_nodes.push(Weighted { weight: 5, term: self.node_term() });
        }
        if self.chance(15) {
            shape.required_nodes = Some(NodeSelector(vec![self.node_term()]));
        }
        for _ in 0..self.random.below(3) {
            let constraint = self.constraint(app);
            shape.spread.push(constraint);
        }
        shape.affinity = self.affinity(8);
        shape.anti_affinity = self.affinity(15);
        shape
    }

    fn node_term(&mut self) -> NodeTerm {
        let zone = format!("zone-{}", self.random.below(3));
        let key = "topology.kubernetes.io/zone".into();
        let zone = Requirement { key, operator: Operator::In(vec![zone.into()]) };
        NodeTerm { labels: vec![zone], name: Vec::new() }
    }

    fn constraint(&mut self, app: &str) -> SpreadConstraint {
        let key = TOPOLOGIES[self.random.below(3)];
        let hard = self.chance(50);
        let policy = |honor| if honor { Inclusion::Honor } else { Inclusion::Ignore };
        let (affinity, taints) = (self.chance(70), self.chance(30));
        SpreadConstraint {
            max_skew: 1 + self.random.below(2) as i32,
            topology: self.cluster.topology(key),
            unsatisfiable: match hard {
                true => Unsatisfiable::DoNotSchedule,
                false => Unsatisfiable::ScheduleAnyway,
            },
            selector: selects(app),
            min_domains: 1 + self.random.below(3) as i32,
            node_affinity: policy(affinity),
            node_taints: policy(taints),
        }
    }

    fn affinity(&mut self, percent: usize) -> PodAffinity {
        let mut affinity = PodAffinity::default();
        if self.chance(percent) {
            affinity.required.push(self.term());
        }
        if self.chance(2 * percent) {
            let weight = 1 + self.random.below(100) as i32;
            affinity.preferred.push(Weighted { weight, term: self.term() });
        }
        affinity
    }

    fn term(&mut self) -> AffinityTerm {
        let key = TOPOLOGIES[self.random.below(3)];
        AffinityTerm {
            selector: selects(APPS[self.random.below(3)]),
            namespaces: vec!["default".into()],
            namespace_selector: Selector::Nothing,
            topology: self.cluster.topology(key),
        }
    }

    /// Something happens, then a pod comes.
    fn step(&mut self) -> Result<(), TestCaseError> {
        match self.random.below(20) {
            0..4 => self.leave(),
            4 => self.terminate(),
            5 | 6 => self.nominate(),
            7 => self.forget_nomination(),
            8 => self.change_nodes(),
            9 => {
                let shape = self.shape();
                self.shapes.push(self.cluster.intern(shape));
            }
            _ => {}
        }
        self.come()
    }

    fn leave(&mut self) {
        if !self.bound.is_empty() {
            let which = self.random.below(self.bound.len());
            self.cluster.remove_pod(self.bound.swap_remove(which));
        }
    }

    fn terminate(&mut self) {
        if !self.bound.is_empty() {
            let which = self.random.below(self.bound.len());
            self.cluster.terminate(self.bound[which]);
        }
    }

    fn pending(&mut self) -> PodId {
        let shape = self.shapes[self.random.below(self.shapes.len())];
        self.names += 1;
        self.cluster.add_pod(Pod::pending(&format!("default/pod-{}", self.names), shape))
    }

    fn some_node(&mut self) -> NodeId {
        let nodes: Vec<NodeId> = self.cluster.nodes().map(|node| node.id).collect();
        nodes[self.random.below(nodes.len())]
    }

    fn nominate(&mut self) {
        let (pod, node) = (self.pending(), self.some_node());
        self.nominations.add(pod, node);
        self.nominated.push(pod);
    }

    fn forget_nomination(&mut self) {
        if let Some(pod) = self.nominated.pop() {
            self.nominations.remove(pod);
            self.cluster.remove_pod(pod);
        }
    }

    fn change_nodes(&mut self) {
        let spec = self.node();
        match self.random.below(3) {
            0 => {
                self.cluster.add_node(spec);
            }
            1 => {
                let node = self.some_node();
                self.cluster.update_node(node, spec);
            }
            _ if self.cluster.node_count() > 2 => {
                let node = self.some_node();
                let gone = self.cluster.node(node).pods.clone();
                self.bound.retain(|pod| !gone.contains(pod));
                self.cluster.remove_node(node);
            }
            _ => {}
        }
    }

    /// A pod comes, sometimes one that was nominated, and both ways have to agree about it.
    fn come(&mut self) -> Result<(), TestCaseError> {
        let again = self.chance(10).then(|| self.nominated.pop()).flatten();
        let pod = again.unwrap_or_else(|| self.pending());
        let plain = attempt(&self.profile, &self.cluster, &self.nominations, pod);
        let name = |node: &NodeId| self.cluster.node(*node).spec.name.clone();
        let expected = plain.best().into_iter().min_by_key(name);
        let (profile, cluster) = (&self.profile, &self.cluster);
        let (index, ties) = (&mut self.by_name, &mut TieBreak::Name);
        let found = index.ask(profile, cluster, &self.nominations, pod, ties);
        prop_assert_eq!(found, expected.map_or(Answer::Nowhere, Answer::Node));
        let heap = (expected.is_some() && !plain.totals.is_empty()).then(|| {
            let feasible = &plain.feasible;
            TieBreak::Heap.choose(cluster, feasible, &plain.best())
        });
        if let Some(root) = heap {
            let (index, ties) = (&mut self.by_heap, &mut TieBreak::Heap);
            let found = index.ask(profile, cluster, &self.nominations, pod, ties);
            prop_assert_eq!(Some(found), root.map(Answer::Node));
        }
        let sum = self.by_name.highest(cluster, cluster.pod(pod).shape);
        prop_assert_eq!(sum, plain.totals.iter().max().copied());
        self.some(pod)?;
        self.nominations.remove(pod);
        match expected {
            Some(node) => {
                self.cluster.bind(pod, node, i64::from(self.names));
                self.bound.push(pod);
            }
            None => {
                self.cluster.remove_pod(pod);
            }
        }
        Ok(())
    }
    /// The same where the search ends when some nodes were found: with no more than there are,
    /// wherever it begins.
    fn some(&mut self, pod: PodId) -> Result<(), TestCaseError> {
        let mut plainly = self.sampling.clone();
        let list = plainly.nodes(&self.cluster);
        let (profile, cluster) = (&self.profile, &self.cluster);
        let plain = attempt_some(profile, cluster, &self.nominations, pod, &mut plainly);
        let by_name = (&mut self.by_name, &mut TieBreak::Name);
        for (index, ties) in [by_name, (&mut self.by_heap, &mut TieBreak::Heap)] {
            let expected = ties.choose_from(&list, cluster, &plain.feasible, &plain.best());
            let mut sampling = self.sampling.clone();
            let found =
                index.ask_some(profile, cluster, &self.nominations, pod, ties, Some(&mut sampling));
            prop_assert_eq!(found, expected.map_or(Answer::Nowhere, Answer::Node));
            let sum = index.highest(cluster, cluster.pod(pod).shape);
            prop_assert_eq!(sum, plain.totals.iter().max().copied());
            prop_assert_eq!(&sampling, &plainly);
        }
        self.sampling = plainly;
        Ok(())
    }
}

fn selects(app: &str) -> Selector {
    let operator = Operator::In(vec![app.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_index_chooses_what_asking_every_node_would_choose(seed: u64) {
        let mut play = Play::new(seed);
        for _ in 0..60 {
            play.step()?;
        }
    }
}
