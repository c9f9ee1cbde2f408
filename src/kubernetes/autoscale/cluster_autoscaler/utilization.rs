//! How much of a node is requested.
//!
//! Follows simulator/utilization/info.go: of CPU and memory the one of which the larger share is
//! requested; of a node with GPUs, these alone.

use super::settings::ScaleDownSettings;
use super::view::{Controller, View};
use crate::engine::SimTime;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::resources::ResourceKind;

/// How much of a node is requested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utilization {
    /// The resource of which the largest share is.
    pub resource: ResourceKind,
    /// That share of what pods may take.
    pub share: f64,
}

impl Utilization {
    /// Of a node as it is, or would be; none where it does not say what it has.
    pub(super) fn of(
        settings: &ScaleDownSettings,
        cluster: &Cluster,
        view: &impl View,
        node: &Node,
        gpu: Option<ResourceKind>,
        now: SimTime,
    ) -> Option<Self> {
        let share = |resource| share(settings, cluster, view, node, resource, now);
        if let Some(resource) = gpu {
            // a GPU that is not there yet does not hold its node
            return Some(Self { resource, share: share(resource).unwrap_or(0.0) });
        }
        let (cpu, memory) = (share(ResourceKind::Cpu)?, share(ResourceKind::Memory)?);
        Some(if cpu > memory {
            Self { resource: ResourceKind::Cpu, share: cpu }
        } else {
            Self { resource: ResourceKind::Memory, share: memory }
        })
    }
}

fn share(
    settings: &ScaleDownSettings,
    cluster: &Cluster,
    view: &impl View,
    node: &Node,
    resource: ResourceKind,
    now: SimTime,
) -> Option<f64> {
    let all = node.spec.allocatable.get(resource);
    if all == 0 {
        return None;
    }
    let ignoring = settings.ignore_daemon_sets || settings.ignore_mirror_pods;
    let leaving = node.tallies.iter().any(|tally| tally.alive < tally.present);
    let (mut requested, mut aside) = (node.requested.get(resource), 0);
    if ignoring || leaving {
        for &pod in &node.pods {
            let facts = view.pod(pod);
            let own = cluster.shape_of(pod).requests.get(resource);
            let daemon = facts.controller == Controller::DaemonSet;
            if (settings.ignore_daemon_sets && daemon)
                || (settings.ignore_mirror_pods && facts.mirror)
            {
                (requested, aside) = (requested - own, aside + own);
            } else if facts.is_lingering(now) {
                requested -= own;
            }
        }
    }
    // in thousandths throughout, as quantities are divided there
    let milli = |amount: i64| match resource {
        ResourceKind::Cpu => amount as f64,
        _ => (i128::from(amount) * 1_000) as f64,
    };
    Some(milli(requested) / milli(all - aside))
}
