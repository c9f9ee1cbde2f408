//! Arrivals at listed instants.

use std::vec;

use crate::engine::{SimDuration, SimTime};

/// The instants of a list in order, each as often as the scale makes it.
#[derive(Clone, Debug)]
pub struct Instants {
    times: vec::IntoIter<SimTime>,
    current: SimTime,
    /// How often the current instant is still to be given.
    left: u64,
    passed: u64,
    given: u64,
    scale: f64,
}

impl Instants {
    pub(super) fn new(times: &[SimDuration], scale: f64) -> Self {
        let mut times: Vec<SimTime> =
            times.iter().map(|&span| SimTime::ZERO.saturating_add(span)).collect();
        times.sort_unstable();
        times.retain(|&time| time < SimTime::MAX);
        let times = times.into_iter();
        Self { times, current: SimTime::ZERO, left: 0, passed: 0, given: 0, scale }
    }

    pub(super) fn next(&mut self) -> Option<SimTime> {
        while self.left == 0 {
            self.current = self.times.next()?;
            self.passed += 1;
            self.left = due(self.passed, self.scale) - self.given;
            self.given += self.left;
        }
        self.left -= 1;
        Some(self.current)
    }
}

/// How many arrivals have been due after `total` unscaled ones: errors of rounding are carried on
/// instead of added up, so that the sum is right at any time.
pub(super) fn due(total: u64, scale: f64) -> u64 {
    if scale == 1.0 { total } else { (total as f64 * scale + 0.5) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(list: &[u64], scale: f64) -> Vec<u64> {
        let spans: Vec<SimDuration> = list.iter().map(|&s| SimDuration::from_secs(s)).collect();
        let mut instants = Instants::new(&spans, scale);
        std::iter::from_fn(|| instants.next()).map(|time| time.as_nanos() / 1_000_000_000).collect()
    }

    #[test]
    fn instants_come_in_order() {
        assert_eq!(seconds(&[600, 0, 5, 5], 1.0), [0, 5, 5, 600]);
    }

    #[test]
    fn a_scale_repeats_or_leaves_out_instants_so_that_the_total_is_right() {
        assert_eq!(seconds(&[1, 2, 3, 4], 2.0), [1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(seconds(&[1, 2, 3, 4], 0.5), [1, 3]);
        assert_eq!(seconds(&[1, 2, 3, 4], 1.25), [1, 2, 2, 3, 4]);
    }
}
