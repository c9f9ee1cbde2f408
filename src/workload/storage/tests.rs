//! Closed forms and timelines by hand, on a clock that only disks use.

use super::*;
use crate::aws::ebs::spec::VolumeSpec;
use crate::aws::ec2::bandwidth::BurstTimes;
use crate::aws::ec2::catalogue::instance_type;
use crate::engine::{Calendar, Streams};
use crate::scenario::Disk;
use crate::scenario::aws::VolumeKind;
use crate::units::{Bandwidth, Bytes, Rate};
use crate::workload::law::Exponential;

#[derive(Clone, Copy, Debug)]
enum Event {
    Storage(StorageEvent),
    /// A request comes.
    Request(DeviceId),
}

impl From<StorageEvent> for Event {
    fn from(event: StorageEvent) -> Self {
        Self::Storage(event)
    }
}

struct Rig {
    storage: Storage<u32>,
    calendar: Calendar<Event>,
    io: Io,
    operations: u32,
    /// When each request came, began and ended.
    log: Vec<(SimTime, SimTime, SimTime)>,
    came: Vec<SimTime>,
}

impl Rig {
    fn new(kib: u64) -> Self {
        let pattern = Pattern { size: Bytes(kib << 10), is_sequential: false };
        Self {
            storage: Storage::new(1),
            calendar: Calendar::new(),
            io: Io { pattern, reads: Fraction(1.0), depth: 1 },
            operations: 1,
            log: Vec::new(),
            came: Vec::new(),
        }
    }

    fn volume(&mut self, kind: VolumeKind, size: u32, trunk: Option<TrunkId>) -> DeviceId {
        let spec = VolumeSpec { kind, size, iops: None, throughput: None };
        let medium = Medium::Volume(spec.check().unwrap());
        self.storage.add(self.calendar.now(), medium, 0, trunk)
    }

    fn request(&mut self, at: SimTime, device: DeviceId) {
        self.calendar.push(at, Phase::Arrive, Event::Request(device));
    }

    fn run(&mut self, until: SimTime) {
        let mut done = Vec::new();
        while let Some((now, event)) = self.calendar.pop_until(until) {
            match event {
                Event::Storage(event) => {
                    self.storage.on(event, &mut done, &mut self.calendar);
                    for served in done.drain(..) {
                        self.log.push((self.came[served.token as usize], served.begun, now));
                    }
                }
                Event::Request(device) => {
                    self.came.push(now);
                    let token = self.came.len() as u32 - 1;
                    let Self { storage, calendar, io, operations, .. } = self;
                    storage.submit(device, io, *operations, token, calendar);
                }
            }
        }
    }

    /// Requests that ended from one second on up to another.
    fn ended(&self, from: u64, to: u64) -> usize {
        self.log.iter().filter(|(_, _, end)| *end > secs(from) && *end <= secs(to)).count()
    }
}

