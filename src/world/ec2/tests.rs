//! Groups of instances in a world of their own, against timelines by hand.

mod bill;
mod failures;
mod groups;
mod hosts;
mod meters;
mod policies;
mod properties;
pub(in crate::world) mod rig;
