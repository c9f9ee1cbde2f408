//! A run from its description: tables read, hosts and items made, the policy found.

mod summary;
mod surroundings;

use super::arrivals::Arrivals;
use super::batch::Decreasing;
use super::fleet::{Fleet, FleetPolicy};
use super::groups::GroupWords;
use super::hosts::{Host, Kinds, Specs, read_hosts};
use super::item::Item;
use super::items::ItemReader;
use super::order::{Order, OrderError, Workload, read_order};
use super::outages::Outages;
use super::run::{Rules, SameName, Surroundings, run};
use super::shape::hosts_of;
use super::site::Site;
use crate::engine::{SimTime, Streams};
use crate::metrics::SeriesTable;
use crate::metrics::summary::{Cost, MigrationAccount, PlacementSummary};
use crate::placement::best_fit::BestFit;
use crate::placement::gpu::{Typical, gpu_policy};
use crate::placement::numa::NodeMarks;
use crate::placement::policy;
use crate::placement::power_of_k::PowerOfK;
use crate::placement::random_fit::RandomFit;
use crate::scenario::{
    BatchOrder, HostColumns, HostShape, ItemColumns, PlacementPolicy, Replay, ReplayPolicy,
};
use crate::workload::traces::{Table, TraceError};

/// Kinds of resource at most.
const MOST_KINDS: usize = 8;
/// Kinds and marks of NUMA nodes at most: for one, two, four and eight nodes, two each.
const MOST_PLACES: usize = MOST_KINDS + 8;

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
    /// Items are to come to a share of GPUs that there are none of.
    #[error(
        "`load = {load:?}` has items come until they have asked for that share of all GPUs, and \
         {whose}; leave it out and say when items arrive, or give an `order`"
    )]
    NoGpus {
        /// The share.
        load: f64,
        /// `no host has one`
        whose: &'static str,
    },
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
    let kinds = Kinds::of(replay);
    if kinds.count() > MOST_KINDS {
        return Err(ReplayError::Kinds { found: kinds.count() });
    }
    let places = kinds.count() + marks(replay, site.hosts.map(|(shape, _)| shape));
    match places {
        0..=2 => Plan::<2> { replay, site, seed, kinds }.play(),
        3..=4 => Plan::<4> { replay, site, seed, kinds }.play(),
        5..=MOST_KINDS => Plan::<MOST_KINDS> { replay, site, seed, kinds }.play(),
        _ => Plan::<MOST_PLACES> { replay, site, seed, kinds }.play(),
    }
}

/// How many places the marks of NUMA nodes take, where items are bound to nodes.
fn marks(replay: &Replay, shape: Option<&HostShape>) -> usize {
    let columns = replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
    let nodes = match (columns, shape) {
        (Some(columns), _) => columns.numa.len(),
        (None, shape) => shape.and_then(|shape| shape.numa_nodes).unwrap_or(1).into(),
    };
    if binds(replay) { NodeMarks::new(0, nodes).end() } else { 0 }
}

/// Whether items are bound to NUMA nodes.
fn binds(replay: &Replay) -> bool {
    replay.items.columns.as_ref().is_some_and(|columns| columns.numa.is_some())
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
            let mut done = self.run(&hosts, &mut fleet, &mut || Ok(items.next()))?;
            done.summary.left_out = workload.left_out;
            return Ok(done);
        }
        let typical = match has_gpus {
            true => self.workload(&mut specs)?.typical,
            false => Typical::default(),
        };
        let places: Vec<usize> = (0..hosts.len()).collect();
        let mut fleet = self.fleet(&hosts, &places, typical);
        let mut arrivals = Arrivals::of(self.reader()?, items, &mut specs)?;
        let mut read = || Ok::<_, ReplayError>(arrivals.next(&mut specs)?);
        let mut done = match self.replay.batch {
            BatchOrder::Listed => self.run(&hosts, &mut fleet, &mut read),
            BatchOrder::Decreasing => {
                let mut batches = Decreasing::new(read, fleet.measure());
                self.run(&hosts, &mut fleet, &mut || batches.next_item())
            }
        }?;
        done.summary.left_out = arrivals.left_out();
        Ok(done)
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
        let mut hosts = match (&self.replay.host_table, self.site.hosts) {
            (Some(table), _) => {
                let columns = table.columns.clone().unwrap_or_else(HostColumns::openb);
                let mut hosts = read_hosts(&table.file, &columns, &self.kinds, specs)?;
                for host in &mut hosts {
                    host.power = host.power.take().or(table.power.clone());
                }
                hosts
            }
            (None, Some((shape, count))) => {
                hosts_of(shape, count, &self.kinds, &self.replay.host_extra, specs)
            }
            (None, None) => return Err(ReplayError::NoHosts),
        };
        if let Some(each) = self.replay.hosts_per_rack {
            for (number, host) in hosts.iter_mut().enumerate() {
                host.rack = number as u32 / each.max(1);
            }
        }
        Ok(hosts)
    }

    /// The table of items, before its first row.
    fn reader(&self) -> Result<ItemReader<K>, TraceError> {
        let Self { replay, kinds, .. } = self;
        let hosts = replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
        let words = GroupWords {
            usual: replay.group_rule,
            words: replay.strategies.clone(),
            has_racks: replay.hosts_per_rack.is_some()
                || hosts.is_some_and(|columns| columns.rack.is_some()),
        };
        let reader = ItemReader::open(&replay.items, &self.item_columns()?, kinds, &words)?;
        Ok(if replay.resizes.is_some() { reader.by_name() } else { reader })
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
        let mut reader = self.reader()?;
        let mut named = Vec::new();
        while let Some(listed) = reader.next(specs)? {
            named.push((reader.name(), listed.at_once()));
        }
        named.sort_by(|one, other| one.0.cmp(&other.0));
        let items: Vec<Item<K>> = named.into_iter().map(|(_, item)| item).collect();
        let typical = Typical::of(items.iter().map(|item| {
            let need = item.need;
            (need.amounts.amounts()[0], need.gpus, specs.text(need.spec))
        }));
        Ok(Workload { items, typical, left_out: reader.left_out() })
    }

    fn order(&self, workload: &Workload<K>, hosts: &[Host<K>]) -> Result<Order, ReplayError> {
        if let Some(file) = &self.replay.items.order {
            return Ok(read_order(file, self.seed, workload.items.len(), hosts.len())?);
        }
        let gpus: u64 = hosts.iter().map(|host| host.devices.total_free()).sum();
        let load = self.replay.load.expect("there is an order or a load");
        let asks = workload.items.iter().any(|item| item.need.gpus.total() > 0);
        if let Some(whose) = match (gpus, asks) {
            (0, _) => Some("no host has one"),
            (_, false) => Some("no item asks for one"),
            (_, true) => None,
        } {
            return Err(ReplayError::NoGpus { load, whose });
        }
        Ok(workload.shuffled(load, gpus, hosts.len(), self.seed))
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
        let mut fleet = Fleet::new(hosts, order, policy, typical);
        if binds(self.replay) {
            fleet = fleet.with_nodes(hosts, self.kinds.count());
        }
        if self.replay.items.columns.as_ref().is_some_and(|columns| columns.group.is_some()) {
            fleet = fleet.with_groups(hosts);
        }
        fleet
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
