//! ImageLocality: a pod goes where its images are, the more the larger they are.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/imagelocality: each image on a node counts
//! its size times the share of nodes that have it, so that a rare image draws fewer pods. Which
//! images a node has does not change with its pods: scores are found once for a shape, unless nodes
//! are seen as they were some time ago ([`Images`](crate::kubernetes::scheduler::cluster::Images)).

use crate::kubernetes::scheduler::cluster::{Change, Cluster};
use crate::kubernetes::scheduler::framework::{MAX_SCORE, Scope, Score};
use crate::kubernetes::scheduler::node::Node;
use crate::kubernetes::scheduler::shape::{PodShape, ShapeId};

const MIB: i64 = 1 << 20;
/// Images of less than this do not count.
const LEAST: i64 = 23 * MIB;
/// More than this does not count, for each container.
const MOST: i64 = 1000 * MIB;

#[derive(Debug)]
struct ImageLocality {
    /// By node; empty where no node has any of the images.
    scores: Vec<i64>,
    images: Vec<Box<str>>,
    containers: u32,
    /// Whether nodes are seen as they were when something last happened on them.
    dated: bool,
}

pub(super) fn score(cluster: &Cluster, shape: &PodShape) -> Option<Box<dyn Score>> {
    let known = shape.images.iter().filter(|name| cluster.images().find(name).is_some());
    let mut score = ImageLocality {
        scores: Vec::new(),
        images: known.cloned().collect(),
        containers: shape.containers,
        dated: cluster.images().any_kept(),
    };
    if !score.images.is_empty() {
        score.scores = vec![0; cluster.node_places()];
        for node in cluster.nodes() {
            score.scores[node.id.index()] = score.of(cluster, node);
        }
    }
    Some(Box::new(score))
}

impl ImageLocality {
    /// The score of a node. An image that is used twice counts twice.
    fn of(&self, cluster: &Cluster, node: &Node) -> i64 {
        let nodes = cluster.node_count() as f64;
        let there = self.images.iter().filter_map(|name| cluster.images().seen(node, name));
        let worth = there.map(|(size, having)| (size as f64 * (f64::from(having) / nodes)) as i64);
        scaled(worth.sum(), self.containers)
    }
}

/// The score of a node where images of so much worth are.
fn scaled(worth: i64, containers: u32) -> i64 {
    let most = MOST * i64::from(containers.max(1));
    MAX_SCORE * (worth.clamp(LEAST, most) - LEAST) / (most - LEAST)
}

impl Score for ImageLocality {
    fn scope(&self) -> Scope {
        if self.dated { Scope::Pods } else { Scope::Node }
    }

    fn score(&self, _: &Cluster, node: &Node) -> i64 {
        self.scores.get(node.id.index()).copied().unwrap_or(0)
    }

    fn minds(&mut self, _: &Cluster, _: ShapeId) -> bool {
        self.dated && !self.images.is_empty()
    }

    fn changed(&mut self, cluster: &Cluster, change: Change) {
        if self.dated && !self.images.is_empty() {
            let score = self.of(cluster, cluster.node(change.node));
            self.scores[change.node.index()] = score;
        }
    }

    fn normalises(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, named, place, requesting, scores};
    use super::*;
    use crate::kubernetes::scheduler::node::{Delta, NodeId, NodeSpec};

    fn with(name: &str, images: &[(&str, i64)]) -> NodeSpec {
        let images = images.iter().map(|&(name, mib)| (name.into(), mib * MIB)).collect();
        NodeSpec { images, ..named(name) }
    }

    fn running(images: &[&str], containers: u32) -> PodShape {
        let images = images.iter().map(|&image| image.into()).collect();
        PodShape { images, containers, ..PodShape::default() }
    }

    fn scored(cluster: &Cluster, shape: &PodShape) -> Vec<i64> {
        scores(cluster, &*score(cluster, shape).expect("it always takes part"))
    }

    #[test]
    fn an_image_counts_by_its_size_and_how_many_nodes_have_it() {
        let cluster = cluster([
            with("a", &[("web:1", 800), ("db:1", 600)]),
            with("b", &[("db:1", 600)]),
            named("c"),
            named("d"),
        ]);
        // 800 / 4 = 200: 100 * (200 - 23) / 977 = 18.1
        assert_eq!(scored(&cluster, &running(&["web:1"], 1)), [18, 0, 0, 0]);
        // 600 / 2 = 300: 100 * 277 / 977 = 28.4
        assert_eq!(scored(&cluster, &running(&["db:1"], 1)), [28, 28, 0, 0]);
        // of two containers: 100 * (500 - 23) / 1977 = 24.1; 100 * 277 / 1977 = 14.01
        assert_eq!(scored(&cluster, &running(&["web:1", "db:1"], 2)), [24, 14, 0, 0]);
    }

