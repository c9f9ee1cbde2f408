//! `[[cluster.node_group]]`: node groups of Amazon EKS that can be.

use super::node_pools::check_taints;
use super::ranges::{lasting, not_zero, within};
use super::{Finding, auto_scaling, eks_roles, fargate, laws, node_group_updates, vpc_cni};
use crate::scenario::aws::{EbsCsi, EksOptions, Karpenter, NodeGroup};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, WINDOWS_2019, WINDOWS_2022};
use crate::units::Fraction;

/// Node groups of a cluster (Amazon EKS service quotas).
const MOST_GROUPS: usize = 30;

pub fn check(cluster: &Cluster, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let groups = at.key("node_group");
    if cluster.kind != ClusterKind::Eks {
        let help = "its kind would be `eks`";
        let keys = [
            ("node_group", !cluster.node_groups.is_empty()),
            ("fargate_profile", !cluster.fargate_profiles.is_empty()),
            ("eks", cluster.eks != EksOptions::default()),
            ("karpenter", cluster.karpenter.is_some()),
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
    fargate::check(cluster, at, out);
    eks_roles::check(cluster, at, out);
    if let Some(karpenter) = &cluster.karpenter {
        check_karpenter(karpenter, cluster, &at.key("karpenter"), out);
    }
    let others = cluster.karpenter.is_some() || !cluster.fargate_profiles.is_empty();
    if cluster.node_groups.is_empty() && !others {
        let title = format!("`{}` has no nodes", cluster.name);
        let help = "add a `[[cluster.node_group]]` with `name`, `instance_types` and `max`, \
                    `[cluster.karpenter]`, or a `[[cluster.fargate_profile]]` with `name` and \
                    `selectors`";
        out.push(Finding::new(at.key("kind"), title).label("needs a node group").help(help));
    }
    if let (Some(_), true) = (&cluster.cluster_autoscaler, cluster.node_groups.is_empty()) {
        let title =
            "the Cluster Autoscaler has nodes of node groups come and go, and there are none";
        let help = "leave it out: pods on Fargate bring their nodes with them";
        out.push(Finding::new(at.key("cluster_autoscaler"), title).on_key().help(help));
    }
    if cluster.node_groups.len() > MOST_GROUPS {
        let title = format!("an EKS cluster has at most {MOST_GROUPS} node groups");
        out.push(Finding::new(groups.clone(), title).on_key());
    }
    vpc_cni::check(cluster, at, out);
    check_csi(&cluster.eks.ebs_csi, &at.key("eks").key("ebs_csi"), out);
    for (index, group) in cluster.node_groups.iter().enumerate() {
        let at = groups.index(index);
        auto_scaling::check_instances(&group.group(), cluster, &at, out);
        let mut earlier = cluster.node_groups[..index].iter();
        if earlier.any(|other| other.name == group.name) {
            let title = format!("there are two node groups named `{}`", group.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
        check_interruptions(group.spot_interruptions, &at, out);
        if let Some(pods) = group.max_pods {
            within(pods, &(1..=10_000), at.key("max_pods"), "the number of pods", out);
        }
        check_system(group, &at, out);
        check_taints(&group.taints, &at.key("taints"), out);
        if let Some(join) = &group.join {
            laws::check(join, &at.key("join"), out);
        }
        node_group_updates::check(group, &at, draft, out);
    }
}

/// How the EBS CSI driver is set (`Validate` of its `pkg/driver/options.go`).
fn check_csi(csi: &EbsCsi, at: &Path, out: &mut Vec<Finding>) {
    laws::check(&csi.register, &at.key("register"), out);
    if csi.attach_limit.is_some() && csi.reserved_attachments.is_some() {
        let title = "the driver takes only one of `attach_limit` and `reserved_attachments`";
        let help = "leave it out: the limit of the type, less what is reserved, is then counted";
        out.push(Finding::new(at.key("attach_limit"), title).on_key().help(help));
    }
}

/// What belongs to the system of a group; EKS has images of two versions of Windows Server.
fn check_system(group: &NodeGroup, at: &Path, out: &mut Vec<Finding>) {
    if let Some(rate) = &group.extraction {
        not_zero(rate, at.key("extraction"), "the rate of extraction", out);
    }
    if !group.is_windows() {
        if group.page_file.is_some() {
            let title = "Linux nodes of EKS have no page file";
            out.push(Finding::new(at.key("page_file"), title).on_key().help("leave it out"));
        }
        return;
    }
    let known = |build: &str, version: &str| {
        let rest = version.strip_prefix(build);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let version = group.os.version.as_deref().unwrap_or(WINDOWS_2022);
    if ![WINDOWS_2019, WINDOWS_2022].iter().any(|build| known(build, version)) {
        let title = format!("EKS has no image of Windows {version}");
        let help = "say `os = \"windows-2022\"` or `os = \"windows-2019\"`";
        out.push(Finding::new(at.key("os"), title).help(help));
    }
}

fn check_interruptions(share: Fraction, at: &Path, out: &mut Vec<Finding>) {
    if share >= Fraction(1.0) {
        let title = "not all Spot instances can be interrupted within a month at any rate";
        let help = "say a part below 100%, such as `20%`";
        out.push(Finding::new(at.key("spot_interruptions"), title).help(help));
    }
}

fn check_karpenter(karpenter: &Karpenter, cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    if cluster.cluster_autoscaler.is_some() {
        let title = "one cluster has Karpenter or the Cluster Autoscaler, not both";
        let help = "compare the two in two clusters of the scenario";
        out.push(Finding::new(at.clone(), title).on_key().help(help));
    }
    if karpenter.node_pools.is_empty() {
        let title = "Karpenter has no NodePools";
        let help = "name files that have some, such as `[\"nodepools.yaml\"]`";
        out.push(Finding::new(at.key("node_pools"), title).help(help));
    }
    lasting(karpenter.batch_idle, at.key("batch_idle"), "the time without pods", out);
    if karpenter.batch_max < karpenter.batch_idle {
        let title = "a batch cannot be over before no pod came for a while";
        let related = at.key("batch_idle");
        out.push(Finding::new(at.key("batch_max"), title).related(related, "longer than that"));
    }
    if karpenter.memory_overhead >= Fraction(1.0) {
        let title = "not all of the memory can be hidden";
        out.push(Finding::new(at.key("memory_overhead"), title).help("such as `7.5%`"));
    }
    check_interruptions(karpenter.spot_interruptions, at, out);
    let kinds = karpenter.shortages.iter().filter_map(|it| it.instance_type.clone());
    // which types there are its NodePools say
    let nodes = NodeGroup { instance_types: kinds.collect(), ..karpenter.nodes_of("karpenter") };
    auto_scaling::check_launches(&nodes.group(), cluster, at, out);
    laws::check(&karpenter.join, &at.key("join"), out);
    laws::check(&karpenter.startup, &at.key("startup"), out);
}
