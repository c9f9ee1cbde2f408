//! `starts.csv`: the starts of a run one by one, as a table for programs, written and read.
//!
//! Times are in seconds: those of milestones since the begin of the run. What did not happen is
//! empty.

use serde::Deserialize;
use thiserror::Error;

use super::{AppStarts, ClusterStarts, Starts};
use crate::engine::{SimDuration, SimTime};
use crate::metrics::RunResult;
use crate::metrics::starts::{
    Cause, Fate, ImageFound, Phase, PullAccount, StartPlace, StartRecord,
};
use crate::metrics::summary::ClusterSummary;
use crate::report::csv_text::{csv_text, plain};
use crate::units::Bytes;

/// Name of the file in a folder of results.
pub const NAME: &str = "starts.csv";

const FIRST: [&str; 9] =
    ["cluster", "app", "replica", "cause", "kind", "host", "node", "image_found", "requested"];
const LAST: [&str; 9] = [
    "ended",
    "outcome",
    "reason",
    "bytes_pulled",
    "layers_pulled",
    "layers_present",
    "layers_joined",
    "pull_attempts",
    "pull_back_off",
];

/// Why a folder's starts cannot be read.
#[derive(Debug, Error)]
pub enum StartsFileError {
    /// The summary is not one.
    #[error("`summary.json` is not what this version writes: {0}")]
    Summary(#[from] serde_json::Error),
    /// The table is not one.
    #[error("`{NAME}` is not what this version writes: {0}")]
    Table(#[from] csv::Error),
    /// A row makes no sense.
    #[error("`{NAME}` is not what this version writes: row {row}: `{value}` is no {column}")]
    Value { row: usize, column: &'static str, value: String },
}

/// All starts that were kept, one a line.
pub fn csv(result: &RunResult) -> String {
    let milestones = Phase::ALL.map(Phase::milestone);
    let header = FIRST.iter().chain(&milestones).chain(&LAST).map(|&name| name.to_owned());
    let rows = result.recordings.iter().flat_map(|recording| {
        let summary = &recording.summary;
        recording.starts.records().map(move |start| {
            let app = summary.apps.get(start.app as usize).map_or("", |app| &app.name);
            row(&summary.cluster, app, start)
        })
    });
    csv_text(std::iter::once(header.collect()).chain(rows))
}

fn seconds(time: Option<SimTime>) -> String {
    time.map_or(String::new(), |time| plain(time.as_secs_f64()))
}

fn row(cluster: &str, app: &str, start: &StartRecord) -> Vec<String> {
    let number = |number: Option<u64>| number.map_or(String::new(), |it| it.to_string());
    let mut row = vec![
        cluster.to_owned(),
        app.to_owned(),
        start.replica.to_string(),
        start.cause.name().to_owned(),
        start.kind().name().to_owned(),
        number(start.place.map(|place| place.host.into())),
        number(start.place.and_then(|place| place.node).map(u64::from)),
        start.image.map_or("", ImageFound::name).to_owned(),
        seconds(Some(start.requested)),
    ];
    row.extend(Phase::ALL.map(|phase| seconds(start.end_of(phase))));
    row.extend([
        seconds(Some(start.ended)),
        start.fate.name().to_owned(),
        start.reason.clone().unwrap_or_default(),
        number(start.pull.map(|it| it.bytes.0)),
        number(start.pull.map(|it| it.layers_pulled.into())),
        number(start.pull.map(|it| it.layers_present.into())),
        number(start.pull.map(|it| it.layers_joined.into())),
        number(start.pull.map(|it| it.attempts.into())),
        start.pull.map_or(String::new(), |it| plain(it.back_off.as_secs_f64())),
    ]);
    row
}

/// As much of `summary.json` as starts are told from.
#[derive(Deserialize)]
struct Summary {
    scenario: String,
    seed: u64,
    clusters: Vec<ClusterSummary>,
}

/// The starts of a folder of results, from the texts of its two files.
///
/// # Errors
/// Where these are not what this version writes.
pub fn read(summary: &str, table: &str) -> Result<Starts, StartsFileError> {
    let summary: Summary = serde_json::from_str(summary)?;
    let clusters = summary.clusters.into_iter().map(|cluster| ClusterStarts {
        name: cluster.cluster,
        platform: cluster.platform,
        findings: cluster.findings,
        apps: cluster
            .apps
            .into_iter()
            .map(|app| AppStarts { name: app.name, summary: app.starts, records: Vec::new() })
            .collect(),
    });
    let mut starts =
        Starts { scenario: summary.scenario, seed: summary.seed, clusters: clusters.collect() };
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    for (number, record) in reader.records().enumerate() {
        Line { row: number + 2, fields: &record? }.read_into(&mut starts)?;
    }
    Ok(starts)
}

/// A line of the table.
struct Line<'a> {
    row: usize,
    fields: &'a csv::StringRecord,
}

impl Line<'_> {
    fn text(&self, column: usize) -> &str {
        let text = self.fields.get(column).unwrap_or_default();
        // what spreadsheets would have run was disarmed
        match text.strip_prefix('\'') {
            Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
            _ => text,
        }
    }

    fn wrong(&self, column: usize, what: &'static str) -> StartsFileError {
        let value = self.text(column).to_owned();
        StartsFileError::Value { row: self.row, column: what, value }
    }

    /// A number, or `None` of nothing.
    fn number(&self, column: usize, what: &'static str) -> Result<Option<u64>, StartsFileError> {
        match self.text(column) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| self.wrong(column, what)),
        }
    }

    fn seconds(&self, column: usize, what: &'static str) -> Result<Option<f64>, StartsFileError> {
        match self.text(column) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| self.wrong(column, what)),
        }
    }

    fn time(&self, column: usize, what: &'static str) -> Result<Option<SimTime>, StartsFileError> {
        let seconds = self.seconds(column, what)?;
        Ok(seconds.map(|it| SimTime::ZERO + SimDuration::from_secs_f64(it)))
    }

    /// The one of these that is called so.
    fn one_of<T: Copy, const N: usize>(
        &self,
        column: usize,
        all: [T; N],
        name: fn(T) -> &'static str,
        what: &'static str,
    ) -> Result<T, StartsFileError> {
        let text = self.text(column);
        all.into_iter().find(|&it| name(it) == text).ok_or_else(|| self.wrong(column, what))
    }

    fn read_into(&self, starts: &mut Starts) -> Result<(), StartsFileError> {
        let mut clusters = starts.clusters.iter_mut();
        let cluster = clusters.find(|it| it.name == self.text(0));
        let cluster = cluster.ok_or_else(|| self.wrong(0, "cluster of the run"))?;
        let app = cluster.apps.iter_mut().zip(0u32..).find(|(it, _)| it.name == self.text(1));
        let (app, index) = app.ok_or_else(|| self.wrong(1, "app of the run"))?;
        app.records.push(self.record(index)?);
        Ok(())
    }

    fn record(&self, app: u32) -> Result<StartRecord, StartsFileError> {
        let replica = self.number(2, "number of a replica")?;
        let replica = replica.ok_or_else(|| self.wrong(2, "number of a replica"))?;
        let causes = [Cause::Asked, Cause::Replaced, Cause::Restarted];
        let cause = self.one_of(3, causes, Cause::name, "cause of a start")?;
        let requested = self.time(8, "time")?.ok_or_else(|| self.wrong(8, "time"))?;
        let mut start = StartRecord::new(app, replica as u32, cause, requested);
        let node = self.number(6, "number of a node")?.map(|node| node as u32);
        let host = self.number(5, "number of a host")?;
        start.place = host.map(|host| StartPlace { host: host as u32, node });
        let found = [ImageFound::Present, ImageFound::Joined, ImageFound::Pulled];
        if !self.text(7).is_empty() {
            start.image = Some(self.one_of(7, found, ImageFound::name, "place of an image")?);
        }
        for (column, phase) in (FIRST.len()..).zip(Phase::ALL) {
            if let Some(end) = self.time(column, "time")? {
                start.pass(phase, end);
            }
        }
        self.read_end(&mut start)?;
        Ok(start)
    }

    fn read_end(&self, start: &mut StartRecord) -> Result<(), StartsFileError> {
        let at = FIRST.len() + Phase::ALL.len();
        let ended = self.time(at, "time")?.ok_or_else(|| self.wrong(at, "time"))?;
        let fates = [Fate::Ready, Fate::Failed, Fate::Withdrawn, Fate::Unfinished];
        let fate = self.one_of(at + 1, fates, Fate::name, "outcome of a start")?;
        start.finish(fate, ended);
        start.reason = Some(self.text(at + 2).to_owned()).filter(|reason| !reason.is_empty());
        if let Some(bytes) = self.number(at + 3, "number of bytes")? {
            let count = |column: usize| {
                let number = self.number(at + column, "number")?;
                Ok::<_, StartsFileError>(number.unwrap_or(0) as u32)
            };
            let back_off = self.seconds(at + 8, "time")?.unwrap_or(0.0);
            start.pull = Some(PullAccount {
                bytes: Bytes(bytes),
                layers_pulled: count(4)?,
                layers_present: count(5)?,
                layers_joined: count(6)?,
                attempts: count(7)?,
                back_off: SimDuration::from_secs_f64(back_off),
            });
        }
        Ok(())
    }
}
