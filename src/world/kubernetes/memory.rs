//! Memory of pods and their nodes.
//!
//! What an app uses the scenario says. Of any other container only its request is known, of which
//! it is taken to use half, as an app does of which no `base` is given.

use crate::docker::{ContainerId, MemoryUse};
use crate::kubernetes::kubelet::eviction::{Amount, EvictionSettings, Signal, Threshold};
use crate::kubernetes::objects::PodId;
use crate::scenario::Eviction;
use crate::units::{Bytes, Growth};
use crate::world::nodes::node_memory;
use crate::world::{Owner, World};

/// What the kubelets of a cluster are configured to.
pub(super) fn settings(eviction: &Eviction) -> EvictionSettings {
    let min_reclaim = Some(eviction.minimum_reclaim).filter(|more| *more > Bytes(0));
    let threshold = |signal, memory, grace| Threshold {
        grace,
        min_reclaim: min_reclaim.map(Amount::Bytes),
        ..Threshold::hard(signal, Amount::Bytes(memory))
    };
    let hard = [Signal::MemoryAvailable, Signal::AllocatableMemoryAvailable]
        .map(|signal| threshold(signal, eviction.memory, None));
    let soft = eviction
        .soft_memory
        .map(|memory| threshold(Signal::MemoryAvailable, memory, Some(eviction.soft_grace)));
    let disk =
        [(Signal::NodeFsAvailable, eviction.nodefs), (Signal::ImageFsAvailable, eviction.imagefs)]
            .map(|(signal, share)| Threshold::hard(signal, Amount::Share(share.0)));
    let disk = disk.into_iter().filter(|it| it.value != Amount::Share(0.0));
    EvictionSettings {
        thresholds: hard.into_iter().chain(soft).chain(disk).collect(),
        transition: eviction.transition,
        longest_grace: eviction.max_pod_grace,
    }
}

impl World<'_> {
    /// The process of a container that is not an app's begins to use memory.
    pub(super) fn other_begins_to_use(&mut self, pod: PodId, container: u32, id: ContainerId) {
        let idle = self.cluster.kubernetes.idle_memory;
        let objects = self.kubernetes().control.objects();
        let known = objects.pod(pod);
        let template = &objects.template(known.template).pod;
        let request = template.all().nth(container as usize).map(|one| one.memory_request);
        let base = match request {
            Some(request) if request > Bytes(0) => Bytes(request.0 / 2),
            _ => idle,
        };
        let Some(node) = known.node.and_then(|node| objects.node(node)) else { return };
        let machine = node.machine;
        self.container_begins_to_use(id, machine, MemoryUse { base, growth: Growth::NONE });
    }

    /// The replica whose process is in the container of a pod with this number.
    pub(in crate::world) fn replica_in_pod(&self, number: u32) -> Option<u32> {
        let kubernetes = self.kubernetes();
        let (pod, container) = kubernetes.control.slot(number)?;
        let (_, of_app) = kubernetes.app_of(pod)?;
        kubernetes.replica_of(pod).filter(|_| of_app == container)
    }

    /// The `oom_score_adj` of the container of a pod with this number.
    pub(in crate::world) fn oom_score_of_pod(&self, number: u32, node: u32) -> i64 {
        let control = &self.kubernetes().control;
        let host = self.nodes.all[node as usize].host;
        let all = node_memory(self.cluster, &self.shapes[host.index()]);
        let slot = control.slot(number);
        slot.map_or(0, |(pod, container)| control.oom_score_adj(pod, container, all))
    }

    /// The kernel of a node kills a container for want of memory.
    pub(in crate::world) fn tell_of_system_oom(&mut self, container: ContainerId, node: u32) {
        let now = self.now();
        let owner = self.engines.spec(container).map(|spec| Owner::of(spec.owner));
        let Some(kubernetes) = self.kubernetes.as_deref_mut() else { return };
        if let (Some(Owner::Unit(number)), Some(node)) = (owner, kubernetes.nodes[node as usize])
            && let Some((pod, container)) = kubernetes.control.slot(number)
        {
            kubernetes.control.system_oom(node, pod, container, now);
        }
    }

    /// The memory that containers on a node may use together before its kubelet evicts, if it has
    /// one.
    pub(in crate::world) fn eviction_begins(&self, node: u32) -> Option<Bytes> {
        let kubernetes = self.kubernetes.as_deref()?;
        kubernetes.control.eviction_begins(kubernetes.nodes[node as usize]?)
    }

    /// Memory is short on a node, which its kubelet is to find out.
    pub(in crate::world) fn memory_is_short(&mut self, node: u32) {
        let id = self.kubernetes.as_ref().and_then(|it| it.nodes[node as usize]);
        if let Some(id) = id {
            self.with_control(|control, around| control.node_is_short(id, around));
        }
    }
}
