//! The kubelet waits for the volumes of a pod before it starts containers.
//!
//! Source: Kubernetes v1.36, `pkg/kubelet/volumemanager`,
//! `pkg/volume/util/operationexecutor/operation_generator.go`
//! (`GenerateVerifyControllerAttachedVolumeFunc`). A volume is mounted when the node's status has
//! it among those that are attached, which is at once, and among those in use, which the kubelet
//! itself writes every 10 s. Where it is attached before that is written, the kubelet tries again
//! after 500 ms, 1 s, 2 s, … (`goroutinemap/exponentialbackoff`). Not modelled: the time that
//! making a file system and mounting take.

use super::{Place, VolumeId, first_try};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::kubernetes::kubelet::heartbeat::{Rhythm, STATUS};
use crate::kubernetes::objects::{NodeId, PodId};

/// The first wait of the kubelet after a failure (`initialDurationBeforeRetry`).
const FIRST: SimDuration = SimDuration::from_millis(500);

/// Its longest (`maxDurationBeforeRetry`).
const LONGEST: SimDuration = SimDuration::from_secs(122);

/// A pod that waits for its volumes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mounting {
    /// Since when its kubelet knows of it.
    since: SimTime,
    /// When they are mounted.
    at: Option<SimTime>,
}

impl ControlPlane {
    /// When the kubelet of a node writes its status next, after this instant.
    pub(super) fn next_status(&self, node: NodeId, after: SimTime) -> SimTime {
        let first = self.objects.node(node).map_or(SimTime::ZERO, |node| node.joined);
        let later = after.saturating_add(SimDuration::from_nanos(1));
        Rhythm { first, period: STATUS }.next(later)
    }

    /// The kubelet of a pod's node takes it on. Whether it has to wait for volumes, or the pod
    /// starts now.
    pub(in crate::kubernetes::control) fn waits_for_volumes<S>(
        &mut self,
        pod: PodId,
        around: &mut Around<'_, S>,
    ) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.volumes_of_pod(pod).is_empty() {
            return false;
        }
        self.storage.mounting.insert(pod, Mounting { since: around.now(), at: None });
        self.mount_when_attached(pod, around);
        true
    }

    /// Where all volumes of a pod that waits are attached to its node, says when they are mounted.
    pub(super) fn mount_when_attached<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(&Mounting { since, .. }) = self.storage.mounting.get(&pod) else { return };
        let Some(node) = self.objects.pod(pod).node else { return };
        let ready = self.volumes_of_pod(pod).iter().map(|&it| self.verified(it, node, since));
        let ready: Option<Vec<SimTime>> = ready.collect();
        let Some(at) = ready.and_then(|all| all.into_iter().max()) else { return };
        if let Some(mounting) = self.storage.mounting.get_mut(&pod) {
            mounting.at = Some(at);
        }
        let tag = self.objects.tag(pod);
        around.at(at.max(around.now()), Phase::Release, ControlEvent::Mount(tag));
    }

    /// When a kubelet that has known of a volume since then finds it attached; never while it is
    /// not.
    fn verified(&self, volume: VolumeId, node: NodeId, since: SimTime) -> Option<SimTime> {
        let kept = self.storage.kept(volume);
        let Place::Attached(on, attached) = kept.place else { return None };
        if on != node {
            return None;
        }
        if kept.users.iter().any(|user| user.node == node && user.mounted) {
            return Some(since);
        }
        let in_use = self.next_status(node, since);
        Some(first_try(attached.max(since), FIRST, LONGEST, in_use))
    }

    /// The volumes of a pod may be mounted now: its containers start.
    pub(in crate::kubernetes::control) fn mount<S>(
        &mut self,
        pod: PodId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let due = |mounting: &Mounting| mounting.at.is_some_and(|at| at <= around.now());
        if !self.storage.mounting.get(&pod).is_some_and(due) {
            return;
        }
        self.storage.mounting.remove(&pod);
        for volume in self.volumes_of_pod(pod).to_vec() {
            let mut users = self.storage.kept_mut(volume).users.iter_mut();
            if let Some(user) = users.find(|user| user.pod == pod) {
                user.mounted = true;
            }
        }
        around.notices.push(Notice::Mounted(pod));
        self.work(pod, around, |worker, call, actions| worker.begin(call, actions));
    }

    /// The machine of a pod's node is lost, and what was mounted on it.
    pub(in crate::kubernetes::control) fn unmounts_with_machine(&mut self, pod: PodId) {
        self.storage.mounting.remove(&pod);
        for volume in self.volumes_of_pod(pod).to_vec() {
            let users = self.storage.kept_mut(volume).users.iter_mut();
            users.filter(|user| user.pod == pod).for_each(|user| user.mounted = false);
        }
    }
}