    #[test]
    fn what_is_small_is_nothing_and_what_is_large_is_not_more() {
        let cluster = cluster([with("a", &[("small:1", 23), ("large:1", 4000)])]);
        assert_eq!(scored(&cluster, &running(&["small:1"], 1)), [0]);
        assert_eq!(scored(&cluster, &running(&["large:1"], 1)), [100]);
    }

    #[test]
    fn an_image_volume_counts_but_raises_no_limit() {
        let cluster = cluster([with("a", &[("web:1", 500), ("model:1", 500)])]);
        // 1000 of 1000 MiB for the one container
        assert_eq!(scored(&cluster, &running(&["web:1", "model:1"], 1)), [100]);
    }

    #[test]
    fn the_size_is_what_the_first_node_said() {
        let cluster = cluster([with("a", &[("web:1", 512)]), with("b", &[("web:1", 900)])]);
        // 100 * 489 / 977 = 50.05
        assert_eq!(scored(&cluster, &running(&["web:1"], 1)), [50, 50]);
    }

    #[test]
    fn a_changed_node_says_the_size_anew_where_no_other_has_the_image() {
        let mut cluster = cluster([with("a", &[("web:1", 512)]), named("b")]);
        let size = |cluster: &Cluster| cluster.images().find("web:1").map(|(size, _)| size / MIB);
        cluster.update_node(NodeId(0), with("a", &[("web:1", 600)]));
        assert_eq!(size(&cluster), Some(600));
        cluster.update_node(NodeId(1), with("b", &[("web:1", 900)]));
        cluster.update_node(NodeId(0), with("a", &[("web:1", 700)]));
        assert_eq!(size(&cluster), Some(600));
        // 600 on both: 100 * 577 / 977 = 59.1
        assert_eq!(scored(&cluster, &running(&["web:1"], 1)), [59, 59]);
    }

    #[test]
    fn a_node_is_seen_as_it_was_when_something_last_happened_on_it() {
        let mut cluster = cluster([with("a", &[("web:1", 800)]), named("b")]);
        let web = running(&["web:1"], 1);
        cluster.snapshot();
        // 800 / 2 = 400: 100 * 377 / 977 = 38.6
        assert_eq!(scored(&cluster, &web), [38, 0]);
        cluster.add_node(with("c", &[("web:1", 800)]));
        cluster.snapshot();
        // a is still thought to be alone among now three: 800 / 3 = 266.7: 24.9;
        // c is new: 800 * 2 / 3 = 533.3: 52.2
        assert_eq!(scored(&cluster, &web), [24, 0, 52]);
        let pod = place(&mut cluster, &requesting(0, 0), 0);
        assert_eq!(scored(&cluster, &web), [24, 0, 52], "the next attempt sees it");
        cluster.snapshot();
        assert_eq!(scored(&cluster, &web), [52, 0, 52]);
        // what happened before the change of another node and after the last attempt is seen late
        cluster.remove_pod(pod);
        cluster.remove_node(NodeId(2));
        cluster.snapshot();
        assert_eq!(scored(&cluster, &web), [38, 0]);
    }

    #[test]
    fn results_that_are_kept_follow_what_is_seen() {
        let mut cluster = cluster([with("a", &[("web:1", 800)]), named("b")]);
        cluster.snapshot();
        cluster.add_node(with("c", &[("web:1", 800)]));
        cluster.snapshot();
        let web = running(&["web:1"], 1);
        let mut kept = score(&cluster, &web).expect("it always takes part");
        place(&mut cluster, &requesting(0, 0), 0);
        cluster.snapshot();
        let shape = cluster.intern(requesting(0, 0));
        kept.changed(&cluster, Change { node: NodeId(0), shape, delta: Delta::ADDED });
        assert_eq!((kept.scope(), scores(&cluster, &*kept)), (Scope::Pods, vec![52, 0, 52]));
    }

    #[test]
    fn an_unknown_image_is_nowhere() {
        let cluster = cluster([named("a")]);
        assert_eq!(scored(&cluster, &running(&["web:1"], 1)), [0]);
    }
}
