//! Tables of items, hosts, requests and jobs: which column is what, and in which unit.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize};

use super::shorthand::{self, TextOrTable};
use crate::engine::SimDuration;
use crate::units::{Bytes, Fraction, Millicores, Watts};

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
    /// When it comes. Default: all come at once, in the order of the rows.
    pub arrival: Option<Column<SimDuration>>,
    /// How long it stays once it has a host. Default: for ever.
    pub lifetime: Option<Column<SimDuration>>,
    /// When it leaves, instead of how long it stays.
    pub end: Option<Column<SimDuration>>,
    /// CPU it needs. The usual unit is a core.
    pub cpu: Column<Millicores>,
    /// Memory it needs. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
    /// GPUs it needs. Default: none.
    pub gpus: Option<String>,
    /// How much of each GPU. The usual unit is a whole one, which is also the default.
    pub gpu_share: Option<Column<Fraction>>,
    /// Models of GPU that will do, with `|` between them; nothing for any.
    pub gpu_models: Option<String>,
    /// The larger, the more important. Default: all are equal.
    pub priority: Option<String>,
    /// Items that belong together.
    pub group: Option<String>,
    /// Any other kinds of resource, by the names that hosts have for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
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
            gpus: None,
            gpu_share: None,
            gpu_models: None,
            priority: None,
            group: None,
            extra: BTreeMap::new(),
        }
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

/// Columns of a table of hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostColumns {
    /// Its name. Default: hosts are numbered from 0 in the order of the rows.
    pub name: Option<String>,
    /// CPU it has. The usual unit is a core.
    pub cpu: Column<Millicores>,
    /// Memory it has. The usual unit is a byte.
    pub memory: Option<Column<Bytes>>,
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
    /// Any other kinds of resource.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

impl HostColumns {
    /// Nodes of the Alibaba GPU trace of 2023 (`openb_node_list_*.csv`).
    pub fn openb() -> Self {
        Self {
            name: Some("sn".to_owned()),
            cpu: Column::new("cpu_milli", Millicores(1)),
            memory: Some(Column::new("memory_mib", Bytes(1 << 20))),
            gpus: Some("gpu".to_owned()),
            gpu_model: Some("model".to_owned()),
            idle_power: None,
            max_power: None,
            extra: BTreeMap::new(),
        }
    }
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
