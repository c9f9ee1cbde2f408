//! The attach/detach controller, and the external attacher that works for it.
//!
//! Source: Kubernetes v1.36, `pkg/controller/volume/attachdetach/reconciler/reconciler.go`. A
//! volume is attached to the node of the first pod that uses it. It is detached when no pod on the
//! node does and the node's status says that it is not in use there: within 10 s of its end where
//! the kubelet lives. One that does not live says nothing: where the node counts as not ready, or
//! is no more, the volume is detached by force 6 min after it was used last. Until then a pod that
//! wants it elsewhere waits, and is told so once. A pod on a silent node uses its volumes until it
//! is gone, which it is only with its node, or when that is back.
//!
//! What the driver refuses is tried again after 1 s, 2 s, 4 s, … up to 5 min
//! (kubernetes-csi/external-attacher v4).

use super::{FIRST_RETRY, LONGEST_RETRY, Place, User, VolumeId};
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::kubernetes::control::log::VolumeEntry;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::kubernetes::objects::{NodeId, PodId};

impl ControlPlane {
    /// A pod got a node: its volumes are wanted there.
    pub(in crate::kubernetes::control) fn use_volumes<S>(
        &mut self,
        pod: PodId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(node) = self.objects.pod(pod).node else { return };
        let volumes = self.served(pod);
        if volumes.is_empty() || self.storage.of_pod.contains_key(&pod) {
            return;
        }
        self.storage.of_pod.insert(pod, volumes.clone().into());
        for volume in volumes {
            let kept = self.storage.kept_mut(volume);
            kept.users.push(User { pod, node, mounted: false });
            if matches!(kept.place, Place::Attached(on, _) if on == node) {
                (kept.released, kept.unmounted) = (None, None);
            }
            self.reconcile(volume, around);
        }
    }

    /// A pod has ended, or is gone: it uses its volumes no more.
    pub(in crate::kubernetes::control) fn release_volumes<S>(
        &mut self,
        pod: PodId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.storage.binding.remove(&pod);
        self.storage.mounting.remove(&pod);
        for volume in self.storage.of_pod.remove(&pod).unwrap_or_default() {
            self.storage.kept_mut(volume).users.retain(|user| user.pod != pod);
            self.reconcile(volume, around);
        }
    }

    /// What is to be done with a volume that is attached to a node.
    pub(super) fn keep_or_detach<S>(
        &mut self,
        volume: VolumeId,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        if self.storage.kept(volume).users.iter().all(|user| user.node != node) {
            let due = self.detachable(volume, node, now);
            if due <= now {
                let kept = self.storage.kept_mut(volume);
                kept.place = Place::Detaching(node);
                let is_safe = kept.unmounted.is_some_and(|at| at <= now);
                self.storage.counts.forced += u64::from(!is_safe);
                return around.notices.push(Notice::VolumeDetach { volume });
            }
            if due < SimTime::MAX {
                self.reconcile_at(volume, due, around);
            }
        }
        self.tell_conflict(volume, node, now);
    }

    /// When a volume that nobody on its node uses can be detached, as it looks now.
    fn detachable(&mut self, volume: VolumeId, node: NodeId, now: SimTime) -> SimTime {
        let known = self.objects.node(node);
        let (lives, healthy) =
            (known.is_some_and(|it| it.up), known.is_some_and(|it| it.is_ready()));
        let status = self.next_status(node, now);
        let longest = self.storage.driver.as_ref().map(|driver| driver.longest_unmount);
        let kept = self.storage.kept_mut(volume);
        if kept.released.is_none() {
            kept.released = Some(now);
            kept.unmounted = lives.then_some(status);
        }
        let since = kept.released.unwrap_or(now);
        let forced = longest.filter(|_| !healthy).map(|longest| since.saturating_add(longest));
        let free = kept.unmounted.unwrap_or(SimTime::MAX);
        free.min(forced.unwrap_or(SimTime::MAX))
    }

