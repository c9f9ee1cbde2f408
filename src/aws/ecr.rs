//! Amazon Elastic Container Registry.
//!
//! * [`lifecycle`]: lifecycle policies, and which images they expire.

pub mod lifecycle;
