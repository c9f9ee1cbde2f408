//! Growth: what is asked for, waited for and given up.

use super::super::fixture::{MINUTE, Play, SECOND, at, requesting};
use super::super::*;
use crate::engine::Streams;
use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::shape::{Inclusion, PodShape, SpreadConstraint, Unsatisfiable};
use crate::kubernetes::scheduler::topology::TopologyId;

fn resize(group: GroupId, from: u32, to: u32) -> Resize {
    Resize { group, from, to }
}

#[test]
fn a_group_grows_by_what_it_takes_and_nodes_on_their_way_count() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    // two pods of 1.5 cores fill a node of 4
    let pods = play.wait("web", 1_500, 1_000, 5);
    let decided = play.scan(0);
    assert_eq!(decided.scale_up.plan, [resize(group, 0, 3)]);
    assert_eq!(decided.scale_up.options[0].pods, pods);
    assert_eq!(decided.schedulable, []);
    // the nodes are not there yet, but they will do
    let decided = play.scan(10 * SECOND);
    assert_eq!((decided.schedulable, decided.scale_up), (pods, ScaleUp::default()));
    // a sixth pod finds the place that is left, a seventh does not
    play.wait("late", 1_500, 1_000, 2);
    let decided = play.scan(20 * SECOND);
    assert_eq!(decided.schedulable.len(), 6);
    assert_eq!(decided.scale_up.plan, [resize(group, 3, 4)]);
}

#[test]
fn a_node_that_is_not_ready_yet_is_as_good_as_one_that_is() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    play.wait("web", 3_000, 1_000, 1);
    assert_eq!(play.scan(0).scale_up.plan, [resize(group, 0, 1)]);
    let node = play.arrive(group, at(60 * SECOND), false);
    for after in [60, 600] {
        let decided = play.scan(after * SECOND);
        assert_eq!((decided.schedulable.len(), decided.scale_up.plan.len()), (1, 0));
        assert_eq!(decided.delete, []);
    }
    // after 15 minutes it is one that is broken. Filters know taints, and not whether it is ready
    play.scan(60 * SECOND + 15 * MINUTE);
    play.known.nodes.get_mut(&node).expect("it is known").ready = true;
    assert_eq!(play.scan(17 * MINUTE).scale_up.plan, []);
}

#[test]
fn pods_go_where_most_of_the_node_is_used() {
    let mut play = Play::new(Settings::default());
    play.group("large", 16_000, 64_000, 10);
    let fitting = play.group("fitting", 4_000, 4_000, 10);
    play.wait("web", 3_500, 3_500, 1);
    let decided = play.scan(0).scale_up;
    assert_eq!(decided.options.len(), 2);
    assert_eq!(decided.plan, [resize(fitting, 0, 1)]);
}

#[test]
fn what_no_group_can_help_remains() {
    let mut play = Play::new(Settings::default());
    play.group("small", 4_000, 16_000, 10);
    let pods = play.wait("huge", 5_000, 1_000, 2);
    let decided = play.scan(0).scale_up;
    assert_eq!((decided.remaining, decided.plan), (pods, Vec::new()));
}

/// Of two groups one is too small for the pods, and the other as large as it may be.
#[test]
fn each_group_says_why_it_does_not_grow() {
    let mut play = Play::new(Settings::default());
    play.group("small", 4_000, 16_000, 10);
    play.group("full", 16_000, 64_000, 0);
    let pods = play.wait("huge", 5_000, 1_000, 2);
    let decided = play.scan(0).scale_up;
    let [refused] = decided.refused.as_slice() else { panic!("{decided:?}") };
    let why: Vec<String> = refused.why.iter().map(ToString::to_string).collect();
    assert_eq!((&refused.pods, why.len()), (&pods, 2));
    assert_eq!(why, ["Insufficient cpu", "max node group size reached"]);
}

#[test]
fn groups_and_clusters_have_their_limits() {
    let mut play = Play::new(Settings { max_nodes: Some(4), ..Settings::default() });
    let small = play.group("small", 4_000, 16_000, 2);
    let other = play.group("small-too", 4_000, 16_000, 9);
    play.node(other);
    let pods = play.wait("web", 4_000, 1_000, 8);
    play.run("old", 4_000, 1_000, NodeId(0));
    let decided = play.scan(0).scale_up;
    let sizes: Vec<u32> = decided.options.iter().map(|option| option.nodes).collect();
    assert_eq!(sizes, [2, 3]);
    assert_eq!(decided.options[1].pods, pods[..3]);
    assert_eq!(decided.plan, [resize(small, 0, 2)]);
    // cores: 5 nodes of 4 cores at most
    let settings = Settings { max_milli_cpu: 20_000, ..Settings::default() };
    let mut play = Play::new(settings);
    let group = play.group("small", 4_000, 16_000, 100);
    play.node(group);
    play.run("old", 4_000, 1_000, NodeId(0));
    play.wait("web", 4_000, 1_000, 8);
    assert_eq!(play.scan(0).scale_up.plan, [resize(group, 1, 5)]);
}

