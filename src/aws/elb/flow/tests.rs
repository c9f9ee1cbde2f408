//! Lives of connections by hand, and how evenly they are spread.

use proptest::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::*;
use crate::aws::elb::health::Answer;
use crate::aws::elb::settings::Settings;
use crate::engine::Streams;

fn secs(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

fn connection(client: u64) -> FiveTuple {
    FiveTuple {
        transport: Transport::Tcp,
        client,
        client_port: 40_000,
        listener: 1,
        port: 443,
        sequence: 7,
    }
}

/// A group with so many healthy targets in each zone, at 180 s.
fn group(settings: Settings, by_zone: &[u32]) -> TargetGroup {
    let mut group = TargetGroup::new(settings, by_zone.len() as u32);
    let mut target = 0;
    for (zone, count) in (0..).zip(by_zone) {
        for _ in 0..*count {
            group.register(secs(0), target, zone, Answer::GOOD);
            target += 1;
        }
    }
    group.advance(secs(180), &mut Vec::new());
    group
}

fn open(flows: &mut Flows, group: &mut TargetGroup, now: u64, client: u64) -> Tag {
    let mut stream = Streams::new(1).named("flows");
    flows.open(secs(now), 0, &connection(client), group, &mut stream).expect("a target")
}

/// Lets time pass until then: what has ended, by its number among all that were opened.
fn until(
    flows: &mut Flows,
    group: &mut TargetGroup,
    end: u64,
    opened: &[Tag],
) -> Vec<(u64, usize, Ended)> {
    let mut seen = Vec::new();
    loop {
        let next = flows.next_event().into_iter().chain(group.next_event()).min();
        let Some(now) = next.filter(|at| *at <= secs(end)) else { return seen };
        let (mut changes, mut ended) = (Vec::new(), Vec::new());
        flows.advance(now, group, &mut ended);
        group.advance(now, &mut changes);
        changes.iter().for_each(|change| flows.changed(now, change, group, &mut ended));
        seen.extend(ended.into_iter().map(|(tag, why)| {
            let number = opened.iter().position(|other| *other == tag).expect("it was opened");
            (now.as_nanos() / 1_000_000_000, number, why)
        }));
    }
}

#[test]
fn a_connection_stays_with_its_target_while_others_come_and_go() {
    let mut group = group(Settings::network(), &[2]);
    let mut flows = Flows::new(FlowSettings::default());
    let first = open(&mut flows, &mut group, 200, 1);
    let target = flows.send(secs(200), first).expect("it is open");
    for other in 2..10 {
        group.register(secs(200), other, 0, Answer::GOOD);
    }
    group.advance(secs(400), &mut Vec::new());
    assert_eq!(flows.send(secs(400), first), Some(target));
    // it drains, gets nothing new, is gone, and still has the connection
    group.deregister(secs(500), target);
    for client in 0..50 {
        let other = open(&mut flows, &mut group, 500, client);
        assert_ne!(flows.send(secs(500), other), Some(target));
        flows.close(secs(500), other, &mut group);
    }
    assert_eq!(flows.send(secs(700), first), Some(target));
    assert_eq!(until(&mut flows, &mut group, 900, &[first]), []);
    assert_eq!(group.state(target), TargetState::Unused);
    assert_eq!(flows.send(secs(900), first), Some(target));
    flows.close(secs(901), first, &mut group);
    assert_eq!(
        (flows.send(secs(901), first), flows.len(), group.outstanding(target)),
        (None, 0, 0)
    );
}

#[test]
fn deregistration_ends_connections_only_where_that_is_asked_for() {
    let settings = Settings { cut_after_delay: true, ..Settings::network() };
    let mut group = group(settings, &[1]);
    let mut flows = Flows::new(FlowSettings::default());
    let opened = [1, 2].map(|client| open(&mut flows, &mut group, 400, client));
    group.deregister(secs(410), 0);
    let ended = until(&mut flows, &mut group, 1000, &opened);
    assert_eq!(ended, [(710, 0, Ended::Cut), (710, 1, Ended::Cut)]);
    assert!(flows.is_empty());
}

#[test]
fn what_is_idle_for_too_long_ends() {
    let mut group = group(Settings::network(), &[1]);
    let mut flows = Flows::new(FlowSettings::default());
    let opened = [1, 2].map(|client| open(&mut flows, &mut group, 200, client));
    let mut stream = Streams::new(1).named("flows");
    let udp = FiveTuple { transport: Transport::Udp, ..connection(3) };
    let udp = flows.open(secs(200), 0, &udp, &mut group, &mut stream).expect("a target");
    let all = [opened[0], opened[1], udp];
    assert_eq!(until(&mut flows, &mut group, 400, &all), [(320, 2, Ended::Idle)]);
    assert_eq!(flows.send(secs(400), opened[1]), Some(0));
    // 200 + 350, and a packet at that instant comes too late
    assert_eq!(flows.send(secs(550), opened[0]), None);
    let ended = until(&mut flows, &mut group, 2000, &all);
    assert_eq!(ended, [(550, 0, Ended::Idle), (750, 1, Ended::Idle)]);
    assert_eq!(group.outstanding(0), 0);
}

#[test]
fn a_target_that_becomes_unhealthy_loses_its_connections() {
    for (reset_unhealthy, expected) in [(true, vec![(310, 0, Ended::Unhealthy)]), (false, vec![])] {
        let mut group = group(Settings::network(), &[1]);
        let mut flows = Flows::new(FlowSettings { reset_unhealthy, ..FlowSettings::default() });
        let first = open(&mut flows, &mut group, 200, 1);
        // checks at 270 and 300 s, of which nothing is heard for 10 s
        group.answer(secs(250), 0, Answer::NONE);
        assert_eq!(until(&mut flows, &mut group, 320, &[first]), expected);
        // no target is healthy, so new ones are tried nevertheless
        let second = open(&mut flows, &mut group, 320, 2);
        assert_eq!(flows.send(secs(321), second), Some(0));
    }
}

#[test]
fn ports_for_a_target_are_limited_where_addresses_are_not_preserved() {
    let settings = FlowSettings { ports_per_target: Some(2), ..FlowSettings::default() };
    let mut group = group(Settings::network(), &[1]);
    let mut flows = Flows::new(settings);
    let first = open(&mut flows, &mut group, 200, 1);
    open(&mut flows, &mut group, 200, 2);
    let mut stream = Streams::new(1).named("flows");
    let mut third = |flows: &mut Flows, group: &mut TargetGroup| {
        flows.open(secs(201), 0, &connection(3), group, &mut stream)
    };
    assert_eq!(third(&mut flows, &mut group), Err(NotOpened::NoPort));
    flows.close(secs(201), first, &mut group);
    assert!(third(&mut flows, &mut group).is_ok());
    let mut empty = TargetGroup::new(Settings::network(), 1);
    assert_eq!(third(&mut flows, &mut empty), Err(NotOpened::NoTarget));
}

/// Pearson's test at the level 0.001: clients in order are spread as if at random.
#[test]
fn connections_are_spread_evenly_over_the_targets_of_their_zone() {
    let mut group = group(Settings::network(), &[7, 3]);
    let mut flows = Flows::new(FlowSettings::default());
    let count = 70_000;
    let mut found = [0_u32; 10];
    for client in 0..count {
        let tag = open(&mut flows, &mut group, 200, client);
        found[flows.send(secs(200), tag).expect("it is open") as usize] += 1;
    }
    assert_eq!(found[7..], [0; 3]);
    let expected = count as f64 / 7.0;
    let statistic: f64 =
        found[..7].iter().map(|found| (f64::from(*found) - expected).powi(2) / expected).sum();
    let critical = ChiSquared::new(6.0).unwrap().inverse_cdf(0.999);
    assert!(statistic < critical, "{found:?}");
}

#[test]
fn the_hash_depends_on_all_of_a_connection() {
    let usual = connection(1);
    let others = [
        FiveTuple { transport: Transport::Udp, ..usual },
        FiveTuple { client: 2, ..usual },
        FiveTuple { client_port: 40_001, ..usual },
        FiveTuple { listener: 2, ..usual },
        FiveTuple { port: 80, ..usual },
        FiveTuple { sequence: 8, ..usual },
    ];
    for other in others {
        let differ = (usual.hash() ^ other.hash()).count_ones();
        assert!((12..53).contains(&differ), "{other:?}: {differ} bits");
    }
    let udp = |sequence| FiveTuple { transport: Transport::Udp, sequence, ..usual }.hash();
    assert_eq!(udp(7), udp(8));
}

proptest! {
    #[test]
    fn what_is_open_is_what_was_not_closed_and_not_idle(
        steps in prop::collection::vec((0_u8..4, 0_usize..20, 0_u64..200), 1..80)
    ) {
        let mut group = group(Settings::network(), &[3]);
        let mut flows = Flows::new(FlowSettings::default());
        let mut stream = Streams::new(1).named("flows");
        // all that were opened: target, and when it will have been idle for too long
        let mut plain: Vec<(Tag, u32, Option<u64>)> = Vec::new();
        let mut now = 200;
        for (kind, number, seconds) in steps {
            now += seconds;
            let mut ended = Vec::new();
            flows.advance(secs(now), &mut group, &mut ended);
            let mut expected = 0;
            for (_, _, expires) in &mut plain {
                expected += usize::from(expires.take_if(|at| *at <= now).is_some());
            }
            prop_assert_eq!(ended.len(), expected);
            match (kind, plain.get_mut(number)) {
                (0, Some((tag, _, expires))) => {
                    flows.close(secs(now), *tag, &mut group);
                    *expires = None;
                }
                (1, Some((tag, target, expires))) => {
                    prop_assert_eq!(flows.send(secs(now), *tag), expires.map(|_| *target));
                    *expires = expires.map(|_| now + 350);
                }
                _ => {
                    let connection = connection(number as u64);
                    let tag = flows.open(secs(now), 0, &connection, &mut group, &mut stream);
                    let tag = tag.expect("a target");
                    let target = flows.send(secs(now), tag).expect("it is open");
                    plain.push((tag, target, Some(now + 350)));
                }
            }
            let open = |of: u32| plain.iter().filter(|(_, target, expires)| {
                *target == of && expires.is_some()
            }).count();
            for target in 0..3 {
                prop_assert_eq!(group.outstanding(target) as usize, open(target));
            }
            prop_assert_eq!(flows.len(), open(0) + open(1) + open(2));
        }
    }
}
