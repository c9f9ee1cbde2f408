//! The cluster as Karpenter sees it.

use std::collections::BTreeMap;

use super::super::ControlPlane;
use super::Karpenter;
use super::provision::is_reschedulable;
use crate::engine::SimTime;
use crate::kubernetes::autoscale::karpenter::disruption::{NodeFacts, PodFacts, View};
use crate::kubernetes::objects::{NodeId, Objects, PodId, Readiness, TemplateId};
use crate::kubernetes::scheduler::pod::PodId as ScheduledId;

/// Keeps a pod, or all pods of a node, from being moved.
const DO_NOT_DISRUPT: &str = "karpenter.sh/do-not-disrupt";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What annotations say of the pods of a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub do_not_disrupt: bool,
    deletion_cost: i32,
}

/// What is known of nodes and pods at a look.
pub(super) struct Known<'s> {
    pub objects: &'s Objects,
    /// Pods by the numbers the scheduler knows them by.
    pub of_scheduled: &'s [PodId],
    pub karpenter: &'s Karpenter,
    /// Claims that are not nodes yet.
    pub tried: &'s BTreeMap<NodeId, u32>,
    pub now: SimTime,
}

impl View for Known<'_> {
    fn node(&self, node: NodeId) -> Option<NodeFacts> {
        let known = self.karpenter.of_node.get(&node).or_else(|| self.tried.get(&node))?;
        let claim = &self.karpenter.claims[known];
        let launched = claim.launched.as_ref()?;
        let ready = self.objects.node(node).is_some_and(|it| it.readiness == Readiness::Ready);
        let template = &self.karpenter.pools[claim.pool].spec.template;
        Some(NodeFacts {
            pool: claim.pool,
            instance: Some(launched.instance),
            zone: launched.zone.clone(),
            capacity_type: launched.capacity_type,
            created: claim.created,
            initialized: claim.initialized,
            ready,
            deleting: self.karpenter.is_going(*known),
            nominated: claim.nominated > self.now,
            do_not_disrupt: template.annotations.get(DO_NOT_DISRUPT) == Some("true"),
            last_pod: claim.last_pod,
        })
    }

    fn drifted(&self, node: NodeId) -> Option<SimTime> {
        let claim = &self.karpenter.claims[self.karpenter.of_node.get(&node)?];
        let concerns = |(at, pools): &&(SimTime, Vec<usize>)| {
            claim.created < *at && *at <= self.now && pools.contains(&claim.pool)
        };
        self.karpenter.settings.drifts.iter().find(concerns).map(|(at, _)| *at)
    }

    fn pod(&self, id: ScheduledId) -> PodFacts {
        let known = self.of_scheduled.get(id.0 as usize);
        let pod = known.and_then(|&pod| self.objects.get_pod(pod));
        let Some(pod) = pod.filter(|pod| pod.scheduled == Some(id)) else {
            return PodFacts::default();
        };
        let marks = self.karpenter.facts.get(pod.template.index()).copied().unwrap_or_default();
        PodFacts {
            reschedulable: is_reschedulable(self.objects, pod),
            do_not_disrupt: marks.do_not_disrupt && pod.is_active(),
            deletion_cost: marks.deletion_cost,
            created: pod.created,
        }
    }
}

impl Karpenter {
    /// Learns of templates that came since the last look.
    pub(super) fn learn(&mut self, objects: &Objects) {
        for number in self.facts.len() as u32..objects.template_count() {
            let annotations =
                objects.template(TemplateId(number)).source.metadata.annotations.as_ref();
            let of = |key: &str| annotations.and_then(|all| all.get(key));
            self.facts.push(Marks {
                do_not_disrupt: of(DO_NOT_DISRUPT).is_some_and(|it| it == "true"),
                deletion_cost: of(DELETION_COST).and_then(|it| it.parse().ok()).unwrap_or(0),
            });
        }
    }
}

impl ControlPlane {
    /// What annotations say of a pod.
    pub(super) fn marks_of(&mut self, pod: PodId) -> Marks {
        let template = self.objects.pod(pod).template;
        let Some(karpenter) = &mut self.karpenter else { return Marks::default() };
        karpenter.learn(&self.objects);
        karpenter.facts[template.index()]
    }
}
