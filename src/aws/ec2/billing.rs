//! What an instance costs.
//!
//! Amazon EC2 On-Demand Pricing: by the second and at least a minute a run, Linux and Windows
//! alike; nothing while it is stopped (its volumes go on). Spot takes a discount off the instance;
//! the licence of Windows is charged in full. CPU credits beyond those earned cost by the
//! vCPU-hour.

use serde::{Deserialize, Serialize};

use super::catalogue::{Architecture, InstanceType};
use super::credits::Balance;
use crate::aws::pricing::metered::{MINIMUM, billed, cost};
use crate::aws::pricing::{Bill, Charge, windows};
use crate::engine::SimDuration;
use crate::units::{Fraction, HourlyPrice, Usd};

/// Operating system, as far as it is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Licence {
    /// Linux, nothing.
    Linux,
    /// Windows Server, licence included.
    Windows,
}

/// How an instance is bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Purchase {
    /// At the list price.
    OnDemand,
    /// At the list price less this.
    Spot {
        /// What is taken off: usually 60 to 70 %, by type, zone and time.
        discount: Fraction,
    },
}

/// A time in which an instance ran without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How long.
    pub time: SimDuration,
    /// Whether it is not charged.
    pub is_free: bool,
}

/// Why an instance has no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// Not in the catalogue.
    #[error("the price of {1} on {0} in us-east-1 is not known")]
    Unknown(String, &'static str),
    /// There is none.
    #[error("there is no Windows Server for {0}: {1}")]
    NoWindows(String, &'static str),
}

/// Prices per hour of one instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstancePrice {
    /// Of the instance, discounts taken off.
    pub instance: HourlyPrice,
    /// Of its licence.
    pub licence: HourlyPrice,
}

impl InstancePrice {
    /// Of an instance of this type.
    ///
    /// # Errors
    /// AWS does not sell it, or its price is not known.
    pub fn of(one: &InstanceType, licence: Licence, bought: Purchase) -> Result<Self, NoPrice> {
        let unknown = |of| NoPrice::Unknown(one.name.clone(), of);
        let list = one.linux.ok_or_else(|| unknown("Linux"))?;
        let licence = match (licence, windows::obstacle(one)) {
            (Licence::Linux, _) => HourlyPrice(0.0),
            (Licence::Windows, Some(why)) => return Err(NoPrice::NoWindows(one.name.clone(), why)),
            (Licence::Windows, None) => {
                windows::surcharge(one).ok_or_else(|| unknown("Windows Server"))?
            }
        };
        let part = match bought {
            Purchase::OnDemand => 1.0,
            Purchase::Spot { discount } => 1.0 - discount.0,
        };
        Ok(Self { instance: HourlyPrice(list.0 * part), licence })
    }

    /// What runs come to.
    pub fn bill(&self, runs: impl IntoIterator<Item = Run>) -> Bill {
        let mut bill = Bill::default();
        for run in runs.into_iter().filter(|run| !run.is_free) {
            let span = billed(run.time, MINIMUM);
            bill.add(Charge::Instance, cost(self.instance, span));
            bill.add(Charge::WindowsLicence, cost(self.licence, span));
        }
        bill
    }
}

/// Price of a vCPU-hour of surplus credits: $0.05 with Linux, $0.096 with Windows, $0.04 on T4g.
/// (Amazon EC2 On-Demand Pricing, "Unlimited Mode Pricing".)
pub fn surplus_price(one: &InstanceType, licence: Licence) -> HourlyPrice {
    HourlyPrice(match (one.architecture, licence) {
        (Architecture::Arm, _) => 0.04,
        (Architecture::X86, Licence::Linux) => 0.05,
        (Architecture::X86, Licence::Windows) => 0.096,
    })
}

/// What the surplus credits that were charged come to.
pub fn surplus_cost(price: HourlyPrice, balance: &Balance) -> Usd {
    const CREDITS_PER_VCPU_HOUR: f64 = 60.0;
    Usd(balance.charged / CREDITS_PER_VCPU_HOUR * price.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;
    use crate::aws::ec2::credits::{CpuCredits, CreditMode};
    use crate::engine::SimTime;

    fn run(seconds: u64) -> Run {
        Run { time: SimDuration::from_secs(seconds), is_free: false }
    }

    fn price(name: &str, licence: Licence, bought: Purchase) -> Result<InstancePrice, NoPrice> {
        InstancePrice::of(instance_type(name).unwrap(), licence, bought)
    }

    fn close(found: Usd, expected: f64) {
        assert!((found.0 - expected).abs() < 1e-12, "{found:?} is not {expected}");
    }

    #[test]
    fn thirty_five_seconds_cost_a_minute_and_ninety_five_what_they_are() {
        // m5.large: $0.096 an hour
        let m5 = price("m5.large", Licence::Linux, Purchase::OnDemand).unwrap();
        close(m5.bill([run(35)]).total(), 0.096 / 60.0);
        close(m5.bill([run(95)]).total(), 0.096 * 95.0 / 3600.0);
        close(m5.bill([run(35), run(95)]).total(), 0.096 * 155.0 / 3600.0);
        let free = Run { is_free: true, ..run(3000) };
        close(m5.bill([free]).total(), 0.0);
    }

    #[test]
    fn windows_is_an_item_of_its_own_and_spot_takes_nothing_off_it() {
        let spot = Purchase::Spot { discount: Fraction(0.6) };
        let bill = price("c5.large", Licence::Windows, spot).unwrap().bill([run(3600)]);
        close(bill.of(Charge::Instance), 0.034);
        close(bill.of(Charge::WindowsLicence), 0.092);
        let on_demand = price("t3.medium", Licence::Windows, Purchase::OnDemand).unwrap();
        close(on_demand.bill([run(3600)]).total(), 0.06);
    }

    #[test]
    fn what_is_not_sold_has_no_price() {
        let words =
            |name, licence| price(name, licence, Purchase::OnDemand).unwrap_err().to_string();
        let windows = [
            ("m7g.large", "there is no Windows Server for m7g.large: it is an ARM type"),
            (
                "inf2.xlarge",
                "there is no Windows Server for inf2.xlarge: its accelerators need Linux",
            ),
            ("c3.large", "the price of Windows Server on c3.large in us-east-1 is not known"),
        ];
        for (name, expected) in windows {
            assert_eq!(words(name, Licence::Windows), expected);
        }
        let linux = words("p5e.48xlarge", Licence::Linux);
        assert_eq!(linux, "the price of Linux on p5e.48xlarge in us-east-1 is not known");
    }

    #[test]
    fn a_day_of_an_unlimited_t3_medium_at_full_speed() {
        let medium = instance_type("t3.medium").unwrap();
        let mode = Some(CreditMode::Unlimited);
        let mut credits = CpuCredits::launch(SimTime::ZERO, medium, mode).unwrap();
        credits.set_wanted(SimTime::ZERO, 2.0);
        let end = SimTime::ZERO + SimDuration::from_secs(86_400);
        credits.stop(end);
        let balance = credits.balance(end);
        // 38.4 vCPU-hours beyond the baseline
        let cost = |licence| surplus_cost(surplus_price(medium, licence), &balance).0;
        assert!((cost(Licence::Linux) - 1.92).abs() < 1e-9);
        assert!((cost(Licence::Windows) - 3.6864).abs() < 1e-9);
        // "Calculating the bill" of the user guide: 25 credits cost two cents
        let balance = Balance { charged: 25.0, ..Balance::default() };
        let guide = surplus_cost(HourlyPrice(0.05), &balance).0;
        assert!((guide - 0.021).abs() < 0.0005);
    }
}
