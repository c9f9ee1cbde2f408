//! Instances of Amazon EC2.

use super::super::{Measure, Section};
use super::Summaries;
use super::nodes::{part, whole};
use crate::metrics::figures::Better;
use crate::metrics::summary::{ClusterSummary, Ec2Summary, InstanceHours};

/// Instances of Auto Scaling groups, where any cluster has some. What never happened has no row.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let (less, neither) = (Better::Less, Better::Neither);
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&Ec2Summary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.ec2.as_ref().map(get))
    };
    let happened = |label, get: fn(&Ec2Summary) -> u64| {
        let known = super::any(all, |s| s.ec2.as_ref().map_or(0.0, |it| get(it) as f64));
        Measure::numeric(label, all, less, whole, |s| {
            s.ec2.as_ref().filter(|_| known).map(|it| get(it) as f64)
        })
    };
    let rows = [
        number_of("in service, mean", less, part, |it| it.in_service),
        number_of("in service, most", less, whole, |it| it.in_service_max.into()),
        number_of("launched", neither, whole, |it| it.launched as f64),
        happened("launches refused: no capacity", |it| it.launches_without_capacity),
        happened("launches refused: no address", |it| it.launches_without_address),
        happened("Spot: advised to be replaced", |it| it.rebalance_recommendations),
        happened("Spot: given notice", |it| it.interruption_notices),
        happened("Spot: taken back", |it| it.interruptions),
    ];
    Section::of("Instances of EC2", rows.into_iter().chain(hours(all)))
}

/// Hours of each type and market that any cluster has.
fn hours(all: Summaries) -> Vec<Option<Measure>> {
    let mut kinds: Vec<(&str, &str)> = Vec::new();
    for it in all.iter().flat_map(|summary| hours_of(summary)) {
        let kind = (it.instance_type.as_str(), it.market());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let row = |&(name, market): &(&str, &str)| {
        let label = format!("hours of {name}, {market}");
        Measure::numeric(&label, all, Better::Neither, part, |summary| {
            let is = |it: &&InstanceHours| it.instance_type == name && it.market() == market;
            hours_of(summary).iter().find(is).map(|it| it.hours)
        })
    };
    kinds.iter().map(row).collect()
}

fn hours_of(summary: &ClusterSummary) -> &[InstanceHours] {
    summary.ec2.as_ref().map_or(&[], |it| &it.hours)
}
