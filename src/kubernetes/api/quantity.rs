//! Amounts as Kubernetes counts them: the exact value of a `Quantity` and its two roundings.
//!
//! The scheduler never sees the text of a quantity: it asks for whole units (`Value`) or for
//! thousandths (`MilliValue`), both rounded up. Source: Kubernetes v1.36,
//! `apimachinery/pkg/api/resource/quantity.go` (`ParseQuantity`, `Value`, `MilliValue`): amounts
//! are kept to a billionth, finer ones are rounded away from zero, and nothing exceeds `2^63 - 1`.
//!
//! One thing differs: where a product leaves 64 bits, Kubernetes returns whatever the machine
//! makes of it; here it stays at the largest or smallest number.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use thiserror::Error;

const NANOS: i128 = 1_000_000_000;
/// The largest amount, in billionths.
const MOST: i128 = i64::MAX as i128 * NANOS;
/// Digits that are multiplied exactly: with `2^60` they still fit into 128 bits.
const EXACT_DIGITS: usize = 19;

/// The exact value of a quantity, in billionths of its unit; it may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    nanos: i128,
}

/// Text that is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a quantity such as `500m`, `0.5`, `2`, `1e3`, `64Mi` or `1.5Gi`")]
pub struct NotAQuantity {
    /// What was written.
    pub text: String,
}

/// What a suffix multiplies by.
enum Scale {
    Ten(i32),
    Two(u32),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0 };

    /// Reads a quantity; the whole text must be one.
    ///
    /// # Errors
    /// Text outside the grammar of Kubernetes.
    pub fn read(text: &str) -> Result<Self, NotAQuantity> {
        parse(text).ok_or_else(|| NotAQuantity { text: text.to_owned() })
    }

    /// This many whole units.
    pub fn whole(units: i64) -> Self {
        Self { nanos: i128::from(units) * NANOS }
    }

    /// This many thousandths of a unit.
    pub fn milli(thousandths: i64) -> Self {
        Self { nanos: i128::from(thousandths) * (NANOS / 1_000) }
    }

    /// Whole units, rounded away from zero: bytes, pods, devices.
    pub fn value(self) -> i64 {
        rounded(self.nanos, NANOS)
    }

    /// Thousandths, rounded away from zero: millicores.
    pub fn milli_value(self) -> i64 {
        rounded(self.nanos, NANOS / 1_000)
    }

    /// The shortest text of it without a power of two: `1500m`, `64`.
    pub fn to_quantity(self) -> Quantity {
        let units = [(NANOS, ""), (NANOS / 1_000, "m"), (1_000, "u"), (1, "n")];
        let exact = units.into_iter().find(|(unit, _)| self.nanos % unit == 0);
        let (unit, suffix) = exact.unwrap_or((1, "n"));
        Quantity(format!("{}{suffix}", self.nanos / unit))
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is a whole number of units.
    pub fn is_whole(self) -> bool {
        self.nanos % NANOS == 0
    }

    /// The sum, at most `2^63 - 1` in magnitude.
    pub fn plus(self, other: Self) -> Self {
        Self { nanos: (self.nanos + other.nanos).clamp(-MOST, MOST) }
    }
}

impl TryFrom<&Quantity> for Amount {
    type Error = NotAQuantity;

    fn try_from(quantity: &Quantity) -> Result<Self, NotAQuantity> {
        Self::read(&quantity.0)
    }
}

/// Whole units of a quantity that was checked when it was read; 0 if it is none.
pub fn value(quantity: &Quantity) -> i64 {
    Amount::try_from(quantity).unwrap_or_default().value()
}

/// Thousandths of a quantity that was checked when it was read; 0 if it is none.
pub fn milli_value(quantity: &Quantity) -> i64 {
    Amount::try_from(quantity).unwrap_or_default().milli_value()
}

fn rounded(nanos: i128, unit: i128) -> i64 {
    let whole = (nanos.abs() + unit - 1) / unit;
    let most = i64::try_from(whole).unwrap_or(i64::MAX);
    if nanos < 0 { -most } else { most }
}

fn parse(text: &str) -> Option<Amount> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, rest) = split_digits(unsigned);
    let (part, suffix) = match rest.strip_prefix('.') {
        Some(after) => split_digits(after),
        None => ("", rest),
    };
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let digits = format!("{whole}{part}");
    let places = i32::try_from(part.len()).ok()?;
    let nanos = match scale(suffix)? {
        Scale::Ten(power) => decimal(&digits, power.saturating_sub(places).saturating_add(9), 1),
        Scale::Two(power) => decimal(&digits, 9 - places, 1 << power),
    };
    Some(Amount { nanos: if negative { -nanos } else { nanos } })
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn scale(suffix: &str) -> Option<Scale> {
    let power = match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        "Ki" => return Some(Scale::Two(10)),
        "Mi" => return Some(Scale::Two(20)),
        "Gi" => return Some(Scale::Two(30)),
        "Ti" => return Some(Scale::Two(40)),
        "Pi" => return Some(Scale::Two(50)),
        "Ei" => return Some(Scale::Two(60)),
        _ => suffix.strip_prefix(['e', 'E'])?.parse().ok()?,
    };
    Some(Scale::Ten(power))
}

/// `digits * factor * 10^power`, rounded up to an integer, at most [`MOST`].
fn decimal(digits: &str, power: i32, factor: i128) -> i128 {
    let significant = digits.trim_start_matches('0');
    let shortest = significant.trim_end_matches('0');
    let zeros = significant.len() - shortest.len();
    // further digits are worth less than one part in 10^18: they only round up
    let (kept, cut) = shortest.split_at(shortest.len().min(EXACT_DIGITS));
    let number: i128 = if kept.is_empty() { 0 } else { kept.parse().unwrap_or(MOST) };
    let product = (number + i128::from(!cut.is_empty())) * factor;
    let moved = i64::try_from(zeros + cut.len()).unwrap_or(i64::MAX);
    let power = i64::from(power).saturating_add(moved);
    let tens = u32::try_from(power.unsigned_abs()).ok().and_then(|p| 10_i128.checked_pow(p));
    match tens {
        _ if product == 0 => 0,
        Some(tens) if power >= 0 => product.checked_mul(tens).map_or(MOST, |n| n.min(MOST)),
        Some(tens) => ((product + tens - 1) / tens).min(MOST),
        None if power > 0 => MOST,
        None => 1,
    }
}

#[cfg(test)]
mod tests;
