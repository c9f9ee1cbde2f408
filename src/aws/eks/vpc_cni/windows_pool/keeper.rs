//! What the controller does about one node, as time passes.
//!
//! It acts when a pod is bound to the node or has ended, tries again for pods that got nothing
//! after 600 ms (nothing spare), 20 s (all cool down) or 2 min (no prefix in the subnet), and looks
//! every 30 s at what has cooled down: an address is had again 30 s to 60 s after its pod has
//! ended. Each time it asks EC2 for all that is missing, and EC2 gives all or nothing. What it
//! tries without anything having changed is not done here ([`Keeper::due`]).
//!
//! Assumed: it knows of a node when that is ready; EC2 takes addresses back at once; of several
//! prefixes the one with the fewest spare addresses is used first, as it does, and of those that
//! are alike the first.

use std::net::Ipv4Addr;

use super::super::ipamd::{Asked, Change, give_back, take};
use super::super::store::Pod;
use super::{Pool, RESOURCE, Turn, WindowsTargets};
use crate::aws::ec2::subnet::{Subnet, SubnetError};
use crate::aws::eks::node::pods::PREFIX;
use crate::engine::{SimDuration, SimTime};

/// From the end of a pod until its address can be had again, and between two looks at that.
pub const COOLDOWN: SimDuration = SimDuration::from_secs(30);

/// How the addresses of a node are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether they are those of prefixes.
    pub has_prefixes: bool,
    /// How many the interface can have.
    pub capacity: u32,
    /// What is to be spare.
    pub targets: WindowsTargets,
}

/// Where addresses come from.
#[expect(missing_debug_implementations, reason = "it borrows a function")]
pub struct Source<'a> {
    /// The subnet of the node.
    pub subnet: &'a mut Subnet,
    /// How long EC2 takes.
    pub delay: &'a mut dyn FnMut(Asked) -> SimDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address {
    Warm,
    Used(Pod),
    /// Since then.
    Cooling(SimTime),
}

/// An address, or a prefix.
#[derive(Clone, Debug)]
struct Block {
    first: Ipv4Addr,
    addresses: Vec<Address>,
}

impl Block {
    fn warm(&self) -> usize {
        self.addresses.iter().filter(|one| **one == Address::Warm).count()
    }

    fn is_free(&self) -> bool {
        self.warm() == self.addresses.len()
    }
}

/// Why a pod has no address, as the controller tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// None is spare.
    #[error("Warm pool for resource {RESOURCE} is currently empty, will retry in 600ms")]
    Empty,
    /// All that no pod has cool down.
    #[error("Resource {RESOURCE} are being cooled down, will retry in 20s")]
    Cooling,
    /// None is spare, and the subnet had no prefix.
    #[error(
        "Warm pool for resource {RESOURCE} is currently empty because the specified subnet does \
         not have enough free cidr blocks, will retry in 2m0s"
    )]
    NoPrefix,
}

impl NoAddress {
    /// Until the controller tries again.
    fn wait(self) -> SimDuration {
        match self {
            Self::Empty => SimDuration::from_millis(600),
            Self::Cooling => SimDuration::from_secs(20),
            Self::NoPrefix => SimDuration::from_secs(120),
        }
    }
}

/// A pod that got no address, and when the controller tries again.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    pod: Pod,
    why: NoAddress,
    again: SimTime,
}

impl Waiting {
    fn new(pod: Pod, why: NoAddress, now: SimTime) -> Self {
        Self { pod, why, again: now.saturating_add(why.wait()) }
    }

    /// The first try that is not before this.
    fn from(&self, time: SimTime) -> SimTime {
        next(self.again, self.why.wait(), time)
    }
}

/// The addresses of a node.
#[derive(Clone, Debug)]
pub struct Keeper {
    settings: Settings,
    blocks: Vec<Block>,
    /// What EC2 has been asked for.
    coming: Vec<(SimTime, Vec<Ipv4Addr>)>,
    waiting: Vec<Waiting>,
    /// When the node was known.
    since: SimTime,
    /// The subnet did not have what was asked for last.
    is_refused: bool,
}

impl Keeper {
    /// Of a node that has just joined.
    pub fn start(
        settings: Settings,
        source: &mut Source<'_>,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Self {
        let mut keeper = Self {
            settings,
            blocks: Vec::new(),
            coming: Vec::new(),
            waiting: Vec::new(),
            since: now,
            is_refused: false,
        };
        keeper.reconcile(source, now, out);
        keeper
    }

