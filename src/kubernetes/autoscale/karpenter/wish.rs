//! What a pod wants, preferences included, and how it comes to want less.
//!
//! Follows pkg/controllers/provisioning/scheduling/preferences.go of Karpenter 1.x: preferences are
//! taken for requirements, and given up one at a time while no node would do, in this order: terms
//! of required node affinity but for the last; affinity to pods, then anti-affinity, then node
//! affinity that is preferred, each by falling weight; spread constraints that are soft; and last,
//! where a pool has such taints, the wish to be away from what only discourages.

use super::requirement::Allowed;
use super::requirements::{HOSTNAME, Requirements};
use crate::kubernetes::scheduler::shape::{
    AffinityTerm, Effect, NodeTerm, PodAffinity, PodShape, SpreadConstraint, Taint, Toleration,
    TolerationOperator, Unsatisfiable, Weighted,
};

/// What a pod wants at the moment.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    shape: &'a PodShape,
    /// How many of the terms of which one has to be met were given up.
    given_up: usize,
    /// Pods that it should be near, the nearest the last.
    near: Vec<&'a AffinityTerm>,
    /// Pods that it should be away from.
    away: Vec<&'a AffinityTerm>,
    /// Node affinity that should hold.
    nodes: Vec<&'a NodeTerm>,
    /// How it is spread.
    spread: Vec<&'a SpreadConstraint>,
    /// Whether taints that only discourage are put up with.
    tolerant: bool,
}

/// Preferences with the heaviest at the end, from where they are taken; of equal weights the first
/// is the first to be given up.
fn by_weight<T>(preferred: &[Weighted<T>]) -> Vec<&T> {
    let mut all: Vec<_> = preferred.iter().rev().collect();
    // stable
    all.sort_by_key(|one| one.weight);
    all.into_iter().map(|one| &one.term).collect()
}

impl<'a> Wish<'a> {
    /// All that a pod of a shape wants.
    #[must_use]
    pub fn new(shape: &'a PodShape) -> Self {
        Self {
            shape,
            given_up: 0,
            near: by_weight(&shape.affinity.preferred),
            away: by_weight(&shape.anti_affinity.preferred),
            nodes: by_weight(&shape.preferred_nodes),
            spread: shape.spread.iter().collect(),
            tolerant: false,
        }
    }

    /// Only what it has to have: the pods of DaemonSets get their nodes whatever they prefer.
    #[must_use]
    pub fn without_preferences(shape: &'a PodShape) -> Self {
        let (near, away, nodes) = (Vec::new(), Vec::new(), Vec::new());
        Self { near, away, nodes, tolerant: true, ..Self::new(shape) }
    }

    /// What it wants of labels: of terms of which one has to be met, the first; of preferences, the
    /// heaviest.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        let mut all = self.strict_requirements();
        if let Some(term) = self.nodes.last() {
            require(&mut all, term);
        }
        all
    }

    /// The same without what is preferred: it decides which domains count
    /// (`NewStrictPodRequirements` in pkg/scheduling/requirements.go).
    #[must_use]
    pub fn strict_requirements(&self) -> Requirements {
        let mut all = Requirements::of_labels(&self.shape.node_selector);
        if let Some(term) = self.required_terms().first() {
            require(&mut all, term);
        }
        all
    }

    /// What nodes count for its spread, one of which has to hold: the node selector with each of
    /// the terms (`MakeTopologyNodeFilter` in topologynodefilter.go).
    #[must_use]
    pub fn alternatives(&self) -> Vec<Requirements> {
        let with = |term: &NodeTerm| {
            let mut all = Requirements::of_labels(&self.shape.node_selector);
            require(&mut all, term);
            all
        };
        match self.required_terms() {
            [] => vec![Requirements::of_labels(&self.shape.node_selector)],
            terms => terms.iter().map(with).collect(),
        }
    }

    fn required_terms(&self) -> &'a [NodeTerm] {
        let required = self.shape.required_nodes.as_ref();
        required.map_or(&[], |terms| terms.0.get(self.given_up..).unwrap_or_default())
    }

    /// How it is spread.
    #[must_use]
    pub fn spread(&self) -> &[&'a SpreadConstraint] {
        &self.spread
    }

    /// Pods that it has to be near, and those it should be.
    pub fn near(&self) -> impl Iterator<Item = &'a AffinityTerm> {
        all(&self.shape.affinity, &self.near)
    }

    /// Pods that it has to be away from, and those it should be.
    pub fn away(&self) -> impl Iterator<Item = &'a AffinityTerm> {
        all(&self.shape.anti_affinity, &self.away)
    }

    /// Gives up one thing; whether there was one. Taints that only discourage are put up with last,
    /// where there are such.
    pub fn relax(&mut self, discouraging: bool) -> bool {
        if self.required_terms().len() > 1 {
            self.given_up += 1;
            return true;
        }
        if self.near.pop().is_some() || self.away.pop().is_some() || self.nodes.pop().is_some() {
            return true;
        }
        let is_soft = |one: &&SpreadConstraint| one.unsatisfiable == Unsatisfiable::ScheduleAnyway;
        if let Some(place) = self.spread.iter().position(is_soft) {
            self.spread.swap_remove(place);
            return true;
        }
        discouraging && !std::mem::replace(&mut self.tolerant, true)
    }

    /// Whether it puts up with all taints. Unlike for the scheduler, one that only discourages
    /// keeps it away until that is given up.
    #[must_use]
    pub fn tolerates(&self, taints: &[Taint]) -> bool {
        taints.iter().all(|taint| {
            self.shape.tolerations.iter().any(|one| one.tolerates(taint))
                || (self.tolerant && anything_that_discourages().tolerates(taint))
        })
    }

    /// Its tolerations.
    #[must_use]
    pub fn tolerations(&self) -> Vec<Toleration> {
        let given_up = self.tolerant.then(anything_that_discourages);
        self.shape.tolerations.iter().cloned().chain(given_up).collect()
    }
}

