//! `[cluster.eks.vpc_cni]`: settings that the plug-in takes, and subnets that pods can have.

use super::ranges::within;
use super::{Finding, laws};
use crate::engine::SimDuration;
use crate::scenario::Cluster;
use crate::scenario::aws::Subnet;
use crate::scenario::path::Path;

/// No target needs to be higher: no node has more addresses.
const MOST_TARGET: u32 = 10_000;
/// The least that the controller of branches takes.
const LEAST_BRANCH_COOLDOWN: SimDuration = SimDuration::from_secs(30);

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let cni = &cluster.eks.vpc_cni;
    let at = at.key("eks").key("vpc_cni");
    let targets = [
        ("warm_eni_target", cni.warm_eni_target),
        ("warm_ip_target", cni.warm_ip_target),
        ("minimum_ip_target", cni.minimum_ip_target),
        ("warm_prefix_target", cni.warm_prefix_target),
    ];
    for (key, target) in targets {
        within(target, &(0..=MOST_TARGET), at.key(key), "the target", out);
    }
    let of_windows = [
        ("windows_warm_ip_target", cni.windows_warm_ip_target),
        ("windows_minimum_ip_target", cni.windows_minimum_ip_target),
        ("windows_warm_prefix_target", cni.windows_warm_prefix_target),
    ];
    for (key, target) in of_windows {
        within(target.unwrap_or(0), &(0..=MOST_TARGET), at.key(key), "the target", out);
    }
    if let (Some(_), false) = (cni.windows_warm_prefix_target, cni.prefix_delegation) {
        let title = "without `prefix_delegation` nodes have no blocks to keep";
        let help = "say `windows_warm_ip_target`, or `prefix_delegation = true`";
        out.push(Finding::new(at.key("windows_warm_prefix_target"), title).on_key().help(help));
    }
    if let Some(most) = cni.max_eni {
        within(most, &(1..=MOST_TARGET), at.key("max_eni"), "the number of interfaces", out);
    }
    if cni.branch_eni_cooldown < LEAST_BRANCH_COOLDOWN {
        let title = format!(
            "branches cool down for {LEAST_BRANCH_COOLDOWN} at least, not {}",
            cni.branch_eni_cooldown
        );
        let help = "the controller takes no less; the default is `60s`";
        out.push(Finding::new(at.key("branch_eni_cooldown"), title).help(help));
    }
    let delays = [
        ("eni_attach", &cni.eni_attach),
        ("ip_assign", &cni.ip_assign),
        ("branch_eni_attach", &cni.branch_eni_attach),
    ];
    for (key, law) in delays {
        laws::check(law, &at.key(key), out);
    }
    laws::check_interval(&cni.sandbox_retry, &at.key("sandbox_retry"), "the retry", out);
    check_subnets(cluster, &at.key("pod_subnets"), out);
}

/// Pods have a subnet in each zone in which there are nodes, and nodes have others.
fn check_subnets(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let named = &cluster.eks.vpc_cni.pod_subnets;
    if named.is_empty() {
        return;
    }
    let find = |name: &String| cluster.subnets.iter().find(|subnet| subnet.name == *name);
    for (place, name) in named.iter().enumerate() {
        let at = at.index(place);
        let Some(subnet) = find(name) else {
            let title = format!("there is no subnet `{name}`");
            let help = "add a `[[cluster.subnet]]` of that name";
            out.push(Finding::new(at, title).help(help));
            continue;
        };
        let zone = |other: &&String| find(other).is_some_and(|other| other.zone == subnet.zone);
        if let Some(other) = named[..place].iter().find(zone) {
            let title = format!("`{other}` and `{name}` are in the same zone");
            let help = "a zone has one subnet for pods, as the ENIConfig of its name does";
            out.push(Finding::new(at, title).help(help));
        }
    }
    for group in &cluster.node_groups {
        let used =
            |subnet: &&Subnet| group.subnets.is_empty() || group.subnets.contains(&subnet.name);
        let used: Vec<&Subnet> = cluster.subnets.iter().filter(used).collect();
        if let Some(subnet) = used.iter().find(|subnet| named.contains(&subnet.name)) {
            let (group, subnet) = (&group.name, &subnet.name);
            let title = format!("nodes of `{group}` launch into `{subnet}`, which is for pods");
            let help = "name the other ones in the `subnets` of the node group";
            out.push(Finding::new(at.clone(), title).help(help));
            continue;
        }
        let zone = |subnet: &&&Subnet| {
            let mut pods = named.iter().filter_map(find);
            pods.all(|pods| pods.zone != subnet.zone)
        };
        if let Some(subnet) = used.iter().find(zone) {
            let title = format!(
                "pods on nodes in subnet `{}` have no subnet in zone {}",
                subnet.name, subnet.zone
            );
            let help = "name a subnet for pods in each zone with nodes";
            out.push(Finding::new(at.clone(), title).help(help));
        }
    }
}
