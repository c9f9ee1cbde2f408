//! The store of all objects of a cluster.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::names::suffix;
use super::node::{Node, NodeId, Readiness};
use super::pod::{Phase, Pod, PodId};
use super::tally::Standing;
use super::template::{PodTemplate, TemplateId};
use super::workload::{Workload, WorkloadId, WorkloadKind};
use crate::engine::{SimDuration, Slab, Tag};
use crate::kubernetes::scheduler::shape::{ShapeId, Toleration};

/// A template as it is kept.
#[derive(Clone, Debug)]
pub struct Revision {
    /// What pods of it are like.
    pub pod: PodTemplate,
    /// What the scheduler sees in them.
    pub shape: ShapeId,
    /// Their namespace.
    pub namespace: Box<str>,
    /// Taints they put up with, those with an end for so long.
    pub tolerations: Vec<(Toleration, Option<SimDuration>)>,
    /// The annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i32,
    /// Whether any Service may select them; pods of batch work are nobody's endpoints.
    pub served: bool,
    /// One of them in full, for those that differ from each other.
    pub source: Rc<core::Pod>,
}

/// All objects of a cluster.
#[derive(Debug, Default)]
pub struct Objects {
    templates: Vec<Revision>,
    /// Names of pods without a controller, by their number.
    named: BTreeMap<u32, Box<str>>,
    pods: Slab<Pod>,
    workloads: Vec<Workload>,
    nodes: Vec<Option<Node>>,
    counts: Counts,
}

/// How many objects there are of some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nodes that are ready.
    pub nodes_ready: u32,
    /// Pods that have no node.
    pub pods_pending: u32,
    /// Pods of which a container runs.
    pub pods_running: u32,
}

impl Objects {
    /// Keeps a template. One that is kept already gets its number again; what others than the
    /// kubelet and the scheduler read of it, such as webhooks, is then the same as well.
    pub fn add_template(&mut self, revision: Revision) -> TemplateId {
        let source = &revision.source;
        let same = |other: &Revision| {
            (other.shape, other.served) == (revision.shape, revision.served)
                && other.pod == revision.pod
                && other.source.spec == source.spec
                && other.source.metadata.annotations == source.metadata.annotations
        };
        let known = self.templates.iter().rposition(same);
        let index = known.unwrap_or_else(|| {
            self.templates.push(revision);
            self.templates.len() - 1
        });
        TemplateId(index as u32)
    }

    /// How many templates are kept: they are numbered from 0.
    pub fn template_count(&self) -> u32 {
        self.templates.len() as u32
    }

    /// How many objects there are of some kinds.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// A template.
    pub fn template(&self, id: TemplateId) -> &Revision {
        &self.templates[id.index()]
    }

    /// Adds a workload; its owner knows of it.
    pub fn add_workload(&mut self, workload: Workload) -> WorkloadId {
        let id = WorkloadId(self.workloads.len() as u32);
        if let Some(owner) = workload.owner {
            let owner = self.workload_mut(owner);
            owner.children.push(id);
            owner.made += 1;
        }
        self.workloads.push(workload);
        id
    }