fn anything_that_discourages() -> Toleration {
    Toleration {
        key: "".into(),
        operator: TolerationOperator::Exists,
        value: "".into(),
        effect: Some(Effect::PreferNoSchedule),
    }
}

fn require(all: &mut Requirements, term: &NodeTerm) {
    term.labels.iter().for_each(|one| all.require(one));
    for name in &term.name {
        all.add(HOSTNAME, &Allowed::by(&name.operator));
    }
}

fn all<'a>(
    terms: &'a PodAffinity,
    preferred: &[&'a AffinityTerm],
) -> impl Iterator<Item = &'a AffinityTerm> + use<'a> {
    let preferred: Vec<_> = preferred.iter().rev().copied().collect();
    terms.required.iter().chain(preferred)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::autoscale::karpenter::fixture::{one_of, requesting, spread_over, term};
    use crate::kubernetes::scheduler::shape::NodeSelector;
    use crate::kubernetes::scheduler::topology::TopologyId;

    fn weighted<T>(all: Vec<(i32, T)>) -> Vec<Weighted<T>> {
        all.into_iter().map(|(weight, term)| Weighted { weight, term }).collect()
    }

    /// What is left of a pod with two of everything, after each step: required terms, affinity,
    /// anti-affinity, node affinity, soft spread, whether it is tolerant.
    #[test]
    fn preferences_are_given_up_in_the_order_of_karpenter() {
        let mut shape = requesting(100, 16);
        let zones = TopologyId::ZONE;
        shape.required_nodes =
            Some(NodeSelector(vec![one_of("zone", &["a"]), one_of("zone", &["b"])]));
        shape.affinity.preferred = weighted(vec![(1, term(zones, "x")), (5, term(zones, "y"))]);
        shape.anti_affinity.preferred = weighted(vec![(1, term(zones, "x"))]);
        shape.preferred_nodes =
            weighted(vec![(10, one_of("arch", &["arm"])), (90, one_of("arch", &["amd"]))]);
        let soft = Unsatisfiable::ScheduleAnyway;
        shape.spread = vec![
            spread_over(zones, Unsatisfiable::DoNotSchedule),
            SpreadConstraint { unsatisfiable: soft, ..spread_over(zones, soft) },
        ];
        let mut wish = Wish::new(&shape);
        let mut seen = Vec::new();
        loop {
            let first = wish.strict_requirements().allow("zone", "a");
            let arch = wish.requirements().get("arch").and_then(Allowed::single).map(String::from);
            let counts = (wish.near().count(), wish.away().count(), wish.spread().len());
            seen.push((first, counts, arch, wish.tolerant));
            if !wish.relax(true) {
                break;
            }
        }
        let (amd, arm) = (Some("amd".to_owned()), Some("arm".to_owned()));
        assert_eq!(
            seen,
            [
                (true, (2, 1, 2), amd.clone(), false),
                (false, (2, 1, 2), amd.clone(), false),
                (false, (1, 1, 2), amd.clone(), false),
                (false, (0, 1, 2), amd.clone(), false),
                (false, (0, 0, 2), amd, false),
                (false, (0, 0, 2), arm, false),
                (false, (0, 0, 2), None, false),
                (false, (0, 0, 1), None, false),
                (false, (0, 0, 1), None, true),
            ]
        );
        // without taints that discourage there is one step less
        let mut wish = Wish::new(&shape);
        assert_eq!((0..20).take_while(|_| wish.relax(false)).count(), seen.len() - 2);
    }

    #[test]
    fn the_heaviest_preference_is_the_first_to_be_wanted_and_given_up() {
        let mut shape = requesting(100, 16);
        shape.affinity.preferred =
            weighted(vec![(1, term(TopologyId::ZONE, "x")), (5, term(TopologyId::ZONE, "y"))]);
        let mut wish = Wish::new(&shape);
        assert!(wish.relax(false));
        let left: Vec<_> = wish.near().cloned().collect();
        assert_eq!(left, [term(TopologyId::ZONE, "x")]);
    }
}
