//! What is going to be looked at in a tree, asked for ahead.

use super::{LeafId, ShareTree};
use crate::engine::fetch;

impl<T: Copy> ShareTree<T> {
    /// The leaf in which something happens first, as things are now.
    pub fn first(&self) -> Option<LeafId> {
        let mut node = &self.groups[0];
        loop {
            let next = node.next;
            if let Some(bucket) = node.buckets.iter().find(|bucket| bucket.next() == next) {
                return bucket.first_due().map(LeafId);
            }
            let mut children = node.children.iter().map(|child| &self.groups[child.0 as usize]);
            node = children.find(|child| child.next == next)?;
        }
    }

    /// Asks for the memory of a leaf.
    #[inline]
    pub fn fetch_leaf(&self, id: LeafId) {
        if let Some(leaf) = self.leaves.get(id.0 as usize) {
            leaf.fetch();
            fetch(&self.places[id.0 as usize]);
        }
    }

    /// Asks for that of its jobs: for what is done next, and for where one more goes.
    #[inline]
    pub fn fetch_jobs(&self, id: LeafId) {
        if let Some(leaf) = self.leaves.get(id.0 as usize) {
            leaf.jobs.fetch();
        }
    }

    /// The job of a leaf that is done next.
    #[inline]
    pub fn first_job(&self, id: LeafId) -> Option<T> {
        self.leaves.get(id.0 as usize)?.jobs.first()
    }
}
