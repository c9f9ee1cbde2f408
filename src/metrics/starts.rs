//! Starts of replicas: when each passed the stations between being wanted and being ready.
//!
//! A start is a row of phases that follow one another without gaps, so that their lengths add up
//! to its whole; a phase that a start does not go through is absent. How far pulls decide about
//! starts is measured in Harter et al., Slacker, FAST'16: 76 % of the time of a container's start.
//!
//! * [`record`]: one start.
//! * [`log`]: all starts of a cluster, in bounded memory.

pub mod log;
pub mod record;

pub use log::{KEPT, StartLog};
pub use record::{Cause, Fate, ImageFound, Phase, PullAccount, StartKind, StartPlace, StartRecord};
