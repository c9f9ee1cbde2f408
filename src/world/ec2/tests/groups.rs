//! Sizes, hooks, warm pools, subnets and machines that are used again.

use super::rig::{scenario, world};

#[test]
fn an_instance_is_in_service_when_it_runs_and_up_when_it_has_booted() {
    let scenario = scenario("", "min = 2\nmax = 4");
    let mut world = world(&scenario);
    assert_eq!(world.stand(), "a0:Pending a1:Pending");
    world.play(5.9);
    assert_eq!((world.stand(), world.hosts.len()), ("a0:Pending a1:Pending".into(), 0));
    world.play(6.0);
    assert_eq!(world.stand(), "a0:InService a1:InService");
    world.play(25.9);
    assert!(world.machines_up().is_empty());
    world.play(26.0);
    assert_eq!(world.machines_up(), [0, 1]);
    let shape = &world.shapes[0];
    assert_eq!((shape.cores, shape.threads_per_core, shape.memory.0), (1, 2, 8 << 30));
}

/// One goes at 100 s: its machine at once, its address and itself 30 s later. The next takes the
/// same machine, with an empty disk.
#[test]
fn a_machine_that_was_given_back_is_used_again() {
    let scenario = scenario("", "min = 0\nmax = 4\ndesired = 2");
    let mut world = world(&scenario);
    world.play(100.0);
    assert_eq!(world.subnets.ranges[0].free(), 4089);
    world.resize(1);
    assert_eq!(world.machines_up().len(), 1);
    let left = world.stand();
    assert!(left.contains("TerminatingProceed"), "{left}");
    world.play(129.9);
    assert_eq!(world.subnets.ranges[0].free(), 4089);
    world.play(130.0);
    assert_eq!(world.subnets.ranges[0].free(), 4090);
    assert_eq!(world.in_service(), 1);
    for size in [2, 1, 3, 0, 2] {
        world.resize(size);
        let now = world.now().as_secs_f64();
        world.play(now + 100.0);
        assert_eq!(world.machines_up().len(), size as usize);
    }
    assert_eq!(world.hosts.len(), 3, "never more than there were at once");
}

/// Its system is up at 26 s, and its agent registers some 10 s later: at 27 s there is nothing to
/// drain, and it goes at once. So does one without tasks that has registered.
#[test]
fn what_has_nothing_to_drain_is_not_waited_for() {
    for time in [27.0, 300.0] {
        let scenario = scenario("", "min = 0\nmax = 1\ndesired = 1");
        let mut world = world(&scenario);
        world.play(time);
        world.resize(0);
        assert_eq!(world.stand(), "a0:TerminatingProceed", "at {time} s");
        world.play(time + 30.0);
        assert_eq!((world.stand(), world.machines_up()), (String::new(), vec![]));
    }
}

#[test]
fn hooks_hold_an_instance_until_someone_completes_them_or_they_time_out() {
    let hooks = "min = 1\nmax = 1\n\
        [[cluster.auto_scaling_group.hook]]\ntransition = 'launching'\ntakes = '10s'\n\
        [[cluster.auto_scaling_group.hook]]\ntransition = 'launching'\n\
        timeout = '40s'\ndefault_result = 'continue'\n";
    let scenario = scenario("", hooks);
    let mut world = world(&scenario);
    world.play(16.0);
    assert_eq!(world.stand(), "a0:PendingWait", "one of two is complete");
    world.play(45.9);
    assert_eq!((world.stand(), world.machines_up()), ("a0:PendingWait".into(), vec![0]));
    world.play(46.0);
    assert_eq!(world.stand(), "a0:InService");
}

/// Two instances beside the group are stopped once they run; one is started at 200 s, runs at 206 s
/// and is up at 226 s, with the disk it had.
#[test]
fn what_is_in_the_warm_pool_is_stopped_and_started_again() {
    let scenario = scenario("", "min = 1\nmax = 3\nwarm_pool = {}");
    let mut world = world(&scenario);
    world.play(35.9);
    assert_eq!(world.stand(), "a0:InService a1:WarmedPendingProceed a2:WarmedPendingProceed");
    world.play(36.0);
    assert_eq!(world.stand(), "a0:InService a1:Warmed a2:Warmed");
    world.play(200.0);
    assert_eq!(world.machines_up().len(), 1);
    world.resize(2);
    world.play(206.0);
    assert_eq!(world.stand(), "a0:InService a1:InService a2:Warmed");
    world.play(225.9);
    assert_eq!(world.machines_up().len(), 1);
    world.play(226.0);
    assert_eq!(world.machines_up().len(), 2);
    assert_eq!(world.hosts.len(), 3);
}

/// A /28 has 11 addresses of which 9 are taken: two instances come, the third is tried again every
/// minute, until one is free.
#[test]
fn a_subnet_without_addresses_takes_no_instance_until_one_is_free() {
    let subnet = "[[cluster.subnet]]\nname = 's'\ncidr = '10.0.0.0/28'\nused = 9";
    let scenario = scenario(subnet, "min = 0\nmax = 3\ndesired = 3");
    let mut world = world(&scenario);
    world.play(300.0);
    assert_eq!(world.in_service(), 2);
    let warning = "launches of `web` failed: InsufficientFreeAddressesInSubnet: none of the 11 \
                   addresses of 10.0.0.0/28 is free";
    assert_eq!(world.recorder.warnings, [warning]);
    // the third has been tried at 0, 60, …, 300 s
    world.resize(2);
    world.play(301.0);
    assert_eq!(world.in_service(), 2);
}

#[test]
fn zones_are_those_of_the_subnets_and_filled_evenly() {
    let cluster = "zones = { count = 3, uplink = '10Gbit/s' }\n\
        [[cluster.subnet]]\nname = 's0'\ncidr = '10.0.0.0/24'\n\
        [[cluster.subnet]]\nname = 's1'\nzone = 1\ncidr = '10.0.1.0/24'\n\
        [[cluster.subnet]]\nname = 's2'\nzone = 2\ncidr = '10.0.2.0/24'";
    let scenario = scenario(cluster, "min = 4\nmax = 4\nsubnets = ['s0', 's2']");
    let mut world = world(&scenario);
    world.play(30.0);
    let free = world.subnets.ranges.iter().map(|range| range.free()).collect::<Vec<_>>();
    assert_eq!(free, [249, 251, 249]);
    let zones = world.nodes.all.iter().map(|node| world.services.zone_of_host(node.host));
    assert_eq!(zones.collect::<Vec<_>>(), [0, 2, 0, 2]);
}

/// Monday, 2024-01-01, is where the calendar begins.
#[test]
fn scheduled_actions_change_sizes_by_the_calendar() {
    let actions = "min = 1\nmax = 3\n\
        [[cluster.auto_scaling_group.schedule]]\nat = '2024-01-01T00:10:00Z'\ndesired = 3\n\
        [[cluster.auto_scaling_group.schedule]]\ncron = '0 2 * * MON'\nmax = 2\n";
    let scenario = scenario("", actions);
    let mut world = world(&scenario);
    world.play(599.0);
    assert_eq!(world.in_service(), 1);
    world.play(606.0);
    assert_eq!(world.in_service(), 3);
    world.play(7199.0);
    assert_eq!(world.in_service(), 3);
    world.play(7200.0);
    assert_eq!(world.in_service(), 2);
}
