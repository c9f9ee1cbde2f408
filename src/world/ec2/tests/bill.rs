//! What instances cost.

use super::rig::{at, scenario, world};
use crate::aws::pricing::Charge;

/// An hour of m5.large on demand, in us-east-1.
const M5_LARGE: f64 = 0.096;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// It runs from 6 s on: one that is terminated at 41 s has run for 35 s and costs a minute, one
/// that is at 101 s has run for 95 s and costs that.
#[test]
fn thirty_five_seconds_cost_a_minute_and_ninety_five_what_they_are() {
    for (end, billed) in [(41.0, 60.0), (101.0, 95.0)] {
        let scenario = scenario("", "min = 0\nmax = 1\ndesired = 1");
        let mut world = world(&scenario);
        world.play(5.0);
        close(world.ec2_bill(at(5.0)).total().0, 0.0);
        world.play(end);
        world.resize(0);
        world.play(1000.0);
        let bill = world.ec2_bill(at(1000.0));
        close(bill.of(Charge::Instance).0, M5_LARGE * billed / 3600.0);
        close(bill.total().0, M5_LARGE * billed / 3600.0);
    }
}

/// Windows has a licence, which Spot takes nothing off: $0.092 for two vCPUs.
#[test]
fn windows_and_spot_are_on_the_bill() {
    let group = "min = 1\nmax = 1\nos = { family = 'windows', version = '10.0.20348' }\n\
        [cluster.auto_scaling_group.market]\non_demand = '0%'\nspot_discount = '50%'\n\
        spot_interruptions = '0%'\n";
    let scenario = scenario("", group);
    let mut world = world(&scenario);
    world.play(3606.0);
    let bill = world.ec2_bill(at(3606.0));
    close(bill.of(Charge::Instance).0, M5_LARGE / 2.0);
    close(bill.of(Charge::WindowsLicence).0, 0.092);
}

/// Stopped in the warm pool an instance costs nothing: two runs of a minute at least.
#[test]
fn each_start_is_a_run_of_its_own() {
    let scenario = scenario("", "min = 0\nmax = 1\ndesired = 0\nwarm_pool = {}");
    let mut world = world(&scenario);
    world.play(1000.0);
    close(world.ec2_bill(at(1000.0)).total().0, M5_LARGE / 60.0);
    world.resize(1);
    world.play(1126.0);
    // running from 1006 s on
    close(world.ec2_bill(at(1126.0)).total().0, M5_LARGE * 180.0 / 3600.0);
}
