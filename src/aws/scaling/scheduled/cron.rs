//! Cron expressions of AWS: six fields, of which one day field is `?`.
//!
//! Minutes, hours, days of the month, months, days of the week (1 is Sunday), years. Read are `*`,
//! `?`, numbers, names, lists, ranges, steps, and `L` for the last day of a month. (Amazon
//! CloudWatch Events User Guide, "Schedule expressions for rules".)

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const DAY: i64 = 24 * 60 * 60;
/// Schedules are looked for so far ahead; 29 February comes at least every eight years.
const DAYS_AHEAD: u32 = 10 * 366;
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The fields of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u16>,
    hours: Vec<u16>,
    /// None for any.
    days: Option<Vec<u16>>,
    /// Whether the last day of a month is one.
    last_day: bool,
    months: Vec<u16>,
    /// From 1 for Sunday; none for any.
    weekdays: Option<Vec<u16>>,
    years: Vec<u16>,
}

/// A field: its name, its least and greatest value, and names for values from the least on.
struct Field {
    name: &'static str,
    least: u16,
    most: u16,
    names: &'static [&'static str],
}

const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, names: &[] },
    Field { name: "hours", least: 0, most: 23, names: &[] },
    Field { name: "days of the month", least: 1, most: 31, names: &[] },
    Field { name: "months", least: 1, most: 12, names: &MONTHS },
    Field { name: "days of the week", least: 1, most: 7, names: &WEEKDAYS },
    Field { name: "years", least: 1970, most: 2199, names: &[] },
];

impl Cron {
    /// Reads what stands in the parentheses of `cron(…)`.
    pub(super) fn parse(text: &str) -> Result<Self, (String, String)> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
            let title = format!("`{text}` has {} fields, not six", fields.len());
            let help = "minutes, hours, days of the month, months, days of the week, years: \
                        `cron(0 8 ? * MON-FRI *)`";
            return Err((title, help.to_owned()));
        };
        if (days == "?") == (weekdays == "?") {
            let title = format!("one of the day fields `{days}` and `{weekdays}` must be `?`");
            return Err((title, "write `?` for the one that does not matter".to_owned()));
        }
        let [minute, hour, day, month, weekday, year] = &FIELDS;
        let (days, last_day) =
            if days == "L" { (Some(Vec::new()), true) } else { (day.days(days)?, false) };
        Ok(Self {
            minutes: minute.values(minutes)?,
            hours: hour.values(hours)?,
            days,
            last_day,
            months: month.values(months)?,
            weekdays: weekday.days(weekdays)?,
            years: year.values(years)?,
        })
    }

    /// The first time after `after`; seconds of Unix time.
    pub(super) fn next(&self, after: i64) -> Option<i64> {
        let from = (after.div_euclid(60) + 1) * 60;
        let start = Timestamp::from_second(from).ok()?.to_zoned(TimeZone::UTC);
        let mut date = start.date();
        let midnight = from.div_euclid(DAY) * DAY;
        let mut earliest = from - midnight;
        for ahead in 0..DAYS_AHEAD {
            if self.is_due_on(date)
                && let Some(second) = self.first_of_day(earliest)
            {
                return Some(midnight + i64::from(ahead) * DAY + second);
            }
            earliest = 0;
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn is_due_on(&self, date: Date) -> bool {
        let has = |values: &[u16], value: i16| values.contains(&value.unsigned_abs());
        let day = self.days.as_ref().is_none_or(|days| {
            has(days, i16::from(date.day()))
                || (self.last_day && date.day() == date.days_in_month())
        });
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        has(&self.years, date.year())
            && has(&self.months, i16::from(date.month()))
            && day
            && self.weekdays.as_ref().is_none_or(|weekdays| has(weekdays, weekday))
    }

    /// The first second of a day that is due, from `earliest` on.
    fn first_of_day(&self, earliest: i64) -> Option<i64> {
        let seconds = self.hours.iter().flat_map(|hour| {
            self.minutes.iter().map(|minute| i64::from(*hour) * 3600 + i64::from(*minute) * 60)
        });
        seconds.filter(|second| *second >= earliest).min()
    }
}

impl Field {
    /// The values of a field of days; none for any.
    fn days(&self, text: &str) -> Result<Option<Vec<u16>>, (String, String)> {
        if ["?", "*"].contains(&text) { Ok(None) } else { self.values(text).map(Some) }
    }

    fn values(&self, text: &str) -> Result<Vec<u16>, (String, String)> {
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let (first, last) = match (range, range.split_once('-')) {
                ("*", _) => (self.least, self.most),
                (_, Some((first, last))) => (self.value(first)?, self.value(last)?),
                // `5/10` means from 5 on
                (one, None) if step.is_some() => (self.value(one)?, self.most),
                (one, None) => (self.value(one)?, self.value(one)?),
            };
            let step = match step {
                None => 1,
                Some(step) => step.parse().ok().filter(|step| *step > 0).ok_or_else(|| {
                    (format!("`{step}` is no step"), "write one such as `0/15`".to_owned())
                })?,
            };
            if first > last {
                let help = "write the lower value first".to_owned();
                return Err((format!("`{range}` runs backwards"), help));
            }
            values.extend((first..=last).step_by(step));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn value(&self, text: &str) -> Result<u16, (String, String)> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = named.map(|place| self.least + place as u16).or_else(|| text.parse().ok());
        value.filter(|value| (self.least..=self.most).contains(value)).ok_or_else(|| {
            let help = format!("{} are from {} to {}", self.name, self.least, self.most);
            (format!("`{text}` is none of the {}", self.name), help)
        })
    }
}
