//! Floating point to 32 bits, as the real controller's machine code does it.
//!
//! Go leaves open what a conversion gives that does not fit; on the usual processors (x86-64) it is
//! the smallest number. Rust would give the nearest.

/// The integer part of `value`; the smallest integer if that does not fit.
pub(super) fn truncated(value: f64) -> i32 {
    let whole = value.trunc();
    // both bounds are exact in floating point; NaN is in no range
    if (-2_147_483_648.0..2_147_483_648.0).contains(&whole) { whole as i32 } else { i32::MIN }
}

/// The smallest integer that is not below `value`, or the smallest of all if that does not fit.
pub(super) fn ceiling(value: f64) -> i32 {
    truncated(value.ceil())
}

/// Like [`ceiling`], where the controller guards against numbers that are too large.
pub(super) fn guarded_ceiling(value: f64) -> i32 {
    if value > f64::from(i32::MAX) { i32::MAX } else { ceiling(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_go_up_or_towards_zero() {
        assert_eq!([truncated(2.9), truncated(-2.9), ceiling(2.1), ceiling(-2.9)], [2, -2, 3, -2]);
        assert_eq!(ceiling(3.0), 3);
    }

    #[test]
    fn what_does_not_fit_is_the_smallest_number_unless_guarded() {
        assert_eq!(truncated(2_147_483_647.5), i32::MAX);
        assert_eq!(truncated(2_147_483_648.0), i32::MIN);
        assert_eq!(ceiling(2_147_483_647.5), i32::MIN);
        assert_eq!([truncated(f64::NAN), truncated(f64::INFINITY)], [i32::MIN; 2]);
        assert_eq!([guarded_ceiling(1e300), guarded_ceiling(f64::NAN)], [i32::MAX, i32::MIN]);
    }
}
