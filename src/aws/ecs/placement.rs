//! Placement: on which container instance a task runs, and which task goes first.
//!
//! A task goes through four steps (Amazon ECS Developer Guide, "Amazon ECS task placement"):
//! instances without room, or without what the task needs, are left out ([`Instance::refusal`]);
//! so are those that break a [`Constraint`]; each [`Strategy`] in turn keeps the best of the rest;
//! the task goes on one of those. A [`Fleet`] does all of it, by indexes that agree with a plain
//! look at every instance.
//!
//! Where the guide leaves a choice open, it is made so that the same cluster always places alike:
//!
//! * among equals the instance that was registered first is taken, except by `random`;
//! * `spread` counts the tasks of the same group that are meant to run; after another `spread`,
//!   only those on instances with the same value there;
//! * instances without an attribute are one group by it;
//! * what stands after `random` in a list of strategies has no effect.

pub mod fleet;
mod index;
pub mod instance;
pub mod need;
pub mod refusal;
pub mod scale_in;
mod scan;
pub mod strategy;
#[cfg(test)]
mod tests;

pub use fleet::{Demand, Fleet, PlanId};
pub use instance::{Instance, InstanceId, Registration};
pub use need::{Left, Need};
pub use refusal::{Refusal, closest};
pub use scale_in::{Running, next_to_stop};
pub use strategy::{Field, Resource, Strategy};

use super::query::Query;

/// A rule that instances must meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// No two tasks of the group on one instance.
    DistinctInstance,
    /// Only instances that the query selects.
    MemberOf(Query),
}

/// The attribute that names an instance's availability zone.
pub const ZONE: &str = "ecs.availability-zone";
