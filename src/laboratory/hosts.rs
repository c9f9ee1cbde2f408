//! Hosts from a table, and the names that kinds and models go by.

use std::collections::BTreeMap;
use std::path::Path;

use crate::placement::Resources;
use crate::placement::gpu::{Devices, MOST_DEVICES, Models};
use crate::placement::numa::Nodes;
use crate::scenario::{Column as ColumnOf, HostColumns, Power, Replay};
use crate::units::{Bytes, Millicores, Watts};
use crate::workload::traces::{Column, Table, TraceError};

/// Models of GPU at most.
const MOST_MODELS: usize = 64;

/// A host, empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Host<const K: usize> {
    /// Its name, or its number.
    pub name: String,
    /// Of each kind of resource.
    pub capacity: Resources<K>,
    /// Its GPUs.
    pub devices: Devices,
    /// Its NUMA nodes, where one knows them.
    pub nodes: Nodes,
    /// Number of its rack.
    pub rack: u32,
    /// Its electrical power, where that is known.
    pub power: Option<Power>,
}

/// Names of the kinds of resource beyond CPU and memory, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(pub Vec<String>);

impl Kinds {
    /// Those that items need and hosts have.
    pub fn of(replay: &Replay) -> Self {
        let mut names: Vec<String> = replay.host_extra.keys().cloned().collect();
        if let Some(columns) = replay.host_table.as_ref().and_then(|table| table.columns.as_ref()) {
            names.extend(columns.extra.keys().cloned());
            names.extend(columns.quantities().map(|(kind, ..)| kind.to_owned()));
        }
        if let Some(columns) = &replay.items.columns {
            names.extend(columns.extra.keys().cloned());
            names.extend(columns.quantities().map(|(kind, ..)| kind.to_owned()));
        }
        names.sort();
        names.dedup();
        Self(names)
    }

    /// The number of a kind.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|kind| kind == name).map(|at| at + 2)
    }

    /// Names of all, CPU and memory first.
    pub fn all(&self) -> Vec<String> {
        ["cpu", "memory"].map(str::to_owned).into_iter().chain(self.0.iter().cloned()).collect()
    }

    /// How many there are, CPU and memory among them.
    pub fn count(&self) -> usize {
        self.0.len() + 2
    }
}

/// Models of GPU by name, and sets of them as they are written.
#[derive(Clone, Debug)]
pub struct Specs {
    models: Vec<String>,
    specs: Vec<(String, Models)>,
}

impl Default for Specs {
    /// No model, and the empty text for any.
    fn default() -> Self {
        Self { models: Vec::new(), specs: vec![(String::new(), Models::ANY)] }
    }
}

impl Specs {
    /// The number of a model, which is new or known; none where there are 64 already.
    pub fn model(&mut self, name: &str) -> Option<u8> {
        let known = self.models.iter().position(|model| model == name);
        let number = known.unwrap_or(self.models.len());
        if known.is_none() {
            self.models.push(name.to_owned());
        }
        (number < MOST_MODELS).then_some(number as u8)
    }

    /// The number of a set as it is written: `T4`, `P100|T4`, nothing for any. Models that no host
    /// has are in no set. None where there are 65,536 sets already.
    pub fn number(&mut self, text: &str) -> Option<u16> {
        let known = self.specs.iter().position(|(known, _)| known == text);
        let number = known.unwrap_or(self.specs.len());
        if known.is_none() {
            let named = text.split('|').map(str::trim);
            let numbers = named.filter_map(|name| self.models.iter().position(|one| one == name));
            let models = numbers.fold(0, |models, number| models | 1 << number);
            self.specs.push((text.to_owned(), Models(models)));
        }
        u16::try_from(number).ok()
    }

    /// The models of a set.
    pub fn models(&self, spec: u16) -> Models {
        self.specs[usize::from(spec)].1
    }

    /// A set as it is written.
    pub fn text(&self, spec: u16) -> &str {
        &self.specs[usize::from(spec)].0
    }
}

