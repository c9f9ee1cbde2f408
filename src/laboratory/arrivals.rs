//! Items in the order in which they come, from the start of the run.

use super::hosts::Specs;
use super::item::Item;
use super::items::{ItemReader, Listed};
use super::sorted::Sorted;
use crate::scenario::{ItemTable, Origin};
use crate::workload::traces::{Moment, TraceError};

/// Numbers as far as this from 0 are those of a clock that counts from 1970, not of a trace that
/// begins at 0.
const TEN_YEARS: u64 = 10 * 365 * 86_400 * 1_000_000_000;

/// The items of a table, one after the other; memory does not grow with the table, unless it is to
/// be sorted.
pub struct Arrivals<const K: usize> {
    source: Source<K>,
    rule: Option<Origin>,
    /// Once the first item is known.
    start: Option<Start>,
    /// When the last one came, in nanoseconds of the table.
    last: i64,
    /// Items that had gone before the start.
    gone: u64,
}

enum Source<const K: usize> {
    Streamed(Box<ItemReader<K>>),
    Sorted(Sorted<K>),
}

impl<const K: usize> Arrivals<K> {
    /// Of a table that was opened; one that is to be sorted is read, and its models come into
    /// `specs`.
    ///
    /// # Errors
    /// When a table that is to be sorted cannot be read further or holds what is no item.
    pub fn of(
        reader: ItemReader<K>,
        items: &ItemTable,
        specs: &mut Specs,
    ) -> Result<Self, TraceError> {
        let source = match items.sort {
            true => Source::Sorted(Sorted::read(reader, specs)?),
            false => Source::Streamed(Box::new(reader)),
        };
        Ok(Self { source, rule: items.origin, start: None, last: i64::MIN, gone: 0 })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read further, holds what is no item, or an item that comes before
    /// the one above it.
    pub fn next(&mut self, specs: &mut Specs) -> Result<Option<Item<K>>, TraceError> {
        loop {
            let Some(listed) = self.listed(specs)? else { return Ok(None) };
            let start = *self.start.get_or_insert_with(|| Start::of(self.rule, listed.begin));
            let comes = start.comes(listed.begin);
            if let Source::Streamed(reader) = &self.source
                && comes < self.last
            {
                return Err(reader.unsorted());
            }
            self.last = comes;
            match listed.since(start.nanos) {
                Some(item) => return Ok(Some(item)),
                None => self.gone += 1,
            }
        }
    }

    /// Items so far that were left out: of unknown types, or gone before the start.
    pub fn left_out(&self) -> u64 {
        let unknown = match &self.source {
            Source::Streamed(reader) => reader.left_out(),
            Source::Sorted(sorted) => sorted.left_out(),
        };
        unknown + self.gone
    }

    fn listed(&mut self, specs: &mut Specs) -> Result<Option<Listed<K>>, TraceError> {
        match &mut self.source {
            Source::Streamed(reader) => reader.next(specs),
            Source::Sorted(sorted) => Ok(sorted.next()),
        }
    }
}

/// The start of a run in its table.
#[derive(Clone, Copy, Debug)]
struct Start {
    nanos: i64,
    /// Whether the first item comes then, so that none may come before.
    is_first: bool,
}

impl Start {
    /// By when the first item comes.
    fn of(rule: Option<Origin>, first: Moment) -> Self {
        let counts_from_1970 = first.is_date || first.nanos >= TEN_YEARS as i64;
        let is_first = rule.map_or(counts_from_1970, |rule| rule == Origin::First);
        Self { nanos: if is_first { first.nanos } else { 0 }, is_first }
    }

    /// When an item comes, in nanoseconds of the table: at the start if it came before.
    fn comes(self, begin: Moment) -> i64 {
        if self.is_first { begin.nanos } else { begin.nanos.max(self.nanos) }
    }
}
