//! The daemon on an m5.large, whose three interfaces have nine addresses for pods each.

use proptest::prelude::*;

use super::ipamd::{ATTACH, Asked, Change, Ipamd, PASS, Settings, Surroundings};
use super::store::COOLDOWN;
use super::targets::Targets;
use crate::aws::ec2::catalogue::{InstanceType, instance_type};
use crate::aws::ec2::subnet::{Subnet, SubnetError};
use crate::aws::eks::node::pods::PodNetwork;
use crate::engine::{SimDuration, SimTime};

const PLAIN: PodNetwork = PodNetwork { has_prefixes: false, is_custom: false };
const ROOT: u32 = 1;

fn m5() -> &'static InstanceType {
    instance_type("m5.large").expect("it is in the catalogue")
}

fn settings(network: PodNetwork, targets: Targets) -> Settings {
    Settings {
        network,
        targets,
        max_pods: 29,
        has_branches: false,
        most_enis: None,
        cooldown: COOLDOWN,
    }
}

/// Targets in addresses.
fn by_address(addresses: u32, least: u32) -> Targets {
    Targets { addresses, least, ..Targets::default() }
}

/// A node in a subnet of its own; times are tenths of a second.
#[derive(Clone)]
struct Node {
    ipamd: Ipamd,
    subnet: Subnet,
    volumes: u32,
    /// How long EC2 takes to give addresses.
    assign: SimDuration,
    now: SimTime,
    /// When the next pass would be, where all are made.
    every: Option<SimTime>,
    changes: Vec<(u64, Change)>,
}

fn delay(assign: SimDuration) -> impl FnMut(Asked) -> SimDuration {
    move |asked| if asked == Asked::Interface { ATTACH } else { assign }
}

impl Node {
    fn start(range: &str, settings: Settings, volumes: u32) -> Self {
        let mut subnet = Subnet::new(range).unwrap();
        subnet.take().expect("the node has an address");
        Self::start_in(subnet, settings, volumes)
    }

    fn start_in(subnet: Subnet, settings: Settings, volumes: u32) -> Self {
        Self::start_slowly(subnet, settings, volumes, SimDuration::ZERO)
    }

    fn start_slowly(subnet: Subnet, settings: Settings, volumes: u32, assign: SimDuration) -> Self {
        Self::start_of(m5(), subnet, settings, volumes, assign)
    }

    fn start_of(
        one: &'static InstanceType,
        mut subnet: Subnet,
        settings: Settings,
        volumes: u32,
        assign: SimDuration,
    ) -> Self {
        let mut out = Vec::new();
        let delay = &mut delay(assign);
        let mut around = Surroundings { subnet: &mut subnet, volumes: &|| volumes, delay };
        let ipamd = Ipamd::start(one, settings, &mut around, SimTime::ZERO, &mut out);
        let changes = out.into_iter().map(|change| (0, change)).collect();
        Self { ipamd, subnet, volumes, assign, now: SimTime::ZERO, every: None, changes }
    }

    /// All passes until then that may change something, that instant included.
    fn run(&mut self, tenths: u64) {
        while let Some(now) = self.next().filter(|next| *next <= at(tenths)) {
            let mut out = Vec::new();
            let (volumes, delay) = (self.volumes, &mut delay(self.assign));
            let subnet = &mut self.subnet;
            let mut around = Surroundings { subnet, volumes: &|| volumes, delay };
            self.ipamd.wake(&mut around, now, &mut out);
            let tenths = now.as_nanos() / 100_000_000;
            self.changes.extend(out.into_iter().map(|change| (tenths, change)));
            self.now = now;
            self.every = self.every.map(|_| self.pass_after(now));
        }
        self.now = at(tenths);
    }

    fn next(&self) -> Option<SimTime> {
        self.every.or_else(|| self.ipamd.due(self.now))
    }

    /// The pass after this one, whether it changes anything or not.
    fn pass_after(&self, now: SimTime) -> SimTime {
        let comes = self.ipamd.awaits();
        comes.unwrap_or_else(|| now.saturating_add(PASS))
    }

    /// The same, with all passes made.
    fn with_all_passes(self) -> Self {
        let first = self.ipamd.awaits().unwrap_or(at(25));
        Self { every: Some(first), ..self }
    }

    fn add(&mut self, pods: std::ops::Range<u32>, tenths: u64) -> usize {
        self.run(tenths);
        pods.filter(|&pod| self.ipamd.add_pod(pod, at(tenths)).is_some()).count()
    }

    fn remove(&mut self, pods: std::ops::Range<u32>, tenths: u64) {
        self.run(tenths);
        for pod in pods {
            assert!(self.ipamd.remove_pod(pod, at(tenths)), "pod {pod} had no address");
        }
    }

