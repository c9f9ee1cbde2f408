//! The way of a request through a service.

use super::unanswered::Failure;
use super::{
    AppId, HostEvent, ReplicaId, Service, ServiceEvent, ServiceNotice, Services, Surroundings, Work,
};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::workload::arrivals::RecordedRequest;
use crate::workload::outside::OutsideCalls;
use crate::workload::request::{Attempt, AttemptId};
use crate::workload::server::Reception;

impl Services {
    /// A new request, from outside or from another app, of which a table may say more.
    pub(super) fn request<S>(
        &mut self,
        app: AppId,
        caller: Option<AttemptId>,
        recorded: RecordedRequest,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let from = match caller {
            Some(caller) => self.zone_of(self.attempts.get(caller)),
            None => self.services[app.0 as usize].entry(self.zones.count),
        };
        let service = &mut self.services[app.0 as usize];
        service.meters.arrived(now);
        let demand = match recorded.demand {
            Some(demand) => demand,
            None => service.demand.sample(&mut service.demands),
        };
        let wait = service.wait.as_ref().map(|law| law.sample(&mut service.waits).as_nanos());
        let operations = service.operations();
        let attempt = self.attempts.insert(Attempt {
            app,
            caller,
            from,
            replica: None,
            leg: None,
            first_sent: now,
            sent: now,
            demand: demand.as_nanos() as f64,
            to: recorded.replica,
            wait: wait.unwrap_or(0),
            operations,
            stored: now,
            outside: service.outside.as_mut().map(OutsideCalls::next).unwrap_or_default(),
            tries: 0,
            stage: 0,
            pending: 0,
            orphaned: false,
        });
        self.send(attempt, around);
    }

