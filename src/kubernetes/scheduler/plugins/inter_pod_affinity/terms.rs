//! Which pods a term is about (`AffinityTerm.Matches`, and `mergeAffinityTermNamespacesIfNotEmpty`
//! in plugin.go).
//!
//! Both ways differ in one thing: a namespace of which nothing is known has no labels for the terms
//! of pods that are there, and is none of the namespaces that the terms of a new pod select, unless
//! they select all.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::shape::{AffinityTerm, PodShape};

/// Whether a term of a new pod is about pods of a shape.
pub(super) fn of_new_pod(term: &AffinityTerm, cluster: &Cluster, other: &PodShape) -> bool {
    let selected = || {
        term.namespace_selector.is_everything()
            || cluster
                .objects()
                .namespace(&other.namespace)
                .is_some_and(|labels| term.namespace_selector.matches(labels))
    };
    (named(term, other) || selected()) && term.selector.matches(&other.labels)
}

/// Whether a term of a pod that is there is about new pods of a shape.
pub(super) fn of_placed_pod(term: &AffinityTerm, cluster: &Cluster, new: &PodShape) -> bool {
    let selected = || match cluster.objects().namespace(&new.namespace) {
        Some(labels) => term.namespace_selector.matches(labels),
        None => term.namespace_selector.matches(&Labels::default()),
    };
    (named(term, new) || selected()) && term.selector.matches(&new.labels)
}

fn named(term: &AffinityTerm, other: &PodShape) -> bool {
    term.namespaces.contains(&other.namespace)
}

/// Whether terms of a new pod are all about pods of a shape, and there are any.
pub(super) fn all_of_new_pod(terms: &[AffinityTerm], cluster: &Cluster, other: &PodShape) -> bool {
    !terms.is_empty() && terms.iter().all(|term| of_new_pod(term, cluster, other))
}
