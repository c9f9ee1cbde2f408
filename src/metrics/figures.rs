//! The figures of a run as plain numbers, each with a name, a unit, and which way is good.
//!
//! Tables for machines, sweeps and comparisons are all made of these, so that a figure has one name
//! everywhere. Words and accounts that belong together are in [`summary`](super::summary).

mod addresses;
mod cost;
mod ec2;
mod images;
mod network;
mod nodes;
pub mod placement;
mod tasks;
mod volumes;

use serde::{Deserialize, Serialize};

use super::RunResult;
use super::summary::{
    AppSummary, AutoscaleSummary, ClusterSummary, ContainerAccount, DensitySummary, Durations,
    HostSummary, IoSummary, JobSummary, MigrationAccount, ReclaimedMemory, RequestAccount,
    StartsSummary, VmAccount,
};

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    Seconds,
    /// A share from 0 to 1.
    Fraction,
    Bytes,
    PerSecond,
    KilowattHours,
    DollarsPerHour,
    Dollars,
    ReplicasPerHost,
}

impl Unit {
    /// As tables for machines have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Seconds => "seconds",
            Self::Fraction => "fraction",
            Self::Bytes => "bytes",
            Self::PerSecond => "per_second",
            Self::KilowattHours => "kilowatt_hours",
            Self::DollarsPerHour => "dollars_per_hour",
            Self::Dollars => "dollars",
            Self::ReplicasPerHost => "replicas_per_host",
        }
    }
}

/// Which end of a figure is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    More,
    Less,
    /// Neither: high utilisation is thrift to one reader and risk to the next.
    Neither,
}

/// What a number is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    pub cluster: String,
    /// App or stream of jobs; empty for the cluster as a whole.
    pub app: String,
    /// Such as `latency_p99`.
    pub metric: String,
    pub unit: Unit,
    pub better: Better,
}

/// One number that a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    #[serde(flatten)]
    pub heading: Heading,
    pub value: f64,
}

impl Heading {
    /// Whether a user who writes `name` means this: `latency_p99` or, for short, `p99`; of one app,
    /// `web.p99`; of one app in one cluster, `vms.web.p99`.
    pub fn is_called(&self, name: &str) -> bool {
        let short = self.metric.strip_prefix("latency_");
        let mut metrics = [Some(self.metric.as_str()), short].into_iter().flatten();
        metrics.any(|metric| {
            let Some(place) = name.strip_suffix(metric) else { return false };
            let place = match place.strip_suffix('.') {
                Some(place) => place,
                None => return place.is_empty(),
            };
            let whole = format!("{}.{}", self.cluster, self.app);
            place == self.cluster || (!self.app.is_empty() && (place == self.app || place == whole))
        })
    }

    /// Where it belongs and what it is: `vms.web.latency_p99`, `vms.cost_per_hour`.
    pub fn name(&self) -> String {
        match self.app.as_str() {
            "" => format!("{}.{}", self.cluster, self.metric),
            app => format!("{}.{app}.{}", self.cluster, self.metric),
        }
    }
}

/// All figures of a run. Those that do not exist are left out.
pub fn figures(result: &RunResult) -> Vec<Figure> {
    let mut figures = Collected::default();
    for recording in &result.recordings {
        figures.cluster(&recording.summary);
        figures.count("events", recording.events as f64);
        figures.count("requests_simulated", recording.requests as f64);
    }
    figures.all
}

#[derive(Default)]
struct Collected {
    all: Vec<Figure>,
    cluster: String,
    /// App or job the next figures belong to; empty for the cluster as a whole.
    app: String,
}

impl Collected {
    fn add(&mut self, metric: &str, unit: Unit, better: Better, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into().filter(|value| value.is_finite()) {
            let heading = Heading {
                cluster: self.cluster.clone(),
                app: self.app.clone(),
                metric: metric.to_owned(),
                unit,
                better,
            };
            self.all.push(Figure { heading, value });
        }
    }

