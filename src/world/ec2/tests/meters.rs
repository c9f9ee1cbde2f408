//! How many instances there are, for how long, and what EC2 did to them.

use super::rig::{at, scenario, world};
use crate::aws::ec2::spot::SpotPool;
use crate::engine::Streams;
use crate::metrics::summary::{Ec2Summary, InstanceHours};
use crate::units::Fraction;

fn hours(instance_type: &str, spot: bool, seconds: f64) -> InstanceHours {
    InstanceHours { instance_type: instance_type.to_owned(), spot, hours: seconds / 3600.0 }
}

fn close(found: &Ec2Summary, in_service: f64, expected: &[InstanceHours]) {
    assert!((found.in_service - in_service).abs() < 1e-9, "{found:?}");
    assert_eq!(found.hours.len(), expected.len(), "{found:?}");
    for (found, expected) in found.hours.iter().zip(expected) {
        assert_eq!(found.instance_type, expected.instance_type);
        assert_eq!(found.spot, expected.spot);
        assert!((found.hours - expected.hours).abs() < 1e-9, "{found:?} is not {expected:?}");
    }
}

/// Two are in service from 6 s on; one of them is terminated at 506 s. Measured from 106 s on.
#[test]
fn instances_count_while_they_are_in_service_and_their_hours_while_they_run() {
    let scenario = scenario("", "min = 0\nmax = 2\ndesired = 2");
    let mut world = world(&scenario);
    world.play(106.0);
    world.restart_ec2(at(106.0));
    world.play(506.0);
    world.resize(1);
    world.play(1106.0);
    let found = world.ec2_summary(at(1106.0)).expect("it has a group");
    close(&found, 1.4, &[hours("m5.large", false, 2.0 * 400.0 + 600.0)]);
    assert_eq!((found.in_service_max, found.launched), (2, 0));
}

/// One zone has none: two of four are refused there at 0 s and launched in the other.
#[test]
fn launches_without_capacity_are_counted() {
    let zones = "zones = { count = 2, uplink = '10Gbit/s' }";
    let group = "min = 4\nmax = 4\n[[cluster.auto_scaling_group.shortage]]\nzone = 0\n";
    let scenario = scenario(zones, group);
    let mut world = world(&scenario);
    world.play(50.0);
    let found = world.ec2_summary(at(50.0)).expect("it has a group");
    assert_eq!((found.launched, found.launches_without_capacity), (4, 2), "{found:?}");
    assert_eq!(found.launches_without_address, 0);
}

/// A subnet of sixteen addresses has eleven for others than AWS.
#[test]
fn launches_without_an_address_are_counted() {
    let subnet = "[[cluster.subnet]]\nname = 's'\nzone = 0\ncidr = '10.0.0.0/28'";
    let scenario = scenario(subnet, "min = 12\nmax = 12");
    let mut world = world(&scenario);
    world.play(50.0);
    let found = world.ec2_summary(at(50.0)).expect("it has a group");
    assert_eq!((found.launched, found.launches_without_address), (11, 1), "{found:?}");
}

/// Running from 6 s on; recommended to be replaced before its notice, taken back two minutes after.
#[test]
fn what_befalls_spot_instances_is_counted_as_it_does() {
    let group = "min = 1\nmax = 1\n[cluster.auto_scaling_group.market]\non_demand = '0%'\n\
        spot_interruptions = '99.99999999%'\nrebalance_before = '60s'\n";
    let scenario = scenario("", group);
    let before = crate::engine::SimDuration::from_secs(60);
    let pool = SpotPool { interrupted: Fraction(0.9999999999), rebalance: Some(before) };
    let drawn = pool.draw(at(6.0), &mut Streams::new(7).named("ec2/web/spot")).expect("it ends");
    let mut world = world(&scenario);
    let (notice, end) = (drawn.notice.as_secs_f64(), drawn.end.as_secs_f64());
    assert!(drawn.rebalance.is_some_and(|at| at.as_secs_f64() > 6.0));
    let mut seen = Vec::new();
    for time in [notice - 61.0, notice - 1.0, notice + 1.0, end + 1.0] {
        world.play(time);
        let found = world.ec2_summary(at(time)).expect("it has a group");
        seen.push([
            found.rebalance_recommendations,
            found.interruption_notices,
            found.interruptions,
        ]);
    }
    assert_eq!(seen, [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]);
    let found = world.ec2_summary(at(end + 1.0)).expect("it has a group");
    close(&found, found.in_service, &[hours("m5.large", true, end - 6.0)]);
}
