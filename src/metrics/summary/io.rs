//! What requests read and wrote, and what held that up.

use serde::{Deserialize, Serialize};

use super::Durations;

/// Share of time in want of credits, or held back, above which a disk is said to be a bottleneck.
const MUCH: f64 = 0.01;
/// Share of time in which requests wait for one another, likewise: the mean of a disk that is busy
/// for three quarters of the time has such a line.
const LONG: f64 = 0.5;

/// Reading and writing of the requests of one app. Shares are of the time that its disks or volumes
/// were there, over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IoSummary {
    /// `gp3` or another type of volume that it has to itself, or `host disk`: those are shared with
    /// all that is on the host.
    pub on: String,
    /// Reads and writes.
    pub operations: u64,
    /// Time that a request waited for its turn, on average.
    pub wait_mean: Option<f64>,
    /// Time that reading and writing took of a request, its wait included.
    pub took: Durations,
    /// Share of time in which there was something to do.
    pub busy: f64,
    /// The same of the one that was busy most.
    pub busiest: f64,
    /// Share of time in which requests waited for others.
    pub queued: f64,
    /// Share of time in which they were slower than they can be, their burst credits being used up.
    pub out_of_credits: f64,
    /// Share of time in which their instance left them less than they could have used.
    pub held_by_instance: f64,
}

impl IoSummary {
    /// Why reading and writing was what held requests up, if it was.
    pub fn bottleneck(&self) -> Option<String> {
        let of_time = |share: f64| format!("for {:.1}% of the time", share * 100.0);
        if self.out_of_credits >= MUCH {
            let time = of_time(self.out_of_credits);
            return Some(format!("its {} volumes had no burst credits left {time}", self.on));
        }
        if self.held_by_instance >= MUCH {
            let time = of_time(self.held_by_instance);
            return Some(format!("instances left its volumes less than these can do {time}"));
        }
        (self.queued >= LONG).then(|| {
            let what = if self.on == "host disk" { "disks of hosts" } else { "its volumes" };
            format!("requests waited for {what} {}", of_time(self.queued))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bottleneck_is_told_by_what_it_comes_from() {
        let io = IoSummary { on: "gp2".into(), ..IoSummary::default() };
        assert_eq!(io.bottleneck(), None);
        let dry = IoSummary { out_of_credits: 0.25, queued: 0.9, ..io.clone() };
        let text = "its gp2 volumes had no burst credits left for 25.0% of the time";
        assert_eq!(dry.bottleneck().as_deref(), Some(text));
        let held = IoSummary { held_by_instance: 0.5, ..io.clone() };
        let text = "instances left its volumes less than these can do for 50.0% of the time";
        assert_eq!(held.bottleneck().as_deref(), Some(text));
        let queued = IoSummary { on: "host disk".into(), queued: 0.5, ..io };
        let text = "requests waited for disks of hosts for 50.0% of the time";
        assert_eq!(queued.bottleneck().as_deref(), Some(text));
    }
}
