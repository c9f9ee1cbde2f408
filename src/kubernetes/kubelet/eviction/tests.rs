//! Looks of a node that runs short.

use super::*;
use crate::units::Bytes;

const MIB: u64 = 1 << 20;

fn secs(secs: u64) -> SimTime {
    SimTime::from_nanos(secs * 1_000_000_000)
}

/// Memory of a node of 4 GiB.
fn memory(available: u64) -> Observation {
    Observation {
        signal: Signal::MemoryAvailable,
        available: Bytes(available * MIB),
        capacity: Bytes(4096 * MIB),
    }
}

/// Image disk of 1000 MiB.
fn images(available: u64) -> Observation {
    Observation {
        signal: Signal::ImageFsAvailable,
        available: Bytes(available * MIB),
        capacity: Bytes(1000 * MIB),
    }
}

fn soft(value: u64, grace: u64, reclaim: u64) -> EvictionSettings {
    let threshold = Threshold {
        grace: Some(SimDuration::from_secs(grace)),
        min_reclaim: Some(Amount::Bytes(Bytes(reclaim * MIB))),
        ..Threshold::hard(Signal::MemoryAvailable, Amount::Bytes(Bytes(value * MIB)))
    };
    EvictionSettings {
        thresholds: vec![threshold],
        longest_grace: SimDuration::from_secs(20),
        ..EvictionSettings::default()
    }
}

#[test]
fn a_kubelet_on_windows_has_thresholds_of_its_own() {
    let memory = Amount::Bytes(Bytes(500 * MIB));
    let windows = EvictionSettings::default().on_windows(memory).thresholds;
    let nodefs = Threshold::hard(Signal::NodeFsAvailable, Amount::Share(0.10));
    assert_eq!(windows, [Threshold::hard(Signal::MemoryAvailable, memory), nodefs]);
    // a soft one is what it is told to be
    assert_eq!(soft(300, 90, 0).on_windows(memory), soft(300, 90, 0));
}

#[test]
fn a_hard_threshold_is_met_below_it_and_not_at_it() {
    let settings = EvictionSettings::default();
    let mut manager = EvictionManager::default();
    assert_eq!(manager.observe(&settings, &[memory(100)], secs(0)), None);
    assert!(manager.is_quiet(&settings, &[memory(100)]));
    assert!(!manager.is_quiet(&settings, &[memory(99)]));
    let met = manager.observe(&settings, &[memory(99)], secs(10)).unwrap();
    assert_eq!(met.signal, Signal::MemoryAvailable);
    assert_eq!(grace(&settings, &met, SimDuration::from_secs(30)), IMMEDIATE);
}

#[test]
fn memory_comes_before_disk() {
    let settings = EvictionSettings::default();
    let mut manager = EvictionManager::default();
    let met = manager.observe(&settings, &[images(149), memory(50)], secs(0));
    assert_eq!(met.map(|threshold| threshold.signal), Some(Signal::MemoryAvailable));
    assert_eq!(manager.pressure(), Pressure { memory: true, disk: true });
    let met = manager.observe(&settings, &[images(149), memory(500)], secs(10));
    assert_eq!(met.map(|threshold| threshold.signal), Some(Signal::ImageFsAvailable));
    assert!(manager.is_relieved(&settings, &[images(150), memory(500)]));
    assert!(!manager.is_relieved(&settings, &[images(149), memory(500)]));
}

#[test]
fn a_condition_stays_five_minutes_after_it_was_last_seen() {
    let settings = EvictionSettings::default();
    let mut manager = EvictionManager::default();
    manager.observe(&settings, &[memory(50)], secs(0));
    manager.observe(&settings, &[memory(50)], secs(10));
    manager.observe(&settings, &[memory(500)], secs(300));
    assert_eq!(manager.pressure(), Pressure { memory: true, disk: false });
    assert!(!manager.is_quiet(&settings, &[memory(500)]));
    manager.observe(&settings, &[memory(500)], secs(310));
    assert_eq!(manager.pressure(), Pressure::default());
    assert!(manager.is_quiet(&settings, &[memory(500)]));
}

#[test]
fn a_soft_threshold_waits_for_its_grace_and_begins_anew_when_it_is_not_crossed() {
    let settings = soft(300, 30, 0);
    let mut manager = EvictionManager::default();
    let mut met =
        |at, available| manager.observe(&settings, &[memory(available)], secs(at)).is_some();
    assert!(!met(0, 250));
    assert!(!met(20, 250));
    assert!(!met(29, 350));
    assert!(!met(30, 250));
    assert!(!met(50, 250));
    assert!(met(60, 250));
    let threshold = settings.thresholds[0];
    let short = SimDuration::from_secs(5);
    assert_eq!(grace(&settings, &threshold, short), short);
    let long = SimDuration::from_secs(60);
    assert_eq!(grace(&settings, &threshold, long), settings.longest_grace);
}

#[test]
fn what_was_met_stays_so_until_the_least_is_reclaimed() {
    let settings = soft(300, 10, 200);
    let mut manager = EvictionManager::default();
    let mut met =
        |at, available| manager.observe(&settings, &[memory(available)], secs(at)).is_some();
    assert!(!met(0, 299));
    // not met yet: the least to be reclaimed does not count
    assert!(!met(5, 400));
    assert!(!met(10, 299));
    assert!(met(20, 299));
    assert!(met(30, 499));
    assert!(!met(40, 500));
    assert!(!met(50, 499));
}

#[test]
fn under_pressure_some_pods_are_not_taken_on() {
    use ServiceQuality::{BestEffort, Burstable, Guaranteed};
    let memory = Pressure { memory: true, disk: false };
    let disk = Pressure { memory: false, disk: true };
    let all = [BestEffort, Burstable, Guaranteed];
    assert_eq!(all.map(|quality| memory.admits(quality, false, false)), [false, true, true]);
    assert_eq!(all.map(|quality| memory.admits(quality, false, true)), [true; 3]);
    assert_eq!(all.map(|quality| disk.admits(quality, false, true)), [false; 3]);
    assert_eq!(all.map(|quality| disk.admits(quality, true, false)), [true; 3]);
    assert_eq!(all.map(|quality| Pressure::default().admits(quality, false, false)), [true; 3]);
}

fn usage(pod: u32, usage: u64, request: u64, priority: i32) -> PodUsage {
    PodUsage { pod, usage: Bytes(usage * MIB), request: Bytes(request * MIB), priority }
}

#[test]
fn over_its_request_then_lower_priority_then_larger_excess() {
    let mut pods = [
        usage(0, 900, 1000, -5),
        usage(1, 300, 100, 100),
        usage(2, 150, 100, 0),
        usage(3, 400, 300, 0),
        usage(4, 10, 0, 2_000_000_000),
        usage(5, 100, 900, -5),
        usage(6, 250, 150, 0),
    ];
    rank(&mut pods);
    assert_eq!(pods.map(|pod| pod.pod), [3, 6, 2, 1, 4, 0, 5]);
    let critical = [usage(7, 500, 0, 2_000_001_000), usage(8, 5, 10, 1_000_000)];
    assert_eq!(choose(&critical).map(|pod| pod.pod), Some(8));
    assert_eq!(choose(&critical[..1]), None);
}
