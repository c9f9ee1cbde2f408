//! Pre-copy live migration as arithmetic (Clark et al., Live Migration of Virtual Machines, NSDI
//! 2005).
//!
//! The VM runs on while its memory is sent; what it writes meanwhile is sent in a next round, and
//! so on, until little enough is left or it is no use to go on. Then the VM is paused, the rest is
//! sent, and it resumes on the other host:
//!
//! * the first round sends all memory V, each further one what was dirtied during the one before:
//!   at dirty rate D and link rate R that is a fraction D / R of it, and never more than the
//!   writable working set W, however long the round;
//! * downtime = remaining / R + the time to resume (20 to 50 ms).
//!
//! With n rounds and no effect of W this is V (1 - (D/R)^(n+1)) / (1 - D/R) of data in all.

use crate::engine::SimDuration;
use crate::scenario::MigrationOptions;
use crate::units::{Bandwidth, Bytes};

/// How a VM is migrated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PreCopy {
    /// Rate at which memory is sent.
    pub link: Bandwidth,
    /// Rate at which the VM writes to pages that have been sent.
    pub dirty: Bandwidth,
    /// Memory the VM writes to at all: no round leaves more to send.
    pub writable: Bytes,
    /// Time between the arrival of the last page and the first instruction on the other host.
    pub resume: SimDuration,
    /// When the rounds end.
    pub stop: StopRules,
}

impl PreCopy {
    /// As the options of a cluster have it, of a VM with so much memory over a link of this rate.
    pub fn of(options: &MigrationOptions, memory: Bytes, link: Bandwidth) -> Self {
        Self {
            link,
            dirty: options.dirty_rate,
            writable: options.working_set.unwrap_or(memory),
            resume: options.resume,
            stop: StopRules {
                downtime: options.max_downtime,
                remaining: Bytes(0),
                rounds: options.max_rounds,
                data: f64::INFINITY,
            },
        }
    }
}

/// When the rounds end: as soon as one of these holds, at the end of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopRules {
    /// What remains can be sent in this time.
    pub downtime: SimDuration,
    /// No more than this remains.
    pub remaining: Bytes,
    /// This many rounds are done.
    pub rounds: u32,
    /// More than so many times the VM's memory has been sent.
    pub data: f64,
}

impl StopRules {
    /// Xen: 50 pages, 29 rounds, three times the memory.
    pub const XEN: Self =
        Self { downtime: SimDuration::ZERO, remaining: Bytes(50 * 4096), rounds: 29, data: 3.0 };

    /// QEMU: 300 ms of downtime. QEMU itself would go on for ever where that is never reached; it
    /// is stopped after 30 rounds, as an operator does with a timeout.
    pub const QEMU: Self = Self {
        downtime: SimDuration::from_millis(300),
        remaining: Bytes(0),
        rounds: 30,
        data: f64::INFINITY,
    };
}

/// How far a migration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Memory of the VM.
    pub memory: Bytes,
    /// What must be sent next.
    pub remaining: Bytes,
    /// Rounds begun.
    pub rounds: u32,
    /// Data sent, that of the round under way included.
    pub data: Bytes,
}

/// What happens next in a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A round of this length, the VM running.
    Round(SimDuration),
    /// Stop and copy: the VM is paused for this long and then runs on the other host.
    StopAndCopy(SimDuration),
}

impl Progress {
    /// Before the first round of a VM with so much memory.
    pub fn new(memory: Bytes) -> Self {
        Self { memory, remaining: memory, rounds: 0, data: Bytes(0) }
    }

    /// Goes on, with the rates as they are now. Called at the start and at the end of each round.
    pub fn advance(&mut self, how: &PreCopy) -> Step {
        let sending = duration(self.remaining, how.link);
        self.data.0 = self.data.0.saturating_add(self.remaining.0);
        if self.rounds > 0 && self.is_enough(&how.stop, sending) {
            self.remaining = Bytes(0);
            let downtime = sending.as_nanos().saturating_add(how.resume.as_nanos());
            return Step::StopAndCopy(SimDuration::from_nanos(downtime));
        }
        self.rounds += 1;
        let dirtied = (how.dirty.0 * sending.as_secs_f64()).round() as u64;
        self.remaining = Bytes(dirtied.min(how.writable.0).min(self.memory.0));
        Step::Round(sending)
    }

    /// Whether the rounds end here; `data` counts what a further round would send already.
    fn is_enough(&self, stop: &StopRules, sending: SimDuration) -> bool {
        let sent = self.data.0 - self.remaining.0;
        self.remaining <= stop.remaining
            || sending <= stop.downtime
            || self.rounds >= stop.rounds
            || sent as f64 > stop.data * self.memory.0 as f64
    }
}

/// A whole migration at constant rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Length of each round.
    pub rounds: Vec<SimDuration>,
    /// Time the VM is paused.
    pub downtime: SimDuration,
    /// From the start to the first instruction on the other host.
    pub total: SimDuration,
    /// Data sent.
    pub data: Bytes,
}

