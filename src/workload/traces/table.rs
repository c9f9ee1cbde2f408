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
        let digits = std::str::from_utf8(self.bytes(column)).ok();
        digits
            .and_then(|digits| digits.parse().ok())
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
        let whole: Option<u64> =
            std::str::from_utf8(self.bytes(column)).ok().and_then(|digits| digits.parse().ok());
        let product = match whole {
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
mod tests {
    use super::super::fixture;
    use super::*;

    fn refused(name: &str, text: &str, column: &str) -> String {
        let (_folder, file) = fixture::file(name, text);
        let unit = SimDuration::from_millis(1);
        let error = durations(&TableColumn { file, column: column.to_owned(), unit }).unwrap_err();
        let text = error.to_string();
        let start = text.find(name).expect("the message names the file");
        text[start..].to_owned()
    }

    #[test]
    fn a_column_is_found_by_name_and_its_numbers_are_in_the_given_unit() {
        let text = "kind, ms \na, 1\nb,2.5\n\"c\",1e3\n";
        for (_folder, file) in [fixture::file("t.csv", text), fixture::gzip("t.csv.gz", text)] {
            let unit = SimDuration::from_millis(1);
            let values = durations(&TableColumn { file, column: "ms".to_owned(), unit }).unwrap();
            let nanos: Vec<u64> = values.iter().map(|value| value.as_nanos()).collect();
            assert_eq!(nanos, [1_000_000, 2_500_000, 1_000_000_000]);
        }
    }

    #[test]
    fn needs_round_up_and_capacities_down_but_for_the_noise_of_floats() {
        for (text, unit, need, capacity) in [
            ("0.1", 64_000, 6_400, 6_400),
            ("0.0416666666666667", 24_000, 1_000, 1_000),
            ("0.0416", 24_000, 999, 998),
            ("0.0000001", 64_000, 1, 0),
            ("0.0", 64_000, 0, 0),
            ("1e-1", 10, 1, 1),
            ("2.5", 1, 3, 2),
        ] {
            let (_folder, file) = fixture::file("t.csv", &format!("share\n{text}\n"));
            let mut table = Table::open(&file).unwrap();
            assert!(table.advance().unwrap());
            let share = table.column("share").unwrap();
            assert_eq!(table.need(share, unit).unwrap(), need, "{text}");
            assert_eq!(table.capacity(share, unit).unwrap(), capacity, "{text}");
        }
    }

    #[test]
    fn a_field_that_is_no_number_is_shown_with_line_and_column() {
        let expected = "t.csv`, line 3, column `ms`: expected a number, 0 or more, found ";
        for wrong in ["x", "-1", "-0", "NaN", "inf", ""] {
            let text = format!("id,ms\n1,2\n1,{wrong}\n");
            assert_eq!(refused("t.csv", &text, "ms"), format!("{expected}`{wrong}`"));
        }
    }

    /// Rows, and the sums of the columns.
    fn summed(file: &str, columns: &[&str]) -> Option<(u64, Vec<u64>)> {
        let mut table = Table::open(&fixture::shared(file)?).unwrap();
        let columns: Vec<_> = columns.iter().map(|name| table.column(name).unwrap()).collect();
        let (mut rows, mut sums) = (0, vec![0; columns.len()]);
        while table.advance().unwrap() {
            rows += 1;
            assert_eq!(table.line(), rows + 1);
            for (sum, &column) in sums.iter_mut().zip(&columns) {
                *sum += table.whole(column).unwrap();
            }
        }
        Some((rows, sums))
    }

    #[test]
    fn the_workbooks_of_the_numa_trace_are_read_whole() {
        let hosts = summed("huawei-numa-vm/PM_res.xlsx", &["CPU1", "RAM1", "CPU2", "RAM2"]);
        let Some((1710, sums)) = hosts else {
            assert_eq!(hosts, None);
            return;
        };
        assert_eq!(sums, [85_582, 140_576, 56_274, 121_928]);
        for (number, cpu, memory, nodes) in
            [(1, 64_616, 164_748, 6_306), (3, 68_756, 174_640, 6_407)]
        {
            let file = format!("huawei-numa-vm/VM_data_C{number}.xlsx");
            let items = summed(&file, &["flavor_vcpus", "flavor_ram", "numa"]);
            assert_eq!(items, Some((4998, vec![cpu, memory, nodes])));
        }
        // these have their numbers as text
        for number in [2, 4, 5] {
            let file = format!("huawei-numa-vm/VM_data_C{number}.xlsx");
            let items = summed(&file, &["flavor_vcpus", "flavor_ram", "numa"]);
            assert_eq!(items.expect("they are in one folder").0, 4998);
        }
        let racks = summed("huawei-numa-vm/topology_provider.xls", &[]);
        assert_eq!(racks, Some((17_387, Vec::new())));
    }

    #[test]
    fn a_workbook_is_a_table_as_any_other() {
        let mut table = Table::open(Path::new("tests/data/placement/items.xlsx")).unwrap();
        assert_eq!(table.columns(), ["id", "arrival", "cpu", "memory", "life"]);
        let [arrival, cpu, life] =
            ["arrival", "cpu", "life"].map(|name| table.column(name).unwrap());
        assert!(table.advance().unwrap());
        let second = |nanos: i64| Moment { nanos: nanos * 1_000_000_000, is_date: true };
        assert_eq!(table.moment(arrival, 1).unwrap(), second(1_704_067_200));
        assert_eq!((table.whole(cpu).unwrap(), table.number(life).unwrap()), (2, 10.5));
        assert!(table.advance().unwrap());
        assert!(table.is_blank(life));
        assert_eq!(
            table.whole(cpu).unwrap_err().to_string(),
            "`tests/data/placement/items.xlsx`, line 4, column `cpu`: \
             expected a whole number, 0 or more, found `#N/A`"
        );
        assert!(!table.advance().unwrap());
        let (_folder, file) = fixture::file("t.xlsx", "cpu\n1\n");
        let Err(error) = Table::open(&file) else { panic!("it opened") };
        assert!(error.to_string().contains("it is no workbook: "), "{error}");
    }

    #[test]
    fn a_missing_column_is_told_with_those_there_are_and_the_nearest() {
        assert_eq!(
            refused("t.csv", "label,durations\n", "duration"),
            "t.csv` has no column `duration`; its columns are `label`, `durations`; \
             did you mean `durations`?"
        );
        assert_eq!(
            refused("t.csv", "label,x\n", "duration"),
            "t.csv` has no column `duration`; its columns are `label`, `x`"
        );
    }

    #[test]
    fn rows_of_another_width_and_files_without_rows_are_refused() {
        assert_eq!(
            refused("t.csv", "id,ms\n1,2\n3\n", "ms"),
            "t.csv`, line 3: expected 2 fields as in the header, found 1"
        );
        assert_eq!(refused("t.csv", "id,ms\n", "ms"), "t.csv` has no rows");
        assert_eq!(refused("t.csv", "", "ms"), "t.csv` has no rows");
    }

    #[test]
    fn what_is_not_gzip_is_refused_as_unreadable() {
        let text = refused("t.csv.gz", "id,ms\n1,2\n", "ms");
        assert!(text.starts_with("t.csv.gz`: "), "{text}");
    }

    #[test]
    fn a_file_that_does_not_exist_is_named() {
        let Err(error) = Table::open(Path::new("no/such.csv")) else { panic!("it opened") };
        assert!(error.to_string().starts_with("cannot read `no/such.csv`: "), "{error}");
    }
}
