//! Timelines by hand: requests, replicas and a load balancer between them.

mod carried;
mod rig;

use self::rig::{APP, Rig, alb, every_second, secs, spec};
use super::Kind;
use crate::aws::elb::Settings;
use crate::aws::elb::flow::FlowSettings;
use crate::aws::elb::health::HealthCheck;
use crate::aws::elb::settings::Algorithm;
use crate::aws::elb::target_group::TargetState;
use crate::engine::SimDuration;
use crate::metrics::summary::Undelivered;

fn delayed(secs: u64) -> Settings {
    Settings { deregistration_delay: SimDuration::from_secs(secs), ..Settings::application() }
}

#[test]
fn a_target_gets_requests_from_its_first_good_check_on() {
    let traffic = format!("{}\nwait = '100ms'", every_second(0.5, 100));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let first = rig.replica(0);
    rig.play(20.0);
    // its process answers from 45 s on, which the check of 50 s finds: a failed one at 20 s does
    // not count for a new target
    let second = rig.starting(1);
    rig.play(45.0);
    assert_eq!(rig.services.target_state(second), TargetState::Initial);
    rig.answers(second, 1);
    rig.play(120.0);
    assert_eq!(rig.health_of(first), [(0.0, true)]);
    assert_eq!(rig.health_of(second), [(50.0, true)]);
    assert_eq!(rig.ends(), [100, 0, 0, 0]);
    // 50 alone, then every other
    assert_eq!([first, second].map(|id| rig.services.received(id)), [75, 25]);
    assert_eq!(rig.services.ready(APP), 2);
}

#[test]
fn requests_of_a_target_that_refuses_are_502_until_two_checks_have_failed() {
    let traffic = format!("{}\nwait = '100ms'", every_second(0.5, 150));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(31.0);
    rig.shut(ids[1]);
    rig.play(200.0);
    // the checks of 60 and 90 s; of the 59 requests from 31.5 to 89.5 s every other, the first and
    // the last among them
    assert_eq!(rig.health_of(ids[1]), [(0.0, true), (90.0, false)]);
    assert_eq!(rig.undelivered(), Undelivered { refused: 30, ..Undelivered::default() });
    assert_eq!(rig.ends(), [120, 30, 0, 0]);
    assert_eq!(rig.balancer().usage().undelivered().refused, 30);
    assert_eq!(rig.services.ready(APP), 1);
}

#[test]
fn who_has_no_target_gets_a_503_and_who_has_only_bad_ones_is_sent_to_them() {
    let traffic = format!("{}\nwait = '100ms'", every_second(0.5, 100));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    rig.play(10.0);
    let only = rig.starting(0);
    rig.play(200.0);
    // the checks of 10 and 40 s fail: it was never healthy, and all that is there
    assert_eq!(rig.health_of(only), [(40.0, false)]);
    let expected = Undelivered { no_target: 10, refused: 90, ..Undelivered::default() };
    assert_eq!(rig.undelivered(), expected);
    assert_eq!(rig.ends(), [0, 100, 0, 0]);
}

#[test]
fn requests_to_a_machine_that_is_gone_wait_for_a_connection_or_an_answer() {
    let traffic = format!("{}\nwait = '2s'", every_second(0.5, 100));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(20.0);
    rig.lose(1, &[ids[1]]);
    // it has the request of 19.5 s: a 504 after 60 s; that of 21.5 s is one after 10 s
    rig.play(31.4);
    assert_eq!(rig.undelivered(), Undelivered::default());
    rig.play(31.5);
    assert_eq!(rig.undelivered(), Undelivered { no_connection: 1, ..Undelivered::default() });
    rig.play(79.4);
    assert_eq!(rig.undelivered().idle, 0);
    rig.play(79.5);
    assert_eq!(rig.undelivered().idle, 1);
    rig.play(300.0);
    // no answer to the checks of 30 and 60 s, known at 65 s: of 21.5 to 63.5 s every other
    assert_eq!(rig.health_of(ids[1]), [(0.0, true), (65.0, false)]);
    let expected = Undelivered { idle: 1, no_connection: 22, ..Undelivered::default() };
    assert_eq!((rig.undelivered(), rig.ends()), (expected, [77, 0, 23, 0]));
}

