//! How much of a group is On-Demand and how much Spot.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Auto Scaling groups with multiple instance types
//! and purchase options"; API reference, `InstancesDistribution`. All numbers are in the unit of
//! the desired capacity: instances, or what their weights count.

use super::instance::Purchase;

/// `OnDemandBaseCapacity` and `OnDemandPercentageAboveBaseCapacity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// This much is On-Demand before any Spot instance is launched. Default: none.
    pub base: u32,
    /// This share of the rest is On-Demand, in percent, rounded up. Default: 100.
    pub percentage: u32,
}

impl Default for Distribution {
    fn default() -> Self {
        Self { base: 0, percentage: 100 }
    }
}

impl Distribution {
    /// All of it paid for in one way, as in groups without a mixed instances policy.
    pub const fn all(purchase: Purchase) -> Self {
        let percentage = match purchase {
            Purchase::OnDemand => 100,
            Purchase::Spot => 0,
        };
        Self { base: 0, percentage }
    }

    /// How much of a capacity is On-Demand.
    pub fn on_demand(self, capacity: u32) -> u32 {
        let base = self.base.min(capacity);
        let rest = u64::from(capacity - base);
        let share = (rest * u64::from(self.percentage.min(100))).div_ceil(100);
        base + u32::try_from(share).expect("a share is no more than the whole")
    }

    /// What is to be launched where so much is wanted and so much there, On-Demand first. Where the
    /// one has no capacity, the other is still launched up to its own share.
    pub fn to_launch(
        self,
        wanted: u32,
        on_demand: u32,
        spot: u32,
    ) -> impl Iterator<Item = Purchase> {
        let share = self.on_demand(wanted);
        let missing =
            [(Purchase::OnDemand, on_demand < share), (Purchase::Spot, spot < wanted - share)];
        missing.into_iter().filter(|(_, missing)| *missing).map(|(purchase, _)| purchase)
    }

    /// What the next instance to terminate is, where `on_demand` is there of what is wanted. The
    /// kind is chosen before the instance ("Configure termination policies", on mixed instances).
    pub fn to_terminate(self, wanted: u32, on_demand: u32) -> Purchase {
        if on_demand > self.on_demand(wanted) { Purchase::OnDemand } else { Purchase::Spot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the user guide: groups of 10, 20, 30 and 40.
    #[test]
    fn shares_are_those_of_the_user_guide() {
        let on_demand = |base, percentage| {
            let distribution = Distribution { base, percentage };
            [10, 20, 30, 40].map(|capacity| distribution.on_demand(capacity))
        };
        assert_eq!(on_demand(10, 50), [10, 15, 20, 25]);
        assert_eq!(on_demand(0, 0), [0, 0, 0, 0]);
        assert_eq!(on_demand(0, 60), [6, 12, 18, 24]);
        assert_eq!(on_demand(0, 100), [10, 20, 30, 40]);
        assert_eq!(on_demand(12, 0), [10, 12, 12, 12]);
    }

    /// One base and half of the other six, one by one; a fraction is On-Demand.
    #[test]
    fn a_base_comes_first_and_fractions_are_on_demand() {
        let distribution = Distribution { base: 1, percentage: 50 };
        let shares = [0, 1, 2, 3, 4, 5, 6, 7].map(|capacity| distribution.on_demand(capacity));
        assert_eq!(shares, [0, 1, 2, 2, 3, 3, 4, 4]);
        let to_launch = |on_demand, spot| distribution.to_launch(7, on_demand, spot);
        assert!(to_launch(3, 2).eq([Purchase::OnDemand, Purchase::Spot]));
        assert!(to_launch(3, 3).eq([Purchase::OnDemand]));
        assert!(to_launch(5, 1).eq([Purchase::Spot]));
        assert!(to_launch(4, 3).eq([]));
        assert_eq!(distribution.to_terminate(6, 4), Purchase::Spot);
        assert_eq!(distribution.to_terminate(5, 4), Purchase::OnDemand);
    }
}
