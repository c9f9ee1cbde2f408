//! Points in time as the AWS command line writes them: RFC 3339, or seconds since 1970.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// Microseconds of a day, which has no leap seconds.
const DAY: i64 = 86_400 * SECOND;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Since 1970 began in UTC, in microseconds.
    micros: i64,
}

/// Text that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no point in time: write it like `2026-03-01T12:00:00Z`, `2026-03-01` or \
         `1772366400`"
)]
pub struct InvalidMoment(pub String);

impl Moment {
    /// So many seconds after 1970 began in UTC; none past the year 9999.
    pub fn from_epoch_seconds(seconds: f64) -> Option<Self> {
        // numbers with a fraction are exact to the microsecond until the year 2242
        let micros = (seconds * SECOND as f64).round();
        let micros = micros.is_finite().then_some(micros as i64)?;
        Timestamp::from_microsecond(micros).ok().map(Self::from)
    }

    /// Time since then, in microseconds; negative for what is yet to come.
    pub fn elapsed(self, now: Self) -> i64 {
        now.micros - self.micros
    }

    /// Whether it is more than so many days ago, by as little as it may.
    pub fn is_older_than(self, days: u32, now: Self) -> bool {
        self.elapsed(now) > i64::from(days).saturating_mul(DAY)
    }

    /// So many days earlier.
    #[cfg(test)]
    pub(super) fn days_before(self, days: f64) -> Self {
        Self { micros: self.micros - (days * DAY as f64).round() as i64 }
    }
}

/// RFC 3339, a date (its first moment in UTC), or seconds since 1970.
impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let stamp = || text.parse::<Timestamp>().ok().map(Self::from);
        let date = || {
            // a date alone: jiff would take one with a time of day too, and drop that
            let plain = text.len() == "2026-03-01".len() && text.contains('-');
            let date = plain.then(|| text.parse::<Date>().ok()).flatten()?;
            let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(Self::from(zoned.timestamp()))
        };
        let seconds = || text.parse().ok().and_then(Self::from_epoch_seconds);
        stamp().or_else(date).or_else(seconds).ok_or_else(|| InvalidMoment(text.to_owned()))
    }
}

impl From<Timestamp> for Moment {
    fn from(stamp: Timestamp) -> Self {
        Self { micros: stamp.as_microsecond() }
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.micros) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} µs after 1970", self.micros),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a moment")
    }

    #[test]
    fn all_ways_to_write_a_moment_are_one() {
        let noon = moment("2026-03-01T12:00:00Z");
        for text in ["2026-03-01T14:00:00.000000+02:00", "1772366400", "1772366400.0"] {
            assert_eq!(moment(text), noon, "{text}");
        }
        assert_eq!(moment("2026-03-01"), noon.days_before(0.5));
        assert_eq!(moment("1772366400.25").to_string(), "2026-03-01T12:00:00.25Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-03-01T12:00:00",
            "2026-13-01",
            "1772366400000",
            "NaN",
            "1e99",
            "inf",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn exactly_so_many_days_ago_is_not_older() {
        let now = moment("2026-03-01T12:00:00Z");
        let pushed = moment("2026-02-22T12:00:00Z");
        assert!(!pushed.is_older_than(7, now));
        assert!(pushed.is_older_than(7, moment("2026-03-01T12:00:00.000001Z")));
        assert!(!now.is_older_than(u32::MAX, now));
        assert!(!now.is_older_than(1, pushed), "what is yet to come has no age");
    }
}
