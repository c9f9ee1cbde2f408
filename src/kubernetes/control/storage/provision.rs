//! The external provisioner: volumes are made for claims, and pods bound that waited for them.
//!
//! Source: kubernetes-csi/external-provisioner v5, `pkg/controller`; Kubernetes v1.36,
//! `pkg/scheduler/framework/plugins/volumebinding/binder.go` (`BindPodVolumes`, `checkBindings`).
//! The scheduler has chosen a node, and binds the pod to it when its claims have volumes; a volume
//! is made only for a node on which the driver is up, which is tried after 1 s, 2 s, 4 s, …
//! A node that goes meanwhile has the pod begin anew, while its volume is made all the same.

use k8s_openapi::api::storage::v1::StorageClass;

use super::{FIRST_RETRY, LONGEST_RETRY, VolumeId, first_try};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::control::log::VolumeEntry;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::kubernetes::objects::{NodeId, PodId};
use crate::kubernetes::scheduler::pod::{Pod as ScheduledPod, PodId as ScheduledId};
use crate::kubernetes::scheduler::queue::Event;
use crate::kubernetes::scheduler::volumes::{AccessMode, Binding, PersistentVolume};

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Its size in bytes.
    pub size: i64,
    /// Its class, where that is known.
    pub class: Option<&'a StorageClass>,
    /// The zone of the nodes that are to reach it, as their label has it; none for any.
    pub zone: Option<&'a str>,
    /// How it is to be used.
    pub access_modes: &'a [AccessMode],
    /// Whether it is there already, as one that somebody made by hand.
    pub exists: bool,
}

impl ControlPlane {
    /// The scheduler has found a node for a pod, which gets it once its volumes are there.
    pub(in crate::kubernetes::control) fn reserved<S>(
        &mut self,
        scheduled: ScheduledId,
        node: NodeId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let pod = self.of_scheduled[scheduled.0 as usize];
        self.unplaced.remove(&pod);
        if self.want_made(pod, node, around) {
            self.storage.binding.insert(pod, (node, around.now()));
            return around.notices.push(Notice::Reserved(pod));
        }
        self.bound(pod, node, around);
    }

    /// Has the volumes of a pod made that are not there; whether there are any.
    fn want_made<S>(&mut self, pod: PodId, node: NodeId, around: &mut Around<'_, S>) -> bool
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let mut waits = false;
        for name in self.volume_names(pod) {
            let storage = &mut self.storage;
            let is_up = storage.registered.contains(&node);
            let known = storage.by_name.get(&name).copied();
            let volume = known.unwrap_or_else(|| storage.add(&name, false));
            let kept = storage.kept_mut(volume);
            if kept.made {
                continue;
            }
            waits = true;
            // one that waits for the driver on a node that is gone waits for that on this one
            if known.is_none() || kept.order.is_some() {
                kept.order = Some(if is_up { now } else { SimTime::MAX });
                let claim = self.claim_of(volume);
                let message =
                    format!("External provisioner is provisioning volume for claim \"{claim}\"");
                self.note_volume(pod, VolumeEntry::Provisioning, &message, now);
                self.order(volume, around);
            }
        }
        waits
    }

