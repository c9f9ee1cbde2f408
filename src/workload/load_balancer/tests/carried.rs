//! What a load balancer carries and what that costs, by hand.

use super::rig::{APP, Rig, alb, every_second, secs, spec};
use crate::aws::elb::Settings;
use crate::aws::elb::capacity::Growth;
use crate::aws::elb::cost::Dimension;
use crate::aws::elb::flow::FlowSettings;
use crate::engine::SimDuration;
use crate::metrics::summary::Undelivered;
use crate::units::{Bytes, Rate};
use crate::workload::load_balancer::Kind;

const PAYLOAD: &str = "payload = { request = '1000', response = '9000' }";

fn same(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.max(1e-9), "{found}, not {expected}");
}

#[test]
fn an_hour_is_charged_by_what_takes_most_units() {
    // 90 requests of 30 s, at most 30 at a time: 90 / 3600 / 25 = 0.001 units of new connections;
    // 90 * 30 s / 3600 / 3000 = 0.00025 of active ones; 900 kB / 1 GB = 0.0009 of bytes
    let app = format!("{}\nwait = '30s'\n{PAYLOAD}", every_second(0.5, 90));
    let mut rig = Rig::new(&app, &alb(Settings::application()));
    rig.replica(0);
    rig.play(3600.0);
    let reading = rig.balancer().usage().reading(secs(3600.0));
    same(reading.units, 90.0 / 3600.0 / 25.0);
    assert_eq!((reading.hours, reading.leading()), (1, Some(Dimension::NewConnections)));
    assert_eq!(rig.balancer().usage().requests(), 90);
}

#[test]
fn clients_that_keep_their_connection_open_it_once_in_a_while() {
    // one client: a request a second for 90 s, then silence: its connection is open from 0.5 s to
    // 60 s after the answer at 89.6 s
    let mut front = alb(Settings::application());
    front.groups[0].clients = Some(1);
    let app = format!("{}\nwait = '100ms'", every_second(0.5, 90));
    let mut rig = Rig::new(&app, &front);
    rig.replica(0);
    rig.play(3600.0);
    let reading = rig.balancer().usage().reading(secs(3600.0));
    // 149.1 s of one active connection, against one new one
    same(reading.units, (149.1_f64 / 3600.0 / 3000.0).max(1.0 / 3600.0 / 25.0));
    assert_eq!(reading.leading(), Some(Dimension::ActiveConnections));
}

#[test]
fn who_has_a_cookie_stays_with_its_target() {
    let stickiness = Some(SimDuration::from_secs(1000));
    let mut front = alb(Settings { stickiness, ..Settings::application() });
    front.groups[0].clients = Some(1);
    let app = format!("{}\nwait = '100ms'", every_second(0.5, 60));
    let mut rig = Rig::new(&app, &front);
    let ids = [0, 1].map(|host| rig.replica(host));
    rig.play(100.0);
    let mut received = ids.map(|id| rig.services.received(id));
    received.sort_unstable();
    assert_eq!(received, [0, 60]);
}

#[test]
fn what_goes_from_a_node_to_another_zone_is_counted() {
    let settings =
        Settings { cross_zone: true, registration: SimDuration::ZERO, ..Settings::network() };
    let mut front = spec(Kind::Network(FlowSettings::default()), settings);
    front.zones = vec![0, 1];
    let app = format!("{}\nwait = '100ms'\n{PAYLOAD}", every_second(0.5, 400));
    // all targets in zone 1: whatever comes to the node of zone 0 crosses
    let mut rig = Rig::in_zones(2, &app, &front);
    rig.replica(1);
    rig.play(500.0);
    let (crossed, bytes) = rig.balancer().usage().crossed();
    // half of them, within four standard errors of ten
    assert!(crossed.abs_diff(200) <= 40, "{crossed}");
    assert_eq!(bytes, Bytes(crossed * 10_000));
    // and takes 1 ms longer
    assert_eq!(rig.ends(), [400, 0, 0, 0]);
    let latency = rig.services.meters_mut(APP).end_interval(|latency| latency.mean());
    let latency = latency.expect("there are answers");
    let expected = 0.1 + 0.001 * crossed as f64 / 400.0;
    assert!((latency.as_secs_f64() - expected).abs() < 1e-4, "{latency} {expected}");
}

#[test]
fn zones_on_their_own_get_half_of_the_requests_whatever_they_have() {
    let mut front = alb(Settings { cross_zone: false, ..Settings::application() });
    front.zones = vec![0, 1];
    let app = format!("{}\nwait = '100ms'", every_second(0.5, 400));
    let mut rig = Rig::in_zones(2, &app, &front);
    let ids = [0, 1, 1, 1].map(|host| rig.replica(host));
    rig.play(500.0);
    let received = ids.map(|id| rig.services.received(id));
    assert!(received[0].abs_diff(200) <= 40, "{received:?}");
    assert_eq!(rig.balancer().usage().crossed().0, 0);
}

#[test]
fn what_comes_faster_than_the_load_balancer_grows_is_a_503() {
    // it carries 10 a second, and 100 come from the beginning: it notices after 10 s, and has
    // grown to 20 only after 300 s
    let growth = Some(Growth::from_least(Rate(10.0)));
    let idle = SimDuration::from_secs(60);
    let front = spec(Kind::Application { growth, idle }, Settings::application());
    let app = "traffic = { arrivals = { deterministic = '100/s' } }\nwait = '10ms'";
    let mut rig = Rig::new(app, &front);
    rig.replica(0);
    rig.play(9.9);
    assert_eq!(rig.undelivered(), Undelivered::default());
    rig.play(310.0);
    let Undelivered { no_capacity, .. } = rig.undelivered();
    // the integral of 1 - 0.1 * 2^(t / 300 s) over 300 s, times 100: 30,000 - 4,328
    let expected = 30_000.0 - 3000.0 / std::f64::consts::LN_2;
    assert!((no_capacity as f64 - expected).abs() < 4.0 * 70.0, "{no_capacity} {expected}");
    let account = rig.account();
    assert_eq!(account.refused, no_capacity);
}

#[test]
fn a_replica_that_is_gone_for_good_keeps_its_clients_waiting_no_longer_than_they_would() {
    let app = format!("{}\nwait = '5s'", every_second(0.5, 10));
    let mut rig = Rig::new(&app, &alb(Settings::application()));
    let id = rig.replica(0);
    rig.play(5.0);
    rig.lose(0, &[id]);
    rig.play(8.0);
    // five wait for an answer, three for a connection; the load balancer hears of it, and there is
    // no target any more
    rig.down(id);
    rig.play(100.0);
    let expected =
        Undelivered { idle: 5, no_connection: 3, no_target: 2, ..Undelivered::default() };
    assert_eq!((rig.undelivered(), rig.ends()), (expected, [0, 2, 8, 0]));
}
