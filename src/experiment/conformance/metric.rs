//! What can be read off the summary of a run.

use crate::metrics::summary::{AppSummary, ClusterSummary, Durations, JobSummary};

/// A figure of a duration's distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    Mean,
    P50,
    P90,
    P95,
    P99,
    P999,
    Max,
}

/// One number of a summary. Apps and streams are counted from 0 in the order of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Share of the first app's attempts that waited.
    Waited,
    /// Their time in the backlog, those that did not wait included.
    Wait(Figure),
    /// Time to the answer of the first app's requests.
    Response(Figure),
    /// Requests in the first app, on average.
    InFlight,
    /// Share of the first app's requests that were refused.
    Refused,
    /// Share of time in which the first app had its quorum.
    Availability,
    /// Time from submission to completion of the jobs of a stream.
    Turnaround(usize, Figure),
    /// Share of the VMs with so many virtual CPUs that were turned away: the streams by a mask.
    VmsRejected(u64),
    /// Virtual CPUs of running VMs, on average.
    BusyVcpus,
}

impl Metric {
    /// What the precision of a `value` is a part of: itself, or for an availability the part of the
    /// time in which the service is down, since within 1 % of 0.99 nearly everything is.
    pub fn scale(self, value: f64) -> f64 {
        match self {
            Self::Availability => 1.0 - value,
            _ => value.abs(),
        }
    }

    /// Whether a `value` of it says that what is asked about, a share of jobs or of time, was never
    /// seen.
    pub fn never_seen(self, value: f64) -> bool {
        match self {
            Self::Waited | Self::Refused | Self::VmsRejected(_) => value == 0.0,
            Self::Availability => value == 1.0,
            _ => false,
        }
    }

    /// The durations whose quantile it is, and the share of them that does not exceed it; `None`
    /// for anything else, and where only the quantiles of single runs are known.
    pub fn quantile(self) -> Option<(Pool, f64)> {
        let (pool, figure) = match self {
            Self::Wait(figure) => (Pool::Waits, figure),
            Self::Response(figure) => (Pool::Responses, figure),
            _ => return None,
        };
        Some((pool, figure.share()?))
    }

    /// Its value in this summary; `None` where there was nothing to measure.
    pub fn read(self, summary: &ClusterSummary) -> Option<f64> {
        let app = || summary.apps.first();
        match self {
            Self::Waited => app().map(|app| app.waited),
            Self::Wait(figure) => figure.of(&app()?.queue_wait),
            Self::Response(figure) => figure.of(&app()?.latency),
            Self::InFlight => app().map(|app| app.in_flight),
            Self::Refused => app().and_then(refused),
            Self::Availability => app().map(|app| app.availability),
            Self::Turnaround(stream, figure) => {
                let job: &JobSummary = summary.jobs.get(stream)?;
                figure.of(&job.turnaround)
            }
            Self::VmsRejected(mask) => rejected(summary, mask),
            Self::BusyVcpus => Some(summary.hosts.vcpus),
        }
    }
}

/// Durations of the first app that are kept as histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Waits,
    Responses,
}

impl Figure {
    /// The share of values that a quantile is not exceeded by.
    fn share(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Mean | Self::Max => None,
        }
    }

    fn of(self, durations: &Durations) -> Option<f64> {
        match self {
            Self::Mean => durations.mean,
            Self::P50 => durations.p50,
            Self::P90 => durations.p90,
            Self::P95 => durations.p95,
            Self::P99 => durations.p99,
            Self::P999 => durations.p999,
            Self::Max => durations.max,
        }
    }
}

fn refused(app: &AppSummary) -> Option<f64> {
    share(app.requests.refused, app.requests.arrived)
}

fn rejected(summary: &ClusterSummary, mask: u64) -> Option<f64> {
    let (mut rejected, mut requested) = (0, 0);
    for (index, stream) in summary.vm_streams.iter().enumerate() {
        if mask >> index & 1 == 1 {
            rejected += stream.rejected;
            requested += stream.requested;
        }
    }
    share(rejected, requested)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The metrics of a distribution under their names in the table: `mean_NAME`, `NAME_p95`, …
pub fn distribution(name: &str, metric: impl Fn(Figure) -> Metric) -> Vec<(String, Metric)> {
    let quantiles = [
        ("p50", Figure::P50),
        ("p90", Figure::P90),
        ("p95", Figure::P95),
        ("p99", Figure::P99),
        ("p999", Figure::P999),
    ];
    let quantiles = quantiles.map(|(suffix, figure)| (format!("{name}_{suffix}"), metric(figure)));
    let mean = [(format!("mean_{name}"), metric(Figure::Mean))];
    mean.into_iter().chain(quantiles).collect()
}