    /// The client sends an attempt to the replica that the load balancer picks.
    pub(super) fn send<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let attempt = self.attempts.get_mut(id);
        attempt.sent = now;
        let (app, from, to) = (attempt.app, attempt.from, attempt.to);
        let way = self.services[app.0 as usize].way_of(attempt);
        if self.is_blocked(id) {
            return self.drop_connection(id, around);
        }
        let service = &mut self.services[app.0 as usize];
        if let Some((balancer, group)) = way {
            self.send_through(balancer, group, id, around);
            return;
        }
        let picked = match to {
            None => service.router.pick(from, &mut service.picks),
            Some(number) => service.server_of(number, app, &self.servers),
        };
        let Some(replica) = picked else {
            self.unanswered(id, Failure::Refused, around);
            return;
        };
        let server = &mut self.servers[replica as usize];
        let reception = server.receive(id);
        if reception == Reception::Refused {
            self.unanswered(id, Failure::Refused, around);
            return;
        }
        service.router.started(replica);
        service.meters.sent(from, self.zones.zone(server.site.host));
        self.taken(id, ReplicaId(replica), reception, around);
    }

    /// A replica has taken an attempt.
    pub(super) fn taken<S>(
        &mut self,
        id: AttemptId,
        replica: ReplicaId,
        reception: Reception,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        attempt.replica = Some(replica);
        let app = attempt.app;
        if self.servers[replica.0 as usize].exceeds_allowance() {
            around.notices.push(ServiceNotice::AllowanceExceeded(replica));
        }
        self.arm_deadline(app, id, around);
        if reception == Reception::Begins {
            self.begin(id, around);
        }
    }

    /// A worker takes an attempt up.
    fn begin<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get(id);
        let (app, wait) = (attempt.app, attempt.wait);
        self.services[app.0 as usize].meters.waited(around.now().since(attempt.sent));
        if wait > 0 {
            let wait = SimDuration::from_nanos(wait);
            around.schedule.after(wait, Phase::Arrive, ServiceEvent::Waited(id));
        } else {
            self.store(id, around);
        }
    }

    /// A worker that has become free takes up the next attempt. One without work of its own goes by
    /// the calendar: were it to end at once, and the next, and the next, each would be another call
    /// on the stack.
    pub(super) fn begin_next<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get(id);
        if attempt.wait > 0 || attempt.operations > 0 || attempt.demand > 0.0 {
            self.begin(id, around);
            return;
        }
        let (app, waited) = (attempt.app, around.now().since(attempt.sent));
        self.services[app.0 as usize].meters.waited(waited);
        around.schedule.after(SimDuration::ZERO, Phase::Arrive, ServiceEvent::Waited(id));
    }

    /// An attempt goes on the CPU.
    pub(super) fn compute<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let attempt = self.attempts.get(id);
        let replica = attempt.replica.expect("an attempt that runs has a replica");
        if attempt.demand == 0.0 {
            self.worked(id, around);
            return;
        }
        let site = self.servers[replica.0 as usize].site;
        let host = &mut around.hosts[site.host.0 as usize];
        host.cpu.add_job(now, site.leaf, attempt.demand * site.effort, Work::Request(id.slot()));
        host.arm(around.schedule);
    }

    /// The CPU is done with the attempt in `slot`.
    pub fn computed<S>(&mut self, slot: u32, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let id = self.attempts.in_slot(slot);
        self.worked(id, around);
    }

    /// Makes the calls of the next stage, or answers when there is none.
    pub(super) fn next_stage<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        let stages = &self.services[attempt.app.0 as usize].calls;
        let Some(stage) = stages.get(usize::from(attempt.stage)) else {
            self.answered(id, around);
            return;
        };
        attempt.stage += 1;
        attempt.pending = stage.len() as u16;
        if stage.is_empty() {
            self.next_stage(id, around);
            return;
        }
        // one clone per stage of calls; requests without calls never get here
        for callee in stage.clone() {
            if !self.attempts.is_live(id) {
                break;
            }
            self.request(callee, Some(id), RecordedRequest::default(), around);
        }
    }

    /// A call that `id` waits for has been answered.
    pub(super) fn call_answered<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        if !self.is_worked_on(id) {
            return;
        }
        let attempt = self.attempts.get_mut(id);
        attempt.pending -= 1;
        if attempt.pending == 0 {
            self.next_stage(id, around);
        }
    }

    /// The replica has answered.
    fn answered<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let next = self.leave_server(id, around);
        let attempt = *self.attempts.get(id);
        if !attempt.orphaned {
            self.returns(&attempt, now);
        }
        if self.answer_is_late(&attempt, now) {
            // the answer is on its way, and the client gives up before it is there
            let waiting = self.attempts.get_mut(id);
            (waiting.replica, waiting.leg) = (None, None);
            self.ended(&attempt, false, around);
        } else {
            self.attempts.remove(id);
            self.deliver_answer(&attempt, around);
        }
        if let Some(next) = next {
            self.begin_next(next, around);
        }
    }

    /// An answer leaves a replica.
    fn returns(&mut self, attempt: &Attempt, now: SimTime) {
        let zone = self.zone_of(attempt).expect("an answer comes from a replica");
        let service = &mut self.services[attempt.app.0 as usize];
        match attempt.leg {
            Some(leg) => self.returns_through(attempt, &leg, now),
            None => service.meters.returned(attempt.from, zone),
        }
    }

    /// An attempt has ended at its replica, with an error of the replica or not, as its balancer
    /// hears.
    pub(super) fn ended<S>(
        &mut self,
        attempt: &Attempt,
        error: bool,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent>,
    {
        if let Some(leg) = attempt.leg {
            self.ended_through(attempt.app, &leg, error, around);
        }
        if let Some(replica) = attempt.replica {
            let host = self.servers[replica.0 as usize].site.host;
            if let Some(router) = self.services[attempt.app.0 as usize].router_of(attempt, host) {
                router.finished(replica.0);
            }
        }
    }

    /// The zone of the replica that holds an attempt.
    pub(super) fn zone_of(&self, attempt: &Attempt) -> Option<u32> {
        let replica = attempt.replica?;
        Some(self.zones.zone(self.servers[replica.0 as usize].site.host))
    }

    /// What the network adds to an attempt's answer from a replica.
    fn way(&self, attempt: &Attempt, replica: ReplicaId) -> SimDuration {
        let site = &self.servers[replica.0 as usize].site;
        let between = match attempt.leg {
            Some(leg) => self.way_through(attempt, &leg, site.host),
            None => self.zones.latency(attempt.from, site.host),
        };
        site.latency + between
    }

    /// Whether an answer given now reaches the client after its timeout, which counts from when
    /// the attempt was sent.
    fn answer_is_late(&self, attempt: &Attempt, now: SimTime) -> bool {
        let (Some(replica), false) = (attempt.replica, attempt.orphaned) else { return false };
        let extra = self.way(attempt, replica);
        let timeout = self.services[attempt.app.0 as usize].app.timeout;
        !extra.is_zero() && timeout.is_some_and(|most| now.since(attempt.sent) + extra > most)
    }

    /// The client gets its answer, if it still waits.
    fn deliver_answer<S>(&mut self, attempt: &Attempt, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        if !attempt.orphaned {
            let replica = attempt.replica.expect("an answer comes from a replica");
            let extra = self.way(attempt, replica);
            self.ended(attempt, false, around);
            let meters = &mut self.services[attempt.app.0 as usize].meters;
            meters.answered(attempt, now.since(attempt.first_sent) + extra);
            self.close(attempt, extra, around);
            match attempt.caller {
                Some(caller) if extra.is_zero() => self.call_answered(caller, around),
                Some(caller) => {
                    let event = ServiceEvent::Answered(caller);
                    around.schedule.after(extra, Phase::Arrive, event);
                }
                None => {}
            }
        }
    }

    /// Takes an attempt off its server; returns the one whose turn it is then.
    pub(super) fn leave_server<S>(
        &mut self,
        id: AttemptId,
        around: &mut Surroundings<'_, S>,
    ) -> Option<AttemptId> {
        let replica = self.attempts.get(id).replica?;
        let server = &mut self.servers[replica.0 as usize];
        let next = server.release();
        if server.is_drained() {
            around.notices.push(ServiceNotice::Drained(replica));
        }
        next
    }
}

impl Service {
    /// The zone in which the next request from outside comes in, if in any.
    fn entry(&mut self, zones: u32) -> Option<u32> {
        self.entries.as_mut().map(|draws| draws.below(zones as usize) as u32)
    }
}

impl<S: Schedule<ServiceEvent>> Surroundings<'_, S> {
    pub(super) fn now(&self) -> SimTime {
        self.schedule.now()
    }
}
