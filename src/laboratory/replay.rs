//! A run from its description: tables read, hosts and items made, the policy found.

use super::arrivals::Arrivals;
use super::batch::Decreasing;
use super::fleet::{Fleet, FleetPolicy};
use super::groups::GroupWords;
use super::hosts::{Host, Kinds, Specs, read_hosts};
use super::item::Item;
use super::items::ItemReader;
use super::order::{Order, OrderError, Workload, read_order};
use super::run::{Outcome, Rules, run};
use super::series::series;
use super::shape::hosts_of;
use crate::engine::{SimTime, Streams};
use crate::metrics::SeriesTable;
use crate::metrics::summary::{GpuSummary, PlacementSummary};
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
}

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The figures.
    pub summary: PlacementSummary,
    /// What was in use over time; nothing where no time passed.
    pub series: SeriesTable,
    /// Events fired.
    pub events: u64,
}

/// Plays a replay, on its table of hosts or on so many of a shape, until nothing more happens.
///
/// # Errors
/// When a file cannot be used.
pub fn replay(
    replay: &Replay,
    shape: Option<(&HostShape, u32)>,
    seed: u64,
) -> Result<Replayed, ReplayError> {
    let kinds = Kinds::of(replay);
    if kinds.count() > MOST_KINDS {
        return Err(ReplayError::Kinds { found: kinds.count() });
    }
    let places = kinds.count() + marks(replay, shape.map(|(shape, _)| shape));
    match places {
        0..=2 => Plan::<2> { replay, shape, seed, kinds }.play(),
        3..=4 => Plan::<4> { replay, shape, seed, kinds }.play(),
        5..=MOST_KINDS => Plan::<MOST_KINDS> { replay, shape, seed, kinds }.play(),
        _ => Plan::<MOST_PLACES> { replay, shape, seed, kinds }.play(),
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
    shape: Option<(&'a HostShape, u32)>,
    seed: u64,
    kinds: Kinds,
}

impl<const K: usize> Plan<'_, K> {
    fn play(&self) -> Result<Replayed, ReplayError> {
        let mut specs = Specs::default();
        let hosts = self.hosts(&mut specs)?;
        let has_gpus = hosts.iter().any(|host| host.devices.count() > 0);
        let rules = Rules { retry: self.replay.retry, preempts: self.replay.preemption };
        let items = &self.replay.items;
        if items.order.is_some() || self.replay.load.is_some() {
            let workload = self.workload(&mut specs)?;
            let order = self.order(&workload, &hosts)?;
            let mut fleet = self.fleet(&hosts, &order.hosts(), workload.typical.clone());
            let mut items = ordered(&workload.items, &order);
            let outcome = run(&mut fleet, rules, &mut || Ok::<_, ReplayError>(items.next()))?;
            return Ok(self.replayed(&fleet, &outcome, workload.left_out));
        }
        let typical = match has_gpus {
            true => self.workload(&mut specs)?.typical,
            false => Typical::default(),
        };
        let places: Vec<usize> = (0..hosts.len()).collect();
        let mut fleet = self.fleet(&hosts, &places, typical);
        let (columns, words) = (self.item_columns()?, self.words());
        let mut arrivals = Arrivals::open(items, &columns, &self.kinds, &words, &mut specs)?;
        let mut read = || Ok::<_, ReplayError>(arrivals.next(&mut specs)?);
        let outcome = match self.replay.batch {
            BatchOrder::Listed => run(&mut fleet, rules, &mut read)?,
            BatchOrder::Decreasing => {
                let mut batches = Decreasing::new(read, fleet.measure());
                run(&mut fleet, rules, &mut || batches.next_item())?
            }
        };
        Ok(self.replayed(&fleet, &outcome, arrivals.left_out()))
    }

    fn hosts(&self, specs: &mut Specs) -> Result<Vec<Host<K>>, ReplayError> {
        let mut hosts = match (&self.replay.host_table, self.shape) {
            (Some(table), _) => {
                let columns = table.columns.clone().unwrap_or_else(HostColumns::openb);
                read_hosts(&table.file, &columns, &self.kinds, specs)?
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

    /// What the table of items says of groups.
    fn words(&self) -> GroupWords {
        let table = self.replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
        GroupWords {
            usual: self.replay.group_rule,
            words: self.replay.strategies.clone(),
            has_racks: self.replay.hosts_per_rack.is_some()
                || table.is_some_and(|columns| columns.rack.is_some()),
        }
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
        let (items, columns) = (&self.replay.items, self.item_columns()?);
        let mut reader = ItemReader::open(items, &columns, &self.kinds, &self.words())?;
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
        let mut fleet = Fleet::new(hosts, order, policy, typical);
        if binds(self.replay) {
            fleet = fleet.with_nodes(hosts, self.kinds.count());
        }
        if self.replay.items.columns.as_ref().is_some_and(|columns| columns.group.is_some()) {
            fleet = fleet.with_groups(hosts);
        }
        fleet
    }

    fn replayed(&self, fleet: &Fleet<K>, outcome: &Outcome<K>, left_out: u64) -> Replayed {
        let kinds = self.kinds.all().into_iter().enumerate();
        let mean = |(kind, name)| (name, outcome.meter.mean_share(kind));
        let most = |(kind, name)| (name, outcome.meter.most_share(kind));
        let totals = fleet.totals();
        let whole = |milli: f64| milli / 1000.0;
        let gpus = (totals.gpus > 0).then(|| GpuSummary {
            count: whole(totals.gpus as f64),
            allocated: whole(totals.taken as f64),
            fragments: whole(totals.fragments),
            curve: outcome.curve.points(),
        });
        let summary = PlacementSummary {
            policy: self.replay.policy.name().to_owned(),
            arrived: outcome.arrived,
            left_out,
            rejected: outcome.rejected,
            rejections: outcome.rejections,
            waiting: outcome.waiting,
            waiting_max: outcome.meter.waiting_max,
            running: outcome.placed - outcome.departed - outcome.preempted,
            departed: outcome.departed,
            preempted: outcome.preempted,
            makespan: outcome.end.as_secs_f64(),
            mean_finish: outcome.mean_finish(),
            hosts: fleet.bins().len() as u32,
            hosts_max: outcome.meter.hosts_max,
            hosts_max_bound: outcome.meter.hosts_max_bound(),
            host_hours: outcome.meter.host_hours(),
            host_hours_bound: outcome.meter.host_hours_bound(),
            shares: kinds.clone().map(mean).collect(),
            shares_max: kinds.map(most).collect(),
            gpus,
            placement_hash: format!("{:016x}", outcome.placement_hash),
        };
        let retries = self.replay.retry.is_some();
        let series = series(&outcome.meter, &self.kinds, totals.gpus, retries);
        Replayed { summary, series, events: outcome.events }
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
