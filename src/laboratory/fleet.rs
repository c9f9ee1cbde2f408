//! The hosts, their books, and the policy that fills them.

use super::batch::Measure;
use super::beyond::Beyond;
use super::groups::Groups;
use super::hosts::Host;
use super::item::Need;
use super::meter::{Changed, Meter};
use super::nodes::FleetNodes;
use crate::placement::gpu::{Devices, GpuHost, GpuPolicy, MILLI, MOST_DEVICES, Taken, Typical};
use crate::placement::numa::{Bound, Nodes};
use crate::placement::{BinId, Bins, Policy, Pool, Resources, ScoreIndex, any};

/// Where an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Its host.
    pub host: BinId,
    /// Its GPUs.
    pub devices: Taken,
    /// The NUMA nodes that it is bound to.
    pub nodes: Bound,
}

/// What an item without a host lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Room for all of it on one host.
    Room,
    /// Room within NUMA nodes; some host has enough in sum.
    Nodes,
    /// A host with room that its group allows.
    Group,
}

/// How hosts are chosen.
#[derive(Debug)]
pub enum FleetPolicy<const K: usize> {
    /// By amounts; of GPUs an item gets those with the least left.
    Amounts(Box<dyn Policy<K>>),
    /// By a score that looks at each GPU.
    Gpus(Box<dyn GpuPolicy>),
}

/// Hosts and a policy.
#[derive(Debug)]
pub struct Fleet<const K: usize> {
    pool: Pool<K>,
    /// Where each host is in the table.
    numbers: Vec<usize>,
    /// Items on each host.
    items: Vec<u32>,
    /// What there is besides amounts; empty where no host has a GPU.
    gpus: Vec<GpuHost>,
    scores: Option<Scores<K>>,
    /// NUMA nodes, where items are bound to them.
    nodes: Option<FleetNodes>,
    /// Where members of groups are, where items are of some.
    groups: Option<Groups>,
    typical: Typical,
    totals: Totals,
}

#[derive(Debug)]
struct Scores<const K: usize> {
    policy: Box<dyn GpuPolicy>,
    index: ScoreIndex<Need<K>>,
}

/// What is free on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free<const K: usize> {
    amounts: Resources<K>,
    devices: Devices,
    nodes: Nodes,
}

impl<const K: usize> Free<K> {
    /// Whether nothing is bound to a NUMA node.
    pub fn is_unbound(&self) -> bool {
        self.nodes.is_unbound()
    }

    /// Whether there is room for what is needed.
    pub fn fits(&self, need: &Need<K>) -> bool {
        let fits_nodes = need.numa == 0 || self.nodes.fit(need.on_nodes());
        need.amounts.fits_in(self.amounts) && self.devices.fit(need.gpus) && fits_nodes
    }

    /// With what an item there has, too.
    #[must_use]
    pub fn with(mut self, need: &Need<K>, spot: Spot) -> Self {
        self.amounts = self.amounts.saturating_add(need.amounts);
        self.devices.give(spot.devices, need.gpus.milli);
        self.nodes.give(spot.nodes, need.on_nodes());
        self
    }

    /// Without what an item takes of it there; none where it is not there.
    pub fn without(mut self, need: &Need<K>, spot: Spot) -> Option<Self> {
        self.amounts = self.amounts.checked_sub(need.amounts)?;
        self.devices.take(spot.devices, need.gpus.milli);
        self.nodes = self.nodes.without(spot.nodes, need.on_nodes())?;
        Some(self)
    }
}

/// Sums over the GPUs of all hosts, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// All there are.
    pub gpus: u64,
    /// Of those, taken.
    pub taken: u64,
    /// Of the rest, what the typical workload cannot use.
    pub fragments: f64,
}

