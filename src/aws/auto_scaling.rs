//! Amazon EC2 Auto Scaling.
//!
//! * [`settings`], [`process`]: what a group is told to be; [`group`]: a group at work.
//! * [`instance`], [`hook`]: instances, and what holds them on their way.
//! * [`termination`]: which instance goes first; [`strategy`], [`distribution`]: types and ways of
//!   paying; [`warm_pool`]: what waits beside a group; [`cooldown`]: when it may scale again.
//! * [`scheduled`]: changes of its sizes by the calendar; [`refresh`]: all its instances anew;
//!   [`node_group`]: the same as Amazon EKS does it.
//!
//! Nothing here has a clock or owns a machine: the caller hands in the time and what happened, and
//! does what comes back. A decision costs the logarithm of the number of instances, times that of
//! zones, types and template versions in use, which are few. Rules are those of the Amazon EC2 Auto
//! Scaling User Guide; each module names the pages, and what it had to assume.

mod candidates;
pub mod cooldown;
pub mod distribution;
pub mod group;
pub mod hook;
pub mod instance;
pub mod node_group;
pub mod process;
pub mod refresh;
mod roster;
pub mod scheduled;
pub mod settings;
pub mod strategy;
pub mod termination;
pub mod warm_pool;

pub use group::{Action, Group, Refusal, Report};
pub use roster::Totals;
pub use settings::{Settings, SettingsError};