#[test]
fn similar_groups_share_new_nodes() {
    let mut play = Play::new(Settings { balance_similar: true, ..Settings::default() });
    let groups: Vec<GroupId> =
        ["a", "b", "c"].iter().map(|name| play.group(name, 4_000, 16_000, 4)).collect();
    for group in &mut play.groups {
        group.template.node.labels = [("pool", "same")].into_iter().collect();
    }
    // sizes 0, 1 and 3 of at most 4; 7 nodes would be 11 in all: 4, 4 and 3
    for (&group, nodes) in groups.iter().zip([0, 1, 3]) {
        for _ in 0..nodes {
            let node = play.node(group);
            play.run("old", 4_000, 1_000, node);
        }
    }
    play.wait("web", 4_000, 1_000, 7);
    let mut plan = play.scan(0).scale_up.plan;
    plan.sort_by_key(|resize| resize.group);
    assert_eq!(plan, [resize(groups[0], 0, 4), resize(groups[1], 1, 4)]);
    // a label that differs, a core more: not the same
    play.pending.clear();
    for change in 0..2 {
        let template = &mut play.groups[1].template;
        match change {
            0 => template.node.labels = [("pool", "other")].into_iter().collect(),
            _ => template.capacity.milli_cpu += 1_000,
        }
        play.groups.iter_mut().for_each(|group| group.max = 20);
        play.wait("more", 4_000, 1_000, 9);
        let options = play.scan(MINUTE).scale_up.options;
        assert!(options.iter().all(|option| !option.similar.contains(&groups[1])));
        play.pending.clear();
    }
}

#[test]
fn memory_of_similar_groups_may_differ_by_three_parts_in_two_hundred() {
    let differs = |mib: i64| {
        let mut play = Play::new(Settings { balance_similar: true, ..Settings::default() });
        for (name, mib) in [("a", 20_000), ("b", mib)] {
            play.group(name, 4_000, mib, 4);
        }
        for group in &mut play.groups {
            group.template.node.labels = [("pool", "same")].into_iter().collect();
        }
        play.wait("web", 4_000, 1_000, 1);
        play.scan(0).scale_up.options[0].similar.is_empty()
    };
    assert_eq!([differs(19_700), differs(19_699)], [false, true]);
}

#[test]
fn nodes_that_do_not_come_are_given_up_and_the_group_left_alone() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    play.wait("web", 3_000, 1_000, 1);
    assert_eq!(play.scan(0).scale_up.plan, [resize(group, 0, 1)]);
    play.groups[0].unregistered = vec![at(0)];
    let quiet = play.scan(15 * MINUTE);
    assert_eq!((quiet.give_up, quiet.schedulable.len()), (Vec::new(), 1));
    // a moment later the time is over
    let decided = play.scan(15 * MINUTE + SECOND);
    assert_eq!(decided.give_up, [(group, 1)]);
    assert_eq!((decided.schedulable.len(), decided.scale_up.plan.len()), (0, 0));
    let until = at(20 * MINUTE + SECOND);
    assert_eq!(play.autoscaler.backed_off(group, at(16 * MINUTE)), Some(until));
    (play.groups[0].target, play.groups[0].unregistered) = (0, Vec::new());
    assert_eq!(play.scan(20 * MINUTE).scale_up.plan, []);
    assert_eq!(play.scan(20 * MINUTE + SECOND).scale_up.plan, [resize(group, 0, 1)]);
}

