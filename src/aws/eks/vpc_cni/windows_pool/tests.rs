//! An m5.large with Windows: nine addresses, or as many prefixes.

use proptest::prelude::*;

use super::keeper::{Keeper, NoAddress, Settings, Source};
use super::*;
use crate::aws::ec2::subnet::Subnet;
use crate::aws::eks::vpc_cni::ipamd::Change;
use crate::engine::{SimDuration, SimTime};

const NONE: Pool = Pool { used: 0, warm: 0, cooling: 0, pending: 0, leaving: 0 };

#[test]
fn three_addresses_are_spare_while_there_is_room() {
    let change = |pool: Pool| pool.change(WindowsTargets::BY_ADDRESS, 9);
    assert_eq!(change(NONE), 3);
    assert_eq!(change(Pool { pending: 3, ..NONE }), 0);
    assert_eq!(change(Pool { used: 2, warm: 1, ..NONE }), 2);
    assert_eq!(change(Pool { used: 7, warm: 1, ..NONE }), 1);
    assert_eq!(change(Pool { used: 6, cooling: 3, ..NONE }), 0);
    assert_eq!(change(Pool { used: 1, warm: 5, ..NONE }), -2);
}

/// The examples of `secondary_ip_mode_config_options.md`: warm, minimum, pods, and addresses in
/// all.
#[test]
fn the_examples_of_the_controller_with_addresses() {
    let examples = [
        (1, 0, 0, 1),
        (1, 0, 5, 6),
        (5, 0, 0, 5),
        (1, 1, 0, 1),
        (1, 1, 1, 2),
        (1, 3, 3, 4),
        (1, 3, 5, 6),
        (5, 10, 0, 10),
        (10, 10, 0, 10),
        (10, 10, 10, 20),
        (15, 10, 10, 25),
    ];
    for (warm, least, used, all) in examples {
        let targets = WindowsTargets::of(false, Some(warm), Some(least), None);
        let spare = Pool { used, ..NONE }.change(targets, 100);
        assert_eq!(i64::from(used) + spare, all, "{warm} {least} {used}");
    }
    assert_eq!(WindowsTargets::of(false, None, None, Some(2)), WindowsTargets::BY_ADDRESS);
    // none spare there cannot be
    let none = WindowsTargets::of(false, Some(0), Some(0), None);
    assert_eq!((none.warm, none.least), (1, 0));
}

/// Those of `prefix_delegation_config_options.md`: prefixes, warm, minimum, pods, and prefixes in
/// all; those that a pod of each has are said in the order of the table.
#[test]
fn the_examples_of_the_controller_with_prefixes() {
    let examples = [
        (None, None, None, 0, 1),
        (None, None, None, 15, 1),
        (None, None, None, 16, 2),
        (Some(1), None, None, 0, 1),
        (Some(3), None, None, 0, 3),
        (Some(1), None, None, 5, 2),
        (Some(1), None, None, 17, 3),
        (None, None, Some(1), 0, 1),
        (None, None, Some(1), 15, 1),
        (None, None, Some(1), 16, 2),
        (None, Some(5), None, 0, 1),
        (None, Some(5), None, 11, 1),
        (None, Some(5), None, 12, 2),
        (None, Some(1), Some(1), 17, 2),
        (None, Some(3), Some(1), 14, 2),
        (None, Some(7), Some(20), 0, 2),
        (None, Some(7), Some(20), 17, 2),
        (None, Some(7), Some(20), 26, 3),
    ];
    for (prefixes, warm, least, used, all) in examples {
        let targets = WindowsTargets::of(true, warm, least, prefixes);
        let mut node = Node::start("10.0.0.0/20", true, 144, targets);
        for pod in 0..used {
            node.add(pod).unwrap();
        }
        assert_eq!(node.taken(), 1 + all * 16, "{prefixes:?} {warm:?} {least:?} {used}");
    }
    assert_eq!(WindowsTargets::of(true, Some(0), Some(0), Some(0)), WindowsTargets::BY_PREFIX);
}

