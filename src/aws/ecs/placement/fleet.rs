//! The container instances of a cluster, and where the next task goes.
//!
//! Each kind of task has a plan: what it needs, and an index of the instances that can take it. A
//! change of an instance is written into a log, which a plan reads when it is asked for an
//! instance: a service that starts a thousand tasks in a row looks at one instance for each of
//! them, and plans that are not used cost nothing.

use std::collections::BTreeMap;

use super::index::Index;
use super::{Constraint, Instance, InstanceId, Need, Refusal, Registration, Strategy, scan};
use crate::engine::Slab;
use crate::engine::Stream;

/// A kind of task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// What it takes.
    pub need: Need,
    /// What its tasks are counted by: `service:web`, or the task group of standalone tasks.
    pub group: String,
    /// Rules for its instances, those of the task definition and those of the service.
    pub constraints: Vec<Constraint>,
    /// What makes one instance better than another, in order.
    pub strategies: Vec<Strategy>,
    /// Zones it may be in, those of its subnets; all if there are none.
    pub zones: Vec<String>,
}

/// A kind of task that a fleet knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanId(u32);

/// The container instances of a cluster.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) instances: BTreeMap<u32, Instance>,
    next: u32,
    plans: Slab<Plan>,
    /// Instances that changed, in the order of changes.
    log: Vec<u32>,
    /// How often the log was begun anew.
    log_number: u64,
    looks: u64,
}

#[derive(Debug)]
struct Plan {
    demand: Demand,
    /// None where there is no index for its strategies.
    index: Option<Index>,
    /// The log it has read from, and how far; none before the first time.
    read: Option<(u64, usize)>,
}

/// A log is begun anew when it has so many entries for each instance, but not before it has some.
const LOG_PER_INSTANCE: usize = 4;
const LEAST_LOG: usize = 1024;

impl Fleet {
    /// An instance joins the cluster.
    pub fn register(&mut self, registration: Registration) -> InstanceId {
        let id = self.next;
        self.next += 1;
        self.instances.insert(id, Instance::new(registration));
        self.changed(id);
        InstanceId(id)
    }

    /// An instance leaves the cluster, with all that is on it.
    pub fn deregister(&mut self, id: InstanceId) {
        self.instances.remove(&id.0);
        self.changed(id.0);
    }

    /// An instance of the cluster; none if it has left.
    pub fn get(&self, id: InstanceId) -> Option<&Instance> {
        self.instances.get(&id.0)
    }

    /// All instances, in the order of registration.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceId, &Instance)> {
        self.instances.iter().map(|(&id, instance)| (InstanceId(id), instance))
    }

    /// Sets whether an instance is drained: nothing new is placed on one that is.
    pub fn set_draining(&mut self, id: InstanceId, draining: bool) {
        self.alter(id, |instance| instance.set_draining(draining));
    }

    /// Sets whether the agent of an instance can be reached.
    pub fn set_agent_connected(&mut self, id: InstanceId, connected: bool) {
        self.alter(id, |instance| instance.set_agent_connected(connected));
    }

    /// Makes a kind of task known.
    pub fn plan(&mut self, demand: Demand) -> PlanId {
        let index = Index::new(&demand.strategies);
        PlanId(self.plans.insert(Plan { demand, index, read: None }))
    }

    /// Forgets a kind of task. Its tasks stay where they are.
    pub fn retire(&mut self, plan: PlanId) {
        self.plans.remove(plan.0);
    }

    /// What a kind of task asks for.
    ///
    /// # Panics
    /// When the plan was retired, as everything that takes one.
    pub fn demand(&self, plan: PlanId) -> &Demand {
        &self.plans.get(plan.0).expect("the plan is known").demand
    }

    /// The instance for the next task of a kind; none if no instance takes it.
    pub fn choose(&mut self, plan: PlanId, stream: &mut Stream) -> Option<InstanceId> {
        let plan = self.plans.get_mut(plan.0).expect("the plan is known");
        let Some(index) = &mut plan.index else {
            self.looks += self.instances.len() as u64;
            return scan::choose(&self.instances, &plan.demand, stream).map(InstanceId);
        };
        let end = (self.log_number, self.log.len());
        let begin = plan.read.replace(end).filter(|(number, _)| *number == self.log_number);
        match begin {
            Some((_, begin)) => {
                for &id in &self.log[begin..] {
                    index.look(id, self.instances.get(&id), &plan.demand);
                }
                self.looks += (self.log.len() - begin) as u64;
            }
            None => {
                index.forget_all_but(&self.instances);
                for (&id, instance) in &self.instances {
                    index.look(id, Some(instance), &plan.demand);
                }
                self.looks += self.instances.len() as u64;
            }
        }
        index.choose(stream).map(InstanceId)
    }

    /// Puts the next task of a kind on an instance; none if no instance takes it.
    pub fn place(&mut self, plan: PlanId, stream: &mut Stream) -> Option<InstanceId> {
        let id = self.choose(plan, stream)?;
        self.put(plan, id);
        Some(id)
    }

    /// Puts a task of a kind on this instance, as a daemon, or what was chosen.
    ///
    /// # Panics
    /// When the instance does not have what the task needs.
    pub fn put(&mut self, plan: PlanId, id: InstanceId) {
        let demand = &self.plans.get(plan.0).expect("the plan is known").demand;
        let instance = self.instances.get_mut(&id.0).expect("the instance is in the cluster");
        instance.take(&demand.need, &demand.group);
        self.changed(id.0);
    }

    /// A task of a group is meant to stop: it no longer counts where tasks are spread or kept
    /// apart, and still has its part of the instance.
    pub fn dismiss(&mut self, id: InstanceId, group: &str) {
        self.alter(id, |instance| instance.dismiss(group));
    }

    /// A task that was dismissed has stopped, and gives back what it had.
    pub fn release(&mut self, id: InstanceId, need: &Need) {
        self.alter(id, |instance| instance.give_back(need));
    }

    /// Why a task of this kind cannot run on an instance; none if it can, or the instance has left.
    pub fn refusal(&self, plan: PlanId, id: InstanceId) -> Option<Refusal> {
        self.get(id)?.refusal(self.demand(plan))
    }

    /// Why each instance that does not take a task of this kind does not.
    pub fn refusals(&self, plan: PlanId) -> Vec<(InstanceId, Refusal)> {
        let demand = self.demand(plan);
        let refused =
            |(id, instance): (InstanceId, &Instance)| Some((id, instance.refusal(demand)?));
        self.instances().filter_map(refused).collect()
    }

    /// How often an instance was looked at to place tasks: the cost of all choices so far.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// Changes an instance, unless it has left.
    fn alter(&mut self, id: InstanceId, alter: impl FnOnce(&mut Instance)) {
        if let Some(instance) = self.instances.get_mut(&id.0) {
            alter(instance);
            self.changed(id.0);
        }
    }

    fn changed(&mut self, id: u32) {
        if self.log.len() >= LEAST_LOG.max(LOG_PER_INSTANCE * self.instances.len()) {
            self.log.clear();
            self.log_number += 1;
        }
        self.log.push(id);
    }
}
