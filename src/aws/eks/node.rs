//! What a node has for pods, and what it says of itself.
//!
//! * [`pods`]: how many pods, by its addresses and by the limits of managed groups.
//! * [`memory`]: CPU and memory that pods may ask for.
//! * [`labels`]: labels, and the taints it registers with.

pub mod labels;
pub mod memory;
pub mod pods;
