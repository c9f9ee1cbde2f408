//! Claims that go with their pods, and what becomes of their volumes.
//!
//! Source: Kubernetes v1.36, `pkg/controller/statefulset/stateful_pod_control.go`
//! (`persistentVolumeClaimRetentionPolicy`): with `whenScaled: Delete` a claim goes with a pod
//! whose number is not wanted any more; otherwise claims stay. A volume whose claim is gone is
//! deleted once it is detached, unless its class or, of one that somebody made by hand, its own
//! `persistentVolumeReclaimPolicy` says `Retain`.

use k8s_openapi::api::storage::v1::StorageClass;

use super::VolumeId;
use crate::engine::Schedule;
use crate::kubernetes::control::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::kubernetes::objects::{Pod, WorkloadKind};

impl ControlPlane {
    /// A pod is gone, and with it the claims that are to go.
    pub(in crate::kubernetes::control) fn claims_go_with<S>(
        &mut self,
        pod: &Pod,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(owner) = pod.owner.filter(|_| self.storage.driver.is_some()) else { return };
        let WorkloadKind::StatefulSet(set) = &self.objects.workload(owner).kind else { return };
        let first = i64::from(set.spec.start);
        let wanted = first..first + i64::from(set.spec.replicas);
        let written = self.stateful_sets.get(&owner).and_then(|one| one.spec.as_ref());
        let policy = written.and_then(|it| it.persistent_volume_claim_retention_policy.as_ref());
        let goes = policy.and_then(|policy| policy.when_scaled.as_deref()) == Some("Delete");
        if !goes || wanted.contains(&i64::from(pod.number)) {
            return;
        }
        let workload = self.objects.workload(owner);
        let (namespace, set) = (workload.namespace.clone(), workload.name.clone());
        let templates = written.into_iter().flat_map(|it| it.volume_claim_templates.iter());
        let names: Vec<String> = templates
            .flatten()
            .filter_map(|template| template.metadata.name.as_deref())
            .map(|name| format!("{name}-{set}-{}", pod.number))
            .collect();
        for name in names {
            self.claim_goes(&namespace, &name, around);
        }
    }

    fn claim_goes<S>(&mut self, namespace: &str, name: &str, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.forget_claim(namespace, name);
        let Some(claim) = self.cluster.volumes_mut().remove_claim(namespace, name) else { return };
        let of_claim = |id: &VolumeId| {
            let pending = self.storage.kept(*id).pending.as_ref();
            pending.is_some_and(|it| *it.namespace == *namespace && *it.claim == *name)
        };
        let known = self.storage.by_name.get(&claim.volume).copied();
        let volume = known.or_else(|| self.storage.by_name.values().copied().find(of_claim));
        let Some(volume) = volume else { return };
        let named = |class: &&StorageClass| class.metadata.name.as_deref() == Some(&*claim.class);
        let class = self.storage_classes.iter().find(named);
        let policy = class.and_then(|class| class.reclaim_policy.as_deref());
        if self.storage.kept(volume).retained || policy == Some("Retain") {
            return;
        }
        let kept = self.storage.kept_mut(volume);
        (kept.unwanted, kept.pending) = (true, None);
        let name = kept.name.clone();
        self.cluster.volumes_mut().remove_volume(&name);
        self.storage.by_name.remove(&name);
        if self.storage.kept_mut(volume).order.take().is_none() {
            self.reconcile(volume, around);
        }
    }

    /// A volume that is nowhere is deleted.
    pub(super) fn delete_volume<S>(&mut self, volume: VolumeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kept = self.storage.kept_mut(volume);
        (kept.unwanted, kept.made) = (false, false);
        self.storage.counts.deleted += 1;
        around.notices.push(Notice::VolumeUnwanted { volume });
    }
}