/// The migration of a VM with so much memory, as it goes when the rates stay what they are.
pub fn plan(memory: Bytes, how: &PreCopy) -> Plan {
    let mut progress = Progress::new(memory);
    let mut rounds = Vec::new();
    let mut total = 0u64;
    loop {
        match progress.advance(how) {
            Step::Round(length) => {
                total = total.saturating_add(length.as_nanos());
                rounds.push(length);
            }
            Step::StopAndCopy(downtime) => {
                let total = SimDuration::from_nanos(total.saturating_add(downtime.as_nanos()));
                return Plan { rounds, downtime, total, data: progress.data };
            }
        }
    }
}

fn duration(amount: Bytes, rate: Bandwidth) -> SimDuration {
    SimDuration::from_secs_f64(amount.0 as f64 / rate.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn gbit(rate: f64) -> Bandwidth {
        Bandwidth(rate * 1e9 / 8.0)
    }

    fn how(dirty: f64, stop: StopRules) -> PreCopy {
        PreCopy {
            link: gbit(10.0),
            dirty: gbit(dirty),
            writable: Bytes(4 * GIB),
            resume: SimDuration::from_millis(30),
            stop,
        }
    }

    /// V = 4 GiB = 4,294,967,296 B, R = 1.25 GB/s, D = 0.25 GB/s, so D / R = 1/5:
    ///
    /// round 1 sends V in 3.435973837 s, meanwhile V/5 = 858,993,459 B are dirtied (687 ms);
    /// round 2 sends V/5 in 0.687194767 s, meanwhile V/25 = 171,798,692 B (137 ms, under 300 ms);
    /// stop and copy sends V/25 in 0.137438954 s and resumes after 30 ms.
    #[test]
    fn a_converging_migration_ends_when_the_rest_fits_into_the_downtime() {
        let plan = plan(Bytes(4 * GIB), &how(2.0, StopRules::QEMU));
        let nanos: Vec<u64> = plan.rounds.iter().map(|round| round.as_nanos()).collect();
        assert_eq!(nanos, [3_435_973_837, 687_194_767]);
        assert_eq!(plan.downtime.as_nanos(), 137_438_954 + 30_000_000);
        assert_eq!(plan.total.as_nanos(), 3_435_973_837 + 687_194_767 + 167_438_954);
        assert_eq!(plan.data, Bytes(4_294_967_296 + 858_993_459 + 171_798_692));
    }

    /// The same VM under Xen's rules: 4 GiB / 5^n <= 204,800 B first for n = 7, so seven rounds.
    #[test]
    fn a_converging_migration_sends_what_the_geometric_series_says() {
        let plan = plan(Bytes(4 * GIB), &how(2.0, StopRules::XEN));
        assert_eq!(plan.rounds.len(), 7);
        let ratio: f64 = 0.2;
        let sum = 4.0 * GIB as f64 * (1.0 - libm::pow(ratio, 8.0)) / (1.0 - ratio);
        // each round's dirtied bytes are rounded, and so is the time they are counted over
        assert!((plan.data.0 as f64 - sum).abs() <= 7.0, "{} sent, {sum} expected", plan.data.0);
        let downtime = 4.0 * GIB as f64 * libm::pow(ratio, 7.0) / 1.25e9 + 0.030;
        assert!((plan.downtime.as_secs_f64() - downtime).abs() < 2e-9);
    }

    /// D = 2 R: each round leaves the whole writable working set W = 1 GiB. Three times V = 12 GiB
    /// are exceeded when V + 8 W = 12 GiB and one W more have been sent: 10 rounds; then W is sent
    /// in 0.858993459 s.
    #[test]
    fn a_diverging_migration_stops_after_three_times_the_memory() {
        let how = PreCopy { writable: Bytes(GIB), ..how(20.0, StopRules::XEN) };
        let plan = plan(Bytes(4 * GIB), &how);
        assert_eq!(plan.rounds.len(), 10);
        assert_eq!(plan.downtime.as_nanos(), 858_993_459 + 30_000_000);
        assert_eq!(plan.data, Bytes((4 + 9 + 1) * GIB));
    }

    #[test]
    fn a_diverging_migration_without_a_data_limit_stops_after_the_last_round() {
        let plan = plan(Bytes(4 * GIB), &how(20.0, StopRules::QEMU));
        assert_eq!(plan.rounds.len(), 30);
        assert_eq!(plan.data, Bytes(31 * 4 * GIB));
    }

    #[test]
    fn an_idle_vm_is_sent_once() {
        let plan = plan(Bytes(GIB), &how(0.0, StopRules::XEN));
        assert_eq!((plan.rounds.len(), plan.data), (1, Bytes(GIB)));
        assert_eq!(plan.downtime, SimDuration::from_millis(30));
    }

    #[test]
    fn a_link_that_carries_nothing_never_finishes() {
        let how = PreCopy { link: Bandwidth(0.0), ..how(2.0, StopRules::QEMU) };
        assert_eq!(plan(Bytes(GIB), &how).total, SimDuration::MAX);
    }
}
