//! What helps whom, case by case.

use super::super::hints::{helps, registered};
use super::*;
use crate::kubernetes::scheduler::labels::{Labels, Selector};
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Claim, Effect, HostPort, Inclusion, PodAffinity, PodVolumes, SpreadConstraint,
    Taint, Unsatisfiable,
};
use crate::kubernetes::scheduler::topology::TopologyId;

/// Whether an event moves a pod of a shape that a plugin rejected.
fn moves(plugin: Plugin, pod: &PodShape, event: impl Fn(&mut Cluster) -> Event) -> bool {
    let (mut cluster, profile) = (Cluster::new(), Profile::default());
    let shape = cluster.intern(pod.clone());
    let event = event(&mut cluster);
    let context = Context { profile: &profile, cluster: &cluster };
    registered(plugin).meets(event.kinds(&cluster)) && helps(&context, plugin, &event, shape)
}

fn changed(old: &NodeSpec, new: &NodeSpec) -> Event {
    Event::NodeUpdated { old: Box::new(old.clone()), new: Box::new(new.clone()) }
}

fn cores(milli_cpu: i64) -> Resources {
    let mut amounts = Resources::default();
    amounts.milli_cpu = milli_cpu;
    amounts
}

fn node() -> NodeSpec {
    NodeSpec { allowed_pods: 110, allocatable: cores(4000), ..NodeSpec::default() }
}

fn labelled(labels: &[(&str, &str)]) -> Labels {
    labels.iter().copied().collect()
}

fn in_zone(zone: &str) -> NodeSpec {
    NodeSpec { labels: labelled(&[("topology.kubernetes.io/zone", zone)]), ..node() }
}

fn app(name: &str) -> PodShape {
    let labels = labelled(&[("app", name)]);
    PodShape { namespace: "shop".into(), labels, ..PodShape::default() }
}

fn selects(name: &str) -> Selector {
    use crate::kubernetes::scheduler::labels::{Operator, Requirement};
    let operator = Operator::In(vec![name.into()]);
    Selector::All(vec![Requirement { key: "app".into(), operator }])
}

fn by_zone(name: &str) -> AffinityTerm {
    AffinityTerm {
        selector: selects(name),
        namespaces: vec!["shop".into()],
        namespace_selector: Selector::Nothing,
        topology: TopologyId::ZONE,
    }
}

#[test]
fn more_of_what_a_pod_requests_helps_if_it_is_enough() {
    let pod = PodShape { requests: cores(5000), ..PodShape::default() };
    let fit = Plugin::NodeResourcesFit;
    let sized = |milli_cpu| NodeSpec { allocatable: cores(milli_cpu), ..node() };
    assert!(!moves(fit, &pod, |_| Event::NodeAdded(Box::new(sized(4999)))));
    assert!(moves(fit, &pod, |_| Event::NodeAdded(Box::new(sized(5000)))));
    assert!(moves(fit, &pod, |_| changed(&sized(4000), &sized(6000))));
    assert!(!moves(fit, &pod, |_| changed(&sized(4000), &sized(4500))));
    assert!(!moves(fit, &pod, |_| changed(&sized(8000), &sized(6000))));
    let mut more_memory = sized(6000);
    more_memory.allocatable.memory = 1 << 30;
    assert!(!moves(fit, &pod, |_| changed(&sized(6000), &more_memory)), "it wants none");
    let more_pods = NodeSpec { allowed_pods: 250, ..sized(6000) };
    assert!(moves(fit, &pod, |_| changed(&sized(6000), &more_pods)));
}

#[test]
fn a_pod_that_gives_resources_back_helps_who_requests_them() {
    let shrinks = |cluster: &mut Cluster| {
        let of = |milli_cpu| PodShape { requests: cores(milli_cpu), ..PodShape::default() };
        Event::PodUpdated { old: cluster.intern(of(500)), new: cluster.intern(of(200)) }
    };
    let pod = PodShape { requests: cores(100), ..PodShape::default() };
    assert!(moves(Plugin::NodeResourcesFit, &pod, shrinks));
    assert!(!moves(Plugin::NodeResourcesFit, &PodShape::default(), shrinks));
}

