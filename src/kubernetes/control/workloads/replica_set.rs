//! Replica sets.

use super::{Call, Controller};
use crate::engine::Schedule;
use crate::kubernetes::control::pods::Identity;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::replica_set::{self, Change, Neighbours};
use crate::kubernetes::objects::{PodId, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// One turn of the ReplicaSet controller.
    pub(super) fn sync_replica_set<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let WorkloadKind::ReplicaSet(set) = &mut self.objects.workload_mut(id).kind else { return };
        let (replicas, template, active) = (set.replicas, set.template, set.tally.active());
        let next = set.tally.next_available(now);
        self.sync_at(id, next, around);
        let look = || (self.views(id), self.neighbours(id));
        let change = replica_set::sync(replicas, active, look, now);
        let calls = match change {
            Change::Nothing => return,
            Change::Create(count) => {
                (0..count).map(|_| Call::Create(template, Identity::None)).collect()
            }
            Change::Delete(pods) => pods.into_iter().map(|pod| Call::Delete(PodId(pod))).collect(),
        };
        self.make_calls(Controller::ReplicaSet, id, calls, around);
    }

    /// Where the active pods of a replica set are, and those of the others of its deployment.
    fn neighbours(&self, id: WorkloadId) -> Neighbours {
        let owner = self.objects.workload(id).owner;
        let sets =
            owner.map_or(std::slice::from_ref(&id), |owner| &self.objects.workload(owner).children);
        let mut neighbours = Neighbours::default();
        for pod in sets.iter().flat_map(|&set| &self.objects.workload(set).pods) {
            let pod = self.objects.pod(*pod);
            if pod.is_active() {
                neighbours.add(pod.node.map(|node| node.0));
            }
        }
        neighbours
    }
}
