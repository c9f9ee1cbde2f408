//! What the real Cluster Autoscaler decided, as it is recorded.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What one scan with pending pods decided.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExpectedScaleUp {
    pub schedulable_on_existing: Vec<String>,
    pub options: Vec<Choice>,
    #[serde(default)]
    pub expanders: BTreeMap<String, Vec<String>>,
    pub plan: Vec<String>,
    pub pods_remain_unschedulable: Vec<String>,
}

/// What a group could do.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Choice {
    pub group: String,
    pub node_count: u32,
    pub pods: Vec<String>,
    #[serde(default)]
    pub similar_groups: Vec<String>,
}

/// What scans without pending pods found out.
#[derive(Deserialize)]
pub(super) struct ExpectedSteps {
    pub steps: Vec<ExpectedStep>,
}

/// What one of them found out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExpectedStep {
    pub t: u64,
    pub utilization: BTreeMap<String, String>,
    pub unneeded: Vec<String>,
    pub unremovable: BTreeMap<String, String>,
    pub removable_empty: Vec<String>,
    pub removable_drain: Vec<String>,
}
