//! What the labels of a node may be, all of them.
//!
//! Follows pkg/scheduling/requirements.go of Karpenter 1.x.

use std::collections::BTreeMap;

use super::requirement::Allowed;
use crate::kubernetes::scheduler::labels::{Labels, Requirement};

/// Label of the pool of a node.
pub const NODE_POOL: &str = "karpenter.sh/nodepool";
/// Label that says whether a node is `spot`, `on-demand` or `reserved`.
pub const CAPACITY_TYPE: &str = "karpenter.sh/capacity-type";
/// Label of the type of a node's instance.
pub const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";
/// Label of the zone of a node.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// Label of the name of a node.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// Labels that nodes will have though no pool names them (pkg/apis/v1/labels.go).
const WELL_KNOWN: [&str; 8] = [
    NODE_POOL,
    ZONE,
    "topology.kubernetes.io/region",
    INSTANCE_TYPE,
    "kubernetes.io/arch",
    "kubernetes.io/os",
    CAPACITY_TYPE,
    "node.kubernetes.io/windows-build",
];

/// Names that labels had once, and that they have now; the last is that of the zone for volumes of
/// Amazon EBS (`NormalizedLabels` of pkg/apis/v1/labels.go, there and in karpenter-provider-aws).
const RENAMED: [(&str, &str); 6] = [
    ("failure-domain.beta.kubernetes.io/zone", ZONE),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("beta.kubernetes.io/instance-type", INSTANCE_TYPE),
    ("topology.ebs.csi.aws.com/zone", ZONE),
];

/// The labels that nodes will have though nothing says so yet: their instance type decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WellKnown(Vec<Box<str>>);

impl WellKnown {
    /// Those of Karpenter and these of a cloud, such as `karpenter.k8s.aws/instance-family`.
    pub fn with<K: Into<Box<str>>>(of_cloud: impl IntoIterator<Item = K>) -> Self {
        Self(of_cloud.into_iter().map(Into::into).collect())
    }

    fn has(&self, key: &str) -> bool {
        WELL_KNOWN.contains(&key) || self.0.iter().any(|known| **known == *key)
    }
}

/// What labels may be, by key. One that is not named may be anything or missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(BTreeMap<Box<str>, Allowed>);

impl Requirements {
    /// Exactly these labels.
    #[must_use]
    pub fn of_labels(labels: &Labels) -> Self {
        let mut all = Self::default();
        for (key, value) in labels.iter() {
            all.add(key, &Allowed::only([value]));
        }
        all
    }

    /// Requires more of a label.
    pub fn add(&mut self, key: &str, allowed: &Allowed) {
        let key = RENAMED.iter().find(|(old, _)| *old == key).map_or(key, |(_, now)| now);
        match self.0.get_mut(key) {
            Some(known) => *known = known.and(allowed),
            None => {
                self.0.insert(key.into(), allowed.clone());
            }
        }
    }

    /// Requires what an expression of a selector does.
    pub fn require(&mut self, requirement: &Requirement) {
        self.add(&requirement.key, &Allowed::by(&requirement.operator));
    }

    /// Requires all that others do.
    pub fn add_all(&mut self, others: &Self) {
        for (key, allowed) in &others.0 {
            self.add(key, allowed);
        }
    }