fn secs(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

fn close(found: f64, expected: f64, by: f64) {
    assert!((found - expected).abs() <= by, "{found} is not {expected} by {by}");
}

#[test]
fn arrivals_that_a_volume_keeps_up_with_do_not_wait() {
    let mut rig = Rig::new(16);
    let gp3 = rig.volume(VolumeKind::Gp3, 100, None);
    // 2,400 a second of 3,000
    for index in 0..24_000_u64 {
        rig.request(SimTime::from_nanos(index * 1_000_000_000 / 2400), gp3);
    }
    rig.run(secs(10));
    assert_eq!(rig.log.len(), 24_000);
    assert!(rig.log.iter().all(|(came, begun, end)| {
        came == begun && end.since(*begun) == SimDuration::from_nanos(333_333)
    }));
    let usage = rig.storage.usage(0, secs(10));
    close(usage.busy / usage.there, 0.8, 1e-5);
    assert_eq!((usage.waited, usage.dry, usage.squeezed), (0.0, 0.0, 0.0));
}

/// M/D/1: rho / (2 mu (1 - rho)), Pollaczek and Khinchine.
#[test]
fn poisson_arrivals_wait_as_in_an_m_d_1() {
    for (load, tolerance) in [(0.5, 0.02), (0.8, 0.04)] {
        let mut rig = Rig::new(16);
        let gp3 = rig.volume(VolumeKind::Gp3, 100, None);
        let mut draws = Streams::new(3).named("arrivals");
        let gap = Exponential::new(SimDuration::from_secs_f64(1.0 / (3000.0 * load)));
        let mut at = SimTime::ZERO;
        for _ in 0..400_000 {
            at += SimDuration::from_nanos(gap.draw(&mut draws) as u64);
            rig.request(at, gp3);
        }
        rig.run(secs(100_000));
        let waits = rig.log.iter().map(|(came, begun, _)| begun.since(*came).as_secs_f64());
        let mean = waits.sum::<f64>() / 400_000.0;
        let expected = load / (2.0 * 3000.0 * (1.0 - load));
        close(mean / expected, 1.0, tolerance);
    }
}

#[test]
fn a_gp2_volume_falls_to_its_baseline_when_its_credits_are_gone() {
    // 100 GiB: 300 always, 3,000 for 5.4e6 / 2700 = 2,000 s; always something to do
    let mut rig = Rig::new(16);
    let gp2 = rig.volume(VolumeKind::Gp2, 100, None);
    rig.operations = 300;
    for _ in 0..30_000 {
        rig.request(SimTime::ZERO, gp2);
    }
    rig.run(secs(2000));
    // ten requests of 300 operations a second
    assert_eq!(rig.ended(0, 2000), 20_000);
    rig.run(secs(3000));
    assert_eq!(rig.ended(2000, 3000), 1000);
    let took = |index: usize| rig.log[index].2.since(rig.log[index].1).as_secs_f64();
    close(took(19_999), 0.1, 1e-8);
    close(took(20_000), 1.0, 1e-6);
    let usage = rig.storage.usage(0, secs(3000));
    close(usage.dry, 1000.0, 1e-3);
    close(usage.waited, 3000.0, 1e-3);
}

#[test]
fn what_a_volume_saved_while_idle_is_a_burst_again() {
    // 300 a second for 1,000 s when idle are 300,000 credits: 111.1 s at 3,000
    let mut rig = Rig::new(16);
    let gp2 = rig.volume(VolumeKind::Gp2, 100, None);
    rig.operations = 300;
    (0..20_000).for_each(|_| rig.request(SimTime::ZERO, gp2));
    (0..2000).for_each(|_| rig.request(secs(3000), gp2));
    rig.run(secs(10_000));
    // 2,000 s of the burst, and then (2000 * 300 - 111.1 * 3000) / 300 s at the baseline
    let burst = 300_000.0 / 2700.0;
    let expected = burst + (600_000.0 - burst * 3000.0) / 300.0;
    close(rig.log.last().unwrap().2.since(secs(3000)).as_secs_f64(), expected, 1e-3);
}

#[test]
fn a_magnetic_volume_runs_out_of_throughput() {
    // st1 of 1 TiB: 250 MiB/s while 1 TiB of tokens lasts, 1048576 / 210 = 4993.2 s, then 40
    let mut rig = Rig::new(1024);
    let st1 = rig.volume(VolumeKind::St1, 1024, None);
    rig.operations = 250;
    (0..6000).for_each(|_| rig.request(SimTime::ZERO, st1));
    rig.run(secs(6000));
    assert_eq!(rig.ended(0, 4993), 4993);
    // 1006.8 s at 40 MiB/s, and what was left of the burst, are 161 requests of 250 MiB
    let tail = (6000.0 - 1_048_576.0 / 210.0) * 40.0 / 250.0;
    close(rig.ended(4993, 6000) as f64, tail, 1.0);
}

#[test]
fn volumes_of_an_instance_share_what_it_has() {
    // m5.large: 3,600 operations and 81.25 MB/s always; full credits last half an hour at 18,750
    let mut rig = Rig::new(16);
    let link = instance_type("m5.large").unwrap().ebs.unwrap();
    let trunk = rig.storage.add_trunk(EbsBurst::new(SimTime::ZERO, &link, BurstTimes::default()));
    let volumes = [0; 7].map(|_| rig.volume(VolumeKind::Gp3, 100, Some(trunk)));
    rig.operations = 3000;
    for volume in volumes {
        (0..4000).for_each(|_| rig.request(SimTime::ZERO, volume));
    }
    rig.run(secs(1000));
    // seven of 3,000 want 21,000: each has 18,750 / 7
    let each = 1000.0 * 18_750.0 / 3000.0;
    close(rig.ended(0, 1000) as f64, each, 7.0);
    // the operations burst for 30 minutes, bytes (344 of 593 MB/s) for longer
    rig.run(secs(1800));
    rig.log.clear();
    rig.run(secs(2800));
    close(rig.ended(1800, 2800) as f64, 1000.0 * 3600.0 / 3000.0, 7.0);
    let usage = rig.storage.usage(0, secs(2800));
    close(usage.squeezed, 7.0 * 2800.0, 1e-3);
    assert_eq!(usage.dry, 0.0);
}

#[test]
fn a_volume_that_leaves_an_instance_is_as_fast_as_it_can_be() {
    let mut rig = Rig::new(16);
    let link = instance_type("m5.large").unwrap().ebs.unwrap();
    let times = BurstTimes { ebs: SimDuration::ZERO, ..BurstTimes::default() };
    let trunk = rig.storage.add_trunk(EbsBurst::new(SimTime::ZERO, &link, times));
    let [one, other] = [0; 2].map(|_| rig.volume(VolumeKind::Gp3, 100, Some(trunk)));
    rig.operations = 3600;
    (0..4).for_each(|_| rig.request(SimTime::ZERO, one));
    (0..4).for_each(|_| rig.request(SimTime::ZERO, other));
    // 1,800 each: half of a request in a second
    rig.run(secs(1));
    rig.storage.hang(other, None, &mut rig.calendar);
    // now 3,000 each: the other halves take 0.6 s
    rig.run(secs(3));
    let ends: Vec<_> = rig.log.iter().map(|(_, _, end)| end.as_secs_f64()).collect();
    assert_eq!(ends.len(), 4);
    for (end, expected) in ends.into_iter().zip([1.6, 1.6, 2.8, 2.8]) {
        close(end, expected, 1e-8);
    }
}

#[test]
fn writes_of_a_disk_take_their_part_of_its_reads() {
    let disk = Disk {
        iops: Some(Rate(1000.0)),
        write_iops: Some(Rate(250.0)),
        throughput: Bandwidth(4e6),
        ..Disk::default()
    };
    let medium = Medium::Disk(disk);
    let pattern = Pattern { size: Bytes(4000), is_sequential: false };
    let io = |reads| Io { pattern, reads: Fraction(reads), depth: 1 };
    assert_eq!(medium.need(&io(1.0), 10), [10.0, 40_000.0]);
    assert_eq!(medium.need(&io(0.5), 10), [25.0, 40_000.0]);
    assert_eq!(medium.need(&io(0.0), 10), [40.0, 40_000.0]);
}

#[test]
fn operations_of_a_request_take_turns_as_deep_as_it_goes() {
    let io = |depth| Io { depth, ..Rig::new(4).io };
    let latency = SimDuration::from_millis(1);
    let took = |depth| io(depth).unhindered(10, latency);
    assert_eq!([1, 3, 10, 64].map(took), [10, 4, 1, 1].map(|count| latency * count));
}

#[test]
fn what_is_gone_is_counted_and_its_events_find_nothing() {
    let mut rig = Rig::new(16);
    let gp3 = rig.volume(VolumeKind::Gp3, 100, None);
    rig.operations = 3000;
    rig.request(SimTime::ZERO, gp3);
    rig.request(SimTime::ZERO, gp3);
    rig.run(SimTime::ZERO + SimDuration::from_millis(500));
    rig.storage.remove(gp3, &mut rig.calendar);
    let again = rig.volume(VolumeKind::Gp3, 100, None);
    assert_eq!((again.place, rig.storage.has(gp3)), (gp3.place, false));
    rig.request(secs(1), again);
    rig.run(secs(2));
    let begun = secs(1);
    assert_eq!(rig.log, [(begun, begun, secs(2))]);
    // half a second of the one, one of the other
    close(rig.storage.usage(0, secs(2)).busy, 1.5, 1e-9);
    close(rig.storage.usage(0, secs(2)).waited, 0.5, 1e-9);
}