    /// What has changed since the last time.
    fn changes(&mut self, tenths: u64) -> Vec<(u64, Change)> {
        self.run(tenths);
        std::mem::take(&mut self.changes)
    }
}

const fn at(tenths: u64) -> SimTime {
    SimTime::from_nanos(tenths * 100_000_000)
}

#[test]
fn a_spare_interface_is_attached_when_the_first_pod_has_come() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT);
    // nine addresses of the first interface are as many as a spare one has
    assert_eq!(node.changes(29), [(0, Change::Assigned(0, 9))]);
    assert_eq!(node.subnet.free(), 250 - 9);
    assert_eq!(node.add(0..1, 30), 1);
    let attached = [(75, Change::Attaching(1, 9)), (175, Change::Attached(1))];
    assert_eq!(node.changes(200), attached);
    // all that is attached is taken from the subnet: ten addresses for one pod more
    assert_eq!(node.subnet.free(), 250 - 9 - 10);
    assert_eq!(node.add(1..10, 200), 9);
    let attached = [(225, Change::Attaching(2, 9)), (325, Change::Attached(2))];
    assert_eq!(node.changes(400), attached);
    // 27 addresses are all that there are, though the node takes 29 pods
    assert_eq!(node.add(10..29, 400), 17);
    assert_eq!(node.changes(900), []);
}

#[test]
fn interfaces_without_pods_go_one_a_pass_when_addresses_have_cooled() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT);
    for (pods, time) in [(0..9, 10), (9..18, 200), (18..27, 400)] {
        assert_eq!(node.add(pods, time), 9);
    }
    node.remove(0..27, 1000);
    // an address that a pod has left is no other pod's for 30 s
    assert_eq!((node.add(27..28, 1299), node.ipamd.store().stats().spare()), (0, 27));
    node.changes(1299);
    assert_eq!(node.changes(2000), [(1325, Change::Detached(1)), (1375, Change::Detached(2))]);
    assert_eq!((node.subnet.free(), node.ipamd.interfaces().count()), (250 - 9, 1));
}

#[test]
fn a_young_interface_stays_a_minute() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT);
    node.add(0..9, 10);
    node.add(9..10, 200);
    // asked for at 2.5 s and 22.5 s, there ten seconds later
    node.remove(0..10, 330);
    node.changes(400);
    assert_eq!(node.changes(1500), [(725, Change::Detached(1)), (925, Change::Detached(2))]);
}

#[test]
fn interfaces_take_slots_that_volumes_were_promised() {
    let slots = m5().attach;
    let promised = slots.csi_allocatable(1, ROOT);
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT);
    node.add(0..9, 10);
    node.add(9..18, 200);
    node.run(400);
    let interfaces = node.ipamd.interfaces().count();
    assert_eq!((promised, interfaces, slots.volumes_with(interfaces) - ROOT), (26, 3, 24));
}

#[test]
fn volumes_leave_no_slot_for_an_interface() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT + 26);
    node.add(0..1, 30);
    let changes = node.changes(130);
    let refused = |(_, change): &(u64, Change)| matches!(change, Change::NoInterface(_));
    // what was taken from the subnet for it is given back
    assert_eq!(changes.iter().filter(|change| refused(change)).count(), 1);
    assert_eq!((node.subnet.free(), node.ipamd.due(at(130))), (250 - 9, None));
    // a volume leaves, and the next pass has an interface attached
    node.volumes -= 1;
    node.ipamd.slot_is_free();
    assert_eq!(node.changes(130 + 100), [(175, Change::Attaching(1, 9))]);
}

/// A /28 has eleven addresses: one is the node's, nine are the first interface's.
#[test]
fn a_subnet_without_addresses_is_asked_again_after_two_minutes() {
    let mut node = Node::start("10.0.0.0/28", settings(PLAIN, Targets::default()), ROOT);
    node.add(0..1, 30);
    let none = |tenths| {
        let subnet = "10.0.0.0/28".to_owned();
        let error = SubnetError::InsufficientFreeAddressesInSubnet { subnet, usable: 11 };
        (tenths, Change::NoAddresses(error))
    };
    assert_eq!(node.changes(2400), [(0, Change::Assigned(0, 9)), none(75), none(1275)]);
    assert_eq!(node.subnet.free(), 1);
}

#[test]
fn a_subnet_with_few_addresses_gives_one_at_a_time() {
    let mut subnet = Subnet::new("10.0.0.0/28").unwrap();
    for _ in 0..8 {
        subnet.take().unwrap();
    }
    let mut node = Node::start_in(subnet, settings(PLAIN, Targets::default()), ROOT);
    let one = |tenths| (tenths, Change::Assigned(0, 1));
    let changes = node.changes(125);
    assert_eq!(changes[..3], [one(0), one(25), one(75)]);
    assert!(matches!(changes[3..], [(125, Change::NoAddresses(_))]), "{changes:?}");
}

