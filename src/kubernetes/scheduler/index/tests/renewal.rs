//! When all nodes have to be looked at again.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::cycle::attempt;
use crate::kubernetes::scheduler::index::{Answer, Index};
use crate::kubernetes::scheduler::labels::Selector;
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::plugins::fixture::{self, place, requesting, sized};
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, Inclusion, PodShape, SpreadConstraint, Taint, Unsatisfiable, Weighted,
};
use crate::kubernetes::scheduler::ties::TieBreak;
use crate::kubernetes::scheduler::topology::TopologyId;

const GIB: i64 = 1 << 30;

fn node(name: &str, cores: i64, zone: &str) -> NodeSpec {
    let labels = [("kubernetes.io/hostname", name), ("topology.kubernetes.io/zone", zone)];
    let labels = labels.into_iter().collect();
    NodeSpec { labels, ..sized(name, 1_000 * cores, cores * GIB) }
}

fn app(name: &str) -> PodShape {
    let labels = [("app", name)].into_iter().collect();
    PodShape { namespace: "default".into(), labels, ..requesting(100, GIB / 10) }
}

fn near(name: &str, topology: TopologyId) -> Weighted<AffinityTerm> {
    let namespaces = vec!["default".into()];
    let selector = super::selects(name);
    let term =
        AffinityTerm { selector, namespaces, namespace_selector: Selector::Nothing, topology };
    Weighted { weight: 100, term }
}

/// A cluster of a node with a rack, that is closed, and of three without.
fn cluster() -> Cluster {
    let rack = ("rack", "rack-1");
    let closed = Taint { key: "closed".into(), value: "".into(), effect: Effect::NoSchedule };
    let mut first = node("first", 4, "zone-1");
    first.labels = first.labels.iter().chain([rack]).collect();
    first.taints.push(closed);
    let open = [("large", 8, "zone-1"), ("other", 8, "zone-1"), ("small", 4, "zone-2")];
    let open = open.map(|(name, cores, zone)| node(name, cores, zone));
    fixture::cluster([first].into_iter().chain(open))
}

/// A web pod is spread over racks, of which the nodes it can run on have none, and likes its host
/// to have a database, which none has. So the largest host is best. Then a pod comes to a host of
/// the same zone that does not like web pods in its zone: of the first such term the index did not
/// know, and all hosts of the zone are worse than before, not only the one it came to.
#[test]
fn a_term_over_other_domains_is_about_nodes_that_did_not_change() {
    let mut cluster = cluster();
    let rack = cluster.topology("rack");
    let over_racks = SpreadConstraint {
        max_skew: 1,
        topology: rack,
        unsatisfiable: Unsatisfiable::ScheduleAnyway,
        selector: super::selects("web"),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    };
    let mut web = PodShape { spread: vec![over_racks], ..app("web") };
    web.affinity.preferred.push(near("db", TopologyId::HOSTNAME));
    cluster.intern(app("db"));
    let web = cluster.intern(web);
    let (profile, nominations, mut index) =
        (Profile::default(), Nominations::default(), Index::default());
    let mut ask = |cluster: &mut Cluster| {
        let pod = cluster.add_pod(Pod::pending("default/web", web));
        let plain = attempt(&profile, cluster, &nominations, pod);
        let found = index.ask(&profile, cluster, &nominations, pod, &mut TieBreak::Name);
        assert_eq!(found, Answer::Node(plain.best()[0]));
        assert_eq!(index.highest(cluster, web), plain.totals.iter().max().copied());
        found
    };
    assert_eq!(ask(&mut cluster), Answer::Node(NodeId(1)));
    let mut shy = app("shy");
    shy.anti_affinity.preferred.push(near("web", TopologyId::ZONE));
    place(&mut cluster, &shy, 2);
    assert_eq!(ask(&mut cluster), Answer::Node(NodeId(3)));
}
