//! Items from a table, one after the other: memory does not grow with the table.

use std::path::Path;

use super::hosts::{Kinds, Specs};
use super::item::{Item, Need};
use super::resizes::named;
use crate::engine::{SimDuration, SimTime};
use crate::placement::Resources;
use crate::placement::gpu::{GpuNeed, MILLI, MOST_DEVICES, Models};
use crate::scenario::ItemColumns;
use crate::workload::traces::{Column, Table, TraceError};

/// A table of items, and the row it is at.
pub struct ItemReader<const K: usize> {
    table: Table,
    places: Places,
    read: u64,
    /// Whether names that are no numbers tell items apart, too.
    by_name: bool,
}

/// Where each column is, and its unit.
struct Places {
    name: Option<Column>,
    arrival: Option<(Column, u64)>,
    lifetime: Option<(Column, u64)>,
    end: Option<(Column, u64)>,
    cpu: (Column, u64),
    memory: Option<(Column, u64)>,
    gpus: Option<Column>,
    /// With the thousandths that 1 stands for.
    share: Option<(Column, f64)>,
    models: Option<Column>,
    priority: Option<Column>,
    /// With the number of each kind.
    extra: Vec<(usize, Column)>,
}

impl Places {
    fn find(table: &Table, columns: &ItemColumns, kinds: &Kinds) -> Result<Self, TraceError> {
        let named = |name: &Option<String>| name.as_ref().map(|it| table.column(it)).transpose();
        let time = |column: &Option<crate::scenario::Column<SimDuration>>| {
            let column = column.as_ref();
            column.map(|it| Ok((table.column(&it.column)?, it.unit.as_nanos()))).transpose()
        };
        let memory = columns.memory.as_ref();
        let share = columns.gpu_share.as_ref();
        let thousandths = |unit: f64| unit * f64::from(MILLI);
        let mut extra = Vec::new();
        for (kind, column) in &columns.extra {
            let kind = kinds.number(kind).expect("kinds are those of hosts and items");
            extra.push((kind, table.column(column)?));
        }
        Ok(Self {
            name: named(&columns.name)?,
            arrival: time(&columns.arrival)?,
            lifetime: time(&columns.lifetime)?,
            end: time(&columns.end)?,
            cpu: (table.column(&columns.cpu.column)?, columns.cpu.unit.0),
            memory: memory.map(|it| Ok((table.column(&it.column)?, it.unit.0))).transpose()?,
            gpus: named(&columns.gpus)?,
            share: share
                .map(|it| Ok((table.column(&it.column)?, thousandths(it.unit.0))))
                .transpose()?,
            models: named(&columns.gpu_models)?,
            priority: named(&columns.priority)?,
            extra,
        })
    }
}

impl<const K: usize> ItemReader<K> {
    /// Opens a table.
    ///
    /// # Errors
    /// When the file cannot be read or lacks a column.
    pub fn open(file: &Path, columns: &ItemColumns, kinds: &Kinds) -> Result<Self, TraceError> {
        let table = Table::open(file)?;
        let places = Places::find(&table, columns, kinds)?;
        Ok(Self { table, places, read: 0, by_name: false })
    }

    /// The same with numbers made of all names, so that they can be spoken of elsewhere.
    #[must_use]
    pub fn by_name(self) -> Self {
        Self { by_name: true, ..self }
    }

    /// The next item; none at the end. Its models come into `specs`, where those of the hosts
    /// are already.
    ///
    /// # Errors
    /// When the file cannot be read further, or holds what is no item.
    pub fn next(&mut self, specs: &mut Specs) -> Result<Option<Item<K>>, TraceError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let (table, places) = (&self.table, &self.places);
        let scaled = |at: Option<(Column, u64)>| {
            at.map(|(column, unit)| table.amount(column, unit)).transpose()
        };
        let mut amounts = [0; K];
        amounts[0] = table.amount(places.cpu.0, places.cpu.1)?;
        amounts[1] = scaled(places.memory)?.unwrap_or(0);
        for &(kind, column) in &places.extra {
            amounts[kind] = table.amount(column, 1)?;
        }
        let (gpus, spec) = self.gpus(specs)?;
        let arrival = SimTime::from_nanos(scaled(places.arrival)?.unwrap_or(0));
        let item = Item {
            id: self.id(),
            arrival,
            lifetime: self.lifetime(arrival)?,
            need: Need { amounts: Resources::of(amounts), gpus, spec },
            priority: self.priority()?,
        };
        self.read += 1;
        Ok(Some(item))
    }

    /// The line of the row, from 1.
    pub fn line(&self) -> u64 {
        self.table.line()
    }

    /// The name of the item that came last, as it stands.
    pub fn name(&self) -> Option<String> {
        self.places.name.map(|column| self.table.text(column).into_owned())
    }

    /// Its name where that is a number.
    fn id(&self) -> u64 {
        if let Some(column) = self.places.name.filter(|_| self.by_name) {
            return named(&self.table, column);
        }
        let number = self.places.name.and_then(|column| self.table.whole(column).ok());
        number.unwrap_or(self.read)
    }

    fn lifetime(&self, arrival: SimTime) -> Result<Option<SimDuration>, TraceError> {
        if let Some((column, unit)) = self.places.lifetime {
            return Ok(Some(SimDuration::from_nanos(self.table.amount(column, unit)?)));
        }
        let Some((column, unit)) = self.places.end.filter(|&(at, _)| !self.table.is_blank(at))
        else {
            return Ok(None);
        };
        let end = self.table.amount(column, unit)?;
        match end.checked_sub(arrival.as_nanos()) {
            Some(stays) => Ok(Some(SimDuration::from_nanos(stays))),
            None => Err(self.table.unexpected(column, "an end that is not before the arrival")),
        }
    }

    fn priority(&self) -> Result<i32, TraceError> {
        let Some(column) = self.places.priority else { return Ok(0) };
        let number = self.table.text(column).parse();
        number.map_err(|_| self.table.unexpected(column, "a whole number"))
    }

    fn gpus(&self, specs: &mut Specs) -> Result<(GpuNeed, u16), TraceError> {
        let (table, places) = (&self.table, &self.places);
        let models = places.models.map(|column| table.text(column)).unwrap_or_default();
        let spec = match specs.number(&models) {
            Some(spec) => spec,
            None => {
                let column = places.models.expect("the first set is there without");
                return Err(table.unexpected(column, "one of at most 65,536 sets of models"));
            }
        };
        let Some(gpus) = places.gpus else { return Ok((GpuNeed::NONE, spec)) };
        let count = table.whole(gpus)?;
        if count == 0 {
            return Ok((GpuNeed { models: specs.models(spec), ..GpuNeed::NONE }, spec));
        }
        if count > MOST_DEVICES as u64 {
            return Err(table.unexpected(gpus, "at most 16 GPUs"));
        }
        let milli = match places.share {
            None => MILLI,
            Some((column, unit)) => {
                let milli = (table.number(column)? * unit).round();
                if !(1.0..=f64::from(MILLI)).contains(&milli) {
                    return Err(table.unexpected(column, "at least 0.001 of a GPU, at most all"));
                }
                milli as u16
            }
        };
        let models: Models = specs.models(spec);
        Ok((GpuNeed { count: count as u8, milli, models }, spec))
    }
}
