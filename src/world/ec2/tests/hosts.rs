//! Instances on hosts of the cluster, against timelines by hand.
//!
//! An m5.xlarge has four vCPUs, a t3.micro two of which 0.2 are its own. Instances are running
//! after 6 s, up after 20 s more, and gone 30 s after the call that ends them.

use super::rig::{at, scenario, world};
use crate::machine::HostId;
use crate::metrics::summary::CostItem;
use crate::scenario::{Power, Scenario};
use crate::sharing::{LeafId, Share, ShareTree};
use crate::units::{EnergyPrice, HourlyPrice, Watts};
use crate::workload::Work;
use crate::world::World;

/// A cluster of so many hosts of so many cores of one thread each, with a group of m5.xlarge, and
/// nothing lost to virtualisation.
fn on_hosts(count: u32, cores: u32, cluster: &str, group: &str) -> Scenario {
    let types = match group.starts_with("instance_types") {
        true => "",
        false => "instance_types = ['m5.xlarge']\n",
    };
    scenario(
        &format!(
            "hosts = {{ shape = 'rack', count = {count} }}\n\
             overhead = {{ cpu = '0%', memory = '0B' }}\n{cluster}"
        ),
        &format!(
            "{types}{group}\n[[host]]\nname = 'rack'\ncores = {cores}\nmemory = '256GiB'\n\
             network = '1Gbit/s'\nboot = '3min'\n"
        ),
    )
}

/// Another group `more`, of m5.xlarge.
const MORE: &str = "\n[[cluster.auto_scaling_group]]\nname = 'more'\ninstance_types = \
                    ['m5.xlarge']\nlaunch = '6s'\nboot = '20s'\nshutdown = '30s'\n";

const REFUSED: &str = "launches of `web` failed: InsufficientInstanceCapacity: there is not enough \
                       on-demand m5.xlarge capacity in us-east-1a";

impl World<'_> {
    /// How many VMs are on each host.
    pub fn vms_on_hosts(&self) -> Vec<usize> {
        self.hypervisor.host_ids().map(|host| self.hypervisor.vms_on(host).len()).collect()
    }

    /// Something on a machine that uses so much of its CPU from now on.
    fn burn(&mut self, machine: usize, leaf: Option<LeafId>, cores: f64) -> LeafId {
        let now = self.now();
        let host = &mut self.hosts[self.nodes.all[machine].host.index()];
        let root = ShareTree::<Work>::ROOT;
        let add = || host.cpu.add_leaf(now, root, Share::weighted(1.0), 1.0, None);
        let leaf = leaf.unwrap_or_else(add);
        host.cpu.set_background(now, leaf, cores);
        host.arm(&mut self.calendar);
        leaf
    }

    /// Cores that each machine has had of what it would use, at a time.
    fn speeds(&mut self, secs: f64) -> Vec<f64> {
        self.play(secs);
        let machines = self.nodes.all.iter();
        let cores = |host: HostId| self.hosts[host.index()].cpu.throughput();
        machines.map(|node| (cores(node.host) * 1e6).round() / 1e6).collect()
    }
}

#[test]
fn the_launch_that_finds_no_room_is_refused_until_another_instance_is_gone() {
    let group = format!("min = 0\nmax = 5\ndesired = 4{MORE}max = 1\nmin = 1\n");
    let scenario = on_hosts(2, 8, "", &group);
    let mut world = world(&scenario);
    world.play(100.0);
    assert_eq!((world.in_service(), world.vms_on_hosts()), (4, vec![2, 2]));
    assert_eq!(world.recorder.warnings, [REFUSED.replace("web", "more")]);
    assert_eq!(world.ec2().view(1).in_service, 0);
    // one of the four begins to end at 200 s and is gone at 230 s; the next try is at 240 s
    world.play(200.0);
    world.resize(3);
    world.play(229.9);
    assert_eq!(world.vms_on_hosts(), [2, 2]);
    world.play(230.0);
    assert_eq!(world.vms_on_hosts().iter().sum::<usize>(), 3);
    world.play(245.9);
    assert_eq!(world.ec2().view(1).in_service, 0);
    world.play(247.0);
    assert_eq!((world.ec2().view(1).in_service, world.vms_on_hosts()), (1, vec![2, 2]));
    world.audit();
}

