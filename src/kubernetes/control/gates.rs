//! Readiness gates: pods that are ready only when somebody else finds so, too.
//!
//! A pod with a gate is `Ready` when its containers are (`ContainersReady`) and the condition that
//! the gate names is `True` (Kubernetes v1.36, `pkg/kubelet/status/generate.go`,
//! `GeneratePodReadyCondition`). Gates are given to the pods of workloads as these are created, as
//! by a mutating webhook; whoever owns the condition opens them, once.

use std::collections::BTreeMap;

use super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use crate::engine::Schedule;
use crate::kubernetes::objects::PodId;
use crate::metrics::events::Kind;

/// Who has a gate.
#[derive(Debug, Default)]
pub(super) struct Gates {
    /// Kind, namespace and name of workloads whose pods get one.
    workloads: Vec<(Kind, Box<str>, Box<str>)>,
    /// Pods that have one.
    pods: BTreeMap<PodId, Gate>,
    /// Whether changes of endpoints are told.
    pub watched: bool,
}

/// The gate of a pod.
#[derive(Clone, Copy, Debug, Default)]
struct Gate {
    /// Its containers are ready.
    containers: bool,
    /// The condition is true.
    open: bool,
}

impl Gates {
    /// Whether a pod is ready whose containers are so.
    pub fn pass(&mut self, pod: PodId, containers: bool) -> bool {
        match self.pods.get_mut(&pod) {
            None => containers,
            Some(gate) => {
                gate.containers = containers;
                gate.containers && gate.open
            }
        }
    }

    /// A pod is gone.
    pub fn forget(&mut self, pod: PodId) {
        self.pods.remove(&pod);
    }
}

impl ControlPlane {
    /// The pods of a workload that is to be written get a gate.
    pub fn gate(&mut self, kind: Kind, namespace: &str, name: &str) {
        self.gates.workloads.push((kind, namespace.into(), name.into()));
    }

    /// Has changes of endpoints be told.
    pub fn watch_endpoints(&mut self) {
        self.gates.watched = true;
    }

    /// A pod was created, which may get a gate.
    pub(super) fn gate_pod(&mut self, pod: PodId) {
        let Some(owner) = self.objects.pod(pod).owner.filter(|_| !self.gates.workloads.is_empty())
        else {
            return;
        };
        let top = self.objects.workload(self.objects.workload(owner).owner.unwrap_or(owner));
        let key = (top.kind.kind(), &top.namespace, &top.name);
        let mut gated = self.gates.workloads.iter();
        if gated.any(|(kind, namespace, name)| key == (*kind, namespace, name)) {
            self.gates.pods.insert(pod, Gate::default());
        }
    }

    /// Whether a pod has a gate that is not open.
    pub fn is_gated(&self, pod: PodId) -> bool {
        self.gates.pods.get(&pod).is_some_and(|gate| !gate.open)
    }

    /// The condition of a pod's gate is true from now on.
    pub fn open_gate<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(gate) = self.gates.pods.get_mut(&pod) else { return };
        gate.open = true;
        let containers = gate.containers;
        self.set_ready(pod, containers, around);
        self.settle(around);
    }

    /// Whether the containers of a pod are ready, its node works and it is not on its way out: it
    /// may be a target of a load balancer, whatever its gate.
    pub fn is_serving(&self, pod: PodId) -> bool {
        let Some(known) = self.objects.get_pod(pod) else { return false };
        let containers = match self.gates.pods.get(&pod) {
            Some(gate) => gate.containers,
            None => known.ready.is_some(),
        };
        let node_works = known.node.is_some_and(|node| self.is_heard_of(node));
        containers && known.is_active() && node_works
    }
}
