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
pub(super) use specs::spec;

use crate::engine::SimTime;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, Scenario};
use crate::workload::load_balancer::Spec;
use crate::workload::{LoadBalancer, ReplicaId, Services};
use crate::world::World;
use crate::world::ecs::Ecs;
use crate::world::input::{InputError, Unfit};
use crate::world::kubernetes::Fronts;

/// The load balancers of a cluster: those of ECS, or what is in front of pods.
fn all(
    scenario: &Scenario,
    cluster: &Cluster,
    ecs: Option<&Ecs>,
    fronts: Option<&Fronts>,
) -> Vec<Spec> {
    match (ecs, fronts) {
        (Some(ecs), _) => specs::specs(scenario, cluster, &ecs.written()),
        (None, Some(fronts)) => fronts.specs.clone(),
        (None, None) => Vec::new(),
    }
}

/// Checks the load balancers of a cluster, which stands at `at`.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub(super) fn check(
    scenario: &Scenario,
    cluster: &Cluster,
    (ecs, fronts): (Option<&Ecs>, Option<&Fronts>),
    at: &Path,
) -> Result<(), InputError> {
    for (place, spec) in all(scenario, cluster, ecs, fronts).iter().enumerate() {
        if let Err(flaws) = LoadBalancer::new(spec, SimTime::ZERO) {
            let at = match place < cluster.load_balancers.len() {
                true => at.key("load_balancer").index(place).key("name"),
                false => at.key("kubernetes").key("manifests"),
            };
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
    (ecs, fronts): (Option<&Ecs>, Option<&Fronts>),
    at: &Path,
    services: &mut Services,
) -> Result<(), InputError> {
    check(scenario, cluster, (ecs, fronts), at)?;
    for spec in all(scenario, cluster, ecs, fronts) {
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
