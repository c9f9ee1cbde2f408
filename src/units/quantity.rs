//! The quantity grammar of Kubernetes, exactly.
//!
//! Source: Kubernetes v1.36, `apimachinery/pkg/api/resource/quantity.go`, documentation of type
//! `Quantity`: a signed number followed by a binary suffix (`Ki` to `Ei`), a decimal suffix (`n`,
//! `u`, `m`, none, `k`, `M`, `G`, `T`, `P`, `E`) or a decimal exponent (`e3`, `E-3`).
//! Where a resource is counted in coarser units than the quantity, Kubernetes rounds up.
//!
//! Two things differ: a negative quantity is an error, since no resource has one, and a quantity
//! that is too large is an error where Kubernetes caps it.

use super::decimal::Decimal;
use super::text::Flaw;

/// Number of a Kubernetes manifest: an amount of CPU, memory or anything else that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity(Decimal);

impl Quantity {
    /// Reads a quantity; the whole text must be one.
    ///
    /// # Errors
    /// Text that the grammar does not have, negative numbers, and more than 20 digits.
    pub fn read(text: &str) -> Result<Self, Flaw> {
        let (number, suffix) = Decimal::read(text)?;
        let scaled = scale(number, suffix).ok_or_else(|| {
            let unit = suffix.trim_start();
            match scale(number, unit) {
                Some(_) => Flaw::Space,
                None => Flaw::UnknownUnit(unit.chars().take(20).collect()),
            }
        });
        scaled.map(Self)
    }

    /// The quantity as a whole number, rounded up.
    ///
    /// # Errors
    /// Where it has more than 64 bits.
    pub fn value(self) -> Result<u64, Flaw> {
        self.0.round_up()
    }

    /// A thousand times the quantity as a whole number, rounded up.
    ///
    /// # Errors
    /// Where it has more than 64 bits.
    pub fn milli_value(self) -> Result<u64, Flaw> {
        self.0.shifted(3).round_up()
    }
}

/// The number in units of one, or none where the suffix is not of the grammar.
fn scale(number: Decimal, suffix: &str) -> Option<Decimal> {
    let power_of_ten = |power| Some(number.shifted(power));
    match suffix {
        "n" => power_of_ten(-9),
        "u" => power_of_ten(-6),
        "m" => power_of_ten(-3),
        "" => power_of_ten(0),
        "k" => power_of_ten(3),
        "M" => power_of_ten(6),
        "G" => power_of_ten(9),
        "T" => power_of_ten(12),
        "P" => power_of_ten(15),
        "E" => power_of_ten(18),
        "Ki" => Some(number.times(1 << 10)),
        "Mi" => Some(number.times(1 << 20)),
        "Gi" => Some(number.times(1 << 30)),
        "Ti" => Some(number.times(1 << 40)),
        "Pi" => Some(number.times(1 << 50)),
        "Ei" => Some(number.times(1 << 60)),
        _ => power_of_ten(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<u64, Flaw> {
        Quantity::read(text)?.value()
    }

    #[test]
    fn each_suffix_has_its_factor() {
        let cases = [
            ("1000000000n", 1),
            ("1000000u", 1),
            ("1000m", 1),
            ("7", 7),
            ("1k", 1_000),
            ("1M", 1_000_000),
            ("64G", 64_000_000_000),
            ("2T", 2_000_000_000_000),
            ("1P", 1_000_000_000_000_000),
            ("1E", 1_000_000_000_000_000_000),
            ("1Ki", 1 << 10),
            ("512Mi", 512 << 20),
            ("1.5Gi", 3 << 29),
            ("1Ti", 1 << 40),
            ("1Pi", 1 << 50),
            ("15Ei", 15 << 60),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_lone_e_is_exa_and_with_digits_an_exponent() {
        assert_eq!(value("1e3"), Ok(1_000));
        assert_eq!(value("1E3"), Ok(1_000));
        assert_eq!(value("12e+2"), Ok(1_200));
        assert_eq!(value("5e-1"), Ok(1));
        assert_eq!(value("1E"), Ok(1_000_000_000_000_000_000));
        assert_eq!(value("1e"), Err(Flaw::UnknownUnit("e".into())));
    }

    #[test]
    fn what_is_finer_than_the_unit_rounds_up() {
        assert_eq!(value("1n"), Ok(1));
        assert_eq!(value("1.001"), Ok(2));
        assert_eq!(Quantity::read("0.0001").unwrap().milli_value(), Ok(1));
        assert_eq!(Quantity::read("0.1").unwrap().milli_value(), Ok(100));
    }

    #[test]
    fn text_outside_the_grammar_is_refused() {
        for text in ["1 Gi", "1gi", "1K", "1MB", "1e3.5", "1e3m", "Gi", "0x10", "1_000", "1,5"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert_eq!(value("-1Gi"), Err(Flaw::Negative));
        assert_eq!(value("16Ei"), Err(Flaw::TooLarge));
        assert_eq!(value("1e99999"), Err(Flaw::TooLarge));
        assert_eq!(value("1e-99999"), Ok(1));
    }
}
