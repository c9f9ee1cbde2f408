//! Tasks and instances of clusters of Amazon ECS.

use super::super::{Cell, Measure, Section};
use super::Summaries;
use super::nodes::{part, whole};
use crate::metrics::figures::Better;
use crate::metrics::summary::{ClusterSummary, ProviderSummary, TasksSummary};
use crate::report::quantity::percent;

/// Tasks and instances, where any cluster is one of ECS. What never happened has no row.
pub(super) fn section(all: Summaries) -> Option<Section> {
    let (less, neither) = (Better::Less, Better::Neither);
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&TasksSummary) -> f64| {
        Measure::numeric(label, all, better, show, |s| s.tasks.as_ref().map(get))
    };
    let counted = |label, better, get: fn(&TasksSummary) -> u64| {
        let known = super::any(all, |s| s.tasks.as_ref().map_or(0.0, |t| get(t) as f64));
        Measure::numeric(label, all, better, whole, |s| {
            s.tasks.as_ref().filter(|_| known).map(|t| get(t) as f64)
        })
    };
    let on_instances = super::any(all, instances);
    let of_instances = |label, show: fn(f64) -> String, get: fn(&TasksSummary) -> f64| {
        Measure::numeric(label, all, less, show, |s| {
            s.tasks.as_ref().filter(|_| on_instances).map(get)
        })
    };
    let rows = [
        number_of("tasks wanted by services, mean", neither, part, |t| t.desired),
        number_of("tasks running, mean", neither, part, |t| t.running),
        number_of("tasks running, most", neither, whole, |t| t.running_max.into()),
        number_of("tasks waiting for capacity, mean", less, part, |t| t.provisioning),
        number_of("tasks waiting for capacity, most", less, whole, |t| t.provisioning_max.into()),
        number_of("tasks starting, mean", less, part, |t| t.pending),
        of_instances("instances, mean", part, |t| t.instances),
        of_instances("instances, most", whole, |t| t.instances_max.into()),
        of_instances("instance-hours", part, |t| t.instance_hours),
        number_of("tasks created", neither, whole, |t| t.account.created as f64),
        counted("stopped by their service", neither, |t| t.account.stopped_by_service),
        counted("stopped by a user", neither, |t| t.account.stopped_by_user),
        counted("ended by themselves", neither, |t| t.account.essential_exited),
        counted("failed to start", less, |t| t.account.failed_to_start),
        counted("interrupted by Spot", less, |t| t.account.spot_interrupted),
        counted("lost with their instance", less, |t| t.account.instance_gone),
        counted("not placed by `run-task`", less, |t| t.account.not_placed),
        counted("no place found by a service", less, TasksSummary::placement_failures),
        Measure::words("most often because", all, |s| {
            let most = s.tasks.as_ref()?.unplaced.first()?;
            Some(Cell::plain(most.reason.clone()))
        }),
        counted("deployments completed", neither, |t| t.deployments.completed),
        counted("deployments that failed", less, |t| t.deployments.failed),
        counted("rolled back by the circuit breaker", less, |t| {
            t.deployments.rolled_back_by_breaker
        }),
        counted("rolled back for an alarm", less, |t| t.deployments.rolled_back_by_alarm),
    ];
    Section::of("Tasks and instances", rows.into_iter().chain(reservations(all)))
}

fn instances(summary: &ClusterSummary) -> f64 {
    summary.tasks.as_ref().map_or(0.0, |tasks| tasks.instances_max.into())
}

/// How much of each capacity provider was reserved.
fn reservations(all: Summaries) -> Vec<Option<Measure>> {
    let mut names: Vec<&str> = Vec::new();
    for provider in all.iter().flat_map(|summary| providers(summary)) {
        if !names.contains(&provider.name.as_str()) {
            names.push(&provider.name);
        }
    }
    let row = |name: &&str| {
        let label = format!("capacity of {name} reserved, mean");
        Measure::numeric(&label, all, Better::Neither, percent, |summary| {
            providers(summary).iter().find(|it| it.name == *name)?.reservation
        })
    };
    names.iter().map(row).collect()
}

fn providers(summary: &ClusterSummary) -> &[ProviderSummary] {
    summary.tasks.as_ref().map_or(&[], |tasks| &tasks.providers)
}
