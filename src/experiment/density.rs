//! Density: the largest number of replicas on one host for which the objective holds.
//!
//! Found by simulation, not by a formula on requests: a probe puts `n` replicas on a single host,
//! gives them `n` times the traffic that one replica has in the scenario, and looks whether all
//! found room and the objective was met. On the premise that a host which carries `n` replicas
//! carries fewer, the search goes up until a probe fails, each time to where the host's CPU would
//! be nearly full at the use it has shown, and then bisects.

use crate::metrics::Recording;
use crate::metrics::events::{Event, Reason};
use crate::metrics::summary::{DensityProbe, DensitySummary};
use crate::scenario::{App, Cluster, DensitySearch, Scenario};
use crate::world::InputError;
use crate::world::{OneHost, World, one_host};

/// What limits replicas on Fargate.
const ALONE: &str = "a pod on Fargate has a machine of its own";
/// Why there is no answer with Karpenter.
const UNBOUNDED: &str = "Karpenter launches as many nodes as pods need: there is no one host";

/// What a search found, and what it cost.
#[derive(Clone, Debug)]
pub struct Found {
    /// The answer.
    pub summary: DensitySummary,
    /// Events fired in all probes.
    pub events: u64,
    /// Requests simulated in all probes.
    pub requests: u64,
}

/// The outcome of one probe.
struct Probe {
    result: DensityProbe,
    /// What stands in the way, if anything does.
    obstacle: Option<String>,
}

/// Searches for the density of a cluster. `tell` hears the share of the search that is done, at a
/// guess, and the number being probed.
///
/// # Errors
/// When a file that the scenario names cannot be used.
///
/// # Panics
/// When the scenario has no app.
pub fn search(
    scenario: &Scenario,
    cluster: &Cluster,
    search: &DensitySearch,
    seed: u64,
    tell: &dyn Fn(f64, u32),
) -> Result<Found, InputError> {
    let app = packed_app(scenario, search);
    let mut found = Found { summary: summary(app), events: 0, requests: 0 };
    let (one, limit) = match one_host(cluster, app) {
        OneHost::Of(one) => (one, None),
        OneHost::Alone => (Box::new(cluster.clone()), Some(ALONE)),
        OneHost::Unbounded => {
            found.summary.limited_by = UNBOUNDED.to_owned();
            return Ok(found);
        }
    };
    let maximum = if limit.is_some() { 1 } else { search.maximum };
    let (mut carries, mut fails, mut obstacle) = (0, maximum + 1, None);
    let mut next = app.replicas.div_ceil(cluster.host_count().max(1)).clamp(1, maximum);
    while carries + 1 < fails {
        tell(share(carries, fails), next);
        let probe = probe(scenario, &one, search, app, next, seed, &mut found)?;
        match &probe.obstacle {
            None => carries = next,
            Some(_) => {
                fails = next;
                obstacle = probe.obstacle;
            }
        }
        next = if fails > maximum {
            nearly_full(&probe.result).clamp(carries + 1, maximum.max(carries + 1))
        } else {
            carries.midpoint(fails)
        };
        found.summary.probes.push(probe.result);
    }
    found.summary.replicas_per_host = carries;
    found.summary.limited_by = obstacle.or(limit.map(str::to_owned)).unwrap_or_else(|| {
        // nothing stood in the way
        format!("the search's maximum of {maximum}")
    });
    found.summary.hosts_needed = app
        .replicas
        .checked_div(carries)
        .map(|whole| whole + u32::from(!app.replicas.is_multiple_of(carries)));
    Ok(found)
}

/// The app whose density is asked for.
fn packed_app<'a>(scenario: &'a Scenario, search: &DensitySearch) -> &'a App {
    let named = search.app.as_ref();
    let named = named.and_then(|name| scenario.apps.iter().find(|app| app.name == *name));
    let objective = || scenario.apps.iter().find(|app| app.slo.is_some());
    named.or_else(objective).unwrap_or_else(|| {
        scenario.apps.first().expect("a density is asked for only where there are apps")
    })
}

