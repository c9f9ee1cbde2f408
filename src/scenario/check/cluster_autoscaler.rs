//! `[cluster.cluster_autoscaler]`: bounds that can be kept, and that somebody keeps.

use super::Finding;
use super::ranges::{lasting, within};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, NodeExpander};

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    let inside = at.key("cluster_autoscaler");
    let Some(options) = &cluster.cluster_autoscaler else {
        check_unused_bounds(cluster, at, out);
        return;
    };
    if !cluster.kind.is_kubernetes() {
        let title = format!("`{}` has no nodes of Kubernetes", cluster.name);
        let help = "the Cluster Autoscaler is for `kind = \"kubernetes\"`";
        out.push(Finding::new(inside, title).on_key().help(help));
        return;
    }
    let bounded = |pool: &crate::scenario::NodePool| pool.min.is_some() || pool.max.is_some();
    if !cluster.node_pools.is_empty() && !cluster.node_pools.iter().any(bounded) {
        let title = "no pool may have more or fewer nodes than at its start";
        let help = "set `min` or `max` in a `[[cluster.node_pool]]`";
        out.push(Finding::new(inside.clone(), title).on_key().help(help));
    }
    lasting(options.scan_interval, inside.key("scan_interval"), "the time between two scans", out);
    let provision = inside.key("max_node_provision_time");
    lasting(options.max_node_provision_time, provision, "the time that a node may take", out);
    check_expanders(cluster, &options.expanders, &inside.key("expanders"), out);
    let (down, at) = (&options.scale_down, inside.key("scale_down"));
    within(
        down.parallelism,
        &(1..=100_000),
        at.key("parallelism"),
        "the number of nodes removed at a time",
        out,
    );
    let drains = at.key("drain_parallelism");
    within(
        down.drain_parallelism,
        &(1..=100_000),
        drains,
        "the number of nodes drained at a time",
        out,
    );
}

/// Bounds of pools that nobody would look at.
fn check_unused_bounds(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    for (index, pool) in cluster.node_pools.iter().enumerate() {
        for (key, bound) in [("min", pool.min), ("max", pool.max)] {
            if bound.is_some_and(|bound| bound != pool.count) {
                let path = at.key("node_pool").index(index).key(key);
                let title = "nothing adds or removes nodes of this cluster";
                let help = "add `[cluster.cluster_autoscaler]`, or leave `min` and `max` out";
                out.push(Finding::new(path, title).help(help));
            }
        }
    }
}

fn check_expanders(
    cluster: &Cluster,
    expanders: &[NodeExpander],
    at: &Path,
    out: &mut Vec<Finding>,
) {
    if expanders.is_empty() {
        let title = "at least one expander is needed";
        out.push(Finding::new(at.clone(), title).help("such as `[\"least-waste\"]`"));
    }
    for (index, expander) in expanders.iter().enumerate() {
        if expanders[..index].contains(expander) {
            out.push(Finding::new(at.index(index), "this expander stands in the list before"));
        }
    }
    let priority = expanders.iter().position(|one| *one == NodeExpander::Priority);
    if let Some(index) = priority
        && cluster.node_pools.iter().all(|pool| pool.priority.is_none())
        && cluster.node_groups.iter().all(|group| group.priority.is_none())
    {
        let title = "no pool has a priority";
        let help = "set `priority` in each `[[cluster.node_pool]]`";
        out.push(Finding::new(at.index(index), title).help(help));
    }
}
