//! `[cluster.ecs]`: what runs on an Amazon ECS cluster, and how it is set up.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProviderWeight;
use crate::engine::SimDuration;
use crate::scenario::Law;
use crate::units::{Bytes, Fraction, Instant};

/// `[cluster.ecs]`: options of a cluster of kind `ecs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EcsOptions {
    /// Task definitions: files as for `aws ecs register-task-definition --cli-input-json`, relative
    /// to the scenario. Several of one family are its revisions, in this order.
    pub task_definitions: Vec<PathBuf>,
    /// Services: files as for `aws ecs create-service --cli-input-json`, there from the beginning
    /// beside those that the scenario's apps become.
    pub services: Vec<PathBuf>,
    /// How services are scaled: files as for `aws application-autoscaling
    /// register-scalable-target`, `put-scaling-policy` and `put-scheduled-action`, and for `aws
    /// cloudwatch put-metric-alarm`.
    pub scaling: Vec<PathBuf>,
    /// Which providers tasks get that ask for none (`defaultCapacityProviderStrategy`): apps, jobs,
    /// and services without a launch type. Default: the only `[[cluster.capacity_provider]]`, or
    /// FARGATE where there is no Auto Scaling group.
    pub default_strategy: Vec<ProviderWeight>,
    /// How the containers of apps and jobs are reached. Default awsvpc.
    pub network: TaskNetwork,
    /// Names of the security groups of the tasks of apps and jobs. Default: none, by which all is
    /// let through.
    pub security_groups: Vec<String>,
    /// ARN of the role by which apps and jobs pull images (`executionRoleArn`).
    pub execution_role: Option<String>,
    /// ARN of the role of the containers of apps and jobs (`taskRoleArn`).
    pub task_role: Option<String>,
    /// Of apps and jobs: on which of the instances with room a task goes. Default
    /// az-balanced-spread for apps, as of services that say nothing, and any for jobs.
    pub placement: Option<TaskPlacement>,
    /// Of the services of apps: the part of the tasks that stays healthy, in percent. Default 100.
    pub min_healthy_percent: u32,
    /// Of the services of apps: the part that there may be in all, in percent. Default 200.
    pub max_percent: u32,
    /// Of the services of apps: whether a deployment that fails is given up and rolled back.
    /// Default true.
    pub circuit_breaker: bool,
    /// Of the services of apps: for how long after its start the health of a task that its load
    /// balancer sees is ignored. Default 0s.
    pub health_grace: SimDuration,
    /// From SIGTERM to SIGKILL, for containers that do not say (`ECS_CONTAINER_STOP_TIMEOUT`).
    /// Default 30s.
    pub stop_timeout: SimDuration,
    /// Whether an instance is drained when Spot gives notice of its end
    /// (`ECS_ENABLE_SPOT_INSTANCE_DRAINING`). Default false, as of the agent.
    pub spot_draining: bool,
    /// Whether instances have an interface for many tasks (`awsvpcTrunking`). Default false.
    pub trunking: bool,
    /// Memory of each instance that is not for tasks (`ECS_RESERVED_MEMORY`). Default 0.
    pub reserved_memory: Bytes,
    /// Part of an instance's memory that its kernel does not have: an m4.large registers 7985 MiB
    /// of 8192. Default 2.5%.
    pub kernel_memory: Fraction,
    /// Time from a place for a task to its agent having it. Default constant 500ms.
    pub agent: Law,
    /// Time to attach a network interface to a task. Default lognormal, mean 8s, cv 0.3.
    pub interface: Law,
    /// Time to attach one of a trunk. Default lognormal, mean 2s, cv 0.3.
    pub trunk_interface: Law,
    /// Time from a task on Fargate being asked for to its machine being up. Default lognormal,
    /// mean 15s, cv 0.3.
    pub fargate: Law,
    /// Part of the tasks on Fargate Spot that are interrupted within a month of 730 hours, two
    /// minutes after a notice; below 100%. Default 5%.
    pub fargate_spot_interruptions: Fraction,
    /// How long a task waits for capacity in PROVISIONING. Default 30min.
    pub provisioning_timeout: SimDuration,
    /// How much later a service tries again whose tasks stop before they run.
    pub start_throttle: StartThrottle,
    /// Time from the operating system of an instance being up to its agent having registered it.
    /// Default lognormal, mean 10s, cv 0.3.
    pub registration: Law,
    /// Compressed size of an image that a task definition names and the scenario does not, which
    /// the run warns of. Default 100MB.
    pub unknown_image: Bytes,
    /// How long a container of a standalone task runs, and one of a service for whose end another
    /// waits (`dependsOn`). Default constant 60s.
    pub task_duration: Law,
    /// Services whose tasks protect themselves from scale-in when they run, as by a call of
    /// `UpdateTaskProtection`. Default: none.
    pub task_protection: Vec<TaskProtection>,
    /// Memory that a container uses of which the scenario says nothing and which reserves none; one
    /// that reserves some uses half of that. Default 32Mi.
    pub idle_memory: Bytes,
    /// Whether what happens in the cluster is kept, for `events.jsonl`, `trace.json.gz` and
    /// `plimsoll explain`. Default true.
    pub events: bool,
    /// The instant of the calendar at which the run begins, which scheduled actions follow. Default
    /// 2024-01-01T00:00:00Z, a Monday.
    pub epoch: Instant,
}

