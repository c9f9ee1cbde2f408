//! Data rates.

use std::fmt;

use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};

/// A data rate in bytes per second (`25Gbit/s`, `100MB/s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bandwidth(pub f64);

const BITS_PER_BYTE: f64 = 8.0;

impl Bandwidth {
    /// Whole bits a second.
    pub fn bits(self) -> u64 {
        // a float beyond the largest number becomes the largest number
        (self.0 * BITS_PER_BYTE).round() as u64
    }
}

impl TextQuantity for Bandwidth {
    const WHAT: &'static str = "a bandwidth";
    const EXAMPLES: &'static str = "`25Gbit/s`, `100MB/s` or `1GiB/s`";
    const DESCRIPTION: &'static str = "A bandwidth in bits (`25Gbit/s`, `10Gbps`) or bytes \
                                       (`100MB/s`, `1GiB/s`) per second.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?([kKMGT]|[KMGT]i)?(bit|b|B)(/s|ps)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        let unit = unit.trim_start();
        if unit.is_empty() {
            return Err(Flaw::NoUnit);
        }
        let unknown = || Flaw::UnknownUnit(unit.into());
        let amount =
            unit.strip_suffix("/s").or_else(|| unit.strip_suffix("ps")).ok_or_else(unknown)?;
        // a capital B is a byte and a small b is a bit, as on every data sheet
        let (prefix, per_byte) = if let Some(prefix) = amount.strip_suffix('B') {
            (prefix, 1.0)
        } else {
            let bits = amount.strip_suffix("bit").or_else(|| amount.strip_suffix('b'));
            (bits.ok_or_else(unknown)?, BITS_PER_BYTE)
        };
        let scaled = scale(number, prefix).ok_or_else(unknown)?;
        Ok(Self(scaled.to_f64()? / per_byte))
    }
}

fn scale(number: Decimal, prefix: &str) -> Option<Decimal> {
    Some(match prefix {
        "" => number,
        "k" | "K" => number.shifted(3),
        "M" => number.shifted(6),
        "G" => number.shifted(9),
        "T" => number.shifted(12),
        "Ki" => number.times(1 << 10),
        "Mi" => number.times(1 << 20),
        "Gi" => number.times(1 << 30),
        "Ti" => number.times(1 << 40),
        _ => return None,
    })
}

written_as_text!(Bandwidth, "Bandwidth");

/// In the unit, of bytes or bits, that needs the fewest digits: `100MB/s`, `25Gbit/s`.
impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(f64, &str); 9] = [
            (1e9, "GB/s"),
            (1e6, "MB/s"),
            (1e3, "kB/s"),
            (1.25e8, "Gbit/s"),
            (1.25e5, "Mbit/s"),
            (1_073_741_824.0, "GiB/s"),
            (1_048_576.0, "MiB/s"),
            (1024.0, "KiB/s"),
            (1.0, "B/s"),
        ];
        let exact = UNITS.iter().filter_map(|(size, unit)| {
            let number = (self.0 / size).to_string();
            let text = format!("{number}{unit}");
            let right = self.0 >= *size && Self::read(&text) == Ok(*self);
            right.then_some((number.len(), text))
        });
        let shortest = exact.min_by_key(|(digits, _)| *digits).map(|(_, text)| text);
        f.pad(&shortest.unwrap_or_else(|| format!("{}B/s", self.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bits_and_bytes_are_told_apart() {
        let cases = [
            ("25Gbit/s", 3.125e9),
            ("25Gb/s", 3.125e9),
            ("10Gbps", 1.25e9),
            ("100MB/s", 1e8),
            ("100 MBps", 1e8),
            ("1GiB/s", 1_073_741_824.0),
            ("8bit/s", 1.0),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(Bandwidth(expected)), "{text}");
        }
    }

    #[test]
    fn an_amount_that_is_not_per_second_is_refused() {
        assert_eq!(Bandwidth::read("100MB"), Err(Flaw::UnknownUnit("MB".into())));
        assert_eq!(Bandwidth::read("100"), Err(Flaw::NoUnit));
        assert_eq!(Bandwidth::read("100M/s"), Err(Flaw::UnknownUnit("M/s".into())));
        assert_eq!(Bandwidth::read("100mB/s"), Err(Flaw::UnknownUnit("mB/s".into())));
    }

    #[test]
    fn bandwidths_print_as_people_write_them() {
        for text in ["100MB/s", "25Gbit/s", "1GiB/s", "3GB/s", "12Gbit/s", "0B/s"] {
            assert_eq!(text.parse::<Bandwidth>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(bytes in 0.0..1e15_f64, megabits: u32) {
            for bandwidth in [Bandwidth(bytes), Bandwidth(f64::from(megabits) * 1.25e5)] {
                prop_assert_eq!(bandwidth.to_string().parse(), Ok(bandwidth));
            }
        }
    }
}
