//! Reports of made-up results: what people read on a terminal, what programs read, what a results
//! folder holds.

mod directory;
mod fake;
mod page;
mod pictures;
mod terminal;