#[test]
fn uncordoning_and_untainting_help_only_whom_they_let_in() {
    let cordoned = NodeSpec { unschedulable: true, ..node() };
    let pod = PodShape::default();
    assert!(moves(Plugin::NodeUnschedulable, &pod, |_| changed(&cordoned, &node())));
    assert!(!moves(Plugin::NodeUnschedulable, &pod, |_| changed(&node(), &cordoned)));
    let taint = |key: &str, effect| Taint { key: key.into(), value: "".into(), effect };
    let tainted = |taints| NodeSpec { taints, ..node() };
    let one = tainted(vec![taint("gpu", Effect::NoSchedule)]);
    let two = tainted(vec![taint("gpu", Effect::NoSchedule), taint("old", Effect::NoExecute)]);
    let soft = tainted(vec![taint("old", Effect::PreferNoSchedule)]);
    assert!(moves(Plugin::TaintToleration, &pod, |_| changed(&one, &node())));
    assert!(!moves(Plugin::TaintToleration, &pod, |_| changed(&two, &one)));
    assert!(moves(Plugin::TaintToleration, &pod, |_| changed(&two, &soft)));
    assert!(!moves(Plugin::TaintToleration, &pod, |_| changed(&soft, &node())));
}

#[test]
fn labels_help_if_a_node_is_wanted_only_now() {
    let ssd = NodeSpec { labels: labelled(&[("disk", "ssd")]), ..node() };
    let pod = PodShape { node_selector: labelled(&[("disk", "ssd")]), ..PodShape::default() };
    assert!(moves(Plugin::NodeAffinity, &pod, |_| changed(&node(), &ssd)));
    assert!(!moves(Plugin::NodeAffinity, &pod, |_| changed(&ssd, &node())));
    assert!(moves(Plugin::NodeAffinity, &pod, |_| Event::NodeAdded(Box::new(ssd.clone()))));
    assert!(!moves(Plugin::NodeAffinity, &pod, |_| Event::NodeAdded(Box::new(node()))));
}

#[test]
fn a_pod_that_leaves_helps_if_it_had_the_same_port() {
    let listening = |ip: &str, port| PodShape {
        host_ports: vec![HostPort { ip: ip.into(), protocol: "TCP".into(), port }],
        ..PodShape::default()
    };
    let pod = listening("10.0.0.1", 80);
    let leaves = |other: PodShape| {
        moves(Plugin::NodePorts, &pod, move |cluster| {
            Event::PodDeleted(cluster.intern(other.clone()))
        })
    };
    assert!(leaves(listening("0.0.0.0", 80)));
    assert!(!leaves(listening("10.0.0.2", 80)));
    assert!(!leaves(listening("", 81)));
}

#[test]
fn affinity_is_helped_by_who_comes_and_anti_affinity_by_who_goes() {
    let affinity = |name: &str| PodAffinity { required: vec![by_zone(name)], preferred: vec![] };
    let near = PodShape { affinity: affinity("db"), ..app("web") };
    let far = PodShape { anti_affinity: affinity("db"), ..app("web") };
    let plugin = Plugin::InterPodAffinity;
    let comes = |pod: &PodShape, name: &'static str| {
        moves(plugin, pod, move |cluster| Event::PodAdded(cluster.intern(app(name))))
    };
    let goes = |pod: &PodShape, other: PodShape| {
        moves(plugin, pod, move |cluster| Event::PodDeleted(cluster.intern(other.clone())))
    };
    assert!(comes(&near, "db") && !comes(&near, "web") && !comes(&far, "db"));
    assert!(goes(&far, app("db")) && !goes(&far, app("web")) && !goes(&near, app("db")));
    let shunning = PodShape { anti_affinity: affinity("web"), ..app("db") };
    assert!(goes(&app("web"), shunning), "it kept others away");
    // nodes that come into zones, or leave them
    assert!(moves(plugin, &near, |_| changed(&node(), &in_zone("a"))));
    assert!(!moves(plugin, &near, |_| changed(&in_zone("a"), &node())));
    assert!(moves(plugin, &far, |_| changed(&in_zone("a"), &node())));
    assert!(!moves(plugin, &far, |_| changed(&node(), &in_zone("a"))));
    assert!(moves(plugin, &far, |_| Event::NodeAdded(Box::new(node()))));
}

