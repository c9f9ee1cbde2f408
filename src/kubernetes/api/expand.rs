//! Workloads into the pods that their controllers would create.
//!
//! Source: Kubernetes v1.36, `pkg/controller/{deployment,replicaset,statefulset,daemon,job}`. Pods
//! and replica sets that exist already, as in a dump of a cluster, are counted as the controllers
//! count them: only what is missing is created. A controller makes random names; here they are
//! numbered, so that the same files give the same pods. Defaults are not applied.

pub mod daemon_set;
mod eligible;
pub mod job;
pub mod stateful_set;
pub mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::{Node, PersistentVolumeClaim, Pod, ReplicationController};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::object::Object;
use template::{Owner, pod};

/// The label that tells the pods of one template from those of another.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// What controllers would create.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expansion {
    /// Replica sets of deployments.
    pub replica_sets: Vec<ReplicaSet>,
    /// Pods, in the order of their workloads.
    pub pods: Vec<Pod>,
    /// Claims of stateful sets that do not exist yet.
    pub claims: Vec<PersistentVolumeClaim>,
    /// What was left out and why, such as `CronJob default/backup creates its jobs by the clock`.
    pub notes: Vec<String>,
}

/// Expands all workloads among the objects of a cluster.
pub fn expand<'o>(objects: impl IntoIterator<Item = &'o Object>) -> Expansion {
    let existing = Existing::new(objects.into_iter().collect());
    let mut expansion = Expansion::default();
    for object in &existing.objects {
        match object {
            Object::Deployment(deployment) => {
                expand_deployment(deployment, &existing, &mut expansion);
            }
            Object::ReplicaSet(set) => expand_replica_set(set, &existing, &mut expansion),
            Object::ReplicationController(controller) => {
                expand_controller(controller, &existing, &mut expansion);
            }
            Object::StatefulSet(set) => stateful_set::expand(set, &existing, &mut expansion),
            Object::DaemonSet(set) => daemon_set::expand(set, &existing, &mut expansion),
            Object::Job(job) => job::expand(job, &existing, &mut expansion),
            Object::CronJob(_) => {
                let note = format!("{} creates its jobs by the clock: skipped", object.title());
                expansion.notes.push(note);
            }
            _ => {}
        }
    }
    expansion
}

/// The objects that are there already.
struct Existing<'o> {
    objects: Vec<&'o Object>,
    /// Active pods with their controller, in the order of namespace, kind and name of it.
    owned: Vec<(Controller<'o>, &'o Pod)>,
    /// Namespaces and names of claims.
    claims: BTreeSet<(&'o str, &'o str)>,
}

/// Namespace, kind and name.
type Controller<'o> = (&'o str, &'o str, &'o str);

impl<'o> Existing<'o> {
    fn new(objects: Vec<&'o Object>) -> Self {
        let mut owned = Vec::new();
        for object in &objects {
            if let Object::Pod(pod) = object
                && is_active(pod)
                && let Some((kind, name)) = controller(&pod.metadata)
            {
                owned.push(((namespace(&pod.metadata), kind, name), &**pod));
            }
        }
        owned.sort_by_key(|(controller, _)| *controller);
        let claims = objects.iter().filter_map(|object| match object {
            Object::PersistentVolumeClaim(claim) => {
                Some((namespace(&claim.metadata), name(&claim.metadata)))
            }
            _ => None,
        });
        let claims = claims.collect();
        Self { objects, owned, claims }
    }

    /// The active pods of a controller.
    fn pods_of(&self, kind: &str, metadata: &ObjectMeta) -> Vec<&'o Pod> {
        let wanted = (namespace(metadata), kind, name(metadata));
        let start = self.owned.partition_point(|(controller, _)| *controller < wanted);
        let same = self.owned[start..].iter().take_while(|(controller, _)| *controller == wanted);
        same.map(|(_, pod)| *pod).collect()
    }

    fn nodes(&self) -> impl Iterator<Item = &'o Node> {
        self.objects.iter().filter_map(|object| match object {
            Object::Node(node) => Some(&**node),
            _ => None,
        })
    }

    fn has_claim(&self, namespace: &str, name: &str) -> bool {
        self.claims.contains(&(namespace, name))
    }
}

