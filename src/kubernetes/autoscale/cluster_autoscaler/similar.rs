//! Groups that are alike, and nodes shared out among them.
//!
//! Follows processors/nodegroupset/compare_nodegroups.go and balancing_processor.go.

use super::group::{GroupId, NodeGroup, Template};
use super::scale_up::Resize;
use super::settings::Settings;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::labels::Labels;
use crate::kubernetes::scheduler::resources::{ResourceKind, Resources};

/// Labels in which the nodes of similar groups may differ.
const OWN: [&str; 10] = [
    "kubernetes.io/hostname",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "beta.kubernetes.io/fluentd-ds-ready",
    "kops.k8s.io/instancegroup",
    "topology.ebs.csi.aws.com/zone",
    "topology.gke.io/zone",
    "topology.disk.csi.azure.com/zone",
];

/// Whether nodes of two templates are so much alike that it does not matter of which one gets one.
pub(super) fn are_similar(
    cluster: &Cluster,
    settings: &Settings,
    one: &Template,
    other: &Template,
) -> bool {
    let near = |share: f64| move |one: i64, other: i64| is_near(one, other, share);
    let memory = ResourceKind::Memory;
    let capacity = same_names(&one.capacity, &other.capacity)
        && one.capacity.iter().all(|(kind, has)| {
            let others = other.capacity.get(kind);
            let near = near(settings.memory_difference);
            if kind == memory { near(has, others) } else { has == others }
        });
    let (of_one, of_other) = (&one.node.allocatable, &other.node.allocatable);
    let allocatable = same_names(of_one, of_other)
        && near(settings.allocatable_difference)(one.node.allowed_pods, other.node.allowed_pods)
        && all(of_one, of_other, near(settings.allocatable_difference));
    let (taken_one, taken_other) = (requested(cluster, one), requested(cluster, other));
    let free = same_names(&taken_one, &taken_other)
        && taken_one.iter().all(|(kind, taken)| {
            let left = of_one.get(kind) - taken;
            let others = of_other.get(kind) - taken_other.get(kind);
            is_near(left, others, settings.free_difference)
        });
    let labels = same_labels(&one.node.labels, &other.node.labels, settings);
    capacity && allocatable && free && labels
}

/// What the pods request that come with a node.
fn requested(cluster: &Cluster, template: &Template) -> Resources {
    let mut sum = Resources::default();
    for &pod in &template.pods {
        sum.add(&cluster.shape(pod).requests, 1);
    }
    sum
}

fn same_names(one: &Resources, other: &Resources) -> bool {
    let names = |of: &Resources| of.extended().iter().map(|(id, _)| *id).collect::<Vec<_>>();
    names(one) == names(other)
}

fn all(one: &Resources, other: &Resources, near: impl Fn(i64, i64) -> bool) -> bool {
    one.iter().all(|(kind, amount)| near(amount, other.get(kind)))
}

/// Whether the smaller is at most a share of the larger below it.
fn is_near(one: i64, other: i64, share: f64) -> bool {
    let (larger, smaller) = (one.max(other) as f64, one.min(other) as f64);
    larger - smaller <= larger * share
}

fn same_labels(one: &Labels, other: &Labels, settings: &Settings) -> bool {
    let matters = |(key, _): &(&str, &str)| {
        !OWN.contains(key) && settings.ignored_labels.iter().all(|ignored| **ignored != **key)
    };
    one.iter().filter(matters).eq(other.iter().filter(matters))
}

/// Shares nodes out among groups, of which the first is the one that was chosen: one by one to the
/// smallest, as long as it may grow. If there is not room for all, there are fewer.
pub(super) fn share_out(groups: &[NodeGroup], among: &[GroupId], nodes: u32) -> Vec<Resize> {
    let size = |&group: &GroupId| {
        let NodeGroup { target, max, .. } = groups[group.index()];
        (target != max).then_some((Resize { group, from: target, to: target }, max))
    };
    let mut sizes: Vec<(Resize, u32)> = among.iter().filter_map(size).collect();
    sizes.sort_by_key(|(resize, _)| resize.from);
    let room: u32 = sizes.iter().map(|(resize, max)| max.saturating_sub(resize.from)).sum();
    let mut left = nodes.min(room);
    let (mut start, mut current) = (0, 0);
    while left > 0 {
        let (resize, max) = &mut sizes[current];
        let grown = if resize.to < *max {
            resize.to += 1;
            left -= 1;
            resize.to
        } else {
            let full = resize.to;
            sizes.swap(start, current);
            start += 1;
            full
        };
        // all before the current one have its size; if the next is smaller, it is its turn
        let next = sizes.get(current + 1).is_some_and(|(next, _)| grown > next.to);
        current = if next { current + 1 } else { start };
    }
    let grown = sizes.into_iter().map(|(resize, _)| resize);
    grown.filter(|resize| resize.to != resize.from).collect()
}
