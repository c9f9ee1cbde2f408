//! Interfaces, their addresses, and which pod has which
//! (`pkg/ipamd/datastore/data_store.go`, aws/amazon-vpc-cni-k8s 0089259).
//!
//! The plug-in walks over maps in whatever order they have; here interfaces are walked over by
//! their places and addresses as they came. An address that a pod has left cools down before
//! another one has it, and its interface stays as long.

use std::net::Ipv4Addr;

use super::targets::Targets;
use crate::aws::eks::node::pods::PREFIX;
use crate::engine::{SimDuration, SimTime};

/// A pod, by a number of the caller's.
pub type Pod = u32;

/// Time without a pod before an address is had again, by default (`IP_COOLDOWN_PERIOD`).
pub const COOLDOWN: SimDuration = SimDuration::from_secs(30);
/// An interface that is younger is not given back.
pub const LEAST_LIFE: SimDuration = SimDuration::from_secs(60);

/// What an interface is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first one, which the instance was launched with.
    First,
    /// For pods.
    Pods,
    /// For branches; it has no addresses of pods.
    Trunk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    pod: Option<Pod>,
    /// When the last pod left.
    left: Option<SimTime>,
}

impl Address {
    /// When it has cooled down, if it ever had a pod and has none.
    fn cool_from(&self, cooldown: SimDuration) -> Option<SimTime> {
        self.left.filter(|_| self.pod.is_none()).map(|left| left.saturating_add(cooldown))
    }

    fn is_free(&self, cooldown: SimDuration, now: SimTime) -> bool {
        self.pod.is_none() && self.cool_from(cooldown).is_none_or(|from| from <= now)
    }
}

/// An address, or a prefix of 16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The address, or the first of the prefix.
    pub first: Ipv4Addr,
    addresses: Vec<Address>,
}

impl Block {
    fn new(first: Ipv4Addr, is_prefix: bool) -> Self {
        let size = if is_prefix { PREFIX } else { 1 };
        Self { first, addresses: vec![Address { pod: None, left: None }; size as usize] }
    }

    fn assigned(&self) -> u32 {
        self.addresses.iter().filter(|address| address.pod.is_some()).count() as u32
    }

    fn spare(&self) -> u32 {
        self.addresses.len() as u32 - self.assigned()
    }
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eni {
    /// Its place on the instance.
    pub place: usize,
    /// What it is for.
    pub role: Role,
    /// When it was attached.
    pub since: SimTime,
    /// Its primary address; none of the first interface, whose address is the node's.
    pub primary: Option<Ipv4Addr>,
    /// Its other addresses.
    pub blocks: Vec<Block>,
}

impl Eni {
    fn assigned(&self) -> u32 {
        self.blocks.iter().map(Block::assigned).sum()
    }

    fn is_unused(&self) -> bool {
        self.role == Role::Pods && self.assigned() == 0
    }

    /// When it is old enough to be given back and all its addresses have cooled down.
    fn goes_from(&self, cooldown: SimDuration) -> SimTime {
        let addresses = self.blocks.iter().flat_map(|block| &block.addresses);
        let cool = addresses.filter_map(|address| address.cool_from(cooldown)).max();
        let old = self.since.saturating_add(LEAST_LIFE);
        cool.map_or(old, |cool| cool.max(old))
    }
}

/// How many addresses there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// All but the primary ones.
    pub total: u32,
    /// Those that a pod has.
    pub assigned: u32,
    /// Addresses, or prefixes, of which no pod has any.
    pub free_blocks: u32,
}

impl Stats {
    /// Addresses that no pod has, cooling ones among them.
    pub fn spare(&self) -> u32 {
        self.total - self.assigned
    }
}

/// The interfaces of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    enis: Vec<Eni>,
    cooldown: SimDuration,
}

impl Store {
    /// None yet; addresses are to cool down for so long.
    pub fn new(cooldown: SimDuration) -> Self {
        Self { enis: Vec::new(), cooldown }
    }

    /// Adds an interface with these blocks.
    pub fn add(&mut self, mut eni: Eni, firsts: &[Ipv4Addr], is_prefix: bool) {
        eni.blocks.extend(firsts.iter().map(|&first| Block::new(first, is_prefix)));
        let at = self.enis.partition_point(|other| other.place < eni.place);
        self.enis.insert(at, eni);
    }

    /// The interfaces, by their places.
    pub fn enis(&self) -> &[Eni] {
        &self.enis
    }

    /// The first interface that has room for blocks, and for how many.
    pub fn with_room(&self, blocks: u32, is_custom: bool) -> Option<(usize, u32)> {
        self.enis.iter().find_map(|eni| {
            let is_skipped = eni.role == Role::Trunk || (is_custom && eni.role == Role::First);
            let room = blocks.saturating_sub(eni.blocks.len() as u32);
            (!is_skipped && room > 0).then_some((eni.place, room))
        })
    }

