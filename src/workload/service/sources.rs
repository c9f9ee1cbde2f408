//! Where requests from outside come from, and when no more will come.

use super::{AppId, HostEvent, ReplicaId, Service, ServiceEvent, Services, Surroundings};
use crate::engine::{Phase, Schedule};
use crate::workload::arrivals::{RecordedRequest, Source};
use crate::workload::server::Server;

impl Services {
    /// Sends the first requests on their way. Called once, at the start.
    pub fn start<S: Schedule<ServiceEvent>>(&mut self, schedule: &mut S) {
        for (index, service) in self.services.iter_mut().enumerate() {
            let app = AppId(index as u32);
            if let Some(Source::Closed(users)) = &mut service.source {
                for _ in 0..users.count {
                    schedule.after(users.think(), Phase::Arrive, ServiceEvent::Arrival(app));
                }
            } else {
                service.await_next(app, schedule);
            }
        }
    }

    /// The next request from outside.
    pub(super) fn arrival<S>(&mut self, app: AppId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let service = &mut self.services[app.0 as usize];
        let recorded = match &mut service.source {
            Some(Source::Recorded(recorded)) => recorded.take().unwrap_or_default(),
            _ => RecordedRequest::default(),
        };
        service.await_next(app, around.schedule);
        self.fetch_next(app, around.hosts);
        self.request(app, None, recorded, around);
    }

    /// The replica in this server has this number among those of its app.
    pub fn set_number(&mut self, id: ReplicaId, number: u32) {
        let server = &mut self.servers[id.0 as usize];
        let service = &mut self.services[server.app.0 as usize];
        if !matches!(service.source, Some(Source::Recorded(_))) {
            return;
        }
        server.number = Some(number);
        let place = number as usize;
        if service.numbered.len() <= place {
            service.numbered.resize(place + 1, ReplicaId(u32::MAX));
        }
        service.numbered[place] = id;
    }

    /// Whether all requests have ended and no more come.
    #[inline]
    pub fn are_done(&self) -> bool {
        self.attempts.len() == 0 && self.services.iter().all(|service| !service.comes)
    }
}

impl Service {
    /// Has the next request come when it is due; users send theirs when they have thought.
    fn await_next<S: Schedule<ServiceEvent>>(&mut self, app: AppId, schedule: &mut S) {
        let next = match &mut self.source {
            Some(Source::Open(process)) => process.next(),
            Some(Source::Recorded(recorded)) => recorded.arrival(),
            Some(Source::Closed(users)) => {
                self.comes = users.count > 0;
                return;
            }
            None => None,
        };
        self.comes = next.is_some();
        if let Some(time) = next {
            schedule.at(time, Phase::Arrive, ServiceEvent::Arrival(app));
        }
    }

    /// The server of the replica of this number, if it has one.
    pub(super) fn server_of(&self, number: u32, app: AppId, servers: &[Server]) -> Option<u32> {
        let ReplicaId(place) = *self.numbered.get(number as usize)?;
        let server = servers.get(place as usize)?;
        (server.app == app && server.number == Some(number)).then_some(place)
    }
}
