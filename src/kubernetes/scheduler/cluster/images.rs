//! Which images nodes report, and how widely each is spread.
//!
//! Follows the cache of kube-scheduler (Kubernetes v1.36, pkg/scheduler/backend/cache/cache.go,
//! `addNodeImageStates`): the size of an image is what the first node reported that had it. A node
//! that changes loses its images before it gets its new ones (`UpdateNode`).

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
struct State {
    size: i64,
    nodes: u32,
}

/// All images that nodes report, by name.
#[derive(Clone, Debug, Default)]
pub struct Images(BTreeMap<Box<str>, State>);

impl Images {
    pub(super) fn add(&mut self, images: &[(Box<str>, i64)]) {
        for (name, size) in images {
            let state = self.0.entry(name.clone()).or_insert(State { size: *size, nodes: 0 });
            state.nodes += 1;
        }
    }

    pub(super) fn remove(&mut self, images: &[(Box<str>, i64)]) {
        for (name, _) in images {
            let state = self.0.get_mut(name).expect("the image was added with its node");
            state.nodes -= 1;
            if state.nodes == 0 {
                self.0.remove(name);
            }
        }
    }

    /// Size in bytes of an image, and how many nodes have it; none where no node does.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(i64, u32)> {
        self.0.get(name).map(|state| (state.size, state.nodes))
    }
}
