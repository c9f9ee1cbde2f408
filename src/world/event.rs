//! Everything that can happen in a world.

use super::autoscaler::{AutoscalerEvent, RecommenderEvent};
use super::bandwidth::BandwidthEvent;
use super::credits::CreditEvent;
use super::ec2::Ec2Event;
use super::ecs::{InstanceEvent, TaskEvent, TaskProcessEvent};
use super::faults::FaultEvent;
use super::fleet::FleetEvent;
use super::jobs::JobEvent;
use super::kubernetes::{
    AddressEvent, BalancingEvent, FargateEvent, MachineEvent, ProcessEvent, UpdateEvent,
};
use super::memory::MemoryEvent;
use super::pushes::RegistryEvent;
use super::replicas::ReplicaEvent;
use super::rollouts::RolloutEvent;
use super::volumes::VolumeEvent;
use crate::aws::ecs::control::ControlEvent as EcsEvent;
use crate::docker::{ContainerEvent, PushEvent};
use crate::hypervisor::VmEvent;
use crate::kubernetes::control::ControlEvent;
use crate::machine::HostEvent;
use crate::sharing::flows::FlowEvent;
use crate::workload::ServiceEvent;

/// Everything that can happen: one variant per component.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A host's CPU.
    Host(HostEvent),
    /// An app's requests.
    Service(ServiceEvent),
    /// A virtual machine.
    Vm(VmEvent),
    /// A container.
    Container(ContainerEvent),
    /// A transfer.
    Flow(FlowEvent),
    /// A push that is under way.
    Push(PushEvent),
    /// What is to happen at a registry.
    Registry(RegistryEvent),
    /// A replica's process.
    Replica(ReplicaEvent),
    /// A batch job.
    Job(JobEvent),
    /// A VM of the workload.
    Fleet(FleetEvent),
    /// A failure or repair.
    Fault(FaultEvent),
    /// An app's autoscaler.
    Autoscaler(AutoscalerEvent),
    /// What watches an app's replicas.
    Recommender(RecommenderEvent),
    /// Something in a Kubernetes cluster.
    Control(ControlEvent),
    /// A process in a pod.
    Process(ProcessEvent),
    /// Something in a cluster of ECS.
    Ecs(EcsEvent),
    /// Standalone tasks are started.
    Task(TaskEvent),
    /// A process in a task.
    TaskProcess(TaskProcessEvent),
    /// A machine of a cluster of ECS is ready.
    Instance(InstanceEvent),
    /// A workload gets a new version.
    Rollout(RolloutEvent),
    /// A machine that is switched on.
    Machine(MachineEvent),
    /// The update of a node group.
    Update(UpdateEvent),
    /// A pod on Fargate.
    Fargate(FargateEvent),
    /// Addresses of pods.
    Address(AddressEvent),
    /// The controller that puts load balancers in front of pods.
    Balancing(BalancingEvent),
    /// An instance of EC2, or a group of them.
    Ec2(Ec2Event),
    /// The memory of a replica or of a node.
    Memory(MemoryEvent),
    /// A volume of EBS.
    Volume(VolumeEvent),
    /// The CPU credits of an instance.
    Credit(CreditEvent),
    /// The network of instances.
    Bandwidth(BandwidthEvent),
    /// The meters are read.
    Tick,
    /// Measurement begins.
    Measure,
}

const _: () = assert!(size_of::<Event>() <= 16, "events stay small");

macro_rules! events {
    ($($variant:ident: $type:ty),* $(,)?) => {$(
        impl From<$type> for Event {
            fn from(event: $type) -> Self {
                Self::$variant(event)
            }
        }
    )*};
}

events! {
    Host: HostEvent,
    Service: ServiceEvent,
    Vm: VmEvent,
    Container: ContainerEvent,
    Flow: FlowEvent,
    Push: PushEvent,
    Registry: RegistryEvent,
    Replica: ReplicaEvent,
    Job: JobEvent,
    Fleet: FleetEvent,
    Fault: FaultEvent,
    Autoscaler: AutoscalerEvent,
    Recommender: RecommenderEvent,
    Control: ControlEvent,
    Process: ProcessEvent,
    Ecs: EcsEvent,
    Task: TaskEvent,
    TaskProcess: TaskProcessEvent,
    Instance: InstanceEvent,
    Machine: MachineEvent,
    Update: UpdateEvent,
    Fargate: FargateEvent,
    Address: AddressEvent,
    Balancing: BalancingEvent,
    Ec2: Ec2Event,
    Memory: MemoryEvent,
    Volume: VolumeEvent,
    Credit: CreditEvent,
    Bandwidth: BandwidthEvent,
}
