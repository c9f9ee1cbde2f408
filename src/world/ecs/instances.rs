//! Machines of the world as container instances, and those of tasks on Fargate.

use std::sync::Arc;

use super::billing::{platform, size};
use crate::aws::ec2::catalogue::{self, InstanceType, instance_type};
use crate::aws::ec2::spot::SpotPool;
use crate::aws::ecs::control::{NewInstance, TaskId};
use crate::aws::ecs::placement::instance::RESERVED_PORTS;
use crate::aws::ecs::placement::{Left, Registration, ZONE};
use crate::aws::ecs::task_definition::Protocol;
use crate::aws::ecs::units::Mebibytes;
use crate::engine::{Phase, SimTime};
use crate::machine::HostId;
use crate::metrics::starts::Phase as StartPhase;
use crate::scenario::{Cluster, OsFamily};
use crate::world::{World, fargate};

/// A machine of the cluster is ready for what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceEvent {
    /// The agent of an instance has registered it, if it is still there.
    Registered {
        /// Its machine.
        machine: u32,
        /// Its group.
        group: u16,
        /// How often the machine had been up.
        life: u32,
    },
    /// Fargate Spot gives notice of a machine's end, if it is still there.
    Notice {
        /// The machine.
        machine: u32,
        /// How often it had been up.
        life: u32,
    },
    /// The machine of a task on Fargate is up.
    Up {
        /// The task.
        task: TaskId,
        /// Its machine.
        machine: u32,
    },
}

/// The version of the agent that instances register with, for queries.
const AGENT: &str = "1.86.0";

/// What an empty instance of a type offers on a cluster; none of a type that is not known.
pub(super) fn offered(name: &str, cluster: &Cluster) -> Option<Left> {
    let one = instance_type(name).ok()?;
    let tasks = match one.tasks.trunked {
        Some(most) if cluster.ecs.trunking => most,
        _ => one.tasks.plain,
    };
    let memory = one.memory.0 as f64 * (1.0 - cluster.ecs.kernel_memory.0);
    let mebibytes = |bytes: f64| Mebibytes((bytes / f64::from(1 << 20)) as u32);
    let gpus = one.gpus.as_ref().map_or(0, |gpus| gpus.count);
    let reserved = mebibytes(cluster.ecs.reserved_memory.0 as f64);
    Some(Left::registered(one.vcpus, mebibytes(memory), reserved, gpus, tasks + 1))
}

