//! NodeResourcesBalancedAllocation: a pod goes where it evens out how much of each resource is
//! used.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go. What
//! counts is the change: a node is as balanced as the standard deviation of the used shares of its
//! resources is low, and the score compares that with the pod and without it. Requests are counted
//! as they are; a pod without any takes no part.

use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::framework::{MAX_SCORE, Scope, Score};
use crate::kubernetes::scheduler::node::{Node, NodeId};
use crate::kubernetes::scheduler::resources::ResourceKind;
use crate::kubernetes::scheduler::shape::PodShape;

/// Arguments of NodeResourcesBalancedAllocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// The resources that are to be balanced.
    pub resources: Vec<ResourceKind>,
}

impl Default for Args {
    fn default() -> Self {
        Self { resources: vec![ResourceKind::Cpu, ResourceKind::Memory] }
    }
}

#[derive(Debug)]
struct BalancedAllocation {
    /// The resources, and what the pod adds.
    resources: Vec<(ResourceKind, i64)>,
}

/// An extended resource that the pod does not request does not count.
pub(super) fn score(args: &Args, shape: &PodShape) -> Option<Box<dyn Score>> {
    let all = args.resources.iter().map(|&kind| (kind, shape.requests.get(kind)));
    let counts = |&(kind, request): &(ResourceKind, i64)| {
        request != 0 || !matches!(kind, ResourceKind::Extended(_))
    };
    let resources: Vec<_> = all.filter(counts).collect();
    if resources.iter().all(|&(_, request)| request == 0) {
        return None;
    }
    Some(Box::new(BalancedAllocation { resources }))
}

impl BalancedAllocation {
    /// The used shares of a resource of a node, without the pod and with it; none where the node
    /// has nothing of it.
    #[inline]
    fn shares(node: &Node, (kind, request): (ResourceKind, i64)) -> Option<[f64; 2]> {
        let (capacity, used) = (node.spec.allocatable.get(kind), node.requested.get(kind));
        let share = |used: i64| (used as f64 / capacity as f64).min(1.0);
        (capacity != 0).then(|| [share(used), share(used + request)])
    }

    /// The same as [`deviations`](Self::deviations) of two resources.
    #[inline]
    fn deviations_of_two(
        node: &Node,
        one: (ResourceKind, i64),
        other: (ResourceKind, i64),
    ) -> [f64; 2] {
        let both = Self::shares(node, one).zip(Self::shares(node, other));
        both.map_or([0.0; 2], |(one, other)| {
            std::array::from_fn(|with| ((one[with] - other[with]) / 2.0).abs())
        })
    }

    /// How far the shares of all resources that a node has are apart, without the pod and with it.
    fn deviations(&self, node: &Node) -> [f64; 2] {
        let shares = self.resources.iter().filter_map(|&one| Self::shares(node, one));
        std::array::from_fn(|with| deviation(shares.clone().map(|share| share[with])))
    }
}

/// The standard deviation. Its terms are added up in the order of the resources, as there, so that
/// the last digit is the same; that of two is taken from their difference.
fn deviation(shares: impl Iterator<Item = f64> + Clone) -> f64 {
    let mut few = shares.clone();
    match (few.next(), few.next(), few.next()) {
        (Some(one), Some(other), None) => ((one - other) / 2.0).abs(),
        (_, _, None) => 0.0,
        _ => {
            let add = |(count, total), share| (count + 1.0, total + share);
            let (count, total) = shares.clone().fold((0.0, 0.0), add);
            let mean = total / count;
            let squares = shares.fold(0.0, |sum, share| sum + (share - mean) * (share - mean));
            (squares / count).sqrt()
        }
    }
}

/// 100 where all shares are equal, less the more they differ.
fn balance(deviation: f64) -> i64 {
    ((1.0 - deviation) * MAX_SCORE as f64) as i64
}

/// How much better it is with the pod than without it.
#[inline]
fn evened_out(deviations: [f64; 2]) -> i64 {
    let [without, with] = deviations.map(balance);
    MAX_SCORE / 2 + (MAX_SCORE / 2 + with - without) / 2
}

