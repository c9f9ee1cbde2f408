//! The cluster as the Cluster Autoscaler sees it.

use std::collections::{BTreeMap, BTreeSet};

use super::removal::Removal;
use crate::kubernetes::autoscale::cluster_autoscaler::{
    Controller, GroupId, NodeFacts, PodFacts, View,
};
use crate::kubernetes::objects::{NO_POOL, NodeId, Objects, PodId, Readiness};
use crate::kubernetes::scheduler::pod::PodId as ScheduledId;

/// What is known of nodes and pods at a scan.
pub(super) struct Known<'s> {
    pub objects: &'s Objects,
    /// Pods by the numbers the scheduler knows them by.
    pub of_scheduled: &'s [PodId],
    /// By template: what of its pods is always so.
    pub facts: &'s [PodFacts],
    pub removals: &'s BTreeMap<NodeId, Removal>,
    /// Pools of which no node is taken away.
    pub held: &'s BTreeSet<u32>,
}

impl View for Known<'_> {
    fn node(&self, id: NodeId) -> NodeFacts {
        let node = self.objects.node(id);
        NodeFacts {
            // one that is only thought of is in no group
            group: node.map(|node| node.pool).filter(|pool| *pool != NO_POOL).map(GroupId),
            ready: node.is_some_and(|node| node.readiness == Readiness::Ready),
            created: node.map_or(Default::default(), |node| node.joined),
            keep: node.is_some_and(|node| self.held.contains(&node.pool)),
            deleting: self.removals.contains_key(&id),
        }
    }

    fn pod(&self, id: ScheduledId) -> PodFacts {
        let known = self.of_scheduled.get(id.0 as usize);
        let pod = known.and_then(|&pod| self.objects.get_pod(pod));
        match pod.filter(|pod| pod.scheduled == Some(id)) {
            Some(pod) => PodFacts {
                created: pod.created,
                deleted: pod.deleted,
                terminal: pod.is_over(),
                ..self.facts[pod.template.index()]
            },
            // only thought of: it comes with a node
            None => PodFacts { controller: Controller::DaemonSet, ..PodFacts::default() },
        }
    }
}
