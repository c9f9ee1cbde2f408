//! The name of a workload in the manifests of a cluster: `shop/frontend`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A workload of manifests: `name` in the namespace `default`, `namespace/name`, or, where two
/// kinds have a workload of that name, `kind/namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct WorkloadName {
    /// Its kind, where that is said.
    pub kind: Option<ServiceKind>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A kind of workload whose pods can answer requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceKind {
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` DaemonSet.
    DaemonSet,
    /// `apps/v1` ReplicaSet.
    ReplicaSet,
    /// `v1` ReplicationController.
    ReplicationController,
}

impl ServiceKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Deployment,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::ReplicaSet,
        Self::ReplicationController,
    ];

    /// As in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::ReplicationController => "ReplicationController",
        }
    }

    /// The kind of this name, in capitals or not, as `kubectl` takes it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

impl TryFrom<String> for WorkloadName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts[..] {
            [name] => (None, "default", name),
            [namespace, name] => (None, namespace, name),
            [kind, namespace, name] => {
                let known = ServiceKind::named(kind).ok_or_else(|| {
                    let all = ServiceKind::ALL.map(|kind| kind.name().to_ascii_lowercase());
                    format!("`{kind}` is no kind of workload: these are {}", all.join(", "))
                })?;
                (Some(known), namespace, name)
            }
            _ => (None, "", ""),
        };
        if namespace.is_empty() || name.is_empty() {
            return Err(format!(
                "`{text}` names no workload: write `namespace/name`, `name` in the namespace \
                 `default`, or `kind/namespace/name`"
            ));
        }
        Ok(Self { kind, namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl From<WorkloadName> for String {
    fn from(name: WorkloadName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for WorkloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(f, "{}/", kind.name().to_ascii_lowercase())?;
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        WorkloadName::try_from(text.to_owned()).map(|name| name.to_string())
    }

    #[test]
    fn namespace_and_kind_may_be_left_out() {
        assert_eq!(read("web").as_deref(), Ok("default/web"));
        assert_eq!(read("shop/web").as_deref(), Ok("shop/web"));
        assert_eq!(read("StatefulSet/shop/db").as_deref(), Ok("statefulset/shop/db"));
    }

    #[test]
    fn what_names_no_workload_is_refused() {
        for text in ["", "/web", "shop/", "a/b/c/d"] {
            assert!(read(text).unwrap_err().contains("names no workload"), "{text}");
        }
        assert!(read("job/shop/web").unwrap_err().contains("deployment, statefulset"));
    }
}
