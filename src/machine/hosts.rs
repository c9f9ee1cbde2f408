//! All hosts of a cluster, of which only those that do something are looked at when meters are
//! read.
//!
//! Meters are read once a minute of each of thousands of hosts, most of which do nothing most of
//! the time, so that asking each would cost more than all that happens. A host at rest is taken out
//! of the round until somebody asks for it in order to change it: what it needs until then is
//! known.

use std::ops::{Index, IndexMut};

use super::{Host, Readings};
use crate::engine::{Marks, SimTime};
use crate::units::Watts;

/// The hosts of a cluster, known by their index, as [`HostId`](super::HostId) has it. Those at rest
/// are not asked for their meters.
#[derive(Clone, Debug)]
pub struct Hosts<T> {
    all: Vec<Host<T>>,
    /// Those that are not at rest.
    round: Marks,
    /// Share of the CPU that each used between the last two readings, and its power.
    utilisation: Vec<f64>,
    power: Vec<Watts>,
    /// When meters were last read.
    read: SimTime,
}

impl<T: Copy> Hosts<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, by index.
    pub fn iter(&self) -> impl Iterator<Item = &Host<T>> {
        self.all.iter()
    }

    /// Adds a host, which has the next index.
    pub fn push(&mut self, host: Host<T>) {
        self.round.mark(self.all.len());
        self.utilisation.push(0.0);
        self.power.push(Watts(0.0));
        self.all.push(host);
    }

    /// Reads the meters of all.
    pub fn meter(&mut self, now: SimTime) {
        self.round.retain(|index| {
            let host = &mut self.all[index];
            (self.utilisation[index], self.power[index]) = host.meter(now);
            // one that did something has another utilisation at the next reading
            self.utilisation[index] > 0.0 || !host.rests()
        });
        self.read = now;
    }

    /// Share of its CPU that each used between the last two readings.
    #[must_use]
    pub fn utilisation(&self) -> &[f64] {
        &self.utilisation
    }

    /// Power of each between the last two readings.
    #[must_use]
    pub fn power(&self) -> &[Watts] {
        &self.power
    }

    /// What the meters of a host showed when they were last read.
    #[must_use]
    pub fn readings(&self, index: usize) -> Readings {
        self.all[index].readings_at(self.read)
    }

    /// Puts a host back into the round.
    #[cold]
    fn wake(&mut self, index: usize) {
        self.round.mark(index);
        self.all[index].rested(self.read);
    }
}

impl<T: Copy> FromIterator<Host<T>> for Hosts<T> {
    fn from_iter<I: IntoIterator<Item = Host<T>>>(hosts: I) -> Self {
        let mut all = Self {
            all: Vec::new(),
            round: Marks::default(),
            utilisation: Vec::new(),
            power: Vec::new(),
            read: SimTime::ZERO,
        };
        hosts.into_iter().for_each(|host| all.push(host));
        all
    }
}

impl<T> Index<usize> for Hosts<T> {
    type Output = Host<T>;

    fn index(&self, index: usize) -> &Host<T> {
        &self.all[index]
    }
}

/// Whoever asks for a host in this way may change it.
impl<T: Copy> IndexMut<usize> for Hosts<T> {
    fn index_mut(&mut self, index: usize) -> &mut Host<T> {
        if !self.round.has(index) {
            self.wake(index);
        }
        &mut self.all[index]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::shape;
    use super::super::{Host, HostId};
    use super::*;
    use crate::engine::SimDuration;
    use crate::sharing::{LeafId, Share, ShareTree};

    type Tree = ShareTree<u32>;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn hosts(count: u32) -> Vec<Host<u32>> {
        let mut hosts: Vec<_> = (0..count).map(|id| Host::new(HostId(id), &shape())).collect();
        for host in &mut hosts {
            let share = Share::weighted(1.0);
            assert_eq!(host.cpu.add_leaf(at(0), Tree::ROOT, share, 1.0, None), LeafId(0));
        }
        hosts
    }

    #[test]
    fn a_host_at_rest_is_left_alone_until_it_is_asked_for() {
        let mut all: Hosts<u32> = hosts(2).into_iter().collect();
        all.meter(at(60));
        assert_eq!(all.round.iter().count(), 0);
        all.meter(at(120));
        // 10 s at half of its core, before meters are read at 200
        all[1].cpu.set_background(at(190), LeafId(0), 0.5);
        all.meter(at(200));
        all[1].cpu.set_background(at(200), LeafId(0), 0.0);
        all.meter(at(240));
        // from 120 on, when meters were last read, 10 s of 80 at half: 6.25 %, 106.25 W
        assert_eq!((all.utilisation()[0], all.readings(0).energy.0), (0.0, 24_000.0));
        assert_eq!(all.readings(1).energy.0, 120.0 * 100.0 + 80.0 * 106.25 + 40.0 * 100.0);
        assert_eq!(all.readings(1).used, 5.0);
    }

    proptest! {
        /// The same as asking each of them every time.
        #[test]
        fn what_is_known_of_a_host_at_rest_is_what_its_meters_show(
            steps in proptest::collection::vec((1..90_u64, 0..3_usize, 0..5_u32), 1..200),
        ) {
            let (mut each, mut now) = (hosts(3), 0);
            let mut all: Hosts<u32> = each.clone().into_iter().collect();
            for (seconds, index, what) in steps {
                now += seconds;
                let time = at(now);
                match what {
                    0 | 1 => {
                        each.iter_mut().for_each(|host| { host.meter(time); });
                        all.meter(time);
                    }
                    2 | 3 => {
                        let cores = f64::from(what - 2) * 0.75;
                        for host in [&mut each[index], &mut all[index]] {
                            host.cpu.set_background(time, LeafId(0), cores);
                        }
                    }
                    _ => {
                        for host in [&mut each[index], &mut all[index]] {
                            let up = !host.is_up();
                            host.cpu.set_background(time, LeafId(0), 0.0);
                            host.set_up(time, up);
                        }
                    }
                }
                for (index, host) in each.iter().enumerate() {
                    let (known, read) = (all.readings(index), host.readings());
                    prop_assert_eq!((known.used, known.waiting), (read.used, read.waiting));
                    // sums of the same terms, fewer of them
                    let (known, read) = (known.energy.0, read.energy.0);
                    prop_assert!((known - read).abs() <= read * 1e-12, "{} for {}", known, read);
                }
            }
        }
    }
}
