//! SecurityGroupPolicy: which pods have security groups of their own.
//!
//! `apis/vpcresources/v1beta1/securitygrouppolicy_types.go` 43636fa and `pkg/utils/helper.go`
//! 033b54d of aws/amazon-vpc-resource-controller-k8s: a policy selects pods of its namespace by
//! their labels, by those of their service account, or by both. Such a pod asks for one
//! `vpc.amazonaws.com/pod-eni` (`webhooks/core/pod_webhook.go` 03d2f25), unless it is on the
//! network of its host or chooses nodes with Windows.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::Deserialize;
use serde_json::Value;

use crate::kubernetes::api::custom::{decode_strictly, read_custom};
use crate::kubernetes::api::validate::Violation;
use crate::kubernetes::api::{ManifestErrors, Path};
use crate::kubernetes::scheduler::labels::{Labels, Selector};
use crate::kubernetes::scheduler::read::label_selector;

/// What a pod with security groups of its own asks for, and a node with a trunk has.
pub const RESOURCE: &str = "vpc.amazonaws.com/pod-eni";
/// Groups of a policy at most.
const MOST_GROUPS: usize = 5;

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityGroupPolicy {
    /// Its namespace.
    pub namespace: Box<str>,
    /// The groups that it gives (`groupIds`).
    pub groups: Vec<String>,
    pods: Option<Selector>,
    accounts: Option<Selector>,
}

/// Namespace and name of a service account.
type Account = (Box<str>, Box<str>);

/// The policies of a cluster, and its service accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policies {
    all: Vec<SecurityGroupPolicy>,
    /// Labels of service accounts.
    accounts: BTreeMap<Account, Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPolicy {
    #[serde(rename = "apiVersion")]
    _api_version: Option<String>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    spec: RawSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpec {
    pod_selector: Option<LabelSelector>,
    service_account_selector: Option<LabelSelector>,
    security_groups: RawGroups,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawGroups {
    group_ids: Vec<String>,
}

impl Policies {
    /// Those in files of manifests.
    ///
    /// # Errors
    /// Everything that is wrong with the first file that has mistakes.
    pub fn read<'a>(
        files: impl Iterator<Item = &'a FilePath> + Clone,
    ) -> Result<Self, ManifestErrors> {
        let mut policies = Self::default();
        for file in files.clone() {
            policies.all.extend(read_custom(file, "SecurityGroupPolicy", policy)?);
        }
        if policies.all.iter().any(|policy| policy.accounts.is_some()) {
            for file in files {
                policies.accounts.extend(read_custom(file, "ServiceAccount", account)?);
            }
        }
        Ok(policies)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one selects a pod of this namespace, these labels and this service account.
    pub fn select(&self, namespace: &str, labels: &Labels, account: &str) -> bool {
        let none = Labels::default();
        let key = (namespace.into(), account.into());
        let account = self.accounts.get(&key).unwrap_or(&none);
        self.all.iter().any(|one| *one.namespace == *namespace && one.selects(labels, account))
    }
}

impl SecurityGroupPolicy {
    fn selects(&self, pod: &Labels, account: &Labels) -> bool {
        let is = |selector: &Option<Selector>, labels| {
            selector.as_ref().is_none_or(|selector| selector.matches(labels))
        };
        is(&self.pods, pod) && is(&self.accounts, account)
    }
}

fn policy(value: &Value) -> Result<SecurityGroupPolicy, Vec<Violation>> {
    let RawPolicy { metadata, spec, .. } = decode_strictly(value)?;
    let at = Path::default().key("spec");
    let mut violations = Vec::new();
    if spec.pod_selector.is_none() && spec.service_account_selector.is_none() {
        let help = "give it a `podSelector` or a `serviceAccountSelector`";
        violations.push(Violation::new(at.clone(), "the policy selects no pod").help(help));
    }
    let (groups, at) = (spec.security_groups.group_ids, at.dotted("securityGroups.groupIds"));
    if !(1..=MOST_GROUPS).contains(&groups.len()) {
        let message = format!("a policy has 1 to {MOST_GROUPS} groups, not {}", groups.len());
        violations.push(Violation::new(at, message));
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    let selector = |one: Option<LabelSelector>| one.map(|one| label_selector(Some(&one)));
    Ok(SecurityGroupPolicy {
        namespace: namespace(&metadata),
        groups,
        pods: selector(spec.pod_selector),
        accounts: selector(spec.service_account_selector),
    })
}

fn account(value: &Value) -> Result<(Account, Labels), Vec<Violation>> {
    let metadata = value.get("metadata").cloned().unwrap_or_default();
    let metadata: ObjectMeta = decode_strictly(&metadata).map_err(|found| {
        let at = Path::default().key("metadata");
        found.into_iter().map(|one| one.under(&at)).collect::<Vec<_>>()
    })?;
    let name = metadata.name.as_deref().unwrap_or_default().into();
    let key = (namespace(&metadata), name);
    Ok((key, metadata.labels.into_iter().flatten().collect()))
}

fn namespace(metadata: &ObjectMeta) -> Box<str> {
    metadata.namespace.as_deref().unwrap_or("default").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: { name: payer, labels: { pays: 'yes' } }
---
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: { name: databases }
spec:
  podSelector: { matchLabels: { role: db } }
  securityGroups: { groupIds: [sg-1] }
---
apiVersion: v1
kind: List
items:
- apiVersion: vpcresources.k8s.aws/v1beta1
  kind: SecurityGroupPolicy
  metadata: { name: payers, namespace: default }
  spec:
    podSelector: { matchLabels: { app: shop } }
    serviceAccountSelector: { matchLabels: { pays: 'yes' } }
    securityGroups: { groupIds: [sg-1, sg-2] }
";

    fn read(text: &str) -> Result<Policies, String> {
        let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
        std::fs::write(file.path(), text).unwrap();
        let name = file.path().display().to_string();
        Policies::read(std::iter::once(file.path()))
            .map_err(|errors| errors.render(false).replace(&name, "policies.yaml"))
    }

    #[test]
    fn pods_are_selected_by_their_labels_and_by_those_of_their_account() {
        let policies = read(FILE).unwrap();
        let select = |namespace, label: (&str, &str), account| {
            policies.select(namespace, &[label].into_iter().collect(), account)
        };
        assert!(select("default", ("role", "db"), "default"));
        assert!(!select("other", ("role", "db"), "default"));
        assert!(!select("default", ("role", "web"), "payer"));
        assert!(select("default", ("app", "shop"), "payer"));
        assert!(!select("default", ("app", "shop"), "default"));
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_told_where_it_stands() {
        let wrong = FILE
            .replace("  podSelector: { matchLabels: { role: db } }\n", "")
            .replace("groupIds: [sg-1] }", "groupIds: [] }")
            .replace("groupIds: [sg-1, sg-2]", "groups: [sg-1]");
        insta::assert_snapshot!(read(&wrong).unwrap_err());
    }
}