#[test]
fn a_group_that_fails_is_left_alone_for_twice_as_long_each_time() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    play.wait("web", 3_000, 1_000, 1);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..5 {
        assert_eq!(play.scan(now).scale_up.plan, [resize(group, 0, 1)]);
        play.autoscaler.scale_up_failed(group, 1, at(now));
        // another that fails meanwhile changes nothing
        play.autoscaler.scale_up_failed(group, 1, at(now));
        play.groups[0].target = 0;
        let until = play.autoscaler.backed_off(group, at(now)).expect("it failed");
        let wait = until.since(at(now));
        waits.push(wait.as_nanos() / MINUTE);
        now += wait.as_nanos();
        assert_eq!(play.scan(now - 1).scale_up.plan, []);
        // at the instant itself it may grow, and a failure just then is still of the old time
        now += 1;
    }
    assert_eq!(waits, [5, 10, 20, 30, 30]);
    // after three hours without a failure all is forgotten
    let later = now + 181 * MINUTE;
    assert_eq!(play.scan(later).scale_up.plan, [resize(group, 0, 1)]);
    play.autoscaler.scale_up_failed(group, 1, at(later));
    let until = play.autoscaler.backed_off(group, at(later)).expect("it failed");
    assert_eq!(until.since(at(later)).as_nanos(), 5 * MINUTE);
}

#[test]
fn a_scale_up_that_was_done_clears_the_record() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    play.wait("web", 3_000, 1_000, 1);
    play.scan(0);
    play.autoscaler.scale_up_failed(group, 1, at(0));
    play.groups[0].target = 0;
    assert_eq!(play.scan(6 * MINUTE).scale_up.plan, [resize(group, 0, 1)]);
    play.arrive(group, at(7 * MINUTE), true);
    play.scan(8 * MINUTE);
    play.autoscaler.scale_up_failed(group, 1, at(8 * MINUTE));
    let until = play.autoscaler.backed_off(group, at(8 * MINUTE)).expect("it failed");
    assert_eq!(until, at(13 * MINUTE));
}

#[test]
fn expendable_pods_and_new_ones_bring_nothing_about() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let shape = PodShape { priority: -11, ..requesting(1_000, 1_000) };
    let pod = play.pod("idle-0", shape, None);
    play.pending.push(PendingPod { pod, nominated: None });
    assert_eq!(play.scan(0), Decisions::default());
    let pods = play.wait("web", 1_000, 1_000, 1);
    let facts = play.known.pods.get_mut(&pods[0]).expect("it is known");
    facts.created = at(9 * SECOND);
    assert_eq!(play.scan(10 * SECOND).scale_up.plan, []);
    assert_eq!(play.scan(11 * SECOND).scale_up.plan, [resize(group, 0, 1)]);
}

#[test]
fn a_pod_for_which_others_were_evicted_has_its_place() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let node = play.node(group);
    play.run("old", 4_000, 1_000, node);
    play.wait("web", 1_000, 1_000, 1);
    play.pending[0].nominated = Some(node);
    let decided = play.scan(0);
    assert_eq!((decided.scale_up, decided.schedulable), (ScaleUp::default(), Vec::new()));
}

/// No more than so many more pods of an app on one host than on another.
fn over_hosts(app: &str, max_skew: i32) -> SpreadConstraint {
    let operator = Operator::In(vec![app.into()]);
    SpreadConstraint {
        max_skew,
        topology: TopologyId::HOSTNAME,
        unsatisfiable: Unsatisfiable::DoNotSchedule,
        selector: Selector::All(vec![Requirement { key: "app".into(), operator }]),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    }
}

#[test]
fn the_newest_node_takes_pods_that_are_spread_as_long_as_hosts_are_even() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    // three fit a node: the first is the only host, and full when the second comes
    for number in 0..5 {
        let spread = vec![over_hosts("web", 1)];
        let shape = PodShape { spread, ..requesting(1_200, 1_000) };
        let pod = play.pod(&format!("web-{number}"), shape, None);
        play.pending.push(PendingPod { pod, nominated: None });
    }
    assert_eq!(play.scan(0).scale_up.plan, [resize(group, 0, 2)]);
    // a host that is full and has none of them keeps the fewest at none: one on each other host
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let full = play.node(group);
    play.run("old", 4_000, 1_000, full);
    for number in 0..5 {
        let spread = vec![over_hosts("web", 1)];
        let shape = PodShape { spread, ..requesting(1_200, 1_000) };
        let pod = play.pod(&format!("web-{number}"), shape, None);
        play.pending.push(PendingPod { pod, nominated: None });
    }
    assert_eq!(play.scan(0).scale_up.plan, [resize(group, 1, 6)]);
}

#[test]
fn small_pods_fill_what_large_ones_leave() {
    let mut play = Play::new(Settings::default());
    let group = play.group("small", 4_000, 16_000, 10);
    let small = play.wait("small", 1_000, 1_000, 3);
    let large = play.wait("large", 3_000, 1_000, 2);
    let decided = play.scan(0).scale_up;
    assert_eq!(decided.plan, [resize(group, 0, 3)]);
    assert_eq!(decided.options[0].pods, [large, small].concat());
}

