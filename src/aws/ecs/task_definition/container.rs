//! What a task definition says of one container, defaults filled in.

use crate::aws::ecs::units::{CpuUnits, Mebibytes};
use crate::engine::SimDuration;

/// A container of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name within the task.
    pub name: String,
    /// Its image, as it is pulled.
    pub image: String,
    /// CPU that it is guaranteed: shares on Linux, a cap on Windows. 0 where nothing is said.
    pub cpu: CpuUnits,
    /// Above this it is killed.
    pub memory: Option<Mebibytes>,
    /// What is set aside for it.
    pub memory_reservation: Option<Mebibytes>,
    /// GPUs it has for itself.
    pub gpus: u32,
    /// Ports by which it is reached.
    pub ports: Vec<PortMapping>,
    /// Whether the task stops when it does.
    pub essential: bool,
    /// Containers that it waits for.
    pub depends_on: Vec<Dependency>,
    /// How its health is found out.
    pub health_check: Option<HealthCheck>,
    /// How long others wait for what they need of it, from its start on; none for as long as it
    /// takes.
    pub start_timeout: Option<SimDuration>,
    /// From SIGTERM to SIGKILL; none for the agent's default of 30 s.
    pub stop_timeout: Option<SimDuration>,
    /// Whether the agent starts it again without stopping the task.
    pub restart: Option<RestartPolicy>,
    /// `awslogs` and others; none for the engine's default.
    pub log_driver: Option<String>,
    /// Where the driver `awslogs` writes.
    pub logs: Option<LogGroup>,
    /// What is fetched for it before it is created.
    pub secrets: Vec<Secret>,
}

/// A log group of CloudWatch Logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// `awslogs-group`
    pub name: String,
    /// `awslogs-region`
    pub region: String,
    /// `awslogs-stream-prefix`, by which streams are called `prefix/container/task`.
    pub prefix: Option<String>,
    /// `awslogs-create-group`: it is created where it is not there.
    pub create: bool,
}

/// A secret that becomes a variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The variable.
    pub name: String,
    /// `valueFrom`: the ARN of a secret of AWS Secrets Manager, or the ARN or name of a parameter
    /// of Systems Manager.
    pub from: String,
}

/// A port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMapping {
    /// Inside the container.
    pub container: u16,
    /// On the instance, or on the task's own interface.
    pub host: HostPort,
    /// TCP where nothing is said.
    pub protocol: Protocol,
}

/// A port of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPort {
    /// This one.
    Fixed(u16),
    /// One that is free, from the ephemeral range.
    Dynamic,
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
}

/// A container that another waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its place among the containers.
    pub container: usize,
    /// What it has to be.
    pub condition: Condition,
}

/// What a container has to be before another starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has been started.
    Start,
    /// It has run to its end, however.
    Complete,
    /// It has run to its end with exit code 0.
    Success,
    /// Its health check has passed.
    Healthy,
}

/// How a container's health is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// From one check to the next; 30 s where nothing is said.
    pub interval: SimDuration,
    /// A check that takes longer has failed; 5 s where nothing is said.
    pub timeout: SimDuration,
    /// Failures in a row that make it unhealthy; 3 where nothing is said.
    pub retries: u32,
    /// Failures within this time of the start do not count.
    pub start_period: SimDuration,
}

/// When the agent starts a container again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Exit codes after which it does not.
    pub ignored_exit_codes: Vec<u32>,
    /// How long it must have run; 300 s where nothing is said.
    pub attempt_period: SimDuration,
}

impl Container {
    /// What placement sets aside for it if the task does not say: the reservation, else the limit.
    pub fn reserved_memory(&self) -> Mebibytes {
        self.memory_reservation.or(self.memory).unwrap_or_default()
    }
}
