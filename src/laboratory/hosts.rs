//! Hosts from a table, and the names that kinds and models go by.

use std::path::Path;

use crate::placement::Resources;
use crate::placement::gpu::{Devices, MOST_DEVICES, Models};
use crate::scenario::{Column as ColumnOf, HostColumns, Power};
use crate::units::Watts;
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
    /// Its electrical power, where that is known.
    pub power: Option<Power>,
}

/// Names of the kinds of resource beyond CPU and memory, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(pub Vec<String>);

impl Kinds {
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
    let cpu = table.column(&columns.cpu.column)?;
    let memory = columns.memory.as_ref();
    let memory = memory.map(|it| Ok((table.column(&it.column)?, it.unit.0))).transpose()?;
    let (gpus, model) = (named(&columns.gpus)?, named(&columns.gpu_model)?);
    let power = PowerColumns::find(&table, columns)?;
    let mut extra = Vec::new();
    for (kind, column) in &columns.extra {
        let kind = kinds.number(kind).expect("kinds are those of hosts and items");
        extra.push((kind, table.column(column)?));
    }
    let mut hosts = Vec::new();
    while table.advance()? {
        let mut amounts = [0; K];
        amounts[0] = table.amount(cpu, columns.cpu.unit.0)?;
        amounts[1] = memory.map_or(Ok(0), |(column, unit)| table.amount(column, unit))?;
        for &(kind, column) in &extra {
            amounts[kind] = table.amount(column, 1)?;
        }
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
            capacity: Resources::of(amounts),
            devices: Devices::new(count as usize, model),
            power: power.map(|power| power.of(&table)).transpose()?,
        });
    }
    match hosts.is_empty() {
        true => Err(TraceError::Empty { file: file.to_owned() }),
        false => Ok(hosts),
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