#[test]
fn placement_is_that_of_the_cluster_and_a_zone_has_its_own_hosts() {
    let spread = on_hosts(2, 8, "placement = 'worst-fit'", "min = 2\nmax = 2\n");
    let mut spread = world(&spread);
    spread.play(100.0);
    assert_eq!(spread.vms_on_hosts(), [1, 1]);
    // hosts 0 and 2 are in the first zone; the second has room for two instances only
    let zones = "zones = { count = 2, uplink = '10Gbit/s' }";
    let scenario = on_hosts(3, 8, zones, "min = 6\nmax = 6\n");
    let mut world = world(&scenario);
    world.play(100.0);
    assert_eq!(world.vms_on_hosts(), [2, 2, 2]);
    let stand = world.stand();
    assert_eq!((stand.matches('a').count(), stand.matches('b').count()), (4, 2), "{stand}");
}

/// Two hosts of 16, two instances on each. The first fails at 600 s; its instances are found
/// impaired 3 min later, and launched anew on the other: a group of four replaces one at a time,
/// and the second when the first is in service.
#[test]
fn what_was_on_a_host_that_fails_is_launched_on_another() {
    let fault = "min = 4\nmax = 8\n[[fault]]\nhosts = [0]\n\
                 kind = { scheduled = { at = '10min', duration = '1h' } }\n";
    let scenario = on_hosts(2, 16, "placement = 'worst-fit'", fault);
    let mut world = world(&scenario);
    world.play(599.0);
    assert_eq!((world.vms_on_hosts(), world.machines_up().len()), (vec![2, 2], 4));
    world.play(600.0);
    assert_eq!((world.vms_on_hosts(), world.machines_up().len()), (vec![0, 2], 2));
    assert_eq!((world.in_service(), world.recorder.host_failures), (4, 1));
    world.play(779.9);
    assert_eq!(world.in_service(), 4);
    world.play(780.0);
    assert_eq!((world.in_service(), world.vms_on_hosts()), (3, vec![0, 3]));
    // the first is running, so that the next may go
    world.play(786.0);
    assert_eq!((world.in_service(), world.vms_on_hosts()), (3, vec![0, 4]));
    world.play(806.0);
    assert_eq!((world.in_service(), world.machines_up().len()), (4, 3));
    world.play(812.0);
    assert_eq!((world.vms_on_hosts(), world.machines_up().len()), (vec![0, 4], 4));
    // back at 4,200 s, after a boot of 3 min, and empty
    world.play(4500.0);
    assert_eq!((world.vms_on_hosts(), world.hosts[0].is_up()), (vec![0, 4], true));
    world.audit();
}

/// A host is away for one minute and boots for three seconds; its instances boot after it for 20 s.
#[test]
fn what_was_on_a_host_that_comes_back_soon_boots_there_again() {
    let fault = "min = 2\nmax = 4\n[[fault]]\nhosts = [0]\n\
                 kind = { scheduled = { at = '10min', duration = '1min' } }\n";
    let mut scenario = on_hosts(1, 8, "", fault);
    scenario.hosts[0].boot = crate::scenario::Law::Constant(at(3.0).since(at(0.0)));
    let mut world = world(&scenario);
    world.play(662.9);
    assert_eq!((world.vms_on_hosts(), world.machines_up().len()), (vec![0], 0));
    world.play(663.0);
    assert_eq!((world.vms_on_hosts(), world.machines_up().len()), (vec![2], 0));
    world.play(682.9);
    assert_eq!(world.machines_up().len(), 0);
    world.play(683.0);
    assert_eq!(world.machines_up().len(), 2);
    world.play(1000.0);
    assert_eq!(world.stand(), "a0:InService a1:InService");
    assert_eq!(world.hosts.len(), 3);
    world.audit();
}

