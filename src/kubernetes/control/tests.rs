//! The running cluster without a world: timelines by hand.
//!
//! The figures of [`rig`]: containers take a second from an image that is there to a running
//! process, apps answer at once, calls of controllers are not held back, and all know of a change
//! of endpoints after half a second.

mod daemon_sets;
mod deployments;
mod drains;
mod jobs;
mod nodes;
mod pressure;
mod rig;
mod stateful_sets;
