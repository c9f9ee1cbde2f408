//! Quantities as people read them: three significant digits and a unit of the right size.
//!
//! Everything a person sees goes through here; files for machines carry plain numbers in base
//! units. A value that cannot be shown (NaN, infinite) is a dash.

use serde::Serialize;

use crate::metrics::{figures, series};

/// What stands where there is no value.
pub const NOTHING: &str = "–";

/// What a number measures, where one place shows many kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A plain number, such as replicas: whole where it is.
    Count,
    /// Seconds.
    Duration,
    /// A share of a whole.
    Share,
    Bytes,
    /// Per second.
    Rate,
    Watts,
    /// Kilowatt hours.
    Energy,
    /// US dollars.
    Money,
}

impl Quantity {
    /// A value as people read it.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Count if value.fract() == 0.0 && value.abs() < 1e15 => {
                let sign = if value < 0.0 { "-" } else { "" };
                format!("{sign}{}", count(value.abs() as u64))
            }
            Self::Count => number(value),
            Self::Duration => duration(value),
            Self::Share => percent(value),
            Self::Bytes => bytes(value),
            Self::Rate => rate(value),
            Self::Watts => watts(value),
            Self::Energy => energy(value),
            Self::Money => money(value),
        }
    }
}

impl From<series::Unit> for Quantity {
    fn from(unit: series::Unit) -> Self {
        match unit {
            series::Unit::Count => Self::Count,
            series::Unit::PerSecond => Self::Rate,
            series::Unit::Seconds => Self::Duration,
            series::Unit::Fraction => Self::Share,
            series::Unit::Bytes => Self::Bytes,
            series::Unit::Watts => Self::Watts,
        }
    }
}

impl From<figures::Unit> for Quantity {
    fn from(unit: figures::Unit) -> Self {
        match unit {
            figures::Unit::Count | figures::Unit::ReplicasPerHost => Self::Count,
            figures::Unit::Seconds => Self::Duration,
            figures::Unit::Fraction => Self::Share,
            figures::Unit::Bytes => Self::Bytes,
            figures::Unit::PerSecond => Self::Rate,
            figures::Unit::KilowattHours => Self::Energy,
            figures::Unit::DollarsPerHour | figures::Unit::Dollars => Self::Money,
        }
    }
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Units of growing size: how many base units each stands for, and its symbol.
type Scale = &'static [(f64, &'static str)];

const SHORT_TIMES: Scale = &[(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")];
const SIZES: Scale = &[
    (1.0, "B"),
    (1024.0, "KiB"),
    (1048576.0, "MiB"),
    (1073741824.0, "GiB"),
    (1099511627776.0, "TiB"),
    (1125899906842624.0, "PiB"),
];
const POWERS: Scale = &[(1.0, "W"), (1e3, "kW"), (1e6, "MW")];
const ENERGIES: Scale = &[(1e-3, "Wh"), (1.0, "kWh"), (1e3, "MWh"), (1e6, "GWh")];

/// A span given in seconds: `18.2 ms`, `1.30 s`, `2 min 5 s`, `3 h 20 min`, `12 d 4 h`.
pub fn duration(seconds: f64) -> String {
    // what rounds to two minutes is written as two minutes
    if seconds.abs() < 119.95 {
        return scaled(seconds, SHORT_TIMES, "s");
    }
    let (large, small) = match seconds.abs() {
        s if s.round() < 2.0 * HOUR => ((MINUTE, "min"), (1.0, "s")),
        s if s < 2.0 * DAY => ((HOUR, "h"), (MINUTE, "min")),
        s if s < 1e11 => ((DAY, "d"), (HOUR, "h")),
        _ => return NOTHING.into(),
    };
    let smalls = (seconds.abs() / small.0).round() as u64;
    let ratio = (large.0 / small.0) as u64;
    let sign = if seconds < 0.0 { "-" } else { "" };
    match (smalls / ratio, smalls % ratio) {
        (whole, 0) => format!("{sign}{} {}", count(whole), large.1),
        (whole, rest) => format!("{sign}{} {} {rest} {}", count(whole), large.1, small.1),
    }
}

/// A span that someone chose, without the zeros of precision: `250 ms`, `1.5 s`.
pub fn round_duration(seconds: f64) -> String {
    let text = duration(seconds);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}

/// An amount of memory or data: `4.60 GiB`, `512 MiB`, `17 B`.
pub fn bytes(bytes: f64) -> String {
    if bytes.abs() < 1000.0 && bytes.fract() == 0.0 {
        return format!("{bytes} B");
    }
    scaled(bytes, SIZES, "B")
}

/// Power: `86.0 W`, `1.20 kW`.
pub fn watts(watts: f64) -> String {
    scaled(watts, POWERS, "W")
}

/// Energy given in kilowatt hours: `45.6 Wh`, `1.20 kWh`.
pub fn energy(kilowatt_hours: f64) -> String {
    scaled(kilowatt_hours, ENERGIES, "kWh")
}

/// A share of a whole: `63.1 %`. A share just below the whole is never shown as the whole:
/// `99.998 %`; one just above nothing is not nothing: `0.042 %`, `<0.01 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if !percent.is_finite() {
        return NOTHING.into();
    }
    let missing = (100.0 - percent).abs();
    // nearer than that is the rounding of sums
    if percent == 0.0 || missing < 1e-6 {
        return format!("{percent:.0} %");
    }
    if percent.abs() < 0.01 {
        return if percent > 0.0 { "<0.01 %".into() } else { ">-0.01 %".into() };
    }
    let decimals = if percent.abs() < 0.1 {
        1.0 - decade(percent.abs())
    } else if missing < 0.1 {
        // to the nearest of 1e-9, as 100 - 99.998 is a little less than 0.002
        -decade(missing + 1e-9)
    } else {
        1.0
    };
    format!("{percent:.*} %", decimals.clamp(1.0, 6.0) as usize)
}