#[test]
fn prefixes_are_kept_for_pods_and_what_is_spare() {
    let change = |pool: Pool, free| pool.change_of_prefixes(WindowsTargets::BY_PREFIX, 144, free);
    assert_eq!(change(NONE, 0), 1);
    assert_eq!(change(Pool { used: 15, warm: 1, ..NONE }, 0), 0);
    assert_eq!(change(Pool { used: 16, ..NONE }, 0), 1);
    assert_eq!(change(Pool { used: 3, warm: 29, ..NONE }, 1), -1);
    assert_eq!(change(Pool { used: 3, warm: 29, ..NONE }, 0), 0);
    assert_eq!(change(Pool { used: 144, ..NONE }, 0), 0);
}

#[test]
fn a_pod_waits_for_cooling_or_new_addresses() {
    let turn = |pool: Pool| pool.turn(9);
    assert_eq!(turn(Pool { used: 2, warm: 1, ..NONE }), Turn::Now);
    assert_eq!(turn(Pool { used: 2, pending: 3, ..NONE }), Turn::Creating);
    assert_eq!(turn(Pool { used: 8, cooling: 1, ..NONE }), Turn::Cooling);
    assert_eq!(turn(Pool { used: 9, ..NONE }), Turn::Full);
}

/// A node in a subnet of its own, times in milliseconds.
#[derive(Clone)]
struct Node {
    keeper: Keeper,
    subnet: Subnet,
    now: SimTime,
    delay: SimDuration,
    changes: Vec<Change>,
}

fn at(milliseconds: u64) -> SimTime {
    SimTime::from_nanos(milliseconds * 1_000_000)
}

impl Node {
    fn start(range: &str, has_prefixes: bool, capacity: u32, targets: WindowsTargets) -> Self {
        let mut subnet = Subnet::new(range).unwrap();
        subnet.take().expect("the node has an address");
        Self::start_in(subnet, Settings { has_prefixes, capacity, targets }, SimDuration::ZERO)
    }

    fn start_in(mut subnet: Subnet, settings: Settings, delay: SimDuration) -> Self {
        let mut changes = Vec::new();
        let mut source = Source { subnet: &mut subnet, delay: &mut |_| delay };
        let keeper = Keeper::start(settings, &mut source, SimTime::ZERO, &mut changes);
        Self { keeper, subnet, now: SimTime::ZERO, delay, changes }
    }

    fn taken(&self) -> u32 {
        self.subnet.usable() - self.subnet.free()
    }

    fn add(&mut self, pod: u32) -> Result<(), NoAddress> {
        let delay = self.delay;
        let mut source = Source { subnet: &mut self.subnet, delay: &mut |_| delay };
        self.keeper.add_pod(pod, &mut source, self.now, &mut self.changes)
    }

    fn remove(&mut self, pod: u32) {
        let delay = self.delay;
        let mut source = Source { subnet: &mut self.subnet, delay: &mut |_| delay };
        self.keeper.remove_pod(pod, &mut source, self.now, &mut self.changes);
    }

    fn wake(&mut self) -> Vec<u32> {
        let delay = self.delay;
        let mut source = Source { subnet: &mut self.subnet, delay: &mut |_| delay };
        self.keeper.wake(&mut source, self.now, &mut self.changes)
    }

    /// All that is due until then, with that instant; which pods got an address when.
    fn run(&mut self, until: SimTime) -> Vec<(SimTime, u32)> {
        let mut served = Vec::new();
        while let Some(due) = self.keeper.due(self.now, &self.subnet).filter(|due| *due <= until) {
            self.now = due;
            let now = self.wake();
            served.extend(now.into_iter().map(|pod| (due, pod)));
        }
        self.now = until;
        served
    }
}

fn by_address(range: &str) -> Node {
    Node::start(range, false, 9, WindowsTargets::BY_ADDRESS)
}

#[test]
fn nine_pods_have_an_address_each_and_three_are_spare_before() {
    let mut node = by_address("10.0.0.0/24");
    assert_eq!(node.taken(), 1 + 3);
    for pod in 0..9 {
        assert_eq!(node.add(pod), Ok(()));
        assert_eq!(node.taken(), 1 + (pod + 4).min(9), "{pod}");
    }
    assert_eq!(node.add(9), Err(NoAddress::Cooling));
    // nothing happens until a pod goes
    assert_eq!(node.keeper.due(node.now, &node.subnet), None);
}

