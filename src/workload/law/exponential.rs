//! The exponential law: the time to the next of many independent rare things.

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// Exponential with a mean in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
}

impl Exponential {
    /// Exponential with this mean.
    pub fn new(mean: SimDuration) -> Self {
        Self { mean: nanos(mean) }
    }

    /// Intervals of a Poisson process of `rate` per second, which is positive.
    pub(in super::super) fn of_rate(rate: f64) -> Self {
        Self { mean: 1e9 / rate }
    }

    /// A draw in nanoseconds, not rounded.
    #[inline]
    pub(in super::super) fn draw(self, stream: &mut Stream) -> f64 {
        self.mean * ziggurat::exponential(stream)
    }

    pub(super) fn mean(self) -> f64 {
        self.mean
    }
}
