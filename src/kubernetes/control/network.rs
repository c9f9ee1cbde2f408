//! How pods come to be connected to a network: by somebody who is asked, where there is such a one.

use super::log::Entry;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::{Schedule, SimDuration, SimTime};
use crate::kubernetes::objects::PodId;

impl ControlPlane {
    /// Has somebody asked to connect pods: [`Notice::Connect`](super::Notice::Connect). Otherwise
    /// they are connected at once.
    pub fn with_network(mut self) -> Self {
        self.kubelets.settings.has_network = true;
        self
    }

    /// A pod is connected.
    pub fn connected<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.work(pod, around, |worker, call, actions| worker.connected(call, actions));
        self.settle(around);
    }

    /// Somebody had nothing of what a pod asks for, which is told as an event.
    pub fn not_allocated(&mut self, pod: PodId, message: &str, now: SimTime) {
        let (uid, message) = (self.objects.pod(pod).uid, self.log.text(message));
        self.log.add(now, Entry::NotAllocated { pod: uid, message });
    }

    /// A pod cannot be connected: its kubelet tries again after this. The reason is told as an
    /// event, where there is one.
    pub fn not_connected<S>(
        &mut self,
        pod: PodId,
        reason: Option<&str>,
        wait: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(reason) = reason {
            let (uid, message) = (self.objects.pod(pod).uid, self.log.text(reason));
            self.log.add(around.now(), Entry::NotConnected { pod: uid, message });
        }
        self.work(pod, around, |worker, call, _| worker.not_connected(call, wait));
    }
}
