//! What happened in a cluster and why: the events of its services, and the way of each task.
//!
//! Entries are kept small, for there are millions: subjects by number, texts once each.

mod told;

use std::collections::BTreeMap;

use super::ServiceId;
use super::kinds::KindId;
use crate::aws::ecs::task::{StopCode, TaskState};
use crate::docker::Timeline;
use crate::engine::{SimDuration, SimTime};

/// A text of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextId(pub(super) u32);

/// What a service says: its events. What `a` of an entry is stands with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It has started so many tasks.
    Started,
    /// It has stopped so many tasks.
    Stopped,
    /// It finds no place for a task; a text says why.
    Unplaced,
    /// A task is unhealthy: its number; `b` is the text that says what it failed.
    Unhealthy,
    /// A task stopped before it ran: its number; `b` is the text that says why.
    Inconsistent,
    /// It is steady.
    Steady,
    /// It can neither stop nor start anything.
    Deadlock,
    /// A deployment begins: its number.
    Deploys,
    /// A deployment has completed: its number.
    Completed,
    /// A deployment has failed: its number; `b` is the text that says why.
    Failed,
    /// A deployment has failed, and this one comes back; `b` is the text that says why.
    RollsBack,
}

/// Something that happened. Tasks are numbered as they were created, instances as they joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A task came.
    Created { task: u32 },
    /// It got an instance.
    Placed { task: u32, instance: u32 },
    /// A container's image came, in so many layers; others were there, or came for another.
    Pulled { task: u32, container: u8, pulled: u8, present: u8, milliseconds: u32, kib: u32 },
    /// A container's image did not come, and is asked for again.
    PullsAgain { task: u32, container: u8, milliseconds: u32, reason: TextId },
    /// A container's process runs.
    Started { task: u32, container: u8 },
    /// A container's process has ended.
    Exited { task: u32, container: u8, code: i32, out_of_memory: bool },
    /// It is in another state, which is neither the first nor RUNNING nor STOPPED.
    State { task: u32, state: TaskState },
    /// It runs.
    Running { task: u32 },
    /// It is to stop.
    Stopping { task: u32, reason: TextId },
    /// It has stopped.
    Stopped { task: u32, code: StopCode },
    /// `run-task` could not create so many tasks of this kind.
    Refused { tasks: u32, reason: TextId },
    /// An event of a service.
    Said { service: u16, said: Said, a: u32, b: u32 },
    /// A service is to have another number of tasks.
    Scaled { service: u16, from: u32, to: u32 },
    /// The group of a provider is asked to have another size.
    Capacity { provider: u16, from: u32, to: u32 },
    /// An instance joined.
    Registered { instance: u32 },
    /// An instance is drained.
    Draining { instance: u32 },
    /// An instance is drained no more.
    Active { instance: u32 },
    /// The machine of an instance is gone.
    Lost { instance: u32 },
}

const _: () = assert!(size_of::<(SimTime, Entry)>() <= 24, "there are millions of entries");

/// The log of a cluster.
#[derive(Debug, Default)]
pub struct Log {
    /// Whether nobody wants entries.
    unwanted: bool,
    entries: Vec<(SimTime, Entry)>,
    /// By number of task: its kind.
    tasks: Vec<KindId>,
    /// Tasks so far, where they are not kept.
    count: u32,
    services: Vec<Box<str>>,
    /// Names of instances, as they joined.
    instances: Vec<Box<str>>,
    texts: Vec<Box<str>>,
    known: BTreeMap<Box<str>, TextId>,
}

impl Log {
    /// A log that is kept, or is not.
    pub(super) fn new(wanted: bool) -> Self {
        Self { unwanted: !wanted, ..Self::default() }
    }

    /// Adds what happened now, or what became known now and happened before.
    pub(super) fn add(&mut self, time: SimTime, entry: Entry) {
        if !self.unwanted {
            self.entries.push((time, entry));
        }
    }

