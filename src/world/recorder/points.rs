//! The points of the series: which there are, and their values at the end of each interval.

use crate::engine::{SimDuration, SimTime};
use crate::metrics::series::names;
use crate::metrics::{Gauge, Series, SeriesTable, Unit};
use crate::scenario::aws::CapacityProvider;
use crate::scenario::{Cluster, ClusterKind, Scenario};
use crate::workload::{AppId, AppMeters};
use crate::world::World;
use crate::world::ecs::providers;
use crate::world::subnets::Subnets;

/// Running totals of an app since the measurement began, of which series show the growth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    arrived: f64,
    succeeded: f64,
    timed_out: f64,
    refused: f64,
    failed: f64,
    /// Integrals over time.
    ready: f64,
    wanted: f64,
    in_flight: f64,
}

impl Totals {
    pub fn of(meters: &AppMeters, wanted: &Gauge, now: SimTime) -> Self {
        let account = &meters.account;
        Self {
            arrived: account.arrived as f64,
            succeeded: account.succeeded as f64,
            timed_out: account.timed_out as f64,
            refused: account.refused as f64,
            failed: account.failed as f64,
            ready: meters.ready.integral(now),
            wanted: wanted.integral(now),
            in_flight: meters.in_flight.integral(now),
        }
    }

    pub fn minus(self, other: Self) -> Self {
        Self {
            arrived: self.arrived - other.arrived,
            succeeded: self.succeeded - other.succeeded,
            timed_out: self.timed_out - other.timed_out,
            refused: self.refused - other.refused,
            failed: self.failed - other.failed,
            ready: self.ready - other.ready,
            wanted: self.wanted - other.wanted,
            in_flight: self.in_flight - other.in_flight,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        self.minus(Self::default().minus(other))
    }

    fn errors(&self) -> f64 {
        self.timed_out + self.refused + self.failed
    }

    /// Of requests that ended the shares that got no answer: in all, and in each way.
    fn error_shares(&self) -> [f64; 4] {
        let ended = self.succeeded + self.errors();
        // NaN where none ended: there is nothing to have a share of
        [self.errors(), self.timed_out, self.refused, self.failed].map(|count| count / ended)
    }
}

/// The series of a cluster, still empty. `scales` says of which apps the number of replicas follows
/// the load.
pub(super) fn columns(
    scenario: &Scenario,
    cluster: &Cluster,
    scales: impl Fn(AppId) -> bool,
) -> SeriesTable {
    let column = |app: Option<&str>, name: &str, unit| Series {
        name: name.to_owned(),
        app: app.map(str::to_owned),
        unit,
        values: Vec::new(),
    };
    let mut series = Vec::new();
    for (id, of) in (0..).map(AppId).zip(&scenario.apps) {
        let app = Some(of.name.as_str());
        series.extend([
            column(app, "requests", Unit::PerSecond),
            column(app, "errors", Unit::PerSecond),
            column(app, "p50", Unit::Seconds),
            column(app, "p95", Unit::Seconds),
            column(app, "p99", Unit::Seconds),
            column(app, names::REPLICAS_READY, Unit::Count),
            column(app, "in_flight", Unit::Count),
            column(app, names::ERROR_SHARE, Unit::Fraction),
            column(app, names::TIMED_OUT_SHARE, Unit::Fraction),
            column(app, names::REFUSED_SHARE, Unit::Fraction),
            column(app, names::FAILED_SHARE, Unit::Fraction),
        ]);
        if scales(id) {
            series.push(column(app, names::REPLICAS_WANTED, Unit::Count));
        }
    }
    series.extend([
        column(None, "cpu_utilisation", Unit::Fraction),
        column(None, "memory_utilisation", Unit::Fraction),
        column(None, "power", Unit::Watts),
    ]);
    if cluster.kind.is_kubernetes() {
        let counted = [names::NODES_READY, names::NODES_WANTED, names::PODS_PENDING];
        let counted = counted.into_iter().chain([names::PODS_RUNNING]);
        series.extend(counted.map(|name| column(None, name, Unit::Count)));
    }
    if cluster.kind == ClusterKind::Eks {
        let subnets = Subnets::names(cluster);
        series.extend(subnets.iter().map(|it| column(None, &names::addresses(it), Unit::Count)));
    }
    if cluster.kind == ClusterKind::Ecs {
        let tasks = [names::TASKS_DESIRED, names::TASKS_RUNNING, names::TASKS_PENDING];
        let tasks = tasks.into_iter().chain([names::TASKS_PROVISIONING, names::INSTANCES]);
        series.extend(tasks.map(|name| column(None, name, Unit::Count)));
        let reserved = scaled_providers(cluster);
        series.extend(
            reserved.map(|(_, it)| column(None, &names::reservation(&it.name), Unit::Fraction)),
        );
        if cluster.hosts.is_some() {
            series.push(column(None, names::INSTANCE_CPU_UTILISATION, Unit::Fraction));
        }
    }
    let has_vms =
        cluster.vm.is_some() || cluster.kind == ClusterKind::Ecs && cluster.hosts.is_some();
    if has_vms || !scenario.vms.is_empty() {
        series.push(column(None, "cpu_ready", Unit::Fraction));
        series.push(column(None, "vms_running", Unit::Count));
    }
    SeriesTable { times: Vec::new(), series }
}

/// The capacity providers of a cluster whose groups are scaled, and their places.
pub(in crate::world) fn scaled_providers(
    cluster: &Cluster,
) -> impl Iterator<Item = (u32, CapacityProvider)> {
    let all = match cluster.kind {
        ClusterKind::Ecs => providers(cluster),
        _ => Vec::new(),
    };
    (0..).zip(all).filter(|(_, it)| it.managed_scaling)
}

impl World<'_> {
    /// Writes one value of every series.
    pub(in crate::world) fn record_point(&mut self, now: SimTime) {
        let means = std::mem::take(&mut self.recorder.interval_means);
        let mean = |sum: f64| if means.time > 0.0 { sum / means.time } else { 0.0 };
        let (cpu, memory, power) = (mean(means.cpu), mean(means.memory), mean(means.power));
        let since = self.recorder.table.times.last().copied().unwrap_or(SimTime::ZERO);
        let elapsed = now.since(since).as_secs_f64();
        let mut row = Vec::with_capacity(self.recorder.table.series.len());
        for index in 0..self.recorder.apps.len() {
            let record = &mut self.recorder.apps[index];
            let meters = self.services.meters_mut(AppId(index as u32));
            let seconds =
                |value: Option<SimDuration>| value.map_or(f64::NAN, SimDuration::as_secs_f64);
            let quantiles = meters.end_interval(|latency| {
                [0.5, 0.95, 0.99].map(|share| seconds(latency.quantile(share)))
            });
            let totals = Totals::of(meters, &record.wanted, now);
            let growth = totals.minus(record.last).plus(std::mem::take(&mut record.unmeasured));
            record.last = totals;
            row.extend([growth.arrived / elapsed, growth.errors() / elapsed]);
            row.extend(quantiles);
            row.extend([growth.ready / elapsed, growth.in_flight / elapsed]);
            row.extend(growth.error_shares());
            if self.autoscalers.scales(AppId(index as u32)) {
                row.push(growth.wanted / elapsed);
            }
        }
        row.extend([cpu, memory, power]);
        if self.kubernetes.is_some() {
            row.extend(self.recorder.nodes.end_interval(now, elapsed));
        }
        row.extend(self.recorder.addresses.end_interval(now, elapsed));
        if self.ecs.is_some() {
            row.extend(self.recorder.tasks.end_interval(now, elapsed));
            if self.cluster.hosts.is_some() {
                let tenants = std::mem::take(&mut self.recorder.tenants);
                row.push(tenants.cpu / tenants.time);
            }
        }
        if row.len() < self.recorder.table.series.len() {
            let metered = 0..self.hosts_metered();
            let waiting: f64 = metered.map(|host| self.hosts.readings(host).waiting).sum();
            let vcpu_seconds = self.recorder.vcpus.integral(now);
            let recorder = &mut self.recorder;
            let (queued, of) = (waiting - recorder.waiting, vcpu_seconds - recorder.vcpu_seconds);
            (recorder.waiting, recorder.vcpu_seconds) = (waiting, vcpu_seconds);
            row.push(if of > 0.0 { queued / of } else { f64::NAN });
            let vm_seconds = recorder.vms.integral(now);
            row.push((vm_seconds - recorder.vm_seconds) / elapsed);
            recorder.vm_seconds = vm_seconds;
        }
        self.recorder.table.times.push(now);
        for (series, value) in self.recorder.table.series.iter_mut().zip(row) {
            series.values.push(value);
        }
    }
}
