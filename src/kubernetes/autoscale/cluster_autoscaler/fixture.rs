//! Small clusters, played scan by scan.

use std::collections::BTreeMap;

use super::*;
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::{Owner, PodShape};

/// A second, a minute.
pub const SECOND: u64 = 1_000_000_000;
pub const MINUTE: u64 = 60 * SECOND;
/// Scans begin here, so that all that is there from the start is old.
pub const START: u64 = 600 * MINUTE;

/// So long after the start.
pub fn at(after: u64) -> SimTime {
    SimTime::from_nanos(START + after)
}

/// CPU in thousandths and memory in MiB.
pub fn amounts(milli_cpu: i64, mib: i64) -> Resources {
    let mut amounts = Resources::default();
    (amounts.milli_cpu, amounts.memory) = (milli_cpu, mib << 20);
    amounts
}

/// What is known, as it was put down.
#[derive(Debug, Default)]
pub struct Known {
    pub nodes: BTreeMap<NodeId, NodeFacts>,
    pub pods: BTreeMap<PodId, PodFacts>,
}

impl View for Known {
    fn node(&self, node: NodeId) -> NodeFacts {
        self.nodes[&node]
    }

    fn pod(&self, pod: PodId) -> PodFacts {
        self.pods[&pod]
    }
}

/// A cluster, the cloud it is in, and its autoscaler.
#[derive(Debug)]
pub struct Play {
    pub cluster: Cluster,
    pub groups: Vec<NodeGroup>,
    pub known: Known,
    pub pending: Vec<PendingPod>,
    pub autoscaler: ClusterAutoscaler,
    pub profile: Profile,
}

impl Play {
    pub fn new(settings: Settings) -> Self {
        Self {
            cluster: Cluster::new(),
            groups: Vec::new(),
            known: Known::default(),
            pending: Vec::new(),
            autoscaler: ClusterAutoscaler::new(settings, Ties::Name),
            profile: Profile::default(),
        }
    }

    /// A group of nodes without any. Pods may take all that machines have.
    pub fn group(&mut self, name: &str, milli_cpu: i64, mib: i64, most: u32) -> GroupId {
        let allocatable = amounts(milli_cpu, mib);
        let labels = [("pool", name), ("topology.kubernetes.io/zone", "a")].into_iter().collect();
        let node = NodeSpec { labels, allocatable, allowed_pods: 110, ..NodeSpec::default() };
        let template = Template { node, capacity: amounts(milli_cpu, mib), pods: Vec::new() };
        self.groups.push(NodeGroup {
            name: name.into(),
            min: 0,
            max: most,
            target: 0,
            template,
            unregistered: Vec::new(),
            price: None,
            priority: None,
            gpu: None,
        });
        GroupId(u32::try_from(self.groups.len() - 1).expect("groups are few"))
    }

    /// A node of a group, ready since long ago. The target grows with it.
    pub fn node(&mut self, group: GroupId) -> NodeId {
        self.groups[group.index()].target += 1;
        self.arrive(group, SimTime::ZERO, true)
    }

    /// A node that the group was asked for.
    pub fn arrive(&mut self, group: GroupId, created: SimTime, ready: bool) -> NodeId {
        let name = format!("n{}", self.cluster.node_places());
        let node = self.cluster.add_node(self.groups[group.index()].template.named(&name));
        let group = Some(group);
        let facts = NodeFacts { group, ready, created, keep: false, deleting: false };
        self.known.nodes.insert(node, facts);
        node
    }

    /// A pod of a ReplicaSet, `app-3` of `app`.
    pub fn pod(&mut self, name: &str, shape: PodShape, node: Option<NodeId>) -> PodId {
        let app = name.rsplit_once('-').map_or(name, |(app, _)| app);
        let owner = Owner { kind: "ReplicaSet".into(), name: app.into() };
        let labels = [("app", app)].into_iter().collect();
        let shape = PodShape { namespace: "default".into(), owner: Some(owner), labels, ..shape };
        let (milli_cpu, memory) = (shape.requests.milli_cpu, shape.requests.memory);
        let shape = self.cluster.intern(shape);
        let key = format!("default/{name}");
        let pod = self.cluster.add_pod(Pod { node, ..Pod::pending(&key, shape) });
        let requests = Amounts { milli_cpu, memory };
        let controller = Controller::Replicated;
        self.known.pods.insert(pod, PodFacts { controller, requests, ..PodFacts::default() });
        pod
    }

    /// Pods that wait.
    pub fn wait(&mut self, app: &str, milli_cpu: i64, mib: i64, pods: usize) -> Vec<PodId> {
        let pods = (0..pods).map(|number| {
            let pod = self.pod(&format!("{app}-{number}"), requesting(milli_cpu, mib), None);
            self.pending.push(PendingPod { pod, nominated: None });
            pod
        });
        pods.collect()
    }

    /// Pods that run on a node.
    pub fn run(&mut self, app: &str, milli_cpu: i64, mib: i64, node: NodeId) -> PodId {
        let number = self.cluster.pods().count();
        self.pod(&format!("{app}-{number}"), requesting(milli_cpu, mib), Some(node))
    }

    /// One scan so long after the start. Targets follow the plan.
    pub fn scan(&mut self, after: u64) -> Decisions {
        let Self { cluster, groups, known, pending, autoscaler, profile } = self;
        let shown = Shown { profile, groups, view: known, pending };
        let decided = autoscaler.scan(at(after), cluster, &shown);
        for resize in &decided.scale_up.plan {
            assert_eq!(groups[resize.group.index()].target, resize.from);
            groups[resize.group.index()].target = resize.to;
        }
        decided
    }

    /// Scans every so often, from a time to another; what was deleted, and when.
    pub fn scan_until(&mut self, from: u64, until: u64, every: u64) -> Vec<(u64, NodeId)> {
        let mut deleted = Vec::new();
        for number in 0.. {
            let after = from + number * every;
            if after > until {
                break;
            }
            deleted.extend(self.scan(after).delete.iter().map(|one| (after, one.node)));
        }
        deleted
    }

    /// Removes a node and its machine.
    pub fn remove(&mut self, node: NodeId) {
        let group = self.known.nodes[&node].group.expect("nodes of groups are removed");
        self.groups[group.index()].target -= 1;
        self.cluster.remove_node(node);
    }
}

/// A pod that names both requests.
pub fn requesting(milli_cpu: i64, mib: i64) -> PodShape {
    let requests = amounts(milli_cpu, mib);
    PodShape { scored_requests: requests.clone(), requests, ..PodShape::default() }
}
