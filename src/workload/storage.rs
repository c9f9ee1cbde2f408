//! Disks and volumes, and what waits at each: operations of requests, one request's after another's
//! (`sharing::line`), as fast as the limits of the volume and of its instance let them.
//!
//! A volume has a limit of operations and one of bytes a second, each of which may burst while it
//! has credits ([`Burst`](crate::aws::ec2::burst::Burst)): gp2 by operations, st1 and sc1 by bytes.
//! The volumes of an instance share its way to EBS (a *trunk*), which bursts as well
//! ([`EbsBurst`]): each has what it wants or, where that is more than there is, the same as the
//! others that want more, of operations and of bytes apart from each other.
//!
//! Everything is a fluid between events, which are: a request comes or is served, a bucket runs
//! dry. Each device, and each trunk, has one pending event. A request costs O(1), on a full trunk
//! as much as there are volumes on it.
//!
//! What a request does is served as a whole: those behind it wait until it is through. A request
//! that has few operations under way at once and so leaves the volume idle in between still keeps
//! the others from it for as long as its operations take at the full rate, not longer.

mod device;
#[cfg(test)]
mod tests;
mod trunk;

use crate::aws::ebs::speed::Pattern;
use crate::aws::ec2::bandwidth::EbsBurst;
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::scenario::AppIo;
use crate::sharing::line::Served;
use crate::units::Fraction;
pub use device::Medium;
use device::{ALL, Device};
use trunk::Trunk;

/// A disk or volume; stays unique after it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceId {
    place: u32,
    /// How many were in its place before it.
    life: u32,
}

/// The way of an instance to its volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrunkId(pub u32);

/// Something is to happen at a device or trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageEvent {
    at: Spot,
    /// Dropped unless it is the current one there.
    generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Device(u32),
    Trunk(TrunkId),
}

/// How an app reads and writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Io {
    /// Its operations.
    pub pattern: Pattern,
    /// Share of them that read.
    pub reads: Fraction,
    /// How many a request has under way at once.
    pub depth: u32,
}

impl From<&AppIo> for Io {
    fn from(io: &AppIo) -> Self {
        let pattern = Pattern { size: io.size, is_sequential: io.sequential };
        Self { pattern, reads: io.reads, depth: io.depth }
    }
}

impl Io {
    /// How long so many operations take that nothing hinders, one of which takes `latency`.
    pub fn unhindered(&self, operations: u32, latency: SimDuration) -> SimDuration {
        latency * u64::from(operations.div_ceil(self.depth))
    }
}

/// What devices did in the measured time, in seconds: those of one app, or the disks of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// They were there.
    pub there: f64,
    /// They had something to do.
    pub busy: f64,
    /// Something waited.
    pub waited: f64,
    /// They were slower than they can be, for want of burst credits of their own.
    pub dry: f64,
    /// Their instance left them less than they could have used.
    pub squeezed: f64,
    /// Share of its time for which the one was busy that was so most.
    pub busiest: f64,
}

impl Usage {
    fn and(self, other: Self) -> Self {
        Self {
            there: self.there + other.there,
            busy: self.busy + other.busy,
            waited: self.waited + other.waited,
            dry: self.dry + other.dry,
            squeezed: self.squeezed + other.squeezed,
            busiest: self.busiest.max(other.busiest),
        }
    }
}

/// The one event that is pending for something.
#[derive(Clone, Copy, Debug)]
struct Timer {
    armed: SimTime,
    generation: u32,
}

impl Timer {
    const IDLE: Self = Self { armed: SimTime::MAX, generation: 0 };

    /// Makes sure that an event is pending no later than `next`: one that comes too early costs
    /// less than one that is replaced at every change.
    fn arm(&mut self, next: SimTime, at: Spot, schedule: &mut impl Schedule<StorageEvent>) {
        if next < self.armed {
            self.armed = next;
            self.generation = self.generation.wrapping_add(1);
            let event = StorageEvent { at, generation: self.generation };
            schedule.at(next, Phase::Release, event);
        }
    }

