//! Whether the books of services agree.

use super::Services;

impl Services {
    /// Checks that every request in flight is one attempt that somebody waits for, and that
    /// replicas hold the attempts that say so.
    ///
    /// # Panics
    /// When that is not so.
    pub fn audit(&self) {
        let mut waited_for = vec![0; self.services.len()];
        let mut held = vec![0; self.servers.len()];
        for attempt in self.attempts.iter() {
            if !attempt.orphaned {
                waited_for[attempt.app.0 as usize] += 1;
            }
            if let Some(replica) = attempt.replica {
                held[replica.0 as usize] += 1;
            }
        }
        for (service, count) in self.services.iter().zip(waited_for) {
            assert_eq!(
                service.meters.account.in_flight, count,
                "in flight of `{}`",
                service.app.name
            );
        }
        for (server, count) in self.servers.iter().zip(held) {
            assert_eq!(server.held(), count, "held by a replica");
        }
        self.audit_balancers();
    }
}