#[test]
fn targets_in_addresses_ask_for_what_is_short_only() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, by_address(2, 5)), ROOT);
    assert_eq!(node.changes(0), [(0, Change::Assigned(0, 5))]);
    assert_eq!(node.add(0..4, 10), 4);
    assert_eq!(node.changes(100), [(25, Change::Assigned(0, 1))]);
    // six, of which two are to be spare and five to stay
    node.remove(0..4, 100);
    assert_eq!(node.changes(1000), [(125, Change::GivenBack(1))]);
    assert_eq!(node.subnet.free(), 250 - 5);
}

#[test]
fn addresses_are_given_back_not_within_thirty_seconds() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, by_address(2, 0)), ROOT);
    node.add(0..2, 0);
    node.add(2..4, 30);
    node.remove(0..2, 80);
    node.remove(2..3, 130);
    let assigned = [0, 25, 75].map(|tenths| (tenths, Change::Assigned(0, 2)));
    let back = [(125, Change::GivenBack(2)), (425, Change::GivenBack(1))];
    assert_eq!(node.changes(1000), [assigned.to_vec(), back.to_vec()].concat());
}

#[test]
fn prefixes_come_and_go_one_ahead_of_pods() {
    let network = PodNetwork { has_prefixes: true, is_custom: false };
    let wide = Settings { max_pods: 110, ..settings(network, Targets::default()) };
    let mut node = Node::start("10.0.0.0/24", wide, ROOT);
    assert_eq!(node.add(0..1, 0), 1);
    assert_eq!(node.add(1..17, 30), 16);
    let assigned = [0, 25, 75].map(|tenths| (tenths, Change::Assigned(0, 1)));
    assert_eq!(node.changes(100), assigned);
    assert_eq!(node.subnet.free(), 250 - 48);
    node.remove(0..17, 100);
    assert_eq!(node.changes(600), [(125, Change::GivenBack(2))]);
    assert_eq!(node.ipamd.store().stats().total, 16);
}

#[test]
fn prefixes_need_whole_blocks_of_the_subnet() {
    let network = PodNetwork { has_prefixes: true, is_custom: false };
    let wide = Settings { max_pods: 110, ..settings(network, Targets::default()) };
    let mut node = Node::start("10.0.0.0/28", wide, ROOT);
    let error = SubnetError::InsufficientCidrBlocks { subnet: "10.0.0.0/28".to_owned(), free: 10 };
    assert_eq!(node.changes(100), [(0, Change::NoAddresses(error))]);
    assert_eq!(node.add(0..1, 100), 0);
}

#[test]
fn with_custom_networking_pods_wait_for_the_second_interface() {
    let network = PodNetwork { has_prefixes: false, is_custom: true };
    let subnet = Subnet::new("10.1.0.0/24").unwrap();
    let mut node = Node::start_in(subnet, settings(network, Targets::default()), ROOT);
    assert_eq!(node.add(0..1, 99), 0);
    assert_eq!(node.add(0..1, 100), 1);
    let attached = [
        (0, Change::Attaching(1, 9)),
        (100, Change::Attached(1)),
        (150, Change::Attaching(2, 9)),
        (250, Change::Attached(2)),
    ];
    assert_eq!(node.changes(900), attached);
    assert_eq!(node.subnet.free(), 251 - 20);
}

#[test]
fn a_trunk_takes_an_interface_of_pods() {
    let branches = Settings { has_branches: true, ..settings(PLAIN, Targets::default()) };
    let mut node = Node::start("10.0.0.0/24", branches, ROOT);
    assert_eq!(node.changes(0), [(0, Change::Attached(1)), (0, Change::Assigned(0, 9))]);
    node.add(0..9, 10);
    assert_eq!(node.add(9..29, 200), 9);
    assert_eq!(node.changes(900).len(), 2);
    assert_eq!((node.ipamd.interfaces().count(), node.ipamd.store().stats().total), (3, 18));
}

/// t3.large: three interfaces of eleven addresses for pods, and no branches.
#[test]
fn a_type_without_branches_keeps_the_interface_of_a_trunk_free() {
    let branches = Settings { has_branches: true, ..settings(PLAIN, Targets::default()) };
    let t3 = instance_type("t3.large").expect("it is in the catalogue");
    let subnet = Subnet::new("10.0.0.0/24").unwrap();
    let mut node = Node::start_of(t3, subnet, branches, ROOT, SimDuration::ZERO);
    node.add(0..11, 10);
    assert_eq!(node.add(11..29, 200), 11);
    let grown =
        [(0, Change::Assigned(0, 11)), (25, Change::Attaching(1, 11)), (125, Change::Attached(1))];
    assert_eq!(node.changes(900), grown);
    assert!(node.ipamd.is_grown() && !node.ipamd.has_trunk());
}