    /// Whatever is pending is not for the next one in its place.
    fn disarm(&mut self) {
        *self = Self { armed: SimTime::MAX, generation: self.generation.wrapping_add(1) };
    }

    /// Whether an event of this generation is the one.
    fn fires(&mut self, generation: u32) -> bool {
        let is_current = generation == self.generation;
        if is_current {
            self.armed = SimTime::MAX;
        }
        is_current
    }
}

/// All devices of a cluster; see the [module documentation](self). `T` is what a request is known
/// by to its owner.
#[derive(Debug)]
pub struct Storage<T> {
    devices: Vec<Option<Device<T>>>,
    timers: Vec<Timer>,
    lives: Vec<u32>,
    free: Vec<u32>,
    trunks: Vec<Trunk>,
    free_trunks: Vec<TrunkId>,
    /// What those did that are gone, by pool.
    gone: Vec<Usage>,
    scratch: trunk::Scratch,
}

impl<T: Copy> Storage<T> {
    /// Without devices, whose use will be counted in so many pools.
    pub fn new(pools: usize) -> Self {
        Self {
            devices: Vec::new(),
            timers: Vec::new(),
            lives: Vec::new(),
            free: Vec::new(),
            trunks: Vec::new(),
            free_trunks: Vec::new(),
            gone: vec![Usage::default(); pools],
            scratch: trunk::Scratch::default(),
        }
    }

    /// A device that is there from now on, with full buckets.
    pub fn add(
        &mut self,
        now: SimTime,
        medium: Medium,
        pool: u32,
        trunk: Option<TrunkId>,
    ) -> DeviceId {
        let device = Device::new(now, medium, pool, trunk);
        let place = self.free.pop().unwrap_or_else(|| {
            self.devices.push(None);
            self.timers.push(Timer::IDLE);
            self.lives.push(0);
            self.devices.len() as u32 - 1
        });
        self.devices[place as usize] = Some(device);
        let id = self.id(place);
        if let Some(trunk) = trunk {
            self.trunks[trunk.0 as usize].members.push(id);
        }
        id
    }

    /// A device is no more, nor what waited there.
    pub fn remove(&mut self, id: DeviceId, schedule: &mut impl Schedule<StorageEvent>) {
        let now = schedule.now();
        self.retain(id, |_| false, schedule);
        self.hang(id, None, schedule);
        let device = self.devices[id.place as usize].take().expect("a device goes once");
        let gone = &mut self.gone[device.pool as usize];
        *gone = gone.and(device.usage(now));
        self.timers[id.place as usize].disarm();
        self.lives[id.place as usize] += 1;
        self.free.push(id.place);
    }

    /// Whether a device is still there.
    pub fn has(&self, id: DeviceId) -> bool {
        self.lives[id.place as usize] == id.life
    }

    /// A device goes to another instance, or to one without a limit of its own.
    pub fn hang(
        &mut self,
        id: DeviceId,
        trunk: Option<TrunkId>,
        schedule: &mut impl Schedule<StorageEvent>,
    ) {
        let before = std::mem::replace(&mut self.device_mut(id).trunk, trunk);
        if before == trunk {
            return;
        }
        if let Some(before) = before {
            self.trunks[before.0 as usize].members.retain(|&member| member != id);
            self.divide(before, schedule);
        }
        if let Some(trunk) = trunk {
            self.trunks[trunk.0 as usize].members.push(id);
        }
        self.refresh(id, schedule);
    }

    /// The way of an instance to its volumes, with full credits.
    pub fn add_trunk(&mut self, burst: EbsBurst) -> TrunkId {
        if let Some(id) = self.free_trunks.pop() {
            let trunk = &mut self.trunks[id.0 as usize];
            *trunk = Trunk::new(burst, trunk.timer);
            return id;
        }
        self.trunks.push(Trunk::new(burst, Timer::IDLE));
        TrunkId(self.trunks.len() as u32 - 1)
    }

