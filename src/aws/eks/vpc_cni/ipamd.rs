//! The daemon of the plug-in on a Linux node: it attaches interfaces and addresses ahead of pods,
//! and gives back what is too much (`pkg/ipamd/ipamd.go`, aws/amazon-vpc-cni-k8s 0089259).
//!
//! It looks every 5 s; [`Ipamd::due`] tells which of these passes may change something, so that
//! nobody need wait for the others. With too few addresses it fills the interfaces that it has,
//! else attaches one with its addresses, for which it waits; with too many it gives some back, not
//! within 30 s of the last time. When the subnet has none it asks again after 120 s, or with the
//! next pass where only interfaces that are attached could have more. One interface at most goes in
//! a pass. While the node is cordoned it attaches nothing and detaches no interface, but gives
//! addresses back (`AWS_MANAGE_ENIS_NON_SCHEDULABLE`, which is false). Where nodes are to have a
//! trunk, its interface is kept free on those whose type has none, too (issue 3094 there).
//!
//! Assumed: EC2 takes back addresses and interfaces at once; the pass itself takes no time, so that
//! what is due after 30 or 120 s is done then; where volumes have the slots that an interface would
//! need, EC2 is asked again when there is one, and not each time until then.

mod passes;

use std::net::Ipv4Addr;

use super::store::{Eni, Pod, Role, Store};
use super::targets::{Shape, Targets};
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ec2::interfaces::{InterfaceError, Interfaces};
use crate::aws::ec2::subnet::{Subnet, SubnetError};
use crate::aws::eks::node::pods::PodNetwork;
use crate::engine::{SimDuration, SimTime};

/// Between two passes.
pub const PASS: SimDuration = SimDuration::from_secs(5);
/// From the start to the first pass after it.
const FIRST_PASS: SimDuration = SimDuration::from_millis(2500);
/// Between two times of giving back.
pub const DECREASE: SimDuration = SimDuration::from_secs(30);
/// After the subnet had no addresses.
pub const BACKOFF: SimDuration = SimDuration::from_secs(120);
/// Until an interface is attached and known, at most.
pub const ATTACH: SimDuration = SimDuration::from_secs(10);

/// How the daemon is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How pods get addresses.
    pub network: PodNetwork,
    /// What is to be spare.
    pub targets: Targets,
    /// Pods that the node takes.
    pub max_pods: u32,
    /// Whether pods may have security groups of their own (`ENABLE_POD_ENI`): a trunk is attached
    /// where the type has one.
    pub has_branches: bool,
    /// Interfaces at most (`MAX_ENI`), where they are to be fewer than the type has.
    pub most_enis: Option<u32>,
    /// Time without a pod before an address is had again (`IP_COOLDOWN_PERIOD`).
    pub cooldown: SimDuration,
}

/// What EC2 is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An interface with its addresses.
    Interface,
    /// Addresses for one that is there.
    Addresses,
}

/// What a pass has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An interface has so many blocks more.
    Assigned(usize, u32),
    /// An interface is being attached, with so many blocks.
    Attaching(usize, u32),
    /// It is there.
    Attached(usize),
    /// So many blocks were given back.
    GivenBack(u32),
    /// An interface was.
    Detached(usize),
    /// The subnet had no addresses.
    NoAddresses(SubnetError),
    /// The instance had no interface or slot.
    NoInterface(InterfaceError),
}

/// Where a pass gets addresses, and what else is attached.
#[expect(missing_debug_implementations, reason = "it borrows functions")]
pub struct Surroundings<'a> {
    /// The subnet of pods: that of the node, or with custom networking another one.
    pub subnet: &'a mut Subnet,
    /// Counts the volumes that are attached, the root included.
    pub volumes: &'a dyn Fn() -> u32,
    /// How long EC2 takes for what it is asked; [`ATTACH`] at most for an interface.
    pub delay: &'a mut dyn FnMut(Asked) -> SimDuration,
}

/// What EC2 has been asked for and is not there yet.
#[derive(Clone, Debug)]
enum Coming {
    /// An interface with its blocks.
    Interface(Eni, Vec<Ipv4Addr>),
    /// Blocks of the interface at this place.
    Blocks(usize, Vec<Ipv4Addr>),
}

/// The daemon of a node.
#[derive(Clone, Debug)]
pub struct Ipamd {
    settings: Settings,
    shape: Shape,
    most_enis: u32,
    interfaces: Interfaces,
    store: Store,
    coming: Option<Coming>,
    /// There is no slot for another interface.
    is_blocked: bool,
    /// The node takes no more pods.
    is_cordoned: bool,
    next: SimTime,
    decreased: Option<SimTime>,
    refused: Option<SimTime>,
}

