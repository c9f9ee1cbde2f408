//! Load balancers in front of apps.

use crate::workload::ReplicaId;
use crate::world::World;

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
