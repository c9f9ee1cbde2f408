//! What can be wrong with a trace, in words for the person who has the file in front of them.

use std::io;
use std::path::PathBuf;

/// Why a trace file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be opened or read, or its compression is broken.
    #[error("cannot read `{}`: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the operating system or the decompressor said.
        source: io::Error,
    },

    /// A row has not as many fields as the header.
    #[error(
        "`{}`, line {line}: expected {expected} fields as in the header, found {found}",
        file.display()
    )]
    Fields {
        /// The file.
        file: PathBuf,
        /// Line of the row, counted from 1; the header is line 1.
        line: u64,
        /// Fields in the header.
        expected: u64,
        /// Fields in the row.
        found: u64,
    },

    /// The header lacks a column.
    #[error(
        "`{}` has no column `{column}`; its columns are {}{}",
        file.display(), list(found), hint(column, found)
    )]
    Column {
        /// The file.
        file: PathBuf,
        /// The column asked for.
        column: String,
        /// The columns there are.
        found: Vec<String>,
    },

    /// A field does not hold what its column holds.
    #[error(
        "`{}`, line {line}, column `{column}`: expected {expected}, found `{found}`",
        file.display()
    )]
    Field {
        /// The file.
        file: PathBuf,
        /// Line of the row, counted from 1; the header is line 1.
        line: u64,
        /// Name of the column.
        column: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },

    /// There is a header and nothing below it, or nothing at all.
    #[error("`{}` has no rows", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },

    /// No row carries the label at which reading was to begin.
    #[error(
        "`{}` has no row whose `{column}` starts with `{prefix}`; \
         the first is `{first}`, the last `{last}`",
        file.display()
    )]
    Label {
        /// The file.
        file: PathBuf,
        /// Column of the labels.
        column: String,
        /// What the label was to start with.
        prefix: String,
        /// Label of the first row.
        first: String,
        /// Label of the last row.
        last: String,
    },

    /// The same identifier names two rows.
    #[error("`{}`, line {line}: `{id}` was already defined in line {first}", file.display())]
    Duplicate {
        /// The file.
        file: PathBuf,
        /// Line of the second definition.
        line: u64,
        /// The identifier.
        id: String,
        /// Line of the first definition.
        first: u64,
    },

    /// Two rows of a table of types are of one.
    #[error(
        "`{}`, line {line}: a second row of `{id}`, after that in line {first}; \
         `only` says which are meant, such as `only = {{ {column} = \"{value}\" }}`",
        file.display()
    )]
    SecondRow {
        /// The file.
        file: PathBuf,
        /// Line of the second row.
        line: u64,
        /// The type.
        id: String,
        /// Line of the first row.
        first: u64,
        /// A column in which the two differ.
        column: String,
        /// What the first row has there.
        value: String,
    },

    /// A row is of a type that the table of types does not have.
    #[error(
        "`{}`, line {line}: no row of `{}` that is meant is of type `{id}`; \
         `unknown = \"leave-out\"` would leave such items out, and count them",
        file.display(), other.display()
    )]
    UnknownType {
        /// The file.
        file: PathBuf,
        /// Line of the row.
        line: u64,
        /// The type.
        id: String,
        /// The table of types.
        other: PathBuf,
    },

    /// Rows do not come in the order of their times.
    #[error(
        "`{}`, line {line}: an item that comes before the one above it; \
         `sort` sorts the rows by arrival",
        file.display()
    )]
    Unsorted {
        /// The file.
        file: PathBuf,
        /// Line of the row.
        line: u64,
    },

    /// A row refers to something that another file does not define.
    #[error("`{}`, line {line}: no row of `{}` has the id `{id}`", file.display(), other.display())]
    Unknown {
        /// The file.
        file: PathBuf,
        /// Line of the reference.
        line: u64,
        /// The identifier referred to.
        id: String,
        /// The file that should define it.
        other: PathBuf,
    },
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The column that was probably meant.
fn hint(asked: &str, names: &[String]) -> String {
    let distance = |name: &String| strsim::damerau_levenshtein(asked, name);
    let tolerable = (asked.len() / 5).max(1);
    match names.iter().min_by_key(|name| distance(name)) {
        Some(name) if distance(name) <= tolerable => format!("; did you mean `{name}`?"),
        _ => String::new(),
    }
}
