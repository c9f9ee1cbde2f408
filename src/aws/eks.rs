//! Amazon Elastic Kubernetes Service: what it adds to Kubernetes, without a clock and a store.
//!
//! * [`fargate`]: pods on Fargate.
//! * [`karpenter`]: what Karpenter knows of EC2.
//! * [`node`]: how many pods a node takes, what of it they may ask for, its labels.
//! * [`node_group`]: managed node groups.
//! * [`vpc_cni`]: addresses of pods.
//! * [`windows`]: Windows nodes.
//!
//! Each decision is a function of what the caller shows. Sources are the Amazon EKS User Guide, the
//! Best Practices Guide and the published code of images, plug-ins and drivers, named where a rule
//! is from.

pub mod fargate;
pub mod karpenter;
pub mod node;
pub mod node_group;
pub mod vpc_cni;
pub mod windows;
