//! Amazon Elastic Container Registry.
//!
//! * [`image`], [`repository`], [`registry`]: what is kept; [`push`]: how it comes there.
//! * [`lifecycle`]: lifecycle policies, and which images they expire; [`expire`]: one at work.
//! * [`replication`], [`pull_through`]: images that come from other registries, and go there.
//! * [`access`]: who may pull and push, and how clients word it if they may not.
//! * [`scan`], [`quota`], [`cost`]: scans, limits, prices.

pub mod access;
pub mod cost;
pub mod expire;
pub mod image;
pub mod lifecycle;
pub mod pull_through;
pub mod push;
pub mod quota;
pub mod registry;
pub mod replication;
pub mod repository;
pub mod scan;
