//! Figures of clusters that only place.

use super::{Better, Collected, Unit};
use crate::metrics::summary::{
    ClusterSummary, CurvePoint, DrainSummary, FailureSummary, GpuSummary, PlacementSummary,
    ResizeAccount,
};

/// Figures of the way of GPUs are taken at every so many percent that had been asked for.
const STEP: u32 = 5;

/// How figures of the way are called; the percent that had been asked for follow.
pub mod names {
    /// Share of the GPUs that is allocated.
    pub const ALLOCATED: &str = "gpus_allocated_at_";
    /// Share of the GPUs that is free and of no use to the typical workload.
    pub const FRAGMENTS: &str = "gpu_fragments_at_";
    /// The same as a share of the free ones.
    pub const OF_FREE: &str = "gpu_fragments_of_free_at_";
}

/// What a point says, in percent.
type Percent = fn(&CurvePoint) -> f64;

impl Collected {
    /// A cluster that only places.
    pub(super) fn placed(&mut self, of: &PlacementSummary, summary: &ClusterSummary) {
        self.placement(of);
        if summary.migrations.started > 0 {
            self.migrations(&summary.migrations);
        }
        self.energy_and_cost(summary);
    }

    /// Of a cluster that only places, where its hosts take power or cost anything. What an hour
    /// costs says little: one that takes longer for the same items has cheaper hours.
    fn energy_and_cost(&mut self, summary: &ClusterSummary) {
        if summary.hosts.energy_kwh > 0.0 {
            self.energy(&summary.hosts);
        }
        if !summary.cost.is_zero() {
            self.add("cost", Unit::Dollars, Better::Less, summary.cost.total);
        }
    }

    /// Items of a trace on hosts.
    fn placement(&mut self, of: &PlacementSummary) {
        let (less, neither) = (Better::Less, Better::Neither);
        self.counts(
            "items_",
            &[("arrived", of.arrived), ("running", of.running), ("departed", of.departed)],
            &[("rejected", of.rejected), ("waiting", of.waiting)],
        );
        if of.left_out > 0 {
            self.add("items_left_out", Unit::Count, neither, of.left_out as f64);
        }
        if of.preempted > 0 {
            self.add("items_preempted", Unit::Count, less, of.preempted as f64);
        }
        self.add("items_waiting_max", Unit::Count, less, f64::from(of.waiting_max));
        self.add("items_rejected_share", Unit::Fraction, less, of.rejected_share());
        let reasons = of.rejections;
        if reasons.has_reasons() {
            self.add("items_rejected_for_room", Unit::Count, less, reasons.room as f64);
            self.add("items_rejected_for_nodes", Unit::Count, less, reasons.nodes as f64);
            self.add("items_rejected_for_group", Unit::Count, less, reasons.group as f64);
        }
        self.add("items_finish_mean", Unit::Seconds, less, of.mean_finish);
        self.count("hosts", f64::from(of.hosts));
        self.add("hosts_max", Unit::Count, less, f64::from(of.hosts_max));
        self.add("hosts_max_bound", Unit::Count, neither, f64::from(of.hosts_max_bound));
        // where all comes at once, and stays, no time passes
        let passed = |hours| (of.makespan > 0.0).then_some(hours);
        self.add("host_hours", Unit::Count, less, passed(of.host_hours));
        self.add("host_hours_bound", Unit::Count, neither, passed(of.host_hours_bound));
        self.add("host_hours_ratio", Unit::Count, less, of.host_hours_ratio());
        for (kind, share) in &of.shares {
            self.add(&format!("{kind}_allocated"), Unit::Fraction, neither, *share);
        }
        for (kind, share) in &of.shares_max {
            self.add(&format!("{kind}_allocated_max"), Unit::Fraction, neither, *share);
        }
        for (kind, share) in &of.stranded {
            self.add(&format!("{kind}_stranded"), Unit::Fraction, less, *share);
        }
        for (kind, share) in &of.stranded_end {
            self.add(&format!("{kind}_stranded_end"), Unit::Fraction, less, *share);
        }
        of.failures.iter().for_each(|failures| self.failures(failures, of));
        of.drains.iter().for_each(|drains| self.drains(drains));
        of.resizes.iter().for_each(|resizes| self.resizes(resizes));
        of.gpus.iter().for_each(|gpus| self.gpus(gpus));
    }

    fn failures(&mut self, failures: &FailureSummary, of: &PlacementSummary) {
        self.count("host_failures", failures.failures as f64);
        self.count("host_hours_down", failures.host_hours_down);
        self.add("items_interrupted", Unit::Count, Better::Less, of.interrupted as f64);
        self.add("items_lost", Unit::Count, Better::Less, of.lost as f64);
    }

    fn drains(&mut self, of: &DrainSummary) {
        self.counts(
            "drains_",
            &[("begun", of.begun), ("emptied", of.emptied), ("under_way", of.under_way)],
            &[("not_emptied", of.not_emptied)],
        );
        self.add("drain_time_mean", Unit::Seconds, Better::Less, of.time_mean);
        let longest = of.time_mean.map(|_| of.time_max);
        self.add("drain_time_max", Unit::Seconds, Better::Less, longest);
    }

    fn resizes(&mut self, of: &ResizeAccount) {
        self.counts(
            "resizes_",
            &[
                ("asked", of.asked),
                ("in_place", of.in_place),
                ("migrated", of.migrated),
                ("waiting", of.waiting),
                ("gone", of.gone),
            ],
            &[("refused", of.refused)],
        );
    }

    fn gpus(&mut self, of: &GpuSummary) {
        self.count("gpus", of.count);
        self.add("gpus_allocated", Unit::Fraction, Better::More, of.allocated_share());
        self.add("gpu_fragments", Unit::Fraction, Better::Less, of.fragments_share());
        self.way(of, names::ALLOCATED, Better::More, |point| point.allocated_percent);
        self.way(of, names::FRAGMENTS, Better::Less, |point| point.fragments_percent);
        self.way(of, names::OF_FREE, Better::Less, |point| point.fragments_of_free_percent);
    }

    /// A figure at each step of what was asked for.
    fn way(&mut self, of: &GpuSummary, name: &str, better: Better, percent: Percent) {
        let whole = |point: &&CurvePoint| point.arrived_percent.is_multiple_of(STEP);
        for point in of.known().filter(whole) {
            let name = format!("{name}{}", point.arrived_percent);
            self.add(&name, Unit::Fraction, better, percent(point) / 100.0);
        }
    }
}
