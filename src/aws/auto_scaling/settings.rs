//! What a group is told to be.

use thiserror::Error;

use super::distribution::Distribution;
use super::hook::Hook;
use super::instance::Template;
use super::strategy::{OnDemandStrategy, SpotStrategy};
use super::termination::TerminationPolicy;
use super::warm_pool::WarmPool;
use crate::engine::SimDuration;
use crate::units::HourlyPrice;

/// How strictly zones are kept equal ("Auto Scaling group Availability Zone distribution").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZoneStrategy {
    /// What cannot be launched in one zone is launched in another.
    #[default]
    BalancedBestEffort,
    /// It is tried again in that zone.
    BalancedOnly,
}

/// An Auto Scaling group. [`Settings::new`] has the defaults of the API, but for the grace period,
/// where it has that of the console.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The least capacity.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// What there is to be at the beginning.
    pub desired: u32,
    /// Number of Availability Zones.
    pub zones: u16,
    /// How strictly they are kept equal.
    pub zone_strategy: ZoneStrategy,
    /// What new instances are launched from.
    pub template: Template,
    /// How long a scaling that honours it waits after the last one. Default: 300 s.
    pub cooldown: SimDuration,
    /// How long new instances warm up in service (`DefaultInstanceWarmup`). Default: not at all.
    pub warmup: SimDuration,
    /// How long the health of new instances is not looked at. Default: 300 s (console; the API has
    /// none).
    pub grace: SimDuration,
    /// Whether a load balancer takes part: instances leave it before they end.
    pub load_balanced: bool,
    /// Whether its health checks count (`HealthCheckType` `ELB`). Those of EC2 always do.
    pub elb_health: bool,
    /// Whether new instances are protected from scale-in.
    pub protect_new: bool,
    /// Which instances go first, the first policy before the others.
    pub policies: Vec<TerminationPolicy>,
    /// What holds instances on their way.
    pub hooks: Vec<Hook>,
    /// Instances that wait beside the group.
    pub warm_pool: Option<WarmPool>,
    /// What an instance of each type counts, in the order of the overrides. Default: one type that
    /// counts 1.
    pub weights: Vec<u32>,
    /// How much is On-Demand. Default: all.
    pub distribution: Distribution,
    /// Types of On-Demand instances.
    pub on_demand: OnDemandStrategy,
    /// Pools of Spot instances.
    pub spot: SpotStrategy,
    /// The most that is paid for a unit of Spot capacity in an hour; the On-Demand price where none
    /// is given.
    pub spot_max_price: Option<HourlyPrice>,
    /// Whether Spot instances at risk are replaced before they are interrupted.
    pub capacity_rebalance: bool,
    /// How long a type is not tried again in a zone that had no capacity for it. How long the
    /// service waits is not documented; default: 60 s.
    pub retry: SimDuration,
}

/// Settings that make no group.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Sizes out of order.
    #[error("desired capacity {desired} is not between the minimum {min} and the maximum {max}")]
    Sizes {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
        /// What was desired.
        desired: u32,
    },
    /// No zone.
    #[error("a group needs at least one Availability Zone")]
    NoZone,
    /// No instance type, or too many.
    #[error("a group has 1 to 40 instance types, this one {0}")]
    Types(usize),
    /// A weight out of range.
    #[error("the weight of an instance type is 1 to 999, not {0}")]
    Weight(u32),
    /// A share out of range.
    #[error("the On-Demand percentage above the base is 0 to 100, not {0}")]
    Percentage(u32),
    /// `lowest-price` with no pool.
    #[error("`lowest-price` takes Spot instances from 1 to 20 pools, not from {0}")]
    Pools(u32),
    /// `Default` before others.
    #[error("the termination policy `Default` has to be the last of the list")]
    DefaultNotLast,
    /// More hooks than a group may have.
    #[error("a group has at most 50 lifecycle hooks, this one {0}")]
    Hooks(usize),
    /// A warm pool of instances that cannot be stopped.
    #[error("a group with Spot instances cannot have a warm pool; make all of it On-Demand")]
    WarmSpot,
}