/// US dollars: `$ 1.20`, `$ 12,345.60`; below a cent two digits: `$ 0.0042`.
pub fn money(dollars: f64) -> String {
    if !dollars.is_finite() {
        return NOTHING.into();
    }
    let size = dollars.abs();
    let decimals =
        if size > 0.0 && size < 0.01 { (1.0 - decade(size)).clamp(2.0, 9.0) as usize } else { 2 };
    let sign = if dollars < 0.0 { "-" } else { "" };
    format!("{sign}$ {}", grouped(&format!("{size:.decimals$}")))
}

/// Occurrences per second: `12.3 /s`, `14,200 /s`.
pub fn rate(per_second: f64) -> String {
    match number(per_second) {
        text if text == NOTHING => text,
        text => format!("{text} /s"),
    }
}

/// A whole number with its thousands apart: `1,234,567`.
pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// Any number to three significant digits, whole from a hundred on: `0.0123`, `5.98`, `14,203`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", grouped(&significant(value.abs())))
}

/// A number and its unit, the largest of which it holds at least one.
fn scaled(value: f64, scale: Scale, zero_unit: &str) -> String {
    if !value.is_finite() {
        return NOTHING.into();
    }
    if value == 0.0 {
        return format!("0 {zero_unit}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    // rounding to three digits must not end in the next larger unit: 999.96 ms is 1.00 s
    let fits = |unit: f64| significant(size / unit).parse::<f64>().is_ok_and(|n| n >= 1.0);
    let &(unit, symbol) = scale.iter().rev().find(|(unit, _)| fits(*unit)).unwrap_or(&scale[0]);
    format!("{sign}{} {symbol}", grouped(&significant(size / unit)))
}

/// A positive number to three significant digits, without an exponent.
fn significant(value: f64) -> String {
    let decimals = (2.0 - decade(value)).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    // 9.996 is 10.0, not 10.00
    match text.parse::<f64>() {
        Ok(rounded) if decimals > 0 && decade(rounded) > decade(value) => {
            format!("{value:.*}", decimals - 1)
        }
        _ => text,
    }
}

/// The power of ten below a positive number.
fn decade(value: f64) -> f64 {
    libm::floor(libm::log10(value))
}

/// Digits with a comma between thousands, left of the decimal point.
pub(super) fn grouped(digits: &str) -> String {
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut text = String::with_capacity(digits.len() + whole / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_carry_the_unit_of_their_size() {
        let written = [
            (0.0, "0 s"),
            (4e-10, "0.400 ns"),
            (8.5e-7, "850 ns"),
            (0.0182, "18.2 ms"),
            (0.99996, "1.00 s"),
            (1.3, "1.30 s"),
            (9.996, "10.0 s"),
            (119.9, "120 s"),
            (119.96, "2 min"),
            (125.4, "2 min 5 s"),
            (7199.7, "2 h"),
            (12_000.0, "3 h 20 min"),
            (86_400.0 * 12.0 + 14_400.0, "12 d 4 h"),
            (-0.25, "-250 ms"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ];
        for (seconds, text) in written {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn a_chosen_span_reads_as_it_was_chosen() {
        assert_eq!(round_duration(0.25), "250 ms");
        assert_eq!(round_duration(0.05), "50 ms");
        assert_eq!(round_duration(1.5), "1.5 s");
        assert_eq!(round_duration(300.0), "5 min");
    }

    #[test]
    fn sizes_powers_and_energies_scale() {
        assert_eq!(bytes(17.0), "17 B");
        assert_eq!(bytes(512.0 * 1024.0 * 1024.0), "512 MiB");
        assert_eq!(bytes(4.6 * 1024f64.powi(3)), "4.60 GiB");
        // 1,020 KiB is not a whole MiB yet
        assert_eq!(bytes(1020.0 * 1024.0), "1,020 KiB");
        assert_eq!(watts(86.0), "86.0 W");
        assert_eq!(watts(1200.0), "1.20 kW");
        assert_eq!(energy(0.0456), "45.6 Wh");
    }

    #[test]
    fn a_share_is_whole_or_nothing_only_when_it_is() {
        assert_eq!(percent(0.631), "63.1 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.999_98), "99.998 %");
        assert_eq!(percent(0.999_999_6), "99.99996 %");
        assert_eq!(percent(0.000_42), "0.042 %");
        assert_eq!(percent(0.000_1), "0.010 %");
        assert_eq!(percent(3.7e-7), "<0.01 %");
        assert_eq!(percent(-3.7e-7), ">-0.01 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn money_has_cents_and_thousands() {
        assert_eq!(money(1.2), "$ 1.20");
        assert_eq!(money(12_345.6), "$ 12,345.60");
        assert_eq!(money(0.0042), "$ 0.0042");
        assert_eq!(money(0.0), "$ 0.00");
        assert_eq!(money(-3.5), "-$ 3.50");
    }

    #[test]
    fn a_count_is_whole_where_it_is() {
        assert_eq!(Quantity::Count.show(3.0), "3");
        assert_eq!(Quantity::Count.show(-14_203.0), "-14,203");
        assert_eq!(Quantity::Count.show(2.5), "2.50");
        assert_eq!(Quantity::Count.show(f64::NAN), "–");
        assert_eq!(Quantity::from(figures::Unit::DollarsPerHour).show(1.2), "$ 1.20");
        assert_eq!(Quantity::from(series::Unit::Fraction).show(0.5), "50.0 %");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(number(14_203.4), "14,203");
        assert_eq!(number(5.98), "5.98");
        assert_eq!(rate(12.34), "12.3 /s");
    }
}
