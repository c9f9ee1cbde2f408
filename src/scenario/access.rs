//! Who pulls, and what policies say about it: `identity` of clusters, `repositories` of registries,
//! which also say how long images stay.
//!
//! Policies are files in the JSON of IAM, or names of policies that AWS manages. What they allow is
//! decided where a cluster is simulated; here they are only named.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// As whom a cluster's engines pull from registries of kind `ecr`, and on ECS its instances
/// register and tasks without an execution role pull and write logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// ARN of the role of its nodes, on ECS the instance role:
    /// `arn:aws:iam::111122223333:role/node`. Messages name a session of it with the name of the
    /// cluster, where that of a real node has its instance.
    pub role: String,
    /// Policies of the role: files in the JSON of IAM (`node.json`, relative to the scenario file),
    /// or names or ARNs of managed policies: `AmazonEC2ContainerRegistryPullOnly`,
    /// `AmazonEC2ContainerRegistryReadOnly`, `AmazonEC2ContainerRegistryPowerUser`,
    /// `AmazonECSTaskExecutionRolePolicy`, `AmazonEC2ContainerServiceforEC2Role`,
    /// `AmazonS3ReadOnlyAccess`, `AmazonS3FullAccess`. Default: none, by which nothing is allowed.
    #[serde(default)]
    pub policies: Vec<PolicyName>,
    /// Permissions boundary of the role, a file or a managed policy. Default: none.
    pub boundary: Option<PolicyName>,
    /// Service control policies that reach its account, each a level of its organisation that has
    /// to allow. Default: none, as without an organisation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_control: Vec<PathBuf>,
}

/// A repository of a registry, or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Its name, such as `shop/web`, or a pattern in which `*` stands for any text. The first that
    /// fits an image decides.
    pub name: String,
    /// File with its policy, relative to the scenario file. Default: none.
    pub policy: Option<PathBuf>,
    /// Whether a tag stays on its image: a push of one that is there is refused. Default false.
    #[serde(default)]
    pub immutable: bool,
    /// Tags that can be moved although it is `immutable`: names or patterns in which `*` stands
    /// for any text. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutable_tags: Vec<String>,
    /// Whether images are scanned when they are pushed, each once in 24 hours. Default false.
    #[serde(default)]
    pub scan_on_push: bool,
    /// File with its lifecycle policy in the JSON of ECR, relative to the scenario file. It acts on
    /// what is there from the start, which counts as pushed then, and on what is pushed; not on
    /// what a pull-through cache has fetched. Default: none.
    pub lifecycle: Option<PathBuf>,
}

/// A policy: a file whose name ends with `.json`, or one that AWS manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyName {
    /// A file.
    File(PathBuf),
    /// One of [`MANAGED_POLICIES`].
    Managed(&'static str),
}

/// Names of the managed policies that are known.
pub const MANAGED_POLICIES: [&str; 7] = [
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonS3ReadOnlyAccess",
    "AmazonS3FullAccess",
];

impl PolicyName {
    /// Reads it; `None` where it is neither.
    pub fn of(text: &str) -> Option<Self> {
        let is_file = Path::new(text).extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
        if is_file {
            return Some(Self::File(PathBuf::from(text)));
        }
        let name = match text.strip_prefix("arn:aws:iam::aws:policy/") {
            Some(path) => path.rsplit('/').next().unwrap_or(path),
            None => text,
        };
        MANAGED_POLICIES.into_iter().find(|&known| known == name).map(Self::Managed)
    }
}

impl<'de> Deserialize<'de> for PolicyName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::of(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is neither a file `….json` nor a managed policy that is known: {}",
                MANAGED_POLICIES.join(", ")
            ))
        })
    }
}

impl Serialize for PolicyName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(path) => path.serialize(to),
            Self::Managed(name) => name.serialize(to),
        }
    }
}

impl JsonSchema for PolicyName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PolicyName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Whether this is the number of an account of AWS.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account of a role's ARN: `arn:aws:iam::111122223333:role/node`.
pub fn role_account(arn: &str) -> Option<&str> {
    let (account, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
    (is_account(account) && !name.is_empty() && !name.ends_with('/')).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_a_file_or_managed_by_name_or_arn() {
        assert_eq!(
            PolicyName::of("a/node.json"),
            Some(PolicyName::File(PathBuf::from("a/node.json")))
        );
        let managed = Some(PolicyName::Managed("AmazonECSTaskExecutionRolePolicy"));
        assert_eq!(PolicyName::of("AmazonECSTaskExecutionRolePolicy"), managed);
        let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        assert_eq!(PolicyName::of(arn), managed);
        assert_eq!(PolicyName::of("AdministratorAccess"), None);
    }

    #[test]
    fn a_role_has_an_account_and_a_name() {
        let arn = "arn:aws:iam::111122223333:role/";
        assert_eq!(role_account(&format!("{arn}eks/node")), Some("111122223333"));
        for wrong in
            [arn, "node", "arn:aws:iam::1111:role/node", "arn:aws:iam::111122223333:user/a"]
        {
            assert_eq!(role_account(wrong), None, "{wrong}");
        }
    }
}
