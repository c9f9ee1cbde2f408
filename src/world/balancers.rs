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
use crate::kubernetes::api::Object;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, Scenario};
use crate::workload::load_balancer::Spec;
use crate::workload::{LoadBalancer, ReplicaId, Services};
use crate::world::World;
use crate::world::ecs::Ecs;
use crate::world::input::{InputError, Unfit};
use crate::world::kubernetes::{Binding, Fronts, fronts};

/// What runs behind load balancers: tasks of ECS, or the pods of manifests and apps.
pub(super) type Units<'u> = (Option<&'u Ecs>, &'u [Object], &'u [Binding]);

/// The load balancers of a cluster that can be: those of ECS, or what is in front of pods.
fn all(
    scenario: &Scenario,
    cluster: &Cluster,
    (ecs, manifests, bindings): Units<'_>,
    at: &Path,
) -> Result<(Vec<Spec>, Option<Fronts>), InputError> {
    let fronts = fronts(scenario, cluster, manifests, bindings, at)?;
    let specs = match (ecs, &fronts) {
        (Some(ecs), _) => specs::specs(scenario, cluster, &ecs.written()),
        (None, Some(fronts)) => fronts.specs.clone(),
        (None, None) => Vec::new(),
    };
    for (place, spec) in specs.iter().enumerate() {
        if let Err(flaws) = LoadBalancer::new(spec, SimTime::ZERO) {
            let at = match place < cluster.load_balancers.len() || ecs.is_some() {
                true => at.key("load_balancer").index(place).key("name"),
                false => at.key("kubernetes").key("manifests"),
            };
            let title = format!("`{}` cannot be: {}", spec.name, flaws.join("; "));
            let help = "change `hosts`, `paths` or `priority` of its target groups";
            return Err(Unfit::new(at, title, help).into());
        }
    }
    Ok((specs, fronts))
}

/// Checks the load balancers of a cluster, which stands at `at`.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub(super) fn check(
    scenario: &Scenario,
    cluster: &Cluster,
    units: Units<'_>,
    at: &Path,
) -> Result<(), InputError> {
    all(scenario, cluster, units, at).map(|_| ())
}

/// Puts the load balancers of a cluster in front of its apps. What is in front of pods, which its
/// controller sees to.
///
/// # Errors
/// What is wrong with the first that cannot be.
pub(super) fn add(
    scenario: &Scenario,
    cluster: &Cluster,
    units: Units<'_>,
    at: &Path,
    services: &mut Services,
) -> Result<Option<Fronts>, InputError> {
    let (specs, fronts) = all(scenario, cluster, units, at)?;
    for spec in specs {
        services.add_balancer(&spec, SimTime::ZERO).expect("it was checked");
    }
    Ok(fronts)
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
