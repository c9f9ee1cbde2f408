//! The log of a cluster as reports take it, services in the words that `describe-services` has for
//! their events.
//!
//! Source: Amazon ECS Developer Guide, "Service event messages".

use super::{Entry, Log, Said, TextId};
use crate::aws::ecs::control::kinds::KindId;
use crate::aws::ecs::control::{ControlPlane, ServiceId};
use crate::engine::SimTime;
use crate::metrics::events::{self, Detail, Event, EventLog, Kind, Object, ObjectId, Pull, Reason};

impl ControlPlane {
    /// What happened in it, for reports; its own log is empty from now on.
    pub fn take_events(&mut self) -> EventLog {
        let mut log = std::mem::take(&mut self.log);
        if log.unwanted {
            return EventLog::default();
        }
        let mut entries = std::mem::take(&mut log.entries);
        // what became known late is told when it happened
        entries.sort_by_key(|(time, _)| *time);
        let mut teller = Teller { log, control: self };
        let events = entries.into_iter().map(|(time, entry)| teller.told(time, entry)).collect();
        let objects = teller.objects();
        EventLog { events, objects, texts: teller.log.texts }
    }
}

/// Turns entries into events.
struct Teller<'a> {
    log: Log,
    control: &'a ControlPlane,
}

/// What is said of a deployment that can never come about.
const DEADLOCK: &str = "was unable to stop or start tasks during a deployment because of the \
                        service deployment configuration. Update the minimumHealthyPercent or \
                        maximumPercent value and try again.";

impl Teller<'_> {
    /// All objects: tasks, services, instances, providers, and the cluster itself.
    fn objects(&self) -> Vec<Object> {
        let cluster = &self.control.settings.name;
        let of = |kind, name: &str| Object { kind, key: format!("{cluster}/{name}").into() };
        let tasks = (0..self.log.count).map(|number| of(Kind::Task, &super::task(number)));
        let services = self.log.services.iter().map(|name| of(Kind::Service, name));
        let plain = |kind, key: &str| Object { kind, key: key.into() };
        let instances = self.log.instances.iter();
        let instances = instances.map(|name| plain(Kind::ContainerInstance, name));
        let providers = self.control.settings.providers.iter();
        let providers = providers.map(|it| plain(Kind::CapacityProvider, &it.name));
        let all = tasks.chain(services).chain(instances).chain(providers);
        all.chain([plain(Kind::Cluster, cluster)]).collect()
    }

    fn task(number: u32) -> ObjectId {
        ObjectId::new(number as usize)
    }

    fn service(&self, service: usize) -> ObjectId {
        ObjectId::new(self.log.count as usize + service)
    }

    fn instance(&self, instance: usize) -> ObjectId {
        self.service(self.log.services.len() + instance)
    }

    fn provider(&self, provider: usize) -> ObjectId {
        self.instance(self.log.instances.len() + provider)
    }

    fn cluster(&self) -> ObjectId {
        self.provider(self.control.settings.providers.len())
    }

    fn kind(&self, task: u32) -> KindId {
        self.log.tasks[task as usize]
    }

    fn text(&mut self, text: &str) -> Option<events::TextId> {
        Some(known(self.log.text(text)))
    }

    /// Name and image of a container.
    fn container(&mut self, task: u32, container: u8) -> (events::TextId, events::TextId) {
        let definition = self.control.kind(self.kind(task)).definition;
        let containers = &self.control.definition(definition).containers;
        let one = &containers[container as usize];
        (known(self.log.text(&one.name)), known(self.log.text(&one.image)))
    }

    fn told(&mut self, time: SimTime, entry: Entry) -> Event {
        let (related, text, detail) = (None, None, Detail::None);
        let new = |reason, object| Event { time, reason, object, related, text, detail };
        match entry {
            Entry::Created { task } => {
                let service = self.control.kind(self.kind(task)).service;
                let related = service.map(|(service, _)| self.service(service.0 as usize));
                Event { related, ..new(Reason::TaskCreated, Self::task(task)) }
            }
            Entry::Placed { task, instance } => {
                let related = Some(self.instance(instance as usize));
                Event { related, ..new(Reason::TaskPlaced, Self::task(task)) }
            }
            Entry::State { task, state } => Event {
                text: self.text(state.name()),
                ..new(Reason::TaskStateChange, Self::task(task))
            },
            Entry::Running { task } => new(Reason::TaskRunning, Self::task(task)),
            Entry::Stopping { task, reason } => {
                Event { text: Some(known(reason)), ..new(Reason::TaskStopping, Self::task(task)) }
            }
            Entry::Stopped { task, code } => Event {
                text: self.text(&code.to_string()),
                ..new(Reason::TaskStopped, Self::task(task))
            },
            Entry::Refused { tasks, reason } => {
                let why = format!("{tasks} tasks were not created: {}", self.log.text_of(reason));
                Event { text: self.text(&why), ..new(Reason::RunTaskFailed, self.cluster()) }
            }
            Entry::Said { service, said, a, b } => {
                let (reason, words) = self.log.said(service, said, a, b);
                let words = format!("(service {}) {words}", self.log.service_name(service));
                Event { text: self.text(&words), ..new(reason, self.service(service as usize)) }
            }
            Entry::Scaled { service, from, to } => {
                let name = self.log.service_name(service);
                let words = format!("(service {name}) updated desired count from {from} to {to}.");
                Event {
                    text: self.text(&words),
                    detail: Detail::Replicas(from, to),
                    ..new(Reason::ServiceDesiredCountUpdated, self.service(service as usize))
                }
            }
            Entry::Capacity { provider, from, to } => {
                let words = format!("The desired capacity is to be {to}, and was {from}");
                Event {
                    text: self.text(&words),
                    detail: Detail::Replicas(from, to),
                    ..new(Reason::CapacityWanted, self.provider(provider as usize))
                }
            }
            Entry::Registered { instance } => {
                new(Reason::InstanceRegistered, self.instance(instance as usize))
            }
            Entry::Draining { instance } => {
                new(Reason::InstanceDraining, self.instance(instance as usize))
            }
            Entry::Active { instance } => {
                new(Reason::InstanceActive, self.instance(instance as usize))
            }
            Entry::Lost { instance } => new(Reason::InstanceLost, self.instance(instance as usize)),
            Entry::Pulled { task, container, .. }
            | Entry::PullsAgain { task, container, .. }
            | Entry::Started { task, container }
            | Entry::Exited { task, container, .. } => {
                self.of_container(time, entry, task, container)
            }
        }
    }

    fn of_container(&mut self, time: SimTime, entry: Entry, task: u32, container: u8) -> Event {
        let (name, image) = self.container(task, container);
        let (reason, text, detail) = match entry {
            Entry::Pulled { pulled, present, milliseconds, kib, .. } => {
                let (pulled, present) = (u16::from(pulled), u16::from(present));
                let pull = Pull { milliseconds, kib, pulled, present, joined: 0 };
                (Reason::Pulled, Some(image), Detail::Pull(name, pull))
            }
            Entry::PullsAgain { milliseconds, .. } => {
                (Reason::BackOff, Some(image), Detail::Wait(name, milliseconds))
            }
            Entry::Started { .. } => (Reason::Started, None, Detail::Container(name)),
            Entry::Exited { code, out_of_memory, .. } => {
                let reason = match (code, out_of_memory) {
                    (_, true) => Reason::OomKilled,
                    (0, false) => Reason::Completed,
                    _ => Reason::Error,
                };
                (reason, None, Detail::Exit(name, code))
            }
            _ => unreachable!("{entry:?} is not of a container"),
        };
        Event { time, reason, object: Self::task(task), related: None, text, detail }
    }
}

