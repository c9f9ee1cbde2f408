//! `[[cluster.role]]`: a role of IAM and what its policies are.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::PolicyName;

/// `[[cluster.role]]`: a role that task definitions name as `executionRoleArn` or `taskRoleArn`, or
/// apps by the cluster's options; on EKS service accounts by their annotations or by
/// `[[cluster.pod_identity_association]]`. One that is named and not written is denied nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN: `arn:aws:iam::111122223333:role/web`.
    pub arn: String,
    /// Its policies: files in the JSON of IAM, or managed policies by name. Default: none, by which
    /// nothing is allowed.
    #[serde(default)]
    pub policies: Vec<PolicyName>,
    /// Its permissions boundary. Default: none.
    pub boundary: Option<PolicyName>,
    /// `eks`: a file with its trust policy, which says who may be it. Default: whoever is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<PathBuf>,
}