#[test]
fn a_client_that_leaves_before_the_idle_timeout_is_a_460() {
    let traffic = format!("{}\nwait = '20s'\ntimeout = '5s'", every_second(0.5, 10));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let id = rig.replica(0);
    rig.play(100.0);
    assert_eq!(rig.undelivered(), Undelivered { client_left: 10, ..Undelivered::default() });
    assert_eq!(rig.ends(), [0, 0, 10, 0]);
    assert_eq!(rig.services.received(id), 10);
    // and one of a load balancer that does not wait that long, a 504 at 60 s
    let traffic = format!("{}\nwait = '70s'\ntimeout = '65s'", every_second(0.5, 1));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    rig.replica(0);
    rig.play(60.4);
    assert_eq!(rig.account().in_flight, 1);
    rig.play(60.5);
    assert_eq!(rig.undelivered(), Undelivered { idle: 1, ..Undelivered::default() });
}

#[test]
fn a_process_that_dies_closes_its_connections() {
    let traffic = format!("{}\nwait = '20s'", every_second(0.5, 10));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let id = rig.replica(0);
    rig.play(5.0);
    rig.dies(id);
    rig.play(100.0);
    let expected = Undelivered { closed: 5, refused: 5, ..Undelivered::default() };
    assert_eq!(rig.undelivered(), expected);
    assert_eq!(rig.ends(), [0, 5, 0, 5]);
}

/// Requests of 20 s, one a second, to two targets in turn, of which one goes at 100 s.
fn going(settings: Settings) -> (Rig, [crate::workload::ReplicaId; 2]) {
    let traffic = format!("{}\nwait = '20s'", every_second(0.5, 200));
    let mut rig = Rig::new(&traffic, &alb(settings));
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(100.0);
    (rig, ids)
}

#[test]
fn who_is_deregistered_before_it_is_told_to_stop_loses_nobody() {
    let (mut rig, ids) = going(delayed(30));
    rig.deregister(ids[1]);
    rig.play(119.0);
    // all but the request of 99.5 s at the latest are answered; it is draining all the same
    assert_eq!(rig.services.target_state(ids[1]), TargetState::Draining);
    rig.play(130.0);
    assert_eq!((rig.drained(ids[1]), rig.services.held(ids[1])), (vec![130.0], 0));
    rig.shut(ids[1]);
    rig.down(ids[1]);
    rig.play(300.0);
    assert_eq!(rig.ends(), [200, 0, 0, 0]);
    // its number is free
    let next = rig.replica(1);
    assert_eq!(next, ids[1]);
}

#[test]
fn a_deregistration_delay_that_is_shorter_than_requests_cuts_them_off() {
    let (mut rig, ids) = going(delayed(5));
    rig.deregister(ids[1]);
    rig.play(300.0);
    // at 105 s it has those of 85.5, 87.5, … 99.5 s
    assert_eq!(rig.undelivered(), Undelivered { cut: 8, ..Undelivered::default() });
    assert_eq!(rig.ends(), [192, 0, 0, 8]);
    assert_eq!(rig.drained(ids[1]), [105.0]);
}

#[test]
fn who_is_told_to_stop_before_the_load_balancer_knows_refuses_what_still_comes() {
    // it answers what it has well within a stop timeout of 30 s
    let (mut rig, ids) = going(delayed(300));
    rig.shut(ids[1]);
    rig.play(110.0);
    rig.deregister(ids[1]);
    rig.play(130.0);
    rig.down(ids[1]);
    rig.play(300.0);
    // those of 101.5, 103.5, … 109.5 s
    assert_eq!(rig.undelivered(), Undelivered { refused: 5, ..Undelivered::default() });
    assert_eq!(rig.ends(), [195, 5, 0, 0]);
    // it drains until 410 s, and only then its number may be used again
    assert_ne!(rig.replica(1), ids[1]);
    rig.play(420.0);
    assert_eq!(rig.drained(ids[1]), [410.0]);
    assert_eq!(rig.replica(1), ids[1]);
}

