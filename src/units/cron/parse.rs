//! Reading cron expressions as `robfig/cron` v3 does (`parser.go`), with the place of a mistake.
//! Fields of other dialects are made of the same parts ([`read`]).

use std::fmt;
use std::ops::Range;

use super::{Fields, Schedule};

/// A mistake in a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    /// Where in the expression, in bytes.
    pub at: Range<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CronError {}

/// One of the fields.
pub(super) struct Field {
    pub name: &'static str,
    pub least: u64,
    pub most: u64,
    /// Of values from the least on.
    pub names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
pub(super) const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

pub(super) const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
pub(super) const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
pub(super) const DAY: Field = Field { name: "day of month", least: 1, most: 31, names: &[] };
pub(super) const MONTH: Field = Field { name: "month", least: 1, most: 12, names: &MONTHS };
const WEEKDAY: Field = Field { name: "day of week", least: 0, most: 6, names: &WEEKDAYS };

const FIELDS: [&Field; 5] = [&MINUTE, &HOUR, &DAY, &MONTH, &WEEKDAY];

const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A part of the expression, and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub text: &'a str,
    pub from: usize,
}

impl<'a> Part<'a> {
    pub fn wrong(self, message: String) -> CronError {
        CronError { at: self.from..self.from + self.text.len(), message }
    }

    /// The parts between the places of an ASCII character.
    fn split(self, by: char) -> Vec<Part<'a>> {
        let mut from = self.from;
        let parts = self.text.split(by).map(|text| {
            let part = Part { text, from };
            from += text.len() + 1;
            part
        });
        parts.collect()
    }
}

/// Reads a whole expression.
pub(super) fn schedule(text: &str) -> Result<Schedule, CronError> {
    let whole = Part { text, from: 0 };
    if text.contains("TZ=") {
        return Err(whole.wrong(
            "a schedule may not name a time zone: leave out `TZ=…` and give the times in UTC"
                .to_owned(),
        ));
    }
    if text.starts_with('@') {
        return descriptor(whole);
    }
    let words = words(text);
    let Ok(words) = <[Part; 5]>::try_from(words.as_slice()) else {
        return Err(whole.wrong(format!(
            "a schedule has five fields (minute, hour, day of month, month, day of week), \
             this has {}",
            words.len()
        )));
    };
    let mut field_bits = [(0, false); 5];
    for ((field_bits, word), field) in field_bits.iter_mut().zip(words).zip(FIELDS) {
        let (values, open) = read(field, word)?;
        *field_bits = (bits(&values), open);
    }
    let [(minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday)] =
        field_bits;
    let open = any_day || any_weekday;
    let (last_day, years) = (false, None);
    Ok(Schedule::Fields(Fields { minutes, hours, days, last_day, months, weekdays, open, years }))
}

/// The words of an expression.
pub(super) fn words(text: &str) -> Vec<Part<'_>> {
    let from = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| Part { text: word, from: from(word) }).collect()
}

/// A bit for each value.
pub(super) fn bits(values: &[u64]) -> u64 {
    values.iter().fold(0, |bits, value| bits | 1 << value)
}

fn descriptor(whole: Part<'_>) -> Result<Schedule, CronError> {
    if let Some(interval) = whole.text.strip_prefix("@every ") {
        let part = Part { text: interval, from: whole.text.len() - interval.len() };
        return every(interval).map(Schedule::Every).ok_or_else(|| {
            part.wrong(format!("`{interval}` is no interval such as `90s` or `1h30m`"))
        });
    }
    match DESCRIPTORS.iter().find(|(name, _)| *name == whole.text) {
        Some((_, fields)) => schedule(fields),
        None => Err(whole.wrong(format!(
            "`{}` is not known: there are @hourly, @daily, @weekly, @monthly, @yearly and \
             @every followed by an interval such as `1h30m`",
            whole.text
        ))),
    }
}

/// The values of one field, and whether it was left open by a star.
pub(super) fn read(field: &Field, word: Part<'_>) -> Result<(Vec<u64>, bool), CronError> {
    let (mut values, mut open) = (Vec::new(), false);
    for part in word.split(',').into_iter().filter(|part| !part.text.is_empty()) {
        let (more, star) = range(field, part)?;
        values.extend(more);
        open |= star;
    }
    Ok((values, open))
}

