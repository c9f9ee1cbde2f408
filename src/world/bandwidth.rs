//! Network bandwidth of instances in the world: what comes to them while they have credits, and
//! after that.
//!
//! The network card of an instance that may burst (`aws::ec2::bandwidth`) carries its peak, until
//! what came above its baseline has used its credits up; then it carries the baseline. What comes
//! is looked at when an instant ends in which transfers began, ended or went at another rate, so
//! that the bucket sees every rate for as long as it held. What uses the network here is what is
//! transferred: images. What requests carry is not.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::World;
use crate::aws::ec2::bandwidth::{BurstTimes, network};
use crate::aws::ec2::burst::Burst;
use crate::aws::ec2::catalogue::InstanceType;
use crate::engine::{Phase, SimTime};
use crate::machine::HostId;
use crate::metrics::Gauge;
use crate::sharing::flows::LinkId;
use crate::units::Bandwidth;

/// Rates that differ by less than this part of the baseline are the same but for rounding.
const ROUNDING: f64 = 1e-9;

/// Something about the bandwidth of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandwidthEvent {
    /// Transfers may go at other rates than before.
    Look,
    /// The credits of an instance are used up, unless its rate has changed in the meantime.
    Falls {
        /// Which.
        host: HostId,
        /// Dropped unless it is the current one.
        generation: u32,
    },
}

/// The network card of one instance.
#[derive(Debug)]
struct Card {
    type_name: &'static str,
    burst: Burst,
    link: LinkId,
    generation: u32,
    /// What comes.
    load: f64,
    /// 1 while it comes no faster for want of credits.
    slowed: Gauge,
}

/// The network cards of all instances of a cluster that may burst.
#[derive(Debug, Default)]
pub(super) struct Cards {
    of_host: BTreeMap<HostId, Card>,
    /// Whether they will be looked at at the end of this instant.
    is_watched: bool,
    /// The latest generation of all.
    latest: u32,
    /// Seconds that cards of a type were slowed down, and were there, that are no more.
    slowed: BTreeMap<&'static str, (f64, f64)>,
}

impl World<'_> {
    /// A machine is an instance of this type from now on. Nothing for types that do not burst.
    pub(super) fn bandwidth_begins(&mut self, machine: usize, one: &'static InstanceType) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        let burst = network(now, &one.network, BurstTimes::default());
        let link = self.nodes.lines.routes[host.index()].last().copied();
        let Some(link) = link.filter(|_| burst.baseline() < burst.peak()) else { return };
        let mut slowed = Gauge::default();
        slowed.restart(now);
        let (type_name, generation) = (one.name.as_str(), 0);
        let card = Card { type_name, burst, link, generation, load: 0.0, slowed };
        self.cards.of_host.insert(host, card);
        self.network.set_capacity(now, link, one.network.bandwidth.peak);
        self.network_changed();
    }

    /// A machine is an instance no more.
    pub(super) fn bandwidth_ends(&mut self, machine: usize) {
        let now = self.now();
        let Some(card) = self.cards.of_host.remove(&self.nodes.all[machine].host) else { return };
        let (slowed, there) = self.cards.slowed.entry(card.type_name).or_default();
        *slowed += card.slowed.integral(now);
        *there += card.slowed.measured(now);
    }

    /// Transfers have begun, ended, or may go at other rates: sees to what is due next.
    pub(super) fn network_changed(&mut self) {
        self.network.rearm(&mut self.calendar);
        if !self.cards.of_host.is_empty() && !std::mem::replace(&mut self.cards.is_watched, true) {
            let now = self.calendar.now();
            self.calendar.push(now, Phase::Observe, BandwidthEvent::Look.into());
        }
    }

    /// Handles an event of bandwidth.
    pub(super) fn on_bandwidth(&mut self, event: BandwidthEvent) {
        let hosts: Vec<HostId> = match event {
            BandwidthEvent::Look => {
                self.cards.is_watched = false;
                self.cards.of_host.keys().copied().collect()
            }
            BandwidthEvent::Falls { host, generation } => {
                let card = self.cards.of_host.get(&host);
                let falls = card.is_some_and(|card| card.generation == generation);
                falls.then_some(host).into_iter().collect()
            }
        };
        let mut has_changed = false;
        for host in hosts {
            has_changed |= self.look_at_card(host);
        }
        if has_changed {
            self.network_changed();
        }
    }

    /// Tells a card's bucket what comes; returns whether it carries something else from now on.
    fn look_at_card(&mut self, host: HostId) -> bool {
        let now = self.now();
        let card = self.cards.of_host.get_mut(&host).expect("it is looked at");
        let (baseline, link) = (card.burst.baseline(), card.link);
        let load = self.network.load(link).0;
        let is_baseline = (load - baseline).abs() <= baseline * ROUNDING;
        let load = if is_baseline { baseline } else { load };
        let limit = card.burst.limit(now);
        if load == card.load && Bandwidth(limit) == self.network.capacity(link) {
            return false;
        }
        card.load = load;
        card.burst.set_wanted(now, load);
        let limit = card.burst.limit(now);
        let slowed = f64::from(u8::from(limit < card.burst.peak() && load >= limit));
        if card.slowed.value() != slowed {
            card.slowed.set(now, slowed);
        }
        self.cards.latest = self.cards.latest.wrapping_add(1);
        card.generation = self.cards.latest;
        if let Some(at) = card.burst.falls_at(now) {
            let event = BandwidthEvent::Falls { host, generation: card.generation };
            self.calendar.push(at, Phase::Release, event.into());
        }
        if Bandwidth(limit) == self.network.capacity(link) {
            return false;
        }
        self.network.set_capacity(now, link, Bandwidth(limit));
        true
    }

    /// The measurement begins.
    pub(super) fn restart_cards(&mut self, now: SimTime) {
        self.cards.slowed.clear();
        self.cards.of_host.values_mut().for_each(|card| card.slowed.restart(now));
    }

    /// Types whose instances had no network credits left when they could have used some, and for
    /// which part of the time.
    pub(super) fn exhausted_cards(&self) -> Vec<String> {
        let mut all = self.cards.slowed.clone();
        for card in self.cards.of_host.values() {
            let (slowed, there) = all.entry(card.type_name).or_default();
            *slowed += card.slowed.integral(self.end);
            *there += card.slowed.measured(self.end);
        }
        let slowed = all.into_iter().filter(|(_, (slowed, _))| *slowed > 0.0);
        let warning = |(name, (slowed, there)): (&str, (f64, f64))| {
            let share = slowed / there * 100.0;
            format!(
                "{name}: out of network credits and slowed down to the baseline for {share:.1}% \
                 of the time"
            )
        };
        slowed.map(warning).collect()
    }
}
