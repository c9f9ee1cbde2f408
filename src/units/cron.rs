//! A cron expression, and when it is next due. Times are whole seconds of Unix time, in UTC.
//!
//! Schedules of AWS have a dialect of their own ([`Fields::aws`]). For all others the rules are
//! those of `robfig/cron` v3, `parser.go` and `spec.go`, by whose `ParseStandard` the
//! API server of Kubernetes v1.36 judges `spec.schedule`: they differ from other crons in that days
//! of the week end with 6, `5/10` means `5-59/10`, and `*/2` restricts a day (see
//! [`Schedule::next`]).

mod aws;
mod parse;

pub use parse::CronError;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const DAY: i64 = 24 * 60 * 60;

/// When something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At these times of these days.
    Fields(Fields),
    /// So many seconds after the last time (`@every`).
    Every(i64),
}

/// The fields: a bit for each value that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    /// Whether the last day of a month is one.
    last_day: bool,
    months: u64,
    weekdays: u64,
    /// Whether days of the month, or those of the week, were left open.
    open: bool,
    /// From 1970 on; none for any.
    years: Option<[u64; 4]>,
}

impl Schedule {
    /// Reads an expression of five fields, or one such as `@daily` or `@every 90m`.
    ///
    /// # Errors
    /// What the API server would refuse, and where.
    pub fn parse(text: &str) -> Result<Self, parse::CronError> {
        parse::schedule(text)
    }

    /// The first time after `after` that it is due; none within the five years that it looks ahead.
    ///
    /// Where both days of the month and of the week are restricted, either is enough.
    pub fn next(&self, after: i64) -> Option<i64> {
        match self {
            Self::Every(seconds) => after.checked_add(*seconds),
            Self::Fields(fields) => fields.next(after),
        }
    }
}

impl Fields {
    /// Reads an expression of AWS, which has six fields: `0 8 ? * MON-FRI *`.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn aws(text: &str) -> Result<Self, CronError> {
        aws::fields(text)
    }

    /// The first time after `after` that it is due; none within the five years that it looks ahead,
    /// ten in AWS.
    pub fn next(&self, after: i64) -> Option<i64> {
        // the first whole minute after it
        let from = after.checked_div_euclid(60)?.checked_add(1)?.checked_mul(60)?;
        let first = Timestamp::from_second(from).ok()?.to_zoned(TimeZone::UTC).date();
        let ahead = if self.years.is_some() { 10 } else { 5 };
        let last = first.year().checked_add(ahead)?;
        let mut date = first;
        while date.year() <= last {
            if self.includes(date) {
                let earliest = if date == first { from.rem_euclid(DAY) / 60 } else { 0 };
                if let Some(minute) = self.minute_from(earliest) {
                    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
                    return Some(midnight + minute * 60);
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn includes(&self, date: Date) -> bool {
        let bit = |bits: u64, value: i8| bits & (1 << value) != 0;
        let ends_month = self.last_day && date.day() == date.days_in_month();
        let day = ends_month || bit(self.days, date.day());
        let weekday = bit(self.weekdays, date.weekday().to_sunday_zero_offset());
        let either = if self.open { day && weekday } else { day || weekday };
        bit(self.months, date.month()) && either && self.includes_year(date.year())
    }

    fn includes_year(&self, year: i16) -> bool {
        self.years.is_none_or(|years| {
            let place = u64::try_from(year).ok().and_then(|it| it.checked_sub(aws::FIRST_YEAR));
            let bits = |place: u64| years.get(place as usize / 64).map(|bits| bits >> (place % 64));
            place.and_then(bits).is_some_and(|bits| bits & 1 != 0)
        })
    }

    /// The first minute of a day that is due, from one on.
    fn minute_from(&self, earliest: i64) -> Option<i64> {
        (earliest..24 * 60).find(|minute| {
            self.hours & (1 << (minute / 60)) != 0 && self.minutes & (1 << (minute % 60)) != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_second()
    }

    /// The next three times after one.
    fn next(expression: &str, after: &str) -> Vec<String> {
        let schedule = Schedule::parse(expression).expect("it is an expression");
        let mut now = unix(after);
        let mut times = Vec::new();
        for _ in 0..3 {
            now = schedule.next(now).expect("it is due some time");
            times.push(Timestamp::from_second(now).expect("a time").to_string());
        }
        times
    }

    #[test]
    fn it_is_due_after_and_not_at_the_time_asked() {
        let hours = ["2026-03-01T13:00:00Z", "2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z"];
        assert_eq!(next("0 * * * *", "2026-03-01T12:00:00Z"), hours);
        assert_eq!(next("0 * * * *", "2026-03-01T12:59:59Z"), hours);
        assert_eq!(next("@hourly", "2026-03-01T12:00:01Z"), hours);
    }

    #[test]
    fn lists_ranges_and_steps() {
        let times = ["2026-03-01T16:30:00Z", "2026-03-02T08:00:00Z", "2026-03-02T08:30:00Z"];
        assert_eq!(next("*/30 8-16/4,12 * * *", "2026-03-01T16:00:00Z"), times);
        let steps = ["2026-03-01T00:25:00Z", "2026-03-01T00:45:00Z", "2026-03-01T01:05:00Z"];
        assert_eq!(next("5/20 * * * *", "2026-03-01T00:05:00Z"), steps);
    }

    #[test]
    fn names_of_months_and_days() {
        // 6 March 2026 is a Friday
        let fridays = ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"];
        assert_eq!(next("0 0 * MAR fri", "2026-01-01T00:00:00Z"), fridays);
        let sundays = ["2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"];
        assert_eq!(next("@weekly", "2026-02-28T00:00:00Z"), sundays);
    }

    #[test]
    fn either_kind_of_day_is_enough_where_both_are_restricted() {
        let either = ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-15T00:00:00Z"];
        assert_eq!(next("0 0 15 3 FRI", "2026-03-01T00:00:00Z"), either);
        // a step above one restricts, even from a star: odd days or Fridays
        let step = ["2026-03-03T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"];
        assert_eq!(next("0 0 */2 3 FRI", "2026-03-01T00:00:00Z"), step);
        let both = ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"];
        assert_eq!(next("0 0 ? 3 FRI", "2026-03-01T00:00:00Z"), both);
    }

    #[test]
    fn leap_days_and_days_that_never_come() {
        let leap = ["2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z", "2036-02-29T12:00:00Z"];
        assert_eq!(next("0 12 29 2 *", "2026-01-01T00:00:00Z"), leap);
        let never = Schedule::parse("59 23 31 2 *").expect("the API takes it");
        assert_eq!(never.next(unix("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn intervals_count_from_the_last_time() {
        let times = ["2026-03-01T01:30:07Z", "2026-03-01T03:00:07Z", "2026-03-01T04:30:07Z"];
        assert_eq!(next("@every 1h30m", "2026-03-01T00:00:07Z"), times);
    }
}
