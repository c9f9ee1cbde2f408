//! All items of a table, sorted by when they come.

use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;

use super::hosts::Specs;
use super::item::Need;
use super::items::{ItemReader, Listed};
use crate::workload::traces::{Moment, TraceError};

/// Items that are still to come: 32 bytes for each, and what they need once for all that need the
/// same.
pub struct Sorted<const K: usize> {
    rows: std::vec::IntoIter<Row>,
    needs: Vec<Need<K>>,
    are_dates: bool,
    left_out: u64,
}

/// An item; its lifetime is [`FOREVER`] where it has none.
struct Row {
    begin: i64,
    lasts: u64,
    id: u64,
    priority: i32,
    need: u32,
}

const FOREVER: u64 = u64::MAX;

impl<const K: usize> Sorted<K> {
    /// Reads all items. Those that come at one instant stay in the order of the table.
    ///
    /// # Errors
    /// When the file cannot be read further, or holds what is no item.
    pub fn read(mut reader: ItemReader<K>, specs: &mut Specs) -> Result<Self, TraceError> {
        let (mut rows, mut needs, mut are_dates) = (Vec::new(), Needs::default(), false);
        while let Some(listed) = reader.next(specs)? {
            let Listed { id, begin, lasts, need, priority } = listed;
            let (lasts, need) = (lasts.unwrap_or(FOREVER), needs.number(need));
            are_dates = begin.is_date;
            rows.push(Row { begin: begin.nanos, lasts, id, priority, need });
        }
        rows.sort_by_key(|row| row.begin);
        let left_out = reader.left_out();
        Ok(Self { rows: rows.into_iter(), needs: needs.all, are_dates, left_out })
    }

    /// Rows that were left out, as their types have no row.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

impl<const K: usize> Iterator for Sorted<K> {
    type Item = Listed<K>;

    fn next(&mut self) -> Option<Listed<K>> {
        let Row { begin, lasts, id, priority, need } = self.rows.next()?;
        Some(Listed {
            id,
            begin: Moment { nanos: begin, is_date: self.are_dates },
            lasts: (lasts != FOREVER).then_some(lasts),
            need: self.needs[need as usize],
            priority,
        })
    }
}

/// Needs by their numbers.
struct Needs<const K: usize> {
    all: Vec<Need<K>>,
    /// Found by hash, never walked by it.
    numbers: HashTable<u32>,
}

impl<const K: usize> Default for Needs<K> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: HashTable::new() }
    }
}

impl<const K: usize> Needs<K> {
    /// The number of a need, which is new or known.
    fn number(&mut self, need: Need<K>) -> u32 {
        let all = &self.all;
        let hash = hash(&need);
        if let Some(&number) = self.numbers.find(hash, |&number| all[number as usize] == need) {
            return number;
        }
        let number = all.len() as u32;
        self.all.push(need);
        let all = &self.all;
        let place = self.numbers.insert_unique(hash, number, |&it| self::hash(&all[it as usize]));
        *place.get()
    }
}

fn hash<const K: usize>(need: &Need<K>) -> u64 {
    let mut hasher = DefaultHasher::new();
    need.hash(&mut hasher);
    hasher.finish()
}
