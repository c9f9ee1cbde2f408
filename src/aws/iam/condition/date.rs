//! Dates of conditions: ISO 8601 as the W3C profiles it, or seconds since 1970.

/// An instant in milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(i64);

impl Date {
    /// Reads `2026`, `2026-01`, `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00.5+01:00`
    /// or `1769860800`.
    pub fn read(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) && (5..=12).contains(&text.len()) {
            return text.parse().ok().map(|seconds: i64| Self(seconds * 1000));
        }
        let (day, time) = match text.split_once('T') {
            Some((day, time)) => (day, Some(time)),
            None => (text, None),
        };
        let midnight = days(day)? * 86_400_000;
        let since = time.map_or(Some(0), time_of_day)?;
        Some(Self(midnight + since))
    }
}

/// A number of so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let all_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

/// Days since 1970 of `2026-01-31`, by counting 400-year cycles from March on.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    let cycle = year.div_euclid(400);
    let year = year.rem_euclid(400);
    Some(cycle * 146_097 + year * 365 + year / 4 - year / 100 + in_year - 719_468)
}

/// Milliseconds since midnight UTC of `12:00:00.5+01:00`.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) if &text[at..] == "Z" => (&text[..at], 0),
        Some(at) => {
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            (&text[..at], if text[at..].starts_with('-') { -minutes } else { minutes })
        }
        None => return None,
    };
    let mut parts = clock.splitn(3, ':');
    let hours = digits(parts.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = digits(parts.next()?, 2).filter(|minutes| *minutes < 60)?;
    let millis = match parts.next() {
        None => 0,
        Some(seconds) => millis(seconds)?,
    };
    Some((hours * 60 + minutes - offset) * 60_000 + millis)
}

/// Milliseconds of `59` or `59.25`.
fn millis(seconds: &str) -> Option<i64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole = digits(whole, 2).filter(|seconds| *seconds < 61)?;
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(whole * 1000 + digits(&thousandths, 3)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form() {
        let noon = Date(1_769_860_800_000);
        let forms = [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31T11:30:00.000-00:30",
            "1769860800",
        ];
        for text in forms {
            assert_eq!(Date::read(text), Some(noon), "{text}");
        }
        assert_eq!(Date::read("1970-01-01"), Some(Date(0)));
        assert_eq!(Date::read("2000-02-29"), Some(Date(11_016 * 86_400_000)));
        assert_eq!(Date::read("1970-01-01T00:00:00.25Z"), Some(Date(250)));
        assert_eq!(Date::read("2026"), Date::read("2026-01-01"));
        for text in
            ["", "2026-13", "2026-02-29", "2026-01-31T25:00:00Z", "2026-01-31T12:00:00", "x"]
        {
            assert_eq!(Date::read(text), None, "{text}");
        }
    }
}
