//! Bills by hand.

use super::*;

fn secs(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

/// Traffic at a constant rate.
struct Traffic {
    /// New connections a second, and how many of them there are at any time.
    new: u64,
    active: u64,
    bytes: u64,
    /// Requests a second, and how many rules each is held against.
    requests: u64,
    rules: u32,
}

/// Lets the traffic flow from one second to another: as many connections as there have to be are
/// there all the time, and what comes in a second comes at its beginning.
fn flow(meter: &mut Meter, traffic: &Traffic, from: u64, to: u64) {
    meter.advance(secs(from));
    meter.active = traffic.active;
    for second in from..to {
        meter.advance(secs(second));
        meter.hour.new_connections += traffic.new;
        meter.carried(secs(second), Bytes(traffic.bytes));
        for _ in 0..traffic.requests {
            meter.ruled(secs(second), traffic.rules);
        }
    }
    meter.advance(secs(to));
    meter.active = 0;
}

#[test]
fn an_hour_is_charged_by_the_dimension_that_takes_most() {
    let cases = [
        // the two examples of the pricing page: 1 a second for 2 minutes, 300 KB, 60 rules;
        // units are 0.04, 0.04, 1.08, 5 * 50 / 1000
        ((1, 120, 300_000, 5, 60), 1.08, Dimension::Bytes, 0.03114),
        // 100 a second for 3 minutes, 400 KB, 4 requests each, 20 rules: 4, 6, 1.44, 4
        ((100, 18_000, 400_000, 400, 20), 6.0, Dimension::ActiveConnections, 0.0705),
        // many short ones: 500 / 25, 500 / 3000, 0.9, 0
        ((500, 500, 250_000, 500, 1), 20.0, Dimension::NewConnections, 0.1825),
        // 1000 requests a second against 50 rules: 1, 0.1, 0.36, 1000 * 40 / 1000
        ((25, 300, 100_000, 1000, 50), 40.0, Dimension::Rules, 0.3425),
        // ten rules are free: 0.2, 0.02, 0.036, 0
        ((5, 60, 10_000, 1000, 10), 0.2, Dimension::NewConnections, 0.0241),
    ];
    for ((new, active, bytes, requests, rules), units, leading, cost) in cases {
        let mut meter = Meter::new(Unit::APPLICATION, secs(100));
        flow(&mut meter, &Traffic { new, active, bytes, requests, rules }, 100, 3700);
        let reading = meter.read(secs(3700));
        near(reading.units, units);
        assert_eq!((reading.hours, reading.leading()), (1, Some(leading)));
        let [hours, units] = Prices::default().of_application(&reading);
        near(hours.0 + units.0, cost);
    }
}

#[test]
fn each_hour_is_charged_for_itself_and_a_part_of_one_is_there_for_a_whole() {
    let mut meter = Meter::new(Unit::APPLICATION, secs(0));
    // 50 a second for half of the first hour are 25 on average: a unit
    let short = Traffic { new: 50, active: 0, bytes: 0, requests: 0, rules: 0 };
    flow(&mut meter, &short, 0, 1800);
    // 2 GB in the first half of the second hour: two units, not one more than the first hour's
    let large = Traffic { new: 0, active: 0, bytes: 2_000_000, requests: 0, rules: 0 };
    flow(&mut meter, &large, 3600, 4600);
    let reading = meter.read(secs(5400));
    near(reading.units, 3.0);
    assert_eq!((reading.hours, reading.leading()), (2, Some(Dimension::Bytes)));
    let [hours, units] = Prices::default().of_application(&reading);
    near(hours.0, 0.045);
    near(units.0, 0.024);
    assert_eq!(meter.read(secs(7200)).hours, 2);
    assert_eq!(meter.read(secs(7201)).hours, 3);
}

#[test]
fn a_connection_across_hours_counts_in_each() {
    let mut meter = Meter::new(Unit::TLS, secs(0));
    (0..6000).for_each(|_| meter.opened(secs(1800)));
    (0..6000).for_each(|_| meter.closed(secs(9000)));
    let reading = meter.read(secs(10_800));
    // 6000 connections: half an hour, an hour, half an hour of 3000 a unit; 6000 new ones are 0.03
    near(reading.units, 1.0 + 2.0 + 1.0);
    assert_eq!(reading.leading(), Some(Dimension::ActiveConnections));
}

#[test]
fn protocols_of_a_network_load_balancer_are_charged_each_for_itself() {
    let traffic = |new, active, bytes| Traffic { new, active, bytes, requests: 9, rules: 99 };
    let cases = [
        // 0.5, 0.8, 1.5 GB
        (Unit::TCP, traffic(400, 80_000, 416_667), 1.500_001_2),
        (Unit::UDP, traffic(100, 75_000, 100), 1.5),
        (Unit::TLS, traffic(100, 600, 100), 2.0),
    ];
    let mut readings = Vec::new();
    for (unit, traffic, expected) in cases {
        let mut meter = Meter::new(unit, secs(0));
        flow(&mut meter, &traffic, 0, 3600);
        readings.push(meter.read(secs(3600)));
        near(readings[readings.len() - 1].units, expected);
    }
    let [hours, units] = Prices::default().of_network(&readings);
    near(hours.0, 0.0225);
    near(units.0, 5.000_001_2 * 0.006);
}

#[test]
fn a_load_balancer_without_traffic_costs_its_hours() {
    let reading = Meter::new(Unit::APPLICATION, secs(0)).read(secs(1));
    assert_eq!((reading.hours, reading.units, reading.leading()), (1, 0.0, None));
    assert_eq!(Meter::new(Unit::TCP, secs(5)).read(secs(5)).hours, 0);
}

#[test]
fn bytes_to_another_zone_are_charged_at_both_ends() {
    near(Prices::default().of_crossing(Bytes(10 << 30)).0, 0.2);
}
