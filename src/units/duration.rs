//! Spans of simulated time as text: `18ms`, `1h 30m`, `2.5h`.
//!
//! Written by the `humantime` crate (see `SimDuration`'s `Display`) and read here, so that decimal
//! fractions are exact, overflow is an error and errors are in the words of all other quantities.
//! The units are those of humantime: a month is 30.44 days and a year 365.25 days. Only `M` for
//! month is left out, a slip for `m` that would turn minutes into months.

use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};
use crate::engine::SimDuration;

/// Nanoseconds of each unit, with its spellings.
const UNITS: [(u64, &[&str]); 10] = [
    (1, &["ns", "nsec", "nanos"]),
    (1_000, &["us", "µs", "μs", "usec"]),
    (1_000_000, &["ms", "msec", "millis"]),
    (1_000_000_000, &["s", "sec", "secs", "second", "seconds"]),
    (60_000_000_000, &["m", "min", "mins", "minute", "minutes"]),
    (3_600_000_000_000, &["h", "hr", "hrs", "hour", "hours"]),
    (86_400_000_000_000, &["d", "day", "days"]),
    (604_800_000_000_000, &["w", "wk", "wks", "week", "weeks"]),
    (2_630_016_000_000_000, &["month", "months"]),
    (31_557_600_000_000_000, &["y", "yr", "yrs", "year", "years"]),
];

impl TextQuantity for SimDuration {
    const WHAT: &'static str = "a duration";
    const EXAMPLES: &'static str = "`18ms`, `10min` or `1h 30m`";
    const DESCRIPTION: &'static str = "A duration: numbers with units from ns to years, such as \
                                       `18ms`, `10min`, `1h 30m`.";
    const PATTERN: &'static str = r"^(0|(\+?[0-9.]+ *[a-zµμ]+ *)+)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let mut nanos: u64 = 0;
        let mut rest = text;
        loop {
            let (part, after) = read_part(rest)?;
            nanos = nanos.checked_add(part).ok_or(Flaw::TooLarge)?;
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(Self::from_nanos(nanos));
            }
        }
    }
}

/// Reads one number with its unit in nanoseconds, rounded up, and returns what follows.
fn read_part(text: &str) -> Result<(u64, &str), Flaw> {
    let (number, after) = Decimal::read(text)?;
    let after = after.trim_start();
    let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
    let (unit, rest) = after.split_at(end);
    if after.is_empty() {
        return Err(Flaw::NoUnit);
    }
    let known = UNITS.iter().find(|(_, names)| names.contains(&unit));
    let (nanos, _) = known.ok_or_else(|| {
        let first_word = after.split_whitespace().next().unwrap_or(after);
        Flaw::UnknownUnit(if unit.is_empty() { first_word } else { unit }.into())
    })?;
    Ok((number.times(*nanos).round_up()?, rest))
}

written_as_text!(SimDuration, "Duration");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanos(text: &str) -> Result<u64, Flaw> {
        SimDuration::read(text).map(SimDuration::as_nanos)
    }

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        let cases = [
            ("18ms", 18_000_000),
            ("10min", 600_000_000_000),
            ("1h 30m", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5 hours", 5_400_000_000_000),
            ("0.1s", 100_000_000),
            ("30us", 30_000),
            ("0", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(nanos(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_a_nanosecond_rounds_up() {
        assert_eq!(nanos("0.5ns"), Ok(1));
        assert_eq!(nanos("1.0000001us"), Ok(1001));
    }

    #[test]
    fn doubtful_durations_are_refused() {
        assert_eq!(nanos("18"), Err(Flaw::NoUnit));
        assert_eq!(nanos("1h 30"), Err(Flaw::NoUnit));
        assert_eq!(nanos("5 parsecs"), Err(Flaw::UnknownUnit("parsecs".into())));
        assert_eq!(nanos("1h, 5m"), Err(Flaw::NoNumber));
        assert_eq!(nanos("5 %"), Err(Flaw::UnknownUnit("%".into())));
        assert_eq!(nanos("-5s"), Err(Flaw::Negative));
        assert_eq!(nanos("600years"), Err(Flaw::TooLarge));
        assert_eq!(nanos("500years 500years"), Err(Flaw::TooLarge));
        assert_eq!(nanos("forever"), Err(Flaw::NoNumber));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(nanos: u64, seconds in 0..10_000_000_u64) {
            for span in [SimDuration::from_nanos(nanos), SimDuration::from_secs(seconds)] {
                prop_assert_eq!(span.to_string().parse(), Ok(span));
            }
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(
            text in "([0-9.]{0,25} ?[a-zµ%]{0,4} ?){0,3}"
        ) {
            if let Ok(span) = text.parse::<SimDuration>() {
                prop_assert_eq!(span.to_string().parse(), Ok(span));
            }
        }
    }
}
