//! All that is known about one shape of pods, node by node and group by group.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Answer;
use super::groups::{GroupId, Groups};
use super::listed::Listed;
use super::order::Order;
use super::refresh::Batch;
use super::seats::{Seats, Standing};
use crate::kubernetes::scheduler::cluster::{Change, Changes, Cluster, Moment};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::framework::{Candidate, Scope};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::nominations::Nominations;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::sampling::Sampling;
use crate::kubernetes::scheduler::scores::{Scores, totals};
use crate::kubernetes::scheduler::shape::ShapeId;
use crate::kubernetes::scheduler::ties::{self, TieBreak};

/// Results about one shape.
#[derive(Debug)]
pub(super) struct Class {
    seen: Moment,
    pub(super) filters: Filters,
    pub(super) scores: Scores,
    pub(super) seats: Seats,
    pub(super) groups: Groups,
    /// The nodes that stand somewhere.
    pub(super) passed: Listed,
    pub(super) key: Vec<u32>,
    /// How many numbers all keys have.
    pub(super) key_length: usize,
    /// What the last choice was made from, where there was one to make.
    pub(super) candidates: Vec<Candidate>,
    /// The groups of the candidates, and in the end of the best of them. Its memory is used again.
    top: Vec<GroupId>,
    /// The places of the best nodes. Its memory is used again.
    tied: Vec<u32>,
    /// By shape: whether its pods mean anything to a plugin, once that was asked.
    minded: Vec<Option<bool>>,
    /// How many shapes are known to mean nothing to any.
    unminded: usize,
    pub(super) batch: Batch,
}

impl Class {
    /// Looks at all nodes; none where a plugin rejects the shape on all of them at once.
    pub fn new(
        profile: &Profile,
        cluster: &Cluster,
        shape: ShapeId,
        order: &Order,
    ) -> Option<Self> {
        let filters = Filters::prepare(profile, cluster, shape).ok()?;
        let mut class = Self {
            seen: cluster.changes().now(),
            filters,
            scores: Scores::prepare(profile, cluster, shape),
            seats: Seats::new(order.count()),
            groups: Groups::default(),
            passed: Listed::none_of(order.count()),
            key: Vec::new(),
            key_length: 0,
            candidates: Vec::new(),
            top: Vec::new(),
            tied: Vec::new(),
            minded: Vec::new(),
            unminded: 0,
            batch: Batch::default(),
        };
        class.fix(cluster, order);
        if let Some(node) = cluster.nodes().next() {
            class.find_key(cluster, node, 0);
            class.key_length = class.key.len();
        }
        class.batch.nodes.extend(cluster.nodes().map(|node| node.id));
        class.refresh(cluster, order);
        Some(class)
    }

    /// The sum of weighted scores of the node chosen last, where there was a choice to make.
    pub fn highest(&mut self, cluster: &Cluster) -> Option<i64> {
        let candidates = &self.candidates;
        totals(&self.scores.rank(cluster, candidates), candidates.len()).into_iter().max()
    }

    /// How many nodes it keeps results about.
    pub fn nodes(&self) -> usize {
        self.seats.nodes()
    }

    /// Finds out what does not depend on pods.
    fn fix(&mut self, cluster: &Cluster, order: &Order) {
        let (mut keys, mut kinds) = (BTreeMap::new(), BTreeMap::new());
        for node in cluster.nodes() {
            let allowed = self.filters.restricted(node).is_ok()
                && self.filters.within(cluster, node, |scope| scope == Scope::Node).is_ok();
            if !allowed {
                continue;
            }
            let mut key = Vec::new();
            self.scores.key(cluster, node, |scope| scope == Scope::Node, &mut key);
            let next = keys.len() as u32;
            let key = *keys.entry(key).or_insert(next);
            let own = self.scores.own(cluster, node, |scope| scope == Scope::Node);
            let kind = *kinds.entry((own, key)).or_insert_with(|| self.seats.kind(own, key));
            self.seats.enter(order.place(node.id), kind);
        }
        self.seats.all_entered();
    }

    /// Looks at the nodes that changed; `false` if so much did that all have to be looked at.
    pub fn catch_up(&mut self, cluster: &Cluster, order: &Order) -> bool {
        let Changes::Pods(changes) = cluster.changes().since(self.seen) else { return false };
        if changes.len() > self.seats.nodes() {
            return false;
        }
        // often there is no shape that any plugin minds
        let minded = if self.unminded < cluster.shape_count() { changes } else { &[] };
        for &change in minded {
            if self.minds(cluster, change.shape) {
                self.filters.changed(cluster, change);
                self.scores.changed(cluster, change);
            }
        }
        self.seen = cluster.changes().now();
        if let Some(&Change { node, .. }) = changes.first() {
            self.find_key(cluster, cluster.node(node), 0);
            if self.key.len() != self.key_length {
                return false;
            }
        }
        cluster.changes().append_nodes_of_last(changes.len(), &mut self.batch.nodes);
        self.refresh(cluster, order);
        true
    }

