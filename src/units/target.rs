//! What an autoscaler holds a replica to.

use std::fmt;

use super::decimal::Decimal;
use super::rate::Rate;
use super::text::{Flaw, TextQuantity, written_as_text};

/// The load of a replica that is aimed at: a share of what it requests (`60%`, `0.6`, `150%`), or a
/// rate (`50/s`).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Target {
    /// Percent of a request; may be above 100.
    Percent(f64),
    /// Occurrences per second.
    Rate(Rate),
}

impl TextQuantity for Target {
    const WHAT: &'static str = "a target";
    const EXAMPLES: &'static str = "`60%`, `0.6` or `50/s`";
    const DESCRIPTION: &'static str = "The load of a replica that is aimed at: a share of its \
                                       request, such as `60%`, or a rate, such as `50/s`.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?(%|/ ?[a-z]+)?$";
    const PLAIN_NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        match unit.trim_start() {
            "" => Ok(Self::Percent(number.shifted(2).to_f64()?)),
            "%" => Ok(Self::Percent(number.to_f64()?)),
            _ => Rate::read(text).map(Self::Rate),
        }
    }
}

written_as_text!(Target, "Target");

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => f.pad(&format!("{percent}%")),
            Self::Rate(rate) => rate.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_kept_in_percent_and_may_be_above_the_whole() {
        for text in ["60%", "60 %", "0.6", "0.60"] {
            assert_eq!(text.parse(), Ok(Target::Percent(60.0)), "{text}");
        }
        assert_eq!("150%".parse(), Ok(Target::Percent(150.0)));
        assert_eq!("0.07".parse(), Ok(Target::Percent(7.0)));
    }

    #[test]
    fn rates_are_kept_per_second() {
        assert_eq!("50/s".parse(), Ok(Target::Rate(Rate(50.0))));
        assert_eq!("90/min".parse(), Ok(Target::Rate(Rate(1.5))));
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert_eq!(Target::read("60s"), Err(Flaw::UnknownUnit("s".into())));
        assert_eq!(Target::read("-1%"), Err(Flaw::Negative));
        assert_eq!(Target::read("much"), Err(Flaw::NoNumber));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(percent in 0.0..1e4_f64, per_second in 0.0..1e9_f64) {
            for target in [Target::Percent(percent), Target::Rate(Rate(per_second))] {
                prop_assert_eq!(target.to_string().parse(), Ok(target));
            }
        }
    }
}
