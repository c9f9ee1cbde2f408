//! Services and standalone tasks: the JSON of `aws ecs create-service` and `run-task`, read and
//! checked; and of `aws application-autoscaling`, by which services are scaled. What the calls
//! print that describe these is read as well.
//!
//! Mistakes are those that the API refuses. Where the service's task definition is at hand, what
//! the two have to do with each other is checked as well. What is not simulated, such as another
//! deployment controller, is refused and not passed over.
//!
//! Source: Amazon ECS API reference, `CreateService`, `RunTask`; Developer Guide, "Service
//! definition parameters" (2023-05); Application Auto Scaling API reference.

mod check;
pub mod launch;
mod named;
mod network;
mod read;
pub mod run_task;
pub mod scaling;
mod strategy;
#[cfg(test)]
mod tests;

pub use launch::{Launch, ProviderShare};
pub use named::Named;
pub use network::Network;
pub use run_task::RunTask;
pub use scaling::{ScalableTarget, ScalingPolicy};

use super::placement::{Constraint, Demand, Strategy};
use super::reader::{self, Ignored};
use super::task_definition::TaskDefinition;
use crate::engine::SimDuration;
use crate::scenario::Diagnostics;

/// Most tasks of a service, by the quotas.
pub const MOST_TASKS: u32 = 5000;

/// A service, defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name in the cluster.
    pub name: String,
    /// The cluster; none for the default one.
    pub cluster: Option<String>,
    /// The task definition, by family and perhaps revision, or by ARN.
    pub task_definition: String,
    /// How many tasks it has.
    pub scheduling: Scheduling,
    /// Where they run.
    pub launch: Launch,
    /// How a new task definition comes into use.
    pub deployment: Deployment,
    /// Which of the possible instances is best; the service's default where it says nothing.
    pub strategies: Vec<Strategy>,
    /// Which instances are possible.
    pub constraints: Vec<Constraint>,
    /// Target groups that its tasks are registered in.
    pub load_balancers: Vec<LoadBalancer>,
    /// Subnets and security groups of tasks with their own interface.
    pub network: Option<Network>,
    /// For how long after a task has started the health that its load balancer sees is ignored.
    pub health_grace: SimDuration,
    /// Whether tasks are moved to even out zones.
    pub rebalancing: bool,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

/// How many tasks a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// So many.
    Replica {
        /// `desiredCount`
        desired: u32,
    },
    /// One on each instance.
    Daemon,
}

/// How a new task definition comes into use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The part of the desired tasks, in per cent and rounded up, that stays healthy.
    pub min_healthy_percent: u32,
    /// The part, in per cent and rounded down, that there may be in all.
    pub max_percent: u32,
    /// Whether a deployment that does not succeed is given up.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// Alarms that have a deployment given up.
    pub alarms: Option<DeploymentAlarms>,
}

/// A deployment circuit breaker that is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// Whether the last deployment that completed takes the place of one that failed.
    pub rollback: bool,
}

/// Alarms that have a deployment given up, enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentAlarms {
    /// Their names.
    pub names: Vec<String>,
    /// Whether the last deployment that completed takes the place of one that failed.
    pub rollback: bool,
}

/// A target group that tasks are registered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// The group, by its ARN.
    pub target_group: String,
    /// The container that answers.
    pub container: String,
    /// Its port.
    pub port: u16,
}

impl Service {
    /// Reads a service from `text`, which messages call `name`; with its task definition, if that
    /// is known.
    ///
    /// # Errors
    /// All that the API would refuse, and what is not simulated.
    pub fn from_json(
        text: &str,
        name: &str,
        definition: Option<&TaskDefinition>,
    ) -> Result<Self, Diagnostics> {
        let (service, ignored) = reader::document(text, name, "the service", |reader, part| {
            read::service(reader, part, |_| definition)
        })?;
        Ok(Self { ignored, ..service })
    }

    /// Reads a service as `create-service` takes it, or the services that `describe-services`
    /// prints, of a cluster that has what they name.
    ///
    /// # Errors
    /// All that the API would refuse, and what is not simulated.
    pub fn all_from_json(
        text: &str,
        name: &str,
        named: &Named<'_>,
    ) -> Result<Vec<Self>, Diagnostics> {
        let (services, _) = reader::document(text, name, "the service", |reader, part| {
            Some(read::services(reader, part, named))
        })?;
        Ok(services)
    }

    /// What its tasks are counted by where they are placed.
    pub fn group(&self) -> String {
        format!("service:{}", self.name)
    }

    /// What placement is to know of its tasks, which may be in these zones, or all if there are
    /// none.
    pub fn demand(&self, definition: &TaskDefinition, zones: Vec<String>) -> Demand {
        let constraints = definition.constraints.iter().chain(&self.constraints);
        let strategies = match self.strategies.as_slice() {
            [] => Strategy::of_services(),
            strategies => strategies.to_vec(),
        };
        Demand {
            need: definition.need(),
            group: self.group(),
            constraints: constraints.cloned().collect(),
            strategies,
            zones,
        }
    }
}
