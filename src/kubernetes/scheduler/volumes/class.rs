//! Classes of storage.

use super::migration::InTree;
use crate::kubernetes::scheduler::labels::Labels;

/// The provisioner of a class whose volumes are made by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// When a claim of a class gets its volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BindingMode {
    /// At once, whatever pod may use it; the default of the API.
    #[default]
    Immediate,
    /// When a pod that uses it is scheduled.
    WaitForFirstConsumer,
}

/// Labels of which a node has to have all, each with one of some values.
pub type TopologyTerm = Vec<(Box<str>, Vec<Box<str>>)>;

/// A StorageClass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageClass {
    /// Its name.
    pub name: Box<str>,
    /// What makes its volumes.
    pub provisioner: Box<str>,
    /// When a claim gets its volume.
    pub mode: BindingMode,
    /// For which nodes volumes can be made: those that meet one of these; all where there are none.
    pub topologies: Vec<TopologyTerm>,
}

impl StorageClass {
    /// The CSI driver that makes its volumes, also where the plugin of old is named; or else what
    /// is named as provisioner.
    #[must_use]
    pub fn driver(&self) -> &str {
        InTree::named(&self.provisioner).map_or(&self.provisioner, |plugin| plugin.driver())
    }

    /// Whether volumes can be made at all.
    #[must_use]
    pub fn provisions(&self) -> bool {
        !self.provisioner.is_empty() && *self.provisioner != *NO_PROVISIONER
    }
}

/// Whether a node with these labels meets one of the terms (`MatchTopologySelectorTerms`,
/// pkg/apis/core/v1/helper). No terms are met by all nodes, a term without labels by none.
pub(super) fn admits(terms: &[TopologyTerm], labels: &Labels) -> bool {
    let has = |(key, values): &(Box<str>, Vec<Box<str>>)| {
        labels.get(key).is_some_and(|value| values.iter().any(|known| **known == *value))
    };
    terms.is_empty() || terms.iter().any(|term| !term.is_empty() && term.iter().all(has))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_to_meet_all_labels_of_one_term() {
        let of = |pairs: &[(&str, &[&str])]| -> TopologyTerm {
            let values = |all: &[&str]| all.iter().map(|one| (*one).into()).collect();
            pairs.iter().map(|(key, all)| ((*key).into(), values(all))).collect()
        };
        let terms = vec![of(&[("zone", &["a", "b"]), ("disk", &["ssd"])]), of(&[("zone", &["c"])])];
        let node = |zone: &str, disk: &str| -> Labels {
            [("zone", zone), ("disk", disk)].into_iter().collect()
        };
        assert!(admits(&terms, &node("b", "ssd")));
        assert!(!admits(&terms, &node("b", "hdd")));
        assert!(admits(&terms, &node("c", "hdd")));
        assert!(admits(&[], &Labels::default()));
        assert!(!admits(&[Vec::new()], &node("a", "ssd")));
    }
}
