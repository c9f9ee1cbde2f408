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
    let header = match open(file).and_then(|mut table| table.headers().cloned().map_err(Into::into))
    {
        Ok(header) => header,
        Err(error) => {
            out.push(unreadable(file, &error, at.clone()));
            return false;
        }
    };
    let mut complete = true;
    for (column, at) in columns {
        if !header.iter().any(|name| name == *column) {
            let title = format!("{} has no column `{column}`", file.display());
            let help = suggestion(column, header.iter(), "column");
            out.push(Finding::new(at.clone(), title).help(help));
            complete = false;
        }
    }
    complete
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
