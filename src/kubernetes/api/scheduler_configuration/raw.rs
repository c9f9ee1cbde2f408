//! The configuration as it is written, field for field.
//!
//! Source: Kubernetes v1.36, `staging/src/k8s.io/kube-scheduler/config/v1/types.go`.

use k8s_openapi::api::core::v1::{NodeAffinity, TopologySpreadConstraint};
use serde::Deserialize;
use serde_json::Value;

/// The file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawConfiguration {
    pub api_version: Option<String>,
    pub kind: Option<String>,
    pub parallelism: Option<i32>,
    #[serde(rename = "leaderElection")]
    _leader_election: Option<Value>,
    #[serde(rename = "clientConnection")]
    _client_connection: Option<Value>,
    #[serde(rename = "enableProfiling")]
    _enable_profiling: Option<bool>,
    #[serde(rename = "enableContentionProfiling")]
    _enable_contention_profiling: Option<bool>,
    pub percentage_of_nodes_to_score: Option<i32>,
    pub pod_initial_backoff_seconds: Option<i64>,
    pub pod_max_backoff_seconds: Option<i64>,
    pub profiles: Option<Vec<RawProfile>>,
    pub extenders: Option<Vec<Value>>,
    #[serde(rename = "delayCacheUntilActive")]
    _delay_cache_until_active: Option<bool>,
}

/// One of `profiles`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawProfile {
    pub scheduler_name: Option<String>,
    pub percentage_of_nodes_to_score: Option<i32>,
    #[serde(default, deserialize_with = "or_default")]
    pub plugins: RawPlugins,
    #[serde(default, deserialize_with = "or_default")]
    pub plugin_config: Vec<RawPluginConfig>,
}

/// `plugins` of a profile.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawPlugins {
    pub pre_enqueue: RawPluginSet,
    pub queue_sort: RawPluginSet,
    pub pre_filter: RawPluginSet,
    pub filter: RawPluginSet,
    pub post_filter: RawPluginSet,
    pub pre_score: RawPluginSet,
    pub score: RawPluginSet,
    pub reserve: RawPluginSet,
    pub permit: RawPluginSet,
    pub pre_bind: RawPluginSet,
    pub bind: RawPluginSet,
    pub post_bind: RawPluginSet,
    pub multi_point: RawPluginSet,
}

/// What is on and off at an extension point.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RawPluginSet {
    #[serde(deserialize_with = "or_default")]
    pub enabled: Vec<RawPlugin>,
    #[serde(deserialize_with = "or_default")]
    pub disabled: Vec<RawPlugin>,
}

/// A plugin by its name; `weight` counts where it scores.
#[derive(Deserialize)]
pub struct RawPlugin {
    pub name: String,
    pub weight: Option<i32>,
}

/// One of `pluginConfig`.
#[derive(Deserialize)]
pub struct RawPluginConfig {
    pub name: String,
    pub args: Option<Value>,
}

/// Arguments of NodeResourcesFit.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawFitArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub ignored_resources: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub ignored_resource_groups: Vec<String>,
    pub scoring_strategy: Option<RawScoringStrategy>,
}

/// How NodeResourcesFit scores.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawScoringStrategy {
    #[serde(rename = "type", default)]
    pub type_: String,
    #[serde(default, deserialize_with = "or_default")]
    pub resources: Vec<RawResource>,
    pub requested_to_capacity_ratio: Option<RawRatio>,
}

/// A resource with its weight.
#[derive(Deserialize)]
pub struct RawResource {
    pub name: String,
    #[serde(default)]
    pub weight: i64,
}

/// The function from utilisation to score.
#[derive(Deserialize)]
pub struct RawRatio {
    #[serde(default, deserialize_with = "or_default")]
    pub shape: Vec<RawShapePoint>,
}

/// A point of that function.
#[derive(Deserialize)]
pub struct RawShapePoint {
    #[serde(default)]
    pub utilization: i32,
    #[serde(default)]
    pub score: i32,
}

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RawBalancedArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub resources: Vec<RawResource>,
}

/// Arguments of PodTopologySpread.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSpreadArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub default_constraints: Vec<TopologySpreadConstraint>,
    pub defaulting_type: Option<String>,
}

/// Arguments of InterPodAffinity.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawInterPodArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    pub hard_pod_affinity_weight: Option<i32>,
    pub ignore_preferred_terms_of_existing_pods: Option<bool>,
}

/// Arguments of NodeAffinity.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawNodeAffinityArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    pub added_affinity: Option<NodeAffinity>,
}

/// Arguments of VolumeBinding.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawVolumeArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    pub bind_timeout_seconds: Option<i64>,
    pub shape: Option<Value>,
}

/// Arguments of DefaultPreemption.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawPreemptionArgs {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    pub min_candidate_nodes_percentage: Option<i32>,
    pub min_candidate_nodes_absolute: Option<i32>,
}

/// `null` is as good as nothing, as in every Kubernetes file.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