#[test]
fn spreading_is_helped_by_pods_that_are_counted_and_by_nodes_with_the_keys() {
    let constraint = |unsatisfiable| SpreadConstraint {
        max_skew: 1,
        topology: TopologyId::ZONE,
        unsatisfiable,
        selector: selects("web"),
        min_domains: 1,
        node_affinity: Inclusion::Honor,
        node_taints: Inclusion::Ignore,
    };
    let spread = vec![constraint(Unsatisfiable::DoNotSchedule)];
    let pod = PodShape { spread, ..app("web") };
    let soft = PodShape { spread: vec![constraint(Unsatisfiable::ScheduleAnyway)], ..app("web") };
    let plugin = Plugin::PodTopologySpread;
    let goes = |pod: &PodShape, other: PodShape| {
        moves(plugin, pod, move |cluster| Event::PodDeleted(cluster.intern(other.clone())))
    };
    assert!(goes(&pod, app("web")));
    assert!(!goes(&pod, app("db")) && !goes(&soft, app("web")));
    assert!(!goes(&pod, PodShape { namespace: "other".into(), ..app("web") }));
    assert!(moves(plugin, &pod, |_| Event::NodeAdded(Box::new(in_zone("a")))));
    assert!(!moves(plugin, &pod, |_| Event::NodeAdded(Box::new(node()))));
    assert!(moves(plugin, &pod, |_| Event::NodeRemoved(Box::new(in_zone("a")))));
    assert!(moves(plugin, &pod, |_| changed(&in_zone("a"), &in_zone("b"))));
    let tainted = NodeSpec {
        taints: vec![Taint { key: "x".into(), value: "".into(), effect: Effect::NoSchedule }],
        ..in_zone("a")
    };
    assert!(moves(plugin, &pod, |_| changed(&tainted, &in_zone("a"))));
}

#[test]
fn claims_help_the_pods_that_name_them() {
    let claim = Claim { name: "data".into(), pod: None };
    let volumes = PodVolumes { claims: vec![claim], ..PodVolumes::default() };
    let pod = PodShape { volumes, ..app("db") };
    let claimed = |namespace: &str, name: &str| Event::ClaimUpdated {
        namespace: namespace.into(),
        name: name.into(),
    };
    assert!(moves(Plugin::VolumeBinding, &pod, |_| claimed("shop", "data")));
    assert!(!moves(Plugin::VolumeBinding, &pod, |_| claimed("shop", "logs")));
    assert!(!moves(Plugin::VolumeBinding, &pod, |_| claimed("other", "data")));
    assert!(!moves(Plugin::VolumeRestrictions, &pod, |_| claimed("shop", "data")), "only new ones");
    assert!(moves(Plugin::VolumeBinding, &pod, |_| Event::VolumeUpdated { zones: false }));
    assert!(!moves(Plugin::VolumeZone, &pod, |_| Event::VolumeUpdated { zones: false }));
    assert!(moves(Plugin::VolumeZone, &pod, |_| Event::ClassAdded { waits: true }));
    assert!(!moves(Plugin::VolumeZone, &pod, |_| Event::ClassAdded { waits: false }));
    assert!(moves(Plugin::NodeVolumeLimits, &pod, |_| Event::CsiNodeUpdated { raised: true }));
    assert!(!moves(Plugin::VolumeBinding, &pod, |_| Event::CsiNodeUpdated { raised: true }));
}
