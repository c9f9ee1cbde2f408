//! Amazon Elastic Container Registry.

pub mod image;
pub mod push;
pub mod quota;
pub mod repository;
