//! Claims of stateful sets' pods, and volumes for those that do not wait for a pod.
//!
//! Source: Kubernetes v1.36, `pkg/controller/statefulset/stateful_pod_control.go`
//! (`createPersistentVolumeClaims`). Claims stay when their pod goes, so that the next one of its
//! number finds them.

use super::ControlPlane;
use crate::kubernetes::api::Object;
use crate::kubernetes::api::defaults::{self, admission};
use crate::kubernetes::api::expand::stateful_set::claim;
use crate::kubernetes::objects::WorkloadId;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::volumes::bind_now;

impl ControlPlane {
    /// Makes the claims of the pod of this number that are not there yet.
    pub(super) fn claim_volumes(&mut self, set: WorkloadId, ordinal: i32) {
        let Some(written) = self.stateful_sets.get(&set) else { return };
        let Some(spec) = &written.spec else { return };
        for template in spec.volume_claim_templates.iter().flatten() {
            let mut claim = claim(template, written, spec, ordinal);
            let namespace = claim.metadata.namespace.as_deref().unwrap_or("default");
            let name = claim.metadata.name.as_deref().unwrap_or_default();
            if self.cluster.volumes().claim(namespace, name).is_some() {
                continue;
            }
            admission::set_storage_class(&mut claim, &self.storage_classes);
            let mut object = Object::from(claim);
            defaults::apply(&mut object);
            read::add_object(&mut self.cluster, &object);
            bind_claim(&mut self.cluster, &object);
        }
    }
}

/// Has a claim get its volume, unless it waits for a pod.
pub(super) fn bind_claim(cluster: &mut Cluster, claim: &Object) {
    bind_now(cluster, claim.namespace().unwrap_or("default"), claim.name());
}
