//! One run of a scenario: all its clusters under the same random numbers.

use rayon::prelude::*;

use super::density;
use crate::laboratory::{self, ReplayError, Site};
use crate::metrics::summary::{ClusterSummary, CostItem, CostSummary, HostSummary};
use crate::metrics::{Recording, RunResult};
use crate::scenario::{Cluster, Fault, FaultKind, Replay, Scenario};
use crate::units::EnergyPrice;
use crate::world::InputError;
use crate::world::World;

/// Who is told how far a run is.
pub trait Progress: Sync {
    /// Of the work on a cluster, this share (0 to 1) is done; `doing` says what is going on.
    fn at(&self, cluster: usize, share: f64, doing: &str);
}

/// Nobody is told.
impl Progress for () {
    fn at(&self, _: usize, _: f64, _: &str) {}
}

/// What a run is to do.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Seed of all random streams.
    pub seed: u64,
    /// Whether to search for the density where the scenario asks for it.
    pub density: bool,
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file the scenario names cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The scenario cannot be written as TOML.
    #[error("the scenario cannot be written into the results: {0}")]
    Resolved(#[from] toml::ser::Error),
}

/// Runs all clusters of a scenario.
///
/// # Errors
/// When a file that the scenario names cannot be used.
pub fn run(
    scenario: &Scenario,
    options: RunOptions,
    folder: &std::path::Path,
    progress: &dyn Progress,
) -> Result<RunResult, RunError> {
    let resolved = scenario.to_toml(folder)?;
    let clusters: Vec<(usize, &Cluster)> = scenario.clusters.iter().enumerate().collect();
    let recordings: Result<Vec<Recording>, InputError> = clusters
        .into_par_iter()
        .map(|(index, cluster)| run_cluster(scenario, cluster, options, index, progress))
        .collect();
    Ok(RunResult {
        scenario: scenario.simulation.name.clone(),
        resolved,
        seed: options.seed,
        recordings: recordings?,
    })
}

fn run_cluster(
    scenario: &Scenario,
    cluster: &Cluster,
    options: RunOptions,
    index: usize,
    progress: &dyn Progress,
) -> Result<Recording, InputError> {
    if let Some(replay) = &cluster.replay {
        return replayed(scenario, cluster, replay, options.seed);
    }
    let search =
        scenario.density.as_ref().filter(|_| options.density && cluster_has_apps(scenario));
    let part = if search.is_some() { 0.5 } else { 1.0 };
    let duration = scenario.simulation.duration.as_secs_f64();
    let mut tell = |now: crate::engine::SimTime| {
        progress.at(index, part * now.as_secs_f64() / duration, "simulating");
    };
    let mut recording = World::new(scenario, cluster, options.seed)?.run(&mut tell)?;
    if let Some(search) = search {
        let found =
            density::search(scenario, cluster, search, options.seed, &|share, replicas| {
                let doing = format!("density: {replicas} replicas on one host");
                progress.at(index, part + (1.0 - part) * share, &doing);
            })?;
        recording.events += found.events;
        recording.requests += found.requests;
        recording.summary.density = Some(found.summary);
    }
    progress.at(index, 1.0, "done");
    Ok(recording)
}

/// A cluster that only places: its items come and go until nothing more happens.
fn replayed(
    scenario: &Scenario,
    cluster: &Cluster,
    replay: &Replay,
    seed: u64,
) -> Result<Recording, InputError> {
    let hosts = cluster.hosts.as_ref().map(|pool| {
        let shape = scenario.hosts.iter().find(|shape| shape.name == pool.shape);
        (shape.expect("shapes of hosts are checked"), pool.count)
    });
    let site = Site {
        cluster: &cluster.name,
        hosts,
        zones: cluster.zones.map_or(1, |zones| zones.count),
        faults: &scenario.faults,
        duration: scenario.simulation.duration,
        migration: cluster.migration,
    };
    let mut recording = placed(replay, &site, scenario.prices.electricity, seed)?;
    recording.summary.warnings.extend(late(scenario, &recording.summary, &site));
    Ok(recording)
}

/// What the reader must know where items were there for longer than faults struck.
fn late(scenario: &Scenario, summary: &ClusterSummary, site: &Site) -> Option<String> {
    let at_random = |fault: &Fault| matches!(fault.kind, FaultKind::Random { .. });
    let is_random = site.faults().any(|(_, fault)| at_random(fault));
    let duration = scenario.simulation.duration;
    (is_random && summary.simulated_seconds > duration.as_secs_f64()).then(|| {
        format!("hosts failed within the first {duration} alone, the `duration` of the simulation")
    })
}

/// What items of a table come to on hosts of another, or on those of a site.
///
/// # Errors
/// When a file cannot be used.
pub fn placed(
    replay: &Replay,
    site: &Site,
    electricity: EnergyPrice,
    seed: u64,
) -> Result<Recording, ReplayError> {
    let done = laboratory::replay(replay, site, seed)?;
    let energy_kwh = done.energy_kwh.unwrap_or(0.0);
    let bill = done.cost.with(CostItem::Electricity, energy_kwh * electricity.0);
    let hours = done.summary.makespan / 3600.0;
    let hosts = HostSummary {
        energy_kwh,
        cost_per_hour: if hours > 0.0 { bill.total() / hours } else { 0.0 },
        ..HostSummary::default()
    };
    let summary = ClusterSummary {
        cluster: site.cluster.to_owned(),
        platform: "placement".to_owned(),
        seed,
        simulated_seconds: done.summary.makespan,
        measured_seconds: done.summary.makespan,
        placement: Some(done.summary),
        migrations: done.migrations,
        hosts,
        cost: CostSummary::new(bill, []),
        ..ClusterSummary::default()
    };
    Ok(Recording { series: done.series, events: done.events, ..Recording::of(summary) })
}

fn cluster_has_apps(scenario: &Scenario) -> bool {
    !scenario.apps.is_empty()
}
