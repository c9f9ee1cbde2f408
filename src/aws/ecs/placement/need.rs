//! What a task takes of an instance, and what an instance has left.

use crate::aws::ecs::task_definition::Protocol;
use crate::aws::ecs::units::{CpuUnits, Mebibytes, UNITS_PER_VCPU};

/// What an instance must have left for a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// CPU that is set aside.
    pub cpu: CpuUnits,
    /// Memory that is set aside.
    pub memory: Mebibytes,
    /// GPUs of its own.
    pub gpus: u32,
    /// Network interfaces of its own: 1 in the network mode `awsvpc`.
    pub interfaces: u32,
    /// Ports of the instance, in order.
    pub ports: Vec<(u16, Protocol)>,
    /// Attributes that the instance must have, with their values where these matter.
    pub attributes: Vec<(String, Option<String>)>,
}

/// What an instance has left for tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// CPU that no task has.
    pub cpu: CpuUnits,
    /// Memory that no task has.
    pub memory: Mebibytes,
    /// GPUs that no task has.
    pub gpus: u32,
    /// Network interfaces that may still be attached for tasks.
    pub interfaces: u32,
}

impl Left {
    /// All that an instance registers: 1024 CPU units for each vCPU; the memory that its kernel
    /// has, which is less than that of its type, without what `ECS_RESERVED_MEMORY` keeps back; and
    /// a network interface for each that can be attached but its own. With trunking it has as many
    /// interfaces as ECS lists for its type. (Developer Guide, "Container instance memory
    /// management", "Elastic network interface trunking".)
    pub fn registered(
        vcpus: u32,
        memory: Mebibytes,
        reserved: Mebibytes,
        gpus: u32,
        attachable: u32,
    ) -> Self {
        Self {
            cpu: CpuUnits(vcpus * UNITS_PER_VCPU),
            memory: Mebibytes(memory.0.saturating_sub(reserved.0)),
            gpus,
            interfaces: attachable.saturating_sub(1),
        }
    }

    /// What is left after a task has taken its part.
    ///
    /// # Panics
    /// When there is not as much: nothing is placed where it does not fit.
    pub(super) fn without(self, need: &Need) -> Self {
        let rest = |left: u32, need: u32| left.checked_sub(need).expect("the task fits");
        Self {
            cpu: CpuUnits(rest(self.cpu.0, need.cpu.0)),
            memory: Mebibytes(rest(self.memory.0, need.memory.0)),
            gpus: rest(self.gpus, need.gpus),
            interfaces: rest(self.interfaces, need.interfaces),
        }
    }

    /// What is left when a task has given its part back.
    pub(super) fn with(self, need: &Need) -> Self {
        Self {
            cpu: CpuUnits(self.cpu.0 + need.cpu.0),
            memory: Mebibytes(self.memory.0 + need.memory.0),
            gpus: self.gpus + need.gpus,
            interfaces: self.interfaces + need.interfaces,
        }
    }

    /// How many tasks of this need fit, as far as anything limits them: ports allow one.
    pub fn tasks(self, need: &Need) -> u32 {
        let fits = |left: u32, need: u32| left.checked_div(need).unwrap_or(u32::MAX);
        let most = fits(self.cpu.0, need.cpu.0)
            .min(fits(self.memory.0, need.memory.0))
            .min(fits(self.gpus, need.gpus))
            .min(fits(self.interfaces, need.interfaces));
        if need.ports.is_empty() { most } else { most.min(1) }
    }
}
