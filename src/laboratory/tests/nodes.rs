//! NUMA nodes: items within one, over several, and wherever there is room.

use super::Tables;
use crate::laboratory::{Fleet, FleetPolicy, Host, Need, Spot};
use crate::metrics::summary::Rejections;
use crate::placement::gpu::{Devices, Typical};
use crate::placement::numa::{Bound, Nodes};
use crate::placement::{BinId, Resources, policy};
use crate::scenario::PlacementPolicy;

/// Items on two hosts of two nodes with 8 cores each.
fn on_two(items: &str, keys: &str) -> crate::metrics::summary::PlacementSummary {
    let tables = Tables {
        hosts: "a,b\n8,8\n8,8\n",
        host_columns: "numa = [{ cpu = 'a' }, { cpu = 'b' }]",
        items,
        item_columns: "arrival = 't', lifetime = 's', cpu = 'cpu', numa = 'numa', priority = 'p'",
    };
    tables.played(keys)
}

/// 12 cores are more than a node has; half of them on each of two are not.
#[test]
fn an_item_within_one_node_is_turned_away_where_the_sum_would_do() {
    let done = on_two("t,s,cpu,numa,p\n0,9,12,1,0\n0,9,12,2,0\n0,9,12,,0\n0,9,40,1,0\n", "");
    assert_eq!((done.rejected, done.placed(), done.hosts_max), (2, 2, 2));
    assert_eq!(done.rejections, Rejections { room: 1, nodes: 1, group: 0 });
    // more nodes than a host has
    let done = on_two("t,s,cpu,numa,p\n0,9,3,3,0\n", "");
    assert_eq!(done.rejections, Rejections { room: 0, nodes: 1, group: 0 });
}

/// Each of the four nodes has an item of 5 cores, so that 12 are free and no node has 8. The second
/// item leaves at 3 s, and the one that waits has its node then, until 5 s.
#[test]
fn a_node_is_free_again_when_its_item_leaves() {
    let items = "t,s,cpu,numa,p\n0,9,5,1,0\n0,3,5,1,0\n0,9,5,1,0\n0,9,5,1,0\n1,2,8,1,0\n";
    let done = on_two(items, "retry = '1s'");
    assert_eq!((done.rejected, done.departed, done.waiting_max), (0, 5, 1));
    assert_eq!(done.mean_finish, Some((9.0 + 3.0 + 9.0 + 9.0 + 5.0) / 5.0));
    // what could not have a node of an empty host does not wait
    let done = on_two("t,s,cpu,numa,p\n0,9,9,1,0\n", "retry = '1s'");
    assert_eq!((done.rejected, done.waiting), (1, 0));
}

/// All nodes have 5 of 8 cores in use. An item of 7 within a node evicts one other, an item of 14
/// over two nodes those of one host.
#[test]
fn an_important_item_evicts_what_is_in_its_nodes() {
    let others = "t,s,cpu,numa,p\n0,9,5,1,1\n0,9,5,1,1\n0,9,5,1,2\n0,9,5,1,2\n";
    let evicted = |item: &str| {
        let done = on_two(&format!("{others}{item}\n"), "preemption = true");
        (done.preempted, done.rejected)
    };
    assert_eq!(evicted("1,9,7,1,3"), (1, 1));
    assert_eq!(evicted("1,9,14,2,3"), (2, 2));
    assert_eq!(evicted("1,9,9,1,3"), (0, 1));
    // of the second host they are as important
    assert_eq!(evicted("1,9,6,2,2"), (0, 0));
}

fn host(nodes: &[[u64; 2]]) -> Host<6> {
    let nodes: Vec<Resources> = nodes.iter().map(|&node| Resources::of(node)).collect();
    let nodes = Nodes::new(&nodes);
    let [cpu, memory] = *nodes.total().amounts();
    Host {
        name: String::new(),
        capacity: Resources::of([cpu, memory, 0, 0, 0, 0]),
        devices: Devices::new(0, 0),
        nodes,
        rack: 0,
        power: None,
    }
}