    /// Where the addresses are.
    pub fn pool(&self) -> Pool {
        let mut pool = Pool::default();
        for one in self.blocks.iter().flat_map(|block| &block.addresses) {
            match one {
                Address::Warm => pool.warm += 1,
                Address::Used(_) => pool.used += 1,
                Address::Cooling(_) => pool.cooling += 1,
            }
        }
        let coming: usize = self.coming.iter().map(|(_, firsts)| firsts.len()).sum();
        pool.pending = coming as u32 * self.block_size();
        pool
    }

    /// How many addresses the node can have.
    pub fn capacity(&self) -> u32 {
        self.settings.capacity
    }

    /// Whether the subnet did not have what was asked for last.
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Whether a pod has an address.
    pub fn has(&self, pod: Pod) -> bool {
        let mut all = self.blocks.iter().flat_map(|block| &block.addresses);
        all.any(|one| *one == Address::Used(pod))
    }

    /// A pod is to have an address. If there is none, the controller tries again.
    ///
    /// # Errors
    /// Why it has none yet.
    pub fn add_pod(
        &mut self,
        pod: Pod,
        source: &mut Source<'_>,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Result<(), NoAddress> {
        if self.has(pod) {
            return Ok(());
        }
        if let Some(waiting) = self.waiting.iter().find(|waiting| waiting.pod == pod) {
            return Err(waiting.why);
        }
        let assigned = self.assign(pod, source, now, out);
        if let Err(why) = assigned {
            self.waiting.push(Waiting::new(pod, why, now));
        }
        assigned
    }

    /// A pod has ended: its address cools down.
    pub fn remove_pod(
        &mut self,
        pod: Pod,
        source: &mut Source<'_>,
        now: SimTime,
        out: &mut Vec<Change>,
    ) {
        self.waiting.retain(|waiting| waiting.pod != pod);
        let mut all = self.blocks.iter_mut().flat_map(|block| &mut block.addresses);
        if let Some(address) = all.find(|one| **one == Address::Used(pod)) {
            *address = Address::Cooling(now);
            self.reconcile(source, now, out);
        }
    }

    /// When something changes next: [`Keeper::wake`]. None while pods neither come nor go and the
    /// subnet has no more free addresses than now.
    pub fn due(&self, now: SimTime, subnet: &Subnet) -> Option<SimTime> {
        let later = now.saturating_add(SimDuration::from_nanos(1));
        let comes = self.coming.iter().map(|(at, _)| *at).min();
        let cools = self.blocks.iter().flat_map(|block| &block.addresses);
        let cools = cools.filter_map(|one| match one {
            Address::Cooling(since) => Some(since.saturating_add(COOLDOWN)),
            _ => None,
        });
        let look = cools.min().map(|cool| self.look_from(cool.max(later)));
        let missing = self.missing();
        let moves = missing < 0 || (missing > 0 && self.has_room(subnet, missing as u32));
        let looks = moves.then(|| self.look_from(later));
        // who learns of another reason tries at other times from then on
        let reason = self.reason();
        let tries = self.waiting.iter().filter(|one| moves || Some(one.why) != reason);
        let tries = tries.map(|waiting| waiting.from(later)).min();
        [comes, look, looks, tries].into_iter().flatten().min()
    }

