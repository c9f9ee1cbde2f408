//! Small scenes, worked out by hand: types `l`, `m` and `s` (places 0, 1, 2) have 8, 4 and 2 cores
//! and cost 0.4, 0.2 and 0.1 dollars on demand, a third as spot.

mod drifting;
mod kept;
mod prices;

use std::collections::BTreeMap;

use super::*;
use crate::kubernetes::autoscale::karpenter::fixture::{Scene, names, pool, requesting};
use crate::kubernetes::autoscale::karpenter::instance::CapacityType;
use crate::kubernetes::autoscale::karpenter::requirements::CAPACITY_TYPE;
use crate::kubernetes::scheduler::pod::PodId;

const ON_DEMAND: &str = "      requirements: [{ key: karpenter.sh/capacity-type, operator: In, \
                         values: [on-demand] }]\n";
const ALL: &str = "  disruption: { budgets: [{ nodes: '100%' }] }\n";

#[derive(Default)]
struct Known {
    nodes: BTreeMap<NodeId, NodeFacts>,
    pods: BTreeMap<PodId, PodFacts>,
    drifted: BTreeMap<NodeId, SimTime>,
}

impl View for Known {
    fn node(&self, node: NodeId) -> Option<NodeFacts> {
        self.nodes.get(&node).cloned()
    }

    fn pod(&self, pod: PodId) -> PodFacts {
        let plain = PodFacts { reschedulable: true, ..PodFacts::default() };
        self.pods.get(&pod).copied().unwrap_or(plain)
    }

    fn drifted(&self, node: NodeId) -> Option<SimTime> {
        self.drifted.get(&node).copied()
    }
}

struct Play {
    scene: Scene,
    known: Known,
    disruptor: Disruptor,
    /// Seconds since 1970 at the start.
    calendar: i64,
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_nanos(seconds * 1_000_000_000)
}

impl Play {
    fn new(of_template: &str, of_spec: &str) -> Self {
        Self::of(Scene::new(vec![pool("plain", of_template, of_spec)]), Settings::default())
    }

    fn of(scene: Scene, settings: Settings) -> Self {
        let disruptor = Disruptor::new(settings);
        Self { scene, known: Known::default(), disruptor, calendar: 0 }
    }

    /// A node of a type, with pods of so many thousandths of a core.
    fn node(&mut self, instance: usize, pods: &[i64]) -> NodeId {
        let node = self.scene.node(instance);
        for &milli_cpu in pods {
            self.scene.run(requesting(milli_cpu, 16), node);
        }
        let facts = NodeFacts {
            pool: 0,
            instance: Some(instance),
            zone: "a".into(),
            capacity_type: CapacityType::OnDemand,
            created: SimTime::ZERO,
            initialized: true,
            ready: true,
            deleting: false,
            nominated: false,
            do_not_disrupt: false,
            last_pod: SimTime::ZERO,
        };
        self.known.nodes.insert(node, facts);
        node
    }

    fn facts(&mut self, node: NodeId) -> &mut NodeFacts {
        self.known.nodes.get_mut(&node).expect("it is known")
    }

    fn pass(&mut self, seconds: u64) -> Option<Command> {
        let Scene { cluster, profile, pools, daemons, well_known, nodes, pending } =
            &mut self.scene;
        let shown = Shown { profile, pools, daemons, well_known, nodes };
        let (view, now) = (&self.known, at(seconds));
        let calendar = self.calendar + seconds as i64;
        let moment = Moment { shown: &shown, view, pending, now, calendar };
        self.disruptor.pass(cluster, moment)
    }

    /// What is found at a time and still holds 15 s later.
    fn command(&mut self, seconds: u64) -> Option<Command> {
        assert_eq!(self.pass(seconds), None, "nothing is done at once");
        let validates = self.disruptor.validates()?;
        assert_eq!(validates, at(seconds + 15));
        assert_eq!(self.pass(seconds + 10), None);
        self.pass(seconds + 15)
    }
}

/// Two empty nodes go together; a third with a pod stays for now.
#[test]
fn empty_nodes_go_first_and_together() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let (one, two) = (play.node(1, &[]), play.node(1, &[]));
    play.node(1, &[3_000]);
    let command = play.command(100).expect("two are empty");
    assert_eq!((command.nodes, command.replacements), (vec![one, two], Vec::new()));
    assert_eq!(command.reason, Reason::Empty);
}

/// A tenth of three nodes, rounded up, is one: the first. While it goes, none may.
#[test]
fn budgets_let_only_so_many_go() {
    let mut play = Play::new(ON_DEMAND, "");
    let nodes = [play.node(1, &[]), play.node(1, &[]), play.node(1, &[])];
    assert_eq!(play.command(100).expect("one may go").nodes, [nodes[0]]);
    play.facts(nodes[0]).deleting = true;
    assert_eq!(play.command(200), None);
    assert_eq!(play.disruptor.validates(), None);
}

/// A node got a pod while its command waited: it is empty no more and stays.
#[test]
fn a_command_that_holds_no_more_is_dropped() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(1, &[]);
    assert_eq!(play.pass(100), None);
    play.scene.run(requesting(3_500, 16), node);
    assert_eq!(play.pass(115), None);
    assert_eq!(play.disruptor.validates(), None);
}

