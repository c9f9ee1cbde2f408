//! A cluster without a world: timelines by hand.
//!
//! The figures of [`rig`]: the agent has a task after one second, interfaces take ten to attach and
//! to detach and those of trunks two, containers take one second from an image that is there to a
//! running process, which answers at once; target groups let tasks go after five seconds.

mod rig;
mod services;
