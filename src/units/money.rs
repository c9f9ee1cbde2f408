//! Money and prices, in US dollars.

use std::fmt;

use super::Bytes;
use super::decimal::Decimal;
use super::text::{Flaw, TextQuantity, written_as_text};

/// An amount of money in US dollars (`$1.20`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Usd(pub f64);

/// US dollars per hour (`$1.20/h`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct HourlyPrice(pub f64);

/// US dollars per kilowatt hour (`$0.12/kWh`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct EnergyPrice(pub f64);

/// US dollars per GB of 2^30 bytes, as on bills of AWS (`$0.09/GB`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct DataPrice(pub f64);

/// US dollars per month for which a GB of 2^30 bytes is stored (`$0.10/GB-month`).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct StoragePrice(pub f64);

impl DataPrice {
    /// Price of so many bytes.
    pub fn of(self, bytes: Bytes) -> Usd {
        Usd(bytes.0 as f64 / GB * self.0)
    }
}

/// Bytes of a GB on bills of AWS.
const GB: f64 = (1_u64 << 30) as f64;

/// Hours of a month by the convention of AWS price lists.
const HOURS_PER_MONTH: f64 = 730.0;
const HOURS_PER_YEAR: f64 = 8760.0;

/// Reads the dollars and returns what they are for: `$1.20/h` gives 1.20 and `/h`.
fn read_dollars(text: &str) -> Result<(Decimal, &str), Flaw> {
    let amount = match text.strip_prefix('$') {
        Some(amount) => amount.trim_start(),
        None if text.starts_with("-$") => return Err(Flaw::Negative),
        // a number, but of what? anything else is not a price at all
        None => return Decimal::read(text).and(Err(Flaw::NoUnit)),
    };
    let (number, rest) = Decimal::read(amount)?;
    Ok((number, rest.trim_start()))
}

impl TextQuantity for Usd {
    const WHAT: &'static str = "an amount of money";
    const EXAMPLES: &'static str = "`$1.20`";
    const DESCRIPTION: &'static str = "An amount of money in US dollars, such as `$1.20`.";
    const PATTERN: &'static str = r"^\$ ?[0-9.]+$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        match read_dollars(text)? {
            (number, "") => Ok(Self(number.to_f64()?)),
            (_, unit) => Err(Flaw::UnknownUnit(unit.into())),
        }
    }
}

impl TextQuantity for HourlyPrice {
    const WHAT: &'static str = "a price per time";
    const EXAMPLES: &'static str = "`$1.20/h` or `$876/month`";
    const DESCRIPTION: &'static str = "A price in US dollars per hour, day, month (730 hours) or \
                                       year, such as `$1.20/h`.";
    const PATTERN: &'static str = r"^\$ ?[0-9.]+ ?/ ?(h|hour|day|month|year)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, per) = read_dollars(text)?;
        let hours = match per.strip_prefix('/').map(str::trim_start) {
            Some("h" | "hour") => 1.0,
            Some("day") => 24.0,
            Some("month") => HOURS_PER_MONTH,
            Some("year") => HOURS_PER_YEAR,
            _ if per.is_empty() => return Err(Flaw::NoUnit),
            _ => return Err(Flaw::UnknownUnit(per.into())),
        };
        Ok(Self(number.to_f64()? / hours))
    }
}

impl TextQuantity for EnergyPrice {
    const WHAT: &'static str = "a price of energy";
    const EXAMPLES: &'static str = "`$0.12/kWh`";
    const DESCRIPTION: &'static str = "A price of energy in US dollars, such as `$0.12/kWh`.";
    const PATTERN: &'static str = r"^\$ ?[0-9.]+ ?/ ?(kWh|MWh)$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        let (number, per) = read_dollars(text)?;
        let price = match per.strip_prefix('/').map(str::trim_start) {
            Some("kWh") => number,
            Some("MWh") => number.shifted(-3),
            _ if per.is_empty() => return Err(Flaw::NoUnit),
            _ => return Err(Flaw::UnknownUnit(per.into())),
        };
        Ok(Self(price.to_f64()?))
    }
}

impl TextQuantity for DataPrice {
    const WHAT: &'static str = "a price of data";
    const EXAMPLES: &'static str = "`$0.09/GB`";
    const DESCRIPTION: &'static str = "A price in US dollars per GB of 2^30 bytes, as on bills of \
                                       AWS, such as `$0.09/GB`.";
    const PATTERN: &'static str = r"^\$ ?[0-9.]+ ?/ ?GB$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        Ok(Self(read_per(text, "GB")?))
    }
}

