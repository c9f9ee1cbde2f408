//! Amazon Elastic Container Registry.
