//! `[[cluster.role]]`: a role of IAM and what its policies are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::PolicyName;

/// `[[cluster.role]]`: a role that task definitions name as `executionRoleArn` or `taskRoleArn`, or
/// apps by the cluster's options. One that is named and not written is denied nothing.
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
}