fn is_active(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    let is_over = matches!(phase, Some("Succeeded" | "Failed"));
    !is_over && pod.metadata.deletion_timestamp.is_none()
}

/// Kind and name of the controller of an object.
fn controller(metadata: &ObjectMeta) -> Option<(&str, &str)> {
    let owners = metadata.owner_references.iter().flatten();
    let mut controllers = owners.filter(|owner| owner.controller == Some(true));
    controllers.next().map(|owner| (owner.kind.as_str(), owner.name.as_str()))
}

fn namespace(metadata: &ObjectMeta) -> &str {
    metadata.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default")
}

fn name(metadata: &ObjectMeta) -> &str {
    metadata.name.as_deref().unwrap_or_default()
}

/// How many pods are missing.
fn missing(replicas: Option<i32>, present: usize) -> usize {
    usize::try_from(replicas.unwrap_or(1)).unwrap_or(0).saturating_sub(present)
}

/// A deployment whose replica sets exist leaves the pods to them.
fn expand_deployment(deployment: &Deployment, existing: &Existing<'_>, expansion: &mut Expansion) {
    let metadata = &deployment.metadata;
    let is_own = |object: &&Object| {
        matches!(object, Object::ReplicaSet(_))
            && namespace(object.metadata()) == namespace(metadata)
            && controller(object.metadata()) == Some(("Deployment", name(metadata)))
    };
    let Some(spec) = deployment.spec.as_ref().filter(|_| !existing.objects.iter().any(is_own))
    else {
        return;
    };
    let set = replica_set_of(metadata, spec);
    expand_replica_set(&set, existing, expansion);
    expansion.replica_sets.push(set);
}

/// The replica set that the deployment controller makes for a deployment as it is now.
pub fn replica_set_of(metadata: &ObjectMeta, spec: &DeploymentSpec) -> ReplicaSet {
    let hash = template::hash(&spec.template);
    let mut template = spec.template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(TEMPLATE_HASH.to_owned(), hash.clone());
    let labels = labels.clone();
    let mut selector: LabelSelector = spec.selector.clone();
    let pair = (TEMPLATE_HASH.to_owned(), hash.clone());
    selector.match_labels.get_or_insert_default().extend([pair]);
    let owner = Owner::new("apps/v1", "Deployment", metadata);
    ReplicaSet {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", name(metadata))),
            namespace: metadata.namespace.clone(),
            labels: Some(labels),
            owner_references: Some(vec![owner.reference()]),
            ..ObjectMeta::default()
        },
        spec: Some(ReplicaSetSpec {
            min_ready_seconds: spec.min_ready_seconds,
            replicas: spec.replicas,
            selector,
            template: Some(template),
        }),
        status: None,
    }
}

fn expand_replica_set(set: &ReplicaSet, existing: &Existing<'_>, expansion: &mut Expansion) {
    let present = existing.pods_of("ReplicaSet", &set.metadata).len();
    let spec = set.spec.as_ref();
    let Some((spec, template)) = spec.and_then(|spec| Some((spec, spec.template.as_ref()?))) else {
        return;
    };
    let owner = Owner::new("apps/v1", "ReplicaSet", &set.metadata);
    let numbers = (present + 1..).take(missing(spec.replicas, present));
    expansion.pods.extend(numbers.map(|number| pod(template, &owner, &format!("x{number}"))));
}

fn expand_controller(
    controller: &ReplicationController,
    existing: &Existing<'_>,
    expansion: &mut Expansion,
) {
    let present = existing.pods_of("ReplicationController", &controller.metadata).len();
    let spec = controller.spec.as_ref();
    let Some((spec, template)) = spec.and_then(|spec| Some((spec, spec.template.as_ref()?))) else {
        return;
    };
    let owner = Owner::new("v1", "ReplicationController", &controller.metadata);
    let numbers = (present + 1..).take(missing(spec.replicas, present));
    expansion.pods.extend(numbers.map(|number| pod(template, &owner, &format!("x{number}"))));
}
