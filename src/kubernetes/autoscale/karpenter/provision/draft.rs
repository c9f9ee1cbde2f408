//! A claim while it is being made.
//!
//! Follows `CanAdd` and `Add` in pkg/controllers/provisioning/scheduling/nodeclaim.go of Karpenter
//! 1.x.

use super::kind::{Answer, Asked};
use super::template::Template;
use crate::kubernetes::autoscale::karpenter::claim::{
    NodeClaim, collide, first_scarce, has_variety,
};
use crate::kubernetes::autoscale::karpenter::requirement::Allowed;
use crate::kubernetes::autoscale::karpenter::requirements::{
    CAPACITY_TYPE, HOSTNAME, Requirements, WellKnown, ZONE,
};
use crate::kubernetes::autoscale::karpenter::topology::Topology;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::resources::Resources;
use crate::kubernetes::scheduler::shape::HostPort;

/// A claim that may still get pods. It has a name of a host of its own, by which rules about
/// neighbours tell it from others; what it requests is without pods of DaemonSets.
#[derive(Debug)]
pub(super) struct Draft {
    pub claim: NodeClaim,
    /// The template, by its place.
    pub template: usize,
    ports: Vec<HostPort>,
    /// What pods that it has wanted of labels: it has that already.
    held: Vec<(usize, usize)>,
}

/// What becomes of a claim with another pod.
#[derive(Debug)]
pub(super) struct Added {
    /// None where they stay as they are.
    requirements: Option<Requirements>,
    types: Vec<usize>,
    requests: Resources,
}

impl Draft {
    /// A claim without pods, that may be of any of these types. `number` makes it a host of its
    /// own.
    pub fn new(number: usize, place: usize, template: &Template, types: Vec<usize>) -> Self {
        let mut requirements = template.requirements.clone();
        requirements.add(HOSTNAME, &Allowed::only([format!("hostname-placeholder-{number:04}")]));
        let (pods, requests) = (Vec::new(), Resources::default());
        let claim = NodeClaim { pool: template.pool, requirements, types, pods, requests };
        Self { claim, template: place, ports: Vec::new(), held: Vec::new() }
    }

    /// Whether it takes a pod: a type has to be left that holds all.
    pub fn ask(
        &self,
        asked: Asked,
        template: &mut Template,
        topology: &Topology,
        well_known: &WellKnown,
    ) -> Answer<Added> {
        let (shape, rung) = (asked.kind.shape, asked.rung);
        let conflict = |port: &HostPort| self.ports.iter().any(|taken| collide(port, taken));
        if shape.host_ports.iter().any(conflict) || !rung.wish.tolerates(template.taints) {
            return Answer::Never;
        }
        let mut requests = self.claim.requests.clone();
        requests.add(&shape.requests, 1);
        let pods = self.claim.pods.len() as i64 + 1;
        let has_room = |place: &usize| template.has_room(*place, &requests, pods);
        // what nearly always decides is asked first: claims that are full are many
        if !self.claim.types.iter().any(has_room) {
            return Answer::Never;
        }
        let is_held = self.held.contains(&asked.key);
        if !is_held && !self.claim.requirements.can_meet(&rung.requirements, well_known) {
            return Answer::Never;
        }
        let types: Vec<usize> = self.claim.types.iter().copied().filter(has_room).collect();
        let plain = asked.is_free() && asked.volumes().iter().all(Requirements::is_empty);
        if is_held && plain {
            let enough = template.is_enough(&types, &self.claim.requirements);
            let added = Added { requirements: None, types, requests };
            return if enough { Answer::Yes(added) } else { Answer::Never };
        }
        let mut requirements = self.claim.requirements.clone();
        let tighter = requirements.tighten(&rung.requirements);
        for volumes in asked.volumes() {
            let (mut types, mut all) = (types.clone(), requirements.clone());
            let mut tighter = tighter.clone();
            if !all.can_meet(volumes, well_known) {
                continue;
            }
            tighter.extend(all.tighten(volumes));
            let standing = &asked.kind.standing;
            let Some(narrow) = topology.narrow(&rung.owned, standing, &rung.strict, &all) else {
                continue;
            };
            if !all.can_meet(&narrow, well_known) {
                continue;
            }
            tighter.extend(all.tighten(&narrow));
            template.keep_open(&mut types, &shape.host_ports);
            if tighter.iter().any(|&key| key == ZONE || key == CAPACITY_TYPE) {
                template.keep_offered(&mut types, &all);
            }
            template.keep(&mut types, &all, tighter.into_iter());
            if template.is_enough(&types, &all) {
                return Answer::Yes(Added { requirements: Some(all), types, requests });
            }
        }
        // where neighbours are may change, and with it which of its types would do
        if rung.steady { Answer::Never } else { Answer::No }
    }

    /// Takes a pod.
    pub fn add(
        &mut self,
        pod: PodId,
        asked: Asked,
        added: Added,
        template: &Template,
        topology: &mut Topology,
    ) {
        let claim = &mut self.claim;
        claim.pods.push(pod);
        (claim.types, claim.requests) = (added.types, added.requests);
        if let Some(requirements) = added.requirements {
            claim.requirements = requirements;
        }
        if !self.held.contains(&asked.key) {
            self.held.push(asked.key);
        }
        self.ports.extend(asked.kind.shape.host_ports.iter().cloned());
        topology.record(&asked.kind.standing, template.taints, &claim.requirements);
    }

    /// The claim as it is to be launched.
    pub fn finish(self, template: &Template) -> NodeClaim {
        let mut claim = self.claim;
        claim.requirements.forget(HOSTNAME);
        claim.requests.add(&template.least_overhead(&claim.types), 1);
        claim
    }
}

impl Template<'_> {
    /// Whether types are left, and enough of them where some variety has to stay.
    fn is_enough(&self, types: &[usize], requirements: &Requirements) -> bool {
        !types.is_empty() && has_variety(requirements, types, self.types)
    }

    /// The first label of which these types have not enough values.
    pub fn scarce<'r>(&self, types: &[usize], requirements: &'r Requirements) -> Option<&'r str> {
        first_scarce(requirements, types, self.types)
    }
}
