//! What the containers of a workload have used.

use super::histogram::Histogram;
use crate::engine::{SimDuration, SimTime};
use crate::units::{Bytes, Millicores};

/// Within which only the highest use of memory of a container counts.
const WINDOW: SimDuration = SimDuration::from_secs(24 * 3_600);
/// The least weight of a sample of CPU: that of a request of a tenth of a core.
const LEAST_WEIGHT: f64 = 0.1;
/// After an OOM kill a container needs at least so much more than it had,
const OOM_LEAST: u64 = 100 << 20;
/// and at least so many times as much.
const OOM_RATIO: f64 = 1.2;

/// All samples of the containers of one name of a workload.
#[derive(Clone, Debug)]
pub struct Usage {
    pub(super) cpu: Histogram,
    pub(super) memory: Histogram,
    first: Option<SimTime>,
    last: SimTime,
    samples: u64,
}

/// The memory of one container, within a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryWindow {
    /// When the next day begins; none before the first sample.
    end: Option<SimTime>,
    /// The highest use, and the highest that OOM kills stand for.
    peak: u64,
    oom: u64,
}

impl Default for Usage {
    fn default() -> Self {
        // in cores, from a thousandth; in bytes, from 10 MB
        let (cpu, memory) = (Histogram::new(0.001, 1_000.0), Histogram::new(1e7, 1e12));
        Self { cpu, memory, first: None, last: SimTime::ZERO, samples: 0 }
    }
}

impl Usage {
    /// What a container has used on average over an interval that began at `time`, and what it
    /// requested.
    pub fn cpu(&mut self, time: SimTime, used: Millicores, requested: Millicores) {
        let cores = |amount: Millicores| amount.0 as f64 / 1_000.0;
        self.cpu.add(cores(used), cores(requested).max(LEAST_WEIGHT), time);
        self.first.get_or_insert(time);
        self.last = self.last.max(time);
        self.samples += 1;
    }

    /// What a container has in use.
    pub fn memory(&mut self, window: &mut MemoryWindow, time: SimTime, used: Bytes) {
        if self.peak(window, time, used.0) {
            window.peak = used.0;
        }
    }

    /// A container was killed for want of memory, of which it had requested so much.
    pub fn oom_killed(&mut self, window: &mut MemoryWindow, time: SimTime, requested: Bytes) {
        let had = requested.0.max(window.peak);
        let needs = (had + OOM_LEAST).max((had as f64 * OOM_RATIO) as u64);
        if self.peak(window, time, needs) {
            window.oom = needs;
        }
    }

    /// Counts a use of memory if it is the highest of its container's day; whether it is.
    fn peak(&mut self, window: &mut MemoryWindow, time: SimTime, used: u64) -> bool {
        let end = window.end.unwrap_or(time);
        if time < end {
            let before = window.peak.max(window.oom);
            if before == 0 || used <= before {
                return false;
            }
            self.memory.subtract(before as f64, 1.0, end);
            self.memory.add(used as f64, 1.0, end);
        } else {
            let days = time.since(end).as_nanos() / WINDOW.as_nanos() + 1;
            let end = end + SimDuration::from_nanos(days * WINDOW.as_nanos());
            *window = MemoryWindow { end: Some(end), peak: 0, oom: 0 };
            self.memory.add(used as f64, 1.0, end);
        }
        true
    }

    /// How much the history is worth: days, if there was a sample in each minute.
    pub(super) fn confidence(&self) -> f64 {
        let span = self.first.map_or(SimDuration::ZERO, |first| self.last.since(first));
        let days = span.as_secs_f64() / 86_400.0;
        days.min(self.samples as f64 / (60.0 * 24.0))
    }
}
