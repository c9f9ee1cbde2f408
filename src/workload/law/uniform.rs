//! The uniform law.

use rand::Rng;

use super::nanos;
use crate::engine::{SimDuration, Stream};

/// Every whole nanosecond from `min` to `max`, both included, equally likely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    min: SimDuration,
    span: SimDuration,
}

impl Uniform {
    /// Uniform from `min` to `max`; only `min` when that is later.
    pub fn new(min: SimDuration, max: SimDuration) -> Self {
        Self { min, span: max.saturating_sub(min) }
    }

    /// Multiplies instead of dividing (Lemire 2019); leaving out his rejection step shifts the
    /// probability of a nanosecond by at most 2^-64.
    #[inline]
    pub(super) fn sample(self, stream: &mut Stream) -> SimDuration {
        let choices = u128::from(self.span.as_nanos()) + 1;
        let offset = (u128::from(stream.next_u64()) * choices) >> u64::BITS;
        self.min + SimDuration::from_nanos(offset as u64)
    }

    pub(super) fn mean(self) -> f64 {
        nanos(self.min) + 0.5 * nanos(self.span)
    }

    pub(super) fn scv(self) -> f64 {
        let (span, mean) = (nanos(self.span), self.mean());
        span * (span + 2.0) / 12.0 / (mean * mean)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    #[test]
    fn every_whole_nanosecond_is_equally_likely_and_both_ends_occur() {
        let law = Uniform::new(SimDuration::from_nanos(5), SimDuration::from_nanos(8));
        let mut stream = Streams::new(1).named("uniform");
        let mut found = [0; 4];
        let count = 100_000;
        for _ in 0..count {
            found[law.sample(&mut stream).as_nanos() as usize - 5] += 1;
        }
        for (place, found) in found.into_iter().enumerate() {
            check::count(&format!("{}ns", place + 5), found, count, 0.25);
        }
        // 5, 6, 7, 8: mean 6.5, variance 1.25
        assert_eq!(law.mean(), 6.5);
        assert!((law.scv() - 1.25 / (6.5 * 6.5)).abs() < 1e-15);
    }

    #[test]
    fn draws_follow_the_law() {
        let law = Uniform::new(SimDuration::from_millis(2), SimDuration::from_millis(6));
        let mut stream = Streams::new(2).named("uniform");
        let mut draws: Vec<f64> =
            (0..100_000).map(|_| law.sample(&mut stream).as_secs_f64()).collect();
        check::moments("uniform", &draws, 0.004, 1.0 / 12.0);
        check::distribution("uniform", &mut draws, |x| (x - 0.002) / 0.004);
        assert!((law.scv() - 1.0 / 12.0).abs() < 1e-6);
    }
}