    /// An instance is no more; its devices go on without a limit from it.
    pub fn remove_trunk(&mut self, id: TrunkId, schedule: &mut impl Schedule<StorageEvent>) {
        for member in std::mem::take(&mut self.trunks[id.0 as usize].members) {
            self.device_mut(member).trunk = None;
            self.refresh(member, schedule);
        }
        self.trunks[id.0 as usize].timer.disarm();
        self.free_trunks.push(id);
    }

    /// A request goes to a device with so many operations, at the end of the line.
    pub fn submit(
        &mut self,
        id: DeviceId,
        io: &Io,
        operations: u32,
        token: T,
        schedule: &mut impl Schedule<StorageEvent>,
    ) {
        let now = schedule.now();
        let device = self.device_mut(id);
        device.line.push(now, device.medium.need(io, operations), token);
        self.refresh(id, schedule);
    }

    /// Drops what waits at a device, or is being served there, and `keep` does not want. Nothing
    /// waits at one that is gone.
    pub fn retain(
        &mut self,
        id: DeviceId,
        keep: impl FnMut(T) -> bool,
        schedule: &mut impl Schedule<StorageEvent>,
    ) {
        if self.has(id) {
            let now = schedule.now();
            self.device_mut(id).line.retain(now, keep);
            self.refresh(id, schedule);
        }
    }

    /// Handles an event; what has been served is pushed to `done`.
    pub fn on(
        &mut self,
        event: StorageEvent,
        done: &mut Vec<Served<T>>,
        schedule: &mut impl Schedule<StorageEvent>,
    ) {
        match event.at {
            Spot::Device(place) => {
                if self.timers[place as usize].fires(event.generation) {
                    let (now, id) = (schedule.now(), self.id(place));
                    done.extend(self.device_mut(id).line.pop(now));
                    self.refresh(id, schedule);
                }
            }
            Spot::Trunk(id) => {
                if self.trunks[id.0 as usize].timer.fires(event.generation) {
                    self.divide(id, schedule);
                }
            }
        }
    }

    /// Starts the measurement at `now`.
    pub fn restart(&mut self, now: SimTime) {
        self.gone.fill(Usage::default());
        self.devices.iter_mut().flatten().for_each(|device| device.restart(now));
    }

    /// What the devices of a pool did in the measured time.
    pub fn usage(&self, pool: u32, now: SimTime) -> Usage {
        let devices = self.devices.iter().flatten().filter(|device| device.pool == pool);
        let alive = devices.map(|device| device.usage(now));
        alive.fold(self.gone[pool as usize], Usage::and)
    }

    /// Operations that a device has done since it was added, as it counts them.
    pub fn operations(&self, id: DeviceId, now: SimTime) -> f64 {
        self.device(id).operations(now)
    }

    /// The device that is in a place now.
    fn id(&self, place: u32) -> DeviceId {
        DeviceId { place, life: self.lives[place as usize] }
    }

    fn device(&self, id: DeviceId) -> &Device<T> {
        debug_assert!(self.has(id), "a device that is used is there");
        self.devices[id.place as usize].as_ref().expect("a device that is used is there")
    }

    fn device_mut(&mut self, id: DeviceId) -> &mut Device<T> {
        debug_assert!(self.has(id), "a device that is used is there");
        self.devices[id.place as usize].as_mut().expect("a device that is used is there")
    }

    /// Something about a device has changed.
    fn refresh(&mut self, id: DeviceId, schedule: &mut impl Schedule<StorageEvent>) {
        let now = schedule.now();
        let device = self.device_mut(id);
        match device.trunk {
            None => self.run(id, ALL, schedule),
            Some(trunk) => {
                // a burst of which nothing is left is known as such before it is shared out
                device.run(now, ALL);
                self.divide(trunk, schedule);
            }
        }
        self.arm(id, schedule);
    }

    fn run(&mut self, id: DeviceId, share: [f64; 2], schedule: &mut impl Schedule<StorageEvent>) {
        self.device_mut(id).run(schedule.now(), share);
        self.arm(id, schedule);
    }

    fn arm(&mut self, id: DeviceId, schedule: &mut impl Schedule<StorageEvent>) {
        let next = self.device(id).next(schedule.now());
        self.timers[id.place as usize].arm(next, Spot::Device(id.place), schedule);
    }
}
