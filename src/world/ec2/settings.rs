//! From the groups of a scenario to those of EC2 Auto Scaling.

use super::shapes::is_windows;
use crate::aws::auto_scaling::distribution::Distribution;
use crate::aws::auto_scaling::hook::{Hook, Outcome, Transition};
use crate::aws::auto_scaling::settings::{Settings, ZoneStrategy as GroupZones};
use crate::aws::auto_scaling::strategy::{OnDemandStrategy as OnDemand, SpotStrategy as Spot};
use crate::aws::auto_scaling::termination::TerminationPolicy as Policy;
use crate::aws::auto_scaling::warm_pool::{PoolState, WarmPool as Pool};
use crate::aws::ec2::billing::{InstancePrice, Licence, Purchase};
use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::ec2::launch::Guest;
use crate::engine::SimDuration;
use crate::scenario::aws::{
    AutoScalingGroup, HookResult, HookTransition, OnDemandStrategy, SpotStrategy,
    TerminationPolicy, WarmPoolState, ZoneStrategy,
};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind};
use crate::world::InputError;
use crate::world::input::Unfit;

/// How long managed draining waits for the tasks of an instance: heartbeats keep its hook alive for
/// as long as a hook may hold one (API reference, `LifecycleHook`: 48 hours).
const MANAGED_DRAINING: SimDuration = SimDuration::from_secs(48 * 3600);

/// How long EKS has the pods of a node leave that its Auto Scaling group ends; then it ends all the
/// same (Amazon EKS User Guide, "Simplify node lifecycle with managed node groups").
const EKS_DRAINING: SimDuration = SimDuration::from_secs(15 * 60);

