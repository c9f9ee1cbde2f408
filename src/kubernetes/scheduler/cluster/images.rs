//! Which images nodes report, and how widely each is spread.
//!
//! Follows the cache of kube-scheduler (Kubernetes v1.36, pkg/scheduler/backend/cache/cache.go,
//! `addNodeImageStates`): the size of an image is what the first node reported that had it. A node
//! that changes loses its images before it gets its new ones (`UpdateNode`).
//!
//! The real scheduler does not look at the cache but at a snapshot of it, in which only nodes that
//! changed are made anew (`UpdateSnapshot`), and a node is copied with the numbers of nodes that
//! have its images. When other nodes come or go, a node on which nothing else happens keeps the
//! numbers of old. That is followed where [snapshots](Images::snapshot) are taken.

use std::collections::BTreeMap;

use super::super::node::{Node, NodeId};

#[derive(Clone, Copy, Debug)]
struct State {
    size: i64,
    nodes: u32,
}

/// A node as the snapshot has it.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Whether something happened on it since.
    changed: bool,
    /// On how many nodes each of its images was, in their order, where that may differ from now.
    nodes: Option<Vec<u32>>,
}

/// All images that nodes report, by name.
#[derive(Clone, Debug, Default)]
pub struct Images {
    states: BTreeMap<Box<str>, State>,
    /// By node; nothing as long as no snapshot was taken.
    seen: Vec<Seen>,
    /// Nodes on which something happened since the last snapshot, each once.
    changed: Vec<NodeId>,
    snapshots: bool,
}

impl Images {
    pub(super) fn add(&mut self, images: &[(Box<str>, i64)]) {
        for (name, size) in images {
            let state = self.states.entry(name.clone()).or_insert(State { size: *size, nodes: 0 });
            state.nodes += 1;
        }
    }

    pub(super) fn remove(&mut self, images: &[(Box<str>, i64)]) {
        for (name, _) in images {
            let state = self.states.get_mut(name).expect("the image was added with its node");
            state.nodes -= 1;
            if state.nodes == 0 {
                self.states.remove(name);
            }
        }
    }

    /// Takes a snapshot: nodes on which something happened are seen as they are now.
    pub(super) fn snapshot(&mut self, nodes: usize) {
        self.snapshots = true;
        for node in self.changed.drain(..) {
            self.seen[node.index()] = Seen::default();
        }
        self.seen.resize(nodes, Seen::default());
    }

    /// Something happened on a node.
    pub(super) fn touch(&mut self, node: NodeId) {
        if let Some(seen) = self.seen.get_mut(node.index())
            && !std::mem::replace(&mut seen.changed, true)
        {
            self.changed.push(node);
        }
    }

    /// A node is another one now.
    pub(super) fn renew(&mut self, node: NodeId) {
        self.touch(node);
        if let Some(seen) = self.seen.get_mut(node.index()) {
            seen.nodes = None;
        }
    }

    /// Keeps what was seen of nodes before images come or go with another one.
    pub(super) fn keep<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>) {
        if !self.snapshots {
            return;
        }
        for node in nodes.filter(|node| !node.spec.images.is_empty()) {
            let now = node.spec.images.iter();
            let now = now.map(|(name, _)| self.states.get(name).map_or(0, |state| state.nodes));
            let now = now.collect();
            let Some(seen) = self.seen.get_mut(node.id.index()) else { continue };
            if !seen.changed && seen.nodes.is_none() {
                seen.nodes = Some(now);
            }
        }
    }

    /// Whether any node may be seen with other numbers than those of now.
    #[must_use]
    pub fn any_kept(&self) -> bool {
        self.seen.iter().any(|seen| seen.nodes.is_some())
    }

    /// Size in bytes of an image, and how many nodes have it; none where no node does.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(i64, u32)> {
        self.states.get(name).map(|state| (state.size, state.nodes))
    }

    /// The same as it is seen of a node that has the image.
    #[must_use]
    pub fn seen(&self, node: &Node, name: &str) -> Option<(i64, u32)> {
        let place = node.spec.images.iter().position(|(known, _)| **known == *name)?;
        let (size, now) = self.find(name)?;
        let kept = self.seen.get(node.id.index()).and_then(|seen| seen.nodes.as_ref());
        Some((size, kept.map_or(now, |kept| kept[place])))
    }
}
