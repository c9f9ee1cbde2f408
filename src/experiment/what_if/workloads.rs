//! Whom a pod belongs to, as users think of it: the deployment, not its replica set.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Label that a deployment gives to the pods of one template.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// Whom pods belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// `Deployment`, `Job`, …; `Pod` for pods of no controller, of which those of one namespace
    /// stand together.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name; empty for pods of no controller.
    pub name: String,
}

impl Workload {
    /// Whether these are pods of no controller.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.name.is_empty()
    }
}

/// `Deployment shop/web`, or `pods of namespace shop`.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_bare() {
            write!(f, "pods in namespace {}", self.namespace)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Workloads, each kept once.
#[derive(Clone, Debug, Default)]
pub struct Workloads {
    known: Vec<Workload>,
    places: BTreeMap<Workload, u32>,
    /// Replica sets of deployments: namespace and name, and the deployment.
    replica_sets: BTreeMap<(String, String), String>,
}

impl Workloads {
    /// A workload by its number.
    ///
    /// # Panics
    /// When there is none of this number.
    #[must_use]
    pub fn get(&self, number: u32) -> &Workload {
        &self.known[number as usize]
    }

    /// Remembers whose replica set this is.
    pub(super) fn replica_set(&mut self, metadata: &ObjectMeta) {
        if let Some(("Deployment", deployment)) = controller(metadata) {
            let name = metadata.name.clone().unwrap_or_default();
            self.replica_sets.insert((namespace(metadata), name), deployment.to_owned());
        }
    }

    /// The number of the workload of a pod.
    pub(super) fn of(&mut self, pod: &Pod) -> u32 {
        let workload = self.owner(pod);
        let next = self.known.len() as u32;
        let place = *self.places.entry(workload.clone()).or_insert(next);
        if place == next {
            self.known.push(workload);
        }
        place
    }

    /// The workload of a pod.
    pub(super) fn owner(&self, pod: &Pod) -> Workload {
        let namespace = namespace(&pod.metadata);
        let (kind, name) = controller(&pod.metadata).unwrap_or(("Pod", ""));
        if kind == "ReplicaSet"
            && let Some(name) = self.deployment(pod, &namespace, name)
        {
            return Workload { kind: "Deployment".to_owned(), namespace, name };
        }
        Workload { kind: kind.to_owned(), namespace, name: name.to_owned() }
    }

    /// The deployment of a replica set, also where the replica set was not read: its name ends in
    /// the hash of its pods' template.
    fn deployment(&self, pod: &Pod, namespace: &str, set: &str) -> Option<String> {
        let known = self.replica_sets.get(&(namespace.to_owned(), set.to_owned()));
        if let Some(deployment) = known {
            return Some(deployment.clone());
        }
        let hash = pod.metadata.labels.as_ref()?.get(TEMPLATE_HASH)?;
        Some(set.strip_suffix(hash.as_str())?.strip_suffix('-')?.to_owned())
    }
}

/// Kind and name of the controller of an object.
pub(super) fn controller(metadata: &ObjectMeta) -> Option<(&str, &str)> {
    let mut owners = metadata.owner_references.iter().flatten();
    let owner = owners.find(|owner| owner.controller == Some(true))?;
    Some((owner.kind.as_str(), owner.name.as_str()))
}

/// The namespace of an object that has one.
pub(super) fn namespace(metadata: &ObjectMeta) -> String {
    let written = metadata.namespace.as_deref().filter(|name| !name.is_empty());
    written.unwrap_or("default").to_owned()
}