/// `*`, `?`, a value or a range, with or without a step.
fn range(
    field: &Field,
    part: Part<'_>,
) -> Result<(impl Iterator<Item = u64> + use<>, bool), CronError> {
    let halves = part.split('/');
    let ends = halves[0].split('-');
    let star = ["*", "?"].contains(&ends[0].text);
    let (first, mut last) = match ends[..] {
        _ if star => (field.least, field.most),
        [only] => (value(field, only)?, value(field, only)?),
        [first, last] => (value(field, first)?, value(field, last)?),
        _ => return Err(part.wrong("a range has one hyphen, such as `1-5`".to_owned())),
    };
    let step = match halves[..] {
        [_] => 1,
        [_, step] => {
            if ends.len() == 1 {
                last = field.most;
            }
            let number = step.text.parse::<usize>().ok().filter(|&step| step > 0);
            number.ok_or_else(|| step.wrong(format!("`{}` is no step: one or more", step.text)))?
        }
        _ => return Err(part.wrong("there is one slash before a step, as in `*/5`".to_owned())),
    };
    if first > last {
        return Err(part.wrong(format!("the range ends with {last}, before it begins ({first})")));
    }
    Ok(((first..=last).step_by(step), star && step == 1))
}

fn value(field: &Field, part: Part<'_>) -> Result<u64, CronError> {
    let lower = part.text.to_lowercase();
    let named = field.names.iter().position(|&name| name == lower);
    // months begin with one, days of the week with zero, as their names do
    let named = named.map(|place| place as u64 + field.least);
    let value = named.or_else(|| part.text.parse().ok());
    value.filter(|value| (field.least..=field.most).contains(value)).ok_or_else(|| {
        let names = match field.names {
            [first, .., last] => format!(", or a name from {first} to {last}"),
            _ => String::new(),
        };
        part.wrong(format!(
            "`{}` is no {}: {} to {}{names}",
            part.text, field.name, field.least, field.most
        ))
    })
}

/// An interval as Go writes it, in whole seconds and at least one.
fn every(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("μs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let length = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &tail[..length])?;
        seconds += number * unit;
        rest = &tail[length..];
    }
    // longer than Go's longest interval, 292 years, is no interval
    (!text.is_empty() && seconds < 9.2e9).then_some((seconds as i64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part that is wrong, and why.
    fn mistake(text: &str) -> (&str, String) {
        let error = schedule(text).expect_err("it is wrong");
        (&text[error.at.clone()], error.to_string())
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let told = |text| {
            let (part, message) = mistake(text);
            format!("{part}: {message}")
        };
        assert_eq!(told("60 * * * *"), "60: `60` is no minute: 0 to 59");
        assert_eq!(
            told("0 0 * jnu *"),
            "jnu: `jnu` is no month: 1 to 12, or a name from jan to dec"
        );
        assert_eq!(
            told("0  0 * * 1,7"),
            "7: `7` is no day of week: 0 to 6, or a name from sun to sat"
        );
        assert_eq!(told("0 20-4 * * *"), "20-4: the range ends with 4, before it begins (20)");
        assert_eq!(told("*/0 * * * *"), "0: `0` is no step: one or more");
        assert_eq!(told("0 0 1-2-3 * *"), "1-2-3: a range has one hyphen, such as `1-5`");
        assert_eq!(told("1/2/3 * * * *"), "1/2/3: there is one slash before a step, as in `*/5`");
        assert_eq!(told("@every soon"), "soon: `soon` is no interval such as `90s` or `1h30m`");
    }

    #[test]
    fn other_forms_are_refused_with_what_would_do() {
        assert!(mistake("0 * * *").1.ends_with("this has 4"));
        assert!(mistake("0 0 0 * * *").1.ends_with("this has 6"));
        assert!(mistake("").1.ends_with("this has 0"));
        assert!(mistake("@reboot").1.contains("@hourly, @daily"));
        assert!(mistake("@every ").1.contains("interval"));
        assert!(mistake("TZ=Asia/Tokyo 0 * * * *").1.contains("in UTC"));
    }

    #[test]
    fn intervals_are_whole_seconds() {
        assert_eq!(every("1h30m"), Some(5_400));
        assert_eq!(every("1.5h"), Some(5_400));
        assert_eq!(every("90s500ms"), Some(90));
        assert_eq!(every("10ms"), Some(1));
        assert_eq!([every("1d"), every("h"), every("5"), every("1e3s")], [None; 4]);
    }
}
