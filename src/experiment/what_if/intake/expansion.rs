//! The pods that workloads to come would create, beside those they have.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;

use super::is_over;
use crate::experiment::what_if::workloads::{Workloads, controller, namespace};
use crate::kubernetes::api::expand::{Expansion, expand};
use crate::kubernetes::api::{Located, Object};

/// What workloads count before they create pods.
pub(super) struct Existing<'o> {
    nodes: Vec<&'o Object>,
    claims: Vec<&'o Object>,
    /// Pods that are not over, by namespace, kind and name of their controller.
    owned: BTreeMap<(String, String, String), Vec<&'o Object>>,
    /// Pods of deployments by namespace and name.
    deployed: BTreeMap<(String, String), usize>,
    /// Replica sets that come together with their deployments.
    replica_sets: Vec<&'o Object>,
}

impl<'o> Existing<'o> {
    pub fn new(cluster: &'o [Located], coming: &'o [Located], workloads: &Workloads) -> Self {
        let mut existing = Self {
            nodes: Vec::new(),
            claims: Vec::new(),
            owned: BTreeMap::new(),
            deployed: BTreeMap::new(),
            replica_sets: Vec::new(),
        };
        for located in cluster.iter().chain(coming) {
            match &located.object {
                object @ Object::Node(_) => existing.nodes.push(object),
                object @ Object::PersistentVolumeClaim(_) => existing.claims.push(object),
                object @ Object::Pod(pod) => existing.pod(object, pod, workloads),
                _ => {}
            }
        }
        let coming = coming.iter().map(|located| &located.object);
        existing.replica_sets.extend(coming.filter(|it| matches!(it, Object::ReplicaSet(_))));
        existing
    }

    fn pod(&mut self, object: &'o Object, pod: &Pod, workloads: &Workloads) {
        let leaving = is_over(pod) || pod.metadata.deletion_timestamp.is_some();
        let Some((kind, name)) = controller(&pod.metadata).filter(|_| !leaving) else { return };
        let key = (namespace(&pod.metadata), kind.to_owned(), name.to_owned());
        self.owned.entry(key).or_default().push(object);
        let owner = workloads.owner(pod);
        if owner.kind == "Deployment" {
            *self.deployed.entry((owner.namespace, owner.name)).or_insert(0) += 1;
        }
    }

    /// What the controller of a workload looks at, the workload last.
    fn around<'a>(&'a self, workload: &'a Object) -> Vec<&'a Object> {
        let none: &[&Object] = &[];
        let (nodes, claims, sets) = match workload {
            Object::DaemonSet(_) => (&self.nodes[..], none, none),
            Object::StatefulSet(_) => (none, &self.claims[..], none),
            Object::Deployment(_) => (none, none, &self.replica_sets[..]),
            _ => (none, none, none),
        };
        let key = (
            namespace(workload.metadata()),
            workload.kind().name.to_owned(),
            workload.name().to_owned(),
        );
        let own = self.owned.get(&key).map_or(none, Vec::as_slice);
        [nodes, claims, own]
            .concat()
            .into_iter()
            .chain(
                sets.iter().copied().filter(|set| {
                    controller(set.metadata()) == Some(("Deployment", workload.name()))
                }),
            )
            .chain(std::iter::once(workload))
            .collect()
    }
}

/// What a workload would create.
pub(super) fn expanded(
    workload: &Object,
    existing: &Existing<'_>,
    notes: &mut Vec<String>,
) -> Expansion {
    let Object::Deployment(deployment) = workload else {
        return only(workload, expand(existing.around(workload)));
    };
    let key = (namespace(workload.metadata()), workload.name().to_owned());
    let with_sets = existing.around(workload).len() > 1;
    match existing.deployed.get(&key) {
        Some(&present) if !with_sets => {
            let missing = scaled(deployment, present);
            let left = missing.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(0);
            notes.push(format!(
                "{} has {present} pods in the cluster: only the {left} that it lacks are placed, \
                 and no rollout is played",
                workload.title()
            ));
            expand([&missing.into()])
        }
        _ => only(workload, expand(existing.around(workload))),
    }
}

/// What replica sets beside a deployment create is theirs: they are expanded on their own.
fn only(workload: &Object, expansion: Expansion) -> Expansion {
    let Object::Deployment(_) = workload else { return expansion };
    let sets: Vec<&str> =
        expansion.replica_sets.iter().filter_map(|set| set.metadata.name.as_deref()).collect();
    let own = |pod: &Pod| controller(&pod.metadata).is_some_and(|(_, name)| sets.contains(&name));
    let pods = expansion.pods.iter().filter(|pod| own(pod)).cloned().collect();
    Expansion { pods, ..expansion }
}

/// A deployment that lacks only as many pods as it has too few.
fn scaled(deployment: &Deployment, present: usize) -> Deployment {
    let mut scaled = deployment.clone();
    if let Some(spec) = &mut scaled.spec {
        let present = i32::try_from(present).unwrap_or(i32::MAX);
        spec.replicas = Some(spec.replicas.unwrap_or(1).saturating_sub(present).max(0));
    }
    scaled
}

/// One pod of a workload; none of daemon sets, which have one for each node.
pub(super) fn sample(workload: &Object) -> Option<Pod> {
    let mut copy = workload.clone();
    match &mut copy {
        Object::Deployment(one) => one.spec.as_mut()?.replicas = Some(1),
        Object::ReplicaSet(one) => one.spec.as_mut()?.replicas = Some(1),
        Object::ReplicationController(one) => one.spec.as_mut()?.replicas = Some(1),
        Object::StatefulSet(one) => one.spec.as_mut()?.replicas = Some(1),
        Object::Job(one) => one.spec.as_mut()?.parallelism = Some(1),
        _ => return None,
    }
    expand([&copy]).pods.into_iter().next()
}
