//! `[[cluster.pod_identity_association]]`: the role of a service account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[cluster.pod_identity_association]]`: EKS Pod Identity gives the pods of a service account a
/// role. It comes before that of the annotation `eks.amazonaws.com/role-arn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PodIdentityAssociation {
    /// The namespace. Default `default`.
    #[serde(default = "usual")]
    pub namespace: String,
    /// The service account, which need not be written elsewhere.
    pub service_account: String,
    /// ARN of the role; one that is no `[[cluster.role]]` is denied nothing.
    pub role: String,
}

fn usual() -> String {
    "default".to_owned()
}