fn fleet(rule: PlacementPolicy, hosts: &[Host<6>]) -> Fleet<6> {
    let order: Vec<usize> = (0..hosts.len()).collect();
    let policy = FleetPolicy::Amounts(policy(rule));
    Fleet::new(hosts, &order, policy, Typical::default()).with_nodes(hosts, 2)
}

fn need(cpu: u64, memory: u64, numa: u8) -> Need<6> {
    Need { numa, ..Need::of(Resources::of([cpu, memory, 0, 0, 0, 0])) }
}

fn on(spot: Option<Spot>) -> Option<(u32, u8)> {
    spot.map(|spot| (spot.host.0, spot.nodes.0))
}

/// What is bound to no node makes way for what is, and counts for the host.
#[test]
fn what_floats_makes_way() {
    let mut fleet = fleet(PlacementPolicy::FirstFit, &[host(&[[8, 8], [8, 8]])]);
    assert_eq!(on(fleet.place(&need(4, 4, 0))), Some((0, 0)));
    assert_eq!(on(fleet.place(&need(8, 8, 1))), Some((0, 0b01)));
    // 4 are left, and the second node has room for 8 beside what is bound to it
    assert_eq!(on(fleet.place(&need(5, 1, 1))), None);
    assert_eq!(on(fleet.place(&need(4, 4, 1))), Some((0, 0b10)));
    assert_eq!(on(fleet.place(&need(1, 0, 0))), None);
    fleet.give(&need(8, 8, 1), Spot { host: BinId(0), nodes: Bound(0b01), ..Spot::default() });
    assert_eq!(on(fleet.place(&need(8, 8, 2))), Some((0, 0b11)));
}

/// By the sum the second host is the fuller one, and its nodes are too small.
#[test]
fn best_fit_takes_the_fullest_host_whose_nodes_have_room_and_its_tightest_node() {
    let hosts = [host(&[[16, 16], [4, 4]]), host(&[[5, 5], [5, 5]]), host(&[[6, 6], [8, 8]])];
    let mut best = fleet(PlacementPolicy::BestFit, &hosts);
    assert_eq!(on(best.place(&need(6, 6, 1))), Some((2, 0b01)));
    assert_eq!(on(best.place(&need(6, 6, 1))), Some((2, 0b10)));
    assert_eq!(on(best.place(&need(6, 6, 1))), Some((0, 0b01)));
    assert_eq!(on(best.place(&need(6, 6, 2))), Some((1, 0b11)));
    assert_eq!(on(best.place(&need(6, 6, 0))), Some((0, 0)));
}

/// A host that the marks let through, as one node has the CPU and the other the memory.
#[test]
fn a_node_must_have_cpu_and_memory_both() {
    let hosts = [host(&[[8, 1], [1, 8]]), host(&[[2, 2], [2, 2]])];
    for described in crate::placement::POLICIES {
        let mut fleet = fleet(described.policy, &hosts);
        assert_eq!(on(fleet.place(&need(2, 2, 1))), Some((1, 0b01)), "{}", described.name);
    }
}

/// The first host has GPUs and small nodes, the second large nodes and two GPUs, for the first two
/// items. The third finds no node, the others share the first host, until one may not.
#[test]
fn policies_for_gpus_look_at_nodes_and_groups_too() {
    for policy in ["fgd", "gpu-packing", "gpu-random", "first-fit"] {
        let tables = Tables {
            hosts: "a,b,gpus,model\n4,4,8,T4\n8,8,2,T4\n",
            host_columns: "numa = [{ cpu = 'a' }, { cpu = 'b' }], gpus = 'gpus', \
                           gpu_model = 'model'",
            items: "cpu,numa,gpus,g\n6,1,1,\n6,1,1,\n6,1,1,\n4,2,1,\n2,2,1,x\n2,2,1,x\n",
            item_columns: "cpu = 'cpu', numa = 'numa', gpus = 'gpus', group = 'g'",
        };
        let done = tables.played(&format!("policy = '{policy}'\ngroup_rule = 'anti-affinity'"));
        assert_eq!((done.placed(), done.hosts_max), (4, 2), "{policy}");
        assert_eq!(done.rejections, Rejections { room: 0, nodes: 1, group: 1 }, "{policy}");
    }
}
