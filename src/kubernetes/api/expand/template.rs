//! A pod from its template.
//!
//! Source: Kubernetes v1.36, `pkg/controller/controller_utils.go` (`GetPodFromTemplate`,
//! `ComputeHash`). The hash is another one, since the original depends on how Go prints a struct;
//! the alphabet is the same.

use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::{name, namespace};

/// Letters and digits of generated names: no vowels, and nothing that looks like another one.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The workload that pods belong to.
pub struct Owner<'o> {
    api_version: &'static str,
    kind: &'static str,
    metadata: &'o ObjectMeta,
}

impl<'o> Owner<'o> {
    /// A workload of this kind.
    pub fn new(api_version: &'static str, kind: &'static str, metadata: &'o ObjectMeta) -> Self {
        Self { api_version, kind, metadata }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        name(self.metadata)
    }

    /// What its pods say of it; an owner without a uid is known by kind, namespace and name.
    pub fn reference(&self) -> OwnerReference {
        let uid = self.metadata.uid.clone().filter(|uid| !uid.is_empty());
        let (namespace, name) = (namespace(self.metadata), self.name());
        OwnerReference {
            api_version: self.api_version.to_owned(),
            block_owner_deletion: Some(true),
            controller: Some(true),
            kind: self.kind.to_owned(),
            name: name.to_owned(),
            uid: uid.unwrap_or_else(|| format!("{}/{namespace}/{name}", self.kind)),
        }
    }
}

/// A pod of a template, named `<owner>-<suffix>`.
pub fn pod(template: &PodTemplateSpec, owner: &Owner<'_>, suffix: &str) -> Pod {
    let written = template.metadata.as_ref();
    Pod {
        metadata: ObjectMeta {
            name: Some(format!("{}-{suffix}", owner.name())),
            generate_name: Some(format!("{}-", owner.name())),
            namespace: Some(namespace(owner.metadata).to_owned()),
            labels: written.and_then(|metadata| metadata.labels.clone()),
            annotations: written.and_then(|metadata| metadata.annotations.clone()),
            owner_references: Some(vec![owner.reference()]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// A short text that differs for different templates: 32 bits of FNV-1a over their JSON.
pub fn hash(template: &PodTemplateSpec) -> String {
    let text = serde_json::to_string(template).unwrap_or_default();
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let number = text.bytes().fold(2_166_136_261, mix).to_string();
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
    number.bytes().map(letter).collect()
}
