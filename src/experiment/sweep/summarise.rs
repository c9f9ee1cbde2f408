//! The report of a sweep: charts and a page of what was gathered.

use super::{Outline, Results, Selection};
use crate::report::ReportError;
use crate::report::folder::Folder;
use crate::report::sweep::{self, Account, Best, Target};
use crate::scenario::Scenario;

/// Writes charts and `report.html` into `folder`.
///
/// # Errors
/// Where a file cannot be written.
pub fn summarise(
    outline: &Outline,
    selection: &Selection,
    results: &Results,
    folder: &Folder,
) -> Result<(), ReportError> {
    let best = results.contest.leader().map(|leader| Best {
        point: leader.point,
        heading: leader.heading,
        mean: leader.mean,
    });
    let account = Account {
        scenario: &outline.scenario,
        layout: &results.layout,
        aggregates: &results.aggregates,
        goal: results.contest.goal(),
        best: best.as_ref(),
        design: outline.design,
        replications: outline.replications,
        precision: outline.precision.as_ref(),
        confidence: outline.confidence,
        runs: selection.len(),
        missing: selection.missing.len(),
        targets: &targets(outline),
        resolved: &outline.resolved,
    };
    sweep::write(&account, folder)
}

/// The objectives for latencies that hold at all points.
fn targets(outline: &Outline) -> Vec<Target> {
    // an outline that someone has edited may have anything here; charts then have no limits
    let Ok(scenario) = toml::from_str::<Scenario>(&outline.resolved) else { return Vec::new() };
    let mut targets = Vec::new();
    for app in &scenario.apps {
        let path = format!("app.{}.slo", app.name);
        let is_varied = outline.parameters.iter().any(|parameter| parameter.starts_with(&path));
        let Some(slo) = app.slo.filter(|_| !is_varied) else { continue };
        for (part, duration) in
            [("p50", slo.p50), ("p95", slo.p95), ("p99", slo.p99), ("mean", slo.mean)]
        {
            targets.extend(duration.map(|duration| Target {
                app: app.name.clone(),
                metric: format!("latency_{part}"),
                seconds: duration.as_secs_f64(),
            }));
        }
    }
    targets
}
