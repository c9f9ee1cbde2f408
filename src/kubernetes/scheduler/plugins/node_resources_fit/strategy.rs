//! What makes one node better than another: how much of it is requested.
//!
//! Kubernetes v1.36, pkg/scheduler/framework/plugins/noderesources: least_allocated.go,
//! most_allocated.go, requested_to_capacity_ratio.go, and helper/shape_score.go. Everything is in
//! whole numbers, cut off, but the mean of the last is rounded.

use crate::kubernetes::scheduler::framework::MAX_SCORE;

/// What makes a node good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Much is free.
    LeastAllocated,
    /// Little is free.
    MostAllocated,
    /// A function of the utilisation in percent, given by its corners by rising utilisation:
    /// (utilisation, score), here from 0 to 100.
    RequestedToCapacityRatio(Vec<(i64, i64)>),
}

impl Strategy {
    /// The score of one resource, of which so much of a capacity above 0 is requested.
    pub(super) fn score(&self, requested: i64, capacity: i64) -> i64 {
        match self {
            Self::LeastAllocated => least_allocated(requested, capacity),
            Self::MostAllocated => percent(requested.min(capacity), capacity),
            Self::RequestedToCapacityRatio(corners) => {
                broken_line(corners, percent(requested.min(capacity), capacity))
            }
        }
    }

    /// Whether resources that score 0 count in the mean.
    pub(super) fn counts_zeros(&self) -> bool {
        !matches!(self, Self::RequestedToCapacityRatio(_))
    }

    /// The weighted mean.
    pub(super) fn mean(&self, sum: i64, weights: i64) -> i64 {
        match self {
            _ if weights == 0 => 0,
            Self::RequestedToCapacityRatio(_) => (sum as f64 / weights as f64).round() as i64,
            _ => sum / weights,
        }
    }
}

/// The free part of a capacity above 0, in percent.
#[inline]
pub(super) fn least_allocated(requested: i64, capacity: i64) -> i64 {
    if requested > capacity { 0 } else { percent(capacity - requested, capacity) }
}

/// What part is of a whole above 0, in percent, cut off.
#[inline]
fn percent(part: i64, whole: i64) -> i64 {
    match part.checked_mul(MAX_SCORE) {
        Some(product) => product / whole,
        None => percent_of_many(part, whole),
    }
}

/// The same of amounts beyond 2^63 / 100, which need wide numbers.
#[cold]
fn percent_of_many(part: i64, whole: i64) -> i64 {
    (i128::from(part) * i128::from(MAX_SCORE) / i128::from(whole)) as i64
}

/// The value of a function of straight pieces; before the first corner and after the last it is
/// level.
fn broken_line(corners: &[(i64, i64)], at: i64) -> i64 {
    let next = corners.partition_point(|&(utilisation, _)| utilisation < at);
    match (next.checked_sub(1).map(|before| corners[before]), corners.get(next)) {
        (_, None) => corners.last().map_or(0, |&(_, score)| score),
        (None, Some(&(_, score))) => score,
        (Some((from, low)), Some(&(to, high))) => low + (high - low) * (at - from) / (to - from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_its_corners_and_is_cut_off_between() {
        let corners = [(20, 0), (50, 100), (80, 40)];
        let at = |utilisation| broken_line(&corners, utilisation);
        assert_eq!([at(0), at(20), at(50), at(80), at(100)], [0, 0, 100, 40, 40]);
        // 100 * 11 / 30 = 36.7; 100 - 60 * 1 / 30 = 98; 100 - 60 * 13 / 30 = 74
        assert_eq!([at(31), at(51), at(63)], [36, 98, 74]);
        // going down is cut off towards the corner: 100 - trunc(100 / 3)
        assert_eq!(broken_line(&[(0, 100), (3, 0)], 1), 67);
    }

    #[test]
    fn percents_of_huge_amounts_do_not_overflow() {
        assert_eq!(percent(i64::MAX / 2, i64::MAX), 49);
        assert_eq!(percent(i64::MAX, i64::MAX), 100);
        assert_eq!(percent(999, 1000), 99);
    }

    #[test]
    fn more_than_everything_is_worst_for_least_and_best_for_most() {
        assert_eq!(Strategy::LeastAllocated.score(11, 10), 0);
        assert_eq!(Strategy::MostAllocated.score(11, 10), 100);
        let falling = Strategy::RequestedToCapacityRatio(vec![(0, 100), (100, 10)]);
        assert_eq!(falling.score(11, 10), 10);
    }
}