/// Nothing can be launched while the only host is away, and what is being launched when it fails
/// comes up after it.
#[test]
fn what_is_launched_when_its_host_fails_comes_up_after_it() {
    let fault = "min = 1\nmax = 4\nstatus_check = '1h'\n[[fault]]\nhosts = [0]\n\
                 kind = { scheduled = { at = '3s', duration = '60s' } }\n";
    let scenario = on_hosts(1, 8, "", fault);
    let mut world = world(&scenario);
    world.play(3.0);
    assert_eq!((world.stand(), world.vms_on_hosts()), ("a0:Pending".into(), vec![0]));
    world.resize(2);
    world.play(100.0);
    assert_eq!(world.recorder.warnings.len(), 1);
    assert_eq!((world.stand().as_str(), world.machines_up().len()), ("a0:InService", 0));
    // back at 243 s, when the first boots for 20 s; the second has been tried at 3, 63, …, 243 s
    world.play(262.9);
    assert_eq!(world.machines_up().len(), 0);
    world.play(263.0);
    assert_eq!(world.machines_up().len(), 1);
    world.play(400.0);
    assert_eq!((world.machines_up().len(), world.in_service()), (2, 2));
    world.audit();
}

/// Four cores that eight vCPUs were promised of.
#[test]
fn instances_of_an_overcommitted_host_have_equal_parts_of_what_is_short() {
    let scenario = on_hosts(1, 4, "overcommit = { cpu = 2.0 }", "min = 2\nmax = 2\n");
    let mut world = world(&scenario);
    world.play(100.0);
    assert_eq!(world.vms_on_hosts(), [2]);
    let first = world.burn(0, None, 4.0);
    assert_eq!(world.speeds(100.0), [4.0, 0.0]);
    world.play(200.0);
    let second = world.burn(1, None, 4.0);
    assert_eq!(world.speeds(200.0), [2.0, 2.0]);
    // who wants less than its half has that, and the other the rest
    world.play(250.0);
    world.burn(1, Some(second), 1.0);
    assert_eq!(world.speeds(250.0), [3.0, 1.0]);
    world.play(300.0);
    world.burn(0, Some(first), 0.5);
    assert_eq!(world.speeds(300.0), [0.5, 1.0]);
    // of 4 cores: nothing for 100 s, all for 150 s, 1.5 for 50 s; 4 were too much for 50 s
    world.play(350.0);
    let now = world.now();
    world.hosts[0].meter(now);
    let readings = world.hosts[0].readings();
    assert_eq!(
        (readings.used, readings.waiting),
        (4.0 * 200.0 + 1.5 * 50.0, 4.0 * 50.0 + 1.0 * 50.0)
    );
}

/// Two cores of two threads each, the second of which adds a quarter, for two instances that are
/// such: a vCPU waits only where more than four are busy.
#[test]
fn threads_of_a_core_are_slower_where_both_are_busy_whosever_they_are() {
    let mut scenario = on_hosts(1, 2, "overcommit = { cpu = 2.0 }", "min = 2\nmax = 2\n");
    scenario.hosts[0].threads_per_core = 2;
    let mut world = world(&scenario);
    world.play(100.0);
    let first = world.burn(0, None, 4.0);
    assert_eq!(world.speeds(200.0), [2.5, 0.0]);
    let second = world.burn(1, None, 4.0);
    assert_eq!(world.speeds(300.0), [1.25, 1.25]);
    world.burn(0, Some(first), 2.0);
    world.burn(1, Some(second), 2.0);
    assert_eq!(world.speeds(400.0), [1.25, 1.25]);
    world.burn(1, Some(second), 0.0);
    assert_eq!(world.speeds(500.0), [2.0, 0.0]);
    let now = world.now();
    let (utilisation, _) = world.hosts[0].meter(now);
    assert!(utilisation <= 1.0);
    let readings = world.hosts[0].readings();
    assert_eq!(readings.waiting, 4.0 * 100.0);
    // of four threads, each of which does 0.625 then
    assert!((readings.used * 0.625 - (2.5 * 300.0 + 2.0 * 100.0)).abs() < 1e-6);
}

