//! `[[cluster.fargate_profile]]`: Fargate profiles of Amazon EKS that can be.

use super::names::check_folder_name;
use super::ranges::within;
use super::{Finding, auto_scaling, laws};
use crate::scenario::Cluster;
use crate::scenario::aws::FargateSelector;
use crate::scenario::path::Path;

/// Profiles of a cluster, selectors of a profile and labels of a selector at most (Amazon EKS
/// service quotas).
const MOST_PROFILES: usize = 10;
const MOST_SELECTORS: u32 = 5;
const MOST_LABELS: u32 = 5;

/// Labels that the pods of a workload do not have in common. Profiles are told by the template.
const OWN_LABELS: [&str; 8] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "controller-revision-hash",
    "controller-uid",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Checks the profiles of a cluster of Amazon EKS.
pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let all = at.key("fargate_profile");
    if cluster.fargate_profiles.len() > MOST_PROFILES {
        let title = format!("an EKS cluster has at most {MOST_PROFILES} Fargate profiles");
        out.push(Finding::new(all.clone(), title).on_key());
    }
    for (index, profile) in cluster.fargate_profiles.iter().enumerate() {
        let at = all.index(index);
        check_folder_name(&profile.name, at.key("name"), "the name of a profile", out);
        let mut earlier = cluster.fargate_profiles[..index].iter();
        if earlier.any(|other| other.name == profile.name) {
            let title = format!("there are two Fargate profiles named `{}`", profile.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
        let selectors = at.key("selectors");
        let count = profile.selectors.len() as u32;
        within(count, &(1..=MOST_SELECTORS), selectors.clone(), "the number of selectors", out);
        for (index, selector) in profile.selectors.iter().enumerate() {
            check_selector(selector, &selectors.index(index), out);
        }
        auto_scaling::check_subnet_names(&profile.subnets, cluster, &at.key("subnets"), out);
        laws::check(&profile.start, &at.key("start"), out);
    }
}

fn check_selector(selector: &FargateSelector, at: &Path, out: &mut Vec<Finding>) {
    if selector.namespace.is_empty() {
        let title = "a selector without a namespace selects nothing";
        let help = "write one, such as `default`, or `*` for all";
        out.push(Finding::new(at.key("namespace"), title).help(help));
    }
    let labels = at.key("labels");
    within(
        selector.labels.len() as u32,
        &(0..=MOST_LABELS),
        labels.clone(),
        "the number of labels",
        out,
    );
    for key in selector.labels.keys().filter(|key| OWN_LABELS.contains(&key.as_str())) {
        let title = format!("the label `{key}` is not that of all pods of a workload");
        let help = "select by a label of the workload's pod template";
        out.push(Finding::new(labels.key(key.clone()), title).on_key().help(help));
    }
}
