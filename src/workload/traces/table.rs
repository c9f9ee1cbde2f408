//! A CSV file read row by row.
//!
//! The first row names the columns. Fields are parsed on demand, so that a wide table costs only
//! what is used of it. A file whose name ends in `.gz` is decompressed on the way.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ErrorKind, ReaderBuilder, Trim};
use flate2::read::MultiGzDecoder;

use super::TraceError;
use crate::engine::SimDuration;
use crate::scenario::TableColumn;

const BUFFER: usize = 1 << 16;
const NANOS_PER_SECOND: f64 = 1e9;

/// A column of one table, found by [`Table::column`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(usize);

/// A CSV file and the row it is at.
pub struct Table {
    file: PathBuf,
    columns: Vec<String>,
    reader: csv::Reader<Box<dyn Read + Send>>,
    row: ByteRecord,
}

impl Table {
    /// Opens `file` and reads the header; [`Table::advance`] leads to the first row.
    ///
    /// # Errors
    /// When the file cannot be read or is empty.
    pub fn open(file: &Path) -> Result<Self, TraceError> {
        let failed = |source| TraceError::Read { file: file.to_owned(), source };
        let plain = File::open(file).map_err(failed)?;
        let compressed = file.extension().is_some_and(|extension| extension == "gz");
        let input: Box<dyn Read + Send> =
            if compressed { Box::new(MultiGzDecoder::new(plain)) } else { Box::new(plain) };
        let mut reader =
            ReaderBuilder::new().trim(Trim::Headers).buffer_capacity(BUFFER).from_reader(input);
        let header = reader.byte_headers().map_err(|error| explain(file, error))?;
        let columns: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        if columns.is_empty() {
            return Err(TraceError::Empty { file: file.to_owned() });
        }
        Ok(Self { file: file.to_owned(), columns, reader, row: ByteRecord::new() })
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

    /// Goes to the next row; `false` when there is none.
    ///
    /// # Errors
    /// When the file cannot be read further, or the row has more or fewer fields than the header.
    pub fn advance(&mut self) -> Result<bool, TraceError> {
        self.reader.read_byte_record(&mut self.row).map_err(|error| explain(&self.file, error))
    }

    /// The line of the current row, counted from 1; the header is line 1. Behind blank lines, which
    /// are skipped, the first of those is given.
    pub fn line(&self) -> u64 {
        self.row.position().map_or(1, csv::Position::line)
    }

    /// The current row's field in `column` as it stands, without surrounding blanks. Bytes that
    /// are not UTF-8 are shown as U+FFFD.
    pub fn text(&self, column: Column) -> std::borrow::Cow<'_, str> {
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
        let whole: Option<u64> =
            std::str::from_utf8(self.bytes(column)).ok().and_then(|digits| digits.parse().ok());
        let product = match whole {
            Some(whole) => whole.checked_mul(unit),
            None => {
                let product = (self.number(column)? * unit as f64).round();
                (product < u64::MAX as f64).then_some(product as u64)
            }
        };
        product.ok_or_else(|| self.unexpected(column, "a smaller number"))
    }

    /// Whether the current row has nothing in `column`.
    pub fn is_blank(&self, column: Column) -> bool {
        self.bytes(column).is_empty()
    }

    /// The columns there are.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The error that the current row's field in `column` is not `expected`.
    pub fn unexpected(&self, column: Column, expected: &'static str) -> TraceError {
        TraceError::Field {
            file: self.file.clone(),
            line: self.line(),
            column: self.name(column).to_owned(),
            expected,
            found: self.text(column).into_owned(),
        }
    }

    fn bytes(&self, column: Column) -> &[u8] {
        // here and not by the reader, which would copy each row for it
        self.row.get(column.0).unwrap_or_default().trim_ascii()
    }
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
    fn a_field_that_is_no_number_is_shown_with_line_and_column() {
        let expected = "t.csv`, line 3, column `ms`: expected a number, 0 or more, found ";
        for wrong in ["x", "-1", "-0", "NaN", "inf", ""] {
            let text = format!("id,ms\n1,2\n1,{wrong}\n");
            assert_eq!(refused("t.csv", &text, "ms"), format!("{expected}`{wrong}`"));
        }
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