/// One vCPU of an instance whose host has half a core for each.
#[test]
fn work_takes_longer_by_what_others_have_of_the_host() {
    let scenario = on_hosts(1, 4, "overcommit = { cpu = 2.0 }", "min = 2\nmax = 2\n");
    let mut world = world(&scenario);
    world.play(100.0);
    world.burn(0, None, 4.0);
    let other = world.burn(1, None, 4.0);
    let host = world.nodes.all[0].host;
    let cpu = &mut world.hosts[host.index()].cpu;
    let leaf = cpu.add_leaf(at(100.0), ShareTree::<Work>::ROOT, Share::weighted(1.0), 1.0, None);
    let _ = world.speeds(100.0);
    // five vCPUs' worth are wanted of four, which have two cores: the leaf has 0.4 of them
    world.hosts[host.index()].cpu.set_background(at(100.0), leaf, 1.0);
    world.hosts[host.index()].arm(&mut world.calendar);
    world.play(110.0);
    let had = world.hosts[host.index()].cpu.usage(at(110.0), leaf).served;
    assert!((had - 10.0).abs() < 1e-6, "a half of two cores, by weight: {had}");
    world.burn(1, Some(other), 0.0);
    world.play(120.0);
    let had = world.hosts[host.index()].cpu.usage(at(120.0), leaf).served - had;
    assert!((had - 10.0).abs() < 1e-6, "all of its vCPU: {had}");
}

/// Four cores: an m5.large of two vCPUs, and ten t3.micro that are promised 0.2 each.
#[test]
fn burstable_types_share_what_the_others_leave() {
    let group = format!(
        "instance_types = ['t3.micro']\nmin = 10\nmax = 11\n{}min = 1\nmax = 1\n",
        MORE.replace("xlarge", "large")
    );
    let scenario = on_hosts(1, 4, "", &group);
    let mut world = world(&scenario);
    world.play(50.0);
    world.resize(11);
    world.play(100.0);
    assert_eq!((world.in_service(), world.ec2().view(1).in_service), (10, 1));
    assert_eq!(world.recorder.warnings, [REFUSED.replace("m5.xlarge", "t3.micro")]);
    let large = |world: &World<'_>| {
        let mut machines = 0..world.nodes.all.len();
        machines.find(|&it| world.group_of_machine(it) == Some(1)).expect("there is one")
    };
    let large = large(&world);
    let small: Vec<usize> = (0..world.nodes.all.len()).filter(|&it| it != large).collect();
    let leaves: Vec<_> = small.iter().map(|&it| world.burn(it, None, 2.0)).collect();
    let speeds = world.speeds(100.0);
    // alone they have all four cores, of twenty vCPUs
    assert!(small.iter().all(|&it| speeds[it] == 0.4), "{speeds:?}");
    let leaf = world.burn(large, None, 2.0);
    let speeds = world.speeds(101.0);
    assert_eq!(speeds[large], 2.0, "it has what it was promised");
    assert!(small.iter().all(|&it| speeds[it] == 0.2), "{speeds:?}");
    world.burn(large, Some(leaf), 0.0);
    leaves.iter().zip(&small).skip(1).for_each(|(&leaf, &it)| {
        world.burn(it, Some(leaf), 0.1);
    });
    let speeds = world.speeds(102.0);
    assert_eq!(speeds[small[0]], 2.0, "and one that is alone all of its vCPUs");
}

