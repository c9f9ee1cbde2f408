//! Electrical power and energy.

use std::fmt;

use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};

/// Power in watts (`120W`, `1.2kW`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Watts(pub f64);

/// Energy in joules (`3.6MJ`, `1kWh`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Joules(pub f64);

const JOULES_PER_WATT_HOUR: u64 = 3600;

impl Joules {
    /// The amount in kilowatt hours.
    pub fn kilowatt_hours(self) -> f64 {
        self.0 / 3.6e6
    }
}

impl TextQuantity for Watts {
    const WHAT: &'static str = "a power";
    const EXAMPLES: &'static str = "`120W` or `1.2kW`";
    const DESCRIPTION: &'static str = "Electrical power, such as `120W` or `1.2kW`.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?(m|k|M)?W$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        let watts = match unit.trim_start() {
            "" => return Err(Flaw::NoUnit),
            "mW" => number.shifted(-3),
            "W" => number,
            "kW" => number.shifted(3),
            "MW" => number.shifted(6),
            unit => return Err(Flaw::UnknownUnit(unit.into())),
        };
        Ok(Self(watts.to_f64()?))
    }
}

impl TextQuantity for Joules {
    const WHAT: &'static str = "an amount of energy";
    const EXAMPLES: &'static str = "`3.6MJ` or `1kWh`";
    const DESCRIPTION: &'static str = "An amount of energy, such as `3.6MJ` or `1kWh`.";
    const PATTERN: &'static str = r"^\+?[0-9.]+ ?(k|M|G)?(J|Wh)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, unit) = Decimal::read(text)?;
        let joules = match unit.trim_start() {
            "" => return Err(Flaw::NoUnit),
            "J" => number,
            "kJ" => number.shifted(3),
            "MJ" => number.shifted(6),
            "GJ" => number.shifted(9),
            "Wh" => number.times(JOULES_PER_WATT_HOUR),
            "kWh" => number.times(JOULES_PER_WATT_HOUR).shifted(3),
            "MWh" => number.times(JOULES_PER_WATT_HOUR).shifted(6),
            unit => return Err(Flaw::UnknownUnit(unit.into())),
        };
        Ok(Self(joules.to_f64()?))
    }
}

written_as_text!(Watts, "Power in watts");
written_as_text!(Joules, "Energy");

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}W", self.0))
    }
}

impl fmt::Display for Joules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}J", self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn power_and_energy_have_their_own_units() {
        assert_eq!("120W".parse(), Ok(Watts(120.0)));
        assert_eq!("1.2 kW".parse(), Ok(Watts(1200.0)));
        assert_eq!("1kWh".parse(), Ok(Joules(3.6e6)));
        assert_eq!("0.5MJ".parse(), Ok(Joules(5e5)));
        assert_eq!(Watts::read("1kWh"), Err(Flaw::UnknownUnit("kWh".into())));
        assert_eq!(Watts::read("120"), Err(Flaw::NoUnit));
    }

    #[test]
    fn a_kilowatt_hour_is_three_point_six_megajoules() {
        assert_eq!(Joules(7.2e6).kilowatt_hours(), 2.0);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(amount in 0.0..1e18_f64) {
            prop_assert_eq!(Watts(amount).to_string().parse(), Ok(Watts(amount)));
            prop_assert_eq!(Joules(amount).to_string().parse(), Ok(Joules(amount)));
        }
    }
}
