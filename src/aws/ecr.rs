//! Amazon Elastic Container Registry.

pub mod access;
pub mod cost;
pub mod image;
pub mod pull_through;
pub mod push;
pub mod quota;
pub mod registry;
pub mod replication;
pub mod repository;
pub mod scan;
