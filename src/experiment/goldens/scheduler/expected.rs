//! What the real scheduler did.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The recorded result of a case.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Expected {
    pub attempts: Vec<Attempt>,
    pub final_placements: BTreeMap<String, String>,
}

/// One recorded attempt. What is absent is empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attempt {
    pub pod: String,
    pub attempt: u32,
    pub nominated_before: Option<String>,
    #[serde(default)]
    pub feasible: Nodes,
    #[serde(default)]
    pub infeasible: Vec<Group>,
    pub pre_filter: Option<Group>,
    #[serde(default)]
    pub scores: BTreeMap<String, Score>,
    pub total: Option<Values>,
    #[serde(default)]
    pub ties: Nodes,
    pub chosen: Option<String>,
    #[serde(default)]
    pub volumes_bound: Vec<String>,
    pub preemption: Option<Preemption>,
}

/// Nodes by their index.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Nodes {
    These(Vec<u32>),
    /// `"all"`.
    All(All),
}

#[derive(Deserialize)]
pub(super) enum All {
    #[serde(rename = "all")]
    All,
}

impl Default for Nodes {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Nodes {
    /// Written out; `all` is what `"all"` stands for.
    pub fn expand(&self, all: &[u32]) -> Vec<u32> {
        match self {
            Self::These(nodes) => nodes.clone(),
            Self::All(_) => all.to_vec(),
        }
    }
}

/// Nodes that were rejected alike.
#[derive(Deserialize)]
pub(super) struct Group {
    pub plugin: String,
    pub code: String,
    pub reasons: Vec<String>,
    #[serde(default)]
    pub nodes: Nodes,
}

/// One number for all nodes, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Values {
    One(i64),
    Each(Vec<i64>),
}

impl Values {
    /// Written out for so many nodes.
    pub fn expand(&self, nodes: usize) -> Vec<i64> {
        match self {
            Self::One(value) => vec![*value; nodes],
            Self::Each(values) => values.clone(),
        }
    }
}

/// What a plugin made of the feasible nodes.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Score {
    Both { raw: Values, norm: Values },
    Same(Values),
}

impl Score {
    /// Before and after normalisation.
    pub fn expand(&self, nodes: usize) -> (Vec<i64>, Vec<i64>) {
        match self {
            Self::Both { raw, norm } => (raw.expand(nodes), norm.expand(nodes)),
            Self::Same(values) => (values.expand(nodes), values.expand(nodes)),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Preemption {
    pub eligible: bool,
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    #[serde(default)]
    pub ties: Vec<String>,
    pub nominated_node: Option<String>,
    #[serde(default)]
    pub victims: Vec<String>,
    pub retry_before_queue_index: Option<usize>,
    #[serde(default)]
    pub cleared_nominations: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate {
    pub node: String,
    #[serde(default)]
    pub victims: Vec<String>,
    #[serde(default)]
    pub pdb_violations: usize,
}
