//! How replicas end, and what becomes of the requests that they hold.

use super::unanswered::Failure;
use super::{HostEvent, ReplicaId, ServiceEvent, Services, Site, Surroundings};
use crate::aws::elb::outcome;
use crate::engine::Schedule;
use crate::workload::request::{AttemptId, Attempts};
use crate::workload::server::Server;

impl Services {
    /// A replica takes no more requests, of which the balancer does not know: what it sends there
    /// is refused. Those it holds are answered, as with [`drain`](Self::drain).
    pub fn shut<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>) -> u32
    where
        S: Schedule<ServiceEvent>,
    {
        let server = &mut self.servers[id.0 as usize];
        server.drain();
        let held = if server.is_silent() { 0 } else { server.held() };
        self.answers_checks(id, around);
        held
    }

    /// A replica that was shut or whose process died takes requests again, where it is now. What
    /// was sent to a machine that was gone is unknown there.
    pub fn reopen<S>(&mut self, id: ReplicaId, site: Site, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        if self.servers[id.0 as usize].is_silent() {
            self.cut_off(id, around);
        }
        let app = self.servers[id.0 as usize].app;
        let mut server = Server::new(app, &self.services[app.0 as usize].app, site);
        server.target = self.servers[id.0 as usize].target;
        server.number = self.servers[id.0 as usize].number;
        self.servers[id.0 as usize] = server;
        self.answers_checks(id, around);
    }

    /// A replica is gone. The requests it held fail, or wait in vain where its machine is gone
    /// too; their jobs have been taken off the CPU. A target of a load balancer is deregistered, if
    /// it was not before, and its number is not used again before it has been
    /// [drained](super::ServiceNotice::TargetDrained).
    pub fn replica_down<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = Schedule::<ServiceEvent>::now(around.schedule);
        self.unroute(id, now);
        self.process_died(id, around);
        self.leave_waiting(id, around);
        if !self.awaits_balancer(id, around) {
            self.free_servers.push(id);
        }
    }

    /// The process of a replica is gone, of which the balancer does not know. What it sends there
    /// is refused, and the requests it held fail; their jobs have been taken off the CPU.
    ///
    /// Where the machine is gone as well, nobody says so: what it held and what is sent there is
    /// given up at the client's `timeout`. TCP itself would give up after a quarter of an hour
    /// (Linux, `net.ipv4.tcp_retries2`); requests of apps without a timeout fail at once here,
    /// unless a load balancer waits for them, which does not for ever.
    pub fn process_died<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let server = &mut self.servers[id.0 as usize];
        let service = &self.services[server.app.0 as usize];
        let patient = service.app.timeout.is_some() || service.balanced.is_some();
        if patient && !around.hosts[server.site.host.index()].is_up() {
            server.fall_silent();
            self.forget_stored(id, around);
        } else {
            self.cut_off(id, around);
        }
        self.answers_checks(id, around);
    }

    /// All requests of a replica fail.
    fn cut_off<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        self.servers[id.0 as usize].reset();
        let app = self.servers[id.0 as usize].app;
        for held in self.attempts.held_by(id) {
            if self.attempts.is_live(held) {
                let failure = match self.services[app.0 as usize].way_of(self.attempts.get(held)) {
                    Some(_) => Failure::Undelivered(outcome::Failure::Closed),
                    None => Failure::Failed,
                };
                self.lost(held, around);
                self.failed(held, failure, around);
            }
        }
        self.forget_stored(id, around);
        self.unpin(id, around);
    }

    /// No replica holds an attempt any more.
    fn lost<S>(&mut self, id: AttemptId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let held = self.attempts.get_mut(id);
        let before = *held;
        (held.replica, held.leg) = (None, None);
        if !before.orphaned {
            self.ended(&before, true, around);
        }
    }

    /// Clients wait on for what a machine held that is gone and will be known to be.
    fn leave_waiting<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        for held in self.attempts.held_by(id) {
            self.lost(held, around);
            if self.attempts.get(held).orphaned {
                self.attempts.remove(held);
            }
        }
        self.servers[id.0 as usize].reset();
    }

    /// Whether a replica works on an attempt that is in flight, so that it can go on.
    pub(super) fn is_worked_on(&self, id: AttemptId) -> bool {
        is_worked_on(&self.attempts, &self.servers, id)
    }
}

pub(super) fn is_worked_on(attempts: &Attempts, servers: &[Server], id: AttemptId) -> bool {
    let replica = attempts.is_live(id).then(|| attempts.get(id).replica).flatten();
    replica.is_some_and(|replica| !servers[replica.0 as usize].is_silent())
}
