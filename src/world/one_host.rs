//! A cluster cut down to one host for an app, to find out how many replicas of it that carries.
//!
//! Where hosts are nodes of pools or node groups, the one that pods of the app may be on has one
//! node; others of that kind have none, and those that they may not be on stay as they are, for
//! what else there is. On Fargate a replica is alone on its machine. Nodes that Karpenter launches
//! are as many and as large as pods need.

use super::kubernetes::{group_takes, is_on_fargate};
use crate::scenario::{App, Cluster};

/// What there is for an app.
#[derive(Clone, Debug)]
pub enum OneHost {
    /// A cluster with one.
    Of(Box<Cluster>),
    /// A machine for each replica.
    Alone,
    /// As many as there are replicas for.
    Unbounded,
}

/// What a cluster is with one host for an app.
pub fn one_host(cluster: &Cluster, app: &App) -> OneHost {
    if is_on_fargate(app, cluster) {
        return OneHost::Alone;
    }
    let mut one = cluster.clone();
    if let Some(hosts) = &mut one.hosts {
        hosts.count = 1;
    }
    let takes = |group: &_| group_takes(group, app, cluster);
    let mut found = false;
    for (group, written) in one.node_groups.iter_mut().zip(&cluster.node_groups) {
        if takes(written) {
            let nodes = u32::from(!std::mem::replace(&mut found, true));
            (group.min, group.desired, group.max) = (nodes, None, nodes);
        }
    }
    if !found && cluster.karpenter.is_some() {
        return OneHost::Unbounded;
    }
    if found {
        one.karpenter = None;
    }
    let nodes = cluster.vm.as_ref().map_or(1, |vm| vm.per_host.max(1));
    let mut found = false;
    for pool in &mut one.node_pools {
        let labels = |(key, value): (&String, &String)| match pool.labels.get(key) {
            Some(has) => has == value,
            // those that nodes are given by themselves
            None => key.contains("kubernetes.io/") || *value == pool.name,
        };
        if app.node_selector.iter().all(labels) && tolerates(app, &pool.taints) {
            pool.count = if std::mem::replace(&mut found, true) { 0 } else { nodes };
            (pool.min, pool.max) = (None, None);
        }
    }
    OneHost::Of(Box::new(one))
}

/// Whether pods of an app may be on nodes with these taints.
pub(super) fn tolerates(app: &App, taints: &[String]) -> bool {
    let parts = |text: &str| {
        let (pair, effect) = text.split_once(':').map_or((text, None), |(it, by)| (it, Some(by)));
        let (key, value) = pair.split_once('=').map_or((pair, None), |(it, is)| (it, Some(is)));
        [Some(key), value, effect].map(|part| part.map(str::to_owned))
    };
    let tolerated = |taint: &String| {
        let [key, value, effect] = parts(taint);
        let value = value.or_else(|| Some(String::new()));
        app.tolerations.iter().any(|toleration| {
            let [its_key, its_value, its_effect] = parts(toleration);
            its_key == key
                && (its_value.is_none() || its_value == value)
                && (its_effect.is_none() || its_effect == effect)
        })
    };
    let keeps_away = |taint: &&String| !taint.ends_with(":PreferNoSchedule");
    taints.iter().filter(keeps_away).all(tolerated)
}
