//! `--format csv`: one figure a line (`cluster,app,metric,unit,value`), which spreadsheets pivot
//! and data frames read without knowing the run.

use super::csv_text::{csv_text, plain};
use crate::metrics::RunResult;
use crate::metrics::summary::{
    AppSummary, ClusterSummary, ContainerAccount, DensitySummary, Durations, HostSummary,
    JobSummary, RequestAccount, VmAccount,
};

/// The run in long form. Figures that do not exist have no line.
pub fn csv(result: &RunResult) -> String {
    let mut table = LongTable::default();
    for recording in &result.recordings {
        table.cluster(&recording.summary);
        table.add("events", "count", recording.events as f64);
        table.add("requests_simulated", "count", recording.requests as f64);
    }
    let header = ["cluster", "app", "metric", "unit", "value"].map(String::from);
    csv_text(std::iter::once(header.to_vec()).chain(table.lines))
}

#[derive(Default)]
struct LongTable {
    lines: Vec<Vec<String>>,
    cluster: String,
    /// App or job the next lines belong to; empty for the cluster as a whole.
    app: String,
}

impl LongTable {
    fn add(&mut self, metric: &str, unit: &str, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into().filter(|value| value.is_finite()) {
            let line = [&self.cluster, &self.app, metric, unit, &plain(value)];
            self.lines.push(line.map(String::from).to_vec());
        }
    }

    fn counts(&mut self, prefix: &str, counts: &[(&str, u64)]) {
        for (name, count) in counts {
            self.add(&format!("{prefix}{name}"), "count", *count as f64);
        }
    }

    fn durations(&mut self, name: &str, of: &Durations) {
        self.add(&format!("{name}_count"), "count", of.count as f64);
        for (part, value) in [
            ("mean", of.mean),
            ("p50", of.p50),
            ("p90", of.p90),
            ("p95", of.p95),
            ("p99", of.p99),
            ("p999", of.p999),
            ("max", of.max),
        ] {
            self.add(&format!("{name}_{part}"), "seconds", value);
        }
    }

    fn cluster(&mut self, summary: &ClusterSummary) {
        self.cluster.clone_from(&summary.cluster);
        for app in &summary.apps {
            self.app.clone_from(&app.name);
            self.app_figures(app);
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
        self.add("simulated", "seconds", summary.simulated_seconds);
        self.add("measured", "seconds", summary.measured_seconds);
        self.hosts(&summary.hosts);
        self.containers(&summary.containers);
        self.vms(&summary.vms);
    }

    fn app_figures(&mut self, app: &AppSummary) {
        self.add("replicas", "count", f64::from(app.replicas));
        self.add("replicas_ready", "count", app.replicas_ready);
        self.requests(&app.requests);
        self.add("retries", "count", app.retries as f64);
        self.add("throughput", "per_second", app.throughput);
        self.durations("latency", &app.latency);
        self.durations("queue_wait", &app.queue_wait);
        self.add("waited", "fraction", app.waited);
        self.add("in_flight", "count", app.in_flight);
        self.add("success_ratio", "fraction", app.success_ratio);
        self.add("availability", "fraction", app.availability);
        self.durations("start_up", &app.start_up);
        for objective in &app.objectives {
            let met = if objective.met { 1.0 } else { 0.0 };
            self.add(&format!("slo_{}_met", objective.metric), "fraction", met);
        }
    }

    fn requests(&mut self, of: &RequestAccount) {
        self.counts(
            "requests_",
            &[
                ("carried_in", of.carried_in),
                ("arrived", of.arrived),
                ("succeeded", of.succeeded),
                ("timed_out", of.timed_out),
                ("refused", of.refused),
                ("failed", of.failed),
                ("in_flight", of.in_flight),
            ],
        );
    }

    fn job(&mut self, job: &JobSummary) {
        self.counts(
            "jobs_",
            &[
                ("submitted", job.submitted),
                ("rejected", job.rejected),
                ("waiting", job.waiting),
                ("running", job.running),
                ("completed", job.completed),
                ("failed", job.failed),
            ],
        );
        self.durations("turnaround", &job.turnaround);
    }

    fn density(&mut self, density: &DensitySummary) {
        let replicas = f64::from(density.replicas_per_host);
        self.add("density", "replicas_per_host", replicas);
        self.add("hosts_needed", "count", density.hosts_needed.map(f64::from));
    }

    fn hosts(&mut self, of: &HostSummary) {
        self.add("hosts", "count", f64::from(of.count));
        self.add("hosts_used", "count", f64::from(of.used));
        self.add("cpu_utilisation", "fraction", of.cpu_utilisation);
        self.add("cpu_utilisation_max", "fraction", of.cpu_utilisation_max);
        self.add("memory_utilisation", "fraction", of.memory_utilisation);
        self.add("memory_capacity", "bytes", of.memory_capacity);
        self.add("guest_memory", "bytes", of.guest_memory);
        self.add("cpu_ready", "fraction", of.cpu_ready);
        self.add("throttled", "fraction", of.throttled);
        self.add("energy", "kilowatt_hours", of.energy_kwh);
        self.add("cost", "dollars_per_hour", of.cost_per_hour);
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
                ("restarting", of.restarting),
                ("stopping", of.stopping),
                ("exited", of.exited),
                ("dead", of.dead),
                ("refused", of.refused),
            ],
        );
    }

    fn vms(&mut self, of: &VmAccount) {
        self.counts(
            "vms_",
            &[
                ("requested", of.requested),
                ("rejected", of.rejected),
                ("waiting", of.waiting),
                ("provisioning", of.provisioning),
                ("booting", of.booting),
                ("running", of.running),
                ("stopped", of.stopped),
                ("failed", of.failed),
            ],
        );
    }
}
