//! Tables of items, hosts, requests and jobs: which column is what, and in which unit.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize};

use super::shorthand::{self, TextOrTable};
use crate::engine::SimDuration;
use crate::units::{Bandwidth, Bytes, Fraction, Millicores, Watts};

/// A column of a table: its name alone where its unit is the usual one, else both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Column<U> {
    /// Name in the header.
    pub column: String,
    /// What 1 in the column stands for.
    pub unit: U,
}

impl<U> Column<U> {
    /// A column of this unit.
    pub fn new(column: &str, unit: U) -> Self {
        Self { column: column.to_owned(), unit }
    }
}

/// What 1 stands for where nothing is said.
pub trait UsualUnit: Sized {
    /// That.
    const USUAL: Self;
}

impl UsualUnit for SimDuration {
    const USUAL: Self = Self::from_secs(1);
}

impl UsualUnit for Millicores {
    const USUAL: Self = Self(1000);
}

impl UsualUnit for Bytes {
    const USUAL: Self = Self(1);
}

impl UsualUnit for Bandwidth {
    /// 1bit/s
    const USUAL: Self = Self(0.125);
}

impl UsualUnit for u64 {
    const USUAL: Self = 1;
}

impl UsualUnit for Fraction {
    const USUAL: Self = Self(1.0);
}

impl UsualUnit for Watts {
    const USUAL: Self = Self(1.0);
}

impl<'de, U: UsualUnit + DeserializeOwned> Deserialize<'de> for Column<U> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl<U: UsualUnit + DeserializeOwned> TextOrTable for Column<U> {
    const EXPECTED: &'static str =
        "the name of a column, or a table such as `{ column = \"ram\", unit = \"1GiB\" }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self { column: text.to_owned(), unit: U::USUAL })
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full<U> {
            column: String,
            unit: U,
        }
        let full = Full::deserialize(MapAccessDeserializer::new(table))?;
        Ok(Self { column: full.column, unit: full.unit })
    }
}

/// Columns of a table of items: VMs, containers, pods, tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemColumns {
    /// A number or a name of each. Default: items are numbered from 0 in the order of the rows.
    pub name: Option<String>,
    /// When it comes: numbers of the unit, which may be below 0, or dates (ISO 8601, in UTC where
    /// there is no offset). Default: all come at once, in the order of the rows.
    pub arrival: Option<Column<SimDuration>>,
    /// How long it stays once it has a host; blank for ever. Default: for ever.
    pub lifetime: Option<Column<SimDuration>>,
    /// When it leaves, instead of how long it stays; blank for never.
    pub end: Option<Column<SimDuration>>,
    /// CPU it needs, rounded up to a millicore. The usual unit is a core; of shares of a host it is
    /// what a host has.
    pub cpu: Column<Millicores>,
    /// Memory it needs, rounded up. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
    /// Disk it needs. The usual unit is a byte.
    pub disk: Option<Column<Bytes>>,
    /// Bandwidth of the network that it needs. The usual unit is a bit a second.
    pub network: Option<Column<Bandwidth>>,
    /// How many NUMA nodes of one host it is spread over evenly, with its CPU and its memory: 1 for
    /// all of it within one node. 0 or nothing for wherever there is room on the host, which is
    /// also the default.
    pub numa: Option<String>,
    /// GPUs it needs. Default: none.
    pub gpus: Option<String>,
    /// How much of each GPU. The usual unit is a whole one, which is also the default.
    pub gpu_share: Option<Column<Fraction>>,
    /// Models of GPU that will do, with `|` between them; nothing for any.
    pub gpu_models: Option<String>,
    /// The larger, the more important. Default: all are equal.
    pub priority: Option<String>,
    /// Items that belong together, by a name; nothing for an item alone. What they ask of their
    /// hosts says `strategy`, or `group_rule` of `[cluster.replay]`.
    pub group: Option<String>,
    /// What items of its group ask of their hosts: `affinity` (or `collocation`), `anti-affinity`
    /// (or `anti-collocation`), `fault-domain` (or `fault_domain`), or a word of `strategies` of
    /// `[cluster.replay]`. Nothing for `group_rule`. The same name under two strategies are two
    /// groups.
    pub strategy: Option<String>,
    /// `fault-domain`: a number from 0; items of a group with different numbers share no rack.
    pub domain: Option<String>,
    /// Any other kinds of resource, by the names that hosts have for them, rounded up. Blank
    /// fields are 0. The usual unit is 1 of what hosts have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Column<u64>>,
}

impl ItemColumns {
    /// A table that says of each item only its CPU.
    pub fn new(cpu: Column<Millicores>) -> Self {
        Self {
            name: None,
            arrival: None,
            lifetime: None,
            end: None,
            cpu,
            memory: None,
            disk: None,
            network: None,
            numa: None,
            gpus: None,
            gpu_share: None,
            gpu_models: None,
            priority: None,
            group: None,
            strategy: None,
            domain: None,
            extra: BTreeMap::new(),
        }
    }

    /// Columns of further quantities: their kinds, their names, and what 1 in each stands for.
    pub fn quantities(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        quantities(self.disk.as_ref(), self.network.as_ref())
    }

