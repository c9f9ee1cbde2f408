//! Who gets how many requests.

use super::*;
use crate::aws::elb::anomaly::FULL;

/// Sends requests at one instant, each answered at once; how many each target got.
fn counts(group: &mut TargetGroup, now: SimTime, node: u32, requests: usize) -> Vec<usize> {
    let mut stream = Streams::new(7).numbered("requests", u64::from(node));
    let mut counts = vec![0; group.targets.len()];
    for _ in 0..requests {
        let picked = group.pick(now, node, Caller::default(), &mut stream).expect("a target");
        counts[picked.target as usize] += 1;
        group.started(node, picked.target);
        group.finished(now, node, picked.target, false);
    }
    counts
}

#[test]
fn without_cross_zone_each_zone_gets_the_same_whatever_its_targets() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::LeastOutstandingRequests] {
        let settings = Settings { algorithm, cross_zone: false, ..Settings::application() };
        let mut group = healthy(settings.clone(), &[1, 4]);
        assert_eq!(counts(&mut group, secs(1), 0, 1000), [1000, 0, 0, 0, 0]);
        assert_eq!(counts(&mut group, secs(1), 1, 1000), [0, 250, 250, 250, 250]);
        assert!(!group.crosses(1, 1) && group.crosses(0, 1));
        let mut group = healthy(Settings { cross_zone: true, ..settings }, &[1, 4]);
        assert_eq!(counts(&mut group, secs(1), 0, 1000), [200; 5]);
        assert_eq!(counts(&mut group, secs(1), 1, 1000), [200; 5]);
    }
}

#[test]
fn least_outstanding_avoids_the_target_that_does_not_answer() {
    let algorithm = Algorithm::LeastOutstandingRequests;
    let mut group = healthy(Settings { algorithm, ..Settings::application() }, &[3]);
    group.started(0, 1);
    assert_eq!(counts(&mut group, secs(1), 0, 1000), [500, 0, 500]);
    group.finished(secs(1), 0, 1, false);
    assert_eq!(counts(&mut group, secs(1), 0, 300), [100; 3]);
}

#[test]
fn the_first_targets_of_a_group_have_their_full_share_and_later_ones_grow_into_it() {
    let slow_start = SimDuration::from_secs(60);
    let mut group = healthy(Settings { slow_start, ..Settings::application() }, &[2]);
    assert_eq!([0, 1].map(|target| group.share(secs(0), 0, target)), [1.0; 2]);
    group.register(secs(100), 2, 0, Answer::GOOD);
    until(&mut group, 100);
    let shares = [100, 115, 130, 160, 400].map(|now| group.share(secs(now), 0, 2));
    assert_eq!(shares, [0.0, 0.25, 0.5, 1.0, 1.0]);
    // at 115 s it is owed a request in four rounds, of which each has two others
    assert_eq!(counts(&mut group, secs(115), 0, 900), [400, 400, 100]);
    assert_eq!(counts(&mut group, secs(160), 0, 900), [300; 3]);
}

#[test]
fn a_target_that_recovers_starts_slowly_again_unless_no_other_is_at_its_full_share() {
    let slow_start = SimDuration::from_secs(60);
    let mut group = healthy(Settings { slow_start, ..Settings::application() }, &[2]);
    // unhealthy at 60 s, healthy again at 240 s
    group.answer(secs(10), 0, Answer::BAD);
    until(&mut group, 119);
    group.answer(secs(119), 0, Answer::GOOD);
    assert_eq!(until(&mut group, 300), [(240, 0, Healthy)]);
    assert_eq!([0, 1].map(|target| group.share(secs(270), 0, target)), [0.5, 1.0]);
    // then both fail: 330 and 360 s; both come back at 540 s, from nothing
    group.answer(secs(310), 0, Answer::BAD);
    group.answer(secs(310), 1, Answer::BAD);
    until(&mut group, 400);
    group.answer(secs(400), 0, Answer::GOOD);
    group.answer(secs(400), 1, Answer::GOOD);
    until(&mut group, 539);
    let both = |group: &TargetGroup| [0, 1].map(|target| group.share(secs(540), 0, target));
    until(&mut group, 540);
    // the first finds none at its full share, the second finds the first
    assert_eq!(both(&group), [1.0, 0.0]);
}