impl Score for BalancedAllocation {
    fn scope(&self) -> Scope {
        Scope::Pods
    }

    fn score(&self, _: &Cluster, node: &Node) -> i64 {
        evened_out(self.deviations(node))
    }

    fn add(&self, cluster: &Cluster, nodes: &[NodeId], weight: i64, sums: &mut [i64]) {
        let nodes = nodes.iter().map(|&node| cluster.node(node));
        let each = sums.iter_mut().zip(nodes);
        match self.resources[..] {
            // nearly always
            [(ResourceKind::Cpu, cpu), (ResourceKind::Memory, memory)] => {
                let (cpu, memory) = ((ResourceKind::Cpu, cpu), (ResourceKind::Memory, memory));
                each.for_each(|(sum, node)| {
                    *sum += weight * evened_out(Self::deviations_of_two(node, cpu, memory));
                });
            }
            _ => each.for_each(|(sum, node)| *sum += weight * self.score(cluster, node)),
        }
    }

    fn normalises(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cluster, place, requesting, scores, sized};
    use super::*;

    fn scored(cluster: &Cluster, args: &Args, shape: &PodShape) -> Vec<i64> {
        scores(cluster, &*score(args, shape).expect("something is requested"))
    }

    #[test]
    fn a_pod_that_changes_nothing_scores_75() {
        let cluster = cluster([sized("a", 1000, 1000)]);
        assert_eq!(scored(&cluster, &Args::default(), &requesting(300, 300)), [75]);
    }

    #[test]
    fn a_pod_is_sent_where_it_evens_out() {
        let mut cluster = cluster([sized("a", 1000, 1000), sized("b", 1000, 1000)]);
        place(&mut cluster, &requesting(500, 0), 0);
        // a: 0.5 and 0.5 apart by 0 after 0.25: 50 + (50 + 100 - 75) / 2 = 87
        // b: 0 and 0.5 apart by 0.25 after 0: 50 + (50 + 75 - 100) / 2 = 62
        assert_eq!(scored(&cluster, &Args::default(), &requesting(0, 500)), [87, 62]);
    }

    #[test]
    fn no_share_is_more_than_all() {
        let mut cluster = cluster([sized("a", 1000, 1000)]);
        place(&mut cluster, &requesting(3000, 0), 0);
        // 1 and 0 before: 50; 1 and 1 after: 100; 50 + (50 + 100 - 50) / 2 = 100
        assert_eq!(scored(&cluster, &Args::default(), &requesting(0, 1000)), [100]);
    }

    #[test]
    fn a_node_without_a_resource_is_balanced_over_the_others() {
        let cluster = cluster([sized("a", 1000, 0), sized("b", 0, 0)]);
        assert_eq!(scored(&cluster, &Args::default(), &requesting(500, 500)), [75, 75]);
    }

    #[test]
    fn three_resources_have_a_population_deviation() {
        let mut cluster = Cluster::new();
        let gpu = cluster.resource("nvidia.com/gpu");
        let mut node = sized("a", 1000, 1000);
        node.allocatable.set(gpu, 2);
        cluster.add_node(node);
        let resources = vec![ResourceKind::Cpu, ResourceKind::Memory, gpu];
        let args = Args { resources };
        let mut shape = requesting(0, 0);
        shape.requests.set(gpu, 1);
        // 0, 0, 1/2: mean 1/6, variance 1/18, deviation 0.2357: 76; 50 + (50 + 76 - 100) / 2 = 63
        assert_eq!(scored(&cluster, &args, &shape), [63]);
        // not requested, the third does not count: 0.3 and 0 differ by 0.15: 85
        assert_eq!(scored(&cluster, &args, &requesting(300, 0)), [67]);
    }

    #[test]
    fn a_pod_without_requests_takes_no_part() {
        assert!(score(&Args::default(), &requesting(0, 0)).is_none());
        let mut shape = requesting(0, 0);
        shape.requests.ephemeral_storage = 5;
        assert!(score(&Args::default(), &shape).is_none());
    }
}
