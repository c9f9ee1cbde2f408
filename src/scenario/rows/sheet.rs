//! The first sheet of a workbook as rows of text.
//!
//! Whole numbers, which workbooks keep as binary fractions, are written as whole numbers; dates as
//! ISO 8601, without an offset, as workbooks have none. Cells beyond the last name of a column are
//! notes, not fields.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use calamine::{Data, ExcelDateTime, Reader, Xlsx};
use csv::{ByteRecord, Position};

// what reads these takes sizes in them on trust: a damaged one would end the process
const OLD: &str = "workbooks of Excel 97 to 2003 are not read; save it as `.xlsx` or CSV";

/// Rows and columns of a sheet at most (Microsoft, "Excel specifications and limits").
const MOST: (u32, u32) = (1_048_576, 16_384);

/// Rows that are still to be read.
pub struct Sheet {
    rows: std::vec::IntoIter<ByteRecord>,
}

/// Whether a file is a workbook, by its name.
pub fn is_workbook(file: &Path) -> bool {
    ["xlsx", "xlsm", "xls"].iter().any(|kind| has_extension(file, kind))
}

fn has_extension(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(kind))
}

impl Sheet {
    /// The names of the columns, and the rows below them.
    pub fn open(file: &Path) -> io::Result<(Vec<String>, Self)> {
        if has_extension(file, "xls") {
            return Err(io::Error::new(io::ErrorKind::Unsupported, OLD));
        }
        let input = BufReader::new(File::open(file)?);
        let mut gathered = Gathered::default();
        gather(input, &mut gathered)?;
        Ok(gathered.finish())
    }

    /// Goes to the next row; `false` when there is none.
    pub fn advance(&mut self, row: &mut ByteRecord) -> bool {
        match self.rows.next() {
            Some(next) => *row = next,
            None => row.clear(),
        }
        !row.is_empty()
    }
}

fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it is no workbook: {error}"))
}

// cell by cell, since the range around two cells far apart would have room for all between them
fn gather(input: BufReader<File>, out: &mut Gathered) -> io::Result<()> {
    let mut book = Xlsx::new(input).map_err(broken)?;
    let Some(name) = book.sheet_names().into_iter().next() else { return Ok(()) };
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        if row >= MOST.0 || column >= MOST.1 {
            let (row, column) = (u64::from(row) + 1, u64::from(column) + 1);
            return Err(broken(format!("it has a cell in row {row} and column {column}")));
        }
        out.add(row, column, &Data::from(cell.get_value().clone()));
    }
    Ok(())
}

/// Rows as they come together from cells.
#[derive(Default)]
struct Gathered {
    header: Option<Vec<String>>,
    rows: Vec<ByteRecord>,
    /// The row at hand, and its number from 0.
    fields: Vec<String>,
    at: u32,
}

impl Gathered {
    fn add(&mut self, row: u32, column: u32, value: &Data) {
        if row != self.at {
            self.close_row();
            self.at = row;
        }
        let column = column as usize;
        let width = self.header.as_ref().map_or(usize::MAX, Vec::len);
        let text = text(value);
        if column < width && !text.trim().is_empty() {
            if self.fields.len() <= column {
                self.fields.resize(column + 1, String::new());
            }
            self.fields[column] = text;
        }
    }

    fn close_row(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        if fields.is_empty() {
            return;
        }
        let Some(header) = &self.header else {
            self.header = Some(fields.iter().map(|name| name.trim().to_owned()).collect());
            return;
        };
        fields.resize(header.len(), String::new());
        let mut record = ByteRecord::from(fields);
        let mut position = Position::new();
        position.set_line(u64::from(self.at) + 1);
        record.set_position(Some(position));
        self.rows.push(record);
    }

    fn finish(mut self) -> (Vec<String>, Sheet) {
        self.close_row();
        (self.header.unwrap_or_default(), Sheet { rows: self.rows.into_iter() })
    }
}

fn text(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        // adding 0 takes the sign from a zero
        Data::Float(number) => (number + 0.0).to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(it) => it.to_string(),
        Data::DateTime(time) if time.is_datetime() => date(*time),
        // in days; as text, since nobody could say what is one in a column of these
        Data::DateTime(span) => format!("{} days", span.as_f64()),
        Data::Error(error) => error.to_string(),
    }
}

fn date(time: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(cells: &[(u32, u32, Data)]) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
        let mut gathered = Gathered::default();
        for (row, column, value) in cells {
            gathered.add(*row, *column, value);
        }
        let (header, mut sheet) = gathered.finish();
        let (mut rows, mut row) = (Vec::new(), ByteRecord::new());
        while sheet.advance(&mut row) {
            let fields = row.iter().map(|field| String::from_utf8_lossy(field).into_owned());
            rows.push((row.position().expect("its line").line(), fields.collect()));
        }
        (header, rows)
    }

    #[test]
    fn a_sheet_may_begin_anywhere_and_have_gaps_and_notes() {
        let word = |text: &str| Data::String(text.to_owned());
        let (header, rows) = gathered(&[
            (2, 1, word(" cpu ")),
            (2, 3, word("ram")),
            (3, 1, Data::Float(16.0)),
            (3, 2, word("x")),
            (3, 3, Data::Int(-3)),
            (3, 9, word("a note")),
            (5, 4, word("another")),
            (6, 3, Data::Float(0.1)),
            (7, 1, Data::Float(-0.0)),
            (7, 3, Data::Bool(true)),
        ]);
        assert_eq!(header, ["", "cpu", "", "ram"]);
        let expected =
            [(4, ["", "16", "x", "-3"]), (7, ["", "", "", "0.1"]), (8, ["", "0", "", "true"])];
        let expected = expected.map(|(line, row)| (line, row.map(str::to_owned).to_vec()));
        assert_eq!(rows, expected);
    }

    #[test]
    fn dates_are_iso_and_spans_of_time_no_numbers() {
        use calamine::ExcelDateTimeType::{DateTime, TimeDelta};
        let of = |value, kind| text(&Data::DateTime(ExcelDateTime::new(value, kind, false)));
        assert_eq!(of(45_943.5, DateTime), "2025-10-13T12:00:00.000");
        assert_eq!(of(1.5, TimeDelta), "1.5 days");
    }

    #[test]
    fn a_sheet_without_cells_has_no_columns() {
        assert_eq!(gathered(&[]), (Vec::new(), Vec::new()));
    }
}
