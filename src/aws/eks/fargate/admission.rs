//! The webhook that sends pods to Fargate when they are created.
//!
//! A pod that a profile selects is told which that is by a label, and is placed by another
//! scheduler (`aws/karpenter-provider-aws` issue 7455; `FailedScheduling` of `fargate-scheduler`
//! in `aws/containers-roadmap` issue 1517). It has the class `system-node-critical`, so that no pod
//! is important enough to take its place (eksctl, "EKS Fargate Support", `kubectl describe pod`).

use k8s_openapi::api::core::v1::Pod;

use super::profile::{PROFILE_LABEL, Profile, choose};

/// The scheduler of pods on Fargate.
pub const SCHEDULER: &str = "fargate-scheduler";
/// The priority class that such pods get.
const PRIORITY_CLASS: &str = "system-node-critical";

/// Changes a new pod as the webhook does.
pub fn admit(profiles: &[Profile], pod: &mut Pod) {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
    let labels = pod.metadata.labels.get_or_insert_default();
    let Some(profile) = choose(profiles, namespace, labels) else { return };
    labels.insert(PROFILE_LABEL.to_owned(), profile.name().to_owned());
    let spec = pod.spec.get_or_insert_default();
    spec.scheduler_name = Some(SCHEDULER.to_owned());
    spec.priority_class_name = Some(PRIORITY_CLASS.to_owned());
    // that of its class, and not what a default class gave it
    spec.priority = None;
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;
    use crate::aws::eks::fargate::profile::Selector;

    fn admitted(namespace: &str) -> Pod {
        let selector = Selector { namespace: "batch".to_owned(), labels: Vec::new() };
        let profile = Profile::new("jobs", vec![selector]).unwrap();
        let namespace = Some(namespace.to_owned());
        let mut pod =
            Pod { metadata: ObjectMeta { namespace, ..ObjectMeta::default() }, ..Pod::default() };
        admit(&[profile], &mut pod);
        pod
    }

    #[test]
    fn only_pods_that_a_profile_selects_are_changed() {
        let pod = admitted("batch");
        let labels = pod.metadata.labels.unwrap();
        assert_eq!(labels.get(PROFILE_LABEL).map(String::as_str), Some("jobs"));
        let spec = pod.spec.unwrap();
        assert_eq!(spec.scheduler_name.as_deref(), Some("fargate-scheduler"));
        assert_eq!(spec.priority_class_name.as_deref(), Some("system-node-critical"));
        assert!(admitted("web").spec.is_none());
    }
}
