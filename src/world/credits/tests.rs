//! Instances with credits in a world of their own, by hand.

use crate::aws::pricing::Charge;
use crate::machine::HostId;
use crate::sharing::{LeafId, Share, ShareTree};
use crate::workload::Work;
use crate::world::World;
use crate::world::ec2::tests::rig::{at, scenario, world};

/// A t3.medium has two vCPUs on one core, earns 24 credits an hour and so has 0.4 vCPUs always. It
/// runs from 6 s on, without any credits at first.
const GROUP: &str = "instance_types = ['t3.medium']\nmin = 0\nmax = 1\ndesired = 1\n";

impl World<'_> {
    /// Something on the first machine that uses so much of its CPU, from now on.
    fn load(&mut self, leaf: Option<LeafId>, secs: f64, cores: f64) -> LeafId {
        self.play(secs);
        let host = &mut self.hosts[self.nodes.all[0].host.index()];
        let root = ShareTree::<Work>::ROOT;
        let add = || host.cpu.add_leaf(at(secs), root, Share::weighted(1.0), 1.0, None);
        let leaf = leaf.unwrap_or_else(add);
        host.cpu.set_background(at(secs), leaf, cores);
        host.arm(&mut self.calendar);
        leaf
    }

    fn throughput(&mut self, secs: f64) -> f64 {
        self.play(secs);
        self.hosts[HostId(0).index()].cpu.throughput()
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn a_standard_instance_is_slowed_down_when_what_it_earned_is_spent() {
    let scenario = scenario("", &format!("{GROUP}credits = 'standard'"));
    let mut world = world(&scenario);
    // an hour of nothing earns 24; two vCPUs spend 120 an hour and earn 24: 15 minutes
    let leaf = world.load(None, 3606.0, 2.0);
    close(world.throughput(4505.9), 1.25);
    // 0.4 of two vCPUs: each has a fifth of its time
    close(world.throughput(4506.1), 0.25);
    // 0.1 saves 18 credits an hour, which are 675 s of both
    world.load(Some(leaf), 5000.0, 0.1);
    close(world.throughput(5000.0), 0.1);
    world.load(Some(leaf), 8600.0, 2.0);
    close(world.throughput(9274.9), 1.25);
    close(world.throughput(9275.1), 0.25);
    // one vCPU has the 0.4 to itself
    world.load(Some(leaf), 9300.0, 1.0);
    close(world.throughput(9400.0), 0.4);
    close(world.credit_bill(at(9400.0)).total().0, 0.0);
    world.end = at(9400.0);
    // from 4506 to 5000 s and from 9275 s on, of 9,394 s
    let warning =
        "t3.medium: out of CPU credits and slowed down to the baseline for 6.6% of the time";
    assert_eq!(world.exhausted_credits(), [warning]);
}

#[test]
fn an_unlimited_instance_pays_for_what_a_day_does_not_earn() {
    let scenario = scenario("", GROUP);
    let mut world = world(&scenario);
    // 24 earned credits last until 4506 s, and 576 surplus ones six hours more, to 26106 s
    world.load(None, 3606.0, 2.0);
    close(world.throughput(26_000.0), 1.25);
    let bill = |world: &World<'_>, secs| world.credit_bill(at(secs)).of(Charge::SurplusCredits).0;
    close(bill(&world, 26_106.0), 0.0);
    // two hours beyond are 192 credits, 3.2 vCPU-hours of $0.05
    close(world.throughput(33_306.0), 1.25);
    close(bill(&world, 33_306.0), 0.16);
    // and what it owes when it ends
    world.group_set_desired(0, 0);
    world.play(33_400.0);
    close(bill(&world, 33_400.0), 0.16 + 576.0 / 60.0 * 0.05);
    assert_eq!(world.exhausted_credits(), [""; 0]);
}

#[test]
fn an_instance_that_takes_the_place_of_another_begins_anew() {
    let scenario = scenario("", &format!("{GROUP}credits = 'standard'"));
    let mut world = world(&scenario);
    let leaf = world.load(None, 3606.0, 2.0);
    close(world.throughput(4600.0), 0.25);
    world.load(Some(leaf), 4600.0, 0.0);
    world.group_set_desired(0, 0);
    world.play(4700.0);
    world.group_set_desired(0, 1);
    // it runs 6 s later in the same place, and for 894 s earns 5.96 credits: 223.5 s
    world.load(Some(leaf), 5600.0, 2.0);
    assert_eq!(world.nodes.all.len(), 1);
    close(world.throughput(5823.4), 1.25);
    close(world.throughput(5823.6), 0.25);
}