#[test]
fn a_target_in_a_zone_without_a_node_gets_nothing() {
    let mut front = alb(Settings::application());
    front.zones = vec![1];
    let traffic = format!("{}\nwait = '1s'", every_second(0.5, 10));
    let mut rig = Rig::in_zones(2, &traffic, &front);
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(100.0);
    assert_eq!(ids.map(|id| rig.services.received(id)), [0, 10]);
    assert_eq!(rig.services.target_state(ids[0]), TargetState::Unused);
    rig.deregister(ids[0]);
    assert_eq!(rig.drained(ids[0]), [100.0]);
    rig.down(ids[0]);
    assert_eq!(rig.replica(1), ids[0]);
}

#[test]
fn security_groups_that_drop_what_comes_look_like_a_machine_that_is_gone() {
    let traffic = format!("{}\nwait = '1s'", every_second(0.5, 100));
    let mut rig = Rig::new(&traffic, &alb(Settings::application()));
    let id = rig.starting(0);
    rig.with(|services, around| services.set_reachable(id, false, around));
    rig.answers(id, 0);
    rig.play(50.0);
    // the checks of 0 and 30 s, known at 35 s; requests go there all the same: it is all there is
    assert_eq!(rig.health_of(id), [(35.0, false)]);
    rig.with(|services, around| services.set_reachable(id, true, around));
    rig.play(300.0);
    // the checks of 60 to 180 s succeed
    assert_eq!(rig.health_of(id), [(35.0, false), (180.0, true)]);
    let expected = Undelivered { no_connection: 50, ..Undelivered::default() };
    assert_eq!((rig.undelivered(), rig.ends()), (expected, [50, 0, 50, 0]));
}

#[test]
fn the_fewest_outstanding_requests_decide_where_that_is_asked_for() {
    let algorithm = Algorithm::LeastOutstandingRequests;
    let settings = Settings { algorithm, ..Settings::application() };
    let traffic = format!("{}\nwait = '100ms'", every_second(0.5, 20));
    let mut rig = Rig::new(&traffic, &alb(settings));
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(0.1);
    rig.lose(1, &[ids[1]]);
    rig.play(18.0);
    // a request that waits 10 s for a connection keeps all others away, so it gets two of twenty
    // before it is found unhealthy
    assert_eq!(rig.undelivered().no_connection, 1);
    rig.play(100.0);
    assert_eq!(rig.undelivered(), Undelivered { no_connection: 2, ..Undelivered::default() });
}

#[test]
fn connections_of_a_network_load_balancer_stay_where_they_are_until_their_target_is_unhealthy() {
    let check = HealthCheck::NETWORK;
    let settings = Settings {
        registration: SimDuration::ZERO,
        cross_zone: true,
        check,
        ..Settings::network()
    };
    let mut front = spec(Kind::Network(FlowSettings::default()), settings);
    front.groups[0].clients = Some(1);
    let traffic = format!("{}\nwait = '20s'", every_second(0.5, 200));
    let mut rig = Rig::new(&traffic, &front);
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(50.0);
    let [mine, other] = match rig.services.received(ids[0]) {
        50 => ids,
        _ => [ids[1], ids[0]],
    };
    assert_eq!([mine, other].map(|id| rig.services.received(id)), [50, 0]);
    // its machine goes: the checks of 60 and 90 s time out, known at 100 s, which resets all
    let zone = u32::from(mine == ids[1]);
    rig.lose(zone, &[mine]);
    rig.play(300.0);
    assert_eq!(rig.health_of(mine), [(0.0, true), (100.0, false)]);
    // answered: those until 29.5 s; reset: the 70 until 99.5 s; the rest at the other
    assert_eq!(rig.undelivered(), Undelivered { closed: 70, ..Undelivered::default() });
    assert_eq!(rig.ends(), [130, 0, 0, 70]);
    assert_eq!(rig.services.received(other), 100);
    let reading = rig.balancer().usage().reading(secs(300.0));
    // two connections opened, one open almost all the time
    assert!(reading.units > 0.0 && reading.units < 1e-4, "{}", reading.units);
}
