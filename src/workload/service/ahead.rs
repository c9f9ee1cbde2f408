//! What the next requests are going to touch, asked for ahead.

use super::{AppId, ReplicaId, Services, Source, Work};
use crate::machine::Hosts;
use crate::workload::arrivals::RecordedRequest;
use crate::workload::server::Server;

impl Services {
    /// The attempt in this slot is about to be done: asks for its memory.
    #[inline]
    pub fn fetch_attempt(&self, slot: u32) {
        self.attempts.fetch(slot);
    }

    /// Asks for the memory of the replica that holds it, which is known from the attempt.
    #[inline]
    pub fn fetch_server_of(&self, slot: u32) {
        if let Some(replica) = self.attempts.replica_of(slot) {
            self.servers[replica.0 as usize].fetch();
        }
    }

    /// Asks for the memory of the replicas that the next requests of an app go to, where a table
    /// says which these are. For each a server is asked for first, then the leaf, which is known
    /// from the server, and then the jobs in the leaf.
    pub(super) fn fetch_next(&self, app: AppId, hosts: &Hosts<Work>) {
        let Some(Source::Recorded(recorded)) = &self.services[app.0 as usize].source else {
            return;
        };
        let server = |rows| {
            let RecordedRequest { replica: Some(number), .. } = recorded.ahead(rows)? else {
                return None;
            };
            let numbered = &self.services[app.0 as usize].numbered;
            let ReplicaId(place) = *numbered.get(number as usize)?;
            self.servers.get(place as usize)
        };
        if let Some(server) = server(3) {
            server.fetch();
        }
        if let Some(Server { site, .. }) = server(2) {
            hosts[site.host.index()].cpu.fetch_leaf(site.leaf);
        }
        if let Some(Server { site, .. }) = server(1) {
            hosts[site.host.index()].cpu.fetch_jobs(site.leaf);
        }
    }
}
