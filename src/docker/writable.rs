//! Writable layers: what containers write on top of their images, and a disk that is low or full.
//!
//! Each container has a layer of its own (overlayfs), which lives until it is removed, restarts
//! included. It shares the disk with the images. When that is full a write fails (ENOSPC), and a
//! process that writes is taken to end by that. Whoever wants to act before that asks to be told
//! when less than some amount is free ([`Engines::watch_disk`]): the instant is foreseen, and
//! nobody looks again and again.

use super::container::{ContainerId, Exit, ExitCode, ExitReason};
use super::engine::EngineId;
use super::engines::Engines;
use super::pull::Pulls;
use super::{ContainerEvent, Context};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::units::Bytes;

const NANOS: u128 = 1_000_000_000;

/// What the containers of one engine write. Integers, so that nothing is lost by rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Writable {
    /// Of processes that have ended, in containers that are there.
    ended: Bytes,
    /// Bytes per second of all processes that write.
    rate: u64,
    /// Sum of rate times begin, in bytes per second times nanoseconds.
    begun: u128,
    /// Moves with every forecast of a full disk.
    forecast: u32,
}

impl Writable {
    /// Bytes written by an instant.
    pub fn written(&self, now: SimTime) -> Bytes {
        let live = u128::from(self.rate) * u128::from(now.as_nanos()) - self.begun;
        Bytes(self.ended.0 + (live / NANOS) as u64)
    }

    /// Whether any process writes.
    pub fn grows(&self) -> bool {
        self.rate > 0
    }

    /// A process begins to write so many bytes per second.
    pub fn begin(&mut self, rate: u64, now: SimTime) {
        self.rate += rate;
        self.begun += u128::from(rate) * u128::from(now.as_nanos());
    }

    /// One that began at `since` ends. Returns what it has written.
    pub fn end(&mut self, rate: u64, since: SimTime, now: SimTime) -> Bytes {
        self.rate -= rate;
        self.begun -= u128::from(rate) * u128::from(since.as_nanos());
        let ran = now.since(since).as_nanos();
        let written = Bytes((u128::from(rate) * u128::from(ran) / NANOS) as u64);
        self.ended.0 += written.0;
        written
    }

    /// A container that has written this is removed.
    pub fn remove(&mut self, written: Bytes) {
        self.ended.0 -= written.0;
    }
}

impl Pulls {
    /// The space that is taken on a disk has changed, or the rate at which it is: forecasts when it
    /// will be low, if that is to be told, or full.
    pub(super) fn disk_changed<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        context: &mut Context<'_, S>,
    ) {
        self.wake_rounds(engine, context);
        self.filling.mark(engine as usize);
        let now = context.now();
        let store = &mut self.stores[engine as usize];
        let free = store.free(now);
        if store.watched.is_some_and(|watched| free < watched) {
            store.watched = None;
            self.low_disks.push(EngineId(engine));
        }
        // a byte more than it may become
        let left = store.watched.map_or(free, |watched| Bytes(free.0 - watched.0 + 1));
        let writable = &mut store.writable;
        if writable.grows() {
            writable.forecast = writable.forecast.wrapping_add(1);
            let nanos = (u128::from(left.0) * NANOS).div_ceil(u128::from(writable.rate));
            let wait = SimDuration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
            let event = ContainerEvent::DiskFull { engine, forecast: writable.forecast };
            context.calendar.after(wait, Phase::Release, event);
        }
    }
}

impl Engines {
    /// Has it told once, by [`take_low_disks`](Self::take_low_disks), that less than this is free
    /// on the disk of an engine.
    pub fn watch_disk<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: EngineId,
        below: Bytes,
        context: &mut Context<'_, S>,
    ) {
        self.pulls.store_mut(engine.0).watched = Some(below).filter(|below| *below > Bytes(0));
        self.pulls.disk_changed(engine.0, context);
    }

    /// Whether there is less free on the disk of an engine than was asked for, and nobody knows.
    pub fn has_low_disks(&self) -> bool {
        !self.pulls.low_disks.is_empty()
    }

    /// Engines on whose disks less is free than was asked for, each told once.
    pub fn take_low_disks(&mut self) -> Vec<EngineId> {
        std::mem::take(&mut self.pulls.low_disks)
    }

    /// Looks at the disks on which something changed since they were last looked at, or changes.
    pub fn look_at_disks(&mut self, now: SimTime) {
        let Pulls { filling, stores, fullest, .. } = &mut self.pulls;
        filling.retain(|engine| {
            *fullest = fullest.max(stores[engine].usage(now));
            stores[engine].writable.grows()
        });
    }

    /// The highest share of an engine's disk in use that was seen when they were looked at.
    pub fn fullest_disk(&self) -> f64 {
        self.pulls.fullest
    }

    /// What an engine's disk has in all.
    pub fn disk_size(&self, engine: EngineId) -> Bytes {
        self.pulls.store(engine.0).disk_size
    }

    /// What is free on an engine's disk at an instant.
    pub fn disk_free(&self, engine: EngineId, now: SimTime) -> Bytes {
        self.pulls.store(engine.0).free(now)
    }

    /// What a container has written by an instant, unless it was removed.
    pub fn written_by(&self, container: ContainerId, now: SimTime) -> Bytes {
        let written = self.get(container).map(|it| {
            let ran = it.writes_since.map_or(0, |since| now.since(since).as_nanos());
            let live = u128::from(it.spec.writes) * u128::from(ran) / NANOS;
            Bytes(it.written.0 + live as u64)
        });
        written.unwrap_or(Bytes(0))
    }

    /// The disk of an engine may be full: then every process that writes there ends.
    pub(super) fn disk_full<S: Schedule<ContainerEvent>>(
        &mut self,
        engine: u32,
        forecast: u32,
        context: &mut Context<'_, S>,
    ) {
        let store = self.pulls.store(engine);
        if store.writable.forecast != forecast || store.writable.rate == 0 {
            return;
        }
        let full = store.free(context.now()) == Bytes(0);
        if !full || store.watched.is_some() {
            self.pulls.disk_changed(engine, context);
        }
        if !full {
            return;
        }
        for container in self.engines[engine as usize].containers.clone() {
            if self.containers[container].writes_since.is_some() {
                let exit = Exit { code: ExitCode::FAILURE, reason: ExitReason::DiskFull };
                self.process_ended(container, exit, context);
            }
        }
    }

    /// The process of a container is up, and writes if it does.
    pub(super) fn begin_writing<S: Schedule<ContainerEvent>>(
        &mut self,
        index: u32,
        context: &mut Context<'_, S>,
    ) {
        let container = &mut self.containers[index];
        let (rate, engine) = (container.spec.writes, container.engine.0);
        if rate > 0 {
            container.writes_since = Some(context.now());
            self.pulls.store_mut(engine).writable.begin(rate, context.now());
            self.pulls.disk_changed(engine, context);
        }
    }

    /// The process of a container is gone.
    pub(super) fn end_writing(&mut self, index: u32, now: SimTime) {
        let container = &mut self.containers[index];
        if let Some(since) = container.writes_since.take() {
            let writable = &mut self.pulls.store_mut(container.engine.0).writable;
            container.written.0 += writable.end(container.spec.writes, since, now).0;
        }
    }
}
