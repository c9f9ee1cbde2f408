//! Filters of shapes, kept from scan to scan.
//!
//! To prepare the filters of a shape costs a look at all nodes; to bring them up to date costs what
//! changed. What was asked about in the last scan is kept for the next.

use crate::kubernetes::scheduler::cluster::{Change, Changes, Cluster, Moment};
use crate::kubernetes::scheduler::filters::Filters;
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::shape::ShapeId;

/// The filters of one shape.
#[derive(Debug)]
struct Kept {
    /// None where a plugin rejects the shape everywhere.
    filters: Option<Filters>,
    /// Whether it was asked about in this scan.
    asked: bool,
}

/// Filters that are right for a cluster as it is now, or as it would be in a trial.
#[derive(Debug, Default)]
pub(super) struct KeptFilters {
    /// When the last scan ended.
    seen: Option<Moment>,
    /// By shape.
    kept: Vec<Option<Kept>>,
    /// The shapes that are kept.
    shapes: Vec<ShapeId>,
}

impl KeptFilters {
    /// Begins a scan: forgets what was not asked about in the last one and brings the rest up to
    /// date.
    pub fn begin(&mut self, cluster: &Cluster) {
        let changes = self.seen.map(|seen| cluster.changes().since(seen));
        let Some(Changes::Pods(changes)) = changes else { return self.clear() };
        if changes.len() > cluster.node_places() {
            return self.clear();
        }
        let kept = &mut self.kept;
        self.shapes.retain(|&shape| {
            let place = &mut kept[shape.0 as usize];
            // volumes change without a trace
            let volumes = !cluster.shape(shape).volumes.is_empty();
            let known = place.as_mut().filter(|known| known.asked && !volumes);
            let Some(Kept { filters: Some(filters), asked }) = known else {
                *place = None;
                return false;
            };
            *asked = false;
            changes.iter().for_each(|&change| filters.changed(cluster, change));
            true
        });
    }

    /// Ends a scan, after all that was tried was taken back.
    pub fn end(&mut self, cluster: &Cluster) {
        self.seen = Some(cluster.changes().now());
    }

    fn clear(&mut self) {
        for shape in self.shapes.drain(..) {
            self.kept[shape.0 as usize] = None;
        }
    }

    /// The filters of a shape; none where a plugin rejects it everywhere.
    pub fn get(
        &mut self,
        profile: &Profile,
        cluster: &Cluster,
        shape: ShapeId,
    ) -> Option<&Filters> {
        let place = shape.0 as usize;
        if self.kept.len() <= place {
            self.kept.resize_with(place + 1, || None);
        }
        let known = self.kept[place].get_or_insert_with(|| {
            self.shapes.push(shape);
            Kept { filters: Filters::prepare(profile, cluster, shape).ok(), asked: true }
        });
        known.asked = true;
        known.filters.as_ref()
    }

    fn each(&mut self, mut tell: impl FnMut(&mut Filters)) {
        for shape in &self.shapes {
            let kept = self.kept[shape.0 as usize].as_mut();
            if let Some(filters) = kept.and_then(|kept| kept.filters.as_mut()) {
                tell(filters);
            }
        }
    }

    /// The pods of a node changed.
    pub fn changed(&mut self, cluster: &Cluster, change: Change) {
        self.each(|filters| filters.changed(cluster, change));
    }

    /// A node without pods came.
    pub fn node_came(&mut self, cluster: &Cluster, node: &Node) {
        self.each(|filters| filters.node_came(cluster, node));
    }

    /// A node without pods is about to go.
    pub fn node_goes(&mut self, cluster: &Cluster, node: &Node) {
        self.each(|filters| filters.node_goes(cluster, node));
    }
}