#[test]
fn a_cordoned_node_attaches_and_detaches_nothing() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, Targets::default()), ROOT);
    node.add(0..1, 10);
    node.ipamd.cordon(true);
    assert_eq!(node.changes(300), [(0, Change::Assigned(0, 9))]);
    node.ipamd.cordon(false);
    let attached = [(325, Change::Attaching(1, 9)), (425, Change::Attached(1))];
    assert_eq!(node.changes(900), attached);
    // without pods both interfaces are spare, of which one is enough
    node.add(1..2, 900);
    node.remove(0..2, 1000);
    node.ipamd.cordon(true);
    assert_eq!(node.changes(3000), []);
    node.ipamd.cordon(false);
    assert_eq!(node.changes(4000), [(3025, Change::Detached(1))]);
}

#[test]
fn addresses_are_given_back_though_the_node_is_cordoned() {
    let mut node = Node::start("10.0.0.0/24", settings(PLAIN, by_address(2, 0)), ROOT);
    node.add(0..2, 0);
    node.add(2..3, 30);
    node.remove(0..3, 80);
    node.ipamd.cordon(true);
    let assigned = [(0, 2), (25, 2), (75, 1)].map(|(at, more)| (at, Change::Assigned(0, more)));
    assert_eq!(node.changes(1000), [&assigned[..], &[(125, Change::GivenBack(3))]].concat());
}

/// Two addresses are left, which come one at a time, as nine are not to be had.
#[test]
fn a_node_with_all_its_interfaces_asks_an_exhausted_subnet_with_every_pass() {
    let full = || {
        let mut subnet = Subnet::new("10.0.0.0/28").unwrap();
        let taken: Vec<_> = (0..9).map(|_| subnet.take().unwrap()).collect();
        (subnet, taken[8])
    };
    let came = |node: &Node| {
        let came = node.changes.iter().filter(|(_, change)| *change == Change::Assigned(0, 1));
        came.map(|(tenths, _)| *tenths).collect::<Vec<_>>()
    };
    for (most_enis, next) in [(Some(1), 225), (None, 1275)] {
        let (subnet, taken) = full();
        let settings = Settings { most_enis, ..settings(PLAIN, Targets::default()) };
        let mut node = Node::start_in(subnet, settings, ROOT);
        node.run(200);
        assert_eq!(came(&node), [0, 25]);
        node.subnet.give_back(taken);
        node.run(2000);
        assert_eq!(came(&node), [0, 25, next]);
    }
}

proptest! {
    /// No address is two pods', the subnet loses what the node holds, and gets back all of it.
    #[test]
    fn what_the_node_holds_is_what_the_subnet_lacks(
        steps in prop::collection::vec((0..40_u32, 1..100_u64), 1..120),
        (has_prefixes, is_custom, has_branches) in any::<(bool, bool, bool)>(),
        (addresses, least) in (0..6_u32, 0..12_u32),
        (taken, assign) in (1..122_u32, prop_oneof![Just(0), 1..7000_u64]),
    ) {
        let network = PodNetwork { has_prefixes, is_custom };
        let settings =
            Settings { has_branches, ..settings(network, by_address(addresses, least)) };
        let mut range = Subnet::new("10.0.0.0/25").unwrap();
        for _ in 0..taken {
            range.take().unwrap();
        }
        let assign = SimDuration::from_millis(assign);
        let mut node = Node::start_slowly(range, settings, ROOT, assign);
        let mut eager = node.clone().with_all_passes();
        let (mut time, mut pods) = (0, std::collections::BTreeMap::new());
        for (pod, wait) in steps {
            time += wait;
            node.run(time);
            eager.run(time);
            if pods.remove(&pod).is_some() {
                prop_assert!(node.ipamd.remove_pod(pod, at(time)));
                prop_assert!(eager.ipamd.remove_pod(pod, at(time)));
            } else {
                let address = node.ipamd.add_pod(pod, at(time));
                prop_assert_eq!(address, eager.ipamd.add_pod(pod, at(time)));
                prop_assert!(pods.values().all(|other| Some(*other) != address));
                pods.extend(address.map(|address| (pod, address)));
            }
            // passes that nobody waits for would have changed nothing
            prop_assert_eq!(&node.changes, &eager.changes);
            let stats = node.ipamd.store().stats();
            prop_assert_eq!(stats.assigned, pods.len() as u32);
            prop_assert!(node.ipamd.interfaces().count() <= 3);
            let held: u32 = node.ipamd.store().enis().iter().map(|eni| {
                u32::from(eni.primary.is_some())
            }).sum::<u32>() + stats.total;
            prop_assert!(123 - taken - node.subnet.free() >= held);
        }
        let mut subnet = node.subnet;
        node.ipamd.end(&mut subnet);
        prop_assert_eq!(subnet.free(), 123 - taken);
    }
}
