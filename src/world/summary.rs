//! From a world at its end to the record of its run.

mod addresses;
mod cost;
mod images;
mod network;
mod nodes;
mod stored;
mod tasks;

use super::World;
use crate::engine::SimTime;
use crate::metrics::Recording;
use crate::metrics::summary::{
    AppSummary, AutoscaleSummary, ClusterSummary, ContainerAccount, Cost, Durations, HostSummary,
    IoSummary, JobSummary, Objective, StartsSummary, VmAccount, VmStreamSummary,
};
use crate::scenario::{ClusterKind, Slo};
use crate::workload::AppId;

impl World<'_> {
    /// The record of the run.
    pub(super) fn into_recording(mut self) -> Recording {
        let now = self.end;
        // a run that ended where measuring would begin has figures of zero, not of infinity
        let measured = now.since(self.recorder.measured_from).as_secs_f64().max(f64::MIN_POSITIVE);
        for (app, usage) in self.running_usage() {
            self.recorder.apps[app.0 as usize].throttled += usage.throttled;
        }
        self.end_starts(now);
        self.warn_of_failing_pulls();
        self.warn_of_paging();
        let jobs_throttled = self.jobs_throttled();
        let apps = 0..self.scenario.apps.len() as u32;
        let mut apps: Vec<AppSummary> =
            apps.map(|app| self.app_summary(AppId(app), now, measured)).collect();
        let jobs = self.job_summaries();
        let registries = self.registry_accounts(now);
        let mut hosts = self.host_summary(now, jobs_throttled);
        let network = self.network_summary(&apps, measured);
        let beside = (&registries[..], network);
        let cost = self.cost_summary(now, measured, &mut hosts, beside, &mut apps);
        let summary = ClusterSummary {
            cluster: self.cluster.name.clone(),
            platform: self.platform().to_owned(),
            seed: self.seed,
            simulated_seconds: now.as_secs_f64(),
            measured_seconds: measured,
            hosts,
            nodes: self.nodes_summary(now),
            tasks: self.tasks_summary(now),
            ec2: self.ec2_summary(now),
            addresses: self.addresses_summary(now),
            volumes: self.volumes_summary(),
            cost,
            network,
            containers: self.container_account(),
            vms: self.vm_account(),
            migrations: self.migration_account(),
            reclaimed: self.recorder.reclaimed(),
            images: self.image_account(now),
            registries,
            vm_streams: self.vm_stream_summaries(),
            warnings: self.warnings(&apps, &jobs),
            findings: std::mem::take(&mut self.recorder.findings),
            apps,
            jobs,
            ..ClusterSummary::default()
        };
        let log = self.take_events();
        let names = self.scenario.apps.iter().map(|app| app.name.clone());
        let latency = |index: usize| self.services.meters(AppId(index as u32)).latency().clone();
        let latency = names.clone().enumerate().map(|(index, name)| (name, latency(index)));
        let waits = |index: usize| self.services.meters(AppId(index as u32)).waits();
        let waits = names.clone().enumerate().map(|(index, name)| (name, waits(index)));
        let start_up = |index: usize| self.recorder.apps[index].start_up.clone();
        let start_up = names.enumerate().map(|(index, name)| (name, start_up(index)));
        let requests = (0..self.scenario.apps.len() as u32)
            .map(|app| self.services.meters(AppId(app)).total_requests)
            .sum();
        Recording {
            latency: latency.collect(),
            waits: waits.collect(),
            start_up: start_up.collect(),
            starts: self.recorder.starts,
            log,
            events: self.calendar.fired(),
            requests,
            series: self.recorder.table,
            summary,
        }
    }

    fn platform(&self) -> &'static str {
        match (self.cluster.kind, self.cluster.vm.is_some()) {
            (ClusterKind::Docker, false) => "containers on bare metal",
            (ClusterKind::Docker, true) => "containers in VMs",
            (ClusterKind::Hypervisor, true) => "one VM per replica",
            (ClusterKind::Hypervisor, false) => "VMs",
            (ClusterKind::Kubernetes, false) => "Kubernetes",
            (ClusterKind::Kubernetes, true) => "Kubernetes in VMs",
            (ClusterKind::Ecs, _) => "Amazon ECS",
            (ClusterKind::Eks, _) => "Amazon EKS",
            (ClusterKind::Placement, _) => unreachable!("it is played by the laboratory"),
        }
    }

    fn app_summary(&self, id: AppId, now: SimTime, measured: f64) -> AppSummary {
        let app = &self.scenario.apps[id.0 as usize];
        let meters = self.services.meters(id);
        let account = meters.account;
        let ended = account.succeeded + account.timed_out + account.refused + account.failed;
        let latency = Durations::from(meters.latency());
        let success_ratio = (ended > 0).then(|| account.succeeded as f64 / ended as f64);
        let objectives =
            app.slo.map_or(Vec::new(), |slo| objectives(&slo, &latency, success_ratio));
        AppSummary {
            name: app.name.clone(),
            replicas: self.replicas_at_start(id),
            replicas_ready: meters.ready.mean(now),
            requests: account,
            undelivered: self.services.balancer_of(id).map(|_| meters.undelivered),
            retries: meters.retries,
            throughput: account.succeeded as f64 / measured,
            latency,
            queue_wait: Durations::from(&meters.waits()),
            waited: meters.waited_share(),
            in_flight: meters.in_flight.mean(now),
            success_ratio,
            availability: meters.available.mean(now),
            start_up: Durations::from(&self.recorder.apps[id.0 as usize].start_up),
            autoscale: self.autoscalers.scales(id).then(|| self.autoscale_summary(id, now)),
            vpa: self.recommenders.right_sizing(id),
            starts: StartsSummary {
                image: self.cluster.kind.runs_containers().then(|| self.image_of(id).to_owned()),
                ..self.recorder.starts.summary(id.0)
            },
            zones: self.zone_traffic(id),
            io: self.io_summary(id),
            trace: self.trace_summary(id),
            cost: Cost::default(),
            objectives,
        }
    }

    fn autoscale_summary(&self, id: AppId, now: SimTime) -> AutoscaleSummary {
        let record = &self.recorder.apps[id.0 as usize];
        AutoscaleSummary {
            replicas_wanted: record.wanted.mean(now),
            replicas_wanted_max: record.wanted.maximum() as u32,
            replica_hours: record.wanted.integral(now) / 3600.0,
            scale_ups: record.scale_ups,
            scale_downs: record.scale_downs,
        }
    }

    /// Their cost is that of the hosts alone.
    fn host_summary(&self, now: SimTime, jobs_throttled: f64) -> HostSummary {
        let used: Vec<usize> =
            (0..self.hosts_metered()).filter(|&host| self.recorder.used[host]).collect();
        let utilisation = |host: &usize| {
            let spent = self.hosts.readings(*host).used - self.recorder.before[*host].used;
            let on = self.recorder.powered[*host].integral(now);
            let capacity = on * self.hosts[*host].cpu.capacity().maximum();
            if capacity > 0.0 { spent / capacity } else { 0.0 }
        };
        let total: f64 = used.iter().map(utilisation).sum();
        let waiting =
            |host: &usize| self.hosts.readings(*host).waiting - self.recorder.before[*host].waiting;
        let vcpu_seconds = self.recorder.vcpus.integral(now);
        let waited: f64 = used.iter().map(waiting).sum();
        let energy = |host: &usize| {
            let readings = self.hosts.readings(*host);
            readings.energy.kilowatt_hours() - self.recorder.before[*host].energy.kilowatt_hours()
        };
        let energy_kwh: f64 = used.iter().map(energy).sum();
        HostSummary {
            count: self.hosts_metered() as u32,
            used: used.len() as u32,
            cpu_utilisation: if used.is_empty() { 0.0 } else { total / used.len() as f64 },
            cpu_utilisation_max: used.iter().map(utilisation).fold(0.0, f64::max),
            memory_utilisation: self.recorder.memory_utilisation(),
            cpu_ready: (vcpu_seconds > 0.0).then(|| waited / vcpu_seconds),
            throttled: self.throttled_share(now, jobs_throttled),
            vcpus: self.recorder.vcpus.mean(now),
            memory_capacity: used.iter().map(|&host| self.shapes[host].memory.0 as f64).sum(),
            guest_memory: self.recorder.guest_memory.mean(now) - self.shared_memory(),
            energy_kwh,
            cost_per_hour: self.price_of(&used, now),
        }
    }

    /// What hosts cost an hour while they are on: of each shape, so many times its price. What EC2
    /// and Fargate bill is not among it.
    fn price_of(&self, hosts: &[usize], now: SimTime) -> f64 {
        let mut first = 0;
        let of_shape = self.cluster.machines().map(|machines| {
            let range = first..first + machines.count as usize;
            first = range.end;
            let these = hosts.iter().filter(|host| range.contains(host));
            let powered: f64 = these.map(|&host| self.recorder.powered[host].mean(now)).sum();
            self.shapes.get(range.start).map_or(0.0, |shape| shape.price.0) * powered
        });
        let fixed: f64 = of_shape.sum();
        let billed = self.ecs.is_some();
        let later = hosts.iter().filter(|&&host| host >= first && !billed);
        let each =
            later.map(|&host| self.shapes[host].price.0 * self.recorder.powered[host].mean(now));
        fixed + each.sum::<f64>()
    }

    /// Memory that page sharing saves, over all hosts, at this moment.
    fn shared_memory(&self) -> f64 {
        let hosts = self.hypervisor.host_ids();
        hosts.map(|host| self.hypervisor.host_memory(host).shared.0 as f64).sum()
    }

    fn throttled_share(&self, now: SimTime, of_jobs: f64) -> f64 {
        let throttled: f64 =
            self.recorder.apps.iter().map(|app| app.throttled - app.throttled_before).sum();
        let running: f64 = (0..self.scenario.apps.len() as u32)
            .map(|app| self.services.meters(AppId(app)).ready.integral(now))
            .sum();
        let running = running + self.jobs.running.integral(now);
        if running > 0.0 { (throttled + of_jobs) / running } else { 0.0 }
    }

    fn job_summaries(&self) -> Vec<JobSummary> {
        let summary = |(index, job): (usize, &crate::scenario::Job)| {
            let stream = &self.jobs.streams[index];
            let (waiting, running) = self.jobs.present(index as u32);
            JobSummary {
                name: job.name.clone(),
                submitted: stream.submitted,
                rejected: stream.rejected,
                waiting,
                running,
                completed: stream.completed,
                failed: stream.failed,
                turnaround: Durations::from(&stream.turnaround),
            }
        };
        self.scenario.jobs.iter().enumerate().map(summary).collect()
    }

    fn vm_stream_summaries(&self) -> Vec<VmStreamSummary> {
        let streams = self.scenario.vms.iter().zip(&self.fleet.streams);
        let summary = |(vm, stream): (&crate::scenario::VmStream, &super::fleet::FleetStream)| {
            let (name, requested) = (vm.name.clone(), stream.requested);
            VmStreamSummary { name, requested, rejected: stream.rejected }
        };
        streams.map(summary).collect()
    }

    fn vm_account(&self) -> VmAccount {
        let accounting = self.hypervisor.accounting();
        VmAccount {
            requested: accounting.requested,
            rejected: accounting.rejected,
            waiting: accounting.waiting,
            provisioning: accounting.provisioning,
            booting: accounting.booting,
            running: accounting.running + accounting.stopping,
            stopped: accounting.stopped,
            failed: accounting.failed,
        }
    }

    fn container_account(&self) -> ContainerAccount {
        let accounting = self.engines.accounting();
        use crate::docker::ContainerState as State;
        let count = |state| accounting.count(state);
        ContainerAccount {
            created: accounting.created,
            waiting: count(State::Created),
            pulling: count(State::Pulling),
            starting: count(State::Starting),
            running: count(State::Running),
            restarting: count(State::Restarting),
            stopping: count(State::Stopping),
            exited: count(State::Exited),
            dead: count(State::Dead),
            refused: count(State::Refused),
        }
    }

    fn warnings(&self, apps: &[AppSummary], jobs: &[JobSummary]) -> Vec<String> {
        let mut warnings = self.recorder.warnings.clone();
        for (app, record) in apps.iter().zip(&self.recorder.apps) {
            let name = &app.name;
            let wanted = app.replicas_wanted();
            if let Some(reason) = &record.no_room
                && app.replicas_ready < wanted
            {
                let ready = app.replicas_ready;
                let wanted = (wanted * 10.0).round() / 10.0;
                warnings.push(format!("`{name}`: {ready:.1} of {wanted} replicas ready: {reason}"));
            }
            if let Some(reason) = app.io.as_ref().and_then(IoSummary::bottleneck) {
                warnings.push(format!("`{name}`: {reason}"));
            }
            if record.oom_kills > 0 {
                let times = times(record.oom_kills);
                warnings.push(format!("`{name}`: replicas ran out of memory {times}"));
            }
            for (what, count) in record.evictions.all() {
                let times = times(count);
                warnings.push(format!("`{name}`: nodes short of {what} evicted its pods {times}"));
            }
        }
        for (what, count) in self.recorder.other_evictions.all() {
            let times = times(count);
            warnings.push(format!("nodes short of {what} evicted pods of manifests {times}"));
        }
        if self.cluster.kind == ClusterKind::Hypervisor {
            for job in jobs.iter().filter(|job| job.submitted > 0) {
                let name = &job.name;
                warnings.push(format!("`{name}`: jobs need a container engine, and there is none"));
            }
        }
        if self.recorder.host_failures > 0 {
            warnings.push(format!("hosts failed {}", times(self.recorder.host_failures)));
        }
        warnings.extend(self.ended_on_fargate());
        warnings.extend(self.unfinished_drains());
        warnings.extend(self.exhausted_credits());
        warnings.extend(self.exhausted_cards());
        warnings
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn objectives(slo: &Slo, latency: &Durations, success: Option<f64>) -> Vec<Objective> {
    let at_most = [
        ("p50", slo.p50, latency.p50),
        ("p95", slo.p95, latency.p95),
        ("p99", slo.p99, latency.p99),
        ("mean", slo.mean, latency.mean),
    ];
    let times = at_most.into_iter().filter_map(|(metric, target, actual)| {
        let target = target?.as_secs_f64();
        let met = actual.is_some_and(|actual| actual <= target);
        Some(Objective { metric: metric.to_owned(), target, actual, met })
    });
    let availability = slo.availability.map(|target| Objective {
        metric: "availability".to_owned(),
        target: target.0,
        actual: success,
        met: success.is_some_and(|actual| actual >= target.0),
    });
    times.chain(availability).collect()
}