/// One host for one instance. The warm pool has had it and stopped: the other group takes its room.
#[test]
fn what_is_stopped_holds_no_room_and_may_find_none_when_it_starts() {
    let group = format!("min = 0\nmax = 1\nwarm_pool = {{ min_size = 1 }}{MORE}min = 0\nmax = 1\n");
    let scenario = on_hosts(1, 4, "", &group);
    let mut world = world(&scenario);
    world.play(26.0);
    assert_eq!(world.vms_on_hosts(), [1]);
    world.play(100.0);
    assert_eq!((world.stand(), world.vms_on_hosts()), ("a0:Warmed".into(), vec![0]));
    world.group_set_desired(1, 1);
    world.play(200.0);
    assert_eq!((world.ec2().view(1).in_service, world.vms_on_hosts()), (1, vec![1]));
    world.resize(1);
    world.play(290.0);
    assert_eq!(
        (world.in_service(), world.recorder.warnings.as_slice()),
        (0, &[REFUSED.into()][..])
    );
    world.group_set_desired(1, 0);
    world.play(500.0);
    assert_eq!((world.in_service(), world.vms_on_hosts()), (1, vec![1]));
    world.audit();
}

#[test]
fn what_comes_to_an_instance_comes_through_the_card_of_its_host() {
    let scenario = on_hosts(1, 8, "", "min = 2\nmax = 2\n");
    let mut world = world(&scenario);
    world.play(100.0);
    let routes = &world.nodes.lines.routes;
    for machine in 0..2 {
        let host = world.nodes.all[machine].host;
        let [shared, own] = routes[host.index()][..] else { panic!("{routes:?}") };
        assert_eq!([shared], routes[0][..]);
        assert_eq!(world.network.capacity(shared).0, 0.125e9);
        assert_eq!(world.network.capacity(own).0, 1.25e9, "an m5.xlarge bursts to 10 Gbit/s");
    }
}

/// A host of eight cores with an instance that burns half of its four vCPUs: a quarter of the host.
#[test]
fn hosts_are_metered_and_not_the_instances_on_them() {
    let scenario = on_hosts(3, 8, "", "min = 1\nmax = 1\n");
    let mut world = world(&scenario);
    world.play(100.0);
    world.burn(0, None, 2.0);
    world.play(3700.0);
    world.end = at(3700.0);
    let recording = world.into_recording();
    let hosts = &recording.summary.hosts;
    assert_eq!((hosts.count, hosts.used), (3, 1));
    assert!((hosts.cpu_utilisation - 0.25 * 3600.0 / 3700.0).abs() < 0.01);
    assert_eq!(hosts.cpu_ready, Some(0.0));
    assert!((hosts.vcpus - 4.0).abs() < 0.01, "{}", hosts.vcpus);
    assert_eq!(hosts.memory_capacity, (256_u64 << 30) as f64);
    let last = |name: &str| {
        let mut series = recording.series.series.iter();
        *series.find(|it| it.name == name).expect("it is there").values.last().expect("a point")
    };
    assert_eq!((last("vms_running"), last("cpu_utilisation")), (1.0, 0.25));
    assert_eq!(last("instance_cpu_utilisation"), 0.5);
    assert_eq!(recording.summary.vms.running, 1);
}

/// Two hosts of which one is used for an hour, at 1 kW and $1 a kWh.
#[test]
fn hosts_with_a_price_are_paid_for_and_then_instances_are_not() {
    let mut scenario = on_hosts(2, 8, "", "min = 1\nmax = 1\n");
    scenario.hosts[0].power = Power::Linear { idle: Watts(1000.0), max: Watts(1000.0) };
    scenario.prices.electricity = EnergyPrice(1.0);
    let cents = |scenario: &Scenario| {
        let mut world = world(scenario);
        world.play(3606.0);
        world.end = at(3606.0);
        let cost = world.into_recording().summary.cost.by_item;
        [CostItem::Machines, CostItem::Electricity].map(|item| (cost.of(item) * 1e4).round() / 1e2)
    };
    // an m5.xlarge runs for an hour
    assert_eq!(cents(&scenario), [19.2, 0.0]);
    scenario.hosts[0].price = HourlyPrice(2.0);
    // for 3,606 s, and what was last metered at 3,600 s
    assert_eq!(cents(&scenario), [200.33, 100.0]);
}