    /// Notes that a task is in another state. One that it leaves in the same instant nobody sees.
    pub(super) fn state(&mut self, now: SimTime, task: u32, state: TaskState) {
        let before = self.entries.last();
        if matches!(before, Some((time, Entry::State { task: same, .. }))
            if *time == now && *same == task)
        {
            self.entries.pop();
        }
        match state {
            TaskState::Running => self.add(now, Entry::Running { task }),
            TaskState::Provisioning | TaskState::Stopped | TaskState::Deleted => {}
            state => self.add(now, Entry::State { task, state }),
        }
    }

    /// Numbers a new task.
    pub(super) fn name_task(&mut self, kind: KindId) -> u32 {
        if !self.unwanted {
            self.tasks.push(kind);
        }
        self.count += 1;
        self.count - 1
    }

    /// Keeps the name of a new service.
    pub(super) fn name_service(&mut self, name: &str) {
        self.services.push(name.into());
    }

    /// Numbers an instance that joins. Machines on Fargate have one name, and one number.
    pub(super) fn name_instance(&mut self, name: &str) -> u32 {
        let known = self.instances.last().is_some_and(|last| &**last == name);
        if !known {
            self.instances.push(name.into());
        }
        self.instances.len() as u32 - 1
    }

    /// Keeps a text, each once.
    pub(super) fn text(&mut self, text: &str) -> TextId {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let id = TextId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.known.insert(text.into(), id);
        id
    }

    /// Notes that the image of a container came, unless it was there.
    pub(super) fn pulled(&mut self, task: u32, container: u32, timeline: &Timeline) {
        let (Some(asked), Some(ready)) = (timeline.started, timeline.image_ready) else { return };
        let milliseconds = saturated(ready.since(asked).as_nanos() / 1_000_000);
        if milliseconds == 0 {
            return;
        }
        let account = &timeline.account;
        let layers = |count: u32| u8::try_from(count).unwrap_or(u8::MAX);
        let entry = Entry::Pulled {
            task,
            container: container as u8,
            pulled: layers(account.layers_pulled),
            present: layers(account.layers_present + account.layers_joined),
            milliseconds,
            kib: saturated(account.bytes.0.div_ceil(1024)),
        };
        self.add(ready, entry);
    }

    /// Notes that the image of a container did not come, and is asked for again.
    pub(super) fn pulls_again(
        &mut self,
        now: SimTime,
        task: u32,
        container: u32,
        wait: SimDuration,
        reason: TextId,
    ) {
        let milliseconds = saturated(wait.as_nanos() / 1_000_000);
        let container = container as u8;
        self.add(now, Entry::PullsAgain { task, container, milliseconds, reason });
    }

    /// All entries, in the order in which they became known.
    pub fn entries(&self) -> &[(SimTime, Entry)] {
        &self.entries
    }

    /// The name of a service.
    pub fn service_name(&self, service: u16) -> &str {
        &self.services[service as usize]
    }

    /// The name of an instance there is or was.
    pub fn instance_name(&self, instance: u32) -> &str {
        &self.instances[instance as usize]
    }

    /// A text.
    pub fn text_of(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    /// A text, by the number that an event of a service has of it.
    pub fn text_at(&self, number: u32) -> &str {
        self.text_of(TextId(number))
    }
}

fn saturated(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The name of a deployment of a service: `ecs-svc/` and 19 digits, which hang on both alone.
pub(super) fn deployment(service: ServiceId, number: u32) -> String {
    let seed = u64::from(service.0) << 32 | u64::from(number);
    format!("ecs-svc/{:019}", mixed(seed) % 10_000_000_000_000_000_000)
}

/// The name of a task: 32 digits, which hang on its number alone.
pub(super) fn task(number: u32) -> String {
    let number = u64::from(number);
    format!("{:016x}{:016x}", mixed(number), mixed(!number))
}

/// Numbers that look like drawn ones (the finalizer of SplitMix64, Steele et al., OOPSLA 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
