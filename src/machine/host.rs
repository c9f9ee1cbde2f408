//! One physical host.

use super::PowerCurve;
use crate::engine::{Phase, Schedule, SimTime};
use crate::scenario::HostShape;
use crate::sharing::{Capacity, LeafId, ShareTree};
use crate::units::{Joules, Watts};

/// A host of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

impl HostId {
    /// The number as an index into whatever its owner keeps per host.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Something is to happen in the CPU of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostEvent {
    /// Whose.
    pub host: HostId,
    /// Dropped unless it is the host's current one.
    generation: u32,
}

/// The generation of events that tell of another demand for CPU.
const DEMAND: u32 = u32::MAX;

impl HostEvent {
    /// Whether what is wanted of the host's CPU is another than before, of a host that is
    /// [watched](Host::watch): [`Host::demand`] is to be asked.
    pub fn is_demand(&self) -> bool {
        self.generation == DEMAND
    }
}

/// Meter readings of a host since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Readings {
    /// CPU time used, in core-seconds of throughput.
    pub used: f64,
    /// Time that threads were ready to run but found no hardware thread, in thread-seconds.
    pub waiting: f64,
    /// Electrical energy.
    pub energy: Joules,
}

/// See the [module documentation](super). `T` is what a job on its CPU is known by.
#[derive(Clone, Debug)]
pub struct Host<T> {
    id: HostId,
    /// The CPU. After any change to it, [`Host::arm`] must be called.
    pub cpu: ShareTree<T>,
    speed: f64,
    power: PowerCurve,
    /// Power of nothing to do.
    idle: Watts,
    up: bool,
    /// Time of the pending event, [`SimTime::MAX`] if there is none.
    armed: SimTime,
    /// The leaf that it is about.
    due: LeafId,
    generation: u32,
    watch: Watch,
    metered: SimTime,
    readings: Readings,
}

/// Who is told of another demand for CPU.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Watch {
    /// Nobody.
    Off,
    /// Somebody, who knows of this many threads.
    On(f64),
    /// Somebody to whom it is on its way.
    Telling,
}

/// The CPU of a host of this shape.
fn capacity(shape: &HostShape) -> Capacity {
    Capacity {
        cores: f64::from(shape.cores),
        threads_per_core: f64::from(shape.threads_per_core),
        smt_yield: shape.smt_yield.0,
    }
}

/// Cores' worth of work that a thread of a host of this shape does when all are busy.
pub fn cores_a_thread(shape: &HostShape) -> f64 {
    let capacity = capacity(shape);
    capacity.maximum() / capacity.threads()
}

impl<T: Copy> Host<T> {
    /// A running host of this shape.
    pub fn new(id: HostId, shape: &HostShape) -> Self {
        let power = PowerCurve::new(&shape.power);
        Self {
            id,
            cpu: ShareTree::new(capacity(shape)),
            speed: shape.speed,
            idle: power.at(0.0),
            power,
            up: true,
            armed: SimTime::MAX,
            due: LeafId(0),
            generation: 0,
            watch: Watch::Off,
            metered: SimTime::ZERO,
            readings: Readings::default(),
        }
    }

    /// A running host of this shape whose threads are divided among machines with cores of their
    /// own. What is shared are its threads, each as much as it does when all are busy: machines
    /// that leave some of theirs idle use more than one for each that is not.
    pub fn divided(id: HostId, shape: &HostShape) -> Self {
        let threads = capacity(shape).threads();
        Self { cpu: ShareTree::new(Capacity::cores(threads)), ..Self::new(id, shape) }
    }

    /// A host of this shape that comes at `now`, and is off.
    pub fn off(id: HostId, shape: &HostShape, now: SimTime) -> Self {
        Self { up: false, metered: now, ..Self::new(id, shape) }
    }

    /// Which one it is.
    pub fn id(&self) -> HostId {
        self.id
    }

    /// Speed of a core relative to the one that demands are stated for.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether it is powered and running.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// Switches it off or on. What runs on it must be removed from its CPU in the same instant.
    pub fn set_up(&mut self, now: SimTime, up: bool) {
        self.meter(now);
        self.up = up;
    }

    /// Makes sure that an event is pending no later than the CPU needs one. An event that turns out
    /// to come too early costs less than one that is replaced at every change.
    pub fn arm(&mut self, schedule: &mut impl Schedule<HostEvent>) {
        if let Watch::On(known) = self.watch
            && self.cpu.busy() != known
        {
            self.watch = Watch::Telling;
            let event = HostEvent { host: self.id, generation: DEMAND };
            schedule.at(schedule.now(), Phase::Observe, event);
        }
        let next = self.cpu.next();
        if next < self.armed {
            self.armed = next;
            self.due = self.cpu.first().unwrap_or(self.due);
            self.generation = (self.generation + 1) % DEMAND;
            let event = HostEvent { host: self.id, generation: self.generation };
            schedule.at(next, Phase::Release, event);
        }
    }

    /// Has an event come at the end of each instant in which another number of threads would be
    /// busy than before; or no more.
    pub fn watch(&mut self, on: bool) {
        self.watch = if on { Watch::On(self.cpu.busy()) } else { Watch::Off };
    }

    /// Threads that would be busy at this moment, which whoever watches knows from now on.
    pub fn demand(&mut self) -> f64 {
        let busy = self.cpu.busy();
        if self.watch != Watch::Off {
            self.watch = Watch::On(busy);
        }
        busy
    }

