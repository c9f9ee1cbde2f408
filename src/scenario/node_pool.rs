//! `[[cluster.node_pool]]`: nodes of a Kubernetes cluster that are alike.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cluster;

/// `[[cluster.node_pool]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePool {
    /// Name, unique among the pools of the cluster. Its nodes are `<name>-0`, `<name>-1`, … and
    /// have the label `node-pool`.
    pub name: String,
    /// Name of a `[[host]]`: the machine that a node is, or, with `vm`, that so many VMs are on as
    /// that says, each a node.
    pub shape: String,
    /// Nodes at the start. Default 1.
    #[serde(default = "one")]
    pub count: u32,
    /// Fewest nodes that the Cluster Autoscaler leaves. Default: `count`.
    pub min: Option<u32>,
    /// Most nodes that the Cluster Autoscaler may have. Default: `count`.
    pub max: Option<u32>,
    /// For the expander `priority` of the Cluster Autoscaler: of pools that could grow, one with
    /// the highest does. Default: grows only where no pool with a priority can.
    pub priority: Option<i32>,
    /// The zone that all its nodes are in, counted from 0. Default: in all zones of the cluster in
    /// turn.
    pub zone: Option<u32>,
    /// Labels of its nodes.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints of its nodes, as `key=value:NoSchedule` or `key:NoExecute`.
    #[serde(default)]
    pub taints: Vec<String>,
    /// Pods that a node takes. Default 110 (the kubelet's `maxPods`).
    #[serde(default = "max_pods")]
    pub max_pods: u32,
}

fn one() -> u32 {
    1
}

fn max_pods() -> u32 {
    110
}

impl NodePool {
    /// Most nodes it can ever have.
    pub fn most(&self) -> u32 {
        self.max.unwrap_or(self.count).max(self.count)
    }
}

/// Hosts of one shape that a cluster has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machines<'a> {
    /// Name of the `[[host]]`.
    pub shape: &'a str,
    /// How many.
    pub count: u32,
    /// Index of the pool they are the nodes of, or whose nodes are VMs on them.
    pub pool: Option<u32>,
}

impl Cluster {
    /// Its hosts by shape, those of the first node pool first.
    pub fn machines(&self) -> impl Iterator<Item = Machines<'_>> {
        let per_host = self.vm.as_ref().map_or(1, |vm| vm.per_host.max(1));
        let pools = (0..).zip(&self.node_pools).map(move |(index, pool)| Machines {
            shape: &pool.shape,
            count: pool.most().div_ceil(per_host),
            pool: Some(index),
        });
        let hosts = self.hosts.as_ref();
        let hosts =
            hosts.map(|hosts| Machines { shape: &hosts.shape, count: hosts.count, pool: None });
        hosts.into_iter().chain(pools)
    }

    /// The zone that a host is in.
    pub fn zone_of(&self, host: u32) -> u32 {
        let zones = self.zones.map_or(1, |zones| zones.count.max(1));
        let mut number = host;
        for machines in self.machines() {
            if number < machines.count {
                let pool = machines.pool.map(|pool| &self.node_pools[pool as usize]);
                return pool.and_then(|pool| pool.zone).unwrap_or(number % zones);
            }
            number -= machines.count;
        }
        number % zones
    }

    /// How many hosts it has, the machines of nodes among them that are not there from the
    /// beginning.
    pub fn host_count(&self) -> u32 {
        self.machines().map(|machines| machines.count).sum()
    }
}