/// The controller looks every 30 s: what cools down from 31 s on it finds at 90 s.
#[test]
fn an_address_cools_down_until_the_second_look() {
    let mut node = by_address("10.0.0.0/24");
    for pod in 0..9 {
        node.add(pod).unwrap();
    }
    node.run(at(31_000));
    node.remove(4);
    // a pod that comes at 35 s is tried again every 20 s
    node.run(at(35_000));
    assert_eq!(node.add(9), Err(NoAddress::Cooling));
    assert_eq!(node.add(9), Err(NoAddress::Cooling));
    assert_eq!(node.run(at(200_000)), [(at(95_000), 9)]);
    assert_eq!(node.taken(), 10);
}

/// A pod tries again every 20 s while addresses cool down. When they have, and others have them,
/// it learns at its next try that none is spare, and tries every 600 ms from then on.
#[test]
fn a_pod_tries_as_often_as_the_last_reason_says() {
    let mut node = by_address("10.0.0.0/28");
    for pod in 0..9 {
        node.add(pod).unwrap();
    }
    node.run(at(5_000));
    assert_eq!(node.add(9), Err(NoAddress::Cooling));
    for pod in 0..5 {
        node.remove(pod);
    }
    // of the five that have cooled down at 60 s two go back to the subnet, where others take them
    assert_eq!(node.run(at(61_000)), []);
    let mut others = Vec::new();
    while let Ok(address) = node.subnet.take() {
        others.push(address);
    }
    assert_eq!(others.len(), 3);
    for pod in 10..13 {
        node.add(pod).unwrap();
    }
    // its tries are at 25, 45, 65, 65.6 s and so on: that at 70.4 s asks for an address
    assert_eq!(node.run(at(70_000)), []);
    others.drain(..2).for_each(|address| node.subnet.give_back(address));
    assert_eq!(node.run(at(200_000)), [(at(71_000), 9)]);
}

#[test]
fn more_than_three_spare_addresses_go_back() {
    let mut node = by_address("10.0.0.0/24");
    for pod in 0..9 {
        node.add(pod).unwrap();
    }
    for pod in 0..9 {
        node.remove(pod);
    }
    // those that cool down are not spare, and there is no room for others
    assert_eq!(node.taken(), 10);
    node.run(at(29_999));
    assert_eq!(node.taken(), 10);
    node.run(at(30_000));
    assert_eq!(node.taken(), 4);
    assert_eq!(node.keeper.due(node.now, &node.subnet), None);
}

/// A /28 has eleven addresses; one is the node's.
#[test]
fn a_subnet_with_too_few_addresses_gives_none_of_them() {
    let mut subnet = Subnet::new("10.0.0.0/28").unwrap();
    for _ in 0..9 {
        subnet.take().unwrap();
    }
    let settings =
        Settings { has_prefixes: false, capacity: 9, targets: WindowsTargets::BY_ADDRESS };
    let mut node = Node::start_in(subnet, settings, SimDuration::ZERO);
    // three were asked for, and two are free
    assert_eq!(node.subnet.free(), 2);
    let [Change::NoAddresses(error)] = &node.changes[..] else { panic!("{:?}", node.changes) };
    insta::assert_snapshot!(
        error,
        @"InsufficientFreeAddressesInSubnet: 3 addresses were asked for at once, and 10.0.0.0/28 \
        has 2"
    );
    assert_eq!(node.add(1), Err(NoAddress::Empty));
    assert_eq!(node.keeper.due(node.now, &node.subnet), None);
    // an address is free from 10.1 s on: the next try, every 600 ms, gets three, that after it one
    node.run(at(10_100));
    node.subnet.give_back(std::net::Ipv4Addr::new(10, 0, 0, 4));
    assert_eq!(node.run(at(60_000)), [(at(10_800), 1)]);
    // with none left for the pool to be three again
    assert_eq!((node.subnet.free(), node.keeper.pool().warm), (0, 2));
}

