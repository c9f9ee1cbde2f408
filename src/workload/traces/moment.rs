//! Instants in a table: numbers of a unit from some zero, or dates.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Furthest from 0, in nanoseconds: 146 years, so that sums of such times can be counted.
const FURTHEST: u64 = i64::MAX as u64 / 2;

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds from 0; of a date, from the start of 1970 in UTC.
    pub nanos: i64,
    /// Whether it was written as a date.
    pub is_date: bool,
}

impl Moment {
    /// Reads a number of so many nanoseconds each, or a date in ISO 8601: with a time of day or
    /// without, with an offset to UTC or in UTC.
    ///
    /// # Errors
    /// What it should have been.
    pub fn read(text: &str, unit: u64) -> Result<Self, &'static str> {
        let near =
            |nanos: i128| i64::try_from(nanos).ok().filter(|it| it.unsigned_abs() <= FURTHEST);
        if let Ok(whole) = text.parse::<i64>() {
            let nanos = near(i128::from(whole) * i128::from(unit));
            return Ok(Self { nanos: nanos.ok_or("a smaller number")?, is_date: false });
        }
        if let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
            // a float beyond the largest number becomes the largest number
            let nanos = near((number * unit as f64).round() as i128);
            return Ok(Self { nanos: nanos.ok_or("a smaller number")?, is_date: false });
        }
        let nanos = nanos_of_date(text)
            .ok_or("a number, or a date such as `2024-01-31` or `2024-01-31T12:00:00Z`")?;
        Ok(Self { nanos: near(nanos).ok_or("a date from 1824 to 2116")?, is_date: true })
    }
}

fn nanos_of_date(text: &str) -> Option<i128> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_nanosecond());
    }
    // without an offset; jiff would take and drop the name of a zone
    let plain: DateTime = text.parse().ok().filter(|_| !text.contains('['))?;
    let instant = plain.to_zoned(TimeZone::UTC).ok()?;
    Some(instant.timestamp().as_nanosecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000_000_000;

    fn nanos(text: &str, unit: u64) -> Result<i64, &'static str> {
        Moment::read(text, unit).map(|moment| moment.nanos)
    }

    #[test]
    fn numbers_are_of_their_unit_and_may_be_below_zero() {
        assert_eq!(nanos("1665093600000", 1_000_000), Ok(1_665_093_600_000_000_000));
        assert_eq!(nanos("-1.5", DAY), Ok(-129_600_000_000_000));
        assert_eq!(nanos("1e3", 1), Ok(1000));
        assert_eq!(nanos("9223372036854775807", 1000), Err("a smaller number"));
        assert_eq!(nanos("1e30", 1), Err("a smaller number"));
    }

    #[test]
    fn dates_are_counted_from_1970_whatever_the_unit() {
        let monday = 1_704_067_200_000_000_000;
        for text in [
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00",
            "2024-01-01T00:00:00Z",
            "2024-01-01T02:00:00+02:00",
            "2024-01-01 02:00:00+02:00",
        ] {
            assert_eq!(
                Moment::read(text, DAY),
                Ok(Moment { nanos: monday, is_date: true }),
                "{text}"
            );
        }
        assert_eq!(nanos("2024-01-01T00:00:00.25Z", 1), Ok(monday + 250_000_000));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in
            ["", "soon", "inf", "NaN", "2024-02-30", "12:00", "2024-01-01T00:00:00[Europe/Berlin]"]
        {
            let expected = nanos(text, 1).unwrap_err();
            assert!(expected.starts_with("a number, or a date such as"), "{text}");
        }
        assert_eq!(nanos("1600-01-01", 1), Err("a date from 1824 to 2116"));
    }
}
