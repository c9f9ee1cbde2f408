//! Tasks that wait in PROVISIONING for instances of their capacity provider.
//!
//! When an instance joins, or a task gives its part of one back, those that wait are placed, first
//! come first served, as far as there is room for them: one that does not fit lets those behind it
//! go first. A task that has waited for too long is given up.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::KindId;
use super::tasks::Wait;
use super::{Around, ControlEvent, ControlPlane, TaskId};
use crate::aws::ecs::task::StopReason;
use crate::docker::ContainerEvent;
use crate::engine::Schedule;

/// Tasks that wait, by kind and in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    kinds: BTreeMap<KindId, BTreeMap<u32, TaskId>>,
    tasks: u32,
}

impl Waiting {
    fn join(&mut self, kind: KindId, number: u32, task: TaskId) {
        self.kinds.entry(kind).or_default().insert(number, task);
        self.tasks += 1;
    }

    /// A task does not wait any more.
    pub fn leave(&mut self, kind: KindId, number: u32) {
        let tasks = self.kinds.get_mut(&kind).expect("a task of this kind waits");
        let left = tasks.remove(&number);
        assert!(left.is_some(), "task {number} waits");
        if tasks.is_empty() {
            self.kinds.remove(&kind);
        }
        self.tasks -= 1;
    }

    /// Whether any of a kind wait.
    pub fn has(&self, kind: KindId) -> bool {
        self.kinds.contains_key(&kind)
    }

    /// How many wait.
    pub fn len(&self) -> u32 {
        self.tasks
    }

    /// Kinds of which tasks wait, with the number of these.
    pub fn kinds(&self) -> impl Iterator<Item = (KindId, u32)> {
        self.kinds.iter().map(|(&kind, tasks)| (kind, tasks.len() as u32))
    }

    /// Whether tasks of such a kind wait.
    pub fn any(&self, is: impl Fn(KindId) -> bool) -> bool {
        self.kinds.keys().any(|&kind| is(kind))
    }

    /// The first of each kind: its number, and it.
    fn heads(&self) -> BTreeSet<(u32, KindId)> {
        let head = |(&kind, tasks): (&KindId, &BTreeMap<u32, TaskId>)| {
            tasks.first_key_value().map(|(&number, _)| (number, kind))
        };
        self.kinds.iter().filter_map(head).collect()
    }

    fn head(&self, kind: KindId) -> Option<(u32, TaskId)> {
        let tasks = self.kinds.get(&kind)?;
        tasks.first_key_value().map(|(&number, &task)| (number, task))
    }
}

impl ControlPlane {
    /// A task gets a place on an instance of its provider, now or later.
    pub(super) fn place_or_wait<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let kind = self.task(id).kind;
        let plan = self.plan(kind);
        // those of its kind that wait go first; of other kinds there is none that fits
        let first = self.waiting.head(kind).is_none();
        if let Some(instance) = first.then(|| self.fleet.place(plan, &mut self.lots)).flatten() {
            return self.placed_on(id, instance, around);
        }
        let due = around.now().saturating_add(self.settings.provisioning_timeout);
        let task = self.task_mut(id);
        let number = task.number;
        task.wait(Wait::Capacity, due);
        self.waiting.join(kind, number, id);
        self.arm(id, around);
    }

    /// There may be room for tasks that wait.
    pub(super) fn place_waiting<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let mut heads = self.waiting.heads();
        while let Some((number, kind)) = heads.pop_first() {
            let plan = self.plan(kind);
            let Some(instance) = self.fleet.place(plan, &mut self.lots) else { continue };
            let (_, task) = self.waiting.head(kind).expect("it waits");
            self.waiting.leave(kind, number);
            if let Some((next, _)) = self.waiting.head(kind) {
                heads.insert((next, kind));
            }
            self.placed_on(task, instance, around);
        }
    }

    /// A task has waited for too long.
    pub(super) fn gives_up_waiting<S>(&mut self, id: TaskId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let (kind, number) = (self.task(id).kind, self.task(id).number);
        self.waiting.leave(kind, number);
        let (why, _) = self.why_unplaced(kind);
        let reason = format!("Timeout waiting for capacity to be provisioned. {why}");
        self.stop(id, StopReason::NoCapacity(reason), around);
    }
}
