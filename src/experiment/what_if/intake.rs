//! Manifests into a cluster, and the pods that wait for a node.
//!
//! Objects of the cluster are taken as they are: its workloads create no pods, since what they
//! created is in a dump too. Objects to come are applied: a workload creates the pods that are
//! missing. Pods that are over do not count, nor do those that were deleted before they found a
//! node.

mod budgets;
mod expansion;
mod overlap;
mod remarks;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;

use super::admission::{Admission, Inputs};
use super::claims::ephemeral;
use super::headroom::Template;
use super::session::{Entry, Place, Source};
use super::workloads::{Workloads, controller};
use crate::kubernetes::api::{Located, ManifestErrors, Object, Origin, Problem, defaults};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::read;
use expansion::{Existing, expanded};

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Pods that were on nodes already.
    pub running: usize,
    /// Pods of the cluster that waited for a node.
    pub pending: usize,
    /// Pods that were over.
    pub completed: usize,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What there is to begin with.
#[derive(Debug)]
pub(super) struct Intake {
    pub cluster: Cluster,
    pub pods: Vec<Entry>,
    /// Pods that a dump says are nominated for a node.
    pub nominated: Vec<(usize, NodeId)>,
    pub workloads: Workloads,
    pub templates: Vec<Template>,
    pub admission: Admission,
    pub seen: Seen,
}

/// Takes objects in, one by one.
struct Reader {
    intake: Intake,
    nodes: BTreeMap<String, NodeId>,
    problems: Vec<Problem>,
    /// Pods on nodes that are not there, and pods deleted before they found one.
    elsewhere: usize,
    deleted: usize,
}

/// Reads everything.
pub(super) fn read(inputs: Inputs) -> Result<Intake, Vec<ManifestErrors>> {
    let mut inputs = inputs;
    let mut notes = Vec::new();
    let problems = overlap::resolve(&mut inputs, &mut notes);
    let Inputs { mut cluster, mut pods } = inputs;
    for located in cluster.iter_mut().chain(&mut pods) {
        defaults::apply(&mut located.object);
    }
    let mut reader = Reader::new(&cluster, &pods, problems, notes);
    reader.cluster(&cluster);
    for located in &cluster {
        if let Object::Pod(pod) = &located.object {
            reader.pod((**pod).clone(), &located.origin, Source::Cluster);
        }
    }
    reader.pods(&cluster, &pods);
    reader.idle(&cluster);
    let objects = cluster.iter().chain(&pods).map(|located| &located.object);
    budgets::estimate(&mut reader.intake.cluster, objects);
    reader.finish()
}

impl Reader {
    fn new(
        cluster: &[Located],
        pods: &[Located],
        problems: Vec<Problem>,
        notes: Vec<String>,
    ) -> Self {
        let all = || cluster.iter().chain(pods).map(|located| &located.object);
        let mut workloads = Workloads::default();
        for object in all() {
            if let Object::ReplicaSet(set) = object {
                workloads.replica_set(&set.metadata);
            }
        }
        let intake = Intake {
            cluster: Cluster::new(),
            pods: Vec::new(),
            nominated: Vec::new(),
            workloads,
            templates: Vec::new(),
            admission: Admission::new(all()),
            seen: Seen { notes, ..Seen::default() },
        };
        Self { intake, nodes: BTreeMap::new(), problems, elsewhere: 0, deleted: 0 }
    }

    /// Takes in what the cluster has, but for its pods.
    fn cluster(&mut self, objects: &[Located]) {
        for located in objects {
            match &located.object {
                Object::Node(node) => {
                    let spec = read::node_spec(&mut self.intake.cluster, node);
                    let name = spec.name.to_string();
                    self.nodes.insert(name, self.intake.cluster.add_node(spec));
                }
                object => self.add_object(object),
            }
        }
    }

    /// Takes in an object that bears on places; others do nothing.
    fn add_object(&mut self, object: &Object) {
        match object {
            Object::PersistentVolumeClaim(claim) => {
                let mut claim = (**claim).clone();
                self.intake.admission.claim(&mut claim);
                read::add_object(&mut self.intake.cluster, &claim.into());
            }
            object => read::add_object(&mut self.intake.cluster, object),
        }
    }

    /// Takes in what is to come.
    fn pods(&mut self, cluster: &[Located], objects: &[Located]) {
        for located in objects {
            self.add_object(&located.object);
        }
        let existing = Existing::new(cluster, objects, &self.intake.workloads);
        for Located { object, origin } in objects {
            match object {
                Object::Node(_) => {
                    self.misplaced(object, origin);
                }
                Object::Pod(pod) => {
                    self.pod((**pod).clone(), origin, Source::Pods);
                    self.template(object, (**pod).clone());
                }
                workload => self.workload(workload, origin, &existing),
            }
        }
    }

