//! A container instance: what it registered with, and what its tasks have of it.

use std::collections::BTreeMap;

use super::{Constraint, Demand, Left, Need, Refusal, ZONE};
use crate::aws::ecs::query::Shown;
use crate::aws::ecs::task_definition::Protocol;

/// A container instance, by the order of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceId(pub u32);

/// What an instance registers with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Its name in EC2: `i-0abcd1234`.
    pub ec2_instance_id: String,
    /// Built-in attributes such as `ecs.availability-zone`, and those of its owner; one may have
    /// no value.
    pub attributes: BTreeMap<String, Option<String>>,
    /// All that it has for tasks: 1024 CPU units for each vCPU; memory as its kernel counts it,
    /// without what the agent is told to reserve; interfaces without its own.
    pub capacity: Left,
    /// Ports that are taken by the instance itself: 22, 2375, 2376, 51678 and 51679 by default.
    pub reserved_ports: Vec<(u16, Protocol)>,
    /// The version of its agent.
    pub agent_version: String,
    /// When, in seconds of Unix time.
    pub registered_at: i64,
}

/// Ports of TCP that the agent reserves: SSH, the engine and the agent. (Developer Guide, "Amazon
/// ECS task definition parameters", port mappings.)
pub const RESERVED_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];

/// A container instance of a cluster.
#[derive(Clone, Debug)]
pub struct Instance {
    registration: Registration,
    draining: bool,
    agent_connected: bool,
    left: Left,
    /// Taken ports, in order.
    ports: Vec<(u16, Protocol)>,
    /// Tasks that are meant to run, by group.
    groups: BTreeMap<String, u32>,
    /// Tasks that have a part of it.
    tasks: u32,
}

impl Instance {
    pub(super) fn new(registration: Registration) -> Self {
        let mut ports = registration.reserved_ports.clone();
        ports.sort_unstable();
        ports.dedup();
        Self {
            left: registration.capacity,
            registration,
            draining: false,
            agent_connected: true,
            ports,
            groups: BTreeMap::new(),
            tasks: 0,
        }
    }

    /// What it registered with.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// What it has left.
    pub fn left(&self) -> Left {
        self.left
    }

    /// Tasks that have a part of it, those that are stopping included.
    pub fn tasks(&self) -> u32 {
        self.tasks
    }

    /// Tasks of a group that are meant to run.
    pub fn tasks_of(&self, group: &str) -> u32 {
        self.groups.get(group).copied().unwrap_or(0)
    }

    /// The value of an attribute; none where it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.registration.attributes.get(name)?.as_deref()
    }

    pub(super) fn set_draining(&mut self, draining: bool) {
        self.draining = draining;
    }

    pub(super) fn set_agent_connected(&mut self, connected: bool) {
        self.agent_connected = connected;
    }

    pub(super) fn take(&mut self, need: &Need, group: &str) {
        self.left = self.left.without(need);
        for port in &need.ports {
            let place = self.ports.binary_search(port).expect_err("the port is free");
            self.ports.insert(place, *port);
        }
        self.tasks += 1;
        match self.groups.get_mut(group) {
            Some(count) => *count += 1,
            None => {
                self.groups.insert(group.to_owned(), 1);
            }
        }
    }

    pub(super) fn dismiss(&mut self, group: &str) {
        let count = self.groups.get_mut(group).expect("a task of this group runs here");
        *count -= 1;
        if *count == 0 {
            self.groups.remove(group);
        }
    }

    pub(super) fn give_back(&mut self, need: &Need) {
        self.left = self.left.with(need);
        for port in &need.ports {
            let place = self.ports.binary_search(port).expect("the port was taken");
            self.ports.remove(place);
        }
        self.tasks = self.tasks.checked_sub(1).expect("the task was placed here");
    }

    /// Why a task cannot run here; none if it can.
    pub fn refusal(&self, demand: &Demand) -> Option<Refusal> {
        let (need, left) = (&demand.need, self.left);
        let taken = |port| self.ports.binary_search(port).is_ok();
        let zone = self.attribute(ZONE);
        let refused = [
            (Refusal::Draining, self.draining),
            (Refusal::Agent, !self.agent_connected),
            (Refusal::Cpu, left.cpu < need.cpu),
            (Refusal::Memory, left.memory < need.memory),
            (Refusal::Gpu, left.gpus < need.gpus),
            (Refusal::Ports, need.ports.iter().any(taken)),
            (Refusal::Interfaces, left.interfaces < need.interfaces),
        ];
        if let Some((refusal, _)) = refused.into_iter().find(|(_, refused)| *refused) {
            return Some(refusal);
        }
        if !need.attributes.iter().all(|(name, value)| self.has(name, value.as_deref())) {
            return Some(Refusal::Attribute);
        }
        let zones = &demand.zones;
        if !zones.is_empty() && !zones.iter().any(|name| Some(name.as_str()) == zone) {
            return Some(Refusal::Zone);
        }
        demand.constraints.iter().find_map(|constraint| match constraint {
            Constraint::MemberOf(query) => {
                (!query.selects(&self.shown())).then_some(Refusal::MemberOf)
            }
            Constraint::DistinctInstance => {
                (self.tasks_of(&demand.group) > 0).then_some(Refusal::DistinctInstance)
            }
        })
    }

    fn has(&self, name: &str, value: Option<&str>) -> bool {
        let found = self.registration.attributes.get(name);
        found.is_some_and(|found| value.is_none() || found.as_deref() == value)
    }

    /// What queries may look at.
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            attributes: &self.registration.attributes,
            ec2_instance_id: &self.registration.ec2_instance_id,
            agent_connected: self.agent_connected,
            agent_version: &self.registration.agent_version,
            registered_at: self.registration.registered_at,
            running_tasks: self.tasks,
            groups: &self.groups,
        }
    }
}