    /// Plays the CPU up to `now` if `event` is the current one; pushes the jobs that are done to
    /// `done`. [`Host::arm`] is called by the caller, after it has dealt with them.
    pub fn on(&mut self, event: HostEvent, now: SimTime, done: &mut Vec<T>) {
        if event.generation == self.generation {
            self.armed = SimTime::MAX;
            self.cpu.advance(now, done);
        }
    }

    /// The leaf that the pending event is about, as far as was known when it was scheduled.
    #[inline]
    pub fn due(&self) -> LeafId {
        self.due
    }

    /// Reads the meters. Power is that of the mean utilisation since the last reading, so they are
    /// read at regular intervals; a host that is down uses none. Returns that utilisation and
    /// power.
    pub fn meter(&mut self, now: SimTime) -> (f64, Watts) {
        let used = self.cpu.used(now);
        let elapsed = now.since(self.metered).as_secs_f64();
        let utilisation = self.utilisation(used - self.readings.used, elapsed);
        let power = match utilisation {
            _ if !self.up => Watts(0.0),
            // as most hosts of a large cluster are most of the time
            0.0 => self.idle,
            _ => self.power.at(utilisation),
        };
        self.readings = Readings {
            used,
            waiting: self.cpu.waiting(now),
            energy: Joules(self.readings.energy.0 + power.0 * elapsed),
        };
        self.metered = now;
        (utilisation, power)
    }

    /// Share of the CPU that so much is of what it could have done in `elapsed` seconds.
    fn utilisation(&self, used: f64, elapsed: f64) -> f64 {
        if used == 0.0 || elapsed == 0.0 {
            return 0.0;
        }
        used / (self.cpu.capacity().maximum() * elapsed)
    }

    /// What the meters showed when last read.
    pub fn readings(&self) -> Readings {
        self.readings
    }

    /// Whether nothing is wanted of its CPU, so that what its meters will show is known.
    pub(super) fn rests(&self) -> bool {
        self.cpu.is_idle()
    }

    /// What the meters would show at an instant until which it has been at rest since they were
    /// read.
    pub(super) fn readings_at(&self, now: SimTime) -> Readings {
        let power = if self.up { self.idle } else { Watts(0.0) };
        let elapsed = now.max(self.metered).since(self.metered).as_secs_f64();
        Readings { energy: Joules(self.readings.energy.0 + power.0 * elapsed), ..self.readings }
    }

    /// It has been at rest since its meters were read.
    pub(super) fn rested(&mut self, now: SimTime) {
        self.readings = self.readings_at(now);
        self.metered = now.max(self.metered);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::shape;
    use super::*;
    use crate::engine::{Calendar, SimDuration};
    use crate::sharing::Share;

    /// OpenDC's first scenario test: one core, a task of half its capacity for 600 s.
    #[test]
    fn energy_is_that_of_the_power_curve() {
        let mut host = Host::<u32>::new(HostId(0), &shape());
        let at = |secs| SimTime::ZERO + SimDuration::from_secs(secs);
        let root = ShareTree::<u32>::ROOT;
        let leaf = host.cpu.add_leaf(SimTime::ZERO, root, Share::weighted(1.0), 1.0, None);
        host.cpu.set_background(SimTime::ZERO, leaf, 0.5);
        assert_eq!(host.meter(at(600)), (0.5, Watts(150.0)));
        assert_eq!(host.readings().energy, Joules(90_000.0));
        host.set_up(at(600), false);
        host.meter(at(900));
        assert_eq!(host.readings().energy, Joules(90_000.0));
    }

    #[test]
    fn who_watches_is_told_once_an_instant_of_another_demand() {
        let mut host = Host::<u32>::new(HostId(0), &shape());
        let mut calendar = Calendar::<HostEvent>::new();
        let root = ShareTree::<u32>::ROOT;
        let leaf = host.cpu.add_leaf(SimTime::ZERO, root, Share::weighted(1.0), 1.0, None);
        host.watch(true);
        for token in 0..2 {
            host.cpu.add_job(SimTime::ZERO, leaf, 100.0, token);
            host.arm(&mut calendar);
        }
        let (mut done, mut told) = (Vec::new(), Vec::new());
        while let Some((now, event)) = calendar.pop() {
            if event.is_demand() {
                told.push((now.as_nanos(), host.demand()));
            }
            host.on(event, now, &mut done);
            host.arm(&mut calendar);
        }
        // two jobs keep the one thread busy until both are done
        assert_eq!(told, [(0, 1.0), (200, 0.0)]);
        assert_eq!(done.len(), 2);
    }

    #[test]
    fn an_event_that_comes_too_early_finds_nothing_done_and_is_armed_again() {
        let mut host = Host::<u32>::new(HostId(0), &shape());
        let mut calendar = Calendar::<HostEvent>::new();
        let root = ShareTree::<u32>::ROOT;
        let leaf = host.cpu.add_leaf(SimTime::ZERO, root, Share::weighted(1.0), 1.0, None);
        host.cpu.add_job(SimTime::ZERO, leaf, 100.0, 1);
        host.arm(&mut calendar);
        host.cpu.add_job(SimTime::ZERO, leaf, 300.0, 2);
        host.arm(&mut calendar);
        assert_eq!(calendar.len(), 1);
        let mut log = Vec::new();
        while let Some((now, event)) = calendar.pop() {
            let mut done = Vec::new();
            host.on(event, now, &mut done);
            host.arm(&mut calendar);
            log.push((now.as_nanos(), done));
        }
        // armed for 100 when the first job was alone; with two it takes until 200
        assert_eq!(log, [(100, vec![]), (200, vec![1]), (400, vec![2])]);
    }
}
