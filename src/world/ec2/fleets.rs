//! Instances that are launched one by one, by fleets of one (`CreateFleet`, type `instant`): EC2 is
//! named many sources, and takes the first that has capacity and an address.
//!
//! Whoever launches them is told once which it was, and what could not be had; and when an instance
//! is no more.

use super::instance::Step;
use crate::aws::auto_scaling::instance::{InstanceId, Pool, Purchase, Source, Zone};
use crate::world::World;
use crate::world::subnets::zone_name;

/// A source by the words of those who ask: the type by its place in the group, the zone by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::world) struct Wanted {
    /// Place of the type among those of the group.
    pub instance_type: u16,
    /// Name of the zone, such as `us-east-1a`.
    pub zone: Box<str>,
    /// Whether it is Spot.
    pub is_spot: bool,
}

impl World<'_> {
    /// EC2 is asked for one instance of a group, from the first of these sources that can be had.
    pub(in crate::world) fn fleet_launch(&mut self, group: u16, number: u32, wanted: &[Wanted]) {
        let zones = &self.ec2().groups[usize::from(group)].zones;
        let zones: Vec<String> = zones.iter().map(|&zone| zone_name(self.cluster, zone)).collect();
        let source = |one: &Wanted| {
            let zone = zones.iter().position(|zone| **zone == *one.zone)?;
            let purchase = if one.is_spot { Purchase::Spot } else { Purchase::OnDemand };
            Some(Source { zone: Zone(zone as u16), pool: Pool(one.instance_type), purchase })
        };
        let offers: Vec<Source> = wanted.iter().filter_map(source).collect();
        let first = *offers.first().expect("a fleet names sources in the zones of its group");
        self.launch_instance(group, InstanceId(number), first, offers);
    }

    /// EC2 has an instance for a fleet, or it has none.
    pub(super) fn fleet_answers(&mut self, instance: u32) {
        let now = self.now();
        let (group, id) = self.group_of_instance(instance);
        let mut offers = std::mem::take(&mut self.ec2_mut().instances[instance].offers);
        self.spread(group, &mut offers);
        let (mut refused, mut any_short) = (Vec::new(), false);
        for source in offers {
            let ec2 = self.ec2_mut();
            let price = ec2.price_of(group, source);
            let it = &mut ec2.instances[instance];
            (it.source, it.price) = (source, price);
            let is_short = ec2.groups[usize::from(group)].is_short(source, now);
            if !is_short && self.claim_address(instance).is_ok() {
                self.step_after(instance, Step::Run);
                let source = self.named(group, source);
                return self.tell_fleet_answered(id, Some(&source), &refused);
            }
            any_short |= is_short;
            refused.push(self.named(group, source));
        }
        let ec2 = self.ec2_mut();
        ec2.meters.happened.without_capacity += u64::from(any_short);
        ec2.instances.remove(instance);
        let state = &mut ec2.groups[usize::from(group)];
        state.instances.remove(&id);
        let warning =
            format!("launches for `{}` failed: EC2 had none of what it asked", state.name);
        self.recorder.warn(warning);
        self.tell_fleet_answered(id, None, &refused);
    }

    /// Puts zones in which the same costs as much into the order of their free addresses. Which of
    /// them EC2 takes nobody says; that it is always the same would be wrong.
    fn spread(&self, group: u16, offers: &mut [Source]) {
        let ec2 = self.ec2();
        let subnets = &ec2.groups[usize::from(group)].subnets;
        let free = |source: &Source| {
            let here = subnets[usize::from(source.zone.0)].iter();
            here.map(|&subnet| self.subnets.ranges[subnet].free()).max()
        };
        let kind = |source: &Source| (source.pool, source.purchase, ec2.price_of(group, *source));
        for same in offers.chunk_by_mut(|one, other| kind(one) == kind(other)) {
            same.sort_by_key(|source| std::cmp::Reverse(free(source)));
        }
    }

    fn named(&self, group: u16, source: Source) -> Wanted {
        let zone = self.ec2().groups[usize::from(group)].zone(source);
        Wanted {
            instance_type: source.pool.0,
            zone: zone_name(self.cluster, zone).into(),
            is_spot: source.purchase == Purchase::Spot,
        }
    }

    /// An instance that a fleet launched is terminated, if it is still there.
    pub(in crate::world) fn fleet_terminate(&mut self, group: u16, number: u32) {
        let state = &self.ec2().groups[usize::from(group)];
        if let Some(&instance) = state.instances.get(&InstanceId(number)) {
            self.terminate_instance(instance);
        }
    }

    /// The group and the number of the instance that a machine is, where a fleet launched it.
    pub(in crate::world) fn fleet_of_machine(&self, machine: usize) -> Option<(u16, u32)> {
        let ec2 = self.ec2.as_deref()?;
        let it = &ec2.instances[ec2.of_machine.get(machine).copied().flatten()?];
        let is_of_fleet = ec2.groups[usize::from(it.group)].group.is_none();
        is_of_fleet.then_some((it.group, it.id.0))
    }
}
