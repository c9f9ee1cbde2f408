//! Tables that a scenario names: their files exist and have the columns that are asked for.
//!
//! Only the header is read here, and the labels where a row is looked up; whoever uses the table
//! reads and judges its values.

use std::io::ErrorKind;
use std::path::Path as FilePath;

use super::Finding;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::rows::Rows;

/// Checks that `file` is a table with the named columns, each of which stands at its path.
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
            .help(suggestion(column, names(&header), "column"))
    }));
    out.len() == before
}

/// Checks that one of two files has each of the named columns, the second being that of types.
/// Returns whether both are tables.
pub fn check_joined(
    files: [(&FilePath, Path); 2],
    columns: &[(&str, Path)],
    out: &mut Vec<Finding>,
) -> bool {
    let headers = files.each_ref().map(|(file, at)| read_header(file, at, out));
    let [Some(first), Some(second)] = headers else { return false };
    let beyond = names(&second).filter(|name| !names(&first).any(|it| it == *name));
    let all = names(&first).chain(beyond);
    for (column, at) in columns.iter().filter(|(column, _)| !all.clone().any(|it| it == *column)) {
        let [first, second] = files.each_ref().map(|(file, _)| file.display());
        let title = format!("neither {first} nor {second} has a column `{column}`");
        out.push(Finding::new(at.clone(), title).help(suggestion(column, all.clone(), "column")));
    }
    true
}

fn names(header: &[String]) -> impl Iterator<Item = &str> + Clone {
    header.iter().map(String::as_str)
}

/// Checks that `file` is a table with all columns of a known layout.
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
        let present: Vec<_> = names(&header).map(quoted).collect();
        let help = format!("its columns are {}", present.join(", "));
        out.push(Finding::new(at.clone(), title).help(help));
    }
}

/// How many rows a table has, where it can be read.
pub fn count_rows(file: &FilePath) -> Option<u32> {
    let mut table = Rows::open(file).ok()?;
    let mut row = csv::ByteRecord::new();
    let mut rows = 0;
    while table.advance(&mut row).ok()? {
        rows += 1;
    }
    Some(rows)
}

fn read_header(file: &FilePath, at: &Path, out: &mut Vec<Finding>) -> Option<Vec<String>> {
    match Rows::open(file) {
        Ok(rows) => Some(rows.header().to_vec()),
        Err(error) => {
            out.push(unreadable(file, &error, at.clone()));
            None
        }
    }
}

/// Checks that a row of `file` has a label that starts with `from`, in column `label` or the first.
pub fn check_label(
    file: &FilePath,
    label: Option<&str>,
    from: &str,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let Ok(mut table) = Rows::open(file) else { return };
    let wanted = |name: &String| label.is_none_or(|label| label == name);
    let column = table.header().iter().position(wanted).unwrap_or(0);
    let mut row = csv::ByteRecord::new();
    let mut ends: Option<(String, String)> = None;
    while let Ok(true) = table.advance(&mut row) {
        let text = row.get(column).unwrap_or_default().trim_ascii();
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

fn unreadable(file: &FilePath, error: &csv::Error, at: Path) -> Finding {
    let name = file.display();
    let kind = match error.kind() {
        csv::ErrorKind::Io(error) => error.kind(),
        _ => ErrorKind::InvalidData,
    };
    match kind {
        ErrorKind::NotFound => Finding::new(at, format!("there is no file {name}"))
            .help("a path is relative to the folder of the scenario file"),
        ErrorKind::IsADirectory => Finding::new(at, format!("{name} is a directory, not a file")),
        _ => Finding::new(at, format!("{name} cannot be read as a table: {error}")),
    }
}
