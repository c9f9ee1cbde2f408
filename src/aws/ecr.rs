//! Amazon Elastic Container Registry.
//!
//! * [`registry`]: all repositories of one account in one region, and what happens to them:
//!   [`push`], [`replication`], [`pull_through`] caches, [`scan`]s.
//! * [`repository`], [`image`]: what is kept, each layer once.
//! * [`lifecycle`]: lifecycle policies, and which images they expire.
//! * [`access`]: who may pull, and what a client says when it may not.
//! * [`quota`], [`cost`]: calls per second and images, storage and transfer.

pub mod access;
pub mod cost;
pub mod image;
pub mod lifecycle;
pub mod pull_through;
pub mod push;
pub mod quota;
pub mod registry;
pub mod replication;
pub mod repository;
pub mod scan;
