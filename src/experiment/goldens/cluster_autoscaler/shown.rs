//! The cluster of a case, as the autoscaler is shown it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, Pod as ApiPod};

use super::super::{GoldenError, Half};
use super::case::{Case, GROUP};
use crate::engine::SimTime;
use crate::kubernetes::api::defaults;
use crate::kubernetes::autoscale::cluster_autoscaler::{
    GroupId, NodeFacts, NodeGroup, PodFacts, Template, View, is_kept,
};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::{NodeId, NodeSpec};
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::resources::Resources;

/// A cluster and what surrounds it.
pub(super) struct World {
    pub cluster: Cluster,
    pub groups: Vec<NodeGroup>,
    pub view: Facts,
}

/// What is known of nodes and pods.
#[derive(Debug, Default)]
pub(super) struct Facts {
    nodes: BTreeMap<NodeId, NodeFacts>,
    pods: BTreeMap<PodId, PodFacts>,
    /// Controllers that are there, by kind and name.
    controllers: Vec<(&'static str, String)>,
}

impl View for Facts {
    fn node(&self, node: NodeId) -> NodeFacts {
        self.nodes[&node]
    }

    fn pod(&self, pod: PodId) -> PodFacts {
        self.pods[&pod]
    }
}

impl World {
    /// As a case says it is at first.
    pub fn new(read: &Case, case: &Half) -> Result<Self, GoldenError> {
        let mut world =
            Self { cluster: Cluster::new(), groups: Vec::new(), view: Facts::default() };
        for group in &read.node_groups {
            let template = world.template(&group.template);
            world.groups.push(NodeGroup {
                name: group.name.as_str().into(),
                min: group.min,
                max: group.max,
                target: 0,
                template,
                unregistered: Vec::new(),
                price: None,
                priority: None,
                gpu: None,
            });
        }
        for node in &read.nodes {
            world.add_node(node);
        }
        let sets = read.replica_sets.iter().filter_map(|set| set.metadata.name.clone());
        world.view.controllers = sets.map(|name| ("ReplicaSet", name)).collect();
        let budgets = read.pod_disruption_budgets.iter().map(read::budget);
        world.cluster.objects_mut().budgets.extend(budgets);
        for (place, pod) in read.pods.iter().enumerate() {
            world.add_bound_pod(pod.clone(), case, &format!("pods[{place}]"))?;
        }
        Ok(world)
    }

    fn template(&mut self, node: &Node) -> Template {
        let spec = read::node_spec(&mut self.cluster, node);
        Template { node: spec, capacity: self.capacity(node), pods: Vec::new() }
    }

    /// What the machine of a node has.
    fn capacity(&mut self, node: &Node) -> Resources {
        let mut machine = node.clone();
        if let Some(status) = &mut machine.status {
            status.allocatable = status.capacity.take();
        }
        read::node_spec(&mut self.cluster, &machine).allocatable
    }

    fn add_node(&mut self, node: &Node) {
        let spec: NodeSpec = read::node_spec(&mut self.cluster, node);
        let name = spec.labels.get(GROUP);
        let group = self.groups.iter().position(|group| Some(&*group.name) == name);
        if let Some(group) = group {
            self.groups[group].target += 1;
        }
        let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let ready = conditions.into_iter().find(|condition| condition.type_ == "Ready");
        let facts = NodeFacts {
            group: group.and_then(|place| u32::try_from(place).ok()).map(GroupId),
            ready: ready.is_some_and(|condition| condition.status == "True"),
            created: SimTime::ZERO,
            keep: is_kept(node),
            deleting: false,
        };
        let id = self.cluster.add_node(spec);
        self.view.nodes.insert(id, facts);
    }

    /// Adds a pod, on a node or not.
    pub fn add_pod(&mut self, mut pod: ApiPod, node: Option<NodeId>) -> PodId {
        defaults::default_pod(&mut pod);
        let controllers = &self.view.controllers;
        // where no controllers are listed, all are there
        let exists = |kind: &str, name: &str| {
            let named = |known: &(&str, String)| (known.0, known.1.as_str()) == (kind, name);
            controllers.is_empty() || controllers.iter().any(named)
        };
        let facts = PodFacts::read(&pod, exists);
        let read = Pod { node, ..read::pod(&mut self.cluster, &pod) };
        let id = self.cluster.add_pod(read);
        self.view.pods.insert(id, facts);
        id
    }

    /// Adds a pod that has a node.
    pub fn add_bound_pod(
        &mut self,
        mut pod: ApiPod,
        case: &Half,
        place: &str,
    ) -> Result<(), GoldenError> {
        let name = pod.spec.as_mut().and_then(|spec| spec.node_name.take()).unwrap_or_default();
        let named = self.cluster.nodes().find(|node| *node.spec.name == *name);
        let Some(node) = named.map(|node| node.id) else {
            let place = format!("{place}.spec.nodeName");
            return Err(case.malformed(&place, format!("`{name}` is none of the nodes")));
        };
        self.add_pod(pod, Some(node));
        Ok(())
    }

    /// Removes a pod, if it is there. The others of its node keep their order, which decides which
    /// of several that hold the node is named: the recorded autoscaler was shown a list of pods.
    pub fn remove_pod(&mut self, name: &str) {
        let known = self.cluster.pods().find(|(_, pod)| pod.name() == name);
        let Some((gone, node)) = known.and_then(|(id, pod)| Some((id, pod.node?))) else { return };
        let pods = &self.cluster.node(node).pods;
        let behind = pods.iter().position(|&pod| pod == gone).map_or(pods.len(), |place| place + 1);
        let later = pods[behind..].to_vec();
        self.cluster.remove_pod(gone);
        self.view.pods.remove(&gone);
        // places are taken again in the opposite order, so that each gets its own
        let mut aside: Vec<(PodId, Pod)> =
            later.iter().rev().map(|&pod| (pod, self.cluster.remove_pod(pod))).collect();
        while let Some((id, pod)) = aside.pop() {
            let again = self.cluster.add_pod(pod);
            assert_eq!(again, id, "a pod keeps its number");
        }
    }
}
