//! Groups that follow the CPU of their instances.

use super::rig::{at, scenario, world};
use crate::machine::HostId;
use crate::sharing::{Share, ShareTree};
use crate::workload::Work;
use crate::world::World;

impl World<'_> {
    /// A thread that keeps a machine at 80 % from now on: 1 of the 1.25 cores of an m5.large, whose
    /// second thread adds a quarter.
    fn work(&mut self, host: u32) {
        let (now, host) = (self.now(), HostId(host));
        let cpu = &mut self.hosts[host.index()].cpu;
        let leaf = cpu.add_leaf(now, ShareTree::<Work>::ROOT, Share::weighted(1.0), 1.0, None);
        cpu.set_background(now, leaf, 1.0);
        self.hosts[host.index()].arm(&mut self.calendar);
    }

    fn desired(&self) -> u32 {
        self.ec2().view(0).desired
    }
}

/// Busy from 60 s on: above 50 % in the minutes that end at 120 s and 180 s, when one is added.
/// That one is idle, so that the mean is 40 % from 300 s on.
#[test]
fn a_step_is_taken_when_the_alarm_is_raised() {
    let policy = "min = 1\nmax = 4\n[[cluster.auto_scaling_group.policy]]\n\
        step = { above = '50%', minutes = 2, steps = [{ adjustment = 1 }] }\n";
    let scenario = scenario("", policy);
    let mut world = world(&scenario);
    world.play(60.0);
    world.work(0);
    world.play(179.9);
    assert_eq!(world.desired(), 1);
    world.play(180.0);
    assert_eq!(world.desired(), 2);
    world.play(3600.0);
    assert_eq!((world.desired(), world.in_service()), (2, 2));
}

/// A target of 30 %: 80 % for three minutes, which end at 240 s, makes three of one.
#[test]
fn a_target_is_tracked_in_proportion() {
    let policy = "min = 1\nmax = 4\n[[cluster.auto_scaling_group.policy]]\n\
        target-tracking = { target = '30%' }\n";
    let scenario = scenario("", policy);
    let mut world = world(&scenario);
    world.play(60.0);
    world.work(0);
    world.play(239.9);
    assert_eq!(world.desired(), 1);
    world.play(240.0);
    assert_eq!(world.desired(), 3);
    // the mean is 80/3 % then, below 0.9 of the target: but two would be above it
    world.play(3600.0);
    assert_eq!(world.desired(), 3);
    assert!(world.now() <= at(3600.0));
}
