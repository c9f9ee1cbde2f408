//! The Amazon VPC CNI: where the addresses of pods come from, on one node.
//!
//! * [`targets`]: how many addresses a node keeps spare, and when it has too few or too many.
//! * [`store`]: interfaces, their addresses, and which pod has which.
//! * [`ipamd`]: the daemon that attaches interfaces and gives addresses back, as time passes.
//! * [`branch`]: interfaces of pods with security groups of their own.
//! * [`policy`]: which pods that are.
//! * [`windows_pool`]: the spare addresses of Windows nodes, which a controller keeps.
//!
//! All that is attached is taken from the subnet, whether a pod has it or not, and where volumes
//! share the slots of interfaces, each interface leaves one volume less. Rules are those of
//! aws/amazon-vpc-cni-k8s 0089259 and aws/amazon-vpc-resource-controller-k8s, of which each file
//! is named where its rules are.

pub mod branch;
pub mod ipamd;
pub mod policy;
pub mod store;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod windows_pool;
