//! A comparison for programs: `comparison.json`, `comparison.csv` and `runs.csv`, and the folder
//! with all of them and `report.html`.
//!
//! Numbers are in base units, changes relative to the baseline are shares of it (0.05 is 5 %). An
//! end of an interval that is not known is `null` in JSON and empty in CSV.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Arm, Comparison, Difference, Gate, charts, page, sentence};
use crate::report::csv_text::{csv_text, plain};
use crate::report::directory::{FileNames, write_charts};
use crate::report::folder::{Folder, ReportError};
use crate::statistics::paired::Interval;

/// Version of the layout of `comparison.json`; it grows when a field changes its meaning or goes
/// away.
const SCHEMA_VERSION: u32 = 1;

/// Writes all files of a comparison into `results/<name>/compare-<digest>/`, where `results` is
/// the folder of all results. Returns the folder.
///
/// # Errors
/// When a folder or file cannot be written; files written until then stay.
pub fn write(results: &Path, comparison: &Comparison) -> Result<PathBuf, ReportError> {
    let (table, runs) = (csv(comparison), runs_csv(comparison));
    let path = results
        .join(FileNames::default().name(&comparison.name))
        .join(format!("compare-{}", digest(&table, &runs)));
    let folder = Folder::create(path.clone())?;
    folder.file("comparison.json", json(comparison))?;
    folder.file("comparison.csv", table)?;
    folder.file("runs.csv", runs)?;
    let charts = charts::charts(comparison);
    write_charts(&folder.folder("charts")?, &charts)?;
    folder.file("report.html", page::page(comparison, &charts))?;
    Ok(path)
}

/// What was compared, and what came of it, in eight hexadecimal digits.
fn digest(table: &str, runs: &str) -> String {
    let digest = Sha256::new().chain_update(table).chain_update(runs).finalize();
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The comparison as indented JSON, with a newline at the end.
pub fn json(comparison: &Comparison) -> String {
    let whole = json!({
        "schema_version": SCHEMA_VERSION,
        "plimsoll": crate::report::VERSION,
        "name": comparison.name,
        "baseline": comparison.baseline,
        "confidence": comparison.confidence,
        "verdicts": sentence::sentences(comparison),
        "arms": comparison.arms.iter().map(arm_json).collect::<Vec<_>>(),
        "conditions": comparison.gates.iter().map(gate_json).collect::<Vec<_>>(),
        "notes": comparison.notes,
    });
    format!("{whole:#}\n")
}

fn arm_json(arm: &Arm) -> Value {
    json!({
        "name": arm.name,
        "pairs": arm.pairs,
        "figures": arm.differences.iter().map(difference_json).collect::<Vec<_>>(),
    })
}

fn difference_json(difference: &Difference) -> Value {
    let Difference { heading, paired, adjusted_p, verdict } = difference;
    json!({
        "cluster": heading.cluster,
        "app": heading.app,
        "metric": heading.metric,
        "unit": heading.unit,
        "better": heading.better,
        "pairs": paired.pairs,
        "baseline": interval_json(&paired.baseline),
        "variant": interval_json(&paired.variant),
        "absolute_change": interval_json(&paired.absolute),
        "relative_change": paired.relative.as_ref().map(interval_json),
        "p_value": paired.p_value,
        "p_value_holm": adjusted_p,
        "verdict": verdict.token(),
    })
}

fn gate_json(gate: &Gate) -> Value {
    json!({
        "condition": gate.condition,
        "arm": gate.arm,
        "figure": gate.heading.name().trim_start_matches('.'),
        "kind": gate.kind,
        "threshold": gate.threshold,
        "measured": gate.measured.as_ref().map(interval_json),
        "outcome": gate.outcome,
        "advice": gate.advice,
    })
}

/// serde_json writes what is not finite as null.
fn interval_json(interval: &Interval) -> Value {
    let entries = [("estimate", interval.estimate), ("low", interval.low), ("high", interval.high)];
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), json!(value)));
    Value::Object(entries.collect::<Map<_, _>>())
}

const COLUMNS: [&str; 21] = [
    "arm",
    "baseline_arm",
    "cluster",
    "app",
    "metric",
    "unit",
    "pairs",
    "baseline_mean",
    "baseline_low",
    "baseline_high",
    "mean",
    "low",
    "high",
    "change",
    "change_low",
    "change_high",
    "relative_change",
    "relative_low",
    "relative_high",
    "p_value_holm",
    "verdict",
];

/// One figure of one arm a line.
pub fn csv(comparison: &Comparison) -> String {
    let header = COLUMNS.map(str::to_owned).to_vec();
    let lines = comparison.arms.iter().flat_map(|arm| {
        let line = |difference| record(comparison, arm, difference);
        arm.differences.iter().map(line)
    });
    csv_text(std::iter::once(header).chain(lines))
}

fn record(comparison: &Comparison, arm: &Arm, difference: &Difference) -> Vec<String> {
    let Difference { heading, paired, adjusted_p, verdict } = difference;
    let mut record = vec![
        arm.name.clone(),
        comparison.baseline.clone(),
        heading.cluster.clone(),
        heading.app.clone(),
        heading.metric.clone(),
        heading.unit.name().to_owned(),
        paired.pairs.to_string(),
    ];
    let unknown = Interval { estimate: f64::NAN, low: f64::NAN, high: f64::NAN };
    let relative = paired.relative.unwrap_or(unknown);
    for Interval { estimate, low, high } in
        [paired.baseline, paired.variant, paired.absolute, relative]
    {
        record.extend([estimate, low, high].map(plain));
    }
    record.push(adjusted_p.map(plain).unwrap_or_default());
    record.push(verdict.token().to_owned());
    record
}

/// `runs.csv`: one run a line, with all its figures.
pub fn runs_csv(comparison: &Comparison) -> String {
    let runs = &comparison.runs;
    let first = ["arm", "seed"].map(str::to_owned);
    let header = first.into_iter().chain(runs.parameters.clone()).chain(runs.figures.clone());
    let lines = runs.rows.iter().map(|run| {
        let values = run.values.iter().map(|value| value.map(plain).unwrap_or_default());
        let first = [run.arm.clone(), run.seed.to_string()];
        first.into_iter().chain(run.parameters.iter().cloned()).chain(values).collect()
    });
    csv_text(std::iter::once(header.collect()).chain(lines))
}
