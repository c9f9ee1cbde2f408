//! Hints about claims, volumes, classes and what CSI drivers say.

use crate::kubernetes::scheduler::plugins::Plugin;
use crate::kubernetes::scheduler::queue::event::Event;
use crate::kubernetes::scheduler::shape::{Claim, PodShape};

/// Whether an event may help a pod with volumes.
pub(super) fn helps(plugin: Plugin, pod: &PodShape, event: &Event) -> bool {
    match event {
        Event::ClaimAdded { namespace, name } | Event::ClaimUpdated { namespace, name } => {
            // claims made for the pod alone are looked at by two plugins only
            let all = matches!(plugin, Plugin::VolumeBinding | Plugin::NodeVolumeLimits);
            let uses = |claim: &Claim| claim.name == *name && (all || claim.pod.is_none());
            pod.namespace == *namespace && pod.volumes.claims.iter().any(uses)
        }
        Event::VolumeUpdated { zones } => plugin == Plugin::VolumeBinding || *zones,
        Event::ClassAdded { waits } => plugin == Plugin::VolumeBinding || *waits,
        Event::ClassUpdated { topologies } => *topologies,
        // VolumeBinding looks at which drivers took over disks of old, and they all have
        Event::CsiNodeUpdated { raised } => plugin == Plugin::NodeVolumeLimits && *raised,
        Event::CapacityUpdated { raised } => *raised,
        Event::VolumeAdded | Event::CsiNodeAdded | Event::CapacityAdded => true,
        _ => false,
    }
}