/// Tasks that protect themselves: neither a scale-in nor a deployment stops them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskProtection {
    /// Name of the service: of an app, or of documents.
    pub service: String,
    /// For how long from their start, in whole minutes, 1min to 48h (`expiresInMinutes`). Default
    /// 2h.
    #[serde(default = "two_hours")]
    pub lasts: SimDuration,
}

const fn two_hours() -> SimDuration {
    SimDuration::from_secs(2 * 60 * 60)
}

/// How the containers of a task are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskNetwork {
    /// Each task has a network interface with an address of its own.
    #[default]
    Awsvpc,
    /// By a port of the instance that is free.
    Bridge,
}

/// On which instance a task goes, by the templates of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskPlacement {
    /// Evenly over zones, and within each over instances. No instance is ever left empty for as
    /// long as there are tasks for it, so that a group hardly shrinks.
    AzBalancedSpread,
    /// Evenly over zones, and within each where the least memory is left.
    AzBalancedBinpack,
    /// Where the least memory is left.
    Binpack,
}

/// How the wait grows between the attempts of a service to start a task, while its tasks stop
/// before they run. AWS says no more than that it grows to 15 minutes (Developer Guide, "Service
/// throttle logic").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StartThrottle {
    /// After the first failure. Default 1s.
    pub first: SimDuration,
    /// Each later wait is so many times the one before. Default 2.
    pub factor: u32,
    /// The longest. Default 15min.
    pub most: SimDuration,
}

impl Default for StartThrottle {
    fn default() -> Self {
        Self { first: SimDuration::from_secs(1), factor: 2, most: SimDuration::from_secs(15 * 60) }
    }
}

impl Default for EcsOptions {
    fn default() -> Self {
        let lognormal = |secs| Law::Lognormal { mean: SimDuration::from_secs(secs), cv: 0.3 };
        Self {
            task_definitions: Vec::new(),
            services: Vec::new(),
            scaling: Vec::new(),
            default_strategy: Vec::new(),
            network: TaskNetwork::default(),
            security_groups: Vec::new(),
            execution_role: None,
            task_role: None,
            placement: None,
            min_healthy_percent: 100,
            max_percent: 200,
            circuit_breaker: true,
            health_grace: SimDuration::ZERO,
            stop_timeout: SimDuration::from_secs(30),
            spot_draining: false,
            trunking: false,
            reserved_memory: Bytes(0),
            kernel_memory: Fraction(0.025),
            agent: Law::Constant(SimDuration::from_millis(500)),
            interface: lognormal(8),
            trunk_interface: lognormal(2),
            fargate: lognormal(15),
            fargate_spot_interruptions: Fraction(0.05),
            provisioning_timeout: SimDuration::from_secs(1800),
            start_throttle: StartThrottle::default(),
            registration: lognormal(10),
            unknown_image: Bytes(100_000_000),
            task_duration: Law::Constant(SimDuration::from_secs(60)),
            task_protection: Vec::new(),
            idle_memory: Bytes(32 << 20),
            events: true,
            epoch: Instant::from_unix(1_704_067_200),
        }
    }
}
