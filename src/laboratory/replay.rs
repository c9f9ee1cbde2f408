//! A run from its description: tables read, hosts and items made, the policy found.

mod summary;
mod surroundings;

use std::path::Path;

use super::batch::Decreasing;
use super::fleet::{Fleet, FleetPolicy};
use super::hosts::{Host, Kinds, Specs, read_hosts};
use super::item::Item;
use super::items::ItemReader;
use super::order::{Order, OrderError, Workload, read_order};
use super::outages::Outages;
use super::run::{Rules, SameName, Surroundings, run};
use super::site::Site;
use crate::engine::{SimTime, Streams};
use crate::metrics::SeriesTable;
use crate::metrics::summary::{Cost, MigrationAccount, PlacementSummary};
use crate::placement::best_fit::BestFit;
use crate::placement::gpu::{Devices, Typical, gpu_policy};
use crate::placement::power_of_k::PowerOfK;
use crate::placement::random_fit::RandomFit;
use crate::placement::{Resources, policy};
use crate::scenario::{
    BatchOrder, HostColumns, ItemColumns, PlacementPolicy, Replay, ReplayPolicy,
};
use crate::workload::traces::{Table, TraceError};

/// Kinds of resource at most.
const MOST_KINDS: usize = 8;

/// Why a replay came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A table cannot be used.
    #[error(transparent)]
    Table(#[from] TraceError),
    /// An order cannot be used.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// There are more kinds of resource than are counted.
    #[error("items and hosts have {found} kinds of resource, CPU and memory among them; at most 8")]
    Kinds {
        /// How many.
        found: usize,
    },
    /// There are no hosts.
    #[error("there is no host: say `hosts`, or a `host_table`")]
    NoHosts,
    /// Items or resizes do not come in order.
    #[error(
        "`{}`, line {line}: {what} that comes before the one above it; sort the rows by {by}",
        file.display()
    )]
    Unsorted {
        /// The table.
        file: std::path::PathBuf,
        /// Counted from 1.
        line: u64,
        /// `an item`
        what: &'static str,
        /// `arrival`
        by: &'static str,
    },
    /// Names do not tell items apart.
    #[error(
        "an item that comes at {at} has the name of one that is still there: `resizes` would not \
         know which of them is meant"
    )]
    SameName {
        /// When the later one comes.
        at: SimTime,
    },
}

impl From<SameName> for ReplayError {
    fn from(SameName { at }: SameName) -> Self {
        Self::SameName { at }
    }
}

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The figures.
    pub summary: PlacementSummary,
    /// What was in use over time; nothing where no time passed.
    pub series: SeriesTable,
    /// Migrations of items.
    pub migrations: MigrationAccount,
    /// Energy in kilowatt hours, where it is known what hosts take.
    pub energy_kwh: Option<f64>,
    /// What the hosts cost, without their energy.
    pub cost: Cost,
    /// Events fired.
    pub events: u64,
}

/// Plays a replay, on its table of hosts or on those of its site, until nothing more happens.
///
/// # Errors
/// When a file cannot be used.
pub fn replay(replay: &Replay, site: &Site, seed: u64) -> Result<Replayed, ReplayError> {
    let kinds = kinds(replay);
    match kinds.count() {
        0..=2 => Plan::<2> { replay, site, seed, kinds }.play(),
        3..=4 => Plan::<4> { replay, site, seed, kinds }.play(),
        5..=MOST_KINDS => Plan::<MOST_KINDS> { replay, site, seed, kinds }.play(),
        found => Err(ReplayError::Kinds { found }),
    }
}

/// The extra kinds of both tables.
fn kinds(replay: &Replay) -> Kinds {
    let hosts = replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
    let hosts = hosts.into_iter().flat_map(|columns| columns.extra.keys());
    let items = replay.items.columns.iter().flat_map(|columns| columns.extra.keys());
    let mut names: Vec<String> = hosts.chain(items).cloned().collect();
    names.sort();
    names.dedup();
    Kinds(names)
}

struct Plan<'a, const K: usize> {
    replay: &'a Replay,
    site: &'a Site<'a>,
    seed: u64,
    kinds: Kinds,
}

