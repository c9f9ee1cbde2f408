//! Load balancers in front of the apps of a cluster on Amazon Web Services.
//!
//! * [`specs`]: which there are, from a scenario.
//!
//! Whoever runs the tasks tells [`Services`](crate::workload::Services) of targets that come and
//! go, and hears what becomes of them here.

mod bill;
mod specs;

use crate::engine::SimTime;
use crate::scenario::{Cluster, ClusterKind, Scenario};
use crate::workload::{ReplicaId, Services};
use crate::world::World;
use crate::world::input::InputError;

/// Puts the load balancers of a cluster in front of its apps.
///
/// # Errors
/// What is wrong with one of them.
pub(super) fn add(
    scenario: &Scenario,
    cluster: &Cluster,
    services: &mut Services,
) -> Result<(), InputError> {
    if cluster.kind != ClusterKind::Ecs {
        return Ok(());
    }
    for spec in specs::specs(scenario, cluster) {
        services.add_balancer(&spec, SimTime::ZERO).map_err(|flaws| InputError::Balancer {
            cluster: cluster.name.clone(),
            balancer: spec.name.clone(),
            flaws,
        })?;
    }
    Ok(())
}

impl World<'_> {
    /// The load balancer of a replica's app thinks otherwise of it than before.
    pub(super) fn target_health(&mut self, server: ReplicaId, healthy: bool) {
        if let Some(task) = self.task_of_server(server) {
            self.target_of_task(task, healthy);
        }
    }

    /// A replica is no longer a target of its app's load balancer.
    pub(super) fn target_drained(&mut self, server: ReplicaId) {
        if let Some(task) = self.task_of_server(server) {
            self.task_deregistered(task);
        }
    }
}