impl<const K: usize> Fleet<K> {
    /// These hosts, in the `order` in which equally good ones are taken (by their places), for
    /// this workload.
    pub fn new(
        table: &[Host<K>],
        order: &[usize],
        policy: FleetPolicy<K>,
        typical: Typical,
    ) -> Self {
        let hosts: Vec<&Host<K>> = order.iter().map(|&place| &table[place]).collect();
        let capacities = hosts.iter().map(|host| host.capacity);
        let has_gpus = hosts.iter().any(|host| host.devices.count() > 0);
        let (pool, scores) = match policy {
            FleetPolicy::Amounts(policy) => (Pool::new(policy, capacities), None),
            FleetPolicy::Gpus(policy) => {
                let index = ScoreIndex::new(hosts.len());
                (Pool::new(Box::new(Elsewhere), capacities), Some(Scores { policy, index }))
            }
        };
        let gpus = hosts.iter().filter(|_| has_gpus || scores.is_some()).map(|host| GpuHost {
            cpu: host.capacity.amounts()[0],
            devices: host.devices,
            holders: [0; MOST_DEVICES + 1],
            fragments: typical.fragments(host.capacity.amounts()[0], &host.devices),
        });
        let gpus: Vec<GpuHost> = gpus.collect();
        let totals = Totals {
            gpus: gpus.iter().map(|host| host.devices.total_free()).sum(),
            taken: 0,
            fragments: gpus.iter().map(|host| host.fragments).sum(),
        };
        let (numbers, items) = (order.to_vec(), vec![0; order.len()]);
        let (nodes, groups) = (None, None);
        Self { pool, numbers, items, gpus, scores, nodes, groups, typical, totals }
    }

    /// Items are bound to NUMA nodes, for which the kinds of resource from this one on are free.
    pub fn with_nodes(mut self, table: &[Host<K>], first: usize) -> Self {
        let hosts = self.numbers.iter().map(|&place| table[place].nodes).collect();
        let nodes = FleetNodes::new(hosts, first);
        nodes.mark_all(&mut self.pool);
        self.nodes = Some(nodes);
        self
    }

    /// Items are of groups.
    pub fn with_groups(mut self, table: &[Host<K>]) -> Self {
        let racks = self.numbers.iter().map(|&place| table[place].rack).collect();
        self.groups = Some(Groups::new(racks));
        self
    }

    /// The books of all hosts.
    pub fn bins(&self) -> &Bins<K> {
        self.pool.bins()
    }

    /// Where a host is in the table, from 0.
    pub fn number(&self, host: BinId) -> usize {
        self.numbers[host.index()]
    }

