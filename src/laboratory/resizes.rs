//! Items that need more or less from a time on: the rows of a table, one after the other.

use super::hosts::Kinds;
use super::item::Need;
use crate::engine::SimTime;
use crate::placement::Resources;
use crate::scenario::Resizes;
use crate::workload::traces::{Column, Table, TraceError};

/// What an item needs from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize<const K: usize> {
    /// Which item.
    pub id: u64,
    /// From when on.
    pub time: SimTime,
    /// Of each kind of resource; none where that stays as it is.
    pub amounts: [Option<u64>; K],
}

impl<const K: usize> Resize<K> {
    /// What is needed instead of a need.
    pub fn applied(&self, need: &Need<K>) -> Need<K> {
        let before = need.amounts.amounts();
        let amounts = std::array::from_fn(|kind| self.amounts[kind].unwrap_or(before[kind]));
        Need { amounts: Resources::of(amounts), ..*need }
    }
}

/// A table of resizes, and the row it is at.
pub struct ResizeReader<const K: usize> {
    table: Table,
    name: Column,
    time: (Column, u64),
    /// With the number of each kind, and what 1 stands for.
    amounts: Vec<(usize, Column, u64)>,
}

impl<const K: usize> ResizeReader<K> {
    /// Opens a table.
    ///
    /// # Errors
    /// When the file cannot be read or lacks a column.
    pub fn open(resizes: &Resizes, kinds: &Kinds) -> Result<Self, TraceError> {
        let (table, columns) = (Table::open(&resizes.file)?, &resizes.columns);
        let mut amounts = Vec::new();
        if let Some(cpu) = &columns.cpu {
            amounts.push((0, table.column(&cpu.column)?, cpu.unit.0));
        }
        if let Some(memory) = &columns.memory {
            amounts.push((1, table.column(&memory.column)?, memory.unit.0));
        }
        for (kind, column) in &columns.extra {
            let kind = kinds.number(kind).expect("kinds of resizes are those of items");
            amounts.push((kind, table.column(column)?, 1));
        }
        let name = table.column(&columns.name)?;
        let time = (table.column(&columns.time.column)?, columns.time.unit.as_nanos());
        Ok(Self { table, name, time, amounts })
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read further, or holds what is no amount or time.
    pub fn read(&mut self) -> Result<Option<Resize<K>>, TraceError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let mut amounts = [None; K];
        for &(kind, column, unit) in &self.amounts {
            if !self.table.is_blank(column) {
                amounts[kind] = Some(self.table.amount(column, unit)?);
            }
        }
        let time = SimTime::from_nanos(self.table.amount(self.time.0, self.time.1)?);
        Ok(Some(Resize { id: named(&self.table, self.name), time, amounts }))
    }

    /// The line of the row, from 1.
    pub fn line(&self) -> u64 {
        self.table.line()
    }
}

/// The number of an item by its name: the name where it is a number, else 63 bits made of it (FNV-1a)
/// that no number up to 2^63 is. Of a million names two are the same with a chance of 1 in 10^7, and
/// where both are there at once that is found.
pub fn named(table: &Table, name: Column) -> u64 {
    table.whole(name).unwrap_or_else(|_| {
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        table.text(name).bytes().fold(0xcbf2_9ce4_8422_2325, fold) | 1 << 63
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::traces::fixture;

    #[test]
    fn what_a_row_leaves_blank_stays() {
        let text = "vm,at,cores,gib,iops\na,1.5,4,,\nb,2,,8,100\n7,3,0.5,1,\n";
        let (_folder, file) = fixture::file("resizes.csv", text);
        let description = format!(
            "file = '{}'
            columns.name = 'vm'
            columns.time = 'at'
            columns.cpu = 'cores'
            columns.memory = {{ column = 'gib', unit = '1GiB' }}
            columns.extra = {{ iops = 'iops' }}",
            file.display()
        );
        let resizes: Resizes = toml::from_str(&description).expect("a description");
        let kinds = Kinds(vec!["disk".into(), "iops".into()]);
        let mut reader = ResizeReader::<4>::open(&resizes, &kinds).expect("a table");
        let mut next = || reader.read().expect("rows are in order");
        let first = next().expect("a row");
        assert_eq!(first.amounts, [Some(4000), None, None, None]);
        assert_eq!(first.time, SimTime::from_nanos(1_500_000_000));
        let amounts = Resources::of([1000, 5, 6, 7]);
        let need = Need { spec: 3, ..Need::of(amounts) };
        let applied = first.applied(&need);
        assert_eq!((applied.amounts.amounts(), applied.spec), (&[4000, 5, 6, 7], 3));
        let second = next().expect("a row");
        assert_eq!(second.amounts, [None, Some(8 << 30), None, Some(100)]);
        assert!(second.id > 1 << 63 && second.id != first.id);
        let third = next().expect("a row");
        assert_eq!((third.id, third.amounts), (7, [Some(500), Some(1 << 30), None, None]));
        assert_eq!(next(), None);
    }
}
