//! The way of a pod to being ready, and beyond.

use super::Part;
use crate::engine::{SimDuration, SimTime};
use crate::metrics::events::{Detail, Event, ObjectId, Reason};

/// When a pod came where; kept by being told all its events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// It was created.
    pub created: Option<SimTime>,
    /// It got a node.
    pub scheduled: Option<SimTime>,
    /// Its node.
    pub node: Option<ObjectId>,
    /// It waited for volumes, until then if that is over.
    volumes: Option<Option<SimTime>>,
    /// The last container started before it was ready.
    pub started: Option<SimTime>,
    /// It was ready for the first time.
    pub ready: Option<SimTime>,
    /// It is not ready any more, or not yet, since then.
    pub unready_since: Option<SimTime>,
    /// It was told to go.
    pub deleted: Option<SimTime>,
    /// All its containers have ended for good.
    pub over: Option<SimTime>,
    /// It is gone.
    pub gone: Option<SimTime>,
    /// How often a container ended other than well.
    pub failures: u32,
    /// It has no address, since it was first tried to connect it.
    pub unconnected_since: Option<SimTime>,
    /// How long it had none.
    unconnected: SimDuration,
    /// Pulls under way, and since when there are any.
    pulling: (u32, SimTime),
    /// When a pull that failed begins again by itself.
    again: Option<SimTime>,
    /// Time with pulls under way, until it was ready.
    pulled: SimDuration,
    /// Waits between attempts, until it was ready.
    waited: SimDuration,
}

impl Course {
    /// Something happened to the pod.
    pub fn apply(&mut self, event: &Event) {
        let now = Some(event.time);
        match event.reason {
            Reason::PodCreated => *self = Self { created: now, ..Self::default() },
            Reason::Scheduled => (self.scheduled, self.node) = (now, event.related),
            Reason::PodReady => {
                self.ready = self.ready.or(now);
                self.unready_since = None;
            }
            Reason::PodNotReady => self.unready_since = now,
            Reason::PodDeleted | Reason::Preempted => self.deleted = self.deleted.or(now),
            Reason::PodSucceeded | Reason::PodFailed => self.over = now,
            Reason::PodGone => self.gone = now,
            Reason::Error | Reason::OomKilled => self.failures += 1,
            _ => {}
        }
        if self.ready.is_none() {
            self.on_the_way(event);
        }
    }

    fn on_the_way(&mut self, event: &Event) {
        let (count, since) = &mut self.pulling;
        match (event.reason, event.detail) {
            (Reason::SuccessfulAttachVolume | Reason::FailedAttachVolume, _) => {
                self.volumes.get_or_insert_default();
            }
            (Reason::FailedCreatePodSandBox, _) => {
                if let Some(until) = &mut self.volumes {
                    until.get_or_insert(event.time);
                }
                self.unconnected_since.get_or_insert(event.time);
            }
            (Reason::Pulling, _) => {
                if let Some(until) = &mut self.volumes {
                    until.get_or_insert(event.time);
                }
                if let Some(since) = self.unconnected_since.take() {
                    self.unconnected += event.time.since(since);
                }
                self.again = None;
                if *count == 0 {
                    *since = event.time;
                }
                *count += 1;
            }
            (Reason::Pulled | Reason::Failed, _) if *count > 0 => {
                *count -= 1;
                if *count == 0 {
                    self.pulled += event.time.since(*since);
                }
            }
            (Reason::Pulled | Reason::Failed, _) => {
                if let Some(since) = self.again.take().filter(|since| *since < event.time) {
                    self.pulled += event.time.since(since);
                }
            }
            (Reason::Started, _) => self.started = Some(event.time),
            (Reason::BackOff, Detail::Wait(_, milliseconds)) => {
                let wait = SimDuration::from_millis(milliseconds.into());
                self.waited += wait;
                self.again = event.text.map(|_| event.time.saturating_add(wait));
            }
            _ => {}
        }
    }

    /// From being created to being ready, in seconds.
    pub fn ready_after(&self) -> Option<f64> {
        Some(self.ready?.since(self.created?).as_secs_f64())
    }

    /// What the way to being ready was made of, without what took no time.
    pub fn parts(&self) -> Vec<Part> {
        let (Some(created), Some(ready)) = (self.created, self.ready) else { return Vec::new() };
        let scheduled = self.scheduled.unwrap_or(created);
        let started = self.started.unwrap_or(scheduled);
        let between = |from: SimTime, until: SimTime| {
            if until > from { until.since(from).as_secs_f64() } else { 0.0 }
        };
        let (pulled, waited) = (self.pulled.as_secs_f64(), self.waited.as_secs_f64());
        let mounted = self.volumes.flatten().map_or(0.0, |until| between(scheduled, until));
        let unconnected = self.unconnected.as_secs_f64();
        let starting = between(scheduled, started) - mounted - unconnected - pulled - waited;
        let starting = starting.max(0.0);
        let parts = [
            ("without a node", between(created, scheduled)),
            ("volumes", mounted),
            ("without an address", unconnected),
            ("images", pulled),
            ("back-off", waited),
            ("starting", starting),
            ("until ready", between(started, ready)),
        ];
        // a millisecond is what waits are rounded to
        let parts = parts.into_iter().filter(|(_, seconds)| *seconds >= 0.001);
        parts.map(|(what, seconds)| Part { what, seconds }).collect()
    }
}
