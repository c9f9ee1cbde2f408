//! Container instances: they join, are drained, and are lost.

use std::collections::BTreeMap;

use super::kinds::PROVIDER;
use super::log::Entry;
use super::tasks::Place;
use super::{Around, ControlEvent, ControlPlane, NewInstance, Notice, ServiceId, TaskId};
use crate::aws::ecs::placement::InstanceId;
use crate::aws::ecs::service::Scheduling;
use crate::aws::ecs::task::StopReason;
use crate::docker::{ContainerEvent, EngineId};
use crate::engine::{Schedule, SimTime};

/// A container instance.
#[derive(Debug)]
pub(super) struct Host {
    pub instance: InstanceId,
    pub engine: EngineId,
    pub provider: Option<u32>,
    pub zone: u32,
    pub joined: SimTime,
    pub draining: bool,
    /// Whether that is because it is about to end, so that its group counts it no more.
    pub ends: bool,
    /// Its tasks that have not stopped, by number.
    pub tasks: BTreeMap<u32, TaskId>,
    /// Of these, those that are no daemons.
    pub others: u32,
    /// Whether its group was told not to terminate it.
    protected: bool,
    /// What the log calls it.
    logged: u32,
}

/// The container instances, by machine, and machines by instance.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    pub by_machine: BTreeMap<u32, Host>,
    of: BTreeMap<InstanceId, u32>,
}

impl Hosts {
    pub fn machine(&self, instance: InstanceId) -> u32 {
        self.of[&instance]
    }

    pub fn of(&self, instance: InstanceId) -> Option<&Host> {
        self.by_machine.get(self.of.get(&instance)?)
    }
}

impl ControlPlane {
    /// An instance has registered.
    pub fn join<S>(&mut self, new: NewInstance, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let NewInstance { machine, engine, provider, zone, mut registration } = new;
        if let Some(provider) = provider {
            let name = self.settings.providers[provider as usize].name.clone();
            registration.attributes.insert(PROVIDER.to_owned(), Some(name));
        }
        let logged = self.log.name_instance(&registration.ec2_instance_id);
        let instance = self.fleet.register(registration);
        let host = Host {
            instance,
            engine,
            provider,
            zone,
            joined: around.now(),
            draining: false,
            ends: false,
            tasks: BTreeMap::new(),
            others: 0,
            protected: false,
            logged,
        };
        self.hosts.of.insert(instance, machine);
        self.hosts.by_machine.insert(machine, host);
        self.counts.instances += 1;
        self.log.add(around.now(), Entry::Registered { instance: logged });
        // daemons have their part before others
        for service in (0..self.services.len() as u32).map(ServiceId) {
            if self.is_daemon(service) {
                self.daemon_joins(service, instance, around);
            } else {
                // it may be in a zone that had none
                self.services[service.0 as usize].even = false;
                self.touch(service, around);
            }
        }
        self.room = true;
        self.settle(around);
    }

    pub(super) fn is_daemon(&self, id: ServiceId) -> bool {
        self.services[id.0 as usize].spec.scheduling == Scheduling::Daemon
    }

