//! CPU capacity and demand.

use std::fmt;

use super::quantity::Quantity;
use super::text::{Flaw, TextQuantity, written_as_text};

/// CPU capacity or demand in thousandths of a core (Kubernetes: `500m`, `0.5`, `2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millicores(pub u64);

impl Millicores {
    /// The amount in cores.
    pub fn cores(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl TextQuantity for Millicores {
    const WHAT: &'static str = "an amount of CPU";
    const EXAMPLES: &'static str = "`500m`, `0.5` or `2`";
    const DESCRIPTION: &'static str =
        "An amount of CPU in cores, as a Kubernetes quantity: `500m` (half a core), `0.5`, `2`.";
    const PATTERN: &'static str = r"^\+?[0-9.]+([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$";
    const PLAIN_NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, Flaw> {
        Quantity::read(text)?.milli_value().map(Self)
    }
}

written_as_text!(Millicores, "Cpu");

/// Whole cores as `2`, anything else in millicores: `1500m`.
impl fmt::Display for Millicores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1000, self.0 % 1000) {
            (cores, 0) => f.pad(&cores.to_string()),
            _ => f.pad(&format!("{}m", self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_half_a_core_are_equal() {
        for text in ["500m", "0.5", ".5", "500000u", "5e-1"] {
            assert_eq!(text.parse(), Ok(Millicores(500)), "{text}");
        }
    }

    #[test]
    fn cpu_finer_than_a_millicore_rounds_up() {
        assert_eq!("0.0001".parse(), Ok(Millicores(1)));
        assert_eq!("1.0001".parse(), Ok(Millicores(1001)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(millicores: u64) {
            let cpu = Millicores(millicores);
            prop_assert_eq!(cpu.to_string().parse(), Ok(cpu));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in ".{0,40}") {
            if let Ok(cpu) = text.parse::<Millicores>() {
                prop_assert_eq!(cpu.to_string().parse(), Ok(cpu));
            }
        }
    }
}
