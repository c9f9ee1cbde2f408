//! What a run leaves behind: meters that components and the world keep while it runs, and the
//! plain record that reports are made of.
//!
//! * [`meter`]: time-weighted gauges.
//! * [`latency`]: histograms of durations at a fixed relative error.
//! * [`series`]: time series of a fixed number of points, however long the run.
//! * [`events`]: what happened in a cluster of Kubernetes, and why.
//! * [`figures`]: all figures of a run as named numbers.
//! * [`finding`]: what stood in the way, with advice.
//! * [`starts`]: starts of replicas, one by one and as sums.
//! * [`summary`]: the figures of one cluster, with the accounts that prove nothing was lost.
//! * [`recording`]: all of it together, as reports and experiments take it.

pub mod events;
pub mod figures;
pub mod finding;
pub mod latency;
pub mod meter;
pub mod recording;
pub mod series;
pub mod starts;
pub mod summary;

pub use finding::{Finding, FindingKind};
pub use latency::LatencyHistogram;
pub use meter::Gauge;
pub use recording::{Recording, RunResult, Speed};
pub use series::{Series, SeriesTable, Unit};
