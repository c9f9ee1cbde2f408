//! Pods in turn, until nothing moves any more.
//!
//! The order is that of PrioritySort (Kubernetes v1.36, pkg/scheduler/framework/plugins/queuesort):
//! priority, then age, which here is the order of appearance. A pod that evicts others is tried
//! again at once, on the node it was nominated for.

mod evictions;
mod schedulers;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::Settings;
use super::explanation::{Explained, Explanation};
use crate::kubernetes::scheduler::cluster::{Cluster, Moment};
use crate::kubernetes::scheduler::cycle::{Attempt, attempt, attempt_some};
use crate::kubernetes::scheduler::index::Answer;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::shape::ShapeId;
use crate::kubernetes::scheduler::ties::TieBreak;
use crate::kubernetes::scheduler::volumes::decide;
pub(super) use schedulers::{Scheduler, Schedulers};

/// Between the starts of two pods, in nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// Where a pod was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Among the objects of the cluster.
    Cluster,
    /// Among those to come.
    Pods,
}

/// Where a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the node where it was.
    Was(NodeId),
    /// On the node where it was put.
    Placed(NodeId),
    /// On none.
    Waiting,
    /// It was evicted, and nothing makes it anew.
    Gone,
}

/// A pod.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Namespace and name, `shop/web-0`.
    pub key: Box<str>,
    /// Number of its workload.
    pub workload: u32,
    /// Where it was read.
    pub source: Source,
    /// Its priority.
    pub priority: i32,
    /// The scheduler it names.
    pub scheduler: Box<str>,
    /// Whether it had no node at first.
    pub asked: bool,
    /// Where it is.
    pub place: Place,
    /// The node it was evicted from: its controller made it anew.
    pub evicted_from: Option<NodeId>,
    pub(super) pod: Option<PodId>,
    pub(super) shape: ShapeId,
    /// Whether a controller makes it anew.
    pub(super) remade: bool,
}

/// Pods that had to go to make room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// The pod they made room for.
    pub by: usize,
    /// The node.
    pub node: NodeId,
    /// The pods, the most important first.
    pub victims: Vec<usize>,
    /// How many of them a disruption budget would have kept.
    pub violations: usize,
}

/// A pod in the queue: the one of highest priority first, of these the one that came first.
type Turn = (i32, Reverse<usize>, usize);

/// The pods being placed.
pub(super) struct Session {
    pub cluster: Cluster,
    pub pods: Vec<Entry>,
    pub schedulers: Schedulers,
    pub nominations: Nominations,
    pub evictions: Vec<Eviction>,
    pub explanations: Vec<Explanation>,
    /// Whether pods may evict others.
    pub preemption: bool,
    ties: TieBreak,
    /// Entries by the number of their pod.
    entries: Vec<usize>,
    queue: BinaryHeap<Turn>,
    turns: usize,
    waiting: Vec<usize>,
    placed: usize,
    /// Pods on nodes, by priority.
    priorities: BTreeMap<i32, usize>,
    /// When evictions were last found to be of no help, by scheduler and shape.
    hopeless: BTreeMap<(usize, ShapeId), Moment>,
    clock: i64,
}

impl Session {
    pub fn new(mut cluster: Cluster, pods: Vec<Entry>, settings: &Settings) -> Self {
        let schedulers = Schedulers::new(&settings.configuration, &mut cluster);
        // those that are not known to have started count as starting last of all
        let started = cluster.pods().map(|(_, pod)| pod.start).filter(|&start| start < i64::MAX);
        let latest = started.max().unwrap_or(0);
        let mut session = Self {
            cluster,
            pods: Vec::new(),
            schedulers,
            nominations: Nominations::default(),
            evictions: Vec::new(),
            explanations: Vec::new(),
            preemption: settings.preemption,
            ties: settings.ties.start(),
            entries: Vec::new(),
            queue: BinaryHeap::new(),
            turns: 0,
            waiting: Vec::new(),
            placed: 0,
            priorities: BTreeMap::new(),
            hopeless: BTreeMap::new(),
            clock: latest.saturating_add(SECOND),
        };
        for (place, entry) in pods.into_iter().enumerate() {
            session.know(entry.pod.expect("pods are there at first"), place);
            let (priority, on_node) = (entry.priority, entry.place != Place::Waiting);
            session.pods.push(entry);
            if on_node {
                *session.priorities.entry(priority).or_insert(0) += 1;
            } else {
                session.queue(place);
            }
        }
        session
    }

    /// Pods that a dump says are nominated.
    pub fn nominate(&mut self, nominated: &[(usize, NodeId)]) {
        for &(place, node) in nominated {
            if let Some(pod) = self.pods[place].pod {
                self.nominations.add(pod, node);
            }
        }
    }

    /// Remembers which pods to tell all about.
    pub fn explain(&mut self, explained: &[usize]) {
        self.explanations = explained.iter().map(|&entry| Explanation::new(entry)).collect();
    }

