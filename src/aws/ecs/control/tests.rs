//! A cluster without a world: timelines by hand.
//!
//! The figures of [`rig`]: the agent has a task after one second, interfaces take ten to attach and
//! to detach and those of trunks two, containers take one second from an image that is there to a
//! running process, which answers at once; target groups find a task healthy at once and let it go
//! after five seconds; a machine of Fargate is up after twenty.

mod capacity;
mod chaos;
mod containers;
mod daemons;
mod deployments;
mod event;
mod fargate;
mod instances;
mod placement;
mod rig;
mod scaling;
mod services;
mod standalone;
mod totals;
mod words;
