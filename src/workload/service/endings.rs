//! How replicas end, and what becomes of the requests that they hold.

use super::{HostEvent, ReplicaId, ServiceEvent, Services, Site, Surroundings};
use crate::engine::Schedule;
use crate::workload::request::{AttemptId, Attempts};
use crate::workload::server::Server;

impl Services {
    /// A replica takes no more requests, of which the balancer does not know: what it sends there
    /// is refused. Those it holds are answered, as with [`drain`](Self::drain).
    pub fn shut(&mut self, id: ReplicaId) -> u32 {
        let server = &mut self.servers[id.0 as usize];
        server.drain();
        if server.is_silent() { 0 } else { server.held() }
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
        let server = Server::new(app, &self.services[app.0 as usize].app, site);
        self.servers[id.0 as usize] = server;
    }

    /// A replica is gone. The requests it held fail, or wait in vain where its machine is gone
    /// too; their jobs have been taken off the CPU.
    pub fn replica_down<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = Schedule::<ServiceEvent>::now(around.schedule);
        self.unroute(id, now);
        self.process_died(id, around);
        self.leave_waiting(id);
        self.free_servers.push(id);
    }

    /// The process of a replica is gone, of which the balancer does not know. What it sends there
    /// is refused, and the requests it held fail; their jobs have been taken off the CPU.
    ///
    /// Where the machine is gone as well, nobody says so: what it held and what is sent there is
    /// given up at the client's `timeout`. TCP itself would give up after a quarter of an hour
    /// (Linux, `net.ipv4.tcp_retries2`); requests of apps without a timeout fail at once here.
    pub fn process_died<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let server = &mut self.servers[id.0 as usize];
        let patient = self.services[server.app.0 as usize].app.timeout.is_some();
        if patient && !around.hosts[server.site.host.index()].is_up() {
            server.fall_silent();
            self.forget_stored(id, around);
        } else {
            self.cut_off(id, around);
        }
    }

    /// All requests of a replica fail.
    fn cut_off<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        self.servers[id.0 as usize].reset();
        for attempt in self.attempts.held_by(id) {
            if self.attempts.is_live(attempt) {
                let held = self.attempts.get_mut(attempt);
                held.replica = None;
                if !held.orphaned {
                    self.services[held.app.0 as usize].router.finished(id.0);
                }
                self.failed(attempt, around);
            }
        }
        self.forget_stored(id, around);
    }

    /// Clients wait on for what a machine held that is gone and will be known to be.
    fn leave_waiting(&mut self, id: ReplicaId) {
        for held in self.attempts.held_by(id) {
            let attempt = self.attempts.get_mut(held);
            attempt.replica = None;
            if attempt.orphaned {
                self.attempts.remove(held);
            } else {
                self.services[attempt.app.0 as usize].router.finished(id.0);
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
