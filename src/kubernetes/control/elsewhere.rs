//! Pods that another scheduler places than the cluster's own.
//!
//! A mutating webhook changes pods when they are created, and sends some to a scheduler of its own
//! (`spec.schedulerName`). The cluster's own scheduler and autoscalers of nodes never look at
//! those. Whoever has the other scheduler hears of them as of all pods ([`Notice::Created`]), and
//! says what becomes of them: [`ControlPlane::place`], [`ControlPlane::not_placed`].
//!
//! [`Notice::Created`]: super::Notice::Created

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::core::v1::Pod;

use super::log::{Entry, TextId};
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Schedule, SimTime};
use crate::kubernetes::objects::{NodeId, PodId};

/// What changes pods when they are created.
pub struct Webhook {
    /// The scheduler that pods are sent to.
    pub scheduler: &'static str,
    /// Changes a pod.
    pub admit: Box<dyn Fn(&mut Pod)>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("scheduler", &self.scheduler).finish_non_exhaustive()
    }
}

/// The webhook, if there is one, and pods that the other scheduler has no place for.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    webhook: Option<Webhook>,
    /// Why they have none, as it was last told.
    told: BTreeMap<PodId, TextId>,
}

impl Elsewhere {
    /// A pod is to be created.
    pub fn admit(&self, pod: &mut Pod) {
        if let Some(webhook) = &self.webhook {
            (webhook.admit)(pod);
        }
    }

    /// A pod has a place, or is gone.
    pub fn forget(&mut self, pod: PodId) {
        self.told.remove(&pod);
    }
}

impl ControlPlane {
    /// With a webhook, for all pods that are created from now on.
    pub fn with_webhook(mut self, webhook: Webhook) -> Self {
        self.elsewhere.webhook = Some(webhook);
        self
    }

    /// Whether the scheduler of the webhook is to place a pod that is there.
    pub fn is_elsewhere(&self, pod: PodId) -> bool {
        let Some(webhook) = &self.elsewhere.webhook else { return false };
        let known = self.objects.get_pod(pod);
        let spec = known.and_then(|pod| self.objects.template(pod.template).source.spec.as_ref());
        spec.is_some_and(|spec| spec.scheduler_name.as_deref() == Some(webhook.scheduler))
    }

    /// The other scheduler gives a pod of its own a node.
    ///
    /// # Panics
    /// When the pod is gone or has a node.
    pub fn place<S>(&mut self, pod: PodId, node: NodeId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let scheduled = self.objects.pod(pod).scheduled.expect("a pod that waits takes room");
        self.scheduler.pod_placed(&mut self.cluster, scheduled, node, around.now());
        self.elsewhere.forget(pod);
        self.unplaced.remove(&pod);
        self.bound(pod, node, around);
        self.settle(around);
    }

    /// The other scheduler has no place for a pod of its own, for this reason, which is told once.
    pub fn not_placed(&mut self, pod: PodId, reason: &str, now: SimTime) {
        let Some(uid) = self.objects.get_pod(pod).map(|pod| pod.uid) else { return };
        let message = self.log.text(reason);
        if self.elsewhere.told.insert(pod, message) != Some(message) {
            self.log.add(now, Entry::Unschedulable { pod: uid, message });
        }
    }
}
