//! The values a parameter can have, counted out or as an interval.

use super::{Interval, SweepValue};

/// All values of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// These, equally likely where they are drawn. Never empty in a scenario that was loaded.
    Values(Vec<SweepValue>),
    /// Any between two ends; only to be drawn from.
    Between(Interval),
}

impl Axis {
    /// The value below which the share `at` of all values is, from 0 to below 1.
    pub fn quantile(&self, at: f64) -> SweepValue {
        match self {
            Self::Values(values) => {
                let index = (at * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Self::Between(interval) => interval.quantile(at),
        }
    }

    /// The first and the last of its values.
    pub fn ends(&self) -> Vec<SweepValue> {
        match self {
            Self::Values(values) => {
                values.first().into_iter().chain(values.last()).cloned().collect()
            }
            Self::Between(interval) => interval.ends().to_vec(),
        }
    }
}
