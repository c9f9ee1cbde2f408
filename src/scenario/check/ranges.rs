//! Numbers that must lie in a range.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::Finding;
use crate::engine::SimDuration;
use crate::scenario::path::Path;

/// A whole number or quantity must lie in `range`.
pub fn within<T: PartialOrd + Display>(
    value: T,
    range: &RangeInclusive<T>,
    path: Path,
    what: &str,
    out: &mut Vec<Finding>,
) {
    if !range.contains(&value) {
        let (low, high) = (range.start(), range.end());
        let title = format!("{what} must be from {low} to {high}, not {value}");
        out.push(Finding::new(path, title));
    }
}

/// A float must be above zero, at most `most`, and a number at all.
pub fn positive(value: f64, most: f64, path: Path, what: &str, out: &mut Vec<Finding>) {
    if !(value > 0.0 && value <= most) {
        let title = format!("{what} must be above 0 and at most {most}, not {value}");
        out.push(Finding::new(path, title));
    }
}

/// A quantity must not be zero.
pub fn not_zero<T: PartialEq + Default>(value: &T, path: Path, what: &str, out: &mut Vec<Finding>) {
    if *value == T::default() {
        out.push(Finding::new(path, format!("{what} must be more than zero")));
    }
}

/// A duration must not be zero.
pub fn lasting(value: SimDuration, path: Path, what: &str, out: &mut Vec<Finding>) {
    not_zero(&value, path, what, out);
}
