//! Occurrences per time.

use std::fmt;

use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};

/// A rate of occurrences per second (`300/s`, `20/min`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

/// Seconds of each unit, with its spellings; the first is the one that is written.
const UNITS: [(f64, &[&str]); 4] = [
    (1.0, &["s", "sec", "second"]),
    (60.0, &["min", "m", "minute"]),
    (3600.0, &["h", "hr", "hour"]),
    (86_400.0, &["day", "d"]),
];

impl TextQuantity for Rate {
    const WHAT: &'static str = "a rate";
    const EXAMPLES: &'static str = "`300/s`, `20/min` or `5/h`";
    const DESCRIPTION: &'static str = "A rate: a number per second, minute, hour or day, such as \
                                       `300/s`, `20/min`, `5/h`.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?/ ?[a-z]+$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        let unit = unit.trim();
        if unit.is_empty() {
            return Err(Flaw::NoUnit);
        }
        let per = unit.strip_prefix('/').map(str::trim);
        let known = UNITS.iter().find(|(_, names)| per.is_some_and(|unit| names.contains(&unit)));
        let (seconds, _) = known.ok_or_else(|| Flaw::UnknownUnit(unit.into()))?;
        Ok(Self(number.to_f64()? / seconds))
    }
}

written_as_text!(Rate, "Rate");

/// Per second where that is short, else per minute, hour or day where that is a whole number.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHORT: usize = 7;
        let per_second = format!("{}/s", self.0);
        if per_second.len() <= SHORT {
            return f.pad(&per_second);
        }
        let whole = UNITS.iter().find_map(|(seconds, names)| {
            let number = (self.0 * seconds).round();
            let exact = number < 1e15 && number / seconds == self.0;
            exact.then(|| format!("{number}/{}", names[0]))
        });
        f.pad(&whole.unwrap_or(per_second))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_kept_per_second() {
        assert_eq!("300/s".parse(), Ok(Rate(300.0)));
        assert_eq!("20/min".parse(), Ok(Rate(20.0 / 60.0)));
        assert_eq!("5 / h".parse(), Ok(Rate(5.0 / 3600.0)));
        assert_eq!("0.5/day".parse(), Ok(Rate(0.5 / 86_400.0)));
    }

    #[test]
    fn a_rate_without_its_time_is_refused() {
        assert_eq!(Rate::read("300"), Err(Flaw::NoUnit));
        assert_eq!(Rate::read("300s"), Err(Flaw::UnknownUnit("s".into())));
        assert_eq!(Rate::read("300/fortnight"), Err(Flaw::UnknownUnit("/fortnight".into())));
        assert_eq!(Rate::read("-3/s"), Err(Flaw::Negative));
    }

    #[test]
    fn rates_print_as_people_write_them() {
        for text in ["300/s", "0.5/s", "20/min", "5/h", "7/day"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(per_second in 0.0..1e12_f64, per_hour: u32) {
            for rate in [Rate(per_second), Rate(f64::from(per_hour) / 3600.0)] {
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "[0-9.e-]{0,8} ?/?[a-zA-Z]{0,3}") {
            if let Ok(rate) = text.parse::<Rate>() {
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }
    }
}
