//! Rows of types, in which those of a table go on.
//!
//! A table of virtual machines often says of each only its type; what one of that type needs is in
//! a second table, which is small, and kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::{Column, Table, TraceError};
use crate::scenario::{TypeTable, UnknownType};

/// A table of types, and the row that is meant at the moment.
pub struct Joined {
    file: PathBuf,
    columns: Vec<String>,
    /// The column of the other table that names the type.
    key: Column,
    /// The column of this one that does.
    kind: Column,
    /// How many columns the other table has; those of this one follow.
    start: usize,
    /// What is done with types that are not here.
    pub unknown: UnknownType,
    rows: Vec<ByteRecord>,
    /// Places of rows by their types.
    places: BTreeMap<Vec<u8>, usize>,
    at: usize,
}

impl Joined {
    /// Reads all rows that are meant, for a table with so many columns, one of which is the key.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column or a row that is meant, or two such rows are
    /// of one type.
    pub fn read(types: &TypeTable, key: Column, start: usize) -> Result<Self, TraceError> {
        let mut table = Table::open(&types.file)?;
        let name = table.column(&types.key.kind)?;
        let only = types.only.iter().map(|(column, value)| Ok((table.column(column)?, value)));
        let only = only.collect::<Result<Vec<_>, TraceError>>()?;
        let mut joined = Self {
            file: types.file.clone(),
            columns: table.columns().to_vec(),
            key,
            kind: name,
            start,
            unknown: types.unknown,
            rows: Vec::new(),
            places: BTreeMap::new(),
            at: 0,
        };
        while table.advance()? {
            if only.iter().all(|&(column, value)| table.text(column) == value.as_str()) {
                joined.add(table.text(name).as_ref(), table.row())?;
            }
        }
        match joined.rows.is_empty() {
            true => Err(TraceError::Empty { file: joined.file }),
            false => Ok(joined),
        }
    }

    fn add(&mut self, name: &str, row: &ByteRecord) -> Result<(), TraceError> {
        let before = self.places.insert(name.as_bytes().to_vec(), self.rows.len());
        let Some(before) = before.map(|place| &self.rows[place]) else {
            self.rows.push(row.clone());
            return Ok(());
        };
        // what tells the rows of a type apart is mostly said after the type
        let mut columns = (self.kind.0..self.columns.len()).chain(0..self.kind.0);
        let differs = |&column: &usize| before.get(column) != row.get(column);
        let column = columns.find(differs).unwrap_or_default();
        let value = String::from_utf8_lossy(before.get(column).unwrap_or_default()).into_owned();
        Err(TraceError::SecondRow {
            file: self.file.clone(),
            line: line(row),
            id: name.to_owned(),
            first: line(before),
            column: self.columns[column].clone(),
            value,
        })
    }

    /// The table's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The column of the other table that names the type.
    pub fn key(&self) -> Column {
        self.key
    }

    /// How many columns the other table has.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Goes to the row of a type; `false` where there is none.
    pub fn find(&mut self, name: &[u8]) -> bool {
        let place = self.places.get(name).copied();
        self.at = place.unwrap_or(self.at);
        place.is_some()
    }

    /// A field of the row that is meant.
    pub fn field(&self, place: usize) -> Option<&[u8]> {
        self.rows.get(self.at)?.get(place)
    }

    /// Its line, counted from 1.
    pub fn line(&self) -> u64 {
        self.rows.get(self.at).map_or(1, line)
    }
}

fn line(row: &ByteRecord) -> u64 {
    row.position().map_or(1, csv::Position::line)
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::scenario::TypeKey;

    const TYPES: &str = "id,type,machine,core\n0,a,1,0.5\n1,a,2,0.25\n2,b,2,x\n3,c,1,1\n";
    const ITEMS: &str = "id,kind\n7,a\n8,c\n9,b\n";

    /// Cores of all items, of the types of machine 2 or of all machines; or the first error.
    fn cores(only: Option<&str>, unknown: UnknownType) -> Result<(Vec<f64>, u64), String> {
        let (_items_folder, items) = fixture::file("items.csv", ITEMS);
        let (_types_folder, types) = fixture::file("types.csv", TYPES);
        let types = TypeTable {
            file: types,
            key: TypeKey { item: "kind".to_owned(), kind: "type".to_owned() },
            only: only.into_iter().map(|it| ("machine".to_owned(), it.to_owned())).collect(),
            unknown,
        };
        let mut cores = Vec::new();
        let mut read = || -> Result<u64, TraceError> {
            let mut table = Table::open_with_types(&items, &types)?;
            // the items' own column, not that of the types
            let (id, core) = (table.column("id")?, table.column("core")?);
            while table.advance()? {
                assert!(table.whole(id)? >= 7);
                cores.push(table.number(core)?);
            }
            Ok(table.left_out())
        };
        match read() {
            Ok(left_out) => Ok((cores, left_out)),
            Err(error) => Err(fixture::without_folders(&error.to_string())),
        }
    }

    #[test]
    fn rows_go_on_in_those_of_their_types() {
        assert_eq!(cores(Some("1"), UnknownType::LeaveOut), Ok((vec![0.5, 1.0], 1)));
    }

    #[test]
    fn what_is_wrong_with_a_type_is_told_where_it_is() {
        let error = |only, unknown| cores(only, unknown).unwrap_err();
        assert_eq!(
            error(None, UnknownType::Error),
            "`types.csv`, line 3: a second row of `a`, after that in line 2; \
             `only` says which are meant, such as `only = { machine = \"1\" }`"
        );
        assert_eq!(
            error(Some("2"), UnknownType::Error),
            "`items.csv`, line 3: no row of `types.csv` that is meant is of type `c`; \
             `unknown = \"leave-out\"` would leave such items out, and count them"
        );
        assert_eq!(
            error(Some("2"), UnknownType::LeaveOut),
            "`types.csv`, line 4, column `core`: expected a number, 0 or more, found `x`"
        );
        assert_eq!(error(Some("3"), UnknownType::LeaveOut), "`types.csv` has no rows");
    }
}
