//! Timelines of target groups by hand, distributions, and the books against plain definitions.

mod books;
mod routing;

use super::*;
use crate::aws::elb::dns::zones_in_dns;
use crate::aws::elb::settings::Threshold;
use crate::engine::{SimDuration, Streams};
use TargetState::{Draining, Healthy, Initial, Unhealthy, Unused};

fn secs(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

/// Lets time pass until then: (second, target, state) of all changes.
fn until(group: &mut TargetGroup, end: u64) -> Vec<(u64, u32, TargetState)> {
    let mut seen = Vec::new();
    while let Some(at) = group.next_event().filter(|at| *at <= secs(end)) {
        let mut changes = Vec::new();
        group.advance(at, &mut changes);
        let second = at.as_nanos() / 1_000_000_000;
        seen.extend(changes.iter().map(|change| (second, change.target, change.state)));
    }
    seen
}

fn stream() -> Stream {
    Streams::new(1).named("group")
}

fn pick(group: &mut TargetGroup, now: u64, node: u32) -> Option<u32> {
    let picked = group.pick(secs(now), node, Caller::default(), &mut stream());
    picked.map(|picked| picked.target)
}

/// A group with so many targets in each zone, numbered zone by zone, all healthy at 0 s.
fn healthy(settings: Settings, by_zone: &[u32]) -> TargetGroup {
    let mut group = TargetGroup::new(settings, by_zone.len() as u32);
    let zones =
        (0..).zip(by_zone).flat_map(|(zone, count)| std::iter::repeat_n(zone, *count as usize));
    for (target, zone) in (0..).zip(zones) {
        group.register(secs(0), target, zone, Answer::GOOD);
    }
    let registration = group.settings().registration.as_nanos() / 1_000_000_000;
    until(&mut group, registration);
    group
}

#[test]
fn two_failures_take_a_target_out_and_five_successes_bring_it_back() {
    // checks every 30 s from 0 s on
    let mut group = healthy(Settings::application(), &[1, 1]);
    group.answer(secs(95), 0, Answer::BAD);
    assert_eq!(until(&mut group, 200), [(150, 0, Unhealthy)]);
    assert_eq!([pick(&mut group, 200, 0), pick(&mut group, 200, 0)], [Some(1); 2]);
    group.answer(secs(200), 0, Answer::GOOD);
    assert_eq!(until(&mut group, 1000), [(330, 0, Healthy)]);
    assert_eq!(group.next_event(), None);
}

#[test]
fn a_target_that_boots_longer_than_two_checks_take_has_to_recover() {
    let mut group = TargetGroup::new(Settings::application(), 2);
    // checks at 10, 40, 70, … s; there is no answer for 20 s, and for 60 s
    group.register(secs(10), 0, 0, Answer::NONE);
    group.register(secs(10), 1, 0, Answer::NONE);
    assert_eq!((group.state(0), group.state(2)), (Initial, Unused));
    assert_eq!(until(&mut group, 30), []);
    group.answer(secs(30), 0, Answer::GOOD);
    assert_eq!(until(&mut group, 69), [(40, 0, Healthy), (45, 1, Unhealthy)]);
    group.answer(secs(70), 1, Answer::GOOD);
    // 70, 100, 130, 160, 190
    assert_eq!(until(&mut group, 1000), [(190, 1, Healthy)]);
}

#[test]
fn a_network_load_balancer_registers_for_minutes() {
    let mut group = TargetGroup::new(Settings::network(), 1);
    group.register(secs(0), 0, 0, Answer::GOOD);
    assert_eq!(until(&mut group, 1000), [(180, 0, Healthy)]);
    // checks at 180, 210, …: those of 1020 and 1050 get no answer within 10 s
    group.answer(secs(1000), 0, Answer::NONE);
    assert_eq!(until(&mut group, 2000), [(1060, 0, Unhealthy)]);
}

#[test]
fn requests_go_to_all_targets_when_none_is_healthy() {
    let mut group = healthy(Settings::application(), &[3]);
    for target in [0, 1, 2] {
        group.answer(secs(10), target, Answer::BAD);
    }
    let changes = until(&mut group, 100);
    assert_eq!(changes, [(60, 0, Unhealthy), (60, 1, Unhealthy), (60, 2, Unhealthy)]);
    let mut picked = [0, 1, 2].map(|_| pick(&mut group, 100, 0).expect("one of them"));
    picked.sort_unstable();
    assert_eq!(picked, [0, 1, 2]);
    group.answer(secs(110), 1, Answer::GOOD);
    // 120, 150, 180, 210, 240
    assert_eq!(until(&mut group, 300), [(240, 1, Healthy)]);
    assert_eq!([0, 1].map(|_| pick(&mut group, 300, 0)), [Some(1); 2]);
}

#[test]
fn a_draining_target_gets_nothing_new_and_drains_until_the_delay_is_over() {
    let mut group = healthy(Settings::application(), &[2]);
    group.started(0, 0);
    assert!(!group.deregister(secs(10), 0));
    assert!(group.deregister(secs(10), 1));
    assert_eq!((group.state(0), group.state(1)), (Draining, Draining));
    assert_eq!(pick(&mut group, 10, 0), None);
    // it is done after 50 s, which nothing shows
    assert!(group.finished(secs(60), 0, 0, false));
    assert_eq!(group.state(0), Draining);
    assert_eq!(until(&mut group, 1000), [(310, 0, Unused), (310, 1, Unused)]);
}

#[test]
fn what_is_not_answered_when_the_delay_is_over_is_cut_off() {
    let cases = [(Settings::application(), 2), (Settings::network(), 0)];
    for (settings, cut) in cases {
        let mut group = healthy(settings, &[1]);
        group.started(0, 0);
        group.started(0, 0);
        group.deregister(secs(200), 0);
        let mut changes = Vec::new();
        group.advance(secs(499), &mut changes);
        assert_eq!(changes, []);
        group.advance(secs(500), &mut changes);
        assert_eq!(changes, [Change { target: 0, state: Unused, cut }]);
        assert_eq!(group.outstanding(0), 2);
    }
}

#[test]
fn a_target_that_drains_can_be_registered_again() {
    let mut group = healthy(Settings::application(), &[1]);
    group.started(0, 0);
    group.deregister(secs(10), 0);
    group.register(secs(20), 0, 0, Answer::GOOD);
    assert_eq!(group.state(0), Initial);
    assert_eq!(until(&mut group, 1000), [(20, 0, Healthy)]);
    assert!(!group.finished(secs(1000), 0, 0, false));
}

#[test]
fn a_zone_without_a_node_is_of_no_use() {
    let mut group = TargetGroup::new(Settings::application(), 2);
    group.register(secs(0), 0, 2, Answer::GOOD);
    assert_eq!((group.state(0), group.next_event()), (Unused, None));
}

/// The example of "Target group health": ten targets in each of two zones, thresholds of 50%, six
/// targets of the second zone fail.
#[test]
fn thresholds_are_of_the_zone_or_of_all_zones() {
    let half = Threshold { count: 1, percent: 50 };
    for cross_zone in [false, true] {
        let settings = Settings {
            cross_zone,
            dns_failover: half,
            routing_failover: half,
            ..Settings::application()
        };
        let mut group = healthy(settings, &[10, 10]);
        (14..20).for_each(|target| group.answer(secs(10), target, Answer::BAD));
        until(&mut group, 100);
        let mut used = std::collections::BTreeSet::new();
        used.extend((0..20).filter_map(|_| pick(&mut group, 100, 1)));
        let used: Vec<u32> = used.into_iter().collect();
        if cross_zone {
            assert_eq!(group.healthy(1), (14, 20));
            assert_eq!(used, (0..14).collect::<Vec<u32>>());
            assert_eq!(zones_in_dns(&[group]), [0, 1]);
        } else {
            assert_eq!(group.healthy(1), (4, 10));
            assert_eq!(used, (10..20).collect::<Vec<u32>>());
            assert_eq!(zones_in_dns(&[group]), [0]);
        }
    }
}

#[test]
fn dns_names_all_zones_where_no_zone_has_what_all_groups_need() {
    let settings = Settings { cross_zone: false, ..Settings::application() };
    let first = healthy(settings.clone(), &[1, 0]);
    let second = healthy(settings, &[1, 1]);
    assert_eq!(zones_in_dns(&[first.clone(), second.clone()]), [0]);
    let mut third = second;
    third.answer(secs(10), 0, Answer::BAD);
    until(&mut third, 100);
    assert_eq!(zones_in_dns(std::slice::from_ref(&third)), [1]);
    assert_eq!(zones_in_dns(&[first, third]), [0, 1]);
}

#[test]
fn each_node_goes_by_its_own_checks_and_a_network_load_balancer_by_most() {
    let mut group = healthy(Settings::application(), &[1, 1, 1]);
    // the node of zone 2 cannot reach target 0
    group.answer_at(secs(10), 0, 2, Answer::NONE);
    assert_eq!(until(&mut group, 100), [(65, 0, Unhealthy)]);
    assert_eq!([0, 1, 2].map(|node| group.healthy(node)), [(3, 3), (3, 3), (2, 3)]);

    let settings = Settings { cross_zone: true, ..Settings::network() };
    let mut group = healthy(settings, &[1, 1, 1]);
    group.answer_at(secs(200), 0, 2, Answer::NONE);
    assert_eq!(until(&mut group, 1000), []);
    // from 1000 s on the node of zone 1 cannot either: 1020 s, and 1050 + 10 s
    group.answer_at(secs(1000), 0, 1, Answer::NONE);
    assert_eq!(until(&mut group, 2000), [(1060, 0, Unhealthy)]);
}

#[test]
fn nodes_that_check_one_after_another_agree_one_after_another() {
    let stagger = SimDuration::from_secs(10);
    let mut group = TargetGroup::new(Settings { stagger, ..Settings::application() }, 3);
    group.register(secs(0), 0, 0, Answer::GOOD);
    let mut healthy = Vec::new();
    for second in [0, 9, 10, 20] {
        let changes = until(&mut group, second);
        healthy.push([0, 1, 2].map(|node| group.healthy(node).0));
        assert_eq!(changes.len(), usize::from(second == 20));
    }
    assert_eq!(healthy, [[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]);
}

#[test]
fn a_security_group_that_lets_no_checks_in_looks_like_a_target_that_hangs() {
    use crate::aws::vpc::security_group::{Firewall, Group, Limits};
    use crate::scenario::security_group::{Protocol, SecurityGroup};
    let texts =
        ["name = \"alb\"", "name = \"web\"\ninbound = [{ ports = \"8080\", from = \"alb\" }]"];
    let groups = texts.map(|text| Group::from(&toml::from_str::<SecurityGroup>(text).unwrap()));
    let mut firewall = Firewall::new(groups.to_vec(), &[], Limits::default()).unwrap();
    let alb = firewall.interface(&["alb"], "10.0.0.1".parse().unwrap()).unwrap();
    let web = firewall.interface(&["web"], "10.0.0.2".parse().unwrap()).unwrap();
    let mut group = TargetGroup::new(Settings::application(), 1);
    for (target, port) in [(0, 8080), (1, 8081)] {
        let decision = firewall.check(alb, web, Protocol::Tcp, port);
        group.register(secs(0), target, 0, Answer::GOOD.behind(decision));
    }
    assert_eq!(until(&mut group, 1000), [(0, 0, Healthy), (35, 1, Unhealthy)]);
}

/// Two of three nodes have found a target healthy when the first of them loses it: one for it, one
/// against it, and one that does not know yet leave it as it is.
#[test]
fn a_consensus_holds_until_there_is_another() {
    let stagger = SimDuration::from_secs(100);
    let check = crate::aws::elb::health::HealthCheck {
        interval: SimDuration::from_secs(20),
        ..crate::aws::elb::health::HealthCheck::NETWORK
    };
    let settings = Settings { stagger, check, cross_zone: true, ..Settings::network() };
    let mut group = TargetGroup::new(settings, 3);
    // first checks at 180, 280 and 380 s
    group.register(secs(0), 0, 0, Answer::GOOD);
    assert_eq!(until(&mut group, 280), [(280, 0, Healthy)]);
    group.answer_at(secs(281), 0, 0, Answer::BAD);
    assert_eq!(until(&mut group, 370), []);
    // the second node's checks of 380 and 400 s
    group.answer_at(secs(370), 0, 1, Answer::BAD);
    assert_eq!(until(&mut group, 1000), [(400, 0, Unhealthy)]);
}
