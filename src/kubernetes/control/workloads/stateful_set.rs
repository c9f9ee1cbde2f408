//! Stateful sets.

use std::collections::VecDeque;

use super::{Call, Controller};
use crate::engine::Schedule;
use crate::kubernetes::control::pods::Identity;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::kubernetes::controllers::pod::next_availability;
use crate::kubernetes::controllers::stateful_set::{self, Action, Replica, Revisions};
use crate::kubernetes::objects::{PodId, TemplateId, WorkloadId, WorkloadKind};

impl ControlPlane {
    /// One turn of the StatefulSet controller.
    pub(super) fn sync_stateful_set<S>(&mut self, id: WorkloadId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let WorkloadKind::StatefulSet(set) = &self.objects.workload(id).kind else { return };
        let spec = set.spec;
        let revisions = Revisions { current: set.current.0, update: set.template.0 };
        let pods = self.views(id);
        let replicas: Vec<Replica> =
            pods.iter().map(|&pod| Replica { ordinal: self.ordinal(PodId(pod.id)), pod }).collect();
        let actions = stateful_set::sync(&spec, revisions, &replicas, now);
        if stateful_set::is_complete(&spec, revisions.update, &replicas)
            && let WorkloadKind::StatefulSet(set) = &mut self.objects.workload_mut(id).kind
        {
            set.current = set.template;
        }
        if !spec.min_ready.is_zero() {
            self.sync_at(id, next_availability(&pods, spec.min_ready, now), around);
        }
        let mut calls = VecDeque::new();
        for action in actions {
            calls.push_back(match action {
                Action::Create { ordinal, template } => {
                    self.claim_volumes(id, ordinal, around);
                    Call::Create(TemplateId(template), Identity::Number(ordinal as u32))
                }
                Action::Delete { pod } => Call::Delete(PodId(pod)),
            });
        }
        self.make_calls(Controller::StatefulSet, id, calls, around);
    }

    /// The number in a pod's name.
    fn ordinal(&self, pod: PodId) -> i32 {
        i32::try_from(self.objects.pod(pod).number).unwrap_or(i32::MAX)
    }
}
