//! Task definitions: the JSON of `aws ecs register-task-definition`, read and checked.
//!
//! What `aws ecs describe-task-definition` prints is read as well. Mistakes are those that the API
//! refuses, with the place and what would be right; unlike the API, all of them at once. Keys that
//! are right but change nothing here are listed, so that nobody takes them for simulated.
//!
//! Source: Amazon ECS API reference, `RegisterTaskDefinition`; Developer Guide, "Task definition
//! parameters" (2023-05).

mod check;
pub mod container;
pub mod order;
mod read;
pub mod revision;
pub mod size;
#[cfg(test)]
mod tests;

pub use container::{
    Condition, Container, Dependency, HealthCheck, HostPort, LogGroup, PortMapping, Protocol,
    RestartPolicy, Secret,
};

pub(super) use read::distinct_or_member;

use super::placement::{Constraint, Need};
use super::reader::{self, Ignored};
use super::units::{CpuUnits, Mebibytes};
use crate::scenario::Diagnostics;

/// What a task is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDefinition {
    /// Its name, without the revision.
    pub family: String,
    /// Its revision, where the document says which it is: that of `describe-task-definition` does.
    pub revision: Option<u32>,
    /// How its containers are reached.
    pub network: NetworkMode,
    /// Whether it was checked against the rules of Fargate.
    pub for_fargate: bool,
    /// The platform it asks for.
    pub platform: Platform,
    /// CPU of the whole task; on Fargate always there.
    pub cpu: Option<CpuUnits>,
    /// Memory of the whole task; on Fargate always there.
    pub memory: Option<Mebibytes>,
    /// Storage of a Fargate task in GiB; 20 where nothing is said.
    pub ephemeral_storage_gib: u32,
    /// The role by which the agent pulls images, fetches secrets and writes logs.
    pub execution_role: Option<String>,
    /// The role of the containers themselves.
    pub task_role: Option<String>,
    /// Names of its volumes.
    pub volumes: Vec<String>,
    /// Which instances it may run on.
    pub constraints: Vec<Constraint>,
    /// Its containers, in the order of the file.
    pub containers: Vec<Container>,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

/// How the containers of a task are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    /// An elastic network interface for each task.
    Awsvpc,
    /// Ports of the instance that are mapped to ports of containers.
    Bridge,
    /// Ports of the instance itself.
    Host,
    /// Not at all.
    None,
    /// As `Bridge`, on Windows.
    Nat,
}

/// Operating system and processor, as far as a task cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// Linux or a Windows; none if nothing is said, which Fargate takes for Linux.
    pub system: Option<System>,
    /// The processor; none if nothing is said, which Fargate takes for x86.
    pub architecture: Option<Architecture>,
}

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Any Linux.
    Linux,
    /// A Windows Server, by its build: `WINDOWS_SERVER_2022_CORE`.
    Windows(&'static str),
}

/// A processor architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// `X86_64`
    X86,
    /// `ARM64`
    Arm,
}

/// Storage of a Fargate task that says nothing about it, in GiB.
pub const DEFAULT_EPHEMERAL_STORAGE_GIB: u32 = 20;

impl TaskDefinition {
    /// Reads a task definition from `text`, which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse.
    pub fn from_json(text: &str, name: &str) -> Result<Self, Diagnostics> {
        Ok(reader::document(text, name, "the task definition", read::document)?.0)
    }

    /// CPU that is set aside for a task: its own, else that of its containers together.
    pub fn reserved_cpu(&self) -> CpuUnits {
        let containers = self.containers.iter().map(|container| container.cpu.0);
        self.cpu.unwrap_or_else(|| CpuUnits(containers.sum()))
    }

    /// Memory that is set aside for a task: its own, else for each container its reservation, and
    /// its limit where it has none.
    pub fn reserved_memory(&self) -> Mebibytes {
        let containers = self.containers.iter().map(|container| container.reserved_memory().0);
        self.memory.unwrap_or_else(|| Mebibytes(containers.sum()))
    }

    /// Whether a container only starts when this one has come to its end.
    pub fn waits_for_end_of(&self, container: usize) -> bool {
        let ends = [Condition::Complete, Condition::Success];
        let mut all = self.containers.iter().flat_map(|it| &it.depends_on);
        all.any(|it| it.container == container && ends.contains(&it.condition))
    }

    /// GPUs of all containers.
    pub fn gpus(&self) -> u32 {
        self.containers.iter().map(|container| container.gpus).sum()
    }

    /// What an instance must have left for a task.
    ///
    /// Ports of an interface of its own are no concern of the instance. (Developer Guide, "Task
    /// placement".)
    pub fn need(&self) -> Need {
        let ports = self.containers.iter().flat_map(|container| &container.ports);
        let fixed = ports.filter_map(|port| match port.host {
            HostPort::Fixed(number) => Some((number, port.protocol)),
            HostPort::Dynamic => None,
        });
        let own_interface = self.network == NetworkMode::Awsvpc;
        let mut need = Need {
            cpu: self.reserved_cpu(),
            memory: self.reserved_memory(),
            gpus: self.gpus(),
            interfaces: u32::from(own_interface),
            ports: if own_interface { Vec::new() } else { fixed.collect() },
            attributes: self.platform.attributes(),
        };
        need.ports.sort_unstable();
        need.ports.dedup();
        need
    }
}

impl Platform {
    /// Attributes that an instance of this platform has.
    fn attributes(self) -> Vec<(String, Option<String>)> {
        let system = self.system.map(|system| match system {
            System::Linux => ("ecs.os-type", "linux".to_owned()),
            System::Windows(build) => ("ecs.os-family", build.to_owned()),
        });
        let architecture = self.architecture.map(|architecture| match architecture {
            Architecture::X86 => ("ecs.cpu-architecture", "x86_64".to_owned()),
            Architecture::Arm => ("ecs.cpu-architecture", "arm64".to_owned()),
        });
        let both = [system, architecture].into_iter().flatten();
        both.map(|(name, value)| (name.to_owned(), Some(value))).collect()
    }
}
