//! The flags of `placement`, and what each says in a scenario.

use std::path::{Path, PathBuf};

use super::columns::columns;
use super::described::{Described, bare_or_quoted, number_or_text, text};
use crate::cli::Failure;
use crate::scenario::ReplayPolicy;

/// Items, a table of them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Items")]
pub struct Items {
    /// Items, a row each
    #[arg(long, value_name = "FILE", visible_alias = "items")]
    pods: PathBuf,
    /// Which column is what: name, arrival, lifetime or end, cpu, memory, disk, network, numa,
    /// gpus, gpu_share, gpu_models, priority, group, strategy, domain, extra.KIND. Units are those
    /// of 1 in the column: 1ms, 500m, 1GiB; usual ones are a second, a core, a byte
    #[arg(long, value_name = "KEY=COLUMN[:UNIT]", value_delimiter = ',')]
    columns: Vec<String>,
    /// A table that says what items of each type need: columns that the items do not have
    #[arg(long, value_name = "FILE", requires = "types_key")]
    types: Option<PathBuf>,
    /// The column that names the type, in both tables; ITEMS=TYPES where the names differ
    #[arg(long, value_name = "COLUMN", requires = "types")]
    types_key: Option<String>,
    /// Which rows of the types are meant, where a type has several
    #[arg(long, value_name = "COLUMN=VALUE", value_delimiter = ',', requires = "types")]
    types_only: Vec<String>,
    /// What is done with items of a type that has no row: error, or leave-out
    #[arg(long, value_name = "WHAT", requires = "types")]
    types_unknown: Option<String>,
    /// Rows may come in any order: sort them by arrival
    #[arg(long)]
    sort: bool,
    /// Which arrival is the start of the run: zero, or first
    #[arg(long, value_name = "WHICH")]
    origin: Option<String>,
    /// Order in which items come and equally good hosts are taken: JSON, a line for each seed
    #[arg(long, value_name = "FILE")]
    order: Option<PathBuf>,
    /// Items come by chance until they have asked for this share of all GPUs. Default 1.3 where
    /// items have GPUs, and neither times nor an order
    #[arg(long, value_name = "SHARE")]
    load: Option<f64>,
}

/// Hosts: a table of them, or so many that are alike.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Hosts")]
pub struct Hosts {
    /// Hosts, a row each
    #[arg(long, value_name = "FILE", conflicts_with = "hosts")]
    nodes: Option<PathBuf>,
    /// Which column is what: name, cpu, memory, disk, network, gpus, gpu_model, rack, extra.KIND;
    /// of hosts with NUMA nodes numa1.cpu, numa1.memory, numa2.cpu and so on
    #[arg(long, value_name = "KEY=COLUMN[:UNIT]", value_delimiter = ',')]
    host_columns: Vec<String>,
    /// So many hosts that are alike, instead of a table
    #[arg(long, value_name = "COUNT")]
    hosts: Option<String>,
    /// Cores of each
    #[arg(long, value_name = "CORES", requires = "hosts")]
    host_cpu: Option<String>,
    /// Memory of each
    #[arg(long, value_name = "BYTES", requires = "hosts")]
    host_memory: Option<String>,
    /// Disk of each, where items have a column `disk`
    #[arg(long, value_name = "BYTES", requires = "hosts")]
    host_disk: Option<String>,
    /// Bandwidth of each, where items have a column `network`
    #[arg(long, value_name = "BANDWIDTH", requires = "hosts")]
    host_network: Option<String>,
    /// GPUs of each
    #[arg(long, value_name = "COUNT", requires = "hosts")]
    host_gpus: Option<u8>,
    /// Their model
    #[arg(long, value_name = "MODEL", requires = "host_gpus")]
    host_gpu_model: Option<String>,
    /// NUMA nodes of each
    #[arg(long, value_name = "COUNT", requires = "hosts")]
    host_numa_nodes: Option<u8>,
    /// What each has of other kinds of resource
    #[arg(long, value_name = "KIND=AMOUNT", value_delimiter = ',', requires = "hosts")]
    host_extra: Vec<String>,
}

