//! What those who use instances are told of them, and what they ask: the container instances of ECS
//! (`world/ecs/instances.rs`) and the nodes of EKS (`world/kubernetes/instances.rs`).

use super::fleets::Wanted;
use crate::aws::auto_scaling::instance::InstanceId;
use crate::aws::auto_scaling::settings::Settings;
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ecs::control::GroupView;
use crate::scenario::ClusterKind;
use crate::world::World;
use crate::world::ec2::Ec2;
use crate::world::subnets::Address;

/// What those who use instances ask.
impl World<'_> {
    /// An instance that was about to end is drained.
    pub(in crate::world) fn ec2_drained(&mut self, machine: usize) {
        let ec2 = self.ec2_mut();
        let Some(instance) = ec2.of_machine.get(machine).copied().flatten() else { return };
        // it may come before it was to be, as when a Spot instance was drained at its notice
        ec2.instances[instance].drained = true;
        let group = ec2.instances[instance].group;
        if let Some(hook) = ec2.groups[usize::from(group)].draining {
            self.complete_hook(instance, hook);
        }
    }

    /// A group is to have so many instances; the nearest that its bounds allow.
    pub(in crate::world) fn group_set_desired(&mut self, group: u16, desired: u32) {
        self.tell_group(group, |group, now, out| {
            let Settings { min, max, .. } = *group.settings();
            let within = desired.clamp(min, max);
            group.set_desired(within, false, now, out).expect("it is within its bounds");
        });
    }

    /// Protects an instance in service from scale-in, or does so no more.
    pub(in crate::world) fn group_protect(&mut self, machine: usize, protected: bool) {
        let Some(instance) = self.ec2().of_machine.get(machine).copied().flatten() else { return };
        let (group, id) = self.group_of_instance(instance);
        // one that is on its way out is beyond protection
        let _ = self.tell_group(group, |group, now, out| group.protect(id, protected, now, out));
    }

    /// The group of the instance that a machine is.
    pub(in crate::world) fn group_of_machine(&self, machine: usize) -> Option<u16> {
        let ec2 = self.ec2.as_deref()?;
        let instance = ec2.of_machine.get(machine).copied().flatten()?;
        Some(ec2.instances[instance].group)
    }

    /// The type of the instance that a machine is, and the subnet it is in.
    pub(in crate::world) fn instance_of(
        &self,
        machine: usize,
    ) -> Option<(&'static InstanceType, usize)> {
        let ec2 = self.ec2.as_deref()?;
        let it = &ec2.instances[ec2.of_machine.get(machine).copied().flatten()?];
        Some((ec2.type_of(it.group, it.source), it.address()?.subnet))
    }

    /// The address of the instance that a machine is.
    pub(in crate::world) fn address_of(&self, machine: usize) -> Option<Address> {
        let ec2 = self.ec2.as_deref()?;
        ec2.instances[ec2.of_machine.get(machine).copied().flatten()?].address()
    }
}

/// Those who use instances are told of them: the nodes of EKS, or the container instances of ECS.
impl World<'_> {
    fn is_eks(&self) -> bool {
        self.cluster.kind == ClusterKind::Eks
    }

    /// An instance runs for the first time.
    pub(super) fn tell_running(&mut self, machine: usize, group: u16) {
        if self.is_eks() {
            self.node_comes(machine, group);
        }
    }

    /// The operating system of an instance is up.
    pub(super) fn tell_up(&mut self, machine: usize, group: u16) {
        match self.is_eks() {
            true => self.node_instance_up(machine, group),
            false => self.instance_up(machine, group),
        }
    }

    /// An instance is about to end.
    pub(super) fn tell_leaving(&mut self, machine: usize) {
        match self.is_eks() {
            true => self.node_leaves(machine),
            false => self.instance_leaves(machine),
        }
    }

    /// An instance is terminated, taken back, stopped or broken: what was on it is gone.
    pub(super) fn tell_lost(&mut self, machine: usize) {
        match self.is_eks() {
            true => self.node_instance_lost(machine),
            false => self.instance_lost(machine),
        }
    }

    /// A machine is an instance no more.
    pub(super) fn tell_gone(&mut self, machine: usize) {
        if self.is_eks() {
            self.node_instance_gone(machine);
        }
    }

    /// A Spot instance is taken back in two minutes. The managed node group of EKS launches another
    /// one, and drains it (Amazon EKS User Guide, "Managed node group capacity types").
    pub(super) fn tell_notice(&mut self, machine: usize) {
        match self.is_eks() {
            true if self.fleet_of_machine(machine).is_some() => self.claim_interrupted(machine),
            true => self.node_leaves(machine),
            false => self.spot_notice(machine),
        }
    }

    /// EC2 has answered to a fleet: from where it has its instance, if it has one, and from where
    /// it could not be had.
    pub(super) fn tell_fleet_answered(
        &mut self,
        id: InstanceId,
        from: Option<&Wanted>,
        refused: &[Wanted],
    ) {
        self.claim_answered(id.0, from, refused);
    }

    /// An instance that a fleet launched is terminated or taken back.
    pub(super) fn tell_fleet_ended(&mut self, id: InstanceId) {
        self.claim_ended(id.0);
    }

    /// An instance is no more, and its group has forgotten it.
    pub(super) fn tell_ended(&mut self, group: u16, id: InstanceId) {
        if self.is_eks() {
            self.member_ended(group, id.0);
        }
    }

    /// EC2 had no instance for a group.
    pub(super) fn tell_refused(&mut self, group: u16) {
        if self.is_eks() {
            self.node_refused(group);
        }
    }

    /// An instance is not needed any more: its group shrinks by it.
    pub(in crate::world) fn group_gives_up(&mut self, machine: usize) {
        let Some(instance) = self.ec2().of_machine.get(machine).copied().flatten() else { return };
        let (group, id) = self.group_of_instance(instance);
        // one that ends already does so
        let _ = self.tell_group(group, |group, now, out| group.terminate(id, true, now, out));
    }

    /// How many instances a group has in service, and is meant to have and may have.
    pub(in crate::world) fn ec2_view(&self, group: u16) -> GroupView {
        self.ec2().view(group)
    }
}

impl Ec2 {
    /// How many instances a group has in service, and is meant to have and may have.
    pub(in crate::world) fn view(&self, group: u16) -> GroupView {
        let group = self.groups[usize::from(group)].group.as_ref();
        let group = group.expect("only groups are looked at");
        let settings = group.settings();
        GroupView {
            in_service: group.totals().serving,
            desired: settings.desired,
            min: settings.min,
            max: settings.max,
        }
    }
}
