//! How many instances there are, for how long, and what EC2 did to them.

use std::collections::BTreeMap;

use super::Ec2;
use super::groups::GroupState;
use crate::aws::auto_scaling::instance::Purchase;
use crate::engine::SimTime;
use crate::metrics::Gauge;
use crate::metrics::summary::{Ec2Summary, InstanceHours};
use crate::world::World;

/// What is counted as it happens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Happened {
    /// Instances that ran for the first time.
    pub launched: u64,
    /// Launches and starts for which EC2 had no capacity.
    pub without_capacity: u64,
    /// Launches for which a subnet had no address.
    pub without_address: u64,
    /// Spot instances that were recommended to be replaced.
    pub rebalance: u64,
    /// Spot instances that were given notice.
    pub notices: u64,
    /// Spot instances that were taken back.
    pub taken_back: u64,
}

/// Time in nanoseconds, by type and market.
type Times = BTreeMap<(&'static str, Purchase), u64>;

/// The meters of all groups.
#[derive(Debug, Default)]
pub(super) struct Meters {
    pub happened: Happened,
    /// Instances in service.
    in_service: Gauge,
    /// How long those ran that are no more.
    ended: Times,
    /// What there was when the measurement began.
    before: (Happened, Times),
}

impl Ec2 {
    /// A group may have more instances in service than it had, or fewer.
    pub(super) fn meter_in_service(&mut self, now: SimTime) {
        let serving: u32 = self.groups.iter().map(GroupState::serving).sum();
        let gauge = &mut self.meters.in_service;
        if gauge.value() != f64::from(serving) {
            gauge.set(now, serving.into());
        }
    }

    /// An instance is terminated: how long it has run is known.
    pub(super) fn meter_end(&mut self, instance: u32, now: SimTime) {
        let (key, time) = self.time_of(instance, now);
        *self.meters.ended.entry(key).or_default() += time;
    }

    /// How long an instance has been `running`.
    fn time_of(&self, instance: u32, now: SimTime) -> ((&'static str, Purchase), u64) {
        let it = &self.instances[instance];
        let key = (self.type_of(it.group, it.source).name.as_str(), it.source.purchase);
        (key, it.life.runs(now).map(|run| run.time.as_nanos()).sum())
    }

    /// How long instances have been `running` since the run began.
    fn times(&self, now: SimTime) -> Times {
        let mut all = self.meters.ended.clone();
        for (instance, it) in self.instances.iter() {
            if it.machine.is_some() {
                let (key, time) = self.time_of(instance, now);
                *all.entry(key).or_default() += time;
            }
        }
        all
    }

    /// Everything is measured anew from here.
    pub(super) fn restart_meters(&mut self, now: SimTime) {
        self.meters.in_service.restart(now);
        self.meters.before = (self.meters.happened, self.times(now));
    }

    fn hours(&self, now: SimTime) -> Vec<InstanceHours> {
        let before = &self.meters.before.1;
        let measured = |(key, time): (&(&'static str, Purchase), u64)| {
            let time = time - before.get(key).copied().unwrap_or(0);
            (time > 0).then(|| InstanceHours {
                instance_type: key.0.to_owned(),
                spot: key.1 == Purchase::Spot,
                hours: time as f64 / 3.6e12,
            })
        };
        self.times(now).iter().filter_map(|(key, &time)| measured((key, time))).collect()
    }
}

impl World<'_> {
    /// Instances over the measured time, where a cluster has groups of them.
    pub(in crate::world) fn ec2_summary(&self, now: SimTime) -> Option<Ec2Summary> {
        let ec2 = self.ec2.as_deref().filter(|ec2| !ec2.groups.is_empty())?;
        let (done, before) = (ec2.meters.happened, ec2.meters.before.0);
        Some(Ec2Summary {
            in_service: ec2.meters.in_service.mean(now),
            in_service_max: ec2.meters.in_service.maximum() as u32,
            launched: done.launched - before.launched,
            launches_without_capacity: done.without_capacity - before.without_capacity,
            launches_without_address: done.without_address - before.without_address,
            rebalance_recommendations: done.rebalance - before.rebalance,
            interruption_notices: done.notices - before.notices,
            interruptions: done.taken_back - before.taken_back,
            hours: ec2.hours(now),
        })
    }
}
