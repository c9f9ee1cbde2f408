//! A case, attempt by attempt.
//!
//! Pods are tried in the order of the queue, without waiting. A pod for which others were evicted
//! is tried again some places later; until then its victims stay where they are, on their way out.
//! After each attempt the recorded choice is made, so that one difference does not taint the rest.

use std::collections::BTreeMap;

use super::case::{Case, What};
use super::expected;
use crate::kubernetes::api::defaults;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::cycle::{Attempt, attempt};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::{Pod, PodId};
use crate::kubernetes::scheduler::preemption::{
    Reach, VICTIMS_LEAVING, Victims, displaced, preempt,
};
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::read;
use crate::kubernetes::scheduler::volumes::{Binding, decide};

/// When the first attempt is made: 2026-01-01T00:00:00Z, in nanoseconds. Each next one is a second
/// later.
const START: i64 = 1_767_225_600_000_000_000;
const SECOND: i64 = 1_000_000_000;
/// A pod is tried so many times at most.
const TRIES: u32 = 6;

/// What an attempt came to.
pub(super) struct Done {
    pub pod: String,
    pub number: u32,
    pub nominated_before: Option<String>,
    pub attempt: Attempt,
    pub chosen: Option<String>,
    pub volumes: Vec<String>,
    pub preemption: Option<expected::Preemption>,
    /// Whether the pod keeps its nomination although it has no place: its victims are leaving.
    waits: bool,
}

/// A pod for which others were evicted.
struct Nominee {
    pod: PodId,
    due: usize,
    victims: Vec<String>,
}

/// A case being played.
pub(super) struct Replay {
    pub cluster: Cluster,
    profile: Profile,
    retry_after: usize,
    nominations: Nominations,
    nominees: Vec<Nominee>,
    /// All pods by `namespace/name`.
    pods: BTreeMap<String, PodId>,
    nodes: BTreeMap<String, NodeId>,
    /// The names of all nodes that there ever were.
    names: Vec<String>,
    tries: BTreeMap<String, u32>,
    attempts: usize,
}

impl Replay {
    pub fn new(case: &mut Case, cluster: Cluster, profile: Profile) -> Self {
        let mut replay = Self {
            cluster,
            profile,
            retry_after: case.options.preemption_retry_after,
            nominations: Nominations::default(),
            nominees: Vec::new(),
            pods: BTreeMap::new(),
            nodes: BTreeMap::new(),
            names: Vec::new(),
            tries: BTreeMap::new(),
            attempts: 0,
        };
        for node in &case.nodes {
            replay.add_node(node);
        }
        for pod in &mut case.bound_pods {
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
            let node = node.and_then(|name| replay.nodes.get(&name).copied());
            replay.add_pod(pod, node);
        }
        replay
    }

    fn add_node(&mut self, node: &k8s_openapi::api::core::v1::Node) {
        let spec = read::node_spec(&mut self.cluster, node);
        let name = spec.name.to_string();
        match self.nodes.get(&name) {
            Some(&known) => self.cluster.update_node(known, spec),
            None => {
                let id = self.cluster.add_node(spec);
                self.renominate(&name, id);
                self.names.push(name.clone());
                self.nodes.insert(name, id);
            }
        }
    }

    /// Pods are nominated for a name: for a node that comes back too.
    fn renominate(&mut self, name: &str, node: NodeId) {
        let Some(old) = self.names.iter().rposition(|known| known == name) else { return };
        let Ok(old) = u32::try_from(old) else { return };
        for pod in self.nominations.on(NodeId(old)).to_vec() {
            self.nominations.add(pod, node);
        }
    }

    fn add_pod(
        &mut self,
        pod: &mut k8s_openapi::api::core::v1::Pod,
        node: Option<NodeId>,
    ) -> PodId {
        defaults::default_pod(pod);
        let pod = Pod { node, ..read::pod(&mut self.cluster, pod) };
        let key = pod.key.to_string();
        let id = self.cluster.add_pod(pod);
        self.pods.insert(key, id);
        id
    }

    /// Plays the case; `judge` is told of every attempt and says what was recorded to be done.
    pub fn play(&mut self, case: &mut Case, mut judge: impl FnMut(&Cluster, &Done) -> Recorded) {
        let mut events = std::mem::take(&mut case.events).into_iter().peekable();
        for place in 0..case.queue.len() {
            self.retry(place, Some(place), &mut judge);
            while let Some(event) = events.next_if(|event| event.before <= place) {
                self.happen(event.what);
            }
            let pod = self.add_pod(&mut case.queue[place], None);
            self.attempt(pod, place, &mut judge);
            if self.retry_after == 0 {
                self.retry(place, Some(place), &mut judge);
            }
        }
        self.retry(case.queue.len(), None, &mut judge);
    }

    /// Tries nominated pods again, the oldest nomination first: those that are due, or all.
    fn retry(
        &mut self,
        place: usize,
        due: Option<usize>,
        judge: &mut impl FnMut(&Cluster, &Done) -> Recorded,
    ) {
        let is_due = |nominee: &Nominee| due.is_none_or(|due| nominee.due <= due);
        while let Some(first) = self.nominees.iter().position(is_due) {
            let nominee = self.nominees.remove(first);
            for victim in nominee.victims {
                self.delete(&victim);
            }
            self.attempt(nominee.pod, place, judge);
        }
    }

    fn happen(&mut self, what: What) {
        match what {
            What::DeletePod { name } => self.delete(&name),
            What::AddNode { node } | What::UpdateNode { node } => self.add_node(&node),
            What::RemoveNode { name } => {
                let Some(node) = self.nodes.remove(&name) else { return };
                let gone = self.cluster.node(node).pods.clone();
                self.pods.retain(|_, pod| !gone.contains(pod));
                self.cluster.remove_node(node);
            }
        }
    }

