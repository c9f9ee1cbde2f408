//! The results directory of a run, written file by file.
//!
//! Each file appears whole or not at all (it is written beside its place and then renamed), and is
//! byte for byte the same whenever the run is: what differs between repetitions, wall-clock time,
//! goes to `timing.json` alone.

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::chart::{self, Chart};
use super::folder::{Folder, ReportError};
use super::{events, html, png, series_file, starts, summary_file};
use crate::metrics::{RunResult, Speed};

/// What is written beside the figures themselves.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// Whether charts and a page that shows them are.
    pub report: bool,
    /// How fast the run was, for `timing.json`; without it that file is not written.
    pub speed: Option<Speed>,
}

impl Default for WriteOptions {
    /// All but times.
    fn default() -> Self {
        Self { report: true, speed: None }
    }
}

/// Writes all results of a run into `dir`, which is created where it does not exist.
///
/// # Errors
/// When a folder or file cannot be written; files written until then stay.
pub fn write(dir: &Path, result: &RunResult, options: &WriteOptions) -> Result<(), ReportError> {
    let folder = Folder::create(dir.to_owned())?;
    folder.file("scenario.toml", &result.resolved)?;
    folder.file("summary.json", summary_file::json(result))?;
    folder.file(starts::file::NAME, starts::file::csv(result))?;
    events::write(&folder, result)?;
    write_tables(&folder, result)?;
    if options.report {
        let charts = chart::charts(result);
        write_charts(&folder.folder("charts")?, &charts)?;
        folder.file("report.html", html::page(result, &charts))?;
    }
    if let Some(speed) = options.speed {
        folder.file("timing.json", timing(&speed))?;
    }
    Ok(())
}

fn write_tables(folder: &Folder, result: &RunResult) -> Result<(), ReportError> {
    let series = folder.folder("series")?;
    let latency = folder.folder("latency")?;
    let mut names = FileNames::default();
    for recording in &result.recordings {
        let cluster = names.name(&recording.summary.cluster);
        series.file(&format!("{cluster}.csv"), series_file::series(&recording.series))?;
        let mut apps = FileNames::default();
        for (app, histogram) in &recording.latency {
            let name = format!("{cluster}.{}.csv", apps.name(app));
            latency.file(&name, series_file::distribution(histogram))?;
        }
    }
    Ok(())
}

/// Writes each chart as SVG and as PNG.
pub(super) fn write_charts(folder: &Folder, charts: &[Chart]) -> Result<(), ReportError> {
    charts.par_iter().try_for_each(|chart| {
        folder.file(&format!("{}.svg", chart.name), &chart.svg)?;
        let png = png::render(&chart.svg)
            .map_err(|reason| ReportError::Chart { name: chart.name.clone(), reason })?;
        folder.file(&format!("{}.png", chart.name), png)
    })
}

/// `timing.json`: the only figures that differ between repetitions of a run.
#[derive(Serialize)]
struct Timing {
    schema_version: u32,
    wall_seconds: f64,
    events: u64,
    requests: u64,
    events_per_second: f64,
    requests_per_second: f64,
}

fn timing(speed: &Speed) -> String {
    let timing = Timing {
        schema_version: summary_file::SCHEMA_VERSION,
        wall_seconds: speed.wall_seconds,
        events: speed.events,
        requests: speed.requests,
        events_per_second: speed.events as f64 / speed.wall_seconds,
        requests_per_second: speed.requests as f64 / speed.wall_seconds,
    };
    serde_json::to_string_pretty(&timing).expect("plain structs always serialise") + "\n"
}

/// Names for files after names from a scenario: only characters that every file system takes, and
/// no two alike, not even where case is ignored.
#[derive(Default)]
pub(super) struct FileNames {
    taken: Vec<String>,
}

impl FileNames {
    /// Longest part of a file name taken from a scenario.
    const LONGEST: usize = 60;

    pub(super) fn name(&mut self, wanted: &str) -> String {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }
        };
        let stem: String = wanted.chars().map(safe).take(Self::LONGEST).collect();
        let stem = if stem.is_empty() { "unnamed".into() } else { stem };
        let mut name = stem.clone();
        let mut number = 2;
        while self.taken.contains(&name.to_ascii_lowercase()) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        self.taken.push(name.to_ascii_lowercase());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe_and_never_alike() {
        let mut names = FileNames::default();
        assert_eq!(names.name("bare-metal"), "bare-metal");
        assert_eq!(names.name("../etc/passwd"), "---etc-passwd");
        assert_eq!(names.name("Bare-Metal"), "Bare-Metal-2");
        assert_eq!(names.name("bare metal"), "bare-metal-3");
        assert_eq!(names.name(""), "unnamed");
        assert_eq!(names.name(&"x".repeat(300)).len(), 60);
    }
}
