//! Whole worlds: a scenario's text goes in, the record of its run comes out.

mod calls;
mod lab;
mod platforms;
mod requests;