    /// Whether pods of a shape mean anything to a plugin.
    fn minds(&mut self, cluster: &Cluster, other: ShapeId) -> bool {
        let place = other.0 as usize;
        if let Some(&Some(known)) = self.minded.get(place) {
            return known;
        }
        let minds = self.filters.mind(cluster, other) || self.scores.mind(cluster, other);
        self.minded.resize(self.minded.len().max(place + 1), None);
        self.minded[place] = Some(minds);
        self.unminded += usize::from(!minds);
        minds
    }

    /// Finds what tells a node apart.
    pub(super) fn find_key(&mut self, cluster: &Cluster, node: &Node, fixed: u32) {
        self.key.clear();
        self.key.push(fixed);
        self.filters.key(cluster, node, &mut self.key);
        self.scores.key(cluster, node, |scope| scope != Scope::Node, &mut self.key);
    }

    /// The node that a pod of the shape goes to.
    pub fn choose(
        &mut self,
        cluster: &Cluster,
        nominations: &Nominations,
        pod: PodId,
        order: &Order,
        ties: &mut TieBreak,
        sampling: Option<&mut Sampling>,
    ) -> Answer {
        self.candidates.clear();
        if let Some(node) = nominations.node(pod).and_then(|node| cluster.get_node(node))
            && self.filters.verdict_beside_nominees(cluster, nominations, pod, node).is_ok()
        {
            if let Some(sampling) = sampling {
                sampling.advance(0, cluster.node_count());
            }
            return Answer::Node(node.id);
        }
        let reserved = self.reserve(cluster, nominations, pod, order);
        let answer = match sampling {
            None => self.best(cluster, order, ties),
            Some(sampling) => self.sampled(cluster, order, sampling, ties),
        };
        for (place, standing) in reserved {
            self.stand(place, self.seats.outside(standing), standing);
        }
        answer
    }

    /// Takes nodes out on which the pod would take the place of nominated ones.
    fn reserve(
        &mut self,
        cluster: &Cluster,
        nominations: &Nominations,
        pod: PodId,
        order: &Order,
    ) -> Vec<(u32, Standing)> {
        let mut reserved = Vec::new();
        for node in nominations.nodes() {
            let Some(node) = cluster.get_node(node) else { continue };
            let place = order.place(node.id);
            let standing = self.seats.standing(place);
            if self.seats.group(standing.seat).is_none() {
                continue;
            }
            let verdict = self.filters.verdict_beside_nominees(cluster, nominations, pod, node);
            // what the pods of other nodes forbid is found out group by group
            let alone = self.filters.within(cluster, node, |_| true);
            if verdict.is_err() && alone.is_ok() {
                self.stand(place, standing, self.seats.outside(standing));
                reserved.push((place, standing));
            }
        }
        reserved
    }

    fn best(&mut self, cluster: &Cluster, order: &Order, ties: &mut TieBreak) -> Answer {
        self.top.clear();
        let mut barred = Vec::new();
        for (group, place, nodes) in self.groups.best(self.seats.owns()) {
            let node = cluster.node(order.node(place));
            if self.filters.within(cluster, node, |scope| scope == Scope::Domain).is_ok() {
                self.candidates.push(Candidate { node: node.id, nodes });
                self.top.push(group);
            } else {
                barred.push(group);
            }
        }
        match self.candidates[..] {
            [] => return Answer::Nowhere,
            [Candidate { node, nodes: 1 }] => {
                self.candidates.clear();
                return Answer::Node(node);
            }
            _ => {}
        }
        self.keep_highest(cluster);
        let best = match ties {
            // places are by name
            TieBreak::Name => {
                let first = |&group| self.groups[group].first_best(self.seats.owns());
                self.top.iter().filter_map(first).min()
            }
            TieBreak::Random(stream) => {
                self.find_tied();
                self.tied.sort_unstable();
                ties::random(&self.tied, stream)
            }
            TieBreak::Heap => {
                self.find_tied();
                self.root(&barred, order.start())
            }
        };
        Answer::Node(order.node(best.expect("there is a highest")))
    }

    /// Finds the best nodes of the best groups.
    fn find_tied(&mut self) {
        self.tied.clear();
        for &group in &self.top {
            self.groups[group].append_best(self.seats.owns(), &mut self.tied);
        }
    }

    /// The root of the heap of all nodes that pass, which are none of the barred groups.
    fn root(&self, barred: &[GroupId], start: u32) -> Option<u32> {
        let mut passed = Cow::Borrowed(&self.passed);
        for place in barred.iter().flat_map(|&group| self.groups[group].nodes()) {
            passed.to_mut().remove(place);
        }
        passed.root(start, self.tied.iter().copied())
    }

    /// Of the groups of candidates, keeps those whose candidates have the highest sum.
    fn keep_highest(&mut self, cluster: &Cluster) {
        if self.top.len() > 1 {
            let candidates = &self.candidates;
            let totals = totals(&self.scores.rank(cluster, candidates), candidates.len());
            let highest = totals.iter().max();
            let mut each = totals.iter();
            self.top.retain(|_| each.next() == highest);
        }
    }
}