impl Settings {
    /// A group with defaults for everything but its sizes and its number of zones.
    pub fn new(min: u32, max: u32, desired: u32, zones: u16) -> Self {
        Self {
            min,
            max,
            desired,
            zones,
            zone_strategy: ZoneStrategy::default(),
            template: Template { id: 1, version: 1 },
            cooldown: SimDuration::from_secs(300),
            warmup: SimDuration::ZERO,
            grace: SimDuration::from_secs(300),
            load_balanced: false,
            elb_health: false,
            protect_new: false,
            policies: vec![TerminationPolicy::Default],
            hooks: Vec::new(),
            warm_pool: None,
            weights: vec![1],
            distribution: Distribution::default(),
            on_demand: OnDemandStrategy::default(),
            spot: SpotStrategy::default(),
            spot_max_price: None,
            capacity_rebalance: false,
            retry: SimDuration::from_secs(60),
        }
    }

    /// What is wrong with them, if anything is.
    ///
    /// # Errors
    /// The first thing found. Limits are those of the API reference (`LaunchTemplateOverrides`,
    /// `InstancesDistribution`) and of "Quotas for Auto Scaling resources and groups".
    pub fn check(&self) -> Result<(), SettingsError> {
        check_sizes(self.min, self.max, self.desired)?;
        if self.zones == 0 {
            return Err(SettingsError::NoZone);
        }
        if !(1..=40).contains(&self.weights.len()) {
            return Err(SettingsError::Types(self.weights.len()));
        }
        if let Some(&weight) = self.weights.iter().find(|weight| !(1..=999).contains(*weight)) {
            return Err(SettingsError::Weight(weight));
        }
        if self.distribution.percentage > 100 {
            return Err(SettingsError::Percentage(self.distribution.percentage));
        }
        match self.spot {
            SpotStrategy::LowestPrice { pools } if !(1..=20).contains(&pools) => {
                return Err(SettingsError::Pools(pools));
            }
            _ => {}
        }
        let defaults = self.policies.iter().rev().skip(1);
        if defaults.into_iter().any(|policy| *policy == TerminationPolicy::Default) {
            return Err(SettingsError::DefaultNotLast);
        }
        if self.hooks.len() > 50 {
            return Err(SettingsError::Hooks(self.hooks.len()));
        }
        if self.warm_pool.is_some() && self.distribution.percentage < 100 {
            return Err(SettingsError::WarmSpot);
        }
        Ok(())
    }
}

/// Whether sizes are in order.
pub(super) fn check_sizes(min: u32, max: u32, desired: u32) -> Result<(), SettingsError> {
    if min <= desired && desired <= max {
        Ok(())
    } else {
        Err(SettingsError::Sizes { min, max, desired })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_group_are_refused_with_what_would_do() {
        let told = |change: fn(&mut Settings)| {
            let mut settings = Settings::new(1, 10, 4, 3);
            change(&mut settings);
            settings.check().expect_err("it is wrong").to_string()
        };
        assert_eq!(Settings::new(1, 10, 4, 3).check(), Ok(()));
        assert_eq!(
            told(|it| it.desired = 11),
            "desired capacity 11 is not between the minimum 1 and the maximum 10"
        );
        assert!(told(|it| it.min = 5).contains("between the minimum 5"));
        assert!(told(|it| it.zones = 0).contains("at least one Availability Zone"));
        assert!(told(|it| it.weights.clear()).contains("1 to 40"));
        assert!(told(|it| it.weights = vec![1, 1000]).contains("not 1000"));
        assert!(told(|it| it.distribution.percentage = 101).contains("not 101"));
        assert!(told(|it| it.spot = SpotStrategy::LowestPrice { pools: 0 }).contains("1 to 20"));
        assert!(
            told(|it| it.policies.push(TerminationPolicy::OldestInstance)).contains("the last")
        );
        let warm_spot = told(|it| {
            it.warm_pool = Some(WarmPool::default());
            it.distribution.percentage = 50;
        });
        assert!(warm_spot.contains("all of it On-Demand"));
    }
}
