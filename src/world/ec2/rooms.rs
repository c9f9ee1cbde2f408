//! Instances on hosts of the cluster: where a launch finds room, and what becomes of it there.
//!
//! A launch is placed when EC2 answers: on a host of its zone, by the placement policy of the
//! cluster, if one has the vCPUs and the memory left. A vCPU is a hardware thread, and unless
//! `overcommit` says otherwise none is promised twice, as on EC2. Burstable types count with their
//! baseline, which is all that they are always to have (Amazon EC2 User Guide, "Key concepts for
//! burstable performance instances"); what they use beyond it is what others leave. The room is
//! given back when an instance has stopped or is terminated, not when it begins to.
//!
//! Where a host fails, its instances do; they come up again after it, each as long as it boots, if
//! their groups have not replaced them by then.

use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ec2::lifecycle::State;
use crate::engine::SimDuration;
use crate::hypervisor::{HostSpec, VmId, VmSpec, WhenFull};
use crate::machine::HostId;
use crate::placement::Resources;
use crate::scenario::{Cluster, HostShape, Overhead};
use crate::sharing::Share;
use crate::units::{Bytes, Millicores};
use crate::world::World;
use crate::world::owner::Owner;

/// CPU credits that a vCPU uses in an hour.
const CREDITS_PER_VCPU_HOUR: f64 = 60.0;

/// An instance's place on a host of the cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub host: HostId,
    /// The VM that it is there; none after the host has failed.
    pub vm: Option<VmId>,
}

/// CPU that an instance of this type is promised.
fn promised(one: &InstanceType) -> Millicores {
    let vcpus = match one.credits_per_hour {
        Some(credits) => credits / CREDITS_PER_VCPU_HOUR,
        None => f64::from(one.vcpus),
    };
    Millicores((vcpus * 1000.0).round() as u64)
}

/// What an instance of this type takes of a host.
fn reserve(one: &InstanceType, overhead: Overhead) -> Resources {
    let whole = VmSpec::whole(one.vcpus, one.memory, overhead.memory);
    Resources::new(promised(one), whole.memory())
}

/// Why no host of this shape could ever hold an instance of a type, if that is so.
pub(super) fn too_large(cluster: &Cluster, one: &InstanceType, host: &HostShape) -> Option<String> {
    let need = reserve(one, cluster.overhead.unwrap_or_default());
    let HostSpec { capacity, memory } = HostSpec::of(host, cluster.overcommit);
    let threads = host.cores * host.threads_per_core;
    let (type_name, name) = (&one.name, &host.name);
    if one.vcpus > threads {
        let vcpus = one.vcpus;
        return Some(format!(
            "`{type_name}` has {vcpus} vCPUs, and a `{name}` only {threads} hardware threads"
        ));
    }
    if need.cpu() > capacity.cpu() {
        let most = capacity.cpu();
        return Some(format!(
            "a `{name}` may promise only {most} of CPU, too little for `{type_name}`"
        ));
    }
    (need.memory() > capacity.memory()).then(|| {
        let (wanted, left) = (need.memory(), memory.for_guests());
        format!(
            "`{type_name}` needs {wanted} with what virtualisation takes, and a `{name}` has \
             {left} for instances"
        )
    })
}

