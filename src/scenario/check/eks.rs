//! `[[cluster.node_group]]`: node groups of Amazon EKS that can be.

use super::node_pools::check_taints;
use super::ranges::within;
use super::{Finding, auto_scaling, eks_roles, laws};
use crate::scenario::aws::EksOptions;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind};
use crate::units::Fraction;

/// Node groups of a cluster (Amazon EKS service quotas).
const MOST_GROUPS: usize = 30;

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let groups = at.key("node_group");
    if cluster.kind != ClusterKind::Eks {
        let help = "its kind would be `eks`";
        let keys = [
            ("node_group", !cluster.node_groups.is_empty()),
            ("eks", cluster.eks != EksOptions::default()),
            ("pod_identity_association", !cluster.pod_identity_associations.is_empty()),
        ];
        for (key, _) in keys.into_iter().filter(|&(_, written)| written) {
            let name = &cluster.name;
            let title = format!("`{key}` is for clusters of Amazon EKS, and `{name}` is none");
            out.push(Finding::new(at.key(key), title).on_key().help(help));
        }
        return;
    }
    for (key, written) in [("hosts", cluster.hosts.is_some()), ("vm", cluster.vm.is_some())] {
        if written {
            let title = "the nodes of an EKS cluster are instances of EC2";
            let help = "leave it out, and say `instance_types` in a `[[cluster.node_group]]`";
            out.push(Finding::new(at.key(key), title).on_key().help(help));
        }
    }
    eks_roles::check(cluster, at, out);
    if cluster.node_groups.is_empty() {
        let title = format!("`{}` has no nodes", cluster.name);
        let help = "add a `[[cluster.node_group]]` with `name`, `instance_types` and `max`";
        out.push(Finding::new(at.key("kind"), title).label("needs a node group").help(help));
    }
    if cluster.node_groups.len() > MOST_GROUPS {
        let title = format!("an EKS cluster has at most {MOST_GROUPS} node groups");
        out.push(Finding::new(groups.clone(), title).on_key());
    }
    for (index, group) in cluster.node_groups.iter().enumerate() {
        let at = groups.index(index);
        auto_scaling::check_instances(&group.group(), cluster, &at, out);
        let mut earlier = cluster.node_groups[..index].iter();
        if earlier.any(|other| other.name == group.name) {
            let title = format!("there are two node groups named `{}`", group.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
        if group.spot_interruptions >= Fraction(1.0) {
            let title = "not all Spot instances can be interrupted within a month at any rate";
            let help = "say a part below 100%, such as `20%`";
            out.push(Finding::new(at.key("spot_interruptions"), title).help(help));
        }
        if let Some(pods) = group.max_pods {
            within(pods, &(1..=10_000), at.key("max_pods"), "the number of pods", out);
        }
        if group.is_windows() {
            let title = "Windows nodes of EKS are not simulated yet";
            out.push(Finding::new(at.key("os"), title).on_key().help("leave `os` out"));
        }
        check_taints(&group.taints, &at.key("taints"), out);
        laws::check(&group.join, &at.key("join"), out);
    }
}
