//! What AWS charges: by the second, by the month, by the piece.
//!
//! * [`bill`]: amounts of money by what they are for.
//! * [`metered`]: seconds that are charged, and hourly prices of them.
//! * [`windows`]: what Windows Server adds; [`fargate`]: tasks without instances.
//! * [`split`]: whose part of an instance's cost is whose.
//!
//! Prices are those of US East (N. Virginia) in US dollars, all of them values that a caller may
//! replace. What instances and volumes cost is beside them (`ec2::billing`, `ebs::price`).

pub mod bill;
pub mod fargate;
pub mod metered;
pub mod split;
pub mod windows;

pub use bill::{Bill, Charge};
