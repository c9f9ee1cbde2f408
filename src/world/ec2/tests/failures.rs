//! No capacity, interruptions, broken machines.

use super::rig::{at, scenario, world};
use crate::aws::ec2::spot::SpotPool;
use crate::engine::Streams;
use crate::units::Fraction;

const ZONES: &str = "zones = { count = 2, uplink = '10Gbit/s' }";

#[test]
fn what_one_zone_has_no_capacity_for_is_launched_in_another_and_evened_out_later() {
    let group = "min = 4\nmax = 4\n\
        [[cluster.auto_scaling_group.shortage]]\nzone = 0\nuntil = '5min'\n";
    let scenario = scenario(ZONES, group);
    let mut world = world(&scenario);
    world.play(10.0);
    let stand = world.stand();
    assert_eq!(stand.matches("b").count(), 4, "{stand}");
    let warning = "launches of `web` failed: InsufficientInstanceCapacity: there is not enough \
                   on-demand m5.large capacity in us-east-1a";
    assert_eq!(world.recorder.warnings, [warning]);
    // tried again each minute; from 5 min on there is capacity
    world.play(420.0);
    let stand = world.stand();
    assert_eq!((stand.matches('a').count(), world.in_service()), (2, 4), "{stand}");
}

#[test]
fn another_type_is_launched_where_there_is_none_of_the_first() {
    let group = "min = 1\nmax = 1\ninstance_types = ['m5.large', 'm6i.xlarge']\n\
        [[cluster.auto_scaling_group.shortage]]\ntype = 'm5.large'\n";
    let scenario = scenario("", group);
    let mut world = world(&scenario);
    world.play(30.0);
    let names: Vec<_> = world.shapes.iter().map(|shape| shape.name.as_str()).collect();
    assert_eq!(names, ["web/m6i.xlarge"]);
}

/// The time to the notice is drawn when the instance runs, at 6 s; two minutes later it ends, is
/// gone 30 s after that, and the next is launched. What was taken back in its first hour is free.
#[test]
fn a_spot_instance_is_taken_back_two_minutes_after_its_notice() {
    let group = "min = 1\nmax = 1\n[cluster.auto_scaling_group.market]\n\
        on_demand = '0%'\nspot_interruptions = '99.99999999%'\n";
    let scenario = scenario("", group);
    let pool = SpotPool { interrupted: Fraction(0.9999999999), rebalance: None };
    let drawn = pool.draw(at(6.0), &mut Streams::new(7).named("ec2/web/spot")).expect("it ends");
    let (notice, end) = (drawn.notice.as_secs_f64(), drawn.end.as_secs_f64());
    assert!((end - notice - 120.0).abs() < 1e-6);
    let mut world = world(&scenario);
    world.play(end - 0.001);
    assert_eq!((world.stand(), world.machines_up()), ("a0:InService".into(), vec![0]));
    world.play(end);
    assert!(world.machines_up().is_empty());
    world.play(end + 29.999);
    assert_eq!(world.stand(), "a0:InService", "nobody has told the group");
    world.play(end + 30.001);
    assert_eq!(world.stand(), "a1:Pending");
    world.play(end + 56.001);
    assert_eq!(world.machines_up(), [0]);
}

/// With capacity rebalancing another is launched at the notice.
#[test]
fn with_capacity_rebalancing_the_next_comes_with_the_notice() {
    let group = "min = 1\nmax = 1\n[cluster.auto_scaling_group.market]\n\
        on_demand = '0%'\nspot_interruptions = '99.99999999%'\ncapacity_rebalance = true\n";
    let scenario = scenario("", group);
    let pool = SpotPool { interrupted: Fraction(0.9999999999), rebalance: None };
    let drawn = pool.draw(at(6.0), &mut Streams::new(7).named("ec2/web/spot")).expect("it ends");
    let mut world = world(&scenario);
    let notice = drawn.notice.as_secs_f64();
    world.play(notice + 0.001);
    assert_eq!(world.stand(), "a0:TerminatingProceed a1:Pending");
    world.play(notice + 6.001);
    assert_eq!(world.stand(), "a0:TerminatingProceed a1:InService");
}

/// Broken at 10 min, told 3 min later, replaced: the new machine is another, for the old one is
/// broken until 20 min.
#[test]
fn a_broken_machine_is_replaced_after_its_status_check_has_failed() {
    let fault = "min = 1\nmax = 2\ndesired = 1\n[[fault]]\nhosts = [0]\n\
        kind = { scheduled = { at = '10min', duration = '10min' } }\n";
    let scenario = scenario("", fault);
    let mut world = world(&scenario);
    world.play(600.0);
    assert_eq!((world.machines_up(), world.in_service()), (vec![], 1));
    world.play(779.9);
    assert_eq!(world.stand(), "a0:InService");
    world.play(780.0);
    assert_eq!(world.stand(), "a0:TerminatingProceed a1:Pending");
    world.play(780.0 + 26.0);
    assert_eq!(world.machines_up(), [1]);
    world.play(3600.0);
    assert_eq!((world.machines_up(), world.hosts.len()), (vec![1], 2));
    // it is whole again, and taken
    world.resize(2);
    world.play(3660.0);
    assert_eq!((world.machines_up(), world.hosts.len()), (vec![0, 1], 2));
}
