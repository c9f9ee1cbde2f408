//! Rows of a file that holds a table: CSV, plain or gzip-compressed, or the first sheet of a
//! workbook (`.xlsx`, `.xlsm`).
//!
//! The first row names the columns. Fields of CSV are separated by commas, or where the first row
//! has none by semicolons or tabs. CSV is streamed: memory does not grow with the file. A sheet is
//! taken in as a whole.

mod sheet;

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use csv::{ByteRecord, Error, ReaderBuilder, Trim};
use flate2::read::MultiGzDecoder;
use sheet::Sheet;

const BUFFER: usize = 1 << 16;

/// A table in a file, row by row.
pub struct Rows {
    header: Vec<String>,
    source: Source,
}

enum Source {
    Text(csv::Reader<Box<dyn Read + Send>>),
    Sheet(Sheet),
}

impl Rows {
    /// Opens a file and reads the names of the columns, without blanks around them; none where the
    /// file is empty.
    ///
    /// # Errors
    /// When the file is a directory or cannot be read.
    pub fn open(file: &Path) -> Result<Self, Error> {
        if file.is_dir() {
            return Err(std::io::Error::from(ErrorKind::IsADirectory).into());
        }
        if sheet::is_workbook(file) {
            let (header, sheet) = Sheet::open(file)?;
            return Ok(Self { header, source: Source::Sheet(sheet) });
        }
        let plain = File::open(file)?;
        let compressed = file.extension().is_some_and(|extension| extension == "gz");
        let mut input: Box<dyn Read + Send> =
            if compressed { Box::new(MultiGzDecoder::new(plain)) } else { Box::new(plain) };
        let first = first_line(&mut input)?;
        let separator = separator(&first);
        let input: Box<dyn Read + Send> = Box::new(Cursor::new(first).chain(input));
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .trim(Trim::Headers)
            .buffer_capacity(BUFFER)
            .from_reader(input);
        let header = reader.byte_headers()?;
        let header = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        Ok(Self { header, source: Source::Text(reader) })
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next row, with the line it begins in (of a sheet the number of the row, from 1);
    /// `false` when there is none. Blank rows are skipped.
    ///
    /// # Errors
    /// When the file cannot be read further, or the row has more or fewer fields than the header.
    pub fn advance(&mut self, row: &mut ByteRecord) -> Result<bool, Error> {
        match &mut self.source {
            Source::Text(reader) => reader.read_byte_record(row),
            Source::Sheet(sheet) => Ok(sheet.advance(row)),
        }
    }
}

/// The beginning of a text, with all of its first line if that is not endless.
fn first_line(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    let mut part = [0; 4096];
    while start.len() < BUFFER && !start.contains(&b'\n') {
        match input.read(&mut part) {
            Ok(0) => break,
            Ok(count) => start.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(start)
}

/// What separates the fields of a table that begins like this.
fn separator(start: &[u8]) -> u8 {
    let first = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let known = [b',', b';', b'\t'];
    known.into_iter().find(|one| first.contains(one)).unwrap_or(b',')
}
