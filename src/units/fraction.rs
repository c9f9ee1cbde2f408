//! Shares of a whole.

use std::fmt;

use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};

/// A share of a whole, 1.0 being all of it (`60%`, `0.6`); between 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Fraction(pub f64);

impl TextQuantity for Fraction {
    const WHAT: &'static str = "a share";
    const EXAMPLES: &'static str = "`60%` or `0.6`";
    const DESCRIPTION: &'static str = "A share of a whole, from `0%` to `100%`, or from 0 to 1.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?%?$";
    const PLAIN_NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        let share = match unit.trim_start() {
            "" => number.to_f64()?,
            "%" => number.shifted(-2).to_f64()?,
            unit => return Err(Flaw::UnknownUnit(unit.into())),
        };
        if share > 1.0 {
            return Err(Flaw::AboveWhole);
        }
        Ok(Self(share))
    }
}

written_as_text!(Fraction, "Fraction");

/// In percent where that is exact, else as a number: `12.5%`.
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0.07 * 100 is 7.000000000000001: round to what a person may have written and compare
        let percent = (self.0 * 1e8).round() / 1e6;
        let text = format!("{percent}%");
        if Self::read(&text) == Ok(*self) { f.pad(&text) } else { f.pad(&self.0.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percent_and_plain_numbers_are_the_same_share() {
        for text in ["60%", "60 %", "0.6", "0.60"] {
            assert_eq!(text.parse(), Ok(Fraction(0.6)), "{text}");
        }
        assert_eq!("99.9%".parse(), Ok(Fraction(0.999)));
    }

    #[test]
    fn more_than_all_of_it_is_refused() {
        assert_eq!(Fraction::read("60"), Err(Flaw::AboveWhole));
        assert_eq!(Fraction::read("101%"), Err(Flaw::AboveWhole));
        assert_eq!(Fraction::read("100%"), Ok(Fraction(1.0)));
    }

    #[test]
    fn shares_print_in_percent() {
        for text in ["7%", "12.5%", "99.9%", "0%", "100%"] {
            assert_eq!(text.parse::<Fraction>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(share in 0.0..=1.0_f64, permille in 0..=1000_u32) {
            for fraction in [Fraction(share), Fraction(f64::from(permille) / 1000.0)] {
                prop_assert_eq!(fraction.to_string().parse(), Ok(fraction));
            }
        }
    }
}