impl Log {
    /// What a service says, and what that is called.
    pub(in crate::aws::ecs::control) fn said(
        &self,
        service: u16,
        said: Said,
        a: u32,
        b: u32,
    ) -> (Reason, String) {
        let deployment = || super::deployment(ServiceId(u32::from(service)), a);
        match said {
            Said::Started => (Reason::ServiceTasksStarted, format!("has started {a} tasks.")),
            Said::Stopped => {
                (Reason::ServiceTasksStopped, format!("has stopped {a} running tasks."))
            }
            Said::Unplaced => (
                Reason::ServicePlacementFailure,
                format!(
                    "was unable to place a task because no container instance met all of its \
                     requirements. {}",
                    self.text_at(a)
                ),
            ),
            Said::Unhealthy => (
                Reason::ServiceTaskUnhealthy,
                format!("(task {}) {}", super::task(a), self.text_at(b)),
            ),
            Said::Inconsistent => (
                Reason::ServiceStartImpaired,
                format!(
                    "is unable to consistently start tasks successfully. (task {}) stopped: {}",
                    super::task(a),
                    self.text_at(b)
                ),
            ),
            Said::Steady => (Reason::ServiceSteadyState, "has reached a steady state.".to_owned()),
            Said::Deadlock => (Reason::ServiceDeploymentBlocked, DEADLOCK.to_owned()),
            Said::Deploys => (
                Reason::ServiceDeploymentInProgress,
                format!("(deployment {}) deployment in progress.", deployment()),
            ),
            Said::Completed => (
                Reason::ServiceDeploymentCompleted,
                format!("(deployment {}) deployment completed.", deployment()),
            ),
            Said::Failed => (
                Reason::ServiceDeploymentFailed,
                format!("(deployment {}) deployment failed: {}.", deployment(), self.text_at(b)),
            ),
            Said::RollsBack => (
                Reason::ServiceDeploymentFailed,
                format!("rolling back to deployment {}: {}.", deployment(), self.text_at(b)),
            ),
        }
    }
}

fn known(id: TextId) -> events::TextId {
    events::TextId::new(id.0 as usize)
}