    fn count(&mut self, metric: &str, value: f64) {
        self.add(metric, Unit::Count, Better::Neither, value);
    }

    /// Counts of what is neither good nor bad, and of what is bad.
    fn counts(&mut self, prefix: &str, neutral: &[(&str, u64)], bad: &[(&str, u64)]) {
        for (better, counts) in [(Better::Neither, neutral), (Better::Less, bad)] {
            for (name, count) in counts {
                self.add(&format!("{prefix}{name}"), Unit::Count, better, *count as f64);
            }
        }
    }

    fn durations(&mut self, name: &str, of: &Durations) {
        self.count(&format!("{name}_count"), of.count as f64);
        for (part, value) in [
            ("mean", of.mean),
            ("p50", of.p50),
            ("p90", of.p90),
            ("p95", of.p95),
            ("p99", of.p99),
            ("p999", of.p999),
            ("max", of.max),
        ] {
            self.add(&format!("{name}_{part}"), Unit::Seconds, Better::Less, value);
        }
    }

    fn cluster(&mut self, summary: &ClusterSummary) {
        self.cluster.clone_from(&summary.cluster);
        for app in &summary.apps {
            self.app.clone_from(&app.name);
            self.app_figures(app);
            self.cost_of_app(&app.cost, summary.measured_seconds);
        }
        for job in &summary.jobs {
            self.app.clone_from(&job.name);
            self.job(job);
        }
        if let Some(density) = &summary.density {
            self.app.clone_from(&density.app);
            self.density(density);
        }
        self.app.clear();
        self.add("simulated", Unit::Seconds, Better::Neither, summary.simulated_seconds);
        self.add("measured", Unit::Seconds, Better::Neither, summary.measured_seconds);
        // one that only places has nothing else to count
        if let Some(placement) = &summary.placement {
            return self.placed(placement, summary);
        }
        self.objectives(summary);
        self.hosts(&summary.hosts);
        if let Some(nodes) = &summary.nodes {
            self.nodes(nodes);
        }
        if let Some(tasks) = &summary.tasks {
            self.tasks(tasks);
        }
        summary.ec2.iter().for_each(|ec2| self.ec2(ec2));
        summary.addresses.iter().for_each(|addresses| self.addresses(addresses));
        summary.volumes.iter().for_each(|volumes| self.volumes(volumes));
        self.cost(&summary.cost, summary.measured_seconds);
        if let Some(network) = &summary.network {
            self.network(network);
        }
        self.containers(&summary.containers);
        self.images(&summary.images, &summary.registries);
        self.pushes(&summary.registries);
        self.vms(&summary.vms);
        self.migrations(&summary.migrations);
        self.reclaimed(&summary.reclaimed);
    }

    fn energy(&mut self, of: &HostSummary) {
        self.add("energy", Unit::KilowattHours, Better::Less, of.energy_kwh);
    }

    /// Whether all objectives of all apps were met, where there are any.
    fn objectives(&mut self, summary: &ClusterSummary) {
        let mut all = summary.apps.iter().flat_map(|app| &app.objectives).peekable();
        if all.peek().is_some() {
            let met = f64::from(u8::from(all.all(|objective| objective.met)));
            self.add("slo_met", Unit::Fraction, Better::More, met);
        }
    }