    /// Blocks that an interface gets besides.
    ///
    /// # Panics
    /// When there is no interface at that place.
    pub fn extend(&mut self, place: usize, firsts: &[Ipv4Addr], is_prefix: bool) {
        let eni = self.enis.iter_mut().find(|eni| eni.place == place).expect("it is attached");
        eni.blocks.extend(firsts.iter().map(|&first| Block::new(first, is_prefix)));
    }

    /// How many addresses there are.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for block in self.enis.iter().flat_map(|eni| &eni.blocks) {
            let assigned = block.assigned();
            stats.total += block.addresses.len() as u32;
            stats.assigned += assigned;
            stats.free_blocks += u32::from(assigned == 0);
        }
        stats
    }

    /// Gives a pod the first address that is free and has cooled down.
    pub fn assign(&mut self, pod: Pod, now: SimTime) -> Option<Ipv4Addr> {
        let cooldown = self.cooldown;
        let mut blocks = self.enis.iter_mut().flat_map(|eni| &mut eni.blocks);
        blocks.find_map(|block| {
            let mut all = block.addresses.iter_mut().enumerate();
            let (offset, free) = all.find(|(_, one)| one.is_free(cooldown, now))?;
            free.pod = Some(pod);
            Some(Ipv4Addr::from_bits(block.first.to_bits() + offset as u32))
        })
    }

    /// A pod has ended; its address cools down. False when it had none.
    pub fn release(&mut self, pod: Pod, now: SimTime) -> bool {
        let mut all =
            self.enis.iter_mut().flat_map(|eni| &mut eni.blocks).flat_map(|one| &mut one.addresses);
        let Some(address) = all.find(|address| address.pod == Some(pod)) else { return false };
        *address = Address { pod: None, left: Some(now) };
        true
    }

    /// All pods are gone, as when the machine has booted; nothing cools down.
    pub fn release_all(&mut self) {
        let blocks = self.enis.iter_mut().flat_map(|eni| &mut eni.blocks);
        for address in blocks.flat_map(|block| &mut block.addresses) {
            *address = Address { pod: None, left: None };
        }
    }

    /// Takes as many blocks of which no pod has an address, with the places of their interfaces.
    pub fn take_free(&mut self, most: u32) -> Vec<(usize, Ipv4Addr)> {
        let mut taken = Vec::new();
        for eni in &mut self.enis {
            let place = eni.place;
            eni.blocks.retain(|block| {
                let stays = taken.len() as u32 >= most || block.assigned() > 0;
                if !stays {
                    taken.push((place, block.first));
                }
                stays
            });
        }
        taken
    }

    /// Whether an interface for pods has none.
    pub fn has_unused(&self) -> bool {
        self.enis.iter().any(Eni::is_unused)
    }

    /// Takes the first interface that has no pod, is old enough, has no cooling address, and
    /// without which the targets would still be met.
    pub fn take_unused(&mut self, targets: &Targets, is_prefix: bool, now: SimTime) -> Option<Eni> {
        let at = self.enis.iter().position(|eni| {
            self.may_go(eni, targets, is_prefix) && eni.goes_from(self.cooldown) <= now
        })?;
        Some(self.enis.remove(at))
    }

    /// When there is such an interface, if pods neither come nor go.
    pub fn unused_from(&self, targets: &Targets, is_prefix: bool) -> Option<SimTime> {
        let may_go = self.enis.iter().filter(|eni| self.may_go(eni, targets, is_prefix));
        may_go.map(|eni| eni.goes_from(self.cooldown)).min()
    }

    fn may_go(&self, eni: &Eni, targets: &Targets, is_prefix: bool) -> bool {
        eni.is_unused() && self.is_spared(eni.place, targets, is_prefix)
    }

    /// Whether the targets are met by the other interfaces alone.
    fn is_spared(&self, place: usize, targets: &Targets, is_prefix: bool) -> bool {
        let others = || self.enis.iter().filter(|eni| eni.place != place);
        let blocks = || others().flat_map(|eni| &eni.blocks);
        let whole = |target: u32| if is_prefix { target.next_multiple_of(PREFIX) } else { target };
        let spare: u32 = blocks().map(Block::spare).sum();
        let total: u32 = blocks().map(|block| block.addresses.len() as u32).sum();
        let free = blocks().filter(|block| block.assigned() == 0).count() as u32;
        spare >= whole(targets.addresses)
            && total >= whole(targets.least)
            && (!is_prefix || free >= targets.prefixes)
    }
}
