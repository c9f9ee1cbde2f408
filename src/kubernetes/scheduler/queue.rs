//! The scheduling queue: which pod is tried next, and when again.
//!
//! Follows Kubernetes v1.36, pkg/scheduler/backend/queue. Pods are *active* (tried next, by
//! priority and time of entry), in *backoff* (rejected lately, and wait), *unschedulable* (rejected
//! without anything since that might help) or *gated*. An [`Event`] moves those pods on that it may
//! help, in the eyes of the very plugins that rejected them. There is no clock in here: whoever
//! asks says what time it is, and [`Queue::next_wakeup`] tells when time alone moves a pod.

mod entry;
mod event;
mod hints;
mod in_flight;
mod pool;
mod settings;
#[cfg(test)]
mod tests;

pub use entry::{Place, Rejectors};
pub use event::Event;
pub use hints::Context;
pub use settings::Settings;

use std::collections::BTreeSet;

use super::pod::PodId;
use super::shape::ShapeId;
use crate::engine::SimTime;
use entry::{Entry, Order};
use in_flight::{Happened, InFlight};
use pool::Pool;

/// How many pods are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To be tried next.
    pub active: usize,
    /// Waiting before they are tried again.
    pub backoff: usize,
    /// Not helped by any event since they were rejected.
    pub unschedulable: usize,
    /// Held by gates.
    pub gated: usize,
}