/// What an instance registers with: one of this type, with Windows or not, by its number, in a zone
/// and a subnet.
fn registration(
    (one, windows, number, zone, subnet): (&InstanceType, bool, u32, &str, &str),
    cluster: &Cluster,
) -> Registration {
    let architecture = match one.architecture {
        catalogue::Architecture::X86 => "x86_64",
        catalogue::Architecture::Arm => "arm64",
    };
    let attributes = [
        (ZONE, zone),
        ("ecs.instance-type", &one.name),
        ("ecs.os-type", if windows { "windows" } else { "linux" }),
        ("ecs.cpu-architecture", architecture),
        ("ecs.subnet-id", subnet),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    Registration {
        ec2_instance_id: format!("i-{number:017x}"),
        attributes: attributes.into(),
        capacity: offered(&one.name, cluster).unwrap_or_default(),
        reserved_ports: RESERVED_PORTS.map(|port| (port, Protocol::Tcp)).to_vec(),
        agent_version: AGENT.to_owned(),
        registered_at: cluster.ecs.epoch.unix(),
    }
}

impl World<'_> {
    /// A task on Fargate is to have a machine of its own, in this zone.
    pub(super) fn machine_wanted(&mut self, task: TaskId, zone: u32) {
        self.task_passes(task, StartPhase::Place);
        let control = &self.ecs().control;
        let definition = control.definition(control.definition_of(task));
        let (platform, size) = (platform(definition), size(definition));
        let shape = Arc::new(fargate::machine(platform, size, size.memory, self.cluster));
        let machine = self.take_machine(&shape, zone, false) as u32;
        let (law, draws) = &mut self.ecs_mut().laws.fargate;
        let delay = law.sample(draws);
        self.after(delay, Phase::Release, InstanceEvent::Up { task, machine });
    }

    /// Handles an event of a machine of the cluster.
    pub(in crate::world) fn on_instance(&mut self, event: InstanceEvent) {
        match event {
            InstanceEvent::Up { task, machine } => self.fargate_up(task, machine),
            InstanceEvent::Notice { machine, life } => {
                if self.ecs().lives[machine as usize] == life {
                    self.with_ecs(|control, around| control.spot_notice(machine, around));
                }
            }
            InstanceEvent::Registered { machine, group, life } => {
                self.registered(machine, group, life);
            }
        }
    }

    /// The machine of a task on Fargate is up.
    fn fargate_up(&mut self, task: TaskId, machine: u32) {
        self.machine_on(machine as usize);
        let (now, life) = (self.now(), self.next_life(machine as usize));
        let interrupted = self.cluster.ecs.fargate_spot_interruptions;
        let ecs = self.ecs_mut();
        let is_spot = ecs.control.is_on_spot(task) == Some(true);
        let pool = SpotPool { interrupted, rebalance: None };
        let taken = is_spot.then(|| pool.draw(now, &mut ecs.spots)).flatten();
        let engine = self.nodes.all[machine as usize].engine;
        self.with_ecs(|control, around| control.machine_up(task, machine, engine, around));
        if let Some(taken) = taken {
            let event = InstanceEvent::Notice { machine, life };
            self.calendar.push(taken.notice, Phase::Release, event.into());
        }
    }

    /// The machine of a task on Fargate is not needed any more.
    pub(super) fn machine_released(&mut self, machine: u32) {
        self.next_life(machine as usize);
        self.give_machine_back(machine as usize);
    }

    /// Counts that a machine is up, or is so no more.
    fn next_life(&mut self, machine: usize) -> u32 {
        let lives = &mut self.ecs_mut().lives;
        if lives.len() <= machine {
            lives.resize(machine + 1, 0);
        }
        lives[machine] += 1;
        lives[machine]
    }

    /// The operating system of an instance of a group is up: its agent starts.
    pub(in crate::world) fn instance_up(&mut self, machine: usize, group: u16) {
        let ecs = self.ecs_mut();
        let (law, draws) = &mut ecs.laws.registration;
        let delay = law.sample(draws);
        let (machine, life) = (machine as u32, self.next_life(machine));
        self.after(delay, Phase::Release, InstanceEvent::Registered { machine, group, life });
    }

    /// The agent of an instance has registered it, unless it is no more.
    fn registered(&mut self, machine: u32, group: u16, life: u32) {
        if self.ecs().lives[machine as usize] != life || !self.may_register(group) {
            return;
        }
        let Some((one, subnet)) = self.instance_of(machine as usize) else { return };
        let node = &self.nodes.all[machine as usize];
        let (engine, host) = (node.engine, node.host);
        let windows = self.shapes[host.index()].os.family == OsFamily::Windows;
        let zone = self.subnets.places[subnet].1;
        let cluster = self.cluster;
        let ecs = self.ecs_mut();
        ecs.registered += 1;
        let number = ecs.registered;
        let settings = ecs.control.settings();
        let (zone_name, subnet) = (&settings.zones[zone as usize], &settings.subnets[subnet].0);
        let of = (one, windows, number, zone_name.as_str(), subnet.as_str());
        let mut registration = registration(of, cluster);
        registration.registered_at += self.now().since(SimTime::ZERO).as_secs_f64() as i64;
        let provider = self.provider_of(group);
        let new = NewInstance { machine, engine, provider, zone, registration };
        self.with_ecs(|control, around| control.join(new, around));
    }

    /// An instance is about to end: its tasks are to leave it, where that is managed.
    pub(in crate::world) fn instance_leaves(&mut self, machine: usize) {
        self.with_ecs(|control, around| control.drain_for_end(machine as u32, around));
    }

    /// The maintenance of a machine begins or is over, which may be an instance: its tasks leave
    /// it, or it has some again.
    pub(in crate::world) fn drain_instance(&mut self, host: HostId, begins: bool) {
        // of hosts with instances on them AWS says nothing
        if self.ecs.is_none() || self.cluster.hosts.is_some() {
            return;
        }
        let Some(machine) = self.nodes.all.iter().position(|node| node.host == host) else {
            return;
        };
        self.with_ecs(|control, around| match begins {
            true => control.drain(machine as u32, around),
            false => control.end_drain(machine as u32, around),
        });
    }

    /// An instance is terminated, taken back, stopped or broken: what was on it is gone.
    pub(in crate::world) fn instance_lost(&mut self, machine: usize) {
        if let Some(life) = self.ecs_mut().lives.get_mut(machine) {
            *life += 1;
        }
        self.with_ecs(|control, around| control.machine_lost(machine as u32, around));
    }

    /// A Spot instance is taken back in two minutes.
    pub(in crate::world) fn spot_notice(&mut self, machine: usize) {
        if self.cluster.ecs.spot_draining {
            self.with_ecs(|control, around| control.drain(machine as u32, around));
        }
    }

    /// The group of a provider is to have so many instances.
    pub(super) fn capacity_wanted(&mut self, provider: u32, instances: u32) {
        if let Some(group) = self.group_of(provider) {
            self.group_set_desired(group, instances);
        }
    }

    /// Whether the group of an instance may terminate it when it shrinks.
    pub(super) fn protect(&mut self, machine: u32, protected: bool) {
        self.group_protect(machine as usize, protected);
    }

    /// An instance that is drained for its end has no tasks any more.
    pub(super) fn instance_drained(&mut self, machine: u32) {
        self.ec2_drained(machine as usize);
    }

    /// The group of a provider, by its place.
    pub(super) fn group_of(&self, provider: u32) -> Option<u16> {
        self.ecs().groups.get(provider as usize).copied().flatten()
    }

    /// The provider of a group, by its place.
    fn provider_of(&self, group: u16) -> Option<u32> {
        let place = self.ecs().groups.iter().position(|it| *it == Some(group));
        place.map(|place| place as u32)
    }
}
