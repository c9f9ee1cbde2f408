//! Replica sets.

use super::{Call, Controller};
use crate::engine::Schedule;
use crate::kubernetes::control::pods::Identity;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::replica_set::{self, Change};
use crate::kubernetes::objects::{PodId, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// One turn of the ReplicaSet controller.
    pub(super) fn sync_replica_set<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let WorkloadKind::ReplicaSet(set) = &mut self.objects.workload_mut(id).kind else { return };
        let (replicas, template) = (set.replicas as i32, set.template);
        let next = set.tally.next_available(now);
        // most looks find nothing to do, without looking at thousands of pods
        let enough = set.tally.active() == set.replicas;
        self.sync_at(id, next, around);
        if enough {
            return;
        }
        let pods = self.views(id);
        let owner = self.objects.workload(id).owner;
        let siblings = owner.map(|owner| &self.objects.workload(owner).children);
        let change = match siblings.filter(|siblings| siblings.len() > 1) {
            None => replica_set::sync(replicas, &pods, &pods, now),
            Some(siblings) => {
                let related: Vec<_> = siblings.iter().flat_map(|&set| self.views(set)).collect();
                replica_set::sync(replicas, &pods, &related, now)
            }
        };
        let calls = match change {
            Change::Nothing => return,
            Change::Create(count) => {
                (0..count).map(|_| Call::Create(template, Identity::None)).collect()
            }
            Change::Delete(pods) => pods.into_iter().map(|pod| Call::Delete(PodId(pod))).collect(),
        };
        self.make_calls(Controller::ReplicaSet, id, calls, around);
    }
}