    /// Has a volume made if it is time.
    pub(super) fn order<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kept = self.storage.kept_mut(volume);
        if kept.order.take_if(|at| *at <= around.now()).is_some() {
            around.notices.push(Notice::VolumeWanted { volume });
        }
    }

    /// The driver has come up on a node: what waits for that is made at the next try of the
    /// provisioner, which began at the time at which each pod got the node.
    pub(super) fn orders_of_node<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let waiting = self.storage.binding.iter().filter(|(_, (on, _))| *on == node);
        let waiting: Vec<(PodId, SimTime)> =
            waiting.map(|(&pod, &(_, since))| (pod, since)).collect();
        for (pod, since) in waiting {
            for volume in self.served(pod) {
                let kept = self.storage.kept_mut(volume);
                if kept.order == Some(SimTime::MAX) {
                    let at = first_try(since, FIRST_RETRY, LONGEST_RETRY, now);
                    kept.order = Some(at);
                    self.reconcile_at(volume, at, around);
                }
            }
        }
    }

    /// The volumes of the driver that a pod has claims to, as far as they are known.
    pub(super) fn served(&self, pod: PodId) -> Vec<VolumeId> {
        let names = self.volume_names(pod);
        names.iter().filter_map(|name| self.storage.by_name.get(name).copied()).collect()
    }

    /// Volumes that users wrote are there.
    pub(in crate::kubernetes::control) fn know_volumes<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let all = self.cluster.volumes().volumes();
        let served = all.filter(|volume| self.storage.serves(volume));
        let names: Vec<Box<str>> = served.map(|volume| volume.name.clone()).collect();
        for name in names {
            if !self.storage.by_name.contains_key(&name) {
                let volume = self.storage.add(&name, true);
                around.notices.push(Notice::VolumeWanted { volume });
            }
        }
    }

    /// Whether volumes of a driver are made only where it is up, and it is not on this node.
    pub(in crate::kubernetes::control) fn is_missing_on(&self, driver: &str, node: NodeId) -> bool {
        self.storage.is_driver(driver) && !self.has_driver(node)
    }

    /// Has the volume made that a claim is to have which waits for no pod. Gives the binding back
    /// where nobody has to.
    pub(in crate::kubernetes::control) fn make_first<S>(
        &mut self,
        binding: Binding,
        around: &mut Around<'_, S>,
    ) -> Option<Binding>
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let served = binding.made.as_ref().is_some_and(|volume| self.storage.serves(volume));
        if !served {
            return Some(binding);
        }
        let volume = self.storage.add(&binding.volume, false);
        let kept = self.storage.kept_mut(volume);
        (kept.pending, kept.order) = (Some(binding), Some(around.now()));
        self.reconcile(volume, around);
        None
    }

    /// The PersistentVolume of a volume, as it is or is to be.
    fn persistent(&self, volume: VolumeId) -> Option<&PersistentVolume> {
        let kept = self.storage.kept(volume);
        let pending = kept.pending.as_ref().and_then(|binding| binding.made.as_ref());
        pending.or_else(|| self.cluster.volumes().volume(&kept.name))
    }

    /// What is to be made; none where its claim is gone.
    pub fn volume_order(&self, volume: VolumeId) -> Option<Order<'_>> {
        let one = self.persistent(volume)?;
        let named = |class: &&StorageClass| class.metadata.name.as_deref() == Some(&*one.class);
        Some(Order {
            size: one.capacity.value(),
            class: self.storage_classes.iter().find(named),
            zone: one.zone(),
            access_modes: &one.access_modes,
            exists: self.storage.kept(volume).made,
        })
    }

    /// Namespace and name of the claim that a volume is for.
    fn claim_of(&self, volume: VolumeId) -> String {
        let claim = self.persistent(volume).and_then(|one| one.claim.as_ref());
        claim.map_or_else(String::new, |claim| format!("{}/{}", claim.namespace, claim.name))
    }

    /// A volume has been made.
    pub fn volume_made<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kept = self.storage.kept_mut(volume);
        (kept.made, kept.fresh) = (true, true);
        self.storage.counts.made += 1;
        self.reconcile(volume, around);
        self.settle(around);
    }

    /// A volume is there since this instant: whoever waits for it goes on.
    pub(super) fn first_look<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let kept = self.storage.kept_mut(volume);
        kept.fresh = false;
        if let Some(binding) = kept.pending.take() {
            let (namespace, name) = (binding.namespace.clone(), binding.claim.clone());
            self.cluster.volumes_mut().bind(vec![binding]);
            self.claim_has_volume(Event::VolumeAdded, namespace, name, around);
        }
        let name = &self.storage.kept(volume).name;
        let message = format!("Successfully provisioned volume {name}");
        for pod in self.waiting_for(volume) {
            self.note_volume(pod, VolumeEntry::ProvisioningSucceeded, &message, now);
            let there = |volume: &VolumeId| self.storage.kept(*volume).made;
            if self.served(pod).iter().all(there)
                && let Some((node, _)) = self.storage.binding.remove(&pod)
            {
                self.bound(pod, node, around);
            }
        }
    }

    /// A volume cannot be made, for this reason.
    pub fn volume_not_made<S>(&mut self, volume: VolumeId, why: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let class = self.persistent(volume).map_or("", |one| &one.class);
        let message = format!("failed to provision volume with StorageClass \"{class}\": {why}");
        for pod in self.waiting_for(volume) {
            self.note_volume(pod, VolumeEntry::ProvisioningFailed, &message, around.now());
        }
    }

    /// Pods that are bound once this volume is there.
    fn waiting_for(&self, volume: VolumeId) -> Vec<PodId> {
        let all = self.storage.binding.keys().copied();
        all.filter(|&pod| self.served(pod).contains(&volume)).collect()
    }

    /// A node goes: the pods that would have got it look for another.
    pub(super) fn begin_anew<S>(&mut self, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let gone = self.storage.binding.extract_if(.., |_, (on, _)| *on == node);
        let pods: Vec<PodId> = gone.map(|(pod, _)| pod).collect();
        for pod in pods {
            let Some(before) = self.objects.change_pod(pod, |pod| pod.scheduled.take()) else {
                continue;
            };
            let shape = self.cluster.pod(before).shape;
            self.scheduler.remove_pod(&mut self.cluster, before, now);
            let key = self.log.pod_name(self.objects.pod(pod).uid).to_owned();
            let again = self.cluster.add_pod(ScheduledPod::pending(&key, shape));
            self.objects.change_pod(pod, |pod| pod.scheduled = Some(again));
            let place = again.0 as usize;
            if self.of_scheduled.len() <= place {
                self.of_scheduled.resize(place + 1, pod);
            }
            self.of_scheduled[place] = pod;
            self.scheduler.pod_added(&self.cluster, again, now);
        }
    }
}
