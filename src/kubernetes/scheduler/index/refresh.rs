//! Bringing results about one shape up to date: nodes that changed are looked at together.
//!
//! Plugins are asked about all of them in turn, each once, and not about each node by all plugins:
//! what a plugin does is then a short loop, and what nodes and results are read from comes from
//! memory at once.

use super::class::{Class, Standing};
use super::groups::{GroupId, Member};
use super::order::Order;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::Scope;
use crate::kubernetes::scheduler::node::NodeId;

/// Nodes to be looked at, and what is found out about each. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Batch {
    nodes: Vec<NodeId>,
    stood: Vec<Standing>,
    passed: Vec<bool>,
    own: Vec<i64>,
}

impl Class {
    /// Puts nodes where they belong now.
    pub(super) fn refresh(
        &mut self,
        cluster: &Cluster,
        nodes: impl Iterator<Item = NodeId>,
        order: &Order,
    ) {
        let mut batch = std::mem::take(&mut self.batch);
        for node in nodes {
            let stood = self.standings[node.index()];
            // pods of the shape can never run on a node without a kind
            if let Some(kind) = stood.kind {
                batch.nodes.push(node);
                batch.stood.push(stood);
                batch.own.push(self.kinds[kind.get() as usize].own);
            }
        }
        batch.passed.resize(batch.nodes.len(), true);
        let (filters, scores) = (&self.filters, &self.scores);
        filters.pass(cluster, &batch.nodes, |scope| scope == Scope::Pods, &mut batch.passed);
        scores.add_own(cluster, &batch.nodes, |scope| scope != Scope::Node, &mut batch.own);
        let found = batch.stood.iter().zip(&batch.passed).zip(&batch.own);
        for (&node, ((&stood, &passed), &own)) in batch.nodes.iter().zip(found) {
            let now = passed.then(|| {
                let member = Member::new(own, order.rank(node));
                (self.group_of(cluster, node, stood), member)
            });
            self.stand(node, stood.place(), now, order);
        }
        batch.clear();
        self.batch = batch;
    }

    /// The group that a node on which pods of the shape can run belongs to.
    #[inline]
    fn group_of(&mut self, cluster: &Cluster, node: NodeId, stood: Standing) -> GroupId {
        let number = stood.kind.expect("pods of the shape can run on it").get() as usize;
        let kind = self.kinds[number];
        if let Some(group) = kind.group {
            return group;
        }
        self.find_key(cluster, cluster.node(node), kind.key);
        let group = self.groups.of(&self.key);
        if self.key.len() == 1 {
            self.kinds[number].group = Some(group);
        }
        group
    }

    /// Has a node stand elsewhere than before.
    #[inline]
    fn stand(
        &mut self,
        node: NodeId,
        before: Option<(GroupId, Member)>,
        now: Option<(GroupId, Member)>,
        order: &Order,
    ) {
        if before == now {
            return;
        }
        if let Some((group, member)) = before {
            self.groups.remove(group, member);
        }
        if let Some((group, member)) = now {
            self.groups.add(group, member);
        }
        self.put(node, now);
        match (before.is_some(), now.is_some()) {
            (false, true) => self.passed.add(order.place(node)),
            (true, false) => self.passed.remove(order.place(node)),
            _ => {}
        }
    }
}

impl Batch {
    fn clear(&mut self) {
        self.nodes.clear();
        self.stood.clear();
        self.passed.clear();
        self.own.clear();
    }
}
