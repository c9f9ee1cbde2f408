//! What the next events are going to touch, asked for while others are handled.
//!
//! An event is looked at a few times on its way to the front of the calendar. Each time asks for
//! memory that the next time looks at: from the host to a leaf, from there to a job, to the attempt
//! that it is of, and to the replica that holds that; from a container to its engine, and to what
//! the kubelet and the scheduler have of its pod.

use super::World;
use super::event::Event;
use crate::machine::HostId;
use crate::workload::Work;

/// How many events are before it each time.
const STEPS: [usize; 4] = [7, 5, 3, 1];

impl World<'_> {
    /// Asks for memory that events which are soon to come need.
    #[inline]
    pub(super) fn fetch_ahead(&self) {
        for (step, before) in STEPS.into_iter().enumerate() {
            match self.calendar.ahead(before) {
                Some(Event::Host(event)) => self.fetch_host(event.host, step),
                Some(Event::Process(event)) => self.fetch_process(event, step),
                _ => {}
            }
        }
    }

    fn fetch_host(&self, host: HostId, step: usize) {
        let host = &self.hosts[host.index()];
        let job = || match host.cpu.first_job(host.due()) {
            Some(Work::Request(slot)) => Some(slot),
            _ => None,
        };
        match step {
            0 => host.cpu.fetch_leaf(host.due()),
            1 => host.cpu.fetch_jobs(host.due()),
            2 => job().into_iter().for_each(|slot| self.services.fetch_attempt(slot)),
            _ => job().into_iter().for_each(|slot| self.services.fetch_server_of(slot)),
        }
    }
}
