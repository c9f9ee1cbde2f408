//! `[[cluster.node_pool]]` and `[cluster.kubernetes]`: pools of nodes that can be.

use super::clusters::{MOST_HOSTS, check_shape};
use super::names::check_folder_name;
use super::ranges::{lasting, positive, within};
use super::{Finding, laws};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, Eviction, KubernetesOptions, NodePool};

/// What a taint may have done (`core/v1.TaintEffect`).
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub fn check(cluster: &Cluster, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let pools = at.key("node_pool");
    if cluster.kind != ClusterKind::Kubernetes {
        if !cluster.node_pools.is_empty() {
            let title = format!("`{}` has no nodes of Kubernetes", cluster.name);
            let help = match cluster.kind {
                ClusterKind::Eks => "nodes of EKS are those of a `[[cluster.node_group]]`",
                _ => "node pools are for `kind = \"kubernetes\"`; others have `hosts`",
            };
            out.push(Finding::new(pools, title).on_key().help(help));
        }
        if cluster.kind.is_kubernetes() {
            check_options(&cluster.kubernetes, &at.key("kubernetes"), out);
        }
        return;
    }
    if cluster.hosts.is_some() {
        let title = "the machines of a Kubernetes cluster are those of its node pools";
        let help = "remove `hosts`, and say `shape` and `count` in a `[[cluster.node_pool]]`";
        out.push(Finding::new(at.key("hosts"), title).on_key().help(help));
    }
    if cluster.node_pools.is_empty() {
        let title = format!("`{}` has no nodes", cluster.name);
        let help = "add a `[[cluster.node_pool]]` with `name`, `shape` and `count`";
        out.push(Finding::new(at.key("kind"), title).label("needs a node pool").help(help));
    }
    for (index, pool) in cluster.node_pools.iter().enumerate() {
        let at = pools.index(index);
        check_pool(pool, cluster, &at, draft, out);
        let first = cluster.node_pools.iter().position(|other| other.name == pool.name);
        if first != Some(index) {
            let title = format!("there are two node pools named `{}`", pool.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
    }
    check_options(&cluster.kubernetes, &at.key("kubernetes"), out);
}

fn check_pool(
    pool: &NodePool,
    cluster: &Cluster,
    at: &Path,
    draft: &Draft,
    out: &mut Vec<Finding>,
) {
    check_folder_name(&pool.name, at.key("name"), "the name of a node pool", out);
    check_shape(&pool.shape, at.key("shape"), draft, out);
    within(pool.count, &(0..=MOST_HOSTS), at.key("count"), "the number of nodes", out);
    within(pool.max_pods, &(1..=10_000), at.key("max_pods"), "the number of pods", out);
    let (min, max) = (pool.min.unwrap_or(pool.count), pool.max.unwrap_or(pool.count));
    if min > max {
        let title = format!("a pool of at least {min} nodes cannot have at most {max}");
        let key = if pool.max.is_some() { "max" } else { "min" };
        out.push(Finding::new(at.key(key), title));
    } else if !(min..=max).contains(&pool.count) {
        let title = format!("{} nodes are not from {min} to {max}", pool.count);
        out.push(Finding::new(at.key("count"), title));
    }
    let zones = cluster.zones.map_or(1, |zones| zones.count);
    if let Some(zone) = pool.zone.filter(|&zone| zone >= zones) {
        let title = format!("there is no zone {zone}: the cluster has {zones}, counted from 0");
        out.push(Finding::new(at.key("zone"), title));
    }
    check_taints(&pool.taints, &at.key("taints"), out);
}

/// Taints of nodes, as `key=value:NoSchedule`.
pub(super) fn check_taints(taints: &[String], at: &Path, out: &mut Vec<Finding>) {
    for (index, taint) in taints.iter().enumerate() {
        let effect = taint.rsplit_once(':');
        if !effect.is_some_and(|(key, effect)| !key.is_empty() && EFFECTS.contains(&effect)) {
            let title = format!("`{taint}` is not a taint");
            let help = "such as `dedicated=batch:NoSchedule`; effects are NoSchedule, \
                        PreferNoSchedule and NoExecute";
            out.push(Finding::new(at.index(index), title).help(help));
        }
    }
}

/// Tolerations of pods, as `key=value:NoSchedule`, of which only the key is needed.
pub(super) fn check_tolerations(tolerations: &[String], at: &Path, out: &mut Vec<Finding>) {
    for (index, text) in tolerations.iter().enumerate() {
        let (pair, effect) = text.split_once(':').unwrap_or((text, EFFECTS[0]));
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        if key.is_empty() || !EFFECTS.contains(&effect) {
            let title = format!("`{text}` is not a toleration");
            let help = "such as `dedicated=batch:NoSchedule`, `dedicated:NoExecute` or `dedicated`";
            out.push(Finding::new(at.index(index), title).help(help));
        }
    }
}

fn check_options(options: &KubernetesOptions, at: &Path, out: &mut Vec<Finding>) {
    let rates =
        [(options.controller_qps, "controller_qps"), (options.scheduler_qps, "scheduler_qps")];
    for (rate, key) in rates {
        positive(rate, 1e9, at.key(key), "the rate of requests", out);
    }
    let bursts = [
        (options.controller_burst, "controller_burst"),
        (options.scheduler_burst, "scheduler_burst"),
    ];
    for (burst, key) in bursts {
        within(burst, &(1..=u32::MAX), at.key(key), "the burst of requests", out);
    }
    let grace = at.key("node_monitor_grace");
    lasting(options.node_monitor_grace, grace, "the grace of nodes", out);
    laws::check(&options.init_duration, &at.key("init_duration"), out);
    laws::check(&options.job_duration, &at.key("job_duration"), out);
    check_eviction(&options.eviction, &at.key("eviction"), out);
}

fn check_eviction(eviction: &Eviction, at: &Path, out: &mut Vec<Finding>) {
    let hard = eviction.memory;
    if let Some(soft) = eviction.soft_memory.filter(|soft| *soft <= hard) {
        let title = format!("the soft threshold of {soft} is not above the hard one of {hard}");
        let help = "the hard one evicts at once, so that the soft one never would";
        out.push(Finding::new(at.key("soft_memory"), title).help(help));
    }
    lasting(eviction.soft_grace, at.key("soft_grace"), "the grace of a soft threshold", out);
}
