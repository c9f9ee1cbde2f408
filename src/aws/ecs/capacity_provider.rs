//! Capacity providers: how many instances a cluster asks for, and which provider a task gets.
//!
//! * [`mod@needed`]: the instances that waiting tasks call for (M);
//! * [`managed_scaling`]: the metric `CapacityProviderReservation` and what follows from it, minute
//!   by minute;
//! * [`distribution`]: which provider of a strategy the next task gets, and which gives one up.
//!
//! Source: Amazon ECS Developer Guide, "Amazon ECS cluster auto scaling" (2023-05); AWS blog, "Deep
//! dive on Amazon ECS cluster auto scaling"; API reference, `CreateCapacityProvider`.

pub mod distribution;
pub mod managed_scaling;
pub mod needed;
mod read;
#[cfg(test)]
mod tests;

pub use managed_scaling::{ManagedScaling, Observation, Scaling};
pub use needed::{Waiting, needed};

use super::reader::{self, Ignored};
use crate::engine::SimDuration;
use crate::scenario::Diagnostics;

/// Tasks that may be in PROVISIONING in a cluster; more are refused. (Developer Guide, "Amazon ECS
/// service quotas".)
pub const MOST_PROVISIONING: u32 = 500;
/// After about this time in PROVISIONING a task is given up for lack of resources. The guide names
/// 10 to 30 min.
pub const PROVISIONING_TIMEOUT: SimDuration = SimDuration::from_secs(30 * 60);

/// A capacity provider on an Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityProvider {
    /// Its name.
    pub name: String,
    /// The group, by its ARN.
    pub group: String,
    /// How the group is scaled; none where its owner does that.
    pub scaling: Option<ManagedScaling>,
    /// Whether only instances without tasks, but for daemons, are terminated.
    pub termination_protection: bool,
    /// Whether an instance that is to be terminated is drained before; on unless it is switched
    /// off.
    pub draining: bool,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

impl CapacityProvider {
    /// Reads the input of `aws ecs create-capacity-provider` from `text`, which messages call
    /// `name`.
    ///
    /// # Errors
    /// All that the API would refuse.
    pub fn from_json(text: &str, name: &str) -> Result<Self, Diagnostics> {
        let (provider, ignored) =
            reader::document(text, name, "the capacity provider", read::provider)?;
        Ok(Self { ignored, ..provider })
    }
}