    /// Services with a task on each instance look at those anew.
    pub(super) fn touch_daemons<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        for service in (0..self.services.len() as u32).map(ServiceId) {
            if self.is_daemon(service) {
                self.touch(service, around);
            }
        }
    }

    /// An instance is drained before its end; [`Notice::Drained`] tells when it is empty.
    pub fn drain_for_end<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(host) = self.hosts.by_machine.get_mut(&machine) {
            host.ends = true;
        }
        self.drain(machine, around);
    }

    /// An instance that is drained because its owner wanted that may have tasks again. Those that
    /// are still on it may stay.
    pub fn end_drain<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(host) = self.hosts.by_machine.get_mut(&machine) else { return };
        if host.ends || !std::mem::take(&mut host.draining) {
            return;
        }
        let (instance, logged) = (host.instance, host.logged);
        let tasks: Vec<TaskId> = host.tasks.values().copied().collect();
        self.fleet.set_draining(instance, false);
        self.log.add(around.now(), Entry::Active { instance: logged });
        for task in tasks {
            self.task_mut(task).leaving = false;
            self.refresh(task, around);
        }
        self.touch_daemons(around);
        self.settle(around);
    }

    /// An instance is drained: before its end, or because its owner wants that
    /// (`update-container-instances-state`). One that has not joined has nothing to drain.
    pub fn drain<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(host) = self.hosts.by_machine.get_mut(&machine) else {
            // an agent that has not registered yet has nothing to drain
            around.tell(Notice::Drained { machine });
            return;
        };
        let (instance, logged, empty) = (host.instance, host.logged, host.tasks.is_empty());
        if std::mem::replace(&mut host.draining, true) {
            if host.tasks.is_empty() {
                around.tell(Notice::Drained { machine });
            }
            return;
        }
        let tasks: Vec<TaskId> = host.tasks.values().copied().collect();
        self.fleet.set_draining(instance, true);
        self.log.add(around.now(), Entry::Draining { instance: logged });
        for task in tasks {
            self.task_mut(task).leaving = true;
            self.refresh(task, around);
        }
        self.touch_daemons(around);
        if empty {
            around.tell(Notice::Drained { machine });
        }
        self.settle(around);
    }

    /// A machine is no more, with all that was on it: an instance, or that of a task on Fargate.
    /// Nothing happens where there is no such machine.
    pub fn machine_lost<S>(&mut self, machine: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(task) = self.fargate.machines.get(&machine).copied() {
            self.lose(task, StopReason::MachineFailed, around);
        }
        if let Some(host) = self.hosts.by_machine.get_mut(&machine) {
            // nobody is to hear any more that it is empty
            host.draining = false;
            let (instance, logged) = (host.instance, host.logged);
            let tasks: Vec<TaskId> = host.tasks.values().copied().collect();
            self.log.add(around.now(), Entry::Lost { instance: logged });
            let name = self.log.instance_name(logged).to_owned();
            for task in tasks {
                self.lose(task, StopReason::HostTerminated(name.clone()), around);
            }
            self.fleet.deregister(instance);
            self.hosts.by_machine.remove(&machine);
            self.hosts.of.remove(&instance);
            self.counts.instances -= 1;
            self.touch_daemons(around);
        }
        self.settle(around);
    }

    /// A task for which an instance has room gets its part of it. The instance was chosen by the
    /// fleet, which has put the task there.
    pub(super) fn placed_on<S>(
        &mut self,
        id: TaskId,
        instance: InstanceId,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let machine = self.hosts.machine(instance);
        let (number, other) = (self.task(id).number, !self.is_of_daemon(id));
        let host = self.hosts.by_machine.get_mut(&machine).expect("an instance has a machine");
        host.tasks.insert(number, id);
        host.others += u32::from(other);
        let Host { engine, zone, logged, .. } = *host;
        let place = Place { instance: Some(instance), machine, engine, zone, logged };
        self.protect_host(machine, around);
        self.placed(id, place, around);
    }

    fn is_of_daemon(&self, id: TaskId) -> bool {
        self.service_of(id).is_some_and(|service| self.is_daemon(service))
    }

    /// A task that has stopped gives its part of an instance back.
    pub(super) fn leaves_instance<S>(
        &mut self,
        id: TaskId,
        place: Place,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Place { instance, machine, .. } = place;
        let (number, kind) = (self.task(id).number, self.task(id).kind);
        let other = !self.is_of_daemon(id);
        if let Some(instance) = instance {
            self.fleet.release(instance, &self.kinds[kind.0 as usize].demand.need);
        }
        let Some(host) = self.hosts.by_machine.get_mut(&machine) else { return };
        host.tasks.remove(&number);
        host.others -= u32::from(other);
        let (draining, empty, others) = (host.draining, host.tasks.is_empty(), host.others);
        self.protect_host(machine, around);
        if draining && empty {
            around.tell(Notice::Drained { machine });
        } else if draining && others == 0 {
            self.touch_daemons(around);
        }
        self.room = true;
    }

    /// Tells the group of an instance whether it may terminate it, where that is another now.
    fn protect_host<S>(&mut self, machine: u32, around: &mut Around<'_, S>) {
        let host = self.hosts.by_machine.get_mut(&machine).expect("the machine is known");
        let Some(provider) = host.provider else { return };
        let managed = self.settings.providers[provider as usize].termination_protection;
        let protected = host.others > 0;
        if managed && host.protected != protected {
            host.protected = protected;
            around.notices.push(Notice::Protects { machine, protected });
        }
    }
}
