//! What a pod wants of its node, preferences included, and how it comes to want less.
//!
//! Follows pkg/controllers/provisioning/scheduling/preferences.go of Karpenter 1.x: preferences are
//! taken for requirements, and given up one at a time while no node would do.

use super::requirement::Allowed;
use super::requirements::{HOSTNAME, Requirements};
use crate::kubernetes::scheduler::shape::{
    Effect, NodeTerm, PodShape, Taint, Toleration, TolerationOperator,
};

/// What a pod wants at the moment.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    shape: &'a PodShape,
    /// How many of the terms of which one has to be met were given up.
    given_up: usize,
    /// Node affinity that should hold, the heaviest last.
    preferred: Vec<&'a NodeTerm>,
    /// Whether taints that only discourage are put up with.
    tolerant: bool,
}

impl<'a> Wish<'a> {
    /// All that a pod of a shape wants.
    #[must_use]
    pub fn new(shape: &'a PodShape) -> Self {
        let mut preferred: Vec<_> = shape.preferred_nodes.iter().collect();
        // stable, and read from the end: of equal weights the first is the first to be wanted
        preferred.reverse();
        preferred.sort_by_key(|one| one.weight);
        let preferred = preferred.into_iter().map(|one| &one.term).collect();
        Self { shape, given_up: 0, preferred, tolerant: false }
    }

    /// What it wants of labels: of terms of which one has to be met, the first; of preferences, the
    /// heaviest.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        let mut all = Requirements::of_labels(&self.shape.node_selector);
        let required = self.shape.required_nodes.as_ref();
        let required = required.and_then(|terms| terms.0.get(self.given_up));
        for term in required.into_iter().chain(self.preferred.last().copied()) {
            term.labels.iter().for_each(|one| all.require(one));
            for name in &term.name {
                all.add(HOSTNAME, &Allowed::by(&name.operator));
            }
        }
        all
    }

    /// Whether anything was given up.
    #[must_use]
    pub fn is_relaxed(&self) -> bool {
        self.given_up > 0
            || self.tolerant
            || self.preferred.len() < self.shape.preferred_nodes.len()
    }

    /// Gives up one thing; whether there was one. Taints that only discourage are put up with last,
    /// where there are such.
    pub fn relax(&mut self, discouraging: bool) -> bool {
        let terms = self.shape.required_nodes.as_ref().map_or(0, |terms| terms.0.len());
        if self.given_up + 1 < terms {
            self.given_up += 1;
            return true;
        }
        if self.preferred.pop().is_some() {
            return true;
        }
        discouraging && !std::mem::replace(&mut self.tolerant, true)
    }

    /// Whether it puts up with all taints. Unlike for the scheduler, one that only discourages
    /// keeps it away until that is given up.
    #[must_use]
    pub fn tolerates(&self, taints: &[Taint]) -> bool {
        let any = Toleration {
            key: "".into(),
            operator: TolerationOperator::Exists,
            value: "".into(),
            effect: Some(Effect::PreferNoSchedule),
        };
        taints.iter().all(|taint| {
            self.shape.tolerations.iter().any(|one| one.tolerates(taint))
                || (self.tolerant && any.tolerates(taint))
        })
    }
}