    /// Does what is due. Gives the pods that have an address now.
    pub fn wake(
        &mut self,
        source: &mut Source<'_>,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Vec<Pod> {
        let coming = std::mem::take(&mut self.coming);
        for (at, firsts) in coming {
            match at <= now {
                true => self.arrive(firsts, out),
                false => self.coming.push((at, firsts)),
            }
        }
        if self.look_from(now) == now {
            self.cool(now);
            self.reconcile(source, now, out);
        }
        let mut served = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let again = waiting.from(now);
            if again > now {
                self.waiting.push(Waiting { again, ..waiting });
                continue;
            }
            match self.assign(waiting.pod, source, now, out) {
                Ok(()) => served.push(waiting.pod),
                Err(why) => self.waiting.push(Waiting::new(waiting.pod, why, now)),
            }
        }
        served
    }

    /// The instance is no more: all addresses go back to the subnet but that of the node.
    pub fn end(self, subnet: &mut Subnet) {
        let had = self.blocks.iter().map(|block| block.first);
        let coming = self.coming.into_iter().flat_map(|(_, firsts)| firsts);
        give_back(subnet, None, had.chain(coming), self.settings.has_prefixes);
    }

    fn block_size(&self) -> u32 {
        if self.settings.has_prefixes { PREFIX } else { 1 }
    }

    /// Gives a pod an address, if one is spare, and sees that others are.
    fn assign(
        &mut self,
        pod: Pod,
        source: &mut Source<'_>,
        now: SimTime,
        out: &mut Vec<Change>,
    ) -> Result<(), NoAddress> {
        let why = self.reason();
        if why == Some(NoAddress::Cooling) {
            return Err(NoAddress::Cooling);
        }
        if why.is_none() {
            let with_spare = self.blocks.iter_mut().filter(|block| block.warm() > 0);
            let block = with_spare.min_by_key(|block| block.warm()).expect("one is spare");
            let mut all = block.addresses.iter_mut();
            *all.find(|one| **one == Address::Warm).expect("one is spare") = Address::Used(pod);
        }
        self.reconcile(source, now, out);
        why.map_or(Ok(()), Err)
    }

    /// Why a pod that tries now has no address; none where it has one.
    fn reason(&self) -> Option<NoAddress> {
        match self.pool().turn(self.settings.capacity) {
            Turn::Now => None,
            Turn::Full | Turn::Cooling => Some(NoAddress::Cooling),
            Turn::Creating if self.is_refused && self.settings.has_prefixes => {
                Some(NoAddress::NoPrefix)
            }
            Turn::Creating => Some(NoAddress::Empty),
        }
    }

    /// Blocks to ask for, or to give back.
    fn missing(&self) -> i64 {
        let Settings { has_prefixes, capacity, targets } = self.settings;
        let free = self.blocks.iter().filter(|block| block.is_free()).count() as u32;
        match has_prefixes {
            true => self.pool().change_of_prefixes(targets, capacity, free),
            false => self.pool().change(targets, capacity),
        }
    }

    fn has_room(&self, subnet: &Subnet, blocks: u32) -> bool {
        match self.settings.has_prefixes {
            true => subnet.free_blocks() >= blocks as usize,
            false => subnet.free() >= blocks,
        }
    }

    fn reconcile(&mut self, source: &mut Source<'_>, now: SimTime, out: &mut Vec<Change>) {
        let missing = self.missing();
        if missing < 0 {
            return self.shrink(missing.unsigned_abs() as usize, source.subnet, out);
        }
        if missing == 0 {
            return;
        }
        let (wanted, has_prefixes) = (missing as u32, self.settings.has_prefixes);
        match take(source.subnet, wanted, has_prefixes) {
            Err(error) => {
                self.is_refused = true;
                let fewer = fewer(source.subnet, wanted, has_prefixes);
                out.push(Change::NoAddresses(fewer.unwrap_or(error)));
            }
            Ok(firsts) => {
                self.is_refused = false;
                let delay = (source.delay)(Asked::Addresses);
                match delay.is_zero() {
                    true => self.arrive(firsts, out),
                    false => self.coming.push((now.saturating_add(delay), firsts)),
                }
            }
        }
    }

    fn arrive(&mut self, firsts: Vec<Ipv4Addr>, out: &mut Vec<Change>) {
        out.push(Change::Assigned(0, firsts.len() as u32));
        let size = self.block_size() as usize;
        let blocks = firsts.into_iter();
        self.blocks
            .extend(blocks.map(|first| Block { first, addresses: vec![Address::Warm; size] }));
    }

    fn shrink(&mut self, count: usize, subnet: &mut Subnet, out: &mut Vec<Change>) {
        let mut firsts = Vec::new();
        self.blocks.retain(|block| {
            let goes = firsts.len() < count && block.is_free();
            if goes {
                firsts.push(block.first);
            }
            !goes
        });
        out.push(Change::GivenBack(firsts.len() as u32));
        give_back(subnet, None, firsts.into_iter(), self.settings.has_prefixes);
    }

    fn cool(&mut self, now: SimTime) {
        for one in self.blocks.iter_mut().flat_map(|block| &mut block.addresses) {
            if matches!(one, Address::Cooling(since) if since.saturating_add(COOLDOWN) <= now) {
                *one = Address::Warm;
            }
        }
    }

    /// The first look that is not before this.
    fn look_from(&self, time: SimTime) -> SimTime {
        next(self.since, COOLDOWN, time)
    }
}

/// What EC2 says where some of so many addresses, or blocks, are free.
fn fewer(subnet: &Subnet, wanted: u32, has_prefixes: bool) -> Option<SubnetError> {
    let (code, what, free) = match has_prefixes {
        true => ("InsufficientCidrBlocks", "blocks of 16 addresses", subnet.free_blocks() as u32),
        false => ("InsufficientFreeAddressesInSubnet", "addresses", subnet.free()),
    };
    let subnet = subnet.to_string();
    (free > 0).then_some(SubnetError::Fewer { code, what, wanted, subnet, free })
}

/// The first of these instants, as far apart as that, that is not before a time.
fn next(first: SimTime, every: SimDuration, time: SimTime) -> SimTime {
    if time <= first {
        return first;
    }
    let steps = time.since(first).as_nanos().div_ceil(every.as_nanos());
    first.saturating_add(every * steps)
}