    /// Places all that can be placed.
    pub fn run(&mut self, progress: &dyn Fn(usize, usize)) {
        let (all, mut through) = (self.queue.len(), 0);
        loop {
            let before = self.placed;
            while let Some((_, _, place)) = self.queue.pop() {
                self.turn(place);
                through += 1;
                if through % 256 == 0 {
                    progress(through.min(all), all);
                }
            }
            if self.waiting.is_empty() || self.placed == before {
                return;
            }
            // what was placed since may be what others wait for
            for place in std::mem::take(&mut self.waiting) {
                self.queue(place);
            }
        }
    }

    /// Where a pod can be tried at all; nothing where its scheduler is unknown or a gate is shut.
    pub fn scheduler_of(&self, place: usize) -> Option<usize> {
        let entry = &self.pods[place];
        let scheduler = self.schedulers.named(&entry.scheduler)?;
        let gated = !self.cluster.shape(entry.shape).gates.is_empty();
        (!gated || !self.schedulers.get(scheduler).gates).then_some(scheduler)
    }

    fn know(&mut self, pod: PodId, place: usize) {
        let number = pod.0 as usize;
        if self.entries.len() <= number {
            self.entries.resize(number + 1, usize::MAX);
        }
        self.entries[number] = place;
    }

    fn queue(&mut self, place: usize) {
        self.turns += 1;
        self.queue.push((self.pods[place].priority, Reverse(self.turns), place));
    }

    pub fn turn(&mut self, place: usize) {
        let chosen = self.scheduler_of(place).and_then(|scheduler| {
            let pod = self.pods[place].pod.expect("who waits is there");
            let chosen = self.choose(scheduler, pod);
            chosen
                .inspect(|&node| self.tell(place, scheduler, Some(node)))
                .or_else(|| self.make_room(place, scheduler))
        });
        match chosen {
            Some(node) => self.bind(place, node),
            None => self.waiting.push(place),
        }
    }

    /// The node for a pod, if there is one.
    fn choose(&mut self, scheduler: usize, pod: PodId) -> Option<NodeId> {
        let Scheduler { profile, index, sampling, .. } = self.schedulers.get_mut(scheduler);
        let (cluster, nominations) = (&self.cluster, &self.nominations);
        match index.ask_some(profile, cluster, nominations, pod, &mut self.ties, Some(sampling)) {
            Answer::Node(node) => Some(node),
            Answer::Nowhere => None,
            Answer::Unknown => {
                let list = sampling.nodes(cluster);
                let found = attempt_some(profile, cluster, nominations, pod, sampling);
                self.ties.choose_from(&list, cluster, &found.feasible, &found.best())
            }
        }
    }

    fn bind(&mut self, place: usize, node: NodeId) {
        let pod = self.pods[place].pod.expect("who waits is there");
        let shape = self.pods[place].shape;
        if !self.cluster.shape(shape).volumes.is_empty() {
            let node = self.cluster.node(node);
            let bindings = decide(self.cluster.volumes(), self.cluster.shape(shape), node);
            self.cluster.volumes_mut().bind(bindings);
        }
        if self.nominations.node(pod).is_some() {
            self.forget_nomination(pod);
        }
        self.cluster.bind(pod, node, self.clock);
        self.clock += SECOND;
        self.pods[place].place = Place::Placed(node);
        *self.priorities.entry(self.pods[place].priority).or_insert(0) += 1;
        self.placed += 1;
    }

    fn forget_nomination(&mut self, pod: PodId) {
        self.nominations.remove(pod);
        self.hopeless.clear();
    }

    /// What a full look at all nodes finds for a pod.
    pub fn look(&self, scheduler: usize, pod: PodId) -> Attempt {
        let profile = &self.schedulers.get(scheduler).profile;
        attempt(profile, &self.cluster, &self.nominations, pod)
    }

    fn explanation(&self, place: usize) -> Option<usize> {
        self.explanations.iter().position(|explanation| explanation.entry == place)
    }

    /// Takes down how a pod fares on every node, if it is to be explained.
    pub fn tell(&mut self, place: usize, scheduler: usize, chosen: Option<NodeId>) {
        let Some(explanation) = self.explanation(place) else { return };
        let pod = self.pods[place].pod.expect("who waits is there");
        let found = self.look(scheduler, pod);
        let preemption = match chosen {
            Some(_) => None,
            None => self.evictable(scheduler, pod, &found),
        };
        let explained = Explained::new(&self.cluster, found, chosen, preemption.as_ref());
        self.explanations[explanation].attempts.push(explained);
    }

    /// Pods without a node, in the order in which they appeared.
    pub fn unplaced(&self) -> impl Iterator<Item = usize> {
        let waiting = |place: &usize| self.pods[*place].place == Place::Waiting;
        (0..self.pods.len()).filter(waiting)
    }
}