    /// A workload, also one that is gone.
    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.index()]
    }

    /// A workload, to change it.
    pub fn workload_mut(&mut self, id: WorkloadId) -> &mut Workload {
        &mut self.workloads[id.index()]
    }

    /// All workloads there ever were, in the order of their numbers.
    pub fn all_workloads(&self) -> &[Workload] {
        &self.workloads
    }

    /// All workloads that are there.
    pub fn workloads(&self) -> impl Iterator<Item = (WorkloadId, &Workload)> {
        let all = (0..).map(WorkloadId).zip(&self.workloads);
        all.filter(|(_, workload)| !workload.gone)
    }

    /// A workload is deleted; its pods and those it made are the caller's to delete.
    pub fn remove_workload(&mut self, id: WorkloadId) {
        let workload = self.workload_mut(id);
        workload.gone = true;
        if let Some(owner) = workload.owner {
            self.workload_mut(owner).children.retain(|&child| child != id);
        }
    }

    /// Asks for the memory of a pod.
    #[inline]
    pub fn fetch_pod(&self, id: PodId) {
        self.pods.fetch(id.0);
    }

    /// Adds a pod; its owner knows of it.
    pub fn add_pod(&mut self, pod: Pod) -> PodId {
        let (owner, standing) = (pod.owner, Standing::of(&pod));
        self.counts.pods_pending += u32::from(pod.node.is_none());
        let id = PodId(self.pods.insert(pod));
        if let Some(owner) = owner {
            let owner = self.workload_mut(owner);
            owner.pods.push(id);
            owner.made += 1;
        }
        self.count(owner, id, Standing::Absent, standing);
        id
    }

    /// A pod.
    ///
    /// # Panics
    /// When it is gone.
    pub fn pod(&self, id: PodId) -> &Pod {
        self.pods.get(id.0).expect("a pod is asked for while it is there")
    }

    /// Changes a pod; its owner keeps count. Its node and its phase have calls of their own.
    ///
    /// # Panics
    /// When it is gone.
    pub fn change_pod<R>(&mut self, id: PodId, change: impl FnOnce(&mut Pod) -> R) -> R {
        let pod = self.pods.get_mut(id.0).expect("a pod is changed while it is there");
        let before = Standing::of(pod);
        let result = change(pod);
        let (after, owner) = (Standing::of(pod), pod.owner);
        self.count(owner, id, before, after);
        result
    }

    /// A pod of an owner is another from now on.
    fn count(&mut self, owner: Option<WorkloadId>, id: PodId, before: Standing, after: Standing) {
        let kind = owner.map(|owner| &mut self.workload_mut(owner).kind);
        if let Some(WorkloadKind::ReplicaSet(set)) = kind {
            set.tally.change(id, before, after);
        }
    }

    /// A pod, if it is there.
    pub fn get_pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id.0)
    }

    /// A pod at its generation: what an event carries that may come too late.
    pub fn tag(&self, id: PodId) -> Tag {
        self.pods.tag(id.0)
    }

    /// The pod of a tag, if it is still there.
    pub fn tagged(&self, tag: Tag) -> Option<PodId> {
        self.pods.current(tag).map(PodId)
    }

    /// All pods that are there.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        self.pods.iter().map(|(index, pod)| (PodId(index), pod))
    }

    /// A pod gets a node.
    pub fn bind(&mut self, id: PodId, node: NodeId) {
        if self.change_pod(id, |pod| pod.node.replace(node)).is_none() {
            self.counts.pods_pending -= 1;
        }
        if let Some(node) = self.node_mut(node) {
            node.pods.push(id);
        }
    }

    /// A pod is at another point of its life; returns at which it was.
    pub fn set_phase(&mut self, id: PodId, phase: Phase) -> Phase {
        let before = self.change_pod(id, |pod| std::mem::replace(&mut pod.phase, phase));
        self.counts.pods_running -= u32::from(before == Phase::Running);
        self.counts.pods_running += u32::from(phase == Phase::Running);
        before
    }

    /// A pod is gone for good. Its number is kept until it is [free](Objects::free_pod).
    ///
    /// # Panics
    /// When it was before.
    pub fn remove_pod(&mut self, id: PodId) -> Pod {
        let pod = self.pods.take(id.0);
        self.count(pod.owner, id, Standing::of(&pod), Standing::Absent);
        self.counts.pods_pending -= u32::from(pod.node.is_none());
        self.counts.pods_running -= u32::from(pod.phase == Phase::Running);
        if let Some(owner) = pod.owner {
            let owner = &mut self.workloads[owner.index()];
            if let Some(place) = owner.pods.iter().position(|&other| other == id) {
                owner.pods.remove(place);
            }
            match &mut owner.kind {
                WorkloadKind::DaemonSet(set) => {
                    set.targets.remove(&id);
                }
                WorkloadKind::Job(job) => {
                    job.ended.remove(&id);
                }
                _ => {}
            }
        }
        if let Some(node) = pod.node
            && let Some(node) = self.nodes.get_mut(node.index()).and_then(Option::as_mut)
            && let Some(place) = node.pods.iter().position(|&other| other == id)
        {
            node.pods.swap_remove(place);
        }
        pod
    }

    /// The number of a pod that is gone may be another's from now on.
    pub fn free_pod(&mut self, id: PodId) {
        self.pods.vacate(id.0);
    }

    /// The pod without a controller of this number has the name of its object.
    pub fn name_pod(&mut self, number: u32, metadata: &ObjectMeta) {
        let name = match (&metadata.name, &metadata.generate_name) {
            (Some(name), _) => name.clone(),
            (None, Some(begin)) => format!("{begin}{}", suffix(number)),
            (None, None) => return,
        };
        self.named.insert(number, name.into());
    }

    /// The name of a pod: where it was not named, what its template begins names with and its
    /// number.
    pub fn pod_name(&self, id: PodId) -> String {
        let pod = self.pod(id);
        let Some(owner) = pod.owner.map(|owner| self.workload(owner)) else {
            return match self.named.get(&pod.number) {
                Some(name) => name.clone().into(),
                None => {
                    let begin = &self.template(pod.template).source.metadata.generate_name;
                    begin.as_deref().unwrap_or("pod-").to_owned() + &pod.number.to_string()
                }
            };
        };
        match &owner.kind {
            WorkloadKind::StatefulSet(_) => format!("{}-{}", owner.name, pod.number),
            WorkloadKind::Job(job) if job.is_indexed() => {
                format!("{}-{}-{}", owner.name, pod.number, suffix(id.0))
            }
            _ => [&*owner.name, "-", &suffix(pod.number)].concat(),
        }
    }

    /// A node joins under the number the scheduler gave it.
    pub fn add_node(&mut self, id: NodeId, node: Node) {
        if self.nodes.len() <= id.index() {
            self.nodes.resize_with(id.index() + 1, || None);
        }
        self.counts.nodes_ready += u32::from(node.readiness == Readiness::Ready);
        self.nodes[id.index()] = Some(node);
    }

    /// Something else is known of whether a node works; returns what was.
    pub fn set_readiness(&mut self, id: NodeId, readiness: Readiness) -> Readiness {
        let Some(node) = self.node_mut(id) else { return readiness };
        let before = std::mem::replace(&mut node.readiness, readiness);
        self.counts.nodes_ready -= u32::from(before == Readiness::Ready);
        self.counts.nodes_ready += u32::from(readiness == Readiness::Ready);
        before
    }

    /// A node is deleted.
    pub fn remove_node(&mut self, id: NodeId) -> Option<Node> {
        let node = self.nodes.get_mut(id.index())?.take()?;
        self.counts.nodes_ready -= u32::from(node.readiness == Readiness::Ready);
        Some(node)
    }

    /// A node, if it is there.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())?.as_ref()
    }

    /// A node, to change it.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.index())?.as_mut()
    }

    /// All nodes that are there.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let all = (0..).map(NodeId).zip(&self.nodes);
        all.filter_map(|(id, node)| Some((id, node.as_ref()?)))
    }
}