    /// Deletes a pod that is on a node.
    fn delete(&mut self, key: &str) {
        let Some(&pod) = self.pods.get(key) else { return };
        if self.cluster.pod(pod).node.is_some() {
            self.cluster.remove_pod(pod);
            self.pods.remove(key);
        }
    }

    fn attempt(
        &mut self,
        pod: PodId,
        place: usize,
        judge: &mut impl FnMut(&Cluster, &Done) -> Recorded,
    ) {
        self.cluster.snapshot();
        let done = self.attempted(pod, place);
        let recorded = judge(&self.cluster, &done);
        let start = START + self.attempts as i64 * SECOND;
        self.attempts += 1;
        if let Some(&node) = recorded.chosen.and_then(|name| self.nodes.get(&name)) {
            self.nominations.remove(pod);
            let bindings = self.bindings(pod, node);
            self.cluster.volumes_mut().bind(bindings);
            self.cluster.bind(pod, node, start);
        } else if let Some(&node) = recorded.nominated.and_then(|name| self.nodes.get(&name)) {
            for other in displaced(&self.cluster, &self.nominations, pod, node) {
                self.nominations.remove(other);
                self.nominees.retain(|nominee| nominee.pod != other);
            }
            self.nominations.add(pod, node);
            for victim in &recorded.victims {
                if let Some(&victim) = self.pods.get(victim) {
                    self.cluster.evict(victim);
                }
            }
            self.await_turn(pod, place, recorded.victims);
        } else if done.waits {
            self.await_turn(pod, place, Vec::new());
        } else {
            self.nominations.remove(pod);
        }
    }

    /// Lets a nominated pod be tried again some places later.
    fn await_turn(&mut self, pod: PodId, place: usize, victims: Vec<String>) {
        if self.tries.get(&*self.cluster.pod(pod).key).is_none_or(|&tries| tries < TRIES) {
            let due = place + self.retry_after;
            self.nominees.push(Nominee { pod, due, victims });
        }
    }

    fn attempted(&mut self, pod: PodId, place: usize) -> Done {
        let key = self.cluster.pod(pod).key.to_string();
        let number = self.tries.entry(key.clone()).or_insert(0);
        *number += 1;
        let number = *number;
        let name = |node: NodeId| Some(self.cluster.get_node(node)?.spec.name.to_string());
        let nominated = self.nominations.node(pod);
        let nominated_before = nominated.map(|node| self.names[node.index()].clone());
        let attempt = attempt(&self.profile, &self.cluster, &self.nominations, pod);
        let chosen = attempt.best().into_iter().filter_map(name).min();
        let node = chosen.as_ref().and_then(|name| self.nodes.get(name));
        let bindings = node.map(|&node| self.bindings(pod, node)).unwrap_or_default();
        let found = chosen.is_none().then(|| self.preempted(pod, place, &attempt));
        let (preemption, waits) = found.unzip();
        Done {
            pod: key,
            number,
            nominated_before,
            attempt,
            chosen,
            volumes: bindings.iter().map(ToString::to_string).collect(),
            preemption,
            waits: waits.unwrap_or(false),
        }
    }

    /// The volumes that the claims of a pod get on a node.
    fn bindings(&self, pod: PodId, node: NodeId) -> Vec<Binding> {
        let shape = self.cluster.shape_of(pod);
        decide(self.cluster.volumes(), shape, self.cluster.node(node))
    }

    /// What preemption found, and whether the pod waits for victims that are leaving.
    fn preempted(
        &self,
        pod: PodId,
        place: usize,
        attempt: &Attempt,
    ) -> (expected::Preemption, bool) {
        let cluster = &self.cluster;
        let found = preempt(&self.profile, cluster, &self.nominations, pod, attempt, Reach::All);
        let name = |candidate: &Victims| cluster.node(candidate.node).spec.name.to_string();
        let victims = |candidate: &Victims| -> Vec<String> {
            candidate.pods.iter().map(|&pod| cluster.pod(pod).key.to_string()).collect()
        };
        let mut candidates: Vec<expected::Candidate> = found
            .candidates
            .iter()
            .map(|candidate| expected::Candidate {
                node: name(candidate),
                victims: victims(candidate),
                pdb_violations: candidate.violations,
            })
            .collect();
        candidates.sort_by(|left, right| left.node.cmp(&right.node));
        let mut ties: Vec<String> =
            found.ties.iter().map(|&tie| name(&found.candidates[tie])).collect();
        ties.sort();
        let chosen = found.chosen(cluster);
        let cleared = chosen.map(|one| displaced(cluster, &self.nominations, pod, one.node));
        let cleared = cleared.unwrap_or_default();
        let mut cleared: Vec<String> =
            cleared.iter().map(|&pod| cluster.pod(pod).key.to_string()).collect();
        cleared.sort();
        let told = expected::Preemption {
            eligible: found.ineligible.is_none(),
            candidates,
            ties,
            nominated_node: chosen.map(name),
            victims: chosen.map(victims).unwrap_or_default(),
            retry_before_queue_index: chosen.map(|_| place + self.retry_after),
            cleared_nominations: cleared,
        };
        (told, found.ineligible == Some(VICTIMS_LEAVING))
    }

    /// Where all pods are that are on a node.
    pub fn placements(&self) -> BTreeMap<String, String> {
        let placed = self.pods.iter().filter_map(|(key, &pod)| {
            let node = self.cluster.pod(pod).node?;
            Some((key.clone(), self.cluster.node(node).spec.name.to_string()))
        });
        placed.collect()
    }
}

/// What is done after an attempt.
#[derive(Default)]
pub(super) struct Recorded {
    pub chosen: Option<String>,
    pub nominated: Option<String>,
    pub victims: Vec<String>,
}
