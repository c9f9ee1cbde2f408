//! Text for the terminal: words, lines and tables.

use comfy_table::{CellAlignment, Table, presets};
use unicode_width::UnicodeWidthStr;

use crate::report::quantity;

/// Longer lists are cut, unless all was asked for.
pub(in crate::cli) const LONG: usize = 40;

/// Text without control characters but line ends: a name from a file must not command the
/// terminal.
pub(in crate::cli) fn printable(text: &str) -> String {
    text.chars().filter(|&letter| letter == '\n' || !letter.is_control()).collect()
}

/// `1 pod`, `1,234 pods`.
pub(in crate::cli) fn counted(count: usize, what: &str) -> String {
    let number = quantity::count(count as u64);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// Text broken between words, all lines this far in.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = margin.clone();
    let mut column = indent;
    for word in text.split(' ') {
        if column > indent && column + 1 + word.width() > width {
            lines += &format!("\n{margin}");
            column = indent;
        } else if column > indent {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += word.width();
    }
    lines + "\n"
}

/// Rows under a header, the columns named in `right` to the right.
pub(in crate::cli) fn table(header: &[String], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    table.add_rows(rows);
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{}\n", table.trim_fmt())
}

/// The first names of many, and how many there are beside.
pub(super) fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let count = names.len();
    let shown: Vec<&str> = names.take(most).collect();
    match count.saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), quantity::count(more as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 9, 2), "  one two\n  three\n");
        assert_eq!(wrapped("incomprehensibilities", 9, 2), "  incomprehensibilities\n");
    }

    #[test]
    fn names_do_not_command_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\r\nb"), "a[31m\nb");
    }

    #[test]
    fn long_lists_are_cut() {
        let names = ["a", "b", "c"];
        assert_eq!(some(names.iter().copied(), 3), "a, b, c");
        assert_eq!(some(names.iter().copied(), 1), "a and 2 more");
    }
}