    /// Tells pods elsewhere that a node has their volume, once for each node
    /// (`reportMultiAttachError`).
    fn tell_conflict(&mut self, volume: VolumeId, node: NodeId, now: SimTime) {
        let kept = self.storage.kept(volume);
        let elsewhere = kept.users.iter().find(|user| user.node != node);
        let Some(wanted) = elsewhere.map(|user| user.node) else { return };
        if kept.conflict == Some(wanted) {
            return;
        }
        let (here, there): (Vec<User>, Vec<User>) = kept
            .users
            .iter()
            .filter(|it| it.node == node || it.node == wanted)
            .partition(|user| user.node == node);
        let names: Vec<String> = here.iter().map(|user| self.objects.pod_name(user.pod)).collect();
        let why = match names.is_empty() {
            true => "Volume is already exclusively attached to one node and can't be attached to \
                     another"
                .to_owned(),
            false => format!("Volume is already used by pod(s) {}", names.join(", ")),
        };
        let message = format!("Multi-Attach error for volume \"{}\" {why}", kept.name);
        self.storage.kept_mut(volume).conflict = Some(wanted);
        self.storage.counts.conflicts += there.len() as u64;
        for user in there {
            self.note_volume(user.pod, VolumeEntry::FailedAttach, &message, now);
        }
    }

    /// Attaches a volume that is nowhere to the node of the first pod that uses it.
    pub(super) fn attach<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let kept = self.storage.kept(volume);
        let mut nodes = kept.users.iter().map(|user| user.node);
        let Some(node) = nodes.find(|&node| self.objects.node(node).is_some()) else { return };
        let Some(machine) = self.objects.node(node).map(|node| node.machine) else { return };
        if kept.failures.is_some_and(|(on, _)| on == node) && kept.next_try > now {
            return self.reconcile_at(volume, kept.next_try, around);
        }
        if !self.storage.registered.contains(&node) {
            let name = self.objects.node(node).map_or("", |node| &node.name);
            let driver = self.storage.driver.as_ref().map_or("", |driver| &driver.name);
            let why = format!("CSINode {name} does not contain driver {driver}");
            return self.attach_failed(volume, node, &why, around);
        }
        let kept = self.storage.kept_mut(volume);
        (kept.place, kept.conflict) = (Place::Attaching(node), None);
        around.notices.push(Notice::VolumeAttach { volume, machine });
    }

    fn attach_failed<S>(
        &mut self,
        volume: VolumeId,
        node: NodeId,
        why: &str,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let kept = self.storage.kept_mut(volume);
        let before = kept.failures.filter(|(on, _)| *on == node).map_or(0, |(_, count)| count);
        kept.place = Place::Nowhere;
        self.storage.counts.failed += 1;
        let kept = self.storage.kept_mut(volume);
        kept.failures = Some((node, before + 1));
        kept.next_try = now.saturating_add(retry_after(before));
        let message = format!("AttachVolume.Attach failed for volume \"{}\" : {why}", kept.name);
        if before == 0 {
            for pod in self.users_on(volume, node) {
                self.note_volume(pod, VolumeEntry::FailedAttach, &message, now);
            }
        }
        self.reconcile(volume, around);
    }

    /// The pods on a node that use a volume.
    fn users_on(&self, volume: VolumeId, node: NodeId) -> Vec<PodId> {
        let users = self.storage.kept(volume).users.iter().filter(|user| user.node == node);
        users.map(|user| user.pod).collect()
    }

    /// A volume has come to the node that it was attached to.
    pub fn volume_attached<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let kept = self.storage.kept_mut(volume);
        let Place::Attaching(node) = kept.place else { return };
        kept.place = Place::Attached(node, now);
        (kept.failures, kept.released, kept.unmounted) = (None, None, None);
        self.storage.counts.attached += 1;
        let kept = self.storage.kept(volume);
        let message = format!("AttachVolume.Attach succeeded for volume \"{}\"", kept.name);
        for pod in self.users_on(volume, node) {
            self.note_volume(pod, VolumeEntry::Attached, &message, now);
            self.mount_when_attached(pod, around);
        }
        self.reconcile(volume, around);
        self.settle(around);
    }

    /// A volume cannot be attached to the node, for this reason.
    pub fn volume_not_attached<S>(
        &mut self,
        volume: VolumeId,
        why: &str,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Place::Attaching(node) = self.storage.kept(volume).place {
            self.attach_failed(volume, node, why, around);
        }
    }

    /// A volume has left its node.
    pub fn volume_detached<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kept = self.storage.kept_mut(volume);
        if let Place::Detaching(node) = kept.place {
            kept.place = Place::Nowhere;
            (kept.released, kept.unmounted, kept.conflict) = (None, None, None);
            self.release_if_empty(node, around);
            self.reconcile(volume, around);
            self.settle(around);
        }
    }
}

/// How long the attacher waits after so many failures and one more.
pub(super) fn retry_after(failures: u32) -> SimDuration {
    let doubled = FIRST_RETRY.as_nanos().saturating_mul(1 << failures.min(16));
    SimDuration::from_nanos(doubled).min(LONGEST_RETRY)
}
