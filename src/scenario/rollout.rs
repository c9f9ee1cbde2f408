//! `[[rollout]]`: a new version of an app, workload or service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;
use crate::units::{Bytes, Millicores};

/// `[[rollout]]`: from some time on the pods of a Deployment are others, as after `kubectl apply`.
/// On Amazon ECS a service gets another revision of its task definition. Clusters of other kinds
/// leave it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// The Deployment or service: the name of an app, or a name or `namespace/name` of one in a
    /// manifest, or the name of a service of documents. In a name `*` stands for any text: all
    /// Deployments, StatefulSets and DaemonSets, or services, that it fits.
    pub deployment: String,
    /// When it is changed.
    pub at: SimDuration,
    /// Over how long all that a name with `*` fits are changed one after another, at equal
    /// intervals. Default: all at once.
    pub over: Option<SimDuration>,
    /// Which container is changed. Default: the first.
    pub container: Option<String>,
    /// Its image from then on. Default: as it is.
    pub image: Option<String>,
    /// Its CPU request from then on. Default: as it is.
    pub cpu: Option<Millicores>,
    /// Its memory request from then on. Default: as it is.
    pub memory: Option<Bytes>,
    /// Pods wanted from then on. Default: as many as there are.
    pub replicas: Option<u32>,
}

impl Rollout {
    /// Namespace and name of what is changed, as patterns.
    pub fn named(&self) -> (&str, &str) {
        self.deployment.split_once('/').unwrap_or(("default", &self.deployment))
    }

    /// Whether it may be of several workloads.
    pub fn is_of_several(&self) -> bool {
        self.deployment.contains('*')
    }

    /// Whether it is of the workload of this namespace and name.
    pub fn is_of(&self, namespace: &str, name: &str) -> bool {
        let (of_namespace, of_name) = self.named();
        fits(of_namespace, namespace) && fits(of_name, name)
    }
}

/// Whether a text is of a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(found) = left.find(part) else { return false };
        left = &left[found + part.len()..];
    }
    unreachable!("a text that is split has a part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [("*", ""), ("a*", "a"), ("a*c", "abc"), ("*b*", "abc"), ("a", "a")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*", "ba"), ("a*a", "a"), ("*b*c", "ac"), ("", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