/// Three nodes of 4 cores (0.6 dollars) with 1, 1 and 3.5 cores of pods. All three: 5.5 cores need
/// one `l` at 0.4, which is less, and it is of no type that goes: all three are replaced by it.
#[test]
fn several_nodes_are_replaced_by_a_cheaper_one() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let nodes = [play.node(1, &[1_000]), play.node(1, &[1_000]), play.node(1, &[3_500])];
    let command = play.command(100).expect("one will do");
    assert_eq!(command.nodes, nodes);
    let [claim] = command.replacements.as_slice() else { panic!("one is needed") };
    assert_eq!(names(&claim.types, &play.scene.pools[0].types), ["l"]);
    assert_eq!(command.reason, Reason::Underutilized);
}

/// Two nodes of 4 cores with 1 core each: together they could be an `s` (2 cores, 0.1). `m` could
/// hold them too, but is what goes: it is not among the types of the replacement.
#[test]
fn several_nodes_are_not_replaced_by_one_of_theirs() {
    let mut play = Play::new(ON_DEMAND, ALL);
    play.node(1, &[1_000]);
    play.node(1, &[1_000]);
    let claim =
        play.command(100).and_then(|mut it| it.replacements.pop()).expect("a smaller one will do");
    assert_eq!(names(&claim.types, &play.scene.pools[0].types), ["s"]);
}

/// One node of 8 cores (0.4) with 3 cores: `m` at 0.2 will do, `s` is too small, `l` no cheaper.
#[test]
fn a_single_node_is_replaced_by_a_strictly_cheaper_one() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let node = play.node(0, &[3_000]);
    let command = play.command(100).expect("a cheaper one will do");
    assert_eq!(command.nodes, [node]);
    let [claim] = command.replacements.as_slice() else { panic!("one is needed") };
    assert_eq!(names(&claim.types, &play.scene.pools[0].types), ["m"]);
    // 5 cores need `l` again
    let mut play = Play::new(ON_DEMAND, ALL);
    play.node(0, &[5_000]);
    assert_eq!(play.command(100), None);
}

/// Of two nodes, the pod of one fits on the other, and there is no need for another node.
#[test]
fn a_node_whose_pods_fit_elsewhere_goes() {
    let mut play = Play::new(ON_DEMAND, ALL);
    let light = play.node(1, &[500]);
    play.node(1, &[1_500, 1_500]);
    let command = play.command(100).expect("one is enough");
    assert_eq!((command.nodes, command.replacements), (vec![light], Vec::new()));
}

/// On demand may become spot, for which it was compared: the replacement must be spot. Spot stays.
#[test]
fn spot_replaces_on_demand_but_not_spot() {
    let mut play = Play::new("", ALL);
    let node = play.node(1, &[3_000]);
    let claim =
        play.command(100).and_then(|mut it| it.replacements.pop()).expect("spot is cheaper");
    let capacity = claim.requirements.get(CAPACITY_TYPE).and_then(|one| one.single());
    // no capacity type was named by the pool, so that both were allowed
    assert_eq!(capacity, Some("spot"));
    play.facts(node).capacity_type = CapacityType::Spot;
    assert_eq!(play.command(200), None);
}

#[test]
fn what_says_so_is_not_disrupted() {
    let empty = |change: fn(&mut NodeFacts)| {
        let mut play = Play::new(ON_DEMAND, ALL);
        let node = play.node(1, &[]);
        change(play.facts(node));
        play.command(100).is_some()
    };
    assert!(empty(|_| {}));
    assert!(!empty(|facts| facts.do_not_disrupt = true));
    assert!(!empty(|facts| facts.nominated = true));
    assert!(!empty(|facts| facts.initialized = false));
    assert!(!empty(|facts| facts.deleting = true));
    let mut play = Play::new(ON_DEMAND, ALL);
    play.node(0, &[]);
    let node = play.node(0, &[]);
    let pod = play.scene.run(requesting(500, 16), node);
    let do_not_disrupt = true;
    play.known.pods.insert(pod, PodFacts { do_not_disrupt, ..PodFacts::default() });
    let command = play.command(100).expect("the other is empty");
    assert!(!command.nodes.contains(&node));
}

/// A pod left at 90 s; with `consolidateAfter: 30s` the node is looked at from 120 s on.
#[test]
fn nodes_are_left_alone_for_a_while_after_a_pod_came_or_went() {
    let spec = "  disruption: { consolidateAfter: 30s, budgets: [{ nodes: '100%' }] }\n";
    let mut play = Play::new(ON_DEMAND, spec);
    let node = play.node(1, &[]);
    play.facts(node).last_pod = at(90);
    assert_eq!(play.command(119), None);
    assert!(play.command(120).is_some());
}

#[test]
fn pools_may_want_only_empty_nodes_to_go() {
    let spec = "  disruption: { consolidationPolicy: WhenEmpty, budgets: [{ nodes: '100%' }] }\n";
    let mut play = Play::new(ON_DEMAND, spec);
    play.node(0, &[1_000]);
    assert_eq!(play.command(100), None);
    let empty = play.node(0, &[]);
    assert_eq!(play.command(200).expect("one is empty").nodes, [empty]);
}

/// 1 + 2^27 / 2^27 + 2^25 / 2^25 = 3; large ones are cut at 10.
#[test]
fn pods_that_are_dear_to_move_count_more() {
    assert_eq!(eviction_cost(0, 0), 1.0);
    assert_eq!(eviction_cost(1 << 27, 1 << 25), 3.0);
    assert_eq!(eviction_cost(i32::MAX, 0), 10.0);
    assert_eq!(eviction_cost(i32::MIN, 0), -10.0);
}