#[test]
fn the_cheapest_group_is_weighed_against_what_pods_are_worth() {
    use crate::units::HourlyPrice;
    let expanders = vec![Expander::Price(PodPrices::default())];
    let mut play = Play::new(Settings { expanders, ..Settings::default() });
    let (dear, cheap) = (play.group("dear", 4_000, 16_000, 9), play.group("z", 4_000, 16_000, 9));
    play.group("unpriced", 4_000, 16_000, 9);
    play.groups[dear.index()].price = Some(HourlyPrice(0.2));
    play.groups[cheap.index()].price = Some(HourlyPrice(0.1));
    play.wait("web", 1_000, 1_000, 1);
    assert_eq!(play.scan(0).scale_up.plan, [resize(cheap, 0, 1)]);
}

#[test]
fn expanders_are_a_chain_and_chance_decides_in_the_end() {
    let expanders = vec![Expander::Priority, Expander::LeastNodes];
    let settings = Settings { expanders, ..Settings::default() };
    let mut chosen = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let mut play = Play::new(settings.clone());
        let stream = Streams::new(seed).named("autoscaler");
        play.autoscaler = ClusterAutoscaler::new(settings.clone(), Ties::Chance(Box::new(stream)));
        for (name, milli_cpu, priority) in [
            ("best", 1_000, Some(1)),
            ("a", 4_000, Some(5)),
            ("b", 4_000, Some(5)),
            ("c", 2_000, Some(5)),
        ] {
            let group = play.group(name, milli_cpu, 16_000, 9);
            play.groups[group.index()].priority = priority;
        }
        play.wait("web", 1_000, 1_000, 4);
        chosen.insert(play.scan(0).scale_up.plan[0].group);
    }
    assert_eq!(chosen.into_iter().collect::<Vec<_>>(), [GroupId(1), GroupId(2)]);
}

/// Options of one pod each, by the nodes that they take.
fn options(nodes: &[u32]) -> Vec<Expansion> {
    let requested = Amounts { milli_cpu: 2_000, memory: 4 << 30 };
    let all = nodes.iter().enumerate().map(|(group, &nodes)| {
        let group = GroupId(u32::try_from(group).expect("groups are few"));
        Expansion { group, nodes, pods: vec![PodId(0)], requested, similar: Vec::new() }
    });
    all.collect()
}

#[test]
fn waste_is_of_what_machines_have_and_prices_of_what_pods_are_worth() {
    use crate::units::HourlyPrice;
    let mut play = Play::new(Settings::default());
    for (name, milli_cpu, mib) in [("a", 4_000, 8 << 10), ("b", 2_000, 16 << 10)] {
        play.group(name, milli_cpu, mib, 9);
    }
    // of a half of the CPU and half of the memory is left, 1.0; of b none and three quarters, 0.75
    let best = |expander: Expander, play: &Play, nodes: &[u32]| {
        expander.best(&options(nodes), &play.groups, 3)
    };
    assert_eq!(best(Expander::LeastWaste, &play, &[1, 1]), [1]);
    // of two nodes of b: half of the CPU and seven eighths of the memory
    assert_eq!(best(Expander::LeastWaste, &play, &[1, 2]), [0]);
    // a machine of which pods may take less wastes as much
    play.groups[1].template.node.allocatable.memory /= 2;
    assert_eq!(best(Expander::LeastWaste, &play, &[1, 1]), [1]);
    assert_eq!(best(Expander::LeastNodes, &play, &[3, 2]), [1]);
    assert_eq!(best(Expander::MostPods, &play, &[3, 2]), [0, 1]);
    // at equal prices two cores suit a cluster of three nodes, and four are twice too many
    for group in &mut play.groups {
        group.price = Some(HourlyPrice(0.1));
    }
    let price = Expander::Price(PodPrices { core: 0.03, gib: 0.004 });
    assert_eq!(best(price, &play, &[1, 1]), [1]);
    // a pod of half a core and 500 MiB is worth 0.0170; so a is 2 × 0.0770, b is 1 × 0.1570 at 0.14
    play.groups[0].price = Some(HourlyPrice(0.06));
    play.groups[1].price = Some(HourlyPrice(0.14));
    assert_eq!(best(price, &play, &[1, 1]), [0]);
    play.groups[1].price = Some(HourlyPrice(0.136));
    assert_eq!(best(price, &play, &[1, 1]), [1]);
    // a machine with GPUs is for those who need it
    play.groups[1].gpu = Some(play.cluster.resource("nvidia.com/gpu"));
    assert_eq!(best(price, &play, &[1, 1]), [0]);
}
