//! Which plugins take part, how much their scores weigh, and their arguments.

use super::plugins::{FILTERS, Plugin, SCORES};

/// A scheduler profile, as a KubeSchedulerConfiguration gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Filters, in the order in which they are asked.
    pub filters: Vec<Plugin>,
    /// Scores and their weights.
    pub scores: Vec<(Plugin, i64)>,
}

impl Default for Profile {
    fn default() -> Self {
        Self { filters: FILTERS.to_vec(), scores: SCORES.to_vec() }
    }
}
