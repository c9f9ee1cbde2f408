//! The daemon of the plug-in on a Linux node: it attaches interfaces and addresses ahead of pods,
//! and gives back what is too much (`pkg/ipamd/ipamd.go`, aws/amazon-vpc-cni-k8s 0089259).
//!
//! It looks every 5 s. With too few addresses it fills the interfaces that it has, else attaches
//! one with its addresses, for which it waits; with too many it gives some back, not within 30 s of
//! the last time. When the subnet has none it asks again after 120 s. One interface at most goes in
//! a pass. Assumed: EC2 takes back addresses and interfaces at once; the pass itself takes no time,
//! so that what is due after 30 or 120 s is done then.

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
    /// Until an interface is attached.
    pub attach: SimDuration,
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
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// The subnet of pods: that of the node, or with custom networking another one.
    pub subnet: &'a mut Subnet,
    /// Volumes that are attached, the root included.
    pub volumes: u32,
}

/// The daemon of a node.
#[derive(Clone, Debug)]
pub struct Ipamd {
    settings: Settings,
    shape: Shape,
    most_enis: u32,
    interfaces: Interfaces,
    store: Store,
    attaching: Option<(Eni, Vec<Ipv4Addr>)>,
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
        let mut ipamd = Self {
            settings,
            shape,
            most_enis: one.network.first_card_enis,
            interfaces: Interfaces::new(one),
            store: Store::default(),
            attaching: None,
            next: now.saturating_add(FIRST_PASS),
            decreased: None,
            refused: None,
        };
        let first = ipamd.eni(0, Role::First, None, now);
        ipamd.store.add(first, &[], shape.has_prefixes);
        if settings.has_branches && one.network.branch_enis.is_some_and(|branches| branches > 0) {
            ipamd.attach_trunk(around, now, out);
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

    /// When the next pass is due: [`Ipamd::wake`].
    pub fn next(&self) -> SimTime {
        self.next
    }

    /// An address for a pod; none where no address is free and cool: the kubelet tries again.
    pub fn add_pod(&mut self, pod: Pod, now: SimTime) -> Option<Ipv4Addr> {
        self.store.assign(pod, now)
    }

    /// A pod has ended.
    pub fn remove_pod(&mut self, pod: Pod, now: SimTime) -> bool {
        self.store.release(pod, now)
    }

    /// The time has come that [`Ipamd::next`] told.
    pub fn wake(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        self.next = now.saturating_add(PASS);
        if let Some((eni, firsts)) = self.attaching.take() {
            out.push(Change::Attached(eni.place));
            self.store.add(Eni { since: now, ..eni }, &firsts, self.shape.has_prefixes);
            return;
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
        if let Some((eni, firsts)) = self.attaching {
            give_back(subnet, eni.primary, firsts.into_iter(), has_prefixes);
        }
    }

    fn eni(&self, place: usize, role: Role, primary: Option<Ipv4Addr>, since: SimTime) -> Eni {
        Eni { place, role, since, primary, blocks: Vec::new() }
    }

    /// Without room for it pods with security groups wait; nothing makes room.
    fn attach_trunk(&mut self, around: &mut Surroundings, now: SimTime, out: &mut Vec<Change>) {
        if self.interfaces.count() >= self.most_enis {
            return;
        }
        match (around.subnet.take(), self.interfaces.attach(around.volumes)) {
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
        if self.refused.is_some_and(|last| now < last.saturating_add(BACKOFF)) {
            return;
        }
        let wanted = self.settings.targets.wanted(&self.store.stats(), &self.shape);
        let blocks = self.shape.blocks();
        let done = match self.store.with_room(blocks, self.settings.network.is_custom) {
            Some((place, room)) => self.fill(place, room.min(wanted), around.subnet, out),
            None if self.interfaces.count() >= self.most_enis => Ok(()),
            None => self.attach(wanted.min(blocks), around, now, out),
        };
        if let Err(error) = done {
            self.refused = Some(now);
            out.push(Change::NoAddresses(error));
        }
    }

    /// All that is wanted, or where there is not as much, one.
    fn fill(
        &mut self,
        place: usize,
        count: u32,
        subnet: &mut Subnet,
        out: &mut Vec<Change>,
    ) -> Result<(), SubnetError> {
        let has_prefixes = self.shape.has_prefixes;
        let firsts =
            take(subnet, count, has_prefixes).or_else(|_| take(subnet, 1, has_prefixes))?;
        let count = firsts.len() as u32;
        self.interfaces.assign(place, count).expect("an interface with room has addresses");
        self.store.extend(place, &firsts, has_prefixes);
        out.push(Change::Assigned(place, count));
        Ok(())
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
        match self.interfaces.attach(around.volumes) {
            Ok(place) => {
                self.interfaces.assign(place, count).expect("a new interface has addresses");
                self.attaching = Some((self.eni(place, Role::Pods, Some(primary), now), firsts));
                self.next = now.saturating_add(self.settings.attach);
                out.push(Change::Attaching(place, count));
            }
            Err(error) => {
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
fn take(subnet: &mut Subnet, count: u32, prefixes: bool) -> Result<Vec<Ipv4Addr>, SubnetError> {
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

fn give_back(
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
