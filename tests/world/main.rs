//! Whole worlds: a scenario's text goes in, the record of its run comes out.

mod lab;
mod requests;
