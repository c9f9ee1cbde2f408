//! Exact decimal numbers: what a person wrote, before it becomes an integer or a float.
//!
//! `0.1` has no exact binary fraction; multiplying the nearest one by 1000 and rounding up may
//! give 101. Hence digits and a power of ten, and integer arithmetic until the very end.

use super::text::Flaw;

/// Significant digits that are read. With 20 of them, `digits * 1024^6` still fits into 128 bits.
const MAX_DIGITS: usize = 20;

/// A number `digits * 10^exponent`, zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// Reads the number that `text` begins with (`12`, `+1.5`, `.5`, `1.`; no exponent), and
    /// returns it with what follows it.
    ///
    /// # Errors
    /// Where there is no number, it is below zero, or it has more than 20 significant digits.
    pub fn read(text: &str) -> Result<(Self, &str), Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, rest) = split_digits(unsigned);
        let (part, rest) = match rest.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("", rest),
        };
        if whole.is_empty() && part.is_empty() {
            return Err(Flaw::NoNumber);
        }
        let number = Self::from_parts(whole, part)?;
        if negative && number.digits > 0 {
            return Err(Flaw::Negative);
        }
        Ok((number, rest))
    }

    fn from_parts(whole: &str, part: &str) -> Result<Self, Flaw> {
        let all = format!("{whole}{part}");
        let significant = all.trim_start_matches('0');
        let shortest = significant.trim_end_matches('0');
        if shortest.is_empty() {
            return Ok(Self { digits: 0, exponent: 0 });
        }
        if shortest.len() > MAX_DIGITS {
            return Err(Flaw::TooPrecise);
        }
        let zeros = significant.len() - shortest.len();
        let exponent = i32::try_from(zeros).ok().zip(i32::try_from(part.len()).ok());
        let (zeros, places) = exponent.ok_or(Flaw::TooLarge)?;
        let digits = shortest.parse().map_err(|_| Flaw::TooPrecise)?;
        Ok(Self { digits, exponent: zeros - places })
    }

    /// The number times `10^power`.
    pub const fn shifted(self, power: i32) -> Self {
        Self { digits: self.digits, exponent: self.exponent.saturating_add(power) }
    }

    /// The number times `factor`, exactly.
    pub const fn times(self, factor: u64) -> Self {
        // at most 20 digits times 20 digits: only a second `times` could leave the range
        Self { digits: self.digits.saturating_mul(factor as u128), exponent: self.exponent }
    }

    /// The smallest integer that is not below the number.
    ///
    /// # Errors
    /// Where that integer has more than 64 bits.
    pub fn round_up(self) -> Result<u64, Flaw> {
        let power = 10_u128.checked_pow(self.exponent.unsigned_abs());
        let integer = match (self.digits, power) {
            (0, _) => 0,
            (digits, Some(power)) if self.exponent >= 0 => {
                digits.checked_mul(power).ok_or(Flaw::TooLarge)?
            }
            (digits, Some(power)) => digits.div_ceil(power),
            (_, None) if self.exponent > 0 => return Err(Flaw::TooLarge),
            // smaller than any digits / 10^39: the next integer is one
            (_, None) => 1,
        };
        u64::try_from(integer).map_err(|_| Flaw::TooLarge)
    }

    /// The nearest float.
    ///
    /// # Errors
    /// Where that is infinite.
    pub fn to_f64(self) -> Result<f64, Flaw> {
        // the standard library reads decimal text correctly rounded; arithmetic here would not
        let text = format!("{}e{}", self.digits, self.exponent);
        text.parse().ok().filter(|float: &f64| float.is_finite()).ok_or(Flaw::TooLarge)
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        let (number, rest) = Decimal::read(text).unwrap();
        assert_eq!(rest, "");
        number
    }

    #[test]
    fn a_number_is_read_up_to_its_unit() {
        let (number, rest) = Decimal::read("12.50ms").unwrap();
        assert_eq!((number, rest), (Decimal { digits: 125, exponent: -1 }, "ms"));
    }

    #[test]
    fn every_spelling_of_a_number_gives_the_same_value() {
        for text in ["0.5", ".5", "+0.5", "0.50", "00.500"] {
            assert_eq!(number(text), Decimal { digits: 5, exponent: -1 }, "{text}");
        }
        assert_eq!(number("1."), number("1"));
    }

    #[test]
    fn a_fraction_of_one_rounds_up_to_one_however_small() {
        assert_eq!(number("0.2").round_up(), Ok(1));
        assert_eq!(number("0.2").shifted(-4000).round_up(), Ok(1));
        assert_eq!(number("0").shifted(-4000).round_up(), Ok(0));
    }

    #[test]
    fn the_largest_integer_fits_and_one_more_does_not() {
        assert_eq!(number("18446744073709551615").round_up(), Ok(u64::MAX));
        assert_eq!(number("18446744073709551616").round_up(), Err(Flaw::TooLarge));
        assert_eq!(number("1").shifted(i32::MAX).round_up(), Err(Flaw::TooLarge));
    }

    #[test]
    fn what_is_not_a_number_is_told_apart() {
        assert_eq!(Decimal::read(""), Err(Flaw::Empty));
        assert_eq!(Decimal::read("."), Err(Flaw::NoNumber));
        assert_eq!(Decimal::read("ms"), Err(Flaw::NoNumber));
        assert_eq!(Decimal::read("-1"), Err(Flaw::Negative));
        assert_eq!(Decimal::read("1.00000000000000000000001"), Err(Flaw::TooPrecise));
        assert_eq!(Decimal::read("-0.0").map(|(n, _)| n.round_up()), Ok(Ok(0)));
    }

    #[test]
    fn floats_are_the_nearest_to_the_text() {
        assert_eq!(number("60").shifted(-2).to_f64(), Ok(0.6));
        assert_eq!(number("0.1").to_f64(), Ok(0.1));
        assert_eq!(number("1").shifted(400).to_f64(), Err(Flaw::TooLarge));
    }
}
