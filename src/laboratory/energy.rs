//! Electrical power of hosts by the share of their CPU that items have.
//!
//! Items have their CPU whether they use it or not, so power changes only when something is placed
//! or leaves, and energy is an exact sum over time. Power is counted in whole microwatts: what a host
//! takes depends on what is on it alone, and never on the order in which that came.

use crate::machine::PowerCurve;
use crate::placement::BinId;
use crate::scenario::{IdleHosts, Power};

/// Microwatts of a watt.
const MICRO: f64 = 1e6;

/// What each host takes now.
#[derive(Clone, Debug)]
pub struct Energy {
    curves: Vec<PowerCurve>,
    hosts: Vec<Draw>,
    idle: IdleHosts,
    /// All of them, in microwatts.
    total: u64,
}

#[derive(Clone, Copy, Debug)]
struct Draw {
    curve: u32,
    /// Microwatts now.
    now: u64,
}

impl Energy {
    /// Of hosts, all empty, with these curves.
    pub fn new<'a>(hosts: impl Iterator<Item = &'a Power>, idle: IdleHosts) -> Self {
        let mut energy = Self { curves: Vec::new(), hosts: Vec::new(), idle, total: 0 };
        let mut last: Option<&Power> = None;
        for power in hosts {
            // hosts of one kind stand beside each other in most tables
            if last != Some(power) {
                energy.curves.push(PowerCurve::new(power));
                last = Some(power);
            }
            energy.hosts.push(Draw { curve: energy.curves.len() as u32 - 1, now: 0 });
            let host = BinId(energy.hosts.len() as u32 - 1);
            energy.changed(host, Load::default());
        }
        energy
    }

    /// A host has another load from now on.
    pub fn changed(&mut self, host: BinId, load: Load) {
        let now = self.draw(host, load);
        let before = std::mem::replace(&mut self.hosts[host.index()].now, now);
        self.total = self.total - before + now;
    }

    /// What a host takes with a load, in microwatts.
    pub fn draw(&self, host: BinId, load: Load) -> u64 {
        if load.is_down || load.items == 0 && self.idle == IdleHosts::Off {
            return 0;
        }
        let curve = &self.curves[self.hosts[host.index()].curve as usize];
        // rounded: power is not below zero
        (curve.at(load.share()).0 * MICRO + 0.5) as u64
    }

    /// Power of all hosts, in microwatts.
    pub fn microwatts(&self) -> u64 {
        self.total
    }
}

/// What decides how much a host takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// CPU that items have.
    pub used: u64,
    /// All its CPU.
    pub capacity: u64,
    /// Items on it.
    pub items: u32,
    /// Whether it has failed.
    pub is_down: bool,
}

impl Load {
    fn share(&self) -> f64 {
        if self.capacity == 0 { 0.0 } else { self.used as f64 / self.capacity as f64 }
    }
}

/// Kilowatt hours of so many microwatts times nanoseconds.
pub fn kilowatt_hours(sum: u128) -> f64 {
    // 10^-6 W x 10^-9 s = 10^-15 J, and 3.6 x 10^6 J are one
    sum as f64 / 3.6e21
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Watts;

    fn load(used: u64, items: u32) -> Load {
        Load { used, capacity: 10, items, is_down: false }
    }

    #[test]
    fn power_is_that_of_the_hosts_that_are_on() {
        let linear = Power::Linear { idle: Watts(100.0), max: Watts(200.0) };
        let curve = Power::Curve([50.0, 90.0, 100.0].map(Watts).to_vec());
        let powers = [linear.clone(), linear, curve];
        let mut energy = Energy::new(powers.iter(), IdleHosts::Off);
        assert_eq!((energy.microwatts(), energy.curves.len()), (0, 2));
        energy.changed(BinId(1), load(3, 1));
        energy.changed(BinId(2), load(5, 2));
        assert_eq!(energy.microwatts(), 130_000_000 + 90_000_000);
        energy.changed(BinId(2), load(0, 0));
        assert_eq!(energy.microwatts(), 130_000_000);
        let mut energy = Energy::new(powers.iter(), IdleHosts::On);
        assert_eq!(energy.microwatts(), 250_000_000);
        energy.changed(BinId(0), Load { is_down: true, ..load(0, 0) });
        assert_eq!(energy.microwatts(), 150_000_000);
    }

    #[test]
    fn a_kilowatt_for_an_hour_is_a_kilowatt_hour() {
        assert_eq!(kilowatt_hours(1_000_000_000 * 3_600_000_000_000), 1.0);
    }
}