    /// Requires all that others do; the labels that may be less now than before.
    #[must_use]
    pub fn tighten<'o>(&mut self, others: &'o Self) -> Vec<&'o str> {
        let mut tighter = Vec::new();
        for (key, allowed) in &others.0 {
            match self.0.get_mut(key) {
                Some(known) => {
                    let now = known.and(allowed);
                    if *known == now {
                        continue;
                    }
                    *known = now;
                }
                None => {
                    self.0.insert(key.clone(), allowed.clone());
                }
            }
            tighter.push(&**key);
        }
        tighter
    }

    /// Forgets what was said of a label.
    pub fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// What a label may be, if anything was said of it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Allowed> {
        self.0.get(key)
    }

    /// Whether a label may have a value.
    #[must_use]
    pub fn allow(&self, key: &str, value: &str) -> bool {
        self.get(key).is_none_or(|allowed| allowed.has(value))
    }

    /// Whether nothing was said of any label.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All labels of which something was said, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Allowed)> {
        self.0.iter().map(|(key, allowed)| (&**key, allowed))
    }

    /// Whether a node of which this is known could meet what another side, a pod, wants. Labels of
    /// which nothing is known are missing, but for the well-known ones.
    #[must_use]
    pub fn can_meet(&self, wanted: &Self, well_known: &WellKnown) -> bool {
        self.first_conflict(wanted, Some(well_known)).is_none()
    }

    /// The same for a node that is there, whose labels are all known.
    #[must_use]
    pub fn meet(&self, wanted: &Self) -> bool {
        self.first_conflict(wanted, None).is_none()
    }

    /// The first label about which this and what is wanted do not agree.
    #[must_use]
    pub fn first_conflict<'w>(
        &self,
        wanted: &'w Self,
        well_known: Option<&WellKnown>,
    ) -> Option<&'w str> {
        wanted.iter().find_map(|(key, want)| {
            let agree = match self.get(key) {
                Some(known) => known.agrees(want),
                None => well_known.is_some_and(|all| all.has(key)) || want.admits_absence(),
            };
            (!agree).then_some(key)
        })
    }

    /// Whether labels that a node has are what is wanted: like [`meet`](Self::meet), without making
    /// requirements of the labels. `name` stands for the label with the name of the node.
    #[must_use]
    pub fn are_met_by(&self, labels: &Labels, name: &str) -> bool {
        self.iter().all(|(key, want)| {
            let own = || (key == HOSTNAME).then_some(name);
            match labels.get(key).or_else(own) {
                Some(value) => want.has(value),
                None => want.admits_absence(),
            }
        })
    }

    /// Whether nothing that both sides name keeps them apart. Labels that only one names do not
    /// matter.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> bool {
        let known = |(key, want)| self.get(key).is_none_or(|known| known.agrees(want));
        other.iter().all(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::scheduler::labels::Operator;

    fn requiring(all: &[(&str, Operator)]) -> Requirements {
        let mut requirements = Requirements::default();
        for (key, operator) in all {
            requirements.add(key, &Allowed::by(operator));
        }
        requirements
    }

    fn one_of(values: &[&str]) -> Operator {
        Operator::In(values.iter().map(|&value| value.into()).collect())
    }

    fn none_of(values: &[&str]) -> Operator {
        Operator::NotIn(values.iter().map(|&value| value.into()).collect())
    }

    #[test]
    fn a_label_of_which_nothing_is_known_is_missing_unless_it_is_well_known() {
        let (pool, known) = (Requirements::default(), WellKnown::with(["cloud/family"]));
        assert!(!pool.can_meet(&requiring(&[("team", one_of(&["shop"]))]), &known));
        assert!(!pool.can_meet(&requiring(&[("team", Operator::Exists)]), &known));
        assert!(pool.can_meet(&requiring(&[("team", none_of(&["shop"]))]), &known));
        assert!(pool.can_meet(&requiring(&[("team", Operator::DoesNotExist)]), &known));
        assert!(pool.can_meet(&requiring(&[(ZONE, one_of(&["a"]))]), &known));
        assert!(pool.can_meet(&requiring(&[("cloud/family", one_of(&["m5"]))]), &known));
        assert!(!pool.meet(&requiring(&[(ZONE, one_of(&["a"]))])));
    }

    #[test]
    fn labels_that_both_name_have_to_have_a_value_in_common() {
        let pool = requiring(&[(ZONE, one_of(&["a", "b"])), ("team", one_of(&["shop"]))]);
        let known = WellKnown::default();
        assert!(pool.can_meet(&requiring(&[(ZONE, one_of(&["b", "c"]))]), &known));
        assert!(!pool.can_meet(&requiring(&[(ZONE, one_of(&["c"]))]), &known));
        assert!(!pool.can_meet(&requiring(&[("team", Operator::DoesNotExist)]), &known));
        let wanted = requiring(&[("team", one_of(&["pay"])), (ZONE, one_of(&["a"]))]);
        assert_eq!(pool.first_conflict(&wanted, Some(&known)), Some("team"));
    }

    #[test]
    fn labels_that_both_want_missing_agree() {
        let pool = requiring(&[("team", Operator::DoesNotExist)]);
        let known = WellKnown::default();
        assert!(pool.can_meet(&requiring(&[("team", none_of(&["shop"]))]), &known));
        assert!(pool.can_meet(&requiring(&[("team", Operator::DoesNotExist)]), &known));
        assert!(!pool.can_meet(&requiring(&[("team", Operator::Exists)]), &known));
    }

    #[test]
    fn old_names_of_labels_are_the_new_ones() {
        let wanted = requiring(&[("failure-domain.beta.kubernetes.io/zone", one_of(&["a"]))]);
        assert_eq!(wanted.get(ZONE).and_then(Allowed::single), Some("a"));
    }
}
