//! Amounts of memory and data.

use std::fmt;

use super::quantity::Quantity;
use super::text::{Flaw, TextQuantity, written_as_text};

/// An amount of memory or data in bytes (Kubernetes: `512Mi`, `1G`, `1e9`; also `29MiB`, `2TB`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl TextQuantity for Bytes {
    const WHAT: &'static str = "an amount of bytes";
    const EXAMPLES: &'static str = "`512Mi`, `1G`, `29MiB` or `2TB`";
    const DESCRIPTION: &'static str = "An amount of bytes, as a Kubernetes quantity (`512Mi`, \
                                       `1G`, `1e9`) or with the byte spelled out (`29MiB`, `2TB`).";
    const PATTERN: &'static str =
        r"^\+?[0-9.]+ *([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+|([kKMGTPE]|[KMGTPE]i)?B)?$";
    const PLAIN_NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, Flaw> {
        match text.strip_suffix('B') {
            Some(spelled) => read_spelled(spelled).map(Self),
            None => Quantity::read(&without_space(text))?.value().map(Self),
        }
    }
}

/// The text without spaces before the unit: `16 Gi` is as clear as `16 GiB`.
fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Reads what stands before a `B`: `29Mi`, `2 T`. Data sheets write `KB` where Kubernetes has `k`.
fn read_spelled(text: &str) -> Result<u64, Flaw> {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, prefix) = text.split_at(at);
    let prefix = if prefix == "K" { "k" } else { prefix };
    let known = prefix.is_empty() || UNITS.iter().any(|(_, suffix)| *suffix == prefix);
    if !known {
        return Err(Flaw::UnknownUnit(format!("{prefix}B")));
    }
    Quantity::read(&without_space(&format!("{number}{prefix}")))?.value()
}

written_as_text!(Bytes, "Bytes");

/// Powers of 1024, then of 1000, the largest first.
const UNITS: [(u64, &str); 12] = [
    (1 << 60, "Ei"),
    (1 << 50, "Pi"),
    (1 << 40, "Ti"),
    (1 << 30, "Gi"),
    (1 << 20, "Mi"),
    (1 << 10, "Ki"),
    (1_000_000_000_000_000_000, "E"),
    (1_000_000_000_000_000, "P"),
    (1_000_000_000_000, "T"),
    (1_000_000_000, "G"),
    (1_000_000, "M"),
    (1_000, "k"),
];

/// As the shortest Kubernetes quantity that is exact: `512Mi`, `64G`, `1500`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS.iter().filter(|(unit, _)| self.0 != 0 && self.0.is_multiple_of(*unit));
        let shortest = exact
            .map(|(unit, suffix)| format!("{}{suffix}", self.0 / unit))
            .min_by_key(String::len);
        f.pad(&shortest.unwrap_or_else(|| self.0.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kubernetes_and_spelled_out_units_are_both_read() {
        let cases = [
            ("1048576", 1 << 20),
            ("512Mi", 512 << 20),
            ("29MiB", 29 << 20),
            ("16 GiB", 16 << 30),
            ("16 Gi", 16 << 30),
            ("2TB", 2_000_000_000_000),
            ("10kB", 10_000),
            ("10KB", 10_000),
            ("12B", 12),
            ("1e9", 1_000_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(Bytes(expected)), "{text}");
        }
    }

    #[test]
    fn doubtful_spellings_are_refused() {
        for text in ["1K", "1gb", "1Mb", "1mB", "1eB", "1e3B", "1GBB", "B", ""] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_print_as_the_shortest_exact_quantity() {
        let cases = [
            (0, "0"),
            (1 << 30, "1Gi"),
            (1536 << 20, "1536Mi"),
            (1_500_000, "1500k"),
            (64_000_000_000, "64G"),
            (1_500, "1500"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Bytes(bytes).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(bytes: u64, unit in 0..UNITS.len()) {
            let round = Bytes(bytes / UNITS[unit].0 * UNITS[unit].0);
            prop_assert_eq!(round.to_string().parse(), Ok(round));
            prop_assert_eq!(Bytes(bytes).to_string().parse(), Ok(Bytes(bytes)));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "[0-9.eE+-]{0,8} ?[a-zA-Z]{0,3}") {
            if let Ok(bytes) = text.parse::<Bytes>() {
                prop_assert_eq!(bytes.to_string().parse(), Ok(bytes));
            }
        }
    }
}
