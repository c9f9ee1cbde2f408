//! Runs that end when there is nothing more to do, and what recorded requests came to.

use super::World;
use crate::engine::{SimDuration, SimTime};
use crate::metrics::summary::TraceSummary;
use crate::scenario::Arrivals;
use crate::workload::AppId;

impl World<'_> {
    /// Whether the run is over, because nothing more comes and all that came has ended.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        let simulation = &self.scenario.simulation;
        simulation.ends_when_done
            && self.services.are_done()
            && self.jobs.are_done()
            && self.now() >= SimTime::ZERO + simulation.warm_up
    }

    /// A run that is done ends here: the point that is not full yet is its last.
    pub(super) fn end_if_done(&mut self) {
        let now = self.now();
        if !self.is_done() {
            return;
        }
        self.end = now;
        if self.recorder.table.times.last() != Some(&now) {
            self.meter_hosts();
            self.meter_tasks();
            self.record_point(now);
        }
    }

    /// What the requests of a table to this app came to.
    pub(super) fn trace_summary(&self, app: AppId) -> Option<TraceSummary> {
        let traffic = self.scenario.apps[app.0 as usize].traffic.as_ref()?;
        let Arrivals::Trace(_) = traffic.arrivals else { return None };
        let meters = self.services.meters(app);
        let since_start = |at: SimTime| at.since(SimTime::ZERO);
        let makespan = meters.last_answer.map(since_start).map(SimDuration::as_secs_f64);
        Some(TraceSummary { makespan, slowdown: meters.slowdown() })
    }
}
