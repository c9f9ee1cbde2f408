//! The plan of a sweep as data, without the scenario it was made from: what a file carries from one
//! machine to another, and what results are put in order by.

use serde::{Deserialize, Serialize};

use super::{RunId, Shard};
use crate::scenario::{Design, Goal, Precision, SweepValue};

/// Version of the layout of [`Outline`] in a file.
pub const SCHEMA_VERSION: u32 = 1;

/// All runs of a sweep, in their order: by point, and at each point by replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// [`SCHEMA_VERSION`] of whoever wrote it.
    pub schema_version: u32,
    /// [`RESULTS_VERSION`](super::RESULTS_VERSION) of whoever wrote it.
    pub results_version: u32,
    /// `simulation.name`.
    pub scenario: String,
    /// Paths of the parameters, in the order of their names.
    pub parameters: Vec<String>,
    /// Runs of each point, or with `precision` those to begin with.
    pub replications: u32,
    /// Confidence of intervals, from 0 to 1.
    pub confidence: f64,
    /// When a point has enough runs; `None` where it has a fixed number of them.
    pub precision: Option<Precision>,
    /// What the best point is.
    pub best: Option<Goal>,
    /// How the points were chosen.
    pub design: Design,
    /// The scenario that is varied, as TOML with all defaults; paths in it start from its folder.
    pub resolved: String,
    /// The points; the last parameter of a grid changes fastest.
    pub points: Vec<Point>,
    /// The runs; with `precision` all that there could be.
    pub runs: Vec<Run>,
}

/// One combination of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Point {
    /// A value for each parameter.
    pub values: Vec<SweepValue>,
}

/// One run: a point under one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its point, counted from 0.
    pub point: usize,
    /// Its replication, counted from 0.
    pub replication: u32,
    /// Seed of all random streams.
    pub seed: u64,
    /// What its result is filed under. Points that came out alike have runs of the same id.
    pub id: RunId,
}

impl Outline {
    /// The runs of a point, by replication.
    pub fn of_point(&self, point: usize) -> &[Run] {
        let each = self.runs.len() / self.points.len().max(1);
        &self.runs[point * each..(point + 1) * each]
    }

    /// Whether a run belongs to a shard. Neighbours are alike in cost, so every n-th run does;
    /// where results decide how many runs a point has, every n-th point.
    pub fn is_in(&self, shard: Shard, run: &Run) -> bool {
        let each = self.runs.len() / self.points.len().max(1);
        shard.has(match self.precision {
            Some(_) => run.point,
            None => run.point * each + run.replication as usize,
        })
    }

    /// The runs of a shard, in the order of the plan.
    pub fn shard(&self, shard: Shard) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(move |run| self.is_in(shard, run))
    }

    /// As JSON on one line.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(self).expect("plain structs always serialise");
        text.push('\n');
        text
    }
}
