//! What came of a run.

use crate::engine::SimTime;
use crate::laboratory::curve::Curve;
use crate::laboratory::meter::Meter;
use crate::metrics::summary::{
    DrainSummary, FailureSummary, MigrationAccount, Rejections, ResizeAccount,
};

const FNV_OFFSET: u64 = 1_469_598_103_934_665_603;
const FNV_PRIME: u64 = 1_099_511_628_211;

/// What became of the items.
#[derive(Clone, Debug)]
pub struct Outcome<const K: usize> {
    /// Items that came.
    pub arrived: u64,
    /// How often one was placed.
    pub placed: u64,
    /// Of those that came, turned away.
    pub rejected: u64,
    /// Why.
    pub rejections: Rejections,
    /// Of those that came, without a host in the end.
    pub waiting: u64,
    /// Of those placed, gone by themselves.
    pub departed: u64,
    /// Of those placed, evicted.
    pub preempted: u64,
    /// Of those placed, on a host that failed.
    pub interrupted: u64,
    /// Of those, gone for good.
    pub lost: u64,
    /// Events fired.
    pub events: u64,
    /// When the last thing happened.
    pub end: SimTime,
    /// Sum of the instants at which items left.
    pub(super) departures: u128,
    /// What was in use.
    pub meter: Meter<K>,
    /// Allocation by what has arrived.
    pub curve: Curve,
    /// Identifies which item went where: over the pairs (id, host) of all placed and migrated, in
    /// order, xor and times the prime of FNV for each part.
    pub placement_hash: u64,
    /// Failures of hosts, where there are faults.
    pub failures: Option<FailureSummary>,
    /// Their maintenance, likewise.
    pub drains: Option<DrainSummary>,
    /// Migrations.
    pub migrations: MigrationAccount,
    /// Resizes, where there is a table of them.
    pub resizes: Option<ResizeAccount>,
}

impl<const K: usize> Outcome<K> {
    /// Nothing yet.
    pub(super) fn new(meter: Meter<K>) -> Self {
        Self {
            arrived: 0,
            placed: 0,
            rejected: 0,
            rejections: Rejections::default(),
            waiting: 0,
            departed: 0,
            preempted: 0,
            interrupted: 0,
            lost: 0,
            events: 0,
            end: SimTime::ZERO,
            departures: 0,
            meter,
            curve: Curve::default(),
            placement_hash: FNV_OFFSET,
            failures: None,
            drains: None,
            migrations: MigrationAccount::default(),
            resizes: None,
        }
    }

    /// An item has a host.
    pub(super) fn placed(&mut self, item: u64, host: usize) {
        self.placed += 1;
        self.went(item, host);
    }

    /// An item goes to a host.
    pub(super) fn went(&mut self, item: u64, host: usize) {
        for part in [item, host as u64] {
            self.placement_hash = (self.placement_hash ^ part).wrapping_mul(FNV_PRIME);
        }
    }

    /// Items on hosts.
    pub fn running(&self) -> u64 {
        self.placed - self.departed - self.preempted - self.interrupted
    }

    /// When items left, in seconds, in the mean over those that did.
    pub fn mean_finish(&self) -> Option<f64> {
        let seconds = self.departures as f64 / 1e9;
        (self.departed > 0).then(|| seconds / self.departed as f64)
    }
}
