//! Energy, and what clusters cost by what was paid for.

use super::super::{Measure, Section};
use super::placement::only_places;
use super::{Summaries, any};
use crate::metrics::figures::Better;
use crate::metrics::summary::{ClusterSummary, CostItem};
use crate::report::cost::label;
use crate::report::quantity::{energy, money, watts};

/// Energy and cost. What nobody pays for has no row.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let power = |s: &ClusterSummary| {
        let hours = s.measured_seconds / 3600.0;
        (hours > 0.0).then(|| s.hosts.energy_kwh * 1000.0 / hours)
    };
    let energy_known = any(all, |s| s.hosts.energy_kwh);
    let cost_known = any(all, cost_of_machines);
    let rows = [
        Measure::numeric("energy", all, Better::Less, energy, |s| {
            energy_known.then_some(s.hosts.energy_kwh)
        }),
        Measure::numeric("power, mean", all, Better::Less, watts, |s| {
            power(s).filter(|_| energy_known)
        }),
        Measure::numeric("cost per hour", all, Better::Less, money, |s| {
            (cost_known && !only_places(s)).then_some(s.hosts.cost_per_hour)
        }),
        // one that takes longer for the same items has cheaper hours
        Measure::numeric("cost of the whole run", all, Better::Less, money, |s| {
            (cost_known && only_places(s)).then_some(s.cost.total)
        }),
    ];
    Section::of("Energy and cost", rows.into_iter().chain(items(all)))
}

/// A row for each item, where there is more than the machines that the whole is.
fn items(all: Summaries) -> Vec<Option<Measure>> {
    let paid = |item| any(all, |s| s.cost.by_item.of(item));
    let beside = CostItem::ALL.into_iter().any(|item| item != CostItem::Machines && paid(item));
    let row = |item| {
        let name = format!("{}, per hour", label(item));
        Measure::numeric(&name, all, Better::Less, money, |s| {
            (!only_places(s)).then(|| per_hour(s, item))
        })
    };
    let of_run = |item| {
        let name = format!("{}, of the whole run", label(item));
        Measure::numeric(&name, all, Better::Less, money, |s| {
            only_places(s).then(|| s.cost.by_item.of(item))
        })
    };
    let shown = CostItem::ALL.into_iter().filter(|&item| beside && paid(item));
    shown.flat_map(|item| [row(item), of_run(item)]).collect()
}

fn per_hour(summary: &ClusterSummary, item: CostItem) -> f64 {
    let hours = summary.measured_seconds / 3600.0;
    if hours > 0.0 { summary.cost.by_item.of(item) / hours } else { 0.0 }
}

/// What there is beside registries and network, whose cost alone is not that of a cluster.
fn cost_of_machines(summary: &ClusterSummary) -> f64 {
    let items = summary.cost.by_item.items().filter(|(item, _)| !item.is_beside_machines());
    items.map(|(_, dollars)| dollars).sum()
}
