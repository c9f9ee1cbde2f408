//! What a case of the scheduler says.

use k8s_openapi::api::core::v1::{Node, Pod};
use serde::Deserialize;
use serde_json::Value;

/// A case: a cluster and the pods to place, in the order of their first attempts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Case {
    #[serde(default)]
    pub options: Options,
    pub scheduler_configuration: Option<Value>,
    pub nodes: Vec<Node>,
    #[serde(default)]
    pub objects: Vec<Value>,
    #[serde(default)]
    pub bound_pods: Vec<Pod>,
    pub queue: Vec<Pod>,
    #[serde(default)]
    pub events: Vec<Event>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    /// After how many places of the queue a pod that evicted others is tried again.
    #[serde(default)]
    pub preemption_retry_after: usize,
}

/// Something that happens just before a pod of the queue is tried.
#[derive(Deserialize)]
pub(super) struct Event {
    /// Its place in the queue.
    pub before: usize,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub(super) enum What {
    DeletePod { name: String },
    AddNode { node: Box<Node> },
    UpdateNode { node: Box<Node> },
    RemoveNode { name: String },
}
