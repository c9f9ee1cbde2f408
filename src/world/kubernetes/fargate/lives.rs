//! Pods on Fargate come and go, and their machines fail.

use std::sync::Arc;

use super::FargateEvent;
use super::addresses::RETRY;
use super::seat::Seat;
use crate::aws::eks::fargate::node;
use crate::aws::pricing::fargate::TaskPlatform;
use crate::engine::Phase;
use crate::kubernetes::control::NewNode;
use crate::kubernetes::objects::{NO_POOL, NodeMemory, PodId, Readiness};
use crate::kubernetes::scheduler::node::NodeSpec;
use crate::kubernetes::scheduler::resources::Resources;
use crate::metrics::starts::Phase as StartPhase;
use crate::units::Bytes;
use crate::world::disks::volume_of;
use crate::world::fargate::{Charged, machine};
use crate::world::subnets::zone_name;
use crate::world::{World, kubernetes};

/// Why the node of a pod that is gone is deleted.
const ENDED: &str = "its pod is gone (AWS Fargate)";

/// Pods of EKS run on x86 alone (`aws/containers-roadmap` issue 1629).
pub(super) const PLATFORM: TaskPlatform = TaskPlatform::LinuxX86;

impl World<'_> {
    /// A pod was created, which Fargate may be to run.
    pub(in crate::world::kubernetes) fn fargate_takes(&mut self, pod: PodId) {
        let kubernetes = self.kubernetes();
        if !kubernetes.control.is_elsewhere(pod) || kubernetes.fargate.seats.contains_key(&pod) {
            return;
        }
        match kubernetes.seat(pod, self.has_volume(pod)) {
            Ok(seat) => {
                self.kubernetes_mut().fargate.seats.insert(pod, seat);
                self.fargate_places(pod);
            }
            Err(why) => {
                let now = self.now();
                self.with_control(|control, _| control.not_placed(pod, &why, now));
            }
        }
    }

    /// Whether the app in a pod reads and writes on a volume of Amazon EBS.
    fn has_volume(&self, pod: PodId) -> bool {
        let app = self.kubernetes().app_of(pod).map(|(app, _)| app.0 as usize);
        let io = app.and_then(|app| self.scenario.apps[app].io.as_ref());
        io.is_some_and(|io| volume_of(io, self.cluster).is_some())
    }

    /// The machine of a pod begins to start.
    pub(super) fn fargate_launches(&mut self, pod: PodId) {
        let seat = self.kubernetes().fargate.seats[&pod];
        let address = seat.address.expect("it is launched with an address");
        self.fargate_passes(pod, StartPhase::Place);
        let zone = self.subnets.places[address.subnet].1;
        let shape = machine(PLATFORM, seat.size, seat.for_containers(), self.cluster);
        let machine = self.take_empty_machine(&Arc::new(shape), zone, false);
        let fargate = &mut self.kubernetes_mut().fargate;
        fargate.machines.insert(machine as u32, pod);
        fargate.seats.get_mut(&pod).expect("it was there").machine = Some(machine);
        let delay = fargate.start[seat.profile].sample(&mut fargate.draws);
        self.after(delay, Phase::Release, FargateEvent::Up { pod, uid: seat.uid });
    }

    /// The machine of a pod is up: it joins, and the pod is bound to it. One that broke meanwhile
    /// is asked for again.
    pub(super) fn fargate_pod_up(&mut self, pod: PodId) {
        let seat = self.kubernetes().fargate.seats[&pod];
        let machine = seat.machine.expect("it was launched");
        // being off is one reason to be down
        if self.faults.held(self.nodes.all[machine].host) > 1 {
            let fargate = &mut self.kubernetes_mut().fargate;
            fargate.machines.remove(&(machine as u32));
            fargate.seats.get_mut(&pod).expect("it was there").machine = None;
            self.give_machine_back(machine);
            let again = FargateEvent::Launch { pod, uid: seat.uid };
            return self.after(RETRY, Phase::Release, again);
        }
        self.machine_on(machine);
        let new = self.fargate_node(&seat, machine);
        let node = self.with_control(|control, around| control.join(new, around));
        let (now, kubernetes) = (self.now(), self.kubernetes_mut());
        kubernetes.set_node(machine, Some(node));
        let app = kubernetes.app_of(pod).map(|(app, _)| app);
        let fargate = &mut kubernetes.fargate;
        fargate.seats.get_mut(&pod).expect("it was there").node = Some(node);
        let charged =
            Charged { app, platform: PLATFORM, size: seat.size, is_spot: false, since: now };
        fargate.charges.started(seat.uid, charged);
        fargate.meters.count(&seat, now, 1.0);
        self.with_control(|control, around| control.place(pod, node, around));
        self.fargate_passes(pod, StartPhase::Machine);
    }

    /// A phase of the start of what is in a pod is over.
    fn fargate_passes(&mut self, pod: PodId, phase: StartPhase) {
        if let Some(replica) = self.kubernetes().replica_of(pod) {
            self.start_passes(replica, phase);
        }
    }

    /// The machine of a pod as a node.
    fn fargate_node(&self, seat: &Seat, machine: usize) -> NewNode {
        let address = seat.address.expect("it was launched with an address");
        let zone = self.subnets.places[address.subnet].1;
        let region = self.cluster.region.as_deref().unwrap_or("us-east-1");
        let zone_name = zone_name(self.cluster, zone);
        let labels = node::labels(address.address, region, &zone_name);
        let mut allocatable = Resources::default();
        allocatable.milli_cpu = seat.size.cpu.0 as i64;
        allocatable.memory = seat.for_containers().0 as i64;
        allocatable.ephemeral_storage = seat.size.storage.0 as i64;
        let spec = NodeSpec {
            name: node::name(address.address, region).into(),
            labels: labels.iter().map(|(key, value)| (*key, value.as_str())).collect(),
            taints: vec![node::taint()],
            unschedulable: false,
            allocatable,
            // there is no room for another pod, not even when its own has ended
            allowed_pods: 0,
            images: Vec::new(),
        };
        // nobody is evicted from a node of Fargate for want of memory (User Guide, "Pod CPU and
        // memory"): the kernel kills what uses more than its machine has
        let memory = NodeMemory { all: seat.size.memory, pods: Bytes(u64::MAX), is_paged: false };
        let (machine, engine) = (machine as u32, self.nodes.all[machine].engine);
        NewNode { spec, machine, engine, pool: NO_POOL, zone, memory }
    }

    /// A pod is gone, and what Fargate had for it.
    pub(in crate::world::kubernetes) fn fargate_pod_gone(&mut self, pod: PodId) {
        let fargate = &mut self.kubernetes_mut().fargate;
        let Some(seat) = fargate.seats.remove(&pod) else { return };
        fargate.waiting.remove(&(seat.uid, pod));
        self.fargate_ends(&seat);
        let kubernetes = self.kubernetes_mut();
        if let Some(machine) = seat.machine {
            kubernetes.fargate.machines.remove(&(machine as u32));
        }
        if let (Some(node), Some(machine)) = (seat.node, seat.machine) {
            kubernetes.set_node(machine, None);
            self.with_control(|control, around| control.delete_node(node, ENDED, around));
        }
        if let Some(machine) = seat.machine {
            self.give_machine_back(machine);
        }
        if let Some(address) = seat.address {
            self.give_address_back(seat.owner, address);
        }
        self.count_nodes();
        self.fargate_retries();
    }

    /// Nothing more is charged for a pod.
    fn fargate_ends(&mut self, seat: &Seat) {
        let now = self.now();
        let fargate = &mut self.kubernetes_mut().fargate;
        if seat.node.is_some() && !seat.is_lost {
            fargate.meters.count(seat, now, -1.0);
        }
        fargate.charges.stopped(seat.uid, now);
    }

    /// A machine has failed, which may be that of a pod on Fargate.
    pub(in crate::world::kubernetes) fn fargate_fails(&mut self, machine: usize) {
        let Some(pod) = self.kubernetes().fargate.machines.get(&(machine as u32)).copied() else {
            return;
        };
        let seat = self.kubernetes().fargate.seats[&pod];
        self.fargate_ends(&seat);
        self.kubernetes_mut().fargate.seats.get_mut(&pod).expect("it was there").is_lost = true;
    }

    /// Whether a machine was that of a pod on Fargate, and failed.
    pub(in crate::world::kubernetes) fn is_lost_on_fargate(&self, machine: usize) -> bool {
        let fargate = &self.kubernetes().fargate;
        let pod = fargate.machines.get(&(machine as u32));
        pod.is_some_and(|pod| fargate.seats[pod].is_lost)
    }

    /// Deletes the nodes of machines that failed, once they are missed.
    pub(in crate::world::kubernetes) fn fargate_nodes_missed(&mut self) {
        let kubernetes = self.kubernetes();
        let missed = |node| {
            let node = kubernetes.control.objects().node(node);
            node.is_some_and(|node| node.readiness == Readiness::Unknown)
        };
        let seats = kubernetes.fargate.seats.iter().filter(|(_, seat)| seat.is_lost);
        let lost = seats.filter_map(|(&pod, seat)| Some((pod, seat.machine?, seat.node?)));
        let lost: Vec<_> = lost.filter(|&(_, _, node)| missed(node)).collect();
        for (pod, machine, node) in lost {
            let kubernetes = self.kubernetes_mut();
            kubernetes.set_node(machine, None);
            kubernetes.fargate.seats.get_mut(&pod).expect("it was there").node = None;
            let gone = kubernetes::instances::GONE;
            self.with_control(|control, around| control.delete_node(node, gone, around));
        }
    }
}