/// The queue of a scheduler. Every operation on one pod costs O(log n) for n pods.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    settings: Settings,
    /// By pod.
    entries: Vec<Option<Entry>>,
    active: BTreeSet<Order>,
    /// By the end of their wait.
    backoff: BTreeSet<(SimTime, Order)>,
    /// The same for pods that no plugin rejected; they are not tried before it ends.
    errors: BTreeSet<(SimTime, Order)>,
    pool: Pool,
    gated: usize,
    in_flight: InFlight,
    sequence: u64,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    // -- pods -------------------------------------------------------------------------------

    /// Takes in a pod that was just made.
    ///
    /// # Panics
    /// When the pod is in the queue.
    pub fn add(&mut self, context: &Context<'_>, pod: PodId, shape: ShapeId, now: SimTime) {
        assert!(self.entry(pod).is_none(), "a pod enters the queue once");
        let known = context.cluster.shape(shape);
        let (priority, gated) = (known.priority, !known.gates.is_empty());
        let entry = Entry {
            shape,
            priority,
            since: now,
            sequence: self.next_sequence(),
            rejections: 0,
            errors: 0,
            rejectors: Rejectors::NOBODY,
            place: Place::Active,
            mark: 0,
        };
        let place = if gated { Place::Gated } else { Place::Active };
        self.put(pod, entry, place);
    }

    /// The pod to be tried now, if any: it is in flight until it is [done](Self::done) or
    /// [rejected](Self::reject).
    pub fn pop(&mut self, now: SimTime) -> Option<PodId> {
        self.advance(now);
        let first = match self.active.first() {
            Some(&order) => order,
            None if self.settings.pop_from_backoff => self.backoff.first()?.1,
            None => return None,
        };
        let pod = first.3;
        let mut entry = self.take(pod).expect("what is in order is in the queue");
        entry.rejectors = Rejectors::NOBODY;
        entry.mark = self.in_flight.begin(pod);
        self.put(pod, entry, Place::InFlight);
        Some(pod)
    }

    /// A trial succeeded: the pod has a node, and is forgotten.
    pub fn done(&mut self, pod: PodId) {
        self.remove(pod);
    }

    /// A trial failed, because of plugins or, if there are none, for another reason
    /// (`AddUnschedulableIfNotPresent`). A pod that was removed meanwhile is not taken in again.
    pub fn reject(
        &mut self,
        context: &Context<'_>,
        pod: PodId,
        rejectors: Rejectors,
        now: SimTime,
    ) {
        self.advance(now);
        let Some(mut entry) = self.take(pod) else { return };
        if rejectors.is_empty() {
            entry.errors += 1;
        } else {
            entry.rejections += 1;
            entry.errors = 0;
        }
        (entry.rejectors, entry.since, entry.sequence) = (rejectors, now, self.next_sequence());
        let helped = rejectors.is_empty() || self.was_helped(context, pod, &entry);
        self.in_flight.end(pod, entry.mark);
        if helped {
            self.requeue(context, pod, entry, now);
        } else {
            self.put(pod, entry, Place::Unschedulable);
        }
    }

    /// Whether anything happened during a trial that may help a pod.
    fn was_helped(&self, context: &Context<'_>, pod: PodId, entry: &Entry) -> bool {
        self.in_flight.since(entry.mark).any(|happened| match happened {
            Happened::Event(event) => pool::is_helped(context, event, entry.shape, entry.rejectors),
            Happened::Flushed => true,
            Happened::Activated(other) => *other == pod,
            Happened::Updated { pod: other, old, new } => {
                *other == pod && is_helped_by_own_change(context, entry.rejectors, *old, *new)
            }
        })
    }

    /// A pod that waits for a node changed.
    pub fn update(&mut self, context: &Context<'_>, pod: PodId, shape: ShapeId, now: SimTime) {
        self.advance(now);
        let Some(entry) = self.entry(pod) else { return };
        let (old, place) = (entry.shape, entry.place);
        if place == Place::InFlight {
            self.in_flight.record(|| Happened::Updated { pod, old, new: shape });
            self.entries[pod.0 as usize].as_mut().expect("it was found").shape = shape;
            return;
        }
        let mut entry = self.take(pod).expect("it was found");
        let known = context.cluster.shape(shape);
        (entry.shape, entry.priority) = (shape, known.priority);
        let helped = match place {
            Place::Gated => known.gates.is_empty(),
            Place::Unschedulable => is_helped_by_own_change(context, entry.rejectors, old, shape),
            _ => false,
        };
        if helped {
            self.requeue(context, pod, entry, now);
        } else {
            self.put(pod, entry, place);
        }
    }

    /// Has a rejected pod tried again without a wait (`Activate`).
    pub fn activate(&mut self, pod: PodId) {
        match self.place(pod) {
            Some(Place::Backoff | Place::Unschedulable) => {
                let entry = self.take(pod).expect("it has a place");
                self.put(pod, entry, Place::Active);
            }
            Some(Place::InFlight) => self.in_flight.record(|| Happened::Activated(pod)),
            _ => {}
        }
    }

    /// Forgets a pod, wherever it is. Its number may then be used again.
    pub fn remove(&mut self, pod: PodId) {
        if let Some(entry) = self.take(pod)
            && entry.place == Place::InFlight
        {
            self.in_flight.end(pod, entry.mark);
        }
    }

    // -- what moves them --------------------------------------------------------------------

    /// Something happened that may help rejected pods. Only pods that a plugin rejected that
    /// registered for such events are looked at, and of each shape only one.
    pub fn happened(&mut self, context: &Context<'_>, event: &Event, now: SimTime) {
        self.advance(now);
        if self.pool.len() == 0 && self.in_flight.is_empty() {
            return;
        }
        for pod in self.pool.helped(context, event) {
            let entry = self.take(pod).expect("pods of the pool are in the queue");
            self.requeue(context, pod, entry, now);
        }
        self.in_flight.record(|| Happened::Event(event.clone()));
    }

    /// Does what time alone does: ends waits, and has pods tried again that were rejected long ago.
    pub fn advance(&mut self, now: SimTime) {
        let second = Settings::second(now);
        while let Some(&(end, order)) = self.backoff.first()
            && self.settings.is_over(end, second)
        {
            self.move_on(order.3, Place::Active);
        }
        while let Some(&(end, order)) = self.errors.first()
            && self.settings.is_over(end, second)
        {
            self.move_on(order.3, Place::Active);
        }
        while let Some((since, pod)) = self.pool.oldest()
            && self.settings.flushed(since) <= now
        {
            let entry = self.entry(pod).expect("pods of the pool are in the queue");
            let waits = self.settings.is_waiting(entry, now);
            self.move_on(pod, if waits { Place::Backoff } else { Place::Active });
            self.in_flight.record(|| Happened::Flushed);
        }
    }

    /// When time alone moves a pod next; never where there is no such pod.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<SimTime> {
        let ends = [self.backoff.first(), self.errors.first()];
        let back = ends.into_iter().flatten().map(|&(end, _)| Settings::back(end));
        let flushed = self.pool.oldest().map(|(since, _)| self.settings.flushed(since));
        back.chain(flushed).min()
    }

    /// Whether a pod would be [popped](Self::pop) at a time.
    #[must_use]
    pub fn is_ready(&self, now: SimTime) -> bool {
        !self.active.is_empty()
            || (self.settings.pop_from_backoff && !self.backoff.is_empty())
            || self.next_wakeup().is_some_and(|next| next <= now)
    }

    // -- what is where ----------------------------------------------------------------------

    /// Where a pod is, if it is in the queue.
    #[must_use]
    pub fn place(&self, pod: PodId) -> Option<Place> {
        self.entry(pod).map(|entry| entry.place)
    }

    /// How many pods are where.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            active: self.active.len(),
            backoff: self.backoff.len() + self.errors.len(),
            unschedulable: self.pool.len(),
            gated: self.gated,
        }
    }

    fn entry(&self, pod: PodId) -> Option<&Entry> {
        self.entries.get(pod.0 as usize)?.as_ref()
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Puts a pod where it is tried, now or after its wait (`requeuePodWithQueueingStrategy`).
    fn requeue(&mut self, context: &Context<'_>, pod: PodId, entry: Entry, now: SimTime) {
        let gated = !context.cluster.shape(entry.shape).gates.is_empty();
        let place = match self.settings.is_waiting(&entry, now) {
            _ if gated => Place::Gated,
            true => Place::Backoff,
            false => Place::Active,
        };
        self.put(pod, entry, place);
    }

    fn move_on(&mut self, pod: PodId, place: Place) {
        let entry = self.take(pod).expect("what is moved is in the queue");
        self.put(pod, entry, place);
    }

    /// Takes a pod out of the order it is in.
    fn take(&mut self, pod: PodId) -> Option<Entry> {
        let entry = self.entries.get_mut(pod.0 as usize)?.take()?;
        let order = entry.order(pod);
        match entry.place {
            Place::Active => {
                self.active.remove(&order);
            }
            Place::Backoff => {
                let end = self.settings.backoff_end(&entry).expect("it waits");
                self.waiting(&entry).remove(&(end, order));
            }
            Place::Unschedulable => self.pool.remove(pod, &entry),
            Place::Gated => self.gated -= 1,
            Place::InFlight => {}
        }
        Some(entry)
    }

    fn put(&mut self, pod: PodId, mut entry: Entry, place: Place) {
        entry.place = place;
        let order = entry.order(pod);
        match place {
            Place::Active => {
                self.active.insert(order);
            }
            Place::Backoff => {
                let end = self.settings.backoff_end(&entry).expect("it waits");
                self.waiting(&entry).insert((end, order));
            }
            Place::Unschedulable => self.pool.add(pod, &entry),
            Place::Gated => self.gated += 1,
            Place::InFlight => {}
        }
        let index = pod.0 as usize;
        if self.entries.len() <= index {
            self.entries.resize_with(index + 1, || None);
        }
        self.entries[index] = Some(entry);
    }

    /// The waiting pods among which a pod is.
    fn waiting(&mut self, entry: &Entry) -> &mut BTreeSet<(SimTime, Order)> {
        if entry.rejectors.is_empty() { &mut self.errors } else { &mut self.backoff }
    }
}

fn is_helped_by_own_change(
    context: &Context<'_>,
    rejectors: Rejectors,
    old: ShapeId,
    new: ShapeId,
) -> bool {
    let (old, new) = (context.cluster.shape(old), context.cluster.shape(new));
    rejectors.iter().any(|plugin| hints::own_change_helps(context, plugin, old, new))
}