/// All hosts of a table, in the order of its rows. Their models come into `specs`.
///
/// # Errors
/// When the file cannot be read, lacks a column or rows, or holds what is no host.
pub fn read_hosts<const K: usize>(
    file: &Path,
    columns: &HostColumns,
    kinds: &Kinds,
    specs: &mut Specs,
) -> Result<Vec<Host<K>>, TraceError> {
    let mut table = Table::open(file)?;
    let named = |name: &Option<String>| name.as_ref().map(|it| table.column(it)).transpose();
    let name = named(&columns.name)?;
    let amounts = Amounts::find(&table, columns, kinds)?;
    let (gpus, model) = (named(&columns.gpus)?, named(&columns.gpu_model)?);
    let (rack, mut racks) = (named(&columns.rack)?, BTreeMap::new());
    let power = PowerColumns::find(&table, columns)?;
    let mut hosts = Vec::new();
    while table.advance()? {
        let (capacity, nodes) = amounts.read(&table)?;
        let count = gpus.map_or(Ok(0), |column| table.whole(column))?;
        let model = match model.filter(|_| count > 0) {
            None => Some(0),
            Some(column) => specs.model(&table.text(column)),
        };
        let (Some(model), true) = (model, count <= MOST_DEVICES as u64) else {
            let column = gpus.expect("there are GPUs");
            return Err(table.unexpected(column, "at most 16 GPUs, of at most 64 models in all"));
        };
        hosts.push(Host {
            name: name.map_or_else(|| hosts.len().to_string(), |name| table.text(name).into()),
            capacity,
            devices: Devices::new(count as usize, model),
            nodes,
            rack: rack.map_or(0, |rack| number_of(table.text(rack).into_owned(), &mut racks)),
            power: power.map(|power| power.of(&table)).transpose()?,
        });
    }
    match hosts.is_empty() {
        true => Err(TraceError::Empty { file: file.to_owned() }),
        false => Ok(hosts),
    }
}

/// The number of a name, which is new or known.
fn number_of(name: String, names: &mut BTreeMap<String, u32>) -> u32 {
    let new = names.len() as u32;
    *names.entry(name).or_insert(new)
}

/// Columns of amounts, and the unit of each.
struct Amounts {
    cpu: Option<(Column, u64)>,
    memory: Option<(Column, u64)>,
    /// CPU and memory of each NUMA node.
    nodes: Vec<[Option<(Column, u64)>; 2]>,
    /// With the number of each kind.
    extra: Vec<(usize, Column, u64)>,
}

impl Amounts {
    fn find(table: &Table, columns: &HostColumns, kinds: &Kinds) -> Result<Self, TraceError> {
        let place = |column: &str, unit: u64| Ok((table.column(column)?, unit));
        let cpu = |it: &ColumnOf<Millicores>| place(&it.column, it.unit.0);
        let memory = |it: &ColumnOf<Bytes>| place(&it.column, it.unit.0);
        let mut nodes = Vec::new();
        for node in &columns.numa {
            nodes.push([Some(cpu(&node.cpu)?), node.memory.as_ref().map(memory).transpose()?]);
        }
        let mut extra = Vec::new();
        let mut named: Vec<(&str, &str, u64)> = columns.quantities().collect();
        named.extend(columns.extra.iter().map(|(kind, it)| (&**kind, &*it.column, it.unit)));
        for (kind, column, unit) in named {
            let kind = kinds.number(kind).expect("kinds are those of hosts and items");
            extra.push((kind, table.column(column)?, unit));
        }
        Ok(Self {
            cpu: columns.cpu.as_ref().map(cpu).transpose()?,
            memory: columns.memory.as_ref().map(memory).transpose()?,
            nodes,
            extra,
        })
    }

    /// Those of the row that the table is at: of the host, and of its nodes.
    fn read<const K: usize>(&self, table: &Table) -> Result<(Resources<K>, Nodes), TraceError> {
        let amount = |at: Option<(Column, u64)>| {
            at.map_or(Ok(0), |(column, unit)| table.capacity(column, unit))
        };
        let mut nodes = Vec::new();
        for &[cpu, memory] in &self.nodes {
            nodes.push(Resources::of([amount(cpu)?, amount(memory)?]));
        }
        let nodes = Nodes::new(&nodes);
        let [cpu, memory] = *nodes.total().amounts();
        let mut amounts = [0; K];
        amounts[0] = cpu.saturating_add(amount(self.cpu)?);
        amounts[1] = memory.saturating_add(amount(self.memory)?);
        for &(kind, column, unit) in &self.extra {
            amounts[kind] =
                if table.is_blank(column) { 0 } else { table.capacity(column, unit)? };
        }
        Ok((Resources::of(amounts), nodes))
    }
}

/// Where the power of a host is, each with the watts that 1 stands for.
#[derive(Clone, Copy)]
struct PowerColumns {
    idle: (Column, f64),
    max: (Column, f64),
}

impl PowerColumns {
    fn find(table: &Table, columns: &HostColumns) -> Result<Option<Self>, TraceError> {
        let (Some(idle), Some(max)) = (&columns.idle_power, &columns.max_power) else {
            return Ok(None);
        };
        let place = |of: &ColumnOf<Watts>| Ok((table.column(&of.column)?, of.unit.0));
        Ok(Some(Self { idle: place(idle)?, max: place(max)? }))
    }

    fn of(&self, table: &Table) -> Result<Power, TraceError> {
        let watts = |(column, unit): (Column, f64)| Ok(Watts(table.number(column)? * unit));
        Ok(Power::Linear { idle: watts(self.idle)?, max: watts(self.max)? })
    }
}
