//! Network interfaces of tasks in the mode `awsvpc`: an address of a subnet, and the time that it
//! takes to attach them.
//!
//! Of the subnets of a task in the zone it is in, the first with a free address gives one. Where
//! none does, the task fails with the words of EC2. The interface stays attached until the
//! containers have ended; to detach it takes as long as to attach one, which is an assumption.

use super::tasks::Wait;
use super::{Around, ControlEvent, ControlPlane, Delay, TaskId};
use crate::aws::ecs::task::StopReason;
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

impl ControlPlane {
    /// A task gets its interface in this zone.
    pub(super) fn attach<S>(&mut self, id: TaskId, zone: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kind = self.kind(self.task(id).kind);
        let in_zone = |subnet: &&u32| self.settings.subnets[**subnet as usize].1 == zone;
        let subnets: Vec<u32> = kind.subnets.iter().filter(in_zone).copied().collect();
        let taken = subnets.iter().find_map(|&subnet| {
            let address = around.subnets[subnet as usize].take().ok()?;
            Some((subnet, address))
        });
        let Some(address) = taken else {
            let name =
                subnets.first().map(|&subnet| self.settings.subnets[subnet as usize].0.as_str());
            let why = match name {
                Some(name) => format!(
                    "Unexpected EC2 error while attempting to Create Network Interface in subnet \
                     '{name}': InsufficientFreeAddressesInSubnet"
                ),
                None => format!(
                    "none of the subnets of the task is in {}",
                    self.settings.zones[zone as usize]
                ),
            };
            return self.stop(id, StopReason::NoCapacity(why), around);
        };
        let due = around.now() + (around.draw)(self.delay(id));
        let task = self.task_mut(id);
        task.address = Some(address);
        task.wait(Wait::Interface, due);
    }

    fn delay(&self, id: TaskId) -> Delay {
        let own = self.task(id).place.is_some_and(|place| place.instance.is_none());
        if self.settings.trunking && !own { Delay::TrunkInterface } else { Delay::Interface }
    }

    /// The interface of a task is detached, if it has got one.
    pub(super) fn detach<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.task(id).address.is_none() {
            return self.advance(id, around);
        }
        let due = around.now() + (around.draw)(self.delay(id));
        self.task_mut(id).wait(Wait::Detached, due);
    }

    /// The address of a task is free again.
    pub(super) fn give_address_back<S>(&mut self, id: TaskId, around: &mut Around<'_, S>) {
        if let Some((subnet, address)) = self.task_mut(id).address.take() {
            around.subnets[subnet as usize].give_back(address);
        }
    }
}
