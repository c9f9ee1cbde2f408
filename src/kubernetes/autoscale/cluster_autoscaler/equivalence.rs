//! Pods that are alike, so that one stands for all.
//!
//! Follows core/scaleup/equivalence/groups.go. What is compared there is labels and specs; here it
//! is the shape, in which everything is that decides about a place.

use std::collections::BTreeMap;

use super::view::is_daemon;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;

/// So many kinds of pods one controller may have; pods of further kinds are alone.
const KINDS: usize = 10;

/// Pods of one controller that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PodGroup {
    pub shape: ShapeId,
    /// In the order in which they were given; there is one.
    pub pods: Vec<PodId>,
}

/// Groups pods, in the order of their firsts.
pub(super) fn group(cluster: &Cluster, pods: &[PodId]) -> Vec<PodGroup> {
    let mut groups: Vec<PodGroup> = Vec::new();
    let mut known: BTreeMap<ShapeId, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for &pod in pods {
        let id = cluster.pod(pod).shape;
        if let Some(&place) = known.get(&id) {
            groups[place].pods.push(pod);
            continue;
        }
        let shape = cluster.shape(id);
        if let Some(owner) = shape.owner.as_ref().filter(|_| !is_daemon(shape)) {
            let kinds = kinds.entry((&shape.namespace, &owner.kind, &owner.name)).or_default();
            if *kinds < KINDS {
                *kinds += 1;
                known.insert(id, groups.len());
            }
        }
        groups.push(PodGroup { shape: id, pods: vec![pod] });
    }
    groups
}
