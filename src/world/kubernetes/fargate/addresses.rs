//! Addresses of pods on Fargate, and the zones that come with them.

use std::cmp::Reverse;

use super::FargateEvent;
use super::seat::Seat;
use crate::aws::ecs::fargate::zone;
use crate::engine::{Phase, SimDuration};
use crate::kubernetes::objects::{PodId, WorkloadId};
use crate::metrics::{Finding, FindingKind};
use crate::world::World;
use crate::world::subnets::Address;

/// Between two attempts at what could not be had: an address that is not one of Fargate's, a
/// machine that does not break before it is up.
pub(super) const RETRY: SimDuration = SimDuration::from_secs(10);

impl World<'_> {
    /// Has a pod be launched that has or gets an address; otherwise it waits for one.
    pub(super) fn fargate_places(&mut self, pod: PodId) {
        let (now, seat) = (self.now(), self.kubernetes().fargate.seats[&pod]);
        let Some(address) = self.take_address(seat.profile, seat.owner) else {
            return self.fargate_waits(pod);
        };
        let fargate = &mut self.kubernetes_mut().fargate;
        fargate.waiting.remove(&(seat.uid, pod));
        fargate.seats.get_mut(&pod).expect("it was there").address = Some(address);
        let due = fargate.launches.next(now);
        self.count_nodes();
        let event = FargateEvent::Launch { pod, uid: seat.uid };
        self.calendar.push(due, Phase::Release, event.into());
    }

    /// An address in the zone where the fewest pods of a controller are, of the subnets of a
    /// profile: of the subnet there that has the most.
    fn take_address(&mut self, profile: usize, owner: Option<WorkloadId>) -> Option<Address> {
        let (cluster, subnets) = (self.cluster, &self.subnets);
        let named = &cluster.fargate_profiles[profile].subnets;
        let places = subnets.places.iter().zip(&subnets.ranges).enumerate();
        let open: Vec<(usize, u32, u32)> = places
            .filter(|(_, ((name, _), range))| {
                range.free() > 0 && (named.is_empty() || named.contains(name))
            })
            .map(|(place, ((_, zone), range))| (place, *zone, range.free()))
            .collect();
        let mut zones: Vec<u32> = open.iter().map(|(_, zone, _)| *zone).collect();
        zones.sort_unstable();
        zones.dedup();
        if zones.is_empty() {
            return None;
        }
        let counts = self.kubernetes().fargate.zones.get(&owner);
        let count = |zone: &u32| counts.and_then(|all| all.get(*zone as usize)).copied();
        let pods: Vec<u32> = zones.iter().map(|zone| count(zone).unwrap_or(0)).collect();
        let chosen = zones[zone(&pods)];
        let there = open.iter().filter(|(_, zone, _)| *zone == chosen);
        let (subnet, ..) = there.max_by_key(|(place, _, free)| (*free, Reverse(*place)))?;
        let address = self.subnets.take(*subnet).ok()?;
        self.meter_subnet(address.subnet);
        self.count_in_zone(owner, chosen, true);
        Some(address)
    }

    /// A pod of a controller is in a zone from now on, or is so no more.
    fn count_in_zone(&mut self, owner: Option<WorkloadId>, zone: u32, comes: bool) {
        let all = &mut self.kubernetes_mut().fargate.zones;
        let (counts, zone) = (all.entry(owner).or_default(), zone as usize);
        if counts.len() <= zone {
            counts.resize(zone + 1, 0);
        }
        if comes {
            counts[zone] += 1
        } else {
            counts[zone] -= 1
        }
        if counts.iter().all(|count| *count == 0) {
            all.remove(&owner);
        }
    }

    /// A pod does not need its address any more.
    pub(super) fn give_address_back(&mut self, owner: Option<WorkloadId>, address: Address) {
        self.count_in_zone(owner, self.subnets.places[address.subnet].1, false);
        self.subnets.give_back(address);
        self.meter_subnet(address.subnet);
    }

    /// No address is free for a pod.
    fn fargate_waits(&mut self, pod: PodId) {
        let cluster = self.cluster;
        let fargate = &mut self.kubernetes_mut().fargate;
        let Seat { uid, profile, .. } = fargate.seats[&pod];
        fargate.waiting.insert((uid, pod));
        let of = &cluster.fargate_profiles[profile];
        let names = self.subnets.places.iter().map(|(name, _)| name);
        let names = names.filter(|name| of.subnets.is_empty() || of.subnets.contains(name));
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let (subnets, have) = match &names[..] {
            [one] => (format!("subnet {one}"), "has"),
            all => (format!("subnets {}", all.join(", ")), "have"),
        };
        let title = format!("{subnets} of Fargate profile `{}` {have} no free address", of.name);
        let now = self.now();
        self.with_control(|control, _| control.not_placed(pod, &title, now));
        self.find(Finding {
            kind: FindingKind::Address,
            about: format!("Fargate profile `{}`", of.name),
            title: format!("pods wait for an address: {title}"),
            advice: "each pod on Fargate has an address of its own: make a range larger (`cidr`), \
                     or give the profile another `[[cluster.subnet]]`"
                .to_owned(),
        });
        if !std::mem::replace(&mut self.kubernetes_mut().fargate.retries, true) {
            self.after(RETRY, Phase::Decide, FargateEvent::Retry);
        }
    }

    /// Tries again to find addresses for pods that wait for one.
    pub(super) fn fargate_retries(&mut self) {
        let waiting: Vec<_> = self.kubernetes().fargate.waiting.iter().copied().collect();
        for (_, pod) in waiting {
            self.fargate_places(pod);
        }
    }

    /// The same, as time goes by.
    pub(super) fn fargate_retries_later(&mut self) {
        self.kubernetes_mut().fargate.retries = false;
        self.fargate_retries();
    }
}
