//! How fast something grows that is counted in bytes.

use std::fmt;

use super::bytes::Bytes;
use super::text::{Flaw, TextQuantity, written_as_text};
use crate::engine::SimDuration;

/// Bytes per day (`1MiB/h`, `64KiB/s`), an integer, so that what has grown is exact at any instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Growth(pub u64);

/// Units of time by how often they are in a day, the longest last.
const UNITS: [(u64, &str); 4] = [(86_400, "s"), (1_440, "min"), (24, "h"), (1, "d")];

const NANOS_PER_DAY: u128 = 86_400_000_000_000;

impl Growth {
    /// Nothing grows.
    pub const NONE: Self = Self(0);

    /// What has grown after so long, rounded down.
    pub fn after(self, time: SimDuration) -> Bytes {
        let grown = u128::from(self.0) * u128::from(time.as_nanos()) / NANOS_PER_DAY;
        Bytes(u64::try_from(grown).unwrap_or(u64::MAX))
    }

    /// The least time after which at least so much has grown; `None` if it never has.
    pub fn time_to(self, bytes: Bytes) -> Option<SimDuration> {
        let nanos = (u128::from(bytes.0) * NANOS_PER_DAY).div_ceil(u128::from(self.0.max(1)));
        let nanos = u64::try_from(nanos).ok()?;
        (self.0 > 0 || bytes.0 == 0).then_some(SimDuration::from_nanos(nanos))
    }
}

impl TextQuantity for Growth {
    const WHAT: &'static str = "a growth";
    const EXAMPLES: &'static str = "`1MiB/h`, `64KiB/s` or `10MB/d`";
    const DESCRIPTION: &'static str =
        "Bytes per second, minute, hour or day (`64KiB/s`, `1MiB/min`, `1MiB/h`, `10MB/d`).";
    const PATTERN: &'static str = r"^\+?[0-9.]+ *([kKMGTPE]|[KMGTPE]i)?B? ?/ ?(s|min|h|d)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let flaw = if text.is_empty() { Flaw::Empty } else { Flaw::NoUnit };
        let (amount, unit) = text.split_once('/').ok_or(flaw)?;
        let unit = unit.trim();
        let known = UNITS.iter().find(|(_, name)| *name == unit);
        let (per_day, _) = known.ok_or_else(|| Flaw::UnknownUnit(format!("/{unit}")))?;
        let bytes = Bytes::read(amount.trim_end())?.0;
        bytes.checked_mul(*per_day).map(Self).ok_or(Flaw::TooLarge)
    }
}

written_as_text!(Growth, "Growth");

/// By the unit of time that makes it shortest: `1MiB/h`, `64KiB/s`.
impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS.iter().filter(|(per_day, _)| self.0.is_multiple_of(*per_day));
        let texts = exact.map(|(per_day, unit)| format!("{}B/{unit}", Bytes(self.0 / per_day)));
        f.pad(&texts.min_by_key(String::len).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn growths_are_read_per_second_minute_hour_and_day() {
        let cases = [
            ("1B/s", 86_400),
            ("1MiB/h", 24 << 20),
            ("1 MiB / h", 24 << 20),
            ("2k/min", 2_880_000),
            ("10MB/d", 10_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(Growth(expected)), "{text}");
        }
        assert_eq!(Growth::read("1MiB"), Err(Flaw::NoUnit));
        assert_eq!(Growth::read("1MiB/w"), Err(Flaw::UnknownUnit("/w".into())));
        assert_eq!(Growth::read("1E/s"), Err(Flaw::TooLarge));
        for text in ["1MiB/h", "64KiB/s", "10MB/d", "3MiB/min", "0B/s"] {
            assert_eq!(text.parse::<Growth>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn the_time_to_an_amount_is_the_first_at_which_it_is_there(
            growth in 1..=1u64 << 50,
            bytes in 1..=1u64 << 40,
        ) {
            let growth = Growth(growth);
            if let Some(time) = growth.time_to(Bytes(bytes)) {
                let before = SimDuration::from_nanos(time.as_nanos() - 1);
                prop_assert!(growth.after(before) < Bytes(bytes));
                prop_assert!(growth.after(time) >= Bytes(bytes));
            }
        }

        #[test]
        fn what_is_written_reads_back_equal(growth: u64) {
            prop_assert_eq!(Growth(growth).to_string().parse(), Ok(Growth(growth)));
        }
    }
}
