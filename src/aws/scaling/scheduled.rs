//! Scheduled actions: at certain times the bounds of a target change.
//!
//! Source: Application Auto Scaling User Guide, "Scheduled scaling". Times are UTC.

#[cfg(test)]
mod tests;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Bounds;
use crate::units::cron::Fields;

/// An action that changes bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledAction {
    /// Its name.
    pub name: String,
    /// When it is due.
    pub schedule: Schedule,
    /// Not before this instant, in seconds of Unix time.
    pub start: Option<i64>,
    /// Not after this one.
    pub end: Option<i64>,
    /// The least size from then on; none to leave it.
    pub min: Option<u32>,
    /// The greatest size from then on; none to leave it.
    pub max: Option<u32>,
}

/// When an action is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Once, in seconds of Unix time: `at(2030-01-31T08:00:00)`.
    At(i64),
    /// Every so many seconds, from its start on: `rate(5 minutes)`.
    Rate(i64),
    /// When the fields match: `cron(0 8 ? * MON-FRI *)`.
    Cron(Fields),
}

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let inside = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(inner) = inside("at") {
            let date: Option<DateTime> = inner.trim().parse().ok();
            let unix = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
            let unix = unix.map(|zoned| zoned.timestamp().as_second());
            let help = "write it like `at(2030-01-31T08:00:00)`, in UTC";
            return unix.map(Self::At).ok_or_else(|| wrong(inner, "an instant", help));
        }
        if let Some(inner) = inside("rate") {
            let help = "write it like `rate(5 minutes)`, `rate(1 hour)` or `rate(2 days)`";
            return rate(inner).map(Self::Rate).ok_or_else(|| wrong(inner, "a rate", help));
        }
        if let Some(inner) = inside("cron") {
            let help = "write it like `cron(0 8 ? * MON-FRI *)`";
            let fields = Fields::aws(inner).map(Self::Cron);
            return fields.map_err(|error| (error.to_string(), help.to_owned()));
        }
        let help = "write `at(2030-01-31T08:00:00)`, `rate(1 hour)` or `cron(0 8 ? * MON-FRI *)`";
        Err(wrong(text, "a schedule", help))
    }
}

fn wrong(text: &str, what: &str, help: &str) -> (String, String) {
    (format!("`{text}` is not {what}"), help.to_owned())
}

/// Seconds between two times.
fn rate(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        _ => return None,
    };
    number.checked_mul(seconds)
}

impl ScheduledAction {
    /// The first time after `after` that it is due; none if there is none. Seconds of Unix time.
    ///
    /// A rate is counted from the start of the action, else from the beginning of Unix time: when
    /// the action was made is not known here.
    pub fn next(&self, after: i64) -> Option<i64> {
        let after = self.start.map_or(after, |start| after.max(start - 1));
        let next = match &self.schedule {
            Schedule::At(instant) => Some(*instant).filter(|instant| *instant > after),
            Schedule::Rate(every) => {
                let start = self.start.unwrap_or(0);
                let times = (after - start).div_euclid(*every) + 1;
                start.checked_add(times.max(0).checked_mul(*every)?)
            }
            Schedule::Cron(cron) => cron.next(after),
        };
        next.filter(|next| self.end.is_none_or(|end| *next <= end))
    }

    /// The bounds from the action on. A minimum above the maximum that was raises that, and the
    /// other way round.
    pub fn bounds(&self, before: Bounds) -> Bounds {
        let min = self.min.unwrap_or_else(|| before.min.min(self.max.unwrap_or(u32::MAX)));
        let max = self.max.unwrap_or_else(|| before.max.max(min));
        Bounds { min, max }
    }
}
