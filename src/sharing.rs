//! Sharing of capacity.

pub mod flows;
