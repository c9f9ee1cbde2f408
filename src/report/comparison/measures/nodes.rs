//! Nodes and pods of Kubernetes clusters.

use super::super::{Measure, Section};
use super::Summaries;
use crate::metrics::figures::Better;
use crate::metrics::summary::{
    ClusterSummary, FargateSummary, KarpenterSummary, NodeScalingSummary, NodesSummary,
};
use crate::report::quantity::{bytes, count, duration, money};

/// Nodes and pods, where any cluster is one of Kubernetes.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let (less, neither) = (Better::Less, Better::Neither);
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&NodesSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.nodes.as_ref().map(get))
    };
    let decided = |label, better, get: fn(&NodeScalingSummary) -> u64| {
        Measure::numeric(label, all, better, whole, |s| {
            Some(get(&s.nodes.as_ref()?.autoscaler?) as f64)
        })
    };
    let karpenter = |label, get: fn(&KarpenterSummary) -> u64| {
        let of = |s: &ClusterSummary| s.nodes.and_then(|nodes| nodes.karpenter);
        let known = super::any(all, |s| of(s).map_or(0.0, |it| get(&it) as f64));
        Measure::numeric(label, all, neither, whole, |s| {
            of(s).filter(|_| known).map(|it| get(&it) as f64)
        })
    };
    let waited = |label, get: fn(&NodesSummary) -> f64| {
        let any = super::any(all, |s| s.nodes.map_or(0.0, |it| it.waits.max));
        Measure::numeric(label, all, less, duration, |s| s.nodes.as_ref().filter(|_| any).map(get))
    };
    let fargate = |label, better, show: fn(f64) -> String, get: fn(&FargateSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.nodes?.fargate.as_ref().map(get))
    };
    Section::of(
        "Nodes and pods",
        [
            number_of("nodes ready, mean", neither, part, |n| n.ready),
            number_of("nodes ready, most", less, whole, |n| n.ready_max.into()),
            number_of("node-hours", less, part, |n| n.node_hours),
            Measure::numeric("cost of nodes", all, less, money, |s| {
                s.nodes.map(|nodes| nodes.cost).filter(|_| super::any(all, of_nodes))
            }),
            number_of("pods running, mean", neither, part, |n| n.pods_running),
            number_of("pods pending, mean", less, part, |n| n.pods_pending),
            waited("wait for a node, mean", |n| n.waits.mean),
            waited("wait for a node, p99", |n| n.waits.p99),
            karpenter("Karpenter: nodes launched", |it| it.launched),
            karpenter("Karpenter: nodes not to be had", |it| it.failed),
            karpenter("Karpenter: empty nodes removed", |it| it.empty),
            karpenter("Karpenter: nodes consolidated", |it| it.underutilized),
            karpenter("Karpenter: drifted nodes replaced", |it| it.drifted),
            karpenter("Karpenter: nodes too old", |it| it.expired),
            karpenter("Karpenter: nodes interrupted", |it| it.interrupted),
            fargate("pods on Fargate, mean", neither, part, |f| f.pods),
            fargate("pods on Fargate, vCPUs asked for", neither, part, |f| f.vcpus_asked),
            fargate("pods on Fargate, vCPUs paid for", less, part, |f| f.vcpus),
            fargate("pods on Fargate, memory asked for", neither, bytes, |f| f.memory_asked),
            fargate("pods on Fargate, memory paid for", less, bytes, |f| f.memory),
            decided("nodes added", neither, |n| n.added),
            decided("nodes removed", neither, |n| n.removed),
            decided("nodes given up", less, |n| n.given_up),
            decided("nodes that could not be emptied", less, |n| n.removals_failed),
        ],
    )
}

fn of_nodes(summary: &ClusterSummary) -> f64 {
    summary.nodes.map_or(0.0, |nodes| nodes.cost)
}

pub(super) fn whole(value: f64) -> String {
    count(value as u64)
}

/// Whole only where it is: 2.98 of something must not read 3.
pub(super) fn part(value: f64) -> String {
    if value.fract() == 0.0 { whole(value) } else { format!("{value:.2}") }
}
