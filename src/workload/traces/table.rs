//! A table in a file, read row by row: CSV, plain or gzip-compressed, or the first sheet of a
//! workbook.
//!
//! The first row names the columns. Fields are parsed on demand, so that a wide table costs only
//! what is used of it. A row may go on in another table, in that of the type it names ([`Joined`]).

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ErrorKind};

use super::moment::Moment;
use super::{Joined, TraceError};
use crate::engine::SimDuration;
use crate::scenario::rows::Rows;
use crate::scenario::{TableColumn, TypeTable, UnknownType};

const NANOS_PER_SECOND: f64 = 1e9;

/// A column of one table, found by [`Table::column`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(pub(super) usize);

/// A table and the row it is at.
pub struct Table {
    file: PathBuf,
    rows: Rows,
    columns: Vec<String>,
    row: ByteRecord,
    /// Where rows go on.
    joined: Option<Box<Joined>>,
    left_out: u64,
}

impl Table {
    /// Opens `file` and reads the header; [`Table::advance`] leads to the first row.
    ///
    /// # Errors
    /// When the file cannot be read or is empty.
    pub fn open(file: &Path) -> Result<Self, TraceError> {
        let rows = Rows::open(file).map_err(|error| explain(file, error))?;
        let columns = rows.header().to_vec();
        if columns.is_empty() {
            return Err(TraceError::Empty { file: file.to_owned() });
        }
        let (file, row) = (file.to_owned(), ByteRecord::new());
        Ok(Self { file, rows, columns, row, joined: None, left_out: 0 })
    }

    /// Opens `file`, whose rows go on in those of their types: columns that it does not have are
    /// looked up there.
    ///
    /// # Errors
    /// When a file cannot be read or lacks the key, or two rows are of one type.
    pub fn open_with_types(file: &Path, types: &TypeTable) -> Result<Self, TraceError> {
        let mut table = Self::open(file)?;
        let key = table.column(&types.key.item)?;
        let joined = Joined::read(types, key, table.columns.len())?;
        table.columns.extend_from_slice(joined.columns());
        table.joined = Some(Box::new(joined));
        Ok(table)
    }

