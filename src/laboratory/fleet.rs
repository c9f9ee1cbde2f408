//! The hosts, their books, and the policy that fills them.

use super::batch::Measure;
use super::hosts::Host;
use super::item::Need;
use super::meter::{Changed, Meter};
use crate::placement::gpu::{Devices, GpuHost, GpuPolicy, MILLI, MOST_DEVICES, Taken, Typical};
use crate::placement::{BinId, Bins, Policy, Pool, Resources, ScoreIndex, any};

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its host.
    pub host: BinId,
    /// Its GPUs.
    pub devices: Taken,
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
}

impl<const K: usize> Free<K> {
    /// Whether there is room for what is needed.
    pub fn fits(&self, need: &Need<K>) -> bool {
        need.amounts.fits_in(self.amounts) && self.devices.fit(need.gpus)
    }

    /// With what an item there has, too.
    #[must_use]
    pub fn with(mut self, need: &Need<K>, spot: Spot) -> Self {
        self.amounts = self.amounts.saturating_add(need.amounts);
        self.devices.give(spot.devices, need.gpus.milli);
        self
    }

    /// Without what an item takes of it again; none where it is not there.
    pub fn without(mut self, need: &Need<K>, spot: Spot) -> Option<Self> {
        self.amounts = self.amounts.checked_sub(need.amounts)?;
        self.devices.take(spot.devices, need.gpus.milli);
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
        Self { pool, numbers, items, gpus, scores, typical, totals }
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
        need.gpus.count == 0 && bins.could_hold(need.amounts)
            || self.gpus.iter().zip(bins.ids()).any(|(host, bin)| {
                need.amounts.fits_in(bins.ledger(bin).capacity())
                    && need.gpus.models.has(host.devices.model())
                    && host.devices.count() >= usize::from(need.gpus.count)
            })
    }

    /// A meter of these hosts, which are empty.
    pub fn meter(&self) -> Meter<K> {
        let bins = self.pool.bins();
        let capacities = bins.ids().map(|bin| bins.ledger(bin).capacity());
        let all = capacities.fold(Resources::ZERO, |all, one| all.saturating_add(one));
        Meter::new(all, bins.reference())
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
        let spot = match self.scores {
            Some(_) => self.choose_by_scores(need)?,
            None => self.choose_by_amounts(need)?,
        };
        self.take(need, spot);
        Some(spot)
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
        let spot = Spot { host, devices };
        self.take(need, spot);
        spot
    }

    /// What is free on a host, to try things out on.
    pub fn free_on(&self, host: BinId) -> Free<K> {
        let devices = self.gpus.get(host.index()).map_or(Devices::new(0, 0), |it| it.devices);
        Free { amounts: self.pool.bins().ledger(host).free(), devices }
    }

    /// Takes what is needed on a host that has it.
    ///
    /// # Panics
    /// When it has not.
    pub fn take(&mut self, need: &Need<K>, spot: Spot) {
        self.pool.take(spot.host, need.amounts);
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
        self.pool.give(spot.host, need.amounts);
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

    fn choose_by_amounts(&mut self, need: &Need<K>) -> Option<Spot> {
        if need.gpus.count == 0 {
            let host = self.pool.choose(need.amounts, &any)?;
            return Some(Spot { host, devices: Taken::default() });
        }
        let gpus = &self.gpus;
        let fits = |bin: BinId| gpus.get(bin.index()).is_some_and(|it| it.devices.fit(need.gpus));
        let host = self.pool.choose(need.amounts, &fits)?;
        Some(Spot { host, devices: self.gpus[host.index()].devices.tightest(need.gpus) })
    }

    fn choose_by_scores(&mut self, need: &Need<K>) -> Option<Spot> {
        let (bins, gpus) = (self.pool.bins(), &self.gpus);
        let Scores { policy, index } = self.scores.as_mut()?;
        let item = need.as_gpu_item();
        let fits = |host: usize| {
            bins.fits(BinId(host as u32), need.amounts) && gpus[host].devices.fit(need.gpus)
        };
        let chosen = match policy.chance() {
            Some(chance) => {
                let room = index.with_room(*need, |host| fits(host).then_some(0));
                let room: Vec<usize> = room.collect();
                (!room.is_empty()).then(|| room[chance.below(room.len())])
            }
            None => index.best(*need, |host| fits(host).then(|| policy.score(&gpus[host], &item))),
        }?;
        let devices = policy.devices(&gpus[chosen], &item);
        Some(Spot { host: BinId(chosen as u32), devices })
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