    fn workload(&mut self, workload: &Object, origin: &Origin, existing: &Existing<'_>) {
        let expansion = expanded(workload, existing, &mut self.intake.seen.notes);
        for set in expansion.replica_sets {
            self.intake.workloads.replica_set(&set.metadata);
            self.add_object(&set.into());
        }
        for claim in expansion.claims {
            self.add_object(&claim.into());
        }
        self.intake.seen.notes.extend(expansion.notes);
        for pod in expansion.pods {
            self.pod(pod, origin, Source::Pods);
        }
        if let Some(pod) = expansion::sample(workload) {
            self.template(workload, pod);
        }
    }

    fn template(&mut self, object: &Object, mut pod: core::Pod) {
        if self.intake.admission.pod(&mut pod).is_ok() {
            let set = match object {
                Object::StatefulSet(set) => Some(set.clone()),
                _ => None,
            };
            let shape = read::shape(&mut self.intake.cluster, &pod);
            let bare = matches!(object, Object::Pod(_));
            let templates = &mut self.intake.templates;
            if !bare || templates.iter().all(|known| known.shape != shape) {
                templates.push(Template::new(object, pod, set, shape));
            }
        }
    }

    /// Takes in a pod: one that is on a node stays there.
    fn pod(&mut self, mut pod: core::Pod, origin: &Origin, source: Source) {
        if is_over(&pod) {
            self.intake.seen.completed += 1;
            return;
        }
        if let Err(error) = self.intake.admission.pod(&mut pod) {
            self.unknown_class(&pod, origin, &error.class);
            return;
        }
        // a pod on a node is of the same shape as one that waits
        let named = pod.spec.as_mut().and_then(|spec| spec.node_name.take());
        let named = named.filter(|name| !name.is_empty());
        let node = named.as_ref().and_then(|name| self.nodes.get(name)).copied();
        if named.is_some() && node.is_none() {
            self.elsewhere += 1;
            return;
        }
        if named.is_none() && pod.metadata.deletion_timestamp.is_some() {
            self.deleted += 1;
            return;
        }
        for mut claim in ephemeral(&pod) {
            let namespace = claim.metadata.namespace.clone().unwrap_or_default();
            let name = claim.metadata.name.clone().unwrap_or_default();
            if self.intake.cluster.volumes().claim(&namespace, &name).is_none() {
                self.intake.admission.claim(&mut claim);
                read::add_object(&mut self.intake.cluster, &claim.into());
            }
        }
        self.enter(&pod, node, source);
    }

    fn enter(&mut self, pod: &core::Pod, node: Option<NodeId>, source: Source) {
        let intake = &mut self.intake;
        let known = Pod { node, ..read::pod(&mut intake.cluster, pod) };
        let spec = pod.spec.as_ref();
        let scheduler = spec.and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or_default();
        match (node, source) {
            (Some(_), _) => intake.seen.running += 1,
            (None, Source::Cluster) => intake.seen.pending += 1,
            (None, Source::Pods) => {}
        }
        let nominated = pod.status.as_ref().and_then(|it| it.nominated_node_name.as_ref());
        let nominated = nominated.and_then(|name| self.nodes.get(name)).filter(|_| node.is_none());
        intake.nominated.extend(nominated.map(|&node| (intake.pods.len(), node)));
        let (key, shape) = (known.key.clone(), known.shape);
        let priority = intake.cluster.shape(shape).priority;
        let remade = controller(&pod.metadata).is_some_and(|(kind, _)| kind != "Node");
        intake.pods.push(Entry {
            key,
            workload: intake.workloads.of(pod),
            source,
            priority,
            scheduler: scheduler.into(),
            asked: node.is_none(),
            place: node.map_or(Place::Waiting, Place::Was),
            evicted_from: None,
            pod: Some(intake.cluster.add_pod(known)),
            shape,
            remade,
        });
    }

    fn finish(mut self) -> Result<Intake, Vec<ManifestErrors>> {
        if !self.problems.is_empty() {
            return Err(remarks::by_file(self.problems));
        }
        let mut note = |count: usize, what: &str| {
            if count > 0 {
                let pods = if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") };
                self.intake.seen.notes.push(format!("{pods} {what}"));
            }
        };
        note(self.elsewhere, "on nodes that were not read: left out");
        note(self.deleted, "being deleted, on no node: left out");
        self.known_namespaces();
        Ok(self.intake)
    }

    /// Every namespace with pods has at least its name as a label.
    fn known_namespaces(&mut self) {
        let mut names: Vec<Box<str>> = Vec::new();
        let cluster = &self.intake.cluster;
        for (_, pod) in cluster.pods() {
            let namespace = &cluster.shape(pod.shape).namespace;
            if cluster.objects().namespace(namespace).is_none() && !names.contains(namespace) {
                names.push(namespace.clone());
            }
        }
        for name in names {
            let mut namespace = core::Namespace::default();
            namespace.metadata.name = Some(name.into());
            defaults::default_namespace(&mut namespace);
            read::add_object(&mut self.intake.cluster, &namespace.into());
        }
    }
}

fn is_over(pod: &core::Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}
