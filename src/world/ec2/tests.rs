//! Groups of instances in a world of their own, against timelines by hand.

mod bill;
mod failures;
mod groups;
mod policies;
mod properties;
mod rig;
pub(in crate::world) mod rig;