    /// Where each host is in the table.
    pub fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    /// A host as it is now.
    pub fn state_of(&self, host: BinId) -> Changed<'_, K> {
        let books = self.pool.bins().ledger(host);
        Changed { host, books, items: self.items[host.index()] }
    }

    /// Has a host take items, or none; what is on it stays.
    pub fn set_open(&mut self, host: BinId, open: bool) {
        self.pool.set_open(host, open);
        if let Some(scores) = &mut self.scores {
            scores.index.changed(host.index());
        }
    }

    /// How many items a host has.
    pub fn items_on(&self, host: BinId) -> u32 {
        self.items[host.index()]
    }

    /// Whether some host could hold what is needed if it were empty.
    pub fn could_hold(&self, need: &Need<K>) -> bool {
        let bins = self.pool.bins();
        if need.gpus.count == 0 && need.numa == 0 {
            return bins.could_hold(need.amounts);
        }
        let devices = |bin: BinId| {
            self.gpus.get(bin.index()).is_some_and(|host| {
                need.gpus.models.has(host.devices.model())
                    && host.devices.count() >= usize::from(need.gpus.count)
            })
        };
        bins.ids().any(|bin| {
            need.amounts.fits_in(bins.ledger(bin).capacity())
                && (need.gpus.count == 0 || devices(bin))
                && self.nodes.as_ref().is_none_or(|nodes| nodes.could_fit(bin, need.on_nodes()))
        })
    }

    /// What an item lacks that no host is found for.
    pub fn lack(&self, need: &Need<K>) -> Lack {
        if need.numa == 0 && need.group.is_none() {
            return Lack::Room;
        }
        let (bins, beyond) = (self.pool.bins(), self.beyond());
        let has_room = |bin: &BinId| bins.fits(*bin, need.amounts) && beyond.has_gpus(*bin, need);
        let mut room = bins.ids().filter(has_room).peekable();
        match room.peek().is_some() {
            false => Lack::Room,
            true if room.any(|bin| beyond.has_nodes(bin, need)) => Lack::Group,
            true => Lack::Nodes,
        }
    }

    /// A meter of these hosts, which are empty.
    pub fn meter(&self) -> Meter<K> {
        let bins = self.pool.bins();
        let capacities = bins.ids().map(|bin| bins.ledger(bin).capacity());
        let all = capacities.fold(Resources::ZERO, |all, one| all.saturating_add(one));
        Meter::new(all, bins.reference()).with_gpus(self.measure().gpus)
    }

    /// What items are measured by: the most that a host has of each kind.
    pub fn measure(&self) -> Measure<K> {
        let gpus = self.gpus.iter().map(|host| host.devices.count() as u64 * u64::from(MILLI));
        Measure { amounts: self.pool.bins().reference(), gpus: gpus.max().unwrap_or(0) }
    }

    /// Sums over their GPUs.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Places what is needed on the host of the policy; none where no host has room.
    pub fn place(&mut self, need: &Need<K>) -> Option<Spot> {
        let host = match (self.home(need), &self.scores) {
            (Some(host), _) => self.takes(host, need).then_some(host),
            (None, Some(_)) => self.choose_by_scores(need),
            (None, None) => self.choose_by_amounts(need),
        }?;
        Some(self.place_on(host, need))
    }

    /// The host that an item must be on, where its group leaves it no choice.
    pub fn home(&self, need: &Need<K>) -> Option<BinId> {
        need.group.and_then(|member| self.groups.as_ref()?.home(member))
    }

    /// Whether a host has what is needed and its groups allow it there.
    pub fn takes(&self, host: BinId, need: &Need<K>) -> bool {
        self.pool.bins().fits(host, need.amounts) && self.beyond().admits(host, need)
    }

    /// Where members of groups are, where items are of some.
    pub fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    /// Whether the group of an item allows it on a host.
    pub fn allows(&self, host: BinId, need: &Need<K>) -> bool {
        self.beyond().allows(host, need.group)
    }

    /// Places what is needed on a host that has room for it.
    ///
    /// # Panics
    /// When it has not.
    pub fn place_on(&mut self, host: BinId, need: &Need<K>) -> Spot {
        let devices = match (&mut self.scores, self.gpus.get(host.index())) {
            (Some(scores), Some(gpus)) => scores.policy.devices(gpus, &need.as_gpu_item()),
            (None, Some(gpus)) => gpus.devices.tightest(need.gpus),
            (_, None) => Taken::default(),
        };
        let nodes = match &self.nodes {
            Some(nodes) if need.numa > 0 => nodes.tightest(host, need.on_nodes()),
            _ => Bound::default(),
        };
        let spot = Spot { host, devices, nodes };
        self.take(need, spot);
        spot
    }

    /// What is free on a host, to try things out on.
    pub fn free_on(&self, host: BinId) -> Free<K> {
        let devices = self.gpus.get(host.index()).map_or(Devices::new(0, 0), |it| it.devices);
        let nodes = self.nodes.as_ref().map_or(Nodes::NONE, |nodes| *nodes.of(host));
        Free { amounts: self.pool.bins().ledger(host).free(), devices, nodes }
    }

    /// Takes what is needed on a host that has it.
    ///
    /// # Panics
    /// When it has not.
    pub fn take(&mut self, need: &Need<K>, spot: Spot) {
        match &mut self.nodes {
            Some(nodes) if need.numa > 0 => nodes.take(&mut self.pool, need, spot),
            _ => self.pool.take(spot.host, need.amounts),
        }
        if let (Some(groups), Some(member)) = (&mut self.groups, need.group) {
            groups.add(spot.host, member);
        }
        self.items[spot.host.index()] += 1;
        self.totals.taken += need.gpus.total();
        self.recount(need, spot, |host| {
            host.devices.take(spot.devices, need.gpus.milli);
            if let Some(kind) = need.as_gpu_item().holder() {
                host.holders[kind] += 1;
            }
        });
    }

    /// Gives back what was taken.
    ///
    /// # Panics
    /// When it was not.
    pub fn give(&mut self, need: &Need<K>, spot: Spot) {
        match &mut self.nodes {
            Some(nodes) if need.numa > 0 => nodes.give(&mut self.pool, need, spot),
            _ => self.pool.give(spot.host, need.amounts),
        }
        if let (Some(groups), Some(member)) = (&mut self.groups, need.group) {
            groups.remove(spot.host, member);
        }
        self.items[spot.host.index()] -= 1;
        self.totals.taken -= need.gpus.total();
        self.recount(need, spot, |host| {
            host.devices.give(spot.devices, need.gpus.milli);
            if let Some(kind) = need.as_gpu_item().holder() {
                host.holders[kind] -= 1;
            }
        });
    }

    fn recount(&mut self, need: &Need<K>, spot: Spot, change: impl FnOnce(&mut GpuHost)) {
        let Some(host) = self.gpus.get_mut(spot.host.index()) else {
            return assert_eq!(need.gpus.count, 0, "no host has a GPU");
        };
        change(host);
        host.cpu = self.pool.bins().ledger(spot.host).free().amounts()[0];
        let after = self.typical.fragments(host.cpu, &host.devices);
        self.totals.fragments += after - host.fragments;
        host.fragments = after;
        if let Some(scores) = &mut self.scores {
            scores.index.changed(spot.host.index());
        }
    }

    fn beyond(&self) -> Beyond<'_> {
        Beyond { gpus: &self.gpus, nodes: self.nodes.as_ref(), groups: self.groups.as_ref() }
    }

    fn choose_by_amounts(&mut self, need: &Need<K>) -> Option<BinId> {
        if need.gpus.count == 0 && need.numa == 0 && need.group.is_none() {
            return self.pool.choose(need.amounts, &any);
        }
        let Self { pool, gpus, nodes, groups, .. } = self;
        let beyond = Beyond { gpus, nodes: nodes.as_ref(), groups: groups.as_ref() };
        let asked = nodes.as_ref().map_or(need.amounts, |nodes| nodes.asked(need));
        pool.choose(asked, &|bin| beyond.admits(bin, need))
    }

    fn choose_by_scores(&mut self, need: &Need<K>) -> Option<BinId> {
        let Self { pool, gpus, nodes, groups, scores, .. } = self;
        let beyond = Beyond { gpus, nodes: nodes.as_ref(), groups: groups.as_ref() };
        let (bins, item) = (pool.bins(), need.as_gpu_item());
        let Scores { policy, index } = scores.as_mut()?;
        let fits = |host: usize| {
            let bin = BinId(host as u32);
            bins.fits(bin, need.amounts)
                && gpus[host].devices.fit(need.gpus)
                && beyond.has_nodes(bin, need)
        };
        let allowed = |host: usize| beyond.allows(BinId(host as u32), need.group);
        // items of all groups are of one kind to the index
        let kind = Need { group: None, ..*need };
        let chosen = match policy.chance() {
            Some(chance) => {
                let room = index.with_room(kind, |host| fits(host).then_some(0));
                let room: Vec<usize> = room.filter(|&host| allowed(host)).collect();
                (!room.is_empty()).then(|| room[chance.below(room.len())])
            }
            None => {
                let score = |host: usize| fits(host).then(|| policy.score(&gpus[host], &item));
                match need.group {
                    None => index.best(kind, score),
                    Some(_) => index.best_eligible(kind, &allowed, score),
                }
            }
        };
        chosen.map(|host| BinId(host as u32))
    }
}

/// The policy of bins whose choice is made elsewhere.
#[derive(Debug)]
struct Elsewhere;

impl<const K: usize> Policy<K> for Elsewhere {
    fn choose(&mut self, _: &Bins<K>, _: Resources<K>, _: &dyn Fn(BinId) -> bool) -> Option<BinId> {
        None
    }

    fn update(&mut self, _: &Bins<K>, _: BinId) {}
}
