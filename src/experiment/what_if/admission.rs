//! What the API server does to pods and claims when they are created.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;

use crate::kubernetes::api::defaults::admission::{
    UnknownPriorityClass, merge_label_keys, set_priority, set_storage_class, tolerate_failures,
};
use crate::kubernetes::api::defaults::{default_persistent_volume_claim, default_pod};
use crate::kubernetes::api::{Located, Object};

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The cluster: nodes, pods, and whatever else it has.
    pub cluster: Vec<Located>,
    /// What is to come: pods, workloads, and whatever they need.
    pub pods: Vec<Located>,
}

/// The classes by which objects are completed.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    priorities: Vec<PriorityClass>,
    storages: Vec<StorageClass>,
}

impl Admission {
    /// By the classes among these objects.
    pub fn new<'o>(objects: impl IntoIterator<Item = &'o Object>) -> Self {
        let mut admission = Self::default();
        for object in objects {
            match object {
                Object::PriorityClass(class) => admission.priorities.push((**class).clone()),
                Object::StorageClass(class) => admission.storages.push((**class).clone()),
                _ => {}
            }
        }
        admission
    }

    /// Completes a pod.
    ///
    /// # Errors
    /// Where it names a priority class that there is not.
    pub fn pod(&self, pod: &mut Pod) -> Result<(), UnknownPriorityClass> {
        default_pod(pod);
        set_priority(pod, &self.priorities)?;
        tolerate_failures(pod);
        merge_label_keys(pod);
        Ok(())
    }

    /// Completes a claim.
    pub fn claim(&self, claim: &mut PersistentVolumeClaim) {
        default_persistent_volume_claim(claim);
        set_storage_class(claim, &self.storages);
    }
}