impl World<'_> {
    /// Whether whoever runs the cluster pays for its hosts, and so not for CPU and memory of the
    /// instances on them.
    pub(in crate::world) fn hosts_are_paid(&self) -> bool {
        self.cluster.hosts.is_some() && self.shapes[0].price.0 > 0.0
    }

    /// The VM that an instance is on a host of the cluster.
    fn vm_of_instance(&self, instance: u32) -> VmSpec {
        let ec2 = self.ec2();
        let it = &ec2.instances[instance];
        let one = ec2.type_of(it.group, it.source);
        let shape = &ec2.groups[usize::from(it.group)].shapes[usize::from(it.source.pool.0)];
        let overhead = self.cluster.overhead.unwrap_or_default();
        VmSpec {
            owner: Owner::Instance(instance).token(),
            vcpus: one.vcpus,
            memory: one.memory,
            reserve: reserve(one, overhead),
            memory_reservation: Bytes(0),
            host: None,
            when_full: WhenFull::Reject,
            // launches and boots take the time that EC2 takes for them
            provision: SimDuration::ZERO,
            boot: SimDuration::ZERO,
            shutdown: SimDuration::ZERO,
            lifetime: None,
            guest_memory: shape.system_memory,
            hypervisor_memory: overhead.memory,
            active_memory: shape.system_memory,
        }
    }

    /// The host that an instance would be placed on, if one of its zone has room.
    pub(super) fn host_with_room(&mut self, instance: u32) -> Option<HostId> {
        let spec = self.vm_of_instance(instance);
        let ec2 = self.ec2();
        let it = &ec2.instances[instance];
        let (zone, cluster) = (ec2.groups[usize::from(it.group)].zone(it.source), self.cluster);
        self.hypervisor.room_for(&spec, |host| cluster.zone_of(host.0) == zone)
    }

    /// An instance is placed on a host, or is to come up there again after so long.
    pub(super) fn take_room(&mut self, instance: u32, host: HostId, boot: SimDuration) {
        let spec = VmSpec { host: Some(host), boot, ..self.vm_of_instance(instance) };
        let vm = self.hypervisor.request(spec, &mut self.calendar, &mut self.inbox.vms);
        self.ec2_mut().instances[instance].room = Some(Room { host, vm });
        if vm.is_some() {
            let now = self.now();
            self.recorder.vm_started(now, spec.vcpus, own_memory(&spec));
            self.recorder.host_used(host);
        }
    }

    /// An instance is on its host no more.
    pub(super) fn give_room(&mut self, instance: u32) {
        let room = self.ec2_mut().instances[instance].room.take();
        if let Some(vm) = room.and_then(|room| room.vm) {
            self.vm_of_instance_ends(vm);
            self.hypervisor.stop(vm, &mut self.calendar, &mut self.inbox.vms);
        }
    }

    fn vm_of_instance_ends(&mut self, vm: VmId) {
        let now = self.now();
        let spec = self.hypervisor.spec(vm).expect("it is there until it is told that it is not");
        self.recorder.vm_ended(now, spec.vcpus, own_memory(spec));
    }

    /// The machine of an instance is a VM on its host from now on.
    pub(super) fn instance_moves_in(&mut self, instance: u32, machine: usize) {
        let it = &self.ec2().instances[instance];
        let Some(room) = it.room else { return };
        let one = self.ec2().type_of(it.group, it.source);
        // threads that it has, were all promised that may be
        let floor = promised(one).cores() / self.cluster.overcommit.cpu;
        let share = Share { weight: f64::from(one.vcpus), floor, cap: f64::INFINITY };
        self.move_in(machine, room.host, share, room.vm.is_none());
    }

    /// The VM of an instance runs: that comes as a surprise only after its host had failed.
    pub(in crate::world) fn instance_vm_running(&mut self, instance: u32, vm: VmId) {
        if let Some(machine) = self.machine_in(instance, vm) {
            self.tenant_works(machine);
        }
    }

    /// The VM of an instance is no more: its host has failed, unless it was told to end.
    pub(in crate::world) fn instance_vm_gone(&mut self, instance: u32, vm: VmId) {
        let machine = self.machine_in(instance, vm);
        let Some(it) = self.ec2_mut().instances.get_mut(instance) else { return };
        let Some(room) = it.room.as_mut().filter(|room| room.vm == Some(vm)) else { return };
        room.vm = None;
        let spec = self.vm_of_instance(instance);
        let now = self.now();
        self.recorder.vm_ended(now, spec.vcpus, own_memory(&spec));
        if let Some(machine) = machine {
            self.tenant_breaks(machine);
        }
    }

    /// The VM of an instance waits for its memory, or does so no more.
    pub(in crate::world) fn instance_vm_slows(&mut self, instance: u32, factor: f64) {
        let Some(machine) = self.ec2().instances.get(instance).and_then(|it| it.machine) else {
            return;
        };
        self.node_vm_slows(machine as u32, factor);
    }

    /// A host that had failed is back: its instances that are not replaced yet boot.
    pub(in crate::world) fn instances_come_back(&mut self, host: HostId) {
        let Some(ec2) = self.ec2.as_deref() else { return };
        let lost = |it: &super::Instance| {
            let is_here = it.room.is_some_and(|room| room.host == host && room.vm.is_none());
            is_here && matches!(it.life.state(), State::Pending | State::Running)
        };
        let lost: Vec<u32> =
            ec2.instances.iter().filter(|(_, it)| lost(it)).map(|(instance, _)| instance).collect();
        for instance in lost {
            let boot = self.boot_again(instance);
            self.take_room(instance, host, boot);
        }
    }

    /// Draws how long an instance boots after its host has failed: one that was not running yet
    /// has its boot still before it.
    fn boot_again(&mut self, instance: u32) -> SimDuration {
        let ec2 = self.ec2_mut();
        let it = &ec2.instances[instance];
        if it.life.state() == State::Pending {
            return SimDuration::ZERO;
        }
        let group = &mut ec2.groups[usize::from(it.group)];
        group.laws[usize::from(it.source.pool.0)].boot.sample(&mut group.draws)
    }

    /// The machine of the instance that is this VM.
    fn machine_in(&self, instance: u32, vm: VmId) -> Option<usize> {
        let it = self.ec2().instances.get(instance)?;
        it.machine.filter(|_| it.room.is_some_and(|room| room.vm == Some(vm)))
    }

    /// The VM that a machine is on a host of the cluster.
    pub(in crate::world) fn vm_of_machine(&self, machine: usize) -> Option<VmId> {
        let ec2 = self.ec2.as_deref()?;
        let instance = ec2.of_machine.get(machine).copied().flatten()?;
        ec2.instances[instance].room?.vm
    }

    /// Checks that instances are where the hypervisor has them.
    ///
    /// # Panics
    /// When they are not.
    pub(super) fn audit_rooms(&self) {
        for (instance, it) in self.ec2().instances.iter() {
            let Some(room) = it.room else { continue };
            if let Some(vm) = room.vm {
                let owner = self.hypervisor.spec(vm).map(|spec| Owner::of(spec.owner));
                assert_eq!(owner, Some(Owner::Instance(instance)), "the VM is its own");
                assert_eq!(self.hypervisor.host_of(vm), Some(room.host), "and where it is");
            }
            let runs = it.life.state() == State::Running;
            if let Some(machine) = it.machine.filter(|_| runs) {
                let host = self.nodes.all[machine].host;
                assert_eq!(self.tenants.hardware(host), room.host, "its machine is there as well");
            }
        }
    }
}

/// Memory of a VM that its system and the hypervisor hold.
fn own_memory(spec: &VmSpec) -> Bytes {
    Bytes(spec.guest_memory.0 + spec.hypervisor_memory.0)
}
