//! `[[cluster.security_group]]` and `[[cluster.prefix_list]]`: names that mean one thing each.
//!
//! What the groups of a file are called only AWS's own reader knows, so that with such a file no
//! name is unknown here.

use super::Finding;
use crate::scenario::Cluster;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::security_group::Peer;

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    check_names(cluster, at, out);
    for (index, group) in cluster.security_groups.iter().enumerate() {
        let at = at.key("security_group").index(index);
        let inbound = group.inbound.iter().map(|rule| &rule.from);
        for (rule, peer) in inbound.enumerate() {
            check_peer(cluster, peer, at.key("inbound").index(rule).key("from"), out);
        }
        let outbound = group.outbound.iter().flatten().map(|rule| &rule.to);
        for (rule, peer) in outbound.enumerate() {
            check_peer(cluster, peer, at.key("outbound").index(rule).key("to"), out);
        }
    }
    let options = at.key("ecs");
    check_groups(cluster, &cluster.ecs.security_groups, &options, out);
    for (index, group) in cluster.auto_scaling_groups.iter().enumerate() {
        let at = at.key("auto_scaling_group").index(index);
        check_groups(cluster, &group.security_groups, &at, out);
    }
    for (index, balancer) in cluster.load_balancers.iter().enumerate() {
        let at = at.key("load_balancer").index(index);
        check_groups(cluster, &balancer.security_groups, &at, out);
    }
}

fn check_names(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let groups = cluster.security_groups.iter().map(|group| ("security_group", &group.name));
    let lists = cluster.prefix_lists.iter().map(|list| ("prefix_list", &list.name));
    let mut seen: Vec<&String> = Vec::new();
    let numbered = groups.enumerate().chain(lists.enumerate());
    for (index, (key, name)) in numbered {
        let at = at.key(key).index(index).key("name");
        if name.is_empty() {
            out.push(Finding::new(at, "the name is empty"));
        } else if seen.contains(&name) {
            let title = format!("there are two security groups or prefix lists named `{name}`");
            out.push(Finding::new(at, title).label("second"));
        } else {
            seen.push(name);
        }
    }
}

/// Whom a rule means.
fn check_peer(cluster: &Cluster, peer: &Peer, at: Path, out: &mut Vec<Finding>) {
    let Peer::Named(name) = peer else { return };
    let groups = cluster.security_groups.iter().map(|group| group.name.as_str());
    let known: Vec<&str> =
        groups.chain(cluster.prefix_lists.iter().map(|list| list.name.as_str())).collect();
    if cluster.security_groups_file.is_none() && !known.contains(&name.as_str()) {
        let title = format!("there is no security group and no prefix list `{name}`");
        let help = suggestion(name, known, "security group or prefix list");
        out.push(Finding::new(at, title).help(help));
    }
}

/// The groups of an interface.
fn check_groups(cluster: &Cluster, groups: &[String], at: &Path, out: &mut Vec<Finding>) {
    for (index, name) in groups.iter().enumerate() {
        let known = || cluster.security_groups.iter().map(|group| group.name.as_str());
        if cluster.security_groups_file.is_none() && !known().any(|other| other == name) {
            let title = format!("there is no security group `{name}`");
            let at = at.key("security_groups").index(index);
            out.push(Finding::new(at, title).help(suggestion(name, known(), "security group")));
        }
    }
}
