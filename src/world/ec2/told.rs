//! What those who use instances ask of them. What they are told is in
//! [`ecs::instances`](crate::world::ecs).

use crate::aws::auto_scaling::settings::Settings;
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ecs::control::GroupView;
use crate::world::World;
use crate::world::ec2::Ec2;

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
        Some((ec2.type_of(it.group, it.source), it.subnet()?))
    }
}

impl Ec2 {
    /// How many instances a group has in service, and is meant to have and may have.
    pub(in crate::world) fn view(&self, group: u16) -> GroupView {
        let group = &self.groups[usize::from(group)].group;
        let settings = group.settings();
        GroupView {
            in_service: group.totals().serving,
            desired: settings.desired,
            min: settings.min,
            max: settings.max,
        }
    }
}
