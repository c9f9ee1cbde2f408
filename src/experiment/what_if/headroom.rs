//! How many more pods of a kind fit: copies are placed until none does.
//!
//! Counted on a copy of the cluster after everything else was placed, for each kind of pod on its
//! own. Only free room counts: copies evict nobody.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1 as core;

use super::Settings;
use super::admission::Admission;
use super::claims::ephemeral;
use super::diagnosis::why;
use super::session::{Entry, Place, Session, Source};
use crate::kubernetes::api::Object;
use crate::kubernetes::api::expand::expand;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::Pod;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::shape::ShapeId;

/// A kind of pod to copy.
#[derive(Clone, Debug)]
pub(super) struct Template {
    title: String,
    pod: core::Pod,
    /// Its stateful set: each copy has claims of its own.
    set: Option<Box<StatefulSet>>,
    pub shape: ShapeId,
}

/// How many more pods of a kind fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headroom {
    /// Namespace and name of the pod or workload.
    pub title: String,
    /// How many.
    pub more: usize,
    /// How many on which node, by number of pods, then name; nodes with none are left out.
    pub nodes: Vec<(NodeId, usize)>,
    /// Why no more do; none where the limit was reached.
    pub message: Option<String>,
}

impl Template {
    pub fn new(
        object: &Object,
        pod: core::Pod,
        set: Option<Box<StatefulSet>>,
        shape: ShapeId,
    ) -> Self {
        let title = object.title();
        let title = title.split_once(' ').map_or(title.as_str(), |(_, name)| name).to_owned();
        Self { title, pod, set, shape }
    }

    /// Whether each copy needs volumes of its own.
    fn has_own_volumes(&self) -> bool {
        self.set.as_ref().and_then(|set| set.spec.as_ref()).is_some_and(|spec| {
            spec.volume_claim_templates.as_ref().is_some_and(|claims| !claims.is_empty())
        }) || ephemeral(&self.pod).next().is_some()
    }

    /// The copy of this number and its claims, neither completed.
    fn copy(&self, number: usize) -> (core::Pod, Vec<core::PersistentVolumeClaim>) {
        let mut pod = self.pod.clone();
        let mut claims = Vec::new();
        if let Some(set) = &self.set {
            let mut set = set.clone();
            if let Some(spec) = &mut set.spec {
                let first = spec.ordinals.as_ref().and_then(|ordinals| ordinals.start);
                let next = first.unwrap_or(0).saturating_add(spec.replicas.unwrap_or(1));
                let start = next.saturating_add(i32::try_from(number).unwrap_or(i32::MAX));
                spec.ordinals.get_or_insert_default().start = Some(start);
                spec.replicas = Some(1);
            }
            let expansion = expand([&Object::StatefulSet(set)]);
            pod = expansion.pods.into_iter().next().unwrap_or(pod);
            claims = expansion.claims;
        } else {
            let name = pod.metadata.name.get_or_insert_default();
            name.push_str(&format!("-more{number}"));
        }
        claims.extend(ephemeral(&pod));
        (pod, claims)
    }
}

/// Counts for all kinds of pods.
pub(super) fn all(
    session: &Session,
    admission: &Admission,
    templates: &[Template],
    settings: &Settings,
    limit: Option<usize>,
) -> Vec<Headroom> {
    templates.iter().map(|template| count(session, admission, template, settings, limit)).collect()
}

fn count(
    session: &Session,
    admission: &Admission,
    template: &Template,
    settings: &Settings,
    limit: Option<usize>,
) -> Headroom {
    let settings = Settings { preemption: false, ..settings.clone() };
    let mut copies = Session::new(session.cluster.clone(), Vec::new(), &settings);
    copies.nominations = session.nominations.clone();
    // no cluster takes more pods than its nodes do, unless a profile does not look at that
    let slots: i64 = copies.cluster.nodes().map(|node| node.spec.allowed_pods).sum();
    let most = limit.unwrap_or(usize::try_from(slots).unwrap_or(0).saturating_add(1));
    let own = template.has_own_volumes();
    let mut nodes: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut more = 0;
    let mut message = None;
    while more < most {
        let shape =
            if own { admitted(&mut copies, admission, template, more) } else { template.shape };
        match copies.add(entry(template, shape, more)) {
            Ok(node) => *nodes.entry(node).or_insert(0) += 1,
            Err(why) => {
                message = Some(why);
                break;
            }
        }
        more += 1;
    }
    let mut nodes: Vec<(NodeId, usize)> = nodes.into_iter().collect();
    let name = |node: NodeId| copies.cluster.node(node).spec.name.clone();
    nodes.sort_by_cached_key(|&(node, pods)| (std::cmp::Reverse(pods), name(node)));
    Headroom { title: template.title.clone(), more, nodes, message }
}

/// Makes a copy with volumes of its own known.
fn admitted(
    copies: &mut Session,
    admission: &Admission,
    template: &Template,
    number: usize,
) -> ShapeId {
    let (mut pod, claims) = template.copy(number);
    for mut claim in claims {
        admission.claim(&mut claim);
        read::add_object(&mut copies.cluster, &claim.into());
    }
    // its template was admitted, and nothing that matters differs
    match admission.pod(&mut pod) {
        Ok(()) => read::shape(&mut copies.cluster, &pod),
        Err(_) => template.shape,
    }
}

fn entry(template: &Template, shape: ShapeId, number: usize) -> Entry {
    let spec = template.pod.spec.as_ref();
    let scheduler = spec.and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or_default();
    Entry {
        key: format!("{}-more{number}", template.title).into(),
        workload: 0,
        source: Source::Pods,
        priority: spec.and_then(|spec| spec.priority).unwrap_or(0),
        scheduler: scheduler.into(),
        asked: true,
        place: Place::Waiting,
        evicted_from: None,
        pod: None,
        shape,
        remade: false,
    }
}

impl Session {
    /// Adds a pod and places it.
    ///
    /// # Errors
    /// Why it has no node.
    fn add(&mut self, mut entry: Entry) -> Result<NodeId, String> {
        entry.pod = Some(self.cluster.add_pod(Pod::pending(&entry.key, entry.shape)));
        let place = self.pods.len();
        self.pods.push(entry);
        self.turn(place);
        match self.pods[place].place {
            Place::Placed(node) => Ok(node),
            _ => Err(why(self, place)),
        }
    }
}
