//! What a case of the Cluster Autoscaler says.

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde::Deserialize;

use crate::kubernetes::autoscale::cluster_autoscaler::{ScaleDownSettings, Settings};

/// The label that names the group of a node.
pub(super) const GROUP: &str = "golden/nodegroup";

/// A cluster, and pods that wait or times at which it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Case {
    #[serde(default)]
    pub options: Options,
    pub node_groups: Vec<Group>,
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub pods: Vec<Pod>,
    #[serde(default)]
    pub pending: Vec<Pod>,
    #[serde(default)]
    pub replica_sets: Vec<ReplicaSet>,
    #[serde(default)]
    pub pod_disruption_budgets: Vec<PodDisruptionBudget>,
    pub loops: Option<Vec<Loop>>,
}

/// Settings that are not the default ones.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Options {
    #[serde(default)]
    pub balance_similar_node_groups: bool,
    pub max_nodes_total: Option<u32>,
}

/// A node group.
#[derive(Deserialize)]
pub(super) struct Group {
    pub name: String,
    pub min: u32,
    pub max: u32,
    pub template: Node,
}

/// One look at the cluster, and what changed before it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Loop {
    /// Seconds since the first.
    pub t: u64,
    #[serde(default)]
    pub add_pods: Vec<Pod>,
    #[serde(default)]
    pub remove_pods: Vec<String>,
}

impl Case {
    /// The settings of the autoscaler.
    pub fn settings(&self) -> Settings {
        Settings {
            balance_similar: self.options.balance_similar_node_groups,
            max_nodes: self.options.max_nodes_total.filter(|&max| max > 0),
            ignored_labels: vec![GROUP.into()],
            scale_down: ScaleDownSettings { empty_first: false, ..ScaleDownSettings::default() },
            ..Settings::default()
        }
    }
}
