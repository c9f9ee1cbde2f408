//! What is known of a run beforehand: how many jobs it is sent, and how much work they bring.
//!
//! Chance brings one run more than the next, and longer queues with it. A control is how far a run
//! is from what it was bound to get on average, which the parameters say; what of a result goes
//! along with it can be taken off
//! ([`controlled`](crate::statistics::control::controlled)). A control is an
//! observation of the simulation like any other. It is trusted only where its own mean is what it
//! must be, so that a simulator that loses jobs or work is not corrected but found out.

use crate::metrics::summary::ClusterSummary;

/// Something that a run has an amount of whose mean is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// Requests sent to the first app, of so many per second.
    Requests(f64),
    /// Jobs of a stream that were completed, of so many per second.
    Jobs(usize, f64),
    /// VMs that a stream asked for, of so many per second.
    Vms(usize, f64),
    /// CPU time that was used, of this share of all: the work that the jobs bring. For systems that
    /// do all the work they are brought.
    Work(f64),
}

impl Control {
    /// How far a run is above the mean, as a part of it.
    pub fn excess(self, summary: &ClusterSummary) -> f64 {
        let time = summary.measured_seconds;
        let (found, mean) = match self {
            Self::Requests(rate) => {
                let app = summary.apps.first();
                (app.map_or(0, |app| app.requests.arrived) as f64, rate * time)
            }
            Self::Jobs(stream, rate) => {
                let jobs = summary.jobs.get(stream);
                (jobs.map_or(0, |jobs| jobs.completed) as f64, rate * time)
            }
            Self::Vms(stream, rate) => {
                let vms = summary.vm_streams.get(stream);
                (vms.map_or(0, |vms| vms.requested) as f64, rate * time)
            }
            Self::Work(share) => (summary.hosts.cpu_utilisation, share),
        };
        found / mean - 1.0
    }
}