fn summary(app: &App) -> DensitySummary {
    DensitySummary {
        app: app.name.clone(),
        replicas_per_host: 0,
        limited_by: String::new(),
        hosts_needed: None,
        probes: Vec::new(),
    }
}

/// Replicas at which the CPU of the host would be nearly full, if use grows in proportion.
fn nearly_full(probe: &DensityProbe) -> u32 {
    const NEARLY: f64 = 0.97;
    (f64::from(probe.replicas) * NEARLY / probe.cpu_utilisation.max(0.01)) as u32
}

/// A guess at how much of the search is done.
fn share(carries: u32, fails: u32) -> f64 {
    if carries == 0 { 0.0 } else { 1.0 - (f64::from(fails - carries) / f64::from(fails)).min(1.0) }
}

fn probe(
    scenario: &Scenario,
    cluster: &Cluster,
    search: &DensitySearch,
    app: &App,
    replicas: u32,
    seed: u64,
    found: &mut Found,
) -> Result<Probe, InputError> {
    let scenario = packed(scenario, search, app, replicas);
    let mut worst: Option<Probe> = None;
    for replication in 0..u64::from(search.replications.max(1)) {
        let world = World::new(&scenario, cluster, seed + replication)?.only_if_ready();
        let recording = world.run(&mut |_| {})?;
        found.events += recording.events;
        found.requests += recording.requests;
        let probe = judge(&recording, app, replicas);
        let failed = probe.obstacle.is_some();
        if worst.is_none() || failed {
            worst = Some(probe);
        }
        if failed {
            break;
        }
    }
    Ok(worst.expect("there is at least one replication"))
}

/// The scenario with so many replicas of the app, and everything else in proportion.
fn packed(scenario: &Scenario, search: &DensitySearch, app: &App, replicas: u32) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.faults.clear();
    let factor = f64::from(replicas) / f64::from(app.replicas);
    for other in &mut scenario.apps {
        // the number of replicas is what is asked for
        other.autoscale = None;
        if let Some(traffic) = &mut other.traffic {
            traffic.scale *= factor;
        }
        other.replicas = if other.name == app.name {
            replicas
        } else {
            (f64::from(other.replicas) * factor).ceil() as u32
        };
    }
    if let Some(duration) = search.duration {
        scenario.simulation.duration = duration;
    }
    scenario
}

/// What the scheduler of Kubernetes said last of a pod that found no node until the end.
fn without_node(recording: &Recording) -> Option<String> {
    let log = &recording.log;
    let failed = |event: &&Event| event.reason == Reason::FailedScheduling;
    let last = log.events.iter().rposition(|event| failed(&event))?;
    let Event { object, text, .. } = log.events[last];
    let placed = |event: &Event| event.reason == Reason::Scheduled && event.object == object;
    let said = text.filter(|_| !log.events[last..].iter().any(placed))?;
    // what follows is about pods that could be evicted
    log.text(said).split(". ").next().map(str::to_owned)
}

fn judge(recording: &Recording, app: &App, replicas: u32) -> Probe {
    let summary = recording.summary.apps.iter().find(|summary| summary.name == app.name);
    let summary = summary.expect("every app has a summary");
    // all of them were ready all the time, but for the rounding of the mean
    let placed = summary.replicas_ready > f64::from(replicas) - 1e-6;
    let missed = summary.objectives.iter().find(|objective| !objective.met);
    let obstacle = if !placed {
        let why = without_node(recording).or(recording.summary.warnings.first().cloned());
        Some(why.unwrap_or_else(|| "not all replicas were ready when measuring began".to_owned()))
    } else {
        missed.map(|objective| format!("the {} objective", objective.metric))
    };
    let result = DensityProbe {
        replicas,
        placed,
        p99: summary.latency.p99,
        cpu_utilisation: recording.summary.hosts.cpu_utilisation,
        met: obstacle.is_none(),
    };
    Probe { result, obstacle }
}
