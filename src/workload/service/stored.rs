//! What a request reads and writes: at the disk or volume of its replica, before it uses the CPU.

use super::endings::is_worked_on;
use super::{AppId, HostEvent, ReplicaId, Service, ServiceEvent, Services, Surroundings};
use crate::engine::{Phase, Schedule, SimTime, Stream, Streams};
use crate::scenario::App;
use crate::sharing::line::Served;
use crate::workload::operations::OperationCount;
use crate::workload::request::AttemptId;
use crate::workload::storage::{Io, Storage, StorageEvent, Usage};

/// The reading and writing of an app's requests.
pub(super) struct ServiceIo {
    io: Io,
    count: OperationCount,
    draws: Stream,
}

impl ServiceIo {
    pub fn of(app: &App, streams: Streams) -> Option<Self> {
        let io = app.io.as_ref()?;
        Some(Self {
            io: Io::from(io),
            count: OperationCount::new(io.operations),
            draws: streams.named(&format!("app/{}/io", app.name)),
        })
    }
}

impl Service {
    /// How many operations the next request has.
    pub(super) fn operations(&mut self) -> u32 {
        self.io.as_mut().map_or(0, |it| it.count.sample(&mut it.draws))
    }
}

/// A calendar as disks see it.
pub struct Disks<'a, S>(pub &'a mut S);

impl<S: Schedule<ServiceEvent>> Schedule<StorageEvent> for Disks<'_, S> {
    fn now(&self) -> SimTime {
        self.0.now()
    }

    fn at(&mut self, time: SimTime, phase: Phase, event: StorageEvent) {
        self.0.at(time, phase, ServiceEvent::Storage(event));
    }
}

impl Services {
    /// The disks and volumes that requests go to.
    pub fn storage(&self) -> &Storage<AttemptId> {
        &self.storage
    }

    /// The disks and volumes that requests go to, to be changed.
    pub fn storage_mut(&mut self) -> &mut Storage<AttemptId> {
        &mut self.storage
    }

    /// What a replica read and wrote on is no more.
    pub fn store_nowhere(&mut self, id: ReplicaId) {
        self.servers[id.0 as usize].site.device = None;
    }

    /// An attempt that has been off the CPU for its time reads and writes, if it does.
    pub(super) fn store<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let attempt = self.attempts.get_mut(id);
        let (app, operations) = (attempt.app, attempt.operations);
        let replica = attempt.replica.expect("an attempt that runs has a replica");
        let device = self.servers[replica.0 as usize].site.device;
        let there = device.filter(|(device, _)| operations > 0 && self.storage.has(*device));
        let Some((device, _)) = there else {
            self.compute(id, around);
            return;
        };
        attempt.stored = now;
        let io = self.services[app.0 as usize].io.as_ref().expect("who has operations does I/O");
        self.storage.submit(device, &io.io, operations, id, &mut Disks(around.schedule));
    }

    /// Something has happened at a disk.
    pub(super) fn on_storage<S>(&mut self, event: StorageEvent, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let mut served = std::mem::take(&mut self.served);
        self.storage.on(event, &mut served, &mut Disks(around.schedule));
        for served in served.drain(..) {
            self.served(served, around);
        }
        self.served = served;
    }

    /// A disk has done what an attempt asked of it, which takes as long as operations take that
    /// nothing hinders at least.
    fn served<S>(&mut self, served: Served<AttemptId>, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let id = served.token;
        if !self.is_worked_on(id) {
            return;
        }
        let now = around.now();
        let attempt = self.attempts.get(id);
        let (app, operations, stored) = (attempt.app, attempt.operations, attempt.stored);
        let replica = attempt.replica.expect("an attempt that is worked on has a replica");
        let latency = self.servers[replica.0 as usize].site.device.map(|(_, latency)| latency);
        let service = &mut self.services[app.0 as usize];
        let io = &service.io.as_ref().expect("who has operations does I/O").io;
        let least = io.unhindered(operations, latency.unwrap_or_default());
        let end = now.max(served.begun.saturating_add(least));
        service.meters.stored(operations, served.begun.since(stored), end.since(stored));
        if end > now {
            around.schedule.at(end, Phase::Arrive, ServiceEvent::Stored(id));
        } else {
            self.compute(id, around);
        }
    }

    /// Requests of a replica that nobody works on any more are not served.
    pub(super) fn forget_stored<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let Some((device, _)) = self.servers[id.0 as usize].site.device else { return };
        let Self { attempts, servers, storage, .. } = self;
        let keep = |id| is_worked_on(attempts, servers, id);
        storage.retain(device, keep, &mut Disks(around.schedule));
    }

    /// What the disks and volumes of an app did in the measured time: those it has to itself, or
    /// else those of the hosts.
    pub fn disk_usage(&self, app: AppId, has_volumes: bool, now: SimTime) -> Usage {
        let pool = if has_volumes { app.0 } else { self.services.len() as u32 };
        self.storage.usage(pool, now)
    }
}
