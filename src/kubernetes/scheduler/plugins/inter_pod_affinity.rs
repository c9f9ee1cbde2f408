//! InterPodAffinity: a pod is near to some pods and away from others.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/interpodaffinity. What must hold is found in
//! `required`, what should in `preferred`. The terms of pods that are there speak of the new
//! pod as its own do of them.

mod preferred;
mod required;
mod terms;
#[cfg(test)]
mod tests;

pub use required::{AFFINITY, ANTI_AFFINITY, EXISTING_ANTI_AFFINITY};

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{Prepared, Score};
use crate::kubernetes::scheduler::profile::InterPodAffinityArgs;
use crate::kubernetes::scheduler::shape::ShapeId;

/// Takes part even where no pod has anything against the shape yet: one that has may come.
pub(super) fn filter(cluster: &Cluster, shape: ShapeId) -> Prepared {
    Prepared::Filter(Box::new(required::Required::prepare(cluster, shape)))
}

pub(super) fn score(
    args: InterPodAffinityArgs,
    cluster: &Cluster,
    shape: ShapeId,
) -> Option<Box<dyn Score>> {
    let own = cluster.shape(shape);
    let indifferent = own.affinity.preferred.is_empty() && own.anti_affinity.preferred.is_empty();
    if args.ignore_preferred_terms_of_existing_pods && indifferent {
        return None;
    }
    Some(Box::new(preferred::Preferred::prepare(args, cluster, shape)))
}
