//! The figures of a replay.

use super::{Plan, Replayed};
use crate::laboratory::fleet::Fleet;
use crate::laboratory::run::Outcome;
use crate::laboratory::series::{Recorded, series};
use crate::metrics::summary::{Cost, CostItem, GpuSummary, PlacementSummary, Shares};
use crate::scenario::IdleHosts;

impl<const K: usize> Plan<'_, K> {
    pub(super) fn replayed(&self, fleet: &Fleet<K>, outcome: &Outcome<K>) -> Replayed {
        let of = |share: &dyn Fn(usize) -> Option<f64>| -> Shares {
            self.kinds
                .all()
                .into_iter()
                .enumerate()
                .map(|(kind, name)| (name, share(kind)))
                .collect()
        };
        let meter = &outcome.meter;
        let totals = fleet.totals();
        let whole = |milli: f64| milli / 1000.0;
        let gpus = (totals.gpus > 0).then(|| GpuSummary {
            count: whole(totals.gpus as f64),
            allocated: whole(totals.taken as f64),
            fragments: whole(totals.fragments),
            curve: outcome.curve.points(),
        });
        let summary = PlacementSummary {
            policy: self.replay.policy.name().to_owned(),
            arrived: outcome.arrived,
            left_out: 0,
            rejected: outcome.rejected,
            rejections: outcome.rejections,
            waiting: outcome.waiting,
            waiting_max: meter.waiting_max,
            running: outcome.running(),
            departed: outcome.departed,
            preempted: outcome.preempted,
            lost: outcome.lost,
            interrupted: outcome.interrupted,
            makespan: outcome.end.as_secs_f64(),
            mean_finish: outcome.mean_finish(),
            hosts: fleet.bins().len() as u32,
            hosts_max: meter.hosts_max,
            hosts_max_bound: meter.hosts_max_bound(),
            host_hours: meter.host_hours(),
            host_hours_bound: meter.host_hours_bound(),
            shares: of(&|kind| meter.mean_share(kind)),
            shares_max: of(&|kind| meter.most_share(kind)),
            stranded: of(&|kind| meter.mean_stranded(kind)),
            stranded_end: of(&|kind| meter.stranded(kind)),
            failures: outcome.failures,
            drains: outcome.drains,
            resizes: outcome.resizes,
            gpus,
            placement_hash: format!("{:016x}", outcome.placement_hash),
        };
        let recorded = Recorded {
            gpus: totals.gpus,
            waits: self.replay.retry.is_some(),
            closes: outcome.failures.is_some(),
            migrates: outcome.migrations.started > 0,
        };
        Replayed {
            series: series(meter, &self.kinds, recorded),
            migrations: outcome.migrations,
            energy_kwh: meter.energy(),
            cost: Cost::default().with(CostItem::Machines, self.machines(&summary)),
            summary,
            events: outcome.events,
        }
    }

    /// What the hosts cost: those in use, or all where they are on without items, too.
    fn machines(&self, summary: &PlacementSummary) -> f64 {
        let price = match &self.replay.host_table {
            Some(table) => table.price.0,
            None => self.site.hosts.map_or(0.0, |(shape, _)| shape.price.0),
        };
        price
            * match self.replay.idle_hosts {
                IdleHosts::Off => summary.host_hours,
                IdleHosts::On => f64::from(summary.hosts) * summary.makespan / 3600.0,
            }
    }
}
