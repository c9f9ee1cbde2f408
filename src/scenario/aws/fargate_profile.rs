//! `[[cluster.fargate_profile]]`: pods of an Amazon EKS cluster that run on AWS Fargate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::scenario::Law;

/// `[[cluster.fargate_profile]]`: which pods run on AWS Fargate, each on a node of its own that is
/// there as long as it is. Apps are in the namespace `default`, unless a manifest has their
/// `workload`, and have the label `app`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FargateProfile {
    /// Name, unique among the profiles of the cluster.
    pub name: String,
    /// Pods that any of these selects run on Fargate; up to five. Of several profiles that select a
    /// pod the first counts, or the one that its label `eks.amazonaws.com/fargate-profile` names.
    pub selectors: Vec<FargateSelector>,
    /// Names of the subnets that pods have their addresses of. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// From a pod that is created, and has an address, to its node being `Ready`; then its images
    /// are pulled. Default lognormal, mean 45s, cv 0.3.
    #[serde(default = "start")]
    pub start: Law,
}

/// Pods of a namespace, with labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FargateSelector {
    /// Their namespace; `*` stands for any characters, `?` for one.
    pub namespace: String,
    /// Labels that they have all of; up to five, with `*` and `?` in keys and values. Default: any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

fn start() -> Law {
    Law::Lognormal { mean: SimDuration::from_secs(45), cv: 0.3 }
}