impl Ipamd {
    /// Starts it on a node that has just joined; the address of the node is already taken.
    pub fn start(
        one: &'static InstanceType,
        settings: Settings,
        around: &mut Surroundings,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Self {
        let shape = Shape {
            has_prefixes: settings.network.prefixes(one),
            of_interface: settings.network.of_interface(one),
            max_pods: settings.max_pods,
        };
        let of_type = one.network.first_card_enis;
        let mut ipamd = Self {
            settings,
            shape,
            most_enis: settings.most_enis.map_or(of_type, |most| most.min(of_type)),
            interfaces: Interfaces::new(one),
            store: Store::new(settings.cooldown),
            coming: None,
            is_blocked: false,
            is_cordoned: false,
            next: now.saturating_add(FIRST_PASS),
            decreased: None,
            refused: None,
        };
        let first = ipamd.eni(0, Role::First, None, now);
        ipamd.store.add(first, &[], shape.has_prefixes);
        if settings.has_branches && one.network.branch_enis.is_some_and(|branches| branches > 0) {
            ipamd.attach_trunk(around, now, out);
        }
        if settings.has_branches && !ipamd.has_trunk() {
            ipamd.most_enis = ipamd.most_enis.saturating_sub(1);
        }
        if settings.targets.is_low(&ipamd.store.stats(), &shape) {
            ipamd.increase(around, now, out);
        }
        ipamd
    }

    /// Interfaces of the instance: slots that volumes have not.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What the node has; an interface that is being attached is not there yet.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether there is a trunk for branches.
    pub fn has_trunk(&self) -> bool {
        self.store.enis().iter().any(|eni| eni.role == Role::Trunk)
    }

    /// An address for a pod; none where no address is free and cool: the kubelet tries again.
    pub fn add_pod(&mut self, pod: Pod, now: SimTime) -> Option<Ipv4Addr> {
        self.store.assign(pod, now)
    }

    /// A pod has ended.
    pub fn remove_pod(&mut self, pod: Pod, now: SimTime) -> bool {
        self.store.release(pod, now)
    }

    /// A pass, at a time that [`Ipamd::due`] told.
    pub fn wake(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        self.next = now.saturating_add(PASS);
        if let Some(coming) = self.coming.take() {
            return self.arrive(coming, now, out);
        }
        let (targets, stats) = (self.settings.targets, self.store.stats());
        let is_due = self.decreased.is_none_or(|last| now >= last.saturating_add(DECREASE));
        if targets.is_low(&stats, &self.shape) {
            self.increase(around, now, out);
        } else if is_due && targets.surplus(&stats, &self.shape) > 0 {
            self.decreased = Some(now);
            self.decrease(around, targets.surplus(&stats, &self.shape), out);
        }
        if targets.may_free_interface(&stats, &self.shape, self.store.has_unused()) {
            self.free_interface(around, now, out);
        }
    }

    /// The instance is no more: all addresses go back to the subnet but that of the node.
    pub fn end(self, subnet: &mut Subnet) {
        let has_prefixes = self.shape.has_prefixes;
        for eni in self.store.enis() {
            let firsts = eni.blocks.iter().map(|block| block.first);
            give_back(subnet, eni.primary, firsts, has_prefixes);
        }
        let (primary, firsts) = match self.coming {
            Some(Coming::Interface(eni, firsts)) => (eni.primary, firsts),
            Some(Coming::Blocks(_, firsts)) => (None, firsts),
            None => return,
        };
        give_back(subnet, primary, firsts.into_iter(), has_prefixes);
    }

    fn eni(&self, place: usize, role: Role, primary: Option<Ipv4Addr>, since: SimTime) -> Eni {
        Eni { place, role, since, primary, blocks: Vec::new() }
    }

    /// Without room for it pods with security groups wait; nothing makes room.
    fn attach_trunk(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        if self.interfaces.count() >= self.most_enis {
            return;
        }
        match (around.subnet.take(), self.interfaces.attach((around.volumes)())) {
            (Ok(primary), Ok(place)) => {
                let trunk = self.eni(place, Role::Trunk, Some(primary), now);
                self.store.add(trunk, &[], false);
                out.push(Change::Attached(place));
            }
            (Err(error), attached) => {
                attached.into_iter().for_each(|place| self.interfaces.detach(place));
                out.push(Change::NoAddresses(error));
            }
            (Ok(primary), Err(error)) => {
                around.subnet.give_back(primary);
                out.push(Change::NoInterface(error));
            }
        }
    }

    fn increase(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        let is_refused = self.refused.is_some_and(|last| now < last.saturating_add(BACKOFF));
        if self.is_cordoned || is_refused {
            return;
        }
        let wanted = self.settings.targets.wanted(&self.store.stats(), &self.shape);
        let blocks = self.shape.blocks();
        let done = match self.store.with_room(blocks, self.settings.network.is_custom) {
            Some((place, room)) => self.fill(place, room.min(wanted), around, now, out),
            None if !self.may_attach() => Ok(()),
            None => self.attach(wanted.min(blocks), around, now, out),
        };
        if let Err(error) = done {
            // it is for want of another interface that it waits
            self.refused = (self.interfaces.count() < self.most_enis).then_some(now);
            out.push(Change::NoAddresses(error));
        }
    }

    /// All that is wanted, or where there is not as much, one.
    fn fill(
        &mut self,
        place: usize,
        count: u32,
        around: &mut Surroundings,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Result<(), SubnetError> {
        let (subnet, has_prefixes) = (&mut *around.subnet, self.shape.has_prefixes);
        let firsts =
            take(subnet, count, has_prefixes).or_else(|_| take(subnet, 1, has_prefixes))?;
        let assigned = self.interfaces.assign(place, firsts.len() as u32);
        assigned.expect("an interface with room has addresses");
        let blocks = Coming::Blocks(place, firsts);
        let delay = (around.delay)(Asked::Addresses);
        if delay.is_zero() {
            self.arrive(blocks, now, out);
        } else {
            self.await_for(blocks, now.saturating_add(delay));
        }
        Ok(())
    }

    fn await_for(&mut self, coming: Coming, until: SimTime) {
        (self.coming, self.next) = (Some(coming), until);
    }

    /// What was asked for is there.
    fn arrive(&mut self, coming: Coming, now: SimTime, out: &mut Vec<Change>) {
        let has_prefixes = self.shape.has_prefixes;
        match coming {
            Coming::Interface(eni, firsts) => {
                out.push(Change::Attached(eni.place));
                self.store.add(Eni { since: now, ..eni }, &firsts, has_prefixes);
            }
            Coming::Blocks(place, firsts) => {
                out.push(Change::Assigned(place, firsts.len() as u32));
                self.store.extend(place, &firsts, has_prefixes);
            }
        }
    }

    fn attach(
        &mut self,
        count: u32,
        around: &mut Surroundings,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Result<(), SubnetError> {
        let has_prefixes = self.shape.has_prefixes;
        let primary = around.subnet.take()?;
        let firsts = match take(around.subnet, count, has_prefixes) {
            Ok(firsts) => firsts,
            Err(error) => {
                around.subnet.give_back(primary);
                return Err(error);
            }
        };
        match self.interfaces.attach((around.volumes)()) {
            Ok(place) => {
                self.interfaces.assign(place, count).expect("a new interface has addresses");
                let eni = self.eni(place, Role::Pods, Some(primary), now);
                let until = now.saturating_add((around.delay)(Asked::Interface));
                self.await_for(Coming::Interface(eni, firsts), until);
                out.push(Change::Attaching(place, count));
            }
            Err(error) => {
                self.is_blocked = true;
                give_back(around.subnet, Some(primary), firsts.into_iter(), has_prefixes);
                out.push(Change::NoInterface(error));
            }
        }
        Ok(())
    }

    fn decrease(&mut self, around: &mut Surroundings, surplus: u32, out: &mut Vec<Change>) {
        let taken = self.store.take_free(surplus);
        for &(place, first) in &taken {
            self.interfaces.unassign(place, 1);
            give_back(around.subnet, None, [first].into_iter(), self.shape.has_prefixes);
        }
        if !taken.is_empty() {
            out.push(Change::GivenBack(taken.len() as u32));
        }
    }

    fn free_interface(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        if self.is_cordoned {
            return;
        }
        let has_prefixes = self.shape.has_prefixes;
        if let Some(eni) = self.store.take_unused(&self.settings.targets, has_prefixes, now) {
            let firsts = eni.blocks.iter().map(|block| block.first);
            give_back(around.subnet, eni.primary, firsts, has_prefixes);
            self.interfaces.detach(eni.place);
            out.push(Change::Detached(eni.place));
        }
    }
}

/// All of them or none.
pub(super) fn take(
    subnet: &mut Subnet,
    count: u32,
    prefixes: bool,
) -> Result<Vec<Ipv4Addr>, SubnetError> {
    let mut firsts = Vec::new();
    for _ in 0..count {
        match if prefixes { subnet.take_block() } else { subnet.take() } {
            Ok(first) => firsts.push(first),
            Err(error) => {
                give_back(subnet, None, firsts.into_iter(), prefixes);
                return Err(error);
            }
        }
    }
    Ok(firsts)
}

pub(super) fn give_back(
    subnet: &mut Subnet,
    primary: Option<Ipv4Addr>,
    firsts: impl Iterator<Item = Ipv4Addr>,
    prefixes: bool,
) {
    primary.into_iter().for_each(|address| subnet.give_back(address));
    for first in firsts {
        if prefixes { subnet.give_back_block(first) } else { subnet.give_back(first) }
    }
}
