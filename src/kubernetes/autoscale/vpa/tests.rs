//! Recommendations computed by hand, and one that the project's own documentation shows.

use super::histogram::Histogram;
use super::{MemoryWindow, Usage};
use crate::engine::{SimDuration, SimTime};
use crate::units::{Bytes, Millicores};

fn hour(hours: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(hours * 3_600)
}

/// A container with half a core in use, and 100 MiB, in each minute of some hours.
fn steady(hours: u64) -> Usage {
    let (mut usage, mut window) = (Usage::default(), MemoryWindow::default());
    for minute in 0..=hours * 60 {
        let time = SimTime::ZERO + SimDuration::from_secs(minute * 60);
        usage.cpu(time, Millicores(500), Millicores(100));
        usage.memory(&mut window, time, Bytes(100 << 20));
    }
    usage
}

#[test]
fn half_a_core_is_the_587m_of_the_documentation() {
    // The hamsters of vertical-pod-autoscaler's README use 500m and get 587m, from when the lowest
    // bucket was 10m wide: bucket 25 ends at 0.01 * (1.05^26 - 1) / 0.05 = 0.511 cores.
    let mut histogram = Histogram::new(0.01, 1_000.0);
    histogram.add(0.5, 1.0, SimTime::ZERO);
    let end = (histogram.percentile(0.9).expect("it has a sample") * 1_000.0).trunc();
    assert_eq!(end + (end * 0.15).trunc(), 587.0);
}

#[test]
fn what_is_recommended_is_the_end_of_a_bucket_and_more() {
    // Bucket 66 of those from 1m on ends at 0.001 * (1.05^67 - 1) / 0.05 = 0.505 cores: 505m and
    // 75m. 100 MiB lie below 10 MB * (1.05^9 - 1) / 0.05 = 110.27 MB: less than the least.
    let told = steady(24).recommend(1).expect("there are samples");
    assert_eq!(told.target.cpu, Millicores(580));
    assert_eq!(told.target.memory, Bytes(250 << 20));
    // by two containers of a pod the least is shared: 110,265,642 bytes and 16,539,846
    let told = steady(24).recommend(2).expect("there are samples");
    assert_eq!(told.target.memory, Bytes(125 << 20).max(Bytes(110_265_642 + 16_539_846)));
    assert_eq!(Usage::default().recommend(1), None);
}

#[test]
fn bounds_are_wide_while_the_history_is_short() {
    // upper: * (1 + 1 / days); lower: * (1 + 0.001 / days)^-2
    let bounds = |hours| {
        let told = steady(hours).recommend(1).expect("there are samples");
        (told.lower.cpu.0, told.upper.cpu.0)
    };
    assert_eq!(bounds(0), (25, 100_000_000_000_000));
    assert_eq!(bounds(12), (577, 1_740));
    assert_eq!(bounds(24), (578, 1_160));
    assert_eq!(bounds(10 * 24), (579, 638));
}

#[test]
fn samples_lose_half_of_their_weight_in_a_day() {
    for start in [0, 24 * 150, 24 * 150 + 11, 24 * 150 + 13] {
        let mut histogram = Histogram::new(0.001, 1_000.0);
        histogram.add(1.0, 1.0, hour(start));
        histogram.add(4.0, 1.0, hour(start + 24));
        let percentile = |part| histogram.percentile(part).expect("it has samples");
        assert!(percentile(0.32) < 1.1, "a third of the weight");
        assert!(percentile(0.34) > 3.9, "two thirds of it");
    }
}

#[test]
fn a_larger_request_outweighs_what_was_used_before() {
    let mut usage = Usage::default();
    for minute in 0..9 {
        let time = SimTime::ZERO + SimDuration::from_secs(minute * 60);
        usage.cpu(time, Millicores(100), Millicores(100));
    }
    usage.cpu(hour(1), Millicores(2_000), Millicores(2_000));
    // 0.9 of the old samples, 2 of the new one, which the median therefore is
    let median = usage.cpu.percentile(0.5).expect("it has samples");
    assert!((2.0..2.1).contains(&median), "{median}");
}

#[test]
fn only_the_highest_use_of_memory_of_a_day_counts() {
    let (mut usage, mut window) = (Usage::default(), MemoryWindow::default());
    usage.cpu(SimTime::ZERO, Millicores(100), Millicores(100));
    for (time, gigabytes) in [(0, 2), (5, 1), (9, 4), (23, 3)] {
        usage.memory(&mut window, hour(time), Bytes(gigabytes * 1_000_000_000));
    }
    let all = |usage: &Usage| {
        let part = |part| usage.memory.percentile(part).expect("it has a sample") / 1e9;
        (part(0.01), part(1.0))
    };
    let (low, high) = all(&usage);
    assert!(low == high && (4.0..4.2).contains(&low), "{low}, {high}");
    // the next day has a peak of its own, which weighs twice as much
    usage.memory(&mut window, hour(24), Bytes(1_000_000_000));
    let (low, high) = all(&usage);
    assert!((1.0..1.05).contains(&low) && (4.0..4.2).contains(&high), "{low}, {high}");
}

#[test]
fn a_container_killed_for_memory_needs_more_than_it_had() {
    let needed = |requested: u64, used: u64| {
        let (mut usage, mut window) = (Usage::default(), MemoryWindow::default());
        usage.memory(&mut window, hour(0), Bytes(used));
        usage.oom_killed(&mut window, hour(1), Bytes(requested));
        // a lower use after it changes nothing
        usage.memory(&mut window, hour(2), Bytes(used));
        usage.memory.percentile(1.0).expect("it has a sample") / f64::from(1 << 20)
    };
    // at least 100 MiB more: 200 MiB; at least a fifth more: 1,200 MiB; by what was in use
    assert!((200.0..210.0).contains(&needed(100 << 20, 50 << 20)));
    assert!((1_200.0..1_260.0).contains(&needed(1_000 << 20, 50 << 20)));
    assert!((2_400.0..2_520.0).contains(&needed(1_000 << 20, 2_000 << 20)));
}