/// How items are placed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Placement")]
pub struct Rules {
    /// How hosts are chosen: names from `plimsoll policies`, or of the FGD experiment; several are
    /// compared. Default FGD where items have GPUs, else first-fit
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = policy)]
    policy: Vec<ReplayPolicy>,
    /// Of how many hosts by chance power-of-k takes the best
    #[arg(long, value_name = "COUNT")]
    choices: Option<u32>,
    /// What items of one group ask of their hosts, where no column `strategy` says so: affinity,
    /// anti-affinity, fault-domain
    #[arg(long, value_name = "RULE")]
    group_rule: Option<String>,
    /// So many hosts each are in one rack, in their order
    #[arg(long, value_name = "COUNT")]
    hosts_per_rack: Option<u32>,
    /// In which order items are placed that come at one instant: listed, or decreasing
    #[arg(long, value_name = "ORDER")]
    batch: Option<String>,
    /// An item that fits nowhere comes again after this time
    #[arg(long, value_name = "TIME")]
    retry: Option<String>,
    /// An item that fits nowhere evicts less important ones, by their priority
    #[arg(long)]
    preemption: bool,
    /// Of all that is by chance; which order of the file
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

fn policy(name: &str) -> Result<ReplayPolicy, String> {
    ReplayPolicy::by_name(name).ok_or_else(|| {
        let names = ReplayPolicy::ALL.map(ReplayPolicy::name);
        format!("there is no such policy; one of {}", names.join(", "))
    })
}

impl Items {
    /// The table.
    pub fn file(&self) -> &Path {
        &self.pods
    }

    /// Whether a column is said to be this.
    fn has(&self, key: &str) -> bool {
        self.columns.iter().any(|it| it.split_once('=').is_some_and(|(it, _)| it.trim() == key))
    }

    /// Whether items have GPUs, as those of the known trace do.
    fn have_gpus(&self) -> bool {
        self.columns.is_empty() || self.has("gpus")
    }

    /// Writes them into a cluster.
    pub fn describe(&self, out: &mut Described) -> Result<(), Failure> {
        let start = "replay.items";
        path("--pods", &format!("{start}.file"), &self.pods, out);
        columns("--columns", &format!("{start}.columns"), &self.columns, out)?;
        if let Some(types) = &self.types {
            path("--types", &format!("{start}.types.file"), types, out);
        }
        if let Some(key) = &self.types_key {
            let value = match key.split_once('=') {
                Some((item, kind)) => format!("{{ item = {}, type = {} }}", text(item), text(kind)),
                None => text(key),
            };
            out.set(&format!("--types-key {key}"), &format!("{start}.types.key"), value);
        }
        for only in &self.types_only {
            let (column, value) = pair("--types-only", only, "COLUMN=VALUE")?;
            let key = format!("{start}.types.only.{}", bare_or_quoted(column));
            out.set(&format!("--types-only {only}"), &key, text(value));
        }
        word(
            "--types-unknown",
            &format!("{start}.types.unknown"),
            self.types_unknown.as_deref(),
            out,
        );
        if self.sort {
            out.set("--sort", &format!("{start}.sort"), true);
        }
        word("--origin", &format!("{start}.origin"), self.origin.as_deref(), out);
        if let Some(order) = &self.order {
            path("--order", &format!("{start}.order"), order, out);
        }
        Ok(())
    }

    /// To what share of the GPUs items come by chance: as in the experiment where nothing says
    /// otherwise.
    fn load(&self) -> Option<f64> {
        let are_timed = ["arrival", "lifetime", "end"].iter().any(|key| self.has(key));
        let by_chance = self.order.is_none() && self.have_gpus() && !are_timed;
        self.load.or(by_chance.then_some(1.3))
    }
}

impl Hosts {
    /// Writes the shape of hosts that are alike.
    pub fn describe_shape(&self, items: &Items, out: &mut Described) -> Result<(), Failure> {
        if self.table().is_none() && self.hosts.is_none() {
            let help = "a table of hosts is `--nodes FILE`; hosts that are alike are `--hosts 1000 \
                        --host-cpu 64 --host-memory 256GiB`";
            return Err(wrong("plimsoll placement", "there are no hosts", help));
        }
        let Some((flag, _)) = self.count() else { return Ok(()) };
        let (Some(cpu), Some(memory)) = (&self.host_cpu, &self.host_memory) else {
            let help = "add `--host-cpu` and `--host-memory`, such as `--host-cpu 64 --host-memory \
                        256GiB`; a table of hosts is `--nodes FILE`";
            return Err(wrong(&flag, "it is not said what each of them has", help));
        };
        out.section("[[host]]", &flag);
        out.set(&flag, "name", text("host"));
        out.set(&format!("--host-cpu {cpu}"), "cores", number_or_text(cpu));
        out.set(&format!("--host-memory {memory}"), "memory", text(memory));
        // all of it is for items
        out.set(&format!("--host-memory {memory}"), "system_memory", text("0"));
        word("--host-disk", "disk.size", self.host_disk.as_deref(), out);
        word("--host-network", "network", self.host_network.as_deref(), out);
        word("--host-gpu-model", "gpu_model", self.host_gpu_model.as_deref(), out);
        number("--host-gpus", "gpus", self.host_gpus, out);
        number("--host-numa-nodes", "numa_nodes", self.host_numa_nodes, out);
        for (key, said) in [("disk", &self.host_disk), ("network", &self.host_network)] {
            if said.is_none() && items.has(key) {
                let title = format!("it is not said what {key} each of them has");
                let help = format!("add `--host-{key}`, as items have a column for it");
                return Err(wrong(&flag, &title, &help));
            }
        }
        Ok(())
    }

