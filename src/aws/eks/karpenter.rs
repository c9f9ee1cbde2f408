//! What the provider for AWS tells Karpenter (aws/karpenter-provider-aws 1.x).
//!
//! * [`node_class`]: EC2NodeClasses, how machines are made;
//! * [`types`]: the types of instances, their labels, sizes and offerings.

pub mod node_class;
pub mod types;