impl TextQuantity for StoragePrice {
    const WHAT: &'static str = "a price of storage";
    const EXAMPLES: &'static str = "`$0.10/GB-month`";
    const DESCRIPTION: &'static str = "A price in US dollars per GB of 2^30 bytes and month (730 \
                                       hours), such as `$0.10/GB-month`.";
    const PATTERN: &'static str = r"^\$ ?[0-9.]+ ?/ ?GB-month$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        Ok(Self(read_per(text, "GB-month")?))
    }
}

/// Reads dollars for one unit.
fn read_per(text: &str, unit: &str) -> Result<f64, Flaw> {
    let (number, per) = read_dollars(text)?;
    match per.strip_prefix('/').map(str::trim_start) {
        Some(it) if it == unit => Ok(number.to_f64()?),
        _ if per.is_empty() => Err(Flaw::NoUnit),
        _ => Err(Flaw::UnknownUnit(per.into())),
    }
}

written_as_text!(DataPrice, "Data price");
written_as_text!(StoragePrice, "Storage price");
written_as_text!(Usd, "Money");
written_as_text!(HourlyPrice, "Hourly price");
written_as_text!(EnergyPrice, "Energy price");

/// Dollars with cents where that is exact, else with as many digits as it needs.
fn dollars(amount: f64) -> String {
    let cents = format!("${amount:.2}");
    let exact = cents[1..].parse() == Ok(amount);
    if exact { cents } else { format!("${amount}") }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&dollars(self.0))
    }
}

impl fmt::Display for HourlyPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/h", dollars(self.0)))
    }
}

impl fmt::Display for EnergyPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/kWh", dollars(self.0)))
    }
}

impl fmt::Display for DataPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/GB", dollars(self.0)))
    }
}

impl fmt::Display for StoragePrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/GB-month", dollars(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_are_read_per_hour_and_per_kilowatt_hour() {
        assert_eq!("$1.20/h".parse(), Ok(HourlyPrice(1.2)));
        assert_eq!("$730 / month".parse(), Ok(HourlyPrice(1.0)));
        assert_eq!("$8760/year".parse(), Ok(HourlyPrice(1.0)));
        assert_eq!("$0.12/kWh".parse(), Ok(EnergyPrice(0.12)));
        assert_eq!("$120/MWh".parse(), Ok(EnergyPrice(0.12)));
        assert_eq!("$5".parse(), Ok(Usd(5.0)));
        assert_eq!("$0.09 / GB".parse(), Ok(DataPrice(0.09)));
        assert_eq!("$0.10/GB-month".parse(), Ok(StoragePrice(0.1)));
        assert_eq!(DataPrice(0.5).of(Bytes(3 << 30)), Usd(1.5));
    }

    #[test]
    fn a_price_needs_its_dollar_and_its_unit() {
        assert_eq!(HourlyPrice::read("1.20/h"), Err(Flaw::NoUnit));
        assert_eq!(HourlyPrice::read("$1.20"), Err(Flaw::NoUnit));
        assert_eq!(HourlyPrice::read("free"), Err(Flaw::NoNumber));
        assert_eq!(HourlyPrice::read("-$1/h"), Err(Flaw::Negative));
        assert_eq!(EnergyPrice::read("$0.12/h"), Err(Flaw::UnknownUnit("/h".into())));
        assert_eq!(DataPrice::read("$0.12/GB-month"), Err(Flaw::UnknownUnit("/GB-month".into())));
        assert_eq!(StoragePrice::read("$0.12"), Err(Flaw::NoUnit));
    }

    #[test]
    fn money_prints_with_cents() {
        assert_eq!(HourlyPrice(1.2).to_string(), "$1.20/h");
        assert_eq!(EnergyPrice(0.125).to_string(), "$0.125/kWh");
        assert_eq!(Usd(3.0).to_string(), "$3.00");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_equal(amount in 0.0..1e12_f64, cents: u32) {
            for amount in [amount, f64::from(cents) / 100.0] {
                let hourly = HourlyPrice(amount);
                prop_assert_eq!(hourly.to_string().parse(), Ok(hourly));
                let energy = EnergyPrice(amount);
                prop_assert_eq!(energy.to_string().parse(), Ok(energy));
                prop_assert_eq!(Usd(amount).to_string().parse(), Ok(Usd(amount)));
            }
        }
    }
}
