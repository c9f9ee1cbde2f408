//! What a reader gets of a run: a table on the terminal, and a folder of files with charts and one
//! self-contained HTML page.
//!
//! * [`quantity`]: numbers as people read them.
//! * [`comparison`], [`verdict`], [`why`], [`accounting`]: what is shown, whatever it is shown on.
//! * [`terminal`], [`html`]: the two places it is shown; [`page`] is what HTML pages are made of.
//! * [`summary_file`], [`long_table`]: the same figures for programs, as JSON and CSV.
//! * [`sweep`]: the results of many runs as tables.
//! * [`findings`]: what stood in the way.
//! * [`starts`]: where start-up time comes from.
//! * [`events`]: what happened in clusters of Kubernetes, and why.
//! * [`difference`]: what several runs of one thing say about another.
//! * [`chart`], [`png`]: the pictures.
//! * [`directory`]: all of it in one folder; [`folder`]: files that are whole or not there.
//!
//! Invariant: everything here is a function of a [`RunResult`](crate::metrics::RunResult). Nothing
//! reads a clock, and equal results give equal bytes.

pub mod accounting;
pub mod chart;
pub mod comparison;
mod cost;
mod csv_text;
pub mod difference;
pub mod directory;
pub mod events;
pub mod findings;
pub mod folder;
mod font;
pub mod html;
pub mod long_table;
pub mod page;
pub mod png;
pub mod quantity;
mod series_file;
pub mod size;
pub mod starts;
pub mod summary_file;
pub mod sweep;
pub mod terminal;
pub mod verdict;
pub mod why;

pub use directory::{WriteOptions, write};
pub use folder::ReportError;
pub use long_table::csv;
pub use series_file::series as series_csv;
pub use summary_file::json;
pub use terminal::{TerminalOptions, speed, table};

/// Version of the simulator, which every output names.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