/// The types of a group, and what an hour of an instance costs: On-Demand, and Spot.
pub(super) type Types = Vec<(&'static InstanceType, [InstancePrice; 2])>;

/// Looks the types of a group up.
///
/// # Errors
/// There is no such type, or AWS does not sell it so.
pub(super) fn types(group: &AutoScalingGroup, at: &Path) -> Result<Types, InputError> {
    let licence = if is_windows(group) { Licence::Windows } else { Licence::Linux };
    let spot = Purchase::Spot { discount: group.market.spot_discount };
    let one = |(place, name): (usize, &String)| {
        let at = at.key("instance_types").index(place);
        let one = instance_type(name).map_err(|unknown| {
            let help = match unknown.nearest {
                Some(near) => format!("did you mean `{near}`?"),
                None => "such as `m6i.large`".to_owned(),
            };
            Unfit::new(at.clone(), format!("there is no instance type `{name}`"), help)
        })?;
        let price = |bought| {
            InstancePrice::of(one, licence, bought).map_err(|error| {
                Unfit::new(at.clone(), error.to_string(), "take a type that is sold so")
            })
        };
        Ok((one, [price(Purchase::OnDemand)?, price(spot)?]))
    };
    group.instance_types.iter().enumerate().map(one).collect()
}

/// What boots on the instances of a group.
pub(super) fn guest(group: &AutoScalingGroup, one: &InstanceType) -> Guest {
    match (is_windows(group), one.gpus.is_some() || one.accelerators.is_some()) {
        (true, _) => Guest::Windows,
        (false, true) => Guest::LinuxGpu,
        (false, false) => Guest::Linux,
    }
}

/// Whether the instances of a group are drained before they end: the last hook of the group.
pub(super) fn drains(cluster: &Cluster, group: &AutoScalingGroup) -> bool {
    if cluster.kind == ClusterKind::Eks {
        let mut groups = cluster.node_groups.iter();
        return groups.any(|it| it.name == group.name && it.managed);
    }
    let mut providers = cluster.capacity_providers.iter();
    cluster.capacity_providers.is_empty()
        || providers.any(|provider| provider.group == group.name && provider.managed_draining)
}

/// What a group is told to be, in so many zones.
///
/// # Errors
/// It would be no group.
pub(super) fn settings(
    cluster: &Cluster,
    group: &AutoScalingGroup,
    zones: usize,
    at: &Path,
) -> Result<Settings, InputError> {
    let weights = match group.weights.is_empty() {
        true => vec![1; group.instance_types.len()],
        false => group.weights.clone(),
    };
    let market = &group.market;
    let settings = Settings {
        zone_strategy: match group.zone_strategy {
            ZoneStrategy::BalancedBestEffort => GroupZones::BalancedBestEffort,
            ZoneStrategy::BalancedOnly => GroupZones::BalancedOnly,
        },
        cooldown: group.cooldown,
        warmup: group.warmup,
        grace: group.grace,
        protect_new: group.scale_in_protection,
        policies: policies(&group.termination_policies),
        hooks: hooks(cluster, group),
        warm_pool: group.warm_pool.map(|pool| Pool {
            min_size: pool.min_size,
            max_prepared: pool.max_prepared,
            state: match pool.state {
                WarmPoolState::Stopped => PoolState::Stopped,
                WarmPoolState::Running => PoolState::Running,
                WarmPoolState::Hibernated => PoolState::Hibernated,
            },
            reuse: pool.reuse,
        }),
        weights,
        distribution: Distribution {
            base: market.on_demand_base,
            percentage: (market.on_demand.0 * 100.0).round() as u32,
        },
        on_demand: match market.on_demand_strategy {
            OnDemandStrategy::Prioritized => OnDemand::Prioritized,
            OnDemandStrategy::LowestPrice => OnDemand::LowestPrice,
        },
        spot: match market.spot_strategy {
            SpotStrategy::LowestPrice => Spot::LowestPrice { pools: market.spot_pools },
            SpotStrategy::CapacityOptimized => Spot::CapacityOptimized,
            SpotStrategy::CapacityOptimizedPrioritized => Spot::CapacityOptimizedPrioritized,
            SpotStrategy::PriceCapacityOptimized => Spot::PriceCapacityOptimized,
        },
        spot_max_price: market.spot_max_price,
        capacity_rebalance: market.capacity_rebalance,
        ..Settings::new(group.min, group.max, group.desired(), zones as u16)
    };
    settings.check().map_err(|error| {
        let help = "see the quotas and rules of Amazon EC2 Auto Scaling";
        Unfit::new(at.clone(), error.to_string(), help)
    })?;
    Ok(settings)
}

fn policies(told: &[TerminationPolicy]) -> Vec<Policy> {
    let policy = |policy: &TerminationPolicy| match policy {
        TerminationPolicy::Default => Policy::Default,
        TerminationPolicy::AllocationStrategy => Policy::AllocationStrategy,
        TerminationPolicy::OldestLaunchTemplate => Policy::OldestLaunchTemplate,
        TerminationPolicy::ClosestToNextInstanceHour => Policy::ClosestToNextInstanceHour,
        TerminationPolicy::OldestInstance => Policy::OldestInstance,
        TerminationPolicy::NewestInstance => Policy::NewestInstance,
    };
    if told.is_empty() { vec![Policy::Default] } else { told.iter().map(policy).collect() }
}

fn hooks(cluster: &Cluster, group: &AutoScalingGroup) -> Vec<Hook> {
    let told = group.hooks.iter().map(|hook| Hook {
        transition: match hook.transition {
            HookTransition::Launching => Transition::Launching,
            HookTransition::Terminating => Transition::Terminating,
        },
        heartbeat_timeout: hook.timeout,
        default_result: match hook.default_result {
            HookResult::Abandon => Outcome::Abandon,
            HookResult::Continue => Outcome::Continue,
        },
    });
    let draining = drains(cluster, group).then(|| Hook {
        heartbeat_timeout: match cluster.kind {
            ClusterKind::Eks => EKS_DRAINING,
            _ => MANAGED_DRAINING,
        },
        default_result: Outcome::Continue,
        ..Hook::new(Transition::Terminating)
    });
    told.chain(draining).collect()
}