    /// Where the table comes from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn column(&self, name: &str) -> Result<Column, TraceError> {
        let place = self.columns.iter().position(|column| column == name);
        place.map(Column).ok_or_else(|| TraceError::Column {
            file: self.file.clone(),
            column: name.to_owned(),
            found: self.columns.clone(),
        })
    }

    /// The leftmost column.
    pub fn first_column(&self) -> Column {
        Column(0)
    }

    /// The name of `column`.
    pub fn name(&self, column: Column) -> &str {
        &self.columns[column.0]
    }

    /// Goes to the next row; `false` when there is none. One whose type has no row is an error, or
    /// left out, as the types say.
    ///
    /// # Errors
    /// When the file cannot be read further, or the row has more or fewer fields than the header.
    pub fn advance(&mut self) -> Result<bool, TraceError> {
        while self.rows.advance(&mut self.row).map_err(|error| explain(&self.file, error))? {
            let Some(joined) = &mut self.joined else { return Ok(true) };
            let key = self.row.get(joined.key().0).unwrap_or_default().trim_ascii();
            if joined.find(key) {
                return Ok(true);
            }
            if joined.unknown == UnknownType::Error {
                let id = String::from_utf8_lossy(key).into_owned();
                let (file, other) = (self.file.clone(), joined.file().to_owned());
                return Err(TraceError::UnknownType { file, line: self.line(), id, other });
            }
            self.left_out += 1;
        }
        Ok(false)
    }

    /// Rows that were left out, as their types have no row.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The line of the current row, counted from 1; the header is line 1. Behind blank lines, which
    /// are skipped, the first of those is given.
    pub fn line(&self) -> u64 {
        self.row.position().map_or(1, csv::Position::line)
    }

    /// The current row's field in `column` as it stands, without surrounding blanks. Bytes that
    /// are not UTF-8 are shown as U+FFFD.
    pub fn text(&self, column: Column) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(column))
    }

    /// The current row's field in `column` as a whole number of 0 or more.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn whole(&self, column: Column) -> Result<u64, TraceError> {
        whole(self.bytes(column))
            .ok_or_else(|| self.unexpected(column, "a whole number, 0 or more"))
    }

    /// The current row's field in `column` as a finite number of 0 or more.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn number(&self, column: Column) -> Result<f64, TraceError> {
        let digits = std::str::from_utf8(self.bytes(column)).ok();
        digits
            .and_then(|digits| digits.parse().ok())
            .filter(|number: &f64| number.is_finite() && number.is_sign_positive())
            .ok_or_else(|| self.unexpected(column, "a number, 0 or more"))
    }

    /// The current row's field in `column` times `unit`: exactly for whole numbers, otherwise
    /// rounded.
    ///
    /// # Errors
    /// When it is no number of 0 or more, or the product is too large to be counted.
    pub fn amount(&self, column: Column, unit: u64) -> Result<u64, TraceError> {
        self.scaled(column, unit, f64::round)
    }

    /// The same, rounded up: less than that would not be enough.
    ///
    /// # Errors
    /// Those of [`Table::amount`].
    pub fn need(&self, column: Column, unit: u64) -> Result<u64, TraceError> {
        self.scaled(column, unit, |product| whole_or(product, f64::ceil))
    }

    /// The same, rounded down: more than that is not there.
    ///
    /// # Errors
    /// Those of [`Table::amount`].
    pub fn capacity(&self, column: Column, unit: u64) -> Result<u64, TraceError> {
        self.scaled(column, unit, |product| whole_or(product, f64::floor))
    }

    fn scaled(
        &self,
        column: Column,
        unit: u64,
        round: impl Fn(f64) -> f64,
    ) -> Result<u64, TraceError> {
        let product = match whole(self.bytes(column)) {
            Some(whole) => whole.checked_mul(unit),
            None => {
                let product = round(self.number(column)? * unit as f64);
                (product < u64::MAX as f64).then_some(product as u64)
            }
        };
        product.ok_or_else(|| self.unexpected(column, "a smaller number"))
    }

    /// The current row's field in `column` as an instant: a number times `unit`, in nanoseconds, or
    /// a date.
    ///
    /// # Errors
    /// When it is neither, or further than 146 years from 0 (of dates: from 1970).
    pub fn moment(&self, column: Column, unit: u64) -> Result<Moment, TraceError> {
        let text = std::str::from_utf8(self.bytes(column)).unwrap_or_default();
        Moment::read(text, unit).map_err(|expected| self.unexpected(column, expected))
    }

    /// Whether the current row has nothing in `column`.
    pub fn is_blank(&self, column: Column) -> bool {
        self.bytes(column).is_empty()
    }

    /// The current row.
    pub(super) fn row(&self) -> &ByteRecord {
        &self.row
    }

    /// The columns there are.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The error that the current row's field in `column` is not `expected`.
    pub fn unexpected(&self, column: Column, expected: &'static str) -> TraceError {
        let (file, line) = match self.beyond(column) {
            Some((joined, _)) => (joined.file(), joined.line()),
            None => (self.file(), self.line()),
        };
        TraceError::Field {
            file: file.to_owned(),
            line,
            column: self.name(column).to_owned(),
            expected,
            found: self.text(column).into_owned(),
        }
    }

    fn bytes(&self, column: Column) -> &[u8] {
        // here and not by the reader, which would copy each row for it
        let field = match self.beyond(column) {
            Some((joined, place)) => joined.field(place),
            None => self.row.get(column.0),
        };
        field.unwrap_or_default().trim_ascii()
    }

    /// The table that a column is of where it is not this one, and its place there.
    fn beyond(&self, column: Column) -> Option<(&Joined, usize)> {
        let joined = self.joined.as_ref()?;
        Some((joined, column.0.checked_sub(joined.start())?))
    }
}

/// The whole number that a field is.
fn whole(field: &[u8]) -> Option<u64> {
    // more of them may be more than there is room for
    const DIGITS: usize = 19;
    let next = |number: u64, &byte: &u8| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'))
    };
    match field {
        // nearly always
        [b'0'..=b'9', ..] if field.len() <= DIGITS => field.iter().try_fold(0, next),
        _ => std::str::from_utf8(field).ok()?.parse().ok(),
    }
}

/// The whole number that a float is but for its last digits, else that which `round` makes of it.
fn whole_or(value: f64, round: impl Fn(f64) -> f64) -> f64 {
    // what was written with 15 digits, as most programs do, is that exact
    const SLACK: f64 = 1e-12;
    let near = value.round();
    if (value - near).abs() <= near * SLACK { near } else { round(value) }
}

/// All values of a column of durations, in the order of the file.
///
/// # Errors
/// When the file cannot be read, lacks the column, has no rows, or holds something else than a
/// number of 0 or more there.
pub fn durations(column: &TableColumn) -> Result<Vec<SimDuration>, TraceError> {
    let mut table = Table::open(&column.file)?;
    let place = table.column(&column.column)?;
    let seconds = column.unit.as_nanos() as f64 / NANOS_PER_SECOND;
    let mut values = Vec::new();
    while table.advance()? {
        values.push(SimDuration::from_secs_f64(table.number(place)? * seconds));
    }
    if values.is_empty() {
        return Err(TraceError::Empty { file: column.file.clone() });
    }
    Ok(values)
}

fn explain(file: &Path, error: csv::Error) -> TraceError {
    let file = file.to_owned();
    let text = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) => TraceError::Read { file, source },
        ErrorKind::UnequalLengths { pos, expected_len: expected, len: found } => {
            let line = pos.map_or(0, |position| position.line());
            TraceError::Fields { file, line, expected, found }
        }
        _ => TraceError::Read { file, source: io::Error::new(io::ErrorKind::InvalidData, text) },
    }
}

#[cfg(test)]
mod tests;
