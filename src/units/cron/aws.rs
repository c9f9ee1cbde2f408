//! Cron expressions of AWS: six fields, of which one day field is `?`.
//!
//! Minutes, hours, days of the month, months, days of the week (1 is Sunday), years. Read are `*`,
//! `?`, numbers, names, lists, ranges, steps, and `L` for the last day of a month. (Amazon
//! CloudWatch Events User Guide, "Schedule expressions for rules".)

use super::Fields;
use super::parse::{CronError, DAY, Field, HOUR, MINUTE, MONTH, Part, WEEKDAYS, bits, read, words};

const WEEKDAY: Field = Field { name: "day of week", least: 1, most: 7, names: &WEEKDAYS };
/// The first year that there is.
pub(super) const FIRST_YEAR: u64 = 1970;
const YEAR: Field = Field { name: "year", least: FIRST_YEAR, most: 2199, names: &[] };

/// Reads what stands in the parentheses of `cron(…)`.
pub(super) fn fields(text: &str) -> Result<Fields, CronError> {
    let words = words(text);
    let &[minutes, hours, days, months, weekdays, years] = words.as_slice() else {
        return Err(Part { text, from: 0 }.wrong(format!(
            "a schedule of AWS has six fields (minute, hour, day of month, month, day of week, \
             year), this has {}",
            words.len()
        )));
    };
    if (days.text == "?") == (weekdays.text == "?") {
        let at = Part { text: &text[days.from..weekdays.from + weekdays.text.len()], ..days };
        return Err(at.wrong(format!(
            "one of the day fields `{}` and `{}` must be `?`, the one that does not matter",
            days.text, weekdays.text
        )));
    }
    let last_day = days.text == "L";
    let every = |field, word: Part<'_>| values(field, word).map(|values| bits(&values));
    let mut of_years = [0; 4];
    for year in values(&YEAR, years)? {
        let place = year - FIRST_YEAR;
        of_years[place as usize / 64] |= 1 << (place % 64);
    }
    Ok(Fields {
        minutes: every(&MINUTE, minutes)?,
        hours: every(&HOUR, hours)?,
        days: if last_day { 0 } else { bits(&read(&DAY, days)?.0) },
        last_day,
        months: every(&MONTH, months)?,
        // a bit for Sunday is the first
        weekdays: bits(&read(&WEEKDAY, weekdays)?.0) >> WEEKDAY.least,
        open: true,
        years: Some(of_years),
    })
}

/// The values of a field that is none of days.
fn values(field: &Field, word: Part<'_>) -> Result<Vec<u64>, CronError> {
    if word.text.contains('?') {
        return Err(word.wrong("`?` stands only for days of the month or of the week".to_owned()));
    }
    Ok(read(field, word)?.0)
}
