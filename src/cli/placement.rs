//! `placement`: items of a table on hosts of a table.

use std::path::{Path, PathBuf};

use super::{Failure, Format, Outcome, print};
use crate::engine::Streams;
use crate::laboratory::{
    self, Fleet, FleetPolicy, Item, ItemReader, Kinds, Order, Point, Specs, Workload, read_hosts,
    read_order,
};
use crate::placement::gpu::{GPU_POLICIES, Typical, gpu_policy};
use crate::placement::{POLICIES, policy};
use crate::scenario::{HostColumns, ItemColumns};
use crate::workload::traces::{Table, TraceError};

/// Place the items of a table on the hosts of another, and show what becomes of the fleet.
#[derive(Debug, clap::Args)]
pub(super) struct Placement {
    /// Hosts, a row each (CSV, gz too)
    #[arg(long, value_name = "FILE", alias = "hosts")]
    nodes: PathBuf,
    /// Items, a row each (CSV, gz too)
    #[arg(long, value_name = "FILE", alias = "items")]
    pods: PathBuf,
    /// Order in which items come and equally good hosts are taken: JSON, a line for each seed
    #[arg(long, value_name = "FILE")]
    order: Option<PathBuf>,
    /// Which order of the file; without a file, seed of one by chance
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Without a file: items ask for this share of all GPUs in the end
    #[arg(long, default_value_t = 1.3)]
    load: f64,
    /// How hosts are chosen
    #[arg(long, default_value = "FGD")]
    policy: String,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// CPU and memory.
const KINDS: usize = 2;

impl Placement {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::Input(format!("error: {error}\n"));
        let (kinds, mut specs) = (Kinds::default(), Specs::default());
        let hosts = read_hosts::<KINDS>(&self.nodes, &HostColumns::openb(), &kinds, &mut specs);
        let hosts = hosts.map_err(|error| failed(&error))?;
        let workload = workload(&self.pods, &kinds, &mut specs).map_err(|error| failed(&error))?;
        let streams = Streams::new(self.seed);
        let order = match &self.order {
            Some(file) => read_order(file, self.seed, workload.items.len(), hosts.len())
                .map_err(|error| failed(&error))?,
            None => {
                let gpus = hosts.iter().map(|host| host.devices.total_free()).sum();
                let mut chance = streams.named("placement/order");
                workload.shuffled(self.load, gpus, hosts.len(), &mut chance)
            }
        };
        let policy = self.policy(&workload.typical, streams)?;
        let mut fleet = Fleet::new(&hosts, &order.hosts(), policy, workload.typical.clone());
        let mut items = ordered(&workload.items, &order);
        let outcome = laboratory::run(&mut fleet, &mut || Ok::<_, TraceError>(items.next()));
        let outcome = outcome.map_err(|error| failed(&error))?;
        print(&csv(&outcome.curve.points()))?;
        Ok(Outcome::Done)
    }

    fn policy<const K: usize>(
        &self,
        typical: &Typical,
        streams: Streams,
    ) -> Result<FleetPolicy<K>, Failure> {
        let chance = streams.named("placement/policy");
        if let Some(policy) = gpu_policy(&self.policy, typical, chance) {
            return Ok(FleetPolicy::Gpus(policy));
        }
        if let Some(known) = POLICIES.iter().find(|one| one.name == self.policy) {
            return Ok(FleetPolicy::Amounts(policy(known.policy)));
        }
        let names = GPU_POLICIES.iter().map(|one| one.name);
        let names: Vec<&str> = names.chain(POLICIES.iter().map(|one| one.name)).collect();
        Err(Failure::Input(format!(
            "error: there is no policy `{}`\n  help: one of {}\n",
            self.policy,
            names.join(", ")
        )))
    }
}

/// All items by name, and what is typical of them.
fn workload<const K: usize>(
    file: &Path,
    kinds: &Kinds,
    specs: &mut Specs,
) -> Result<Workload<K>, TraceError> {
    let has_spec = Table::open(file)?.columns().iter().any(|column| column == "gpu_spec");
    let mut reader = ItemReader::<K>::open(file, &ItemColumns::openb(has_spec), kinds)?;
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

/// The items in an order, all at once and for ever.
fn ordered<'a, const K: usize>(
    items: &'a [Item<K>],
    order: &'a Order,
) -> impl Iterator<Item = Item<K>> + 'a {
    order.pods.iter().map(|&pod| {
        let item = items[pod];
        Item { arrival: crate::engine::SimTime::ZERO, lifetime: None, ..item }
    })
}

fn csv(points: &[Point]) -> String {
    let lines = points.iter().map(|point| {
        format!(
            "{},{:.2},{:.2},{:.2}\n",
            point.arrived_percent,
            point.allocated_percent,
            point.fragments_percent,
            point.fragments_of_free_percent
        )
    });
    let header = "arrived_pct,alloc_pct,frag_pct,frag_ratio_pct\n".to_owned();
    std::iter::once(header).chain(lines).collect()
}