#[test]
fn a_subnet_without_blocks_is_asked_again_at_each_look_and_for_pods_after_two_minutes() {
    let mut subnet = Subnet::new("10.0.0.0/27").unwrap();
    let settings =
        Settings { has_prefixes: true, capacity: 144, targets: WindowsTargets::BY_PREFIX };
    let own = subnet.take().unwrap();
    let mut node = Node::start_in(subnet, settings, SimDuration::ZERO);
    assert_eq!(node.add(1), Err(NoAddress::NoPrefix));
    insta::assert_snapshot!(
        NoAddress::NoPrefix,
        @"Warm pool for resource vpc.amazonaws.com/PrivateIPv4Address is currently empty because \
         the specified subnet does not have enough free cidr blocks, will retry in 2m0s"
    );
    assert_eq!(node.run(at(40_000)), []);
    // another subnet would have been better: this one never has a block
    node.subnet.give_back(own);
    assert_eq!(node.keeper.due(node.now, &node.subnet), None);
    node.subnet = Subnet::new("10.0.0.0/26").unwrap();
    assert_eq!(node.run(at(59_999)), []);
    assert_eq!(node.keeper.pool().warm, 0);
    assert_eq!(node.run(at(200_000)), [(at(120_000), 1)]);
    assert_eq!(node.taken(), 16);
}

/// EC2 takes 1.5 s: pods that come at once wait for as long, and for the next try.
#[test]
fn what_is_asked_for_takes_its_time_and_counts_meanwhile() {
    let subnet = Subnet::new("10.0.0.0/24").unwrap();
    let settings =
        Settings { has_prefixes: false, capacity: 9, targets: WindowsTargets::BY_ADDRESS };
    let mut node = Node::start_in(subnet, settings, SimDuration::from_millis(1500));
    assert_eq!((node.taken(), node.keeper.pool().pending), (3, 3));
    for pod in 0..4 {
        assert_eq!(node.add(pod), Err(NoAddress::Empty));
    }
    assert_eq!(node.taken(), 3);
    // each that has one has another asked for; the fourth has that of the first
    let served = node.run(at(10_000));
    assert_eq!(served, [(at(1800), 0), (at(1800), 1), (at(1800), 2), (at(3600), 3)]);
    assert_eq!(node.taken(), 7);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Add(u32),
    Remove(u32),
    Wait(u64),
    Take,
    GiveBack,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u32..12).prop_map(Act::Add),
        3 => (0_u32..12).prop_map(Act::Remove),
        3 => (1_u64..70_000).prop_map(Act::Wait),
        1 => Just(Act::Take),
        1 => Just(Act::GiveBack),
    ]
}

proptest! {
    /// What is not due changes nothing: looking every 100 ms comes to the same; and at the end all
    /// is back.
    #[test]
    fn nothing_is_missed_and_nothing_is_lost(
        acts in prop::collection::vec(act(), 1..40),
        has_prefixes in any::<bool>(),
        delay in prop::sample::select(vec![0_u64, 700, 2500]),
    ) {
        let (range, capacity) = if has_prefixes { ("10.0.0.0/26", 32) } else { ("10.0.0.0/28", 9) };
        let targets = WindowsTargets::of(has_prefixes, None, None, None);
        let settings = Settings { has_prefixes, capacity, targets };
        let delay = SimDuration::from_millis(delay);
        let mut node = Node::start_in(Subnet::new(range).unwrap(), settings, delay);
        let mut busy = node.clone();
        let mut others = Vec::new();
        for act in acts {
            match act {
                Act::Add(pod) => prop_assert_eq!(node.add(pod), busy.add(pod)),
                Act::Remove(pod) => {
                    node.remove(pod);
                    busy.remove(pod);
                }
                Act::Take => if let Ok(address) = node.subnet.take() {
                    busy.subnet.take().unwrap();
                    others.push(address);
                },
                Act::GiveBack => if let Some(address) = others.pop() {
                    node.subnet.give_back(address);
                    busy.subnet.give_back(address);
                },
                Act::Wait(time) => {
                    let until = at(node.now.as_nanos() / 100_000_000 * 100 + time / 100 * 100);
                    let served = node.run(until);
                    let mut same = Vec::new();
                    while busy.now < until {
                        busy.now = busy.now.saturating_add(SimDuration::from_millis(100));
                        let now = busy.now;
                        same.extend(busy.wake().into_iter().map(|pod| (now, pod)));
                    }
                    prop_assert_eq!(served, same);
                }
            }
            prop_assert_eq!(node.keeper.pool(), busy.keeper.pool());
            prop_assert_eq!(&node.subnet, &busy.subnet);
        }
        let mut subnet = node.subnet;
        node.keeper.end(&mut subnet);
        others.into_iter().for_each(|address| subnet.give_back(address));
        prop_assert_eq!(subnet.free(), subnet.usable());
    }
}
