//! Items as a table lists them, one after the other: memory does not grow with the table.

use super::groups::{GroupColumns, GroupWords, Member};
use super::hosts::{Kinds, Specs};
use super::item::{Item, Need};
use super::resizes::named;
use crate::engine::{SimDuration, SimTime};
use crate::placement::Resources;
use crate::placement::gpu::{GpuNeed, MILLI, MOST_DEVICES, Models};
use crate::placement::numa::MOST_NODES;
use crate::scenario::{ItemColumns, ItemTable};
use crate::workload::traces::{Column, Moment, Table, TraceError};

/// A table of items, and the row it is at.
pub struct ItemReader<const K: usize> {
    table: Table,
    places: Places,
    /// Which groups items are of; none where that does not matter.
    groups: Option<GroupColumns>,
    read: u64,
    /// Whether times are dates, once one was read.
    dates: Option<bool>,
    /// Whether names that are no numbers tell items apart, too.
    by_name: bool,
}

/// An item whose times are still those of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<const K: usize> {
    /// Its name where that is a number, else its place in the table, from 0.
    pub id: u64,
    /// When it comes.
    pub begin: Moment,
    /// How long it stays from then on, in nanoseconds; none for ever.
    pub lasts: Option<u64>,
    /// What it needs.
    pub need: Need<K>,
    /// The larger, the more important.
    pub priority: i32,
}

impl<const K: usize> Listed<K> {
    /// The item in a run that starts at an instant of the table, in nanoseconds. If it came before,
    /// it is there at the start, for as long as it has left; none if it has gone by then.
    pub fn since(&self, start: i64) -> Option<Item<K>> {
        let before = u64::try_from(i128::from(start) - i128::from(self.begin.nanos)).unwrap_or(0);
        let lasts = match self.lasts {
            Some(lasts) if before > 0 => Some(lasts.checked_sub(before).filter(|&left| left > 0)?),
            lasts => lasts,
        };
        let arrival = u64::try_from(i128::from(self.begin.nanos) - i128::from(start)).unwrap_or(0);
        Some(Item {
            arrival: SimTime::from_nanos(arrival),
            lifetime: lasts.map(SimDuration::from_nanos),
            ..self.at_once()
        })
    }

    /// The item where all come at the start, and stay.
    pub fn at_once(&self) -> Item<K> {
        let Self { id, need, priority, .. } = *self;
        Item { id, arrival: SimTime::ZERO, lifetime: None, need, priority }
    }
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
    numa: Option<Column>,
    /// With the number of each kind, and what 1 stands for.
    extra: Vec<(usize, Column, u64)>,
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
            extra.push((kind, table.column(&column.column)?, column.unit));
        }
        for (kind, column, unit) in columns.quantities() {
            let kind = kinds.number(kind).expect("kinds are those of hosts and items");
            extra.push((kind, table.column(column)?, unit));
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
            numa: named(&columns.numa)?,
            extra,
        })
    }
}

impl<const K: usize> ItemReader<K> {
    /// Opens a table, whose words for what groups ask are these.
    ///
    /// # Errors
    /// When a file cannot be read or lacks a column, or the types are not clear.
    pub fn open(
        items: &ItemTable,
        columns: &ItemColumns,
        kinds: &Kinds,
        words: &GroupWords,
    ) -> Result<Self, TraceError> {
        let table = match &items.types {
            Some(types) => Table::open_with_types(&items.file, types)?,
            None => Table::open(&items.file)?,
        };
        let places = Places::find(&table, columns, kinds)?;
        let named = |name: &Option<String>| name.as_ref().map(|it| table.column(it)).transpose();
        let (group, words) = (named(&columns.group)?, words.clone());
        let (strategy, domain) = (named(&columns.strategy)?, named(&columns.domain)?);
        let groups = group.map(|group| GroupColumns::new(group, strategy, domain, words));
        Ok(Self { table, places, groups, read: 0, dates: None, by_name: false })
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
    pub fn next(&mut self, specs: &mut Specs) -> Result<Option<Listed<K>>, TraceError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let begin = match self.places.arrival {
            Some(column) => self.moment(column)?,
            None => Moment { nanos: 0, is_date: false },
        };
        let lasts = self.lasts(begin)?;
        let (table, places) = (&self.table, &self.places);
        let mut amounts = [0; K];
        amounts[0] = table.need(places.cpu.0, places.cpu.1)?;
        amounts[1] = places.memory.map_or(Ok(0), |(column, unit)| table.need(column, unit))?;
        for &(kind, column, unit) in &places.extra {
            amounts[kind] = if table.is_blank(column) { 0 } else { table.need(column, unit)? };
        }
        let (gpus, spec) = self.gpus(specs)?;
        let (numa, group) = (self.numa()?, self.group()?);
        let need = Need { amounts: Resources::of(amounts), gpus, spec, numa, group };
        let item = Listed { id: self.id(), begin, lasts, need, priority: self.priority()? };
        self.read += 1;
        Ok(Some(item))
    }

    /// Rows that were left out, as their types have no row.
    pub fn left_out(&self) -> u64 {
        self.table.left_out()
    }

    /// That the row is of an item that comes before the one above it.
    pub fn unsorted(&self) -> TraceError {
        TraceError::Unsorted { file: self.table.file().to_owned(), line: self.table.line() }
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

    /// An instant, which is a date as the others are, or none as they are.
    fn moment(&mut self, (column, unit): (Column, u64)) -> Result<Moment, TraceError> {
        let moment = self.table.moment(column, unit)?;
        let expected = match self.dates {
            Some(true) if !moment.is_date => "a date, as the times before it",
            Some(false) if moment.is_date => "a number, as the times before it",
            _ => {
                self.dates = Some(moment.is_date);
                return Ok(moment);
            }
        };
        Err(self.table.unexpected(column, expected))
    }

    /// How long it stays after an arrival.
    fn lasts(&mut self, begin: Moment) -> Result<Option<u64>, TraceError> {
        let (lifetime, end) = (self.places.lifetime, self.places.end);
        let Some((column, unit)) = lifetime.or(end) else { return Ok(None) };
        if self.table.is_blank(column) {
            return Ok(None);
        }
        if lifetime.is_some() {
            let lasts = self.table.amount(column, unit)?;
            let is_long = lasts > i64::MAX as u64;
            return match is_long {
                true => Err(self.table.unexpected(column, "at most 292 years, or nothing")),
                false => Ok(Some(lasts)),
            };
        }
        let end = self.moment((column, unit))?;
        let lasts = u64::try_from(i128::from(end.nanos) - i128::from(begin.nanos)).ok();
        let wrong = || self.table.unexpected(column, "an end that is not before the arrival");
        lasts.ok_or_else(wrong).map(Some)
    }

    fn priority(&self) -> Result<i32, TraceError> {
        let Some(column) = self.places.priority else { return Ok(0) };
        let number = self.table.text(column).parse();
        number.map_err(|_| self.table.unexpected(column, "a whole number"))
    }

    fn numa(&self) -> Result<u8, TraceError> {
        let Some(column) = self.places.numa.filter(|&at| !self.table.is_blank(at)) else {
            return Ok(0);
        };
        let nodes = self.table.whole(column)?;
        if nodes > MOST_NODES as u64 {
            return Err(self.table.unexpected(column, "at most 8 NUMA nodes"));
        }
        Ok(nodes as u8)
    }

    fn group(&mut self) -> Result<Option<Member>, TraceError> {
        self.groups.as_mut().map_or(Ok(None), |groups| groups.read(&self.table))
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