impl<const K: usize> Plan<'_, K> {
    fn play(&self) -> Result<Replayed, ReplayError> {
        let mut specs = Specs::default();
        let hosts = self.hosts(&mut specs)?;
        let has_gpus = hosts.iter().any(|host| host.devices.count() > 0);
        let items = &self.replay.items;
        if items.order.is_some() || self.replay.load.is_some() {
            let workload = self.workload(&mut specs)?;
            let order = self.order(&workload, &hosts)?;
            let mut fleet = self.fleet(&hosts, &order.hosts(), workload.typical.clone());
            let mut items = ordered(&workload.items, &order);
            return self.run(&hosts, &mut fleet, &mut || Ok(items.next()));
        }
        let typical = match has_gpus {
            true => self.workload(&mut specs)?.typical,
            false => Typical::default(),
        };
        let places: Vec<usize> = (0..hosts.len()).collect();
        let mut fleet = self.fleet(&hosts, &places, typical);
        let mut reader = ItemReader::open(&items.file, &self.item_columns()?, &self.kinds)?;
        if self.replay.resizes.is_some() {
            reader = reader.by_name();
        }
        let mut last = SimTime::ZERO;
        let mut read = || {
            let item = reader.next(&mut specs)?;
            let arrival = item.map_or(last, |item: Item<K>| item.arrival);
            if arrival < last {
                let (file, line) = (items.file.clone(), reader.line());
                return Err(ReplayError::Unsorted { file, line, what: "an item", by: "arrival" });
            }
            last = arrival;
            Ok(item)
        };
        match self.replay.batch {
            BatchOrder::Listed => self.run(&hosts, &mut fleet, &mut read),
            BatchOrder::Decreasing => {
                let mut batches = Decreasing::new(read, fleet.measure());
                self.run(&hosts, &mut fleet, &mut || batches.next_item())
            }
        }
    }

    /// Plays items on a fleet, with all that happens to its hosts.
    fn run(
        &self,
        hosts: &[Host<K>],
        fleet: &mut Fleet<K>,
        items: &mut dyn FnMut() -> Result<Option<Item<K>>, ReplayError>,
    ) -> Result<Replayed, ReplayError> {
        let rules = Rules {
            retry: self.replay.retry,
            interrupted: self.replay.interrupted,
            preempts: self.replay.preemption,
            migration: self.site.migration,
            resizes_migrate: self.replay.resizes.as_ref().is_some_and(|resizes| resizes.migrate),
        };
        let mut surroundings = Surroundings {
            outages: Outages::new(self.site, fleet.numbers(), self.seed)?,
            resizes: None,
            energy: self.energy(hosts, fleet.numbers()),
            smallest: self.smallest(),
        };
        let outcome = match &self.replay.resizes {
            None => run(fleet, rules, surroundings, items)?,
            Some(resizes) => {
                let mut resizes = self.resizes(resizes)?;
                surroundings.resizes = Some(&mut resizes);
                run(fleet, rules, surroundings, items)?
            }
        };
        Ok(self.replayed(fleet, &outcome))
    }

    fn hosts(&self, specs: &mut Specs) -> Result<Vec<Host<K>>, ReplayError> {
        if let Some(table) = &self.replay.host_table {
            let columns = table.columns.clone().unwrap_or_else(HostColumns::openb);
            let mut hosts = read_hosts(&table.file, &columns, &self.kinds, specs)?;
            hosts
                .iter_mut()
                .for_each(|host| host.power = host.power.take().or(table.power.clone()));
            return Ok(hosts);
        }
        let (shape, count) = self.site.hosts.ok_or(ReplayError::NoHosts)?;
        let mut amounts = [0; K];
        amounts[0] = u64::from(shape.cores * shape.threads_per_core) * 1000;
        amounts[1] = shape.memory.0.saturating_sub(shape.system_memory.0);
        let host = |number: u32| Host {
            name: number.to_string(),
            capacity: Resources::of(amounts),
            devices: Devices::new(0, 0),
            power: Some(shape.power.clone()),
        };
        Ok((0..count).map(host).collect())
    }

    fn item_columns(&self) -> Result<ItemColumns, TraceError> {
        let items = &self.replay.items;
        if let Some(columns) = &items.columns {
            return Ok(columns.clone());
        }
        let table = Table::open(&items.file)?;
        let has = |name: &str| table.columns().iter().any(|column| column == name);
        Ok(ItemColumns::openb(has))
    }

    /// All items by name, and what is typical of them.
    fn workload(&self, specs: &mut Specs) -> Result<Workload<K>, ReplayError> {
        let file: &Path = &self.replay.items.file;
        let mut reader = ItemReader::open(file, &self.item_columns()?, &self.kinds)?;
        let mut named = Vec::new();
        while let Some(item) = reader.next(specs)? {
            named.push((reader.name(), item));
        }
        named.sort_by(|one, other| one.0.cmp(&other.0));
        let items: Vec<Item<K>> = named.into_iter().map(|(_, item)| item).collect();
        let typical = Typical::of(items.iter().map(|item| {
            let need = item.need;
            (need.amounts.amounts()[0], need.gpus, specs.text(need.spec))
        }));
        Ok(Workload { items, typical })
    }

    fn order(&self, workload: &Workload<K>, hosts: &[Host<K>]) -> Result<Order, ReplayError> {
        if let Some(file) = &self.replay.items.order {
            return Ok(read_order(file, self.seed, workload.items.len(), hosts.len())?);
        }
        let gpus = hosts.iter().map(|host| host.devices.total_free()).sum();
        let load = self.replay.load.expect("there is an order or a load");
        let mut chance = Streams::new(self.seed).named("placement/order");
        Ok(workload.shuffled(load, gpus, hosts.len(), &mut chance))
    }

    fn fleet(&self, hosts: &[Host<K>], order: &[usize], typical: Typical) -> Fleet<K> {
        let amounts = |rule| FleetPolicy::Amounts(policy(rule));
        let chance = || Streams::new(self.seed).named("placement/policy");
        let gpus = |name| {
            let found = gpu_policy(name, &typical, chance());
            FleetPolicy::Gpus(found.expect("every policy is made by its name"))
        };
        let policy = match self.replay.policy {
            ReplayPolicy::FirstFit => amounts(PlacementPolicy::FirstFit),
            ReplayPolicy::BestFit => amounts(PlacementPolicy::BestFit),
            ReplayPolicy::BestFitCpu => FleetPolicy::Amounts(Box::new(BestFit::by(0))),
            ReplayPolicy::WorstFit => amounts(PlacementPolicy::WorstFit),
            ReplayPolicy::NextFit => amounts(PlacementPolicy::NextFit),
            ReplayPolicy::DotProduct => amounts(PlacementPolicy::DotProduct),
            ReplayPolicy::CosineSimilarity => amounts(PlacementPolicy::CosineSimilarity),
            ReplayPolicy::L2Norm => amounts(PlacementPolicy::L2Norm),
            ReplayPolicy::RandomFit => FleetPolicy::Amounts(Box::new(RandomFit::new(chance()))),
            ReplayPolicy::PowerOfK => {
                let draws = self.replay.choices.unwrap_or(2);
                FleetPolicy::Amounts(Box::new(PowerOfK::new(draws, chance())))
            }
            ReplayPolicy::Fgd => gpus("FGD"),
            ReplayPolicy::GpuBestFit => gpus("BestFit"),
            ReplayPolicy::GpuDotProduct => gpus("DotProd"),
            ReplayPolicy::GpuClustering => gpus("GpuClustering"),
            ReplayPolicy::GpuPacking => gpus("GpuPacking"),
            ReplayPolicy::GpuRandom => gpus("Random"),
        };
        Fleet::new(hosts, order, policy, typical)
    }
}

/// The items in an order, all at once and for ever.
fn ordered<'a, const K: usize>(
    items: &'a [Item<K>],
    order: &'a Order,
) -> impl Iterator<Item = Item<K>> + 'a {
    let at_once = |&pod: &usize| Item { arrival: SimTime::ZERO, lifetime: None, ..items[pod] };
    order.pods.iter().map(at_once)
}
