//! Transfers with hand-computed completions.

use super::*;
use crate::engine::{Calendar, SimDuration};

const MB: u64 = 1_000_000;

fn at_millis(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

fn next(network: &mut FlowNetwork) -> (SimTime, Vec<u32>) {
    let time = network.next_completion().expect("something is under way");
    let mut done = Vec::new();
    network.advance(time, &mut done);
    (time, done)
}

#[test]
fn two_transfers_share_a_link_and_the_second_speeds_up_when_the_first_ends() {
    let mut network = FlowNetwork::new();
    let link = network.add_link(Bandwidth(100e6));
    let start = |network: &mut FlowNetwork, millis, megabytes, token| {
        network.start(at_millis(millis), &[link], Bytes(megabytes * MB), Bandwidth(1e12), token)
    };
    start(&mut network, 0, 100, 7);
    start(&mut network, 500, 100, 8);
    // 0.5 s alone carries 50 MB; the other 50 MB take 1 s at 50 MB/s; then 8 has 50 MB left, 0.5 s
    assert_eq!(next(&mut network), (at_millis(1500), vec![7]));
    assert_eq!(network.carried(at_millis(1750), link), Bytes(175 * MB));
    assert_eq!(next(&mut network), (at_millis(2000), vec![8]));
    assert_eq!(network.next_completion(), None);
    assert_eq!(network.carried(at_millis(9000), link), Bytes(200 * MB));
}

#[test]
fn what_a_capped_transfer_leaves_goes_to_the_others() {
    let mut network = FlowNetwork::new();
    let [wide, narrow] = [100e6, 30e6].map(|c| network.add_link(Bandwidth(c)));
    let free = Bandwidth(f64::INFINITY);
    let capped = network.start(SimTime::ZERO, &[wide], Bytes(MB), Bandwidth(10e6), 0);
    let slow = network.start(SimTime::ZERO, &[wide, narrow], Bytes(MB), free, 1);
    let slow_too = network.start(SimTime::ZERO, &[narrow, wide], Bytes(MB), free, 2);
    let fast = network.start(SimTime::ZERO, &[wide], Bytes(MB), free, 3);
    // 10 by its cap, 2 x 15 over the narrow link, the other 60 of 100
    let rates = [capped, slow, slow_too, fast].map(|flow| network.rate(flow));
    assert_eq!(rates, [10e6, 15e6, 15e6, 60e6].map(|rate| Some(Bandwidth(rate))));
}

#[test]
fn transfers_that_are_cancelled_as_they_begin_leave_nothing() {
    let mut network = FlowNetwork::new();
    let links = [100e6, 30e6].map(|capacity| network.add_link(Bandwidth(capacity)));
    let mut start =
        |cap, token| network.start(SimTime::ZERO, &links, Bytes(MB), Bandwidth(cap), token);
    let flows = [start(20e6, 0), start(20e6, 1), start(200e6, 2)];
    for flow in flows {
        assert_eq!(network.cancel(SimTime::ZERO, flow), Some(Bytes(0)));
    }
    assert_eq!((network.active(), network.next_completion()), (0, None));
    network.start(SimTime::ZERO, &links, Bytes(30 * MB), Bandwidth(1e9), 7);
    assert_eq!(next(&mut network), (at_millis(1000), vec![7]));
}

#[test]
fn thirds_of_a_link_complete_on_the_nanosecond() {
    let mut network = FlowNetwork::new();
    let link = network.add_link(Bandwidth(125e6));
    for token in 0..3 {
        network.start(SimTime::ZERO, &[link], Bytes(125 * MB), Bandwidth(1e9), token);
    }
    assert_eq!(next(&mut network), (at_millis(3000), vec![0, 1, 2]));
    // 7 bytes at 3 bytes a second take 2.333333333_3 s: through at the next nanosecond
    network.start(at_millis(3000), &[link], Bytes(7), Bandwidth(3.0), 9);
    assert_eq!(next(&mut network), (SimTime::from_nanos(5_333_333_334), vec![9]));
}

#[test]
fn nothing_and_unlimited_transfers_complete_at_once_and_stopped_ones_never() {
    let mut network = FlowNetwork::new();
    let dead = network.add_link(Bandwidth(0.0));
    network.start(at_millis(5), &[], Bytes(0), Bandwidth(1e6), 1);
    network.start(at_millis(5), &[dead], Bytes(0), Bandwidth(1e6), 2);
    let stuck = network.start(at_millis(5), &[dead], Bytes(1), Bandwidth(1e6), 3);
    assert_eq!(next(&mut network), (at_millis(5), vec![1, 2]));
    assert_eq!(network.next_completion(), None);
    network.set_capacity(at_millis(8), dead, Bandwidth(1000.0));
    assert_eq!(network.next_completion(), Some(at_millis(9)));
    assert_eq!(network.cancel(at_millis(8), stuck), Some(Bytes(0)));
    assert_eq!((network.next_completion(), network.active()), (None, 0));
}

#[test]
fn a_stale_event_is_ignored_and_one_instant_costs_one_settlement() {
    let mut network = FlowNetwork::new();
    let link = network.add_link(Bandwidth(100e6));
    let mut calendar: Calendar<FlowEvent> = Calendar::new();
    for token in 0..50 {
        network.start(SimTime::ZERO, &[link], Bytes(MB), Bandwidth(100e6), token);
        network.rearm(&mut calendar);
    }
    // the first transfer alone cannot fill the link: a completion is pending. The second
    // schedules the settlement, and all others find it scheduled
    assert_eq!(calendar.len(), 2);
    let mut done = Vec::new();
    let mut times = Vec::new();
    while let Some((now, event)) = calendar.pop() {
        network.on(event, now, &mut done);
        network.rearm(&mut calendar);
        times.push((now, done.len()));
    }
    // 50 MB at 100 MB/s; the event for the first transfer alone, at 10 ms, is stale
    assert_eq!(times, [(at_millis(0), 0), (at_millis(10), 0), (at_millis(500), 50)]);
    assert_eq!(done, (0..50).collect::<Vec<u32>>());
}

#[test]
fn an_order_of_many_starts_and_ends_leaves_no_slot_behind() {
    let mut network = FlowNetwork::new();
    let links: Vec<LinkId> = (0..4).map(|_| network.add_link(Bandwidth(1e8))).collect();
    let mut now = SimTime::ZERO;
    for round in 0..1000u32 {
        let path = [links[0], links[1 + round as usize % 3]];
        network.start(now, &path, Bytes(MB), Bandwidth(1e6 * f64::from(1 + round)), round);
        if round % 8 == 7 {
            now =
                network.next_completion().expect("eight are under way") + SimDuration::from_secs(9);
            network.advance(now, &mut Vec::new());
        }
    }
    assert_eq!(network.active(), 0);
    assert!(network.flows.len() <= 8 && network.classes.len() <= 8);
    assert!(network.class_of.is_empty());
}

#[test]
fn a_thousand_machines_behind_one_registry_are_solved_only_when_someone_changes_sides() {
    let mut network = FlowNetwork::new();
    let registry = network.add_link(Bandwidth(1.25e9));
    let machines: Vec<LinkId> = (0..1000).map(|_| network.add_link(Bandwidth(1.25e8))).collect();
    let start = |network: &mut FlowNetwork, now, machine: usize, token| {
        let bytes = Bytes(MB * (1 + u64::from(token) * 7919 % 50));
        network.start(now, &[registry, machines[machine]], bytes, Bandwidth(1e8), token);
    };
    // arrivals spread over a second, three layers at once, twenty in all on each machine
    for token in 0..3000 {
        let now = SimTime::from_nanos(u64::from(token) * 333_333);
        network.advance(now, &mut Vec::new());
        start(&mut network, now, token as usize % 1000, token);
    }
    let mut done = Vec::new();
    let mut started = 3000;
    let fillings = network.solver.visited;
    while let Some(now) = network.next_completion() {
        network.advance(now, &mut done);
        for token in done.drain(..) {
            if started < 20_000 {
                start(&mut network, now, token as usize % 1000, started);
                started += 1;
            }
        }
    }
    assert_eq!(network.active(), 0);
    // 17,000 starts and 20,000 completions; only the last few machines fill their own links
    assert!(network.solver.visited - fillings < 200, "{}", network.solver.visited - fillings);
}