    fn app_figures(&mut self, app: &AppSummary) {
        self.count("replicas", f64::from(app.replicas));
        self.add("replicas_ready", Unit::Count, Better::Neither, app.replicas_ready);
        if let Some(of) = &app.autoscale {
            self.autoscale(of);
        }
        if let Some(of) = &app.vpa {
            self.add("cpu_recommended", Unit::Count, Better::Neither, of.target.cpu);
            let memory = of.target.memory as f64;
            self.add("memory_recommended", Unit::Bytes, Better::Neither, memory);
        }
        self.requests(&app.requests);
        self.add("retries", Unit::Count, Better::Less, app.retries as f64);
        self.add("throughput", Unit::PerSecond, Better::More, app.throughput);
        self.durations("latency", &app.latency);
        self.durations("queue_wait", &app.queue_wait);
        self.add("waited", Unit::Fraction, Better::Less, app.waited);
        if let Some(of) = &app.io {
            self.io(of);
        }
        self.add("in_flight", Unit::Count, Better::Less, app.in_flight);
        let across = app.zones.and_then(|zones| zones.share_across());
        self.add("cross_zone_share", Unit::Fraction, Better::Less, across);
        self.add("success_ratio", Unit::Fraction, Better::More, app.success_ratio);
        self.add("availability", Unit::Fraction, Better::More, app.availability);
        self.durations("start_up", &app.start_up);
        self.starts(&app.starts);
        for objective in &app.objectives {
            let met = f64::from(u8::from(objective.met));
            let name = format!("slo_{}_met", objective.metric);
            self.add(&name, Unit::Fraction, Better::More, met);
        }
    }

    fn io(&mut self, of: &IoSummary) {
        self.count("io_operations", of.operations as f64);
        self.add("io_wait_mean", Unit::Seconds, Better::Less, of.wait_mean);
        self.durations("io_time", &of.took);
        self.add("io_busy", Unit::Fraction, Better::Neither, of.busy);
        self.add("io_queued", Unit::Fraction, Better::Less, of.queued);
        self.add("io_out_of_credits", Unit::Fraction, Better::Less, of.out_of_credits);
        self.add("io_held_by_instance", Unit::Fraction, Better::Less, of.held_by_instance);
    }

    /// `start_up` is about the first time each replica was ready; these are about why it took so
    /// long, and about all starts.
    fn starts(&mut self, of: &StartsSummary) {
        let phases = of.phases();
        for it in &phases {
            let name = format!("start_{}_mean", it.phase.name());
            self.add(&name, Unit::Seconds, Better::Less, it.mean);
        }
        if !phases.is_empty() {
            let pull =
                phases.iter().filter(|it| it.phase.is_pull()).map(|it| it.share).sum::<f64>();
            self.add("start_pull_share", Unit::Fraction, Better::Neither, pull);
        }
        for it in &of.kinds {
            let kind = it.kind.name();
            self.count(&format!("starts_{kind}"), it.count as f64);
            self.add(&format!("starts_{kind}_mean"), Unit::Seconds, Better::Less, it.mean);
        }
        if of.account.begun > 0 {
            self.add("starts_failed", Unit::Count, Better::Less, of.account.failed as f64);
        }
    }

    fn autoscale(&mut self, of: &AutoscaleSummary) {
        self.add("replicas_wanted", Unit::Count, Better::Less, of.replicas_wanted);
        self.add(
            "replicas_wanted_max",
            Unit::Count,
            Better::Less,
            f64::from(of.replicas_wanted_max),
        );
        self.add("replica_hours", Unit::Count, Better::Less, of.replica_hours);
        self.count("scale_ups", of.scale_ups as f64);
        self.count("scale_downs", of.scale_downs as f64);
    }

    fn requests(&mut self, of: &RequestAccount) {
        self.counts(
            "requests_",
            &[
                ("carried_in", of.carried_in),
                ("arrived", of.arrived),
                ("succeeded", of.succeeded),
                ("in_flight", of.in_flight),
            ],
            &[("timed_out", of.timed_out), ("refused", of.refused), ("failed", of.failed)],
        );
    }

    fn job(&mut self, job: &JobSummary) {
        self.counts(
            "jobs_",
            &[
                ("submitted", job.submitted),
                ("waiting", job.waiting),
                ("running", job.running),
                ("completed", job.completed),
            ],
            &[("rejected", job.rejected), ("failed", job.failed)],
        );
        self.durations("turnaround", &job.turnaround);
    }