    /// Writes the hosts into a cluster.
    pub fn describe(&self, out: &mut Described) -> Result<(), Failure> {
        if let Some((flag, count)) = self.count() {
            out.set(&flag, "hosts.shape", text("host"));
            out.set(&flag, "hosts.count", count);
        }
        for extra in &self.host_extra {
            let (kind, amount) = pair("--host-extra", extra, "KIND=AMOUNT")?;
            let key = format!("replay.host_extra.{}", bare_or_quoted(kind));
            out.set(&format!("--host-extra {extra}"), &key, number_or_text(amount));
        }
        if let Some(file) = self.table() {
            path("--nodes", "replay.host_table.file", file, out);
        }
        columns("--host-columns", "replay.host_table.columns", &self.host_columns, out)
    }

    /// How many there are without a table, and the flag that says so.
    fn count(&self) -> Option<(String, &str)> {
        let count = self.hosts.as_deref().filter(|_| self.table().is_none())?;
        Some((format!("--hosts {count}"), count))
    }

    /// The table, which `--hosts` may name as well.
    fn table(&self) -> Option<&Path> {
        let named = self.hosts.as_deref().filter(|it| it.parse::<u64>().is_err()).map(Path::new);
        self.nodes.as_deref().or(named)
    }
}

impl Rules {
    /// The policies to compare.
    pub fn policies(&self, items: &Items) -> Vec<ReplayPolicy> {
        match items.have_gpus() {
            _ if !self.policy.is_empty() => self.policy.clone(),
            true => vec![ReplayPolicy::Fgd],
            false => vec![ReplayPolicy::FirstFit],
        }
    }

    /// Begins the cluster of a policy.
    pub fn describe(&self, policy: ReplayPolicy, items: &Items, out: &mut Described) {
        let flag = format!("--policy {}", policy.name());
        out.section("[[cluster]]", &flag);
        out.set(&flag, "name", text(policy.name()));
        out.set(&flag, "kind", text("placement"));
        out.set(&flag, "replay.policy", text(policy.name()));
        let draws =
            policy == ReplayPolicy::PowerOfK || !self.policy.contains(&ReplayPolicy::PowerOfK);
        number("--choices", "replay.choices", self.choices.filter(|_| draws), out);
        word("--group-rule", "replay.group_rule", self.group_rule.as_deref(), out);
        number("--hosts-per-rack", "replay.hosts_per_rack", self.hosts_per_rack, out);
        word("--batch", "replay.batch", self.batch.as_deref(), out);
        if let Some(load) = items.load() {
            // as a float, which TOML tells from a whole number
            out.set(&format!("--load {load}"), "replay.load", format!("{load:?}"));
        }
        word("--retry", "replay.retry", self.retry.as_deref(), out);
        if self.preemption {
            out.set("--preemption", "replay.preemption", true);
        }
    }
}

fn path(flag: &str, key: &str, file: &Path, out: &mut Described) {
    let file = file.display().to_string();
    out.set(&format!("{flag} {file}"), key, text(&file));
}

fn word(flag: &str, key: &str, value: Option<&str>, out: &mut Described) {
    if let Some(value) = value {
        out.set(&format!("{flag} {value}"), key, text(value));
    }
}

fn number(flag: &str, key: &str, value: Option<impl Into<u32>>, out: &mut Described) {
    if let Some(value) = value.map(Into::into) {
        out.set(&format!("{flag} {value}"), key, value);
    }
}

pub(super) fn pair<'a>(
    flag: &str,
    value: &'a str,
    form: &str,
) -> Result<(&'a str, &'a str), Failure> {
    let pair = value.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
    let pair = pair.filter(|(key, value)| !key.is_empty() && !value.is_empty());
    pair.ok_or_else(|| {
        wrong(&format!("{flag} {value}"), "there are not two parts", &format!("write {form}"))
    })
}

fn wrong(flag: &str, title: &str, help: &str) -> Failure {
    Failure::Input(format!("error: `{flag}`: {title}\n  help: {help}\n"))
}
