//! A page that answers a question: `report.html` of runs, sweeps, comparisons and sizings.
//!
//! Reports describe what they say as a [`Page`] of sections and blocks; how that looks, works and
//! prints is decided here once. The page is one file that needs nothing else, and complete without
//! its script, which lets a reader point at values, zoom, hide lines and sort tables.
//!
//! All texts are escaped by the templates; only charts and styles, which are made here, go in as
//! they are. The content security policy forbids the page to load anything, and to run anything
//! but its own script, known by its hash, whatever names in a scenario say.

use askama::Template;

use super::VERSION;
use super::chart::Chart;

mod filters;
mod script;
mod style;
mod table;

pub use self::table::{Align, Cell, Column, Mark, Row, Rows, Table};

/// A whole page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What it is about, in a line above the headline.
    pub subject: String,
    /// Shown by the browser beside the headline; usually the name of the scenario.
    pub name: String,
    /// The answer in a sentence.
    pub headline: String,
    /// Further sentences.
    pub support: Vec<String>,
    /// What a reader must know before believing anything.
    pub notes: Vec<String>,
    pub sections: Vec<Section>,
}

/// A part of a page under a heading of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// What sections are made of. Texts between backticks are shown as code.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Paragraph(String),
    /// Fine print, such as a key below a table.
    Remark(String),
    /// Within a section.
    Heading(String),
    List(Vec<Item>),
    Table(Table),
    Chart(Chart),
    /// Text as it is.
    Code(String),
    /// Closed until asked for.
    Details {
        summary: String,
        blocks: Vec<Block>,
    },
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub text: String,
    pub mark: Option<Mark>,
}

impl Section {
    /// A section, or `None` of nothing.
    pub fn of(title: impl Into<String>, blocks: Vec<Block>) -> Option<Self> {
        (!blocks.is_empty()).then(|| Self { title: title.into(), blocks })
    }
}

impl Page {
    /// The page as HTML.
    pub fn html(&self) -> String {
        let whole = Whole {
            page: self,
            version: VERSION,
            style: style::sheet(),
            script: script::SCRIPT,
            script_hash: script::hash(),
        };
        whole.render().expect("the template only writes into memory")
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Whole<'a> {
    page: &'a Page,
    version: &'static str,
    style: String,
    script: &'static str,
    /// By which the content security policy knows the script.
    script_hash: String,
}

/// The blocks of a section, or of details in it.
#[derive(Template)]
#[template(path = "blocks.html")]
struct Blocks<'a> {
    blocks: &'a [Block],
}

impl Whole<'_> {
    fn blocks<'b>(&self, section: &'b Section) -> Blocks<'b> {
        Blocks { blocks: &section.blocks }
    }
}

impl Blocks<'_> {
    fn inner<'b>(&self, blocks: &'b [Block]) -> Blocks<'b> {
        Blocks { blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(blocks: &[Block]) -> String {
        let html = Blocks { blocks }.render().unwrap();
        let lines: Vec<_> = html.lines().filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }

    #[test]
    fn a_table_says_what_to_sort_by_and_how_values_are_judged() {
        let columns =
            vec![Column::words("app.web.fleet"), Column::figures("p99").noted("of <web>")];
        let rows = vec![
            Row::of(Cell::words("`m5`"), vec![Cell::figure("48 ms", 0.048).marked(Mark::Met)]),
            Row::of(Cell::words("t3"), vec![Cell::figure("–", f64::NAN)]),
        ];
        insta::assert_snapshot!(blocks(&[Block::Table(Table::sortable(columns, rows))]));
    }

    #[test]
    fn texts_are_escaped_and_code_is_told_from_prose() {
        let item = Item { text: "✗ 1 ≠ 2".into(), mark: Some(Mark::Missed) };
        let all = [
            Block::Heading("<h>".into()),
            Block::Paragraph("read `a < b` at 20 ms".into()),
            Block::Remark("a lone ` is one".into()),
            Block::List(vec![item]),
            Block::Details {
                summary: "more".into(),
                blocks: vec![Block::Code("x = \"</pre>\"\n".into())],
            },
        ];
        insta::assert_snapshot!(blocks(&all));
    }
}