    fn density(&mut self, density: &DensitySummary) {
        let replicas = f64::from(density.replicas_per_host);
        self.add("density", Unit::ReplicasPerHost, Better::More, replicas);
        let hosts = density.hosts_needed.map(f64::from);
        self.add("hosts_needed", Unit::Count, Better::Less, hosts);
    }

    fn hosts(&mut self, of: &HostSummary) {
        self.count("hosts", f64::from(of.count));
        self.add("hosts_used", Unit::Count, Better::Less, f64::from(of.used));
        for (name, share) in [
            ("cpu_utilisation", of.cpu_utilisation),
            ("cpu_utilisation_max", of.cpu_utilisation_max),
            ("memory_utilisation", of.memory_utilisation),
        ] {
            self.add(name, Unit::Fraction, Better::Neither, share);
        }
        self.add("memory_capacity", Unit::Bytes, Better::Neither, of.memory_capacity);
        self.add("guest_memory", Unit::Bytes, Better::Less, of.guest_memory);
        self.add("cpu_ready", Unit::Fraction, Better::Less, of.cpu_ready);
        self.add("throttled", Unit::Fraction, Better::Less, of.throttled);
        self.energy(of);
        self.add("cost_per_hour", Unit::DollarsPerHour, Better::Less, of.cost_per_hour);
    }

    fn containers(&mut self, of: &ContainerAccount) {
        self.counts(
            "containers_",
            &[
                ("created", of.created),
                ("waiting", of.waiting),
                ("pulling", of.pulling),
                ("starting", of.starting),
                ("running", of.running),
                ("stopping", of.stopping),
                ("exited", of.exited),
            ],
            &[("restarting", of.restarting), ("dead", of.dead), ("refused", of.refused)],
        );
    }

    fn vms(&mut self, of: &VmAccount) {
        self.counts(
            "vms_",
            &[
                ("requested", of.requested),
                ("waiting", of.waiting),
                ("provisioning", of.provisioning),
                ("booting", of.booting),
                ("running", of.running),
                ("stopped", of.stopped),
            ],
            &[("rejected", of.rejected), ("failed", of.failed)],
        );
    }

    fn migrations(&mut self, of: &MigrationAccount) {
        self.counts(
            "migrations_",
            &[("started", of.started), ("completed", of.completed), ("under_way", of.under_way)],
            &[("failed", of.failed)],
        );
        if of.completed > 0 {
            self.add("migration_downtime", Unit::Seconds, Better::Less, of.downtime);
            self.add("migration_downtime_max", Unit::Seconds, Better::Less, of.downtime_max);
            self.add("migration_copied", Unit::Bytes, Better::Less, of.copied as f64);
        }
    }

    fn reclaimed(&mut self, of: &ReclaimedMemory) {
        self.add("memory_shared", Unit::Bytes, Better::Neither, of.shared);
        self.add("memory_ballooned", Unit::Bytes, Better::Less, of.ballooned);
        self.add("memory_swapped", Unit::Bytes, Better::Less, of.swapped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_goes_by_its_metric_alone_or_with_where_it_belongs() {
        let heading = Heading {
            cluster: "vms".into(),
            app: "web".into(),
            metric: "latency_p99".into(),
            unit: Unit::Seconds,
            better: Better::Less,
        };
        for name in ["p99", "latency_p99", "web.p99", "vms.p99", "vms.web.latency_p99"] {
            assert!(heading.is_called(name), "{name}");
        }
        for name in ["", "9", "xp99", ".p99", "api.p99", "vms.api.p99", "vms.web.p95"] {
            assert!(!heading.is_called(name), "{name}");
        }
        assert_eq!(heading.name(), "vms.web.latency_p99");
        let whole = Heading { app: String::new(), metric: "cost_per_hour".into(), ..heading };
        assert!(whole.is_called("vms.cost_per_hour") && whole.is_called("cost_per_hour"));
        assert!(!whole.is_called(".cost_per_hour"));
        assert_eq!(whole.name(), "vms.cost_per_hour");
    }
}
