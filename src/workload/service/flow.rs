//! The way of a request through a service.

use super::{
    AppId, HostEvent, ReplicaId, Service, ServiceEvent, ServiceNotice, Services, Source,
    Surroundings, Work,
};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::workload::request::{Attempt, AttemptId};
use crate::workload::server::Reception;

/// A user who does not think still needs this long to see that a request was refused.
const SHORTEST_PAUSE: SimDuration = SimDuration::from_millis(1);

/// How a request can end without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    TimedOut,
    Refused,
    Failed,
}

impl Services {
    /// The next request from outside.
    pub(super) fn arrival<S>(&mut self, app: AppId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        if let Some(Source::Open(process)) = &mut self.services[app.0 as usize].source
            && let Some(time) = process.next()
        {
            around.schedule.at(time, Phase::Arrive, ServiceEvent::Arrival(app));
        }
        self.request(app, None, around);
    }

    /// A new request, from outside or from another app.
    fn request<S>(
        &mut self,
        app: AppId,
        caller: Option<AttemptId>,
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
        let demand = service.demand.sample(&mut service.demands).as_nanos() as f64;
        let wait = service.wait.as_ref().map(|law| law.sample(&mut service.waits).as_nanos());
        let operations = service.operations();
        let attempt = self.attempts.insert(Attempt {
            app,
            caller,
            from,
            replica: None,
            first_sent: now,
            sent: now,
            demand,
            wait: wait.unwrap_or(0),
            operations,
            stored: now,
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
        let (app, from) = (attempt.app, attempt.from);
        let service = &mut self.services[app.0 as usize];
        let Some(replica) = service.router.pick(from, &mut service.picks) else {
            self.unanswered(id, Failure::Refused, around);
            return;
        };
        let server = &mut self.servers[replica as usize];
        let reception = server.receive(id);
        if reception == Reception::Refused {
            self.unanswered(id, Failure::Refused, around);
            return;
        }
        let replica_id = ReplicaId(replica);
        self.attempts.get_mut(id).replica = Some(replica_id);
        service.router.started(replica);
        service.meters.sent(from, self.zones.zone(server.site.host));
        if server.exceeds_allowance() {
            around.notices.push(ServiceNotice::AllowanceExceeded(replica_id));
        }
        self.arm_deadline(app, id, around);
        if reception == Reception::Begins {
            self.begin(id, around);
        }
    }

    fn arm_deadline<S>(&mut self, app: AppId, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let service = &mut self.services[app.0 as usize];
        let Some(deadlines) = &mut service.deadlines else {
            return;
        };
        deadlines.trim(|other| !self.attempts.is_live(other));
        let deadline = deadlines.arm(around.schedule.now(), id);
        if !service.deadline_armed {
            service.deadline_armed = true;
            around.schedule.at(deadline, Phase::Arrive, ServiceEvent::Deadline(app));
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
    fn begin_next<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
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
            self.next_stage(id, around);
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
        self.next_stage(id, around);
    }

    /// Makes the calls of the next stage, or answers when there is none.
    fn next_stage<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
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
            self.request(callee, Some(id), around);
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
        if let (false, Some(zone)) = (attempt.orphaned, self.zone_of(&attempt)) {
            self.services[attempt.app.0 as usize].meters.returned(attempt.from, zone);
        }
        if self.answer_is_late(&attempt, now) {
            // the answer is on its way, and the client gives up before it is there
            let replica = self.attempts.get_mut(id).replica.take();
            let replica = replica.expect("an answer comes from a replica");
            self.services[attempt.app.0 as usize].router.finished(replica.0);
        } else {
            self.attempts.remove(id);
            self.deliver_answer(&attempt, around);
        }
        if let Some(next) = next {
            self.begin_next(next, around);
        }
    }

    /// The zone of the replica that holds an attempt.
    fn zone_of(&self, attempt: &Attempt) -> Option<u32> {
        let replica = attempt.replica?;
        Some(self.zones.zone(self.servers[replica.0 as usize].site.host))
    }

    /// What the network adds to an attempt's answer from a replica.
    fn way(&self, attempt: &Attempt, replica: ReplicaId) -> SimDuration {
        let site = &self.servers[replica.0 as usize].site;
        site.latency + self.zones.latency(attempt.from, site.host)
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
            let service = &mut self.services[attempt.app.0 as usize];
            service.router.finished(replica.0);
            service.meters.answered(now.since(attempt.first_sent) + extra);
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
    fn leave_server<S>(
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

    /// The replica died under an attempt, or a call it needed failed.
    pub(super) fn failed<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let next = self.leave_server(id, around);
        let attempt = self.attempts.get_mut(id);
        if attempt.orphaned {
            self.attempts.remove(id);
        } else {
            if let Some(replica) = attempt.replica.take() {
                self.services[attempt.app.0 as usize].router.finished(replica.0);
            }
            self.unanswered(id, Failure::Failed, around);
        }
        if let Some(next) = next {
            self.begin_next(next, around);
        }
    }

    /// Deadlines of an app's attempts have come.
    pub(super) fn deadline<S>(&mut self, app: AppId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let service = &mut self.services[app.0 as usize];
        service.deadline_armed = false;
        let deadlines =
            service.deadlines.as_mut().expect("only apps with a timeout have deadlines");
        let mut due = std::mem::take(&mut self.due);
        deadlines.expired(now, |id| !self.attempts.is_live(id), &mut due);
        if let Some(next) = deadlines.next(|id| !self.attempts.is_live(id)) {
            service.deadline_armed = true;
            around.schedule.at(next, Phase::Arrive, ServiceEvent::Deadline(app));
        }
        for id in due.drain(..) {
            if self.attempts.is_live(id) {
                self.timed_out(id, around);
            }
        }
        self.due = due;
    }

    /// The client gives up; the server works on without knowing, in a slot of its own.
    fn timed_out<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        let Some(replica) = attempt.replica else {
            // it was answered, too late
            self.unanswered(id, Failure::TimedOut, around);
            return;
        };
        attempt.orphaned = true;
        let client = Attempt { replica: None, orphaned: false, ..*attempt };
        self.services[client.app.0 as usize].router.finished(replica.0);
        let client = self.attempts.insert(client);
        self.unanswered(client, Failure::TimedOut, around);
    }

    /// An attempt has come to nothing: the client tries again or gives up.
    fn unanswered<S>(&mut self, id: AttemptId, failure: Failure, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let attempt = self.attempts.get_mut(id);
        let service = &mut self.services[attempt.app.0 as usize];
        if attempt.tries < service.app.retries {
            let doubled = 1u64 << attempt.tries.min(20);
            let pause = service.app.retry_backoff.as_nanos().saturating_mul(doubled);
            let pause = SimDuration::from_nanos(pause);
            let again = Attempt {
                tries: attempt.tries + 1,
                stage: 0,
                pending: 0,
                replica: None,
                ..*attempt
            };
            // a new generation, so that late answers to the old attempt's calls find nobody
            self.attempts.remove(id);
            let again = self.attempts.insert(again);
            service.meters.retries += 1;
            around.schedule.after(pause, Phase::Arrive, ServiceEvent::Retry(again));
            return;
        }
        let attempt = *attempt;
        self.attempts.remove(id);
        let account = &mut service.meters.account;
        match failure {
            Failure::TimedOut => account.timed_out += 1,
            Failure::Refused => account.refused += 1,
            Failure::Failed => account.failed += 1,
        }
        self.close(&attempt, SimDuration::ZERO, around);
        if let Some(caller) = attempt.caller
            && self.is_worked_on(caller)
        {
            self.failed(caller, around);
        }
    }

    /// A request has ended, one way or another; a user behind it, whom the news reaches after
    /// `delay`, thinks about the next.
    fn close<S>(&mut self, attempt: &Attempt, delay: SimDuration, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let now = around.schedule.now();
        let service = &mut self.services[attempt.app.0 as usize];
        service.meters.left(now);
        if let Some(Source::Closed(users)) = &mut service.source
            && attempt.caller.is_none()
        {
            let mut pause = users.think() + delay;
            if pause.is_zero() && attempt.first_sent == now {
                // refused at once: without a pause it would be sent again in this very instant
                pause = service.app.retry_backoff.max(SHORTEST_PAUSE);
            }
            around.schedule.after(pause, Phase::Arrive, ServiceEvent::Arrival(attempt.app));
        }
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
