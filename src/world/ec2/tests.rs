//! Groups of instances in a world of their own, against timelines by hand.

mod bill;
mod failures;
mod groups;
pub(in crate::world) mod rig;
