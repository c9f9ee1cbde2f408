//! Which events may help a pod that a plugin rejected: queueing hints.
//!
//! Follows `EventsToRegister` and the `QueueingHintFn`s of the default plugins (Kubernetes v1.36,
//! pkg/scheduler/framework/plugins). A hint looks at the event and at the shape of the waiting pod
//! only, never at the rest of the cluster: that a pod is tried again does not mean that it fits.

mod nodes;
mod pods;
mod storage;

use super::event::{Event, Kinds, pod_changes};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::Selector;
use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::profile::{Profile, SpreadDefaults};
use crate::kubernetes::scheduler::shape::{
    Inclusion, PodShape, ShapeId, SpreadConstraint, Unsatisfiable,
};

/// What hints may look up.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Arguments of plugins.
    pub profile: &'a Profile,
    /// Names and shapes.
    pub cluster: &'a Cluster,
}

/// The events that a plugin registers for.
pub(super) fn registered(plugin: Plugin) -> Kinds {
    match plugin {
        Plugin::NodeUnschedulable | Plugin::TaintToleration => {
            Kinds::NODE_ADDED | Kinds::NODE_TAINTS | Kinds::POD_TOLERATIONS
        }
        Plugin::NodeName => Kinds::NODE_ADDED,
        Plugin::NodeAffinity => Kinds::NODE_ADDED | Kinds::NODE_LABELS,
        Plugin::NodePorts => Kinds::NODE_ADDED | Kinds::POD_DELETED,
        Plugin::NodeResourcesFit => {
            Kinds::NODE_ADDED
                | Kinds::NODE_ALLOCATABLE
                | Kinds::POD_DELETED
                | Kinds::POD_SCALED_DOWN
        }
        Plugin::PodTopologySpread => {
            Kinds::NODE_ADDED
                | Kinds::NODE_REMOVED
                | Kinds::NODE_LABELS
                | Kinds::NODE_TAINTS
                | Kinds::POD_ADDED
                | Kinds::POD_DELETED
                | Kinds::POD_LABELS
                | Kinds::POD_TOLERATIONS
        }
        Plugin::InterPodAffinity => {
            Kinds::NODE_ADDED
                | Kinds::NODE_LABELS
                | Kinds::POD_ADDED
                | Kinds::POD_DELETED
                | Kinds::POD_LABELS
        }
        Plugin::VolumeRestrictions => Kinds::NODE_ADDED | Kinds::POD_DELETED | Kinds::CLAIM_ADDED,
        Plugin::NodeVolumeLimits => {
            Kinds::CSI_NODE_ADDED
                | Kinds::CSI_NODE_UPDATED
                | Kinds::POD_DELETED
                | Kinds::CLAIM_ADDED
        }
        Plugin::VolumeBinding => {
            Kinds::NODE_ADDED
                | Kinds::NODE_LABELS
                | Kinds::CLASS_ADDED
                | Kinds::CLASS_UPDATED
                | Kinds::CLAIM_ADDED
                | Kinds::CLAIM_UPDATED
                | Kinds::VOLUME_ADDED
                | Kinds::VOLUME_UPDATED
                | Kinds::CSI_NODE_ADDED
                | Kinds::CSI_NODE_UPDATED
                | Kinds::CAPACITY_ADDED
                | Kinds::CAPACITY_UPDATED
        }
        Plugin::VolumeZone => {
            Kinds::NODE_ADDED
                | Kinds::NODE_LABELS
                | Kinds::CLASS_ADDED
                | Kinds::CLAIM_ADDED
                | Kinds::CLAIM_UPDATED
                | Kinds::VOLUME_ADDED
                | Kinds::VOLUME_UPDATED
        }
        Plugin::DynamicResources
        | Plugin::NodeResourcesBalancedAllocation
        | Plugin::ImageLocality => Kinds::NONE,
    }
}

/// Whether an event that a plugin registered for may help a pod of a shape that it rejected.
pub(super) fn helps(
    context: &Context<'_>,
    plugin: Plugin,
    event: &Event,
    waiting: ShapeId,
) -> bool {
    let cluster = context.cluster;
    let pod = cluster.shape(waiting);
    match event {
        Event::NodeAdded(new) => nodes::helps(context, plugin, pod, None, Some(new)),
        Event::NodeUpdated { old, new } => nodes::helps(context, plugin, pod, Some(old), Some(new)),
        Event::NodeRemoved(old) => nodes::helps(context, plugin, pod, Some(old), None),
        Event::PodAdded(new) => pods::added(context, plugin, pod, cluster.shape(*new)),
        Event::PodUpdated { old, new } => {
            pods::updated(context, plugin, pod, cluster.shape(*old), cluster.shape(*new))
        }
        Event::PodDeleted(old) | Event::NominationCleared(old) => {
            pods::deleted(context, plugin, pod, cluster.shape(*old))
        }
        _ => storage::helps(plugin, pod, event),
    }
}

/// Whether it may help a pod that it changed itself: plugins look at the change only.
pub(super) fn own_change_helps(
    context: &Context<'_>,
    plugin: Plugin,
    old: &PodShape,
    new: &PodShape,
) -> bool {
    let changes = pod_changes(old, new);
    if !registered(plugin).meets(changes) {
        return false;
    }
    match plugin {
        Plugin::NodeUnschedulable
        | Plugin::TaintToleration
        | Plugin::NodeResourcesFit
        | Plugin::InterPodAffinity => true,
        Plugin::PodTopologySpread => {
            let constraints = hard_constraints(context.profile, new);
            let honours = |one: &SpreadConstraint| one.node_taints == Inclusion::Honor;
            (changes.meets(Kinds::POD_TOLERATIONS) && constraints.iter().any(honours))
                || constraints.iter().any(|one| {
                    one.selector.matches(&old.labels) != one.selector.matches(&new.labels)
                })
        }
        _ => false,
    }
}

/// The hard constraints of a pod on how it is spread.
///
/// Simplification: default constraints of a profile are taken to count all pods of the namespace,
/// and not only those of the pod's service or controller, so that a pod that is subject to them may
/// be tried once too often.
fn hard_constraints(profile: &Profile, pod: &PodShape) -> Vec<SpreadConstraint> {
    let hard = |one: &&SpreadConstraint| one.unsatisfiable == Unsatisfiable::DoNotSchedule;
    if !pod.spread.is_empty() {
        return pod.spread.iter().filter(hard).cloned().collect();
    }
    let SpreadDefaults::List(defaults) = &profile.spread else { return Vec::new() };
    let everything = Selector::All(Vec::new());
    let broad =
        |one: &SpreadConstraint| SpreadConstraint { selector: everything.clone(), ..one.clone() };
    defaults.iter().filter(hard).map(broad).collect()
}
