//! A bill: amounts of money by what they are for.

use crate::units::Usd;

/// What is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charge {
    /// An instance while it runs, without licences.
    Instance,
    /// Windows Server, on instances and on Fargate.
    WindowsLicence,
    /// CPU credits beyond those earned (T instances, unlimited).
    SurplusCredits,
    /// Volumes, by their size.
    VolumeStorage,
    /// I/O operations that volumes are provisioned for.
    VolumeIops,
    /// Throughput that volumes are provisioned for.
    VolumeThroughput,
    /// I/O operations that were made on magnetic volumes.
    VolumeRequests,
    /// vCPUs of tasks on Fargate.
    FargateCpu,
    /// Memory of tasks on Fargate.
    FargateMemory,
    /// Their ephemeral storage above 20 GB.
    FargateStorage,
    /// Load balancers, by the hour.
    LoadBalancer,
    /// Capacity units that load balancers use (LCU, NLCU).
    LoadBalancerUnits,
    /// What goes from one zone to another.
    CrossZone,
}

/// All of them, in the order of [`Charge`].
pub const CHARGES: [Charge; 13] = [
    Charge::Instance,
    Charge::WindowsLicence,
    Charge::SurplusCredits,
    Charge::VolumeStorage,
    Charge::VolumeIops,
    Charge::VolumeThroughput,
    Charge::VolumeRequests,
    Charge::FargateCpu,
    Charge::FargateMemory,
    Charge::FargateStorage,
    Charge::LoadBalancer,
    Charge::LoadBalancerUnits,
    Charge::CrossZone,
];

/// Amounts by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill([Usd; CHARGES.len()]);

impl Bill {
    /// Adds an amount.
    pub fn add(&mut self, charge: Charge, amount: Usd) {
        self.0[charge as usize].0 += amount.0;
    }

    /// The same with an amount more.
    #[must_use]
    pub fn with(mut self, charge: Charge, amount: Usd) -> Self {
        self.add(charge, amount);
        self
    }

    /// Adds all of another bill.
    pub fn merge(&mut self, other: &Self) {
        for (charge, amount) in other.items() {
            self.add(charge, amount);
        }
    }

    /// What was added since it was this.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self(std::array::from_fn(|place| Usd(self.0[place].0 - before.0[place].0)))
    }

    /// A part of each charge, 1 being all of it.
    #[must_use]
    pub fn part(&self, share: f64) -> Self {
        Self(self.0.map(|amount| Usd(amount.0 * share)))
    }

    /// What one charge comes to.
    pub fn of(&self, charge: Charge) -> Usd {
        self.0[charge as usize]
    }

    /// What all come to.
    pub fn total(&self) -> Usd {
        Usd(self.0.iter().map(|amount| amount.0).sum())
    }

    /// The charges that come to something, in the order of [`CHARGES`].
    pub fn items(&self) -> impl Iterator<Item = (Charge, Usd)> {
        let all = CHARGES.into_iter().map(|charge| (charge, self.of(charge)));
        all.filter(|(_, amount)| amount.0 != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_up_by_what_they_are_for() {
        let mut bill = Bill::default().with(Charge::Instance, Usd(1.5));
        bill.merge(&Bill::default().with(Charge::Instance, Usd(0.5)));
        bill.add(Charge::WindowsLicence, Usd(0.25));
        assert_eq!(bill.of(Charge::Instance), Usd(2.0));
        assert_eq!(bill.total(), Usd(2.25));
        let items: Vec<_> = bill.items().collect();
        assert_eq!(items, [(Charge::Instance, Usd(2.0)), (Charge::WindowsLicence, Usd(0.25))]);
        let more = bill.with(Charge::Instance, Usd(1.0));
        assert_eq!(more.since(&bill), Bill::default().with(Charge::Instance, Usd(1.0)));
        assert_eq!(more.part(0.5).of(Charge::Instance), Usd(1.5));
        assert!(CHARGES.into_iter().enumerate().all(|(place, charge)| charge as usize == place));
    }
}
