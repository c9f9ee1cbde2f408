//! CSV files that a scenario names: they exist and have the columns that are asked for.
//!
//! Only the header is read here, and the labels where a row is looked up; whoever uses the table
//! reads and judges its values.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path as FilePath;

use flate2::read::MultiGzDecoder;

use super::Finding;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;

/// Checks that `file` is a CSV file with the named columns, each of which stands at its path.
/// Returns whether it is.
pub fn check_columns(
    file: &FilePath,
    at: &Path,
    columns: &[(&str, Path)],
    out: &mut Vec<Finding>,
) -> bool {
    let Some(header) = read_header(file, at, out) else { return false };
    let absent = columns.iter().filter(|(column, _)| !header.iter().any(|name| name == *column));
    let before = out.len();
    out.extend(absent.map(|(column, at)| {
        Finding::new(at.clone(), format!("{} has no column `{column}`", file.display()))
            .help(suggestion(column, header.iter(), "column"))
    }));
    out.len() == before
}

/// Checks that `file` is a CSV file with all columns of a known layout.
pub fn check_all_columns(file: &FilePath, at: &Path, columns: &[&str], out: &mut Vec<Finding>) {
    let Some(header) = read_header(file, at, out) else { return };
    let quoted = |name: &str| format!("`{name}`");
    let absent: Vec<_> = columns
        .iter()
        .filter(|column| !header.iter().any(|name| name == **column))
        .map(|column| quoted(column))
        .collect();
    if !absent.is_empty() {
        let title = format!("{} has no column {}", file.display(), absent.join(", "));
        let present: Vec<_> = header.iter().map(quoted).collect();
        let help = format!("its columns are {}", present.join(", "));
        out.push(Finding::new(at.clone(), title).help(help));
    }
}

/// How many rows a CSV file has, where it can be read.
pub fn count_rows(file: &FilePath) -> Option<u32> {
    let mut table = open(file).ok()?;
    let mut row = csv::ByteRecord::new();
    let mut rows = 0;
    while table.read_byte_record(&mut row).ok()? {
        rows += 1;
    }
    Some(rows)
}

fn read_header(file: &FilePath, at: &Path, out: &mut Vec<Finding>) -> Option<csv::StringRecord> {
    let header = open(file).and_then(|mut table| table.headers().cloned().map_err(Into::into));
    header.map_err(|error| out.push(unreadable(file, &error, at.clone()))).ok()
}

/// Checks that a row of `file` has a label that starts with `from`, in column `label` or the first.
pub fn check_label(
    file: &FilePath,
    label: Option<&str>,
    from: &str,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let Ok(mut table) = open(file) else { return };
    let Ok(header) = table.headers() else { return };
    let wanted = |name: &str| label.is_none_or(|label| label == name);
    let column = header.iter().position(wanted).unwrap_or(0);
    let mut row = csv::ByteRecord::new();
    let mut ends: Option<(String, String)> = None;
    while let Ok(true) = table.read_byte_record(&mut row) {
        let text = row.get(column).unwrap_or_default();
        if text.starts_with(from.as_bytes()) {
            return;
        }
        let text = String::from_utf8_lossy(text).into_owned();
        ends = Some(match ends {
            Some((first, _)) => (first, text),
            None => (text.clone(), text),
        });
    }
    let finding = Finding::new(at.clone(), format!("no row of the table starts with `{from}`"));
    out.push(match ends {
        Some((first, last)) => finding.help(format!("its rows go from `{first}` to `{last}`")),
        None => finding.help("the table has no rows"),
    });
}

fn open(file: &FilePath) -> std::io::Result<csv::Reader<Box<dyn Read>>> {
    if file.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let bytes = File::open(file)?;
    let packed = file.extension().is_some_and(|extension| extension == "gz");
    let text: Box<dyn Read> =
        if packed { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
    Ok(csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text))
}

fn unreadable(file: &FilePath, error: &std::io::Error, at: Path) -> Finding {
    let name = file.display();
    match error.kind() {
        ErrorKind::NotFound => Finding::new(at, format!("there is no file {name}"))
            .help("a path is relative to the folder of the scenario file"),
        ErrorKind::IsADirectory => Finding::new(at, format!("{name} is a directory, not a file")),
        _ => Finding::new(at, format!("{name} cannot be read as a CSV table: {error}")),
    }
}
