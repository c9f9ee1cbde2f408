//! NodePools as they are written.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Taint;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawPool {
    pub api_version: Option<String>,
    #[serde(rename = "kind")]
    pub _kind: Option<String>,
    #[serde(default)]
    pub metadata: ObjectMeta,
    #[serde(default)]
    pub spec: RawSpec,
    /// What a cluster that runs wrote into it, which is not read.
    #[serde(rename = "status")]
    pub _status: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSpec {
    pub template: RawTemplate,
    pub disruption: RawDisruption,
    pub limits: BTreeMap<String, Quantity>,
    pub weight: Option<i64>,
    pub replicas: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTemplate {
    pub metadata: RawMetadata,
    pub spec: RawTemplateSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawMetadata {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawTemplateSpec {
    pub node_class_ref: RawClass,
    pub taints: Vec<Taint>,
    pub startup_taints: Vec<Taint>,
    pub requirements: Vec<RawRequirement>,
    pub expire_after: Option<String>,
    pub termination_grace_period: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawClass {
    #[serde(rename = "group")]
    pub _group: Option<String>,
    pub kind: String,
    pub name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawRequirement {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
    pub min_values: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawDisruption {
    pub consolidation_policy: Option<String>,
    pub consolidate_after: Option<String>,
    pub budgets: Option<Vec<RawBudget>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawBudget {
    pub nodes: Option<String>,
    pub schedule: Option<String>,
    pub duration: Option<String>,
    pub reasons: Option<Vec<String>>,
}
