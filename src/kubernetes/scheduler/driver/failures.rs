//! Failed trials, so that pods of one shape that fail alike are not all looked at node by node.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::kubernetes::scheduler::cluster::{Cluster, Moment};
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::preemption::Preemption;
use crate::kubernetes::scheduler::shape::ShapeId;

/// Trials of more shapes are not kept: each may name every node.
const KEPT: usize = 32;

/// Trials that failed without anybody to evict, while the cluster was as it is.
#[derive(Debug, Default)]
pub(super) struct Failures {
    seen: Option<Moment>,
    by_shape: BTreeMap<ShapeId, (Rc<Attempt>, Rc<Preemption>)>,
}

impl Failures {
    /// What came of the last trial of a pod of this shape, if nothing changed since.
    pub fn get(&self, cluster: &Cluster, shape: ShapeId) -> Option<(Rc<Attempt>, Rc<Preemption>)> {
        if self.seen != Some(cluster.changes().now()) {
            return None;
        }
        self.by_shape.get(&shape).cloned()
    }

    /// Keeps what came of a trial.
    pub fn keep(
        &mut self,
        cluster: &Cluster,
        shape: ShapeId,
        attempt: &Rc<Attempt>,
        preemption: &Rc<Preemption>,
    ) {
        let now = Some(cluster.changes().now());
        if self.seen != now || self.by_shape.len() >= KEPT {
            self.by_shape.clear();
            self.seen = now;
        }
        self.by_shape.insert(shape, (Rc::clone(attempt), Rc::clone(preemption)));
    }
}