#[test]
fn a_cookie_leads_to_the_same_target_until_it_is_stale_or_the_target_is_not_used() {
    let stickiness = Some(SimDuration::from_secs(3600));
    let mut group = healthy(Settings { stickiness, ..Settings::application() }, &[3]);
    let mut stream = stream();
    let mut ask = |group: &mut TargetGroup, now, cookie| {
        group.pick(secs(now), 0, Caller { cookie, flow: 0 }, &mut stream).expect("a target")
    };
    let first = ask(&mut group, 10, None);
    assert_eq!(first.target, 0);
    assert_eq!([11, 3609].map(|now| ask(&mut group, now, first.cookie).target), [0, 0]);
    let second = ask(&mut group, 3610, first.cookie);
    assert_eq!(second.target, 1);
    assert_eq!(ask(&mut group, 7209, second.cookie).target, 1);
    // the target goes, and another one comes under its number
    group.deregister(secs(3620), 1);
    assert_eq!(ask(&mut group, 3621, second.cookie).target, 2);
    until(&mut group, 3920);
    group.register(secs(3920), 1, 0, Answer::GOOD);
    until(&mut group, 3920);
    let third = ask(&mut group, 3921, second.cookie);
    assert_ne!(third.cookie, second.cookie);
    // unhealthy targets keep nobody
    group.answer(secs(3930), third.target, Answer::BAD);
    until(&mut group, 4100);
    assert_ne!(ask(&mut group, 4100, third.cookie).target, third.target);
}

fn weighted(mitigated: bool, targets: u32) -> TargetGroup {
    let algorithm = Algorithm::WeightedRandom(mitigated.then(Mitigation::default));
    healthy(Settings { algorithm, ..Settings::application() }, &[targets])
}

/// A minute of 100 requests a second, of which target 0 answers 30% with errors; how many it got.
fn a_gray_minute(group: &mut TargetGroup) -> usize {
    let mut stream = Streams::new(3).named("gray");
    let mut got = 0;
    for index in 0..6000 {
        let now = SimTime::from_nanos(index * 10_000_000);
        group.advance(now, &mut Vec::new());
        let target = group.pick(now, 0, Caller::default(), &mut stream).expect("a target").target;
        group.started(0, target);
        let fails = target == 0 && stream.uniform() < 0.3;
        got += usize::from(target == 0);
        group.finished(now, 0, target, fails);
    }
    got
}

#[test]
fn anomaly_mitigation_takes_requests_from_the_target_that_errs() {
    let mut group = weighted(false, 4);
    // a quarter of 6000, within four standard errors of 34
    assert!(a_gray_minute(&mut group).abs_diff(1500) < 136);
    assert_eq!(group.next_event(), None);

    let mut group = weighted(true, 4);
    let found = a_gray_minute(&mut group);
    // windows of 1000 requests at weights 1, 1/2, 1/4, 1/8, 1/16, 1/32 beside three full ones:
    // 250 + 143 + 77 + 40 + 20 + 10; windows without three errors give a sixteenth back
    assert!((450..700).contains(&found), "{found}");
    assert!(group.weight(0) < FULL / 4 && group.weight(1) == FULL, "{}", group.weight(0));
    // without requests it recovers, and then there is nothing left to look at
    until(&mut group, 1000);
    assert_eq!((group.weight(0), group.next_event()), (FULL, None));
}

#[test]
fn of_two_targets_none_is_anomalous() {
    let mut group = weighted(true, 2);
    a_gray_minute(&mut group);
    assert_eq!(group.weight(0), FULL);
}
