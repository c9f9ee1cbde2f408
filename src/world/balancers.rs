//! Load balancers in front of the apps of a cluster on Amazon Web Services.
//!
//! * [`specs`]: which there are, from a scenario.
//! * [`bill`]: what they cost, and which app pays for it.
//!
//! Whoever runs the tasks tells [`Services`](crate::workload::Services) of targets that come and
//! go, and hears what becomes of them here.

mod bill;
mod specs;

pub(super) use bill::BalancerBill;

use crate::engine::SimTime;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, Scenario};
use crate::workload::{LoadBalancer, ReplicaId, Services};
use crate::world::World;
use crate::world::ecs::Ecs;
use crate::world::input::{InputError, Unfit};

/// Checks the load balancers of a cluster, which stands at `at`.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub(super) fn check(
    scenario: &Scenario,
    cluster: &Cluster,
    ecs: Option<&Ecs>,
    at: &Path,
) -> Result<(), InputError> {
    let Some(ecs) = ecs else { return Ok(()) };
    let specs = specs::specs(scenario, cluster, &ecs.written());
    for (place, spec) in specs.iter().enumerate() {
        if let Err(flaws) = LoadBalancer::new(spec, SimTime::ZERO) {
            let at = at.key("load_balancer").index(place).key("name");
            let title = format!("`{}` cannot be: {}", spec.name, flaws.join("; "));
            let help = "change `hosts`, `paths` or `priority` of its target groups";
            return Err(Unfit::new(at, title, help).into());
        }
    }
    Ok(())
}

/// Puts the load balancers of a cluster in front of its apps.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub(super) fn add(
    scenario: &Scenario,
    cluster: &Cluster,
    ecs: Option<&Ecs>,
    at: &Path,
    services: &mut Services,
) -> Result<(), InputError> {
    check(scenario, cluster, ecs, at)?;
    let Some(ecs) = ecs else { return Ok(()) };
    for spec in specs::specs(scenario, cluster, &ecs.written()) {
        services.add_balancer(&spec, SimTime::ZERO).expect("it was checked");
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