    /// Pods of the Alibaba GPU trace of 2023 (`openb_pod_list_*.csv`), whose times and memory
    /// are in seconds and MiB; of its columns those that a file has.
    pub fn openb(has: impl Fn(&str) -> bool) -> Self {
        let named = |name: &str| has(name).then(|| name.to_owned());
        let time = |name: &str| has(name).then(|| Column::new(name, SimDuration::from_secs(1)));
        Self {
            name: named("name"),
            arrival: time("creation_time"),
            end: time("deletion_time"),
            memory: Some(Column::new("memory_mib", Bytes(1 << 20))),
            gpus: Some("num_gpu".to_owned()),
            gpu_share: Some(Column::new("gpu_milli", Fraction(0.001))),
            gpu_models: named("gpu_spec"),
            ..Self::new(Column::new("cpu_milli", Millicores(1)))
        }
    }
}

/// Disk in bytes and network in bits a second, as kinds of resource.
fn quantities<'a>(
    disk: Option<&'a Column<Bytes>>,
    network: Option<&'a Column<Bandwidth>>,
) -> impl Iterator<Item = (&'static str, &'a str, u64)> {
    let disk = disk.map(|it| ("disk", it.column.as_str(), it.unit.0));
    let network = network.map(|it| ("network", it.column.as_str(), it.unit.bits()));
    disk.into_iter().chain(network)
}

/// Columns of a table of hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostColumns {
    /// Its name. Default: hosts are numbered from 0 in the order of the rows.
    pub name: Option<String>,
    /// CPU it has. The usual unit is a core. Required, unless `numa` says it.
    pub cpu: Option<Column<Millicores>>,
    /// Memory it has. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
    /// CPU and memory of each of its NUMA nodes, 8 at most, instead of those of the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numa: Vec<NodeColumns>,
    /// Disk it has. The usual unit is a byte.
    pub disk: Option<Column<Bytes>>,
    /// Bandwidth of its network. The usual unit is a bit a second.
    pub network: Option<Column<Bandwidth>>,
    /// Its rack, by a name: what `fault-domain` keeps apart.
    pub rack: Option<String>,
    /// GPUs it has. Default: none.
    pub gpus: Option<String>,
    /// Their model.
    pub gpu_model: Option<String>,
    /// Electrical power of a host none of whose CPU is allocated. The usual unit is a watt.
    /// Default: what the `power` of the table says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_power: Option<Column<Watts>>,
    /// Electrical power of a host all of whose CPU is allocated; between the two it is linear. The
    /// usual unit is a watt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_power: Option<Column<Watts>>,
    /// Any other kinds of resource, in whole numbers. Blank fields are 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Column<u64>>,
}

impl HostColumns {
    /// Nodes of the Alibaba GPU trace of 2023 (`openb_node_list_*.csv`).
    pub fn openb() -> Self {
        Self {
            name: Some("sn".to_owned()),
            cpu: Some(Column::new("cpu_milli", Millicores(1))),
            memory: Some(Column::new("memory_mib", Bytes(1 << 20))),
            numa: Vec::new(),
            disk: None,
            network: None,
            rack: None,
            gpus: Some("gpu".to_owned()),
            gpu_model: Some("model".to_owned()),
            idle_power: None,
            max_power: None,
            extra: BTreeMap::new(),
        }
    }

    /// Columns of further quantities: their kinds, their names, and what 1 in each stands for.
    pub fn quantities(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        quantities(self.disk.as_ref(), self.network.as_ref())
    }
}

/// Columns of one NUMA node of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeColumns {
    /// CPU it has. The usual unit is a core.
    pub cpu: Column<Millicores>,
    /// Memory it has. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
}

/// A table of requests or of jobs, in the order in which they come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalTable {
    /// CSV file, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// When one comes, from the start of the run. The usual unit is a second.
    pub arrival: Column<SimDuration>,
    /// CPU time that a request needs, at a core of speed 1.0, instead of the app's `demand`. The
    /// usual unit is a second.
    pub demand: Option<Column<SimDuration>>,
    /// The replica that a request goes to, by its number from 0, in the order in which the app's
    /// replicas were asked for; it is refused while that one is not ready. On clusters of kind
    /// `hypervisor` and `docker`. Default: the app's `balance` decides.
    pub replica: Option<String>,
    /// How long a job runs, which needs no `demand` then. The usual unit is a second.
    pub duration: Option<Column<SimDuration>>,
    /// CPU that a job requests and is limited to, instead of its `cpu`. The usual unit is a core.
    pub cpu: Option<Column<Millicores>>,
    /// Memory that a job requests and is limited to, instead of its `memory`. The usual unit is a
    /// byte.
    pub memory: Option<Column<Bytes>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_a_name_or_a_name_and_a_unit() {
        let text = r#"
            cpu = "vcpus"
            memory = { column = "ram", unit = "1GiB" }
            arrival = { column = "start", unit = "1ms" }
        "#;
        let columns: ItemColumns = toml::from_str(text).unwrap();
        assert_eq!(columns.cpu, Column::new("vcpus", Millicores(1000)));
        assert_eq!(columns.memory, Some(Column::new("ram", Bytes(1 << 30))));
        assert_eq!(columns.arrival, Some(Column::new("start", SimDuration::from_millis(1))));
    }

    #[test]
    fn a_unit_alone_is_no_column() {
        let error = toml::from_str::<ItemColumns>("cpu = { unit = '1m' }").unwrap_err();
        assert!(error.message().contains("missing field `column`"), "{error}");
    }
}
