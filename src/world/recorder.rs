//! The recorder: reads the meters at regular instants and keeps what the summary needs.
//!
//! A run has a fixed number of points, however long it is. Between two points hosts are metered at
//! least once a minute, because power curves are about means over such times.

mod addresses;
mod hosts;
mod memory;
mod nodes;
mod points;
mod tasks;

use self::hosts::Means;
pub(super) use self::points::scaled_providers;
use self::points::{Totals, columns};
use super::ecs::Billing;
use super::{Event, World};
use crate::docker::RegistryTotals;
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::kubelet::eviction::Resource;
use crate::machine::{HostId, Readings};
use crate::metrics::starts::StartLog;
use crate::metrics::summary::ReclaimedMemory;
use crate::metrics::{Finding, Gauge, LatencyHistogram, SeriesTable};
use crate::scenario::{Cluster, Scenario};
use crate::sharing::Usage;
use crate::units::Bytes;
use crate::workload::AppId;

/// Hosts are metered at least this often.
const METERING: SimDuration = SimDuration::from_secs(60);

/// How often kubelets evicted pods.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evictions {
    /// For want of memory.
    pub memory: u64,
    /// For want of disk.
    pub disk: u64,
}

impl Evictions {
    /// What nodes were short of, and how often they evicted by that; nothing where they never did.
    pub fn all(self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [("memory", self.memory), ("disk", self.disk)];
        all.into_iter().filter(|(_, times)| *times > 0)
    }
}

/// What is kept of an app beside its own meters.
#[derive(Clone, Debug, Default)]
pub(super) struct AppRecord {
    pub start_up: LatencyHistogram,
    /// Of processes that have ended, in seconds.
    pub throttled: f64,
    /// Throttled time when the measurement began.
    pub throttled_before: f64,
    /// Replicas that found no room, and why the last one did not.
    pub no_room: Option<String>,
    pub oom_kills: u64,
    /// How often a kubelet evicted one of its pods.
    pub evictions: Evictions,
    /// Replicas there are to be, where an autoscaler decides.
    pub wanted: Gauge,
    pub scale_ups: u64,
    pub scale_downs: u64,
    /// Totals at the last point, and what came between it and the start of the measurement.
    last: Totals,
    unmeasured: Totals,
}

/// See the [module documentation](self).
#[derive(Debug)]
pub(super) struct Recorder {
    interval: SimDuration,
    ticks_per_interval: u64,
    points: u32,
    duration: SimDuration,
    tick: u64,
    last_tick: SimTime,
    pub table: SeriesTable,
    pub apps: Vec<AppRecord>,
    pub used: Vec<bool>,
    /// Of each host whether it is switched on, 0 or 1.
    pub powered: Vec<Gauge>,
    /// The same as of now, close together, as it is asked of all of them again and again.
    on: Vec<bool>,
    /// What nodes use of the memory of their hosts.
    pub node_memory: memory::NodeMemory,
    /// Of a Kubernetes cluster.
    pub nodes: nodes::NodeRecord,
    /// How long pods waited for a node.
    pub pod_waits: LatencyHistogram,
    /// Of a cluster of Amazon EKS.
    pub addresses: addresses::AddressRecord,
    /// Of a cluster of Amazon ECS.
    pub tasks: tasks::TaskRecord,
    /// What tasks cost there.
    pub billing: Billing,
    nodes_at_start: u32,
    pub measured_from: SimTime,
    /// Meter readings of each host when the measurement began.
    pub before: Vec<Readings>,
    interval_means: Means,
    measured: Means,
    /// Of the instances on hosts of the cluster, in the present interval.
    tenants: Means,
    /// Memory reclaimed, in byte-seconds.
    reclaimed: ReclaimedMemory,
    /// How often a kubelet evicted a pod that is no app's.
    pub other_evictions: Evictions,
    /// Virtual CPUs that are powered on.
    pub vcpus: Gauge,
    vms: Gauge,
    /// Memory that guest systems and hypervisors hold for themselves.
    pub guest_memory: Gauge,
    waiting: f64,
    vcpu_seconds: f64,
    vm_seconds: f64,
    pub host_failures: u64,
    /// What registries had done when the measurement began.
    pub registries_before: Vec<RegistryTotals>,
    pub starts: StartLog,
    pub warnings: Vec<String>,
    pub findings: Vec<Finding>,
}

/// Nodes that a cluster of Kubernetes begins with.
fn nodes_at_start(cluster: &Cluster) -> u32 {
    let pools: u32 = cluster.node_pools.iter().map(|pool| pool.count).sum();
    let groups = cluster.node_groups.iter().map(|group| group.desired.unwrap_or(group.min));
    pools + groups.sum::<u32>()
}

impl Recorder {
    /// `scales` says of which apps the number of replicas follows the load.
    pub fn new(scenario: &Scenario, cluster: &Cluster, scales: impl Fn(AppId) -> bool) -> Self {
        let simulation = &scenario.simulation;
        let points = u64::from(simulation.points).min(simulation.duration.as_nanos()).max(1);
        let interval = SimDuration::from_nanos(simulation.duration.as_nanos() / points);
        Self {
            interval,
            ticks_per_interval: interval.as_nanos().div_ceil(METERING.as_nanos()).max(1),
            points: points as u32,
            duration: simulation.duration,
            tick: 0,
            last_tick: SimTime::ZERO,
            table: columns(scenario, cluster, scales),
            apps: vec![AppRecord::default(); scenario.apps.len()],
            used: vec![false; cluster.host_count() as usize],
            powered: vec![switched_on(); cluster.host_count() as usize],
            on: vec![true; cluster.host_count() as usize],
            node_memory: memory::NodeMemory::default(),
            nodes: nodes::NodeRecord::default(),
            pod_waits: LatencyHistogram::default(),
            addresses: addresses::AddressRecord::new(cluster),
            tasks: tasks::TaskRecord::new(scaled_providers(cluster).map(|(place, _)| place)),
            billing: Billing::new(scenario, cluster),
            nodes_at_start: nodes_at_start(cluster),
            measured_from: SimTime::ZERO,
            before: vec![Readings::default(); cluster.host_count() as usize],
            interval_means: Means::default(),
            measured: Means::default(),
            tenants: Means::default(),
            reclaimed: ReclaimedMemory::default(),
            other_evictions: Evictions::default(),
            vcpus: Gauge::default(),
            vms: Gauge::default(),
            guest_memory: Gauge::default(),
            waiting: 0.0,
            vcpu_seconds: 0.0,
            vm_seconds: 0.0,
            host_failures: 0,
            registries_before: Vec::new(),
            starts: StartLog::new(scenario.apps.len()),
            warnings: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// When the meters are first read.
    pub fn first_tick(&self) -> SimTime {
        self.time_of(1)
    }

    fn time_of(&self, tick: u64) -> SimTime {
        let (point, part) = (tick / self.ticks_per_interval, tick % self.ticks_per_interval);
        if point >= u64::from(self.points) {
            return SimTime::ZERO + self.duration;
        }
        let whole = u128::from(self.interval.as_nanos());
        let within = whole * u128::from(part) / u128::from(self.ticks_per_interval);
        SimTime::ZERO + self.interval * point + SimDuration::from_nanos(within as u64)
    }

    /// A host carries something.
    pub fn host_used(&mut self, host: HostId) {
        self.used[host.index()] = true;
    }

    /// Whether a host is on and has carried something.
    fn is_on(&self, host: usize) -> bool {
        self.used[host] && self.on[host]
    }

    /// The same of each host.
    fn are_on(&self) -> impl Iterator<Item = bool> {
        self.used.iter().zip(&self.on).map(|(&used, &on)| used && on)
    }

    /// A replica of an app found no room.
    pub fn no_room(&mut self, app: AppId, reason: &str) {
        self.apps[app.0 as usize].no_room = Some(reason.to_owned());
    }

    /// A replica is ready for the first time, so long after it was asked for.
    pub fn first_ready(&mut self, app: AppId, after: SimDuration) {
        self.apps[app.0 as usize].start_up.record(after);
    }

    /// A replica's process has ended, having had this.
    pub fn process_ended(&mut self, app: AppId, usage: Usage) {
        self.apps[app.0 as usize].throttled += usage.throttled;
    }

    /// An autoscaler has decided how many replicas of an app there are to be, or begins with so
    /// many.
    pub fn replicas_wanted(&mut self, app: AppId, now: SimTime, replicas: usize) {
        let record = &mut self.apps[app.0 as usize];
        let (before, after) = (record.wanted.value(), replicas as f64);
        record.scale_ups += u64::from(before > 0.0 && after > before);
        record.scale_downs += u64::from(after < before);
        record.wanted.set(now, after);
    }

    /// The kernel killed a replica for its memory.
    pub fn oom_kill(&mut self, app: AppId) {
        self.apps[app.0 as usize].oom_kills += 1;
    }

    /// A kubelet evicted a pod, of this app if it is one's, for want of this.
    pub fn eviction(&mut self, app: Option<AppId>, resource: Resource) {
        let evictions = match app {
            Some(app) => &mut self.apps[app.0 as usize].evictions,
            None => &mut self.other_evictions,
        };
        match resource {
            Resource::Memory => evictions.memory += 1,
            Resource::EphemeralStorage => evictions.disk += 1,
        }
    }

    /// A VM that carries apps runs, of whose memory its system and the hypervisor hold `own`.
    pub fn vm_started(&mut self, now: SimTime, vcpus: u32, own: Bytes) {
        self.fleet_vm_started(now, vcpus);
        self.guest_memory.add(now, own.0 as f64);
    }

    /// A VM that carried apps is gone.
    pub fn vm_ended(&mut self, now: SimTime, vcpus: u32, own: Bytes) {
        self.fleet_vm_ended(now, vcpus);
        self.guest_memory.add(now, -(own.0 as f64));
    }

    /// A VM of the workload runs.
    pub fn fleet_vm_started(&mut self, now: SimTime, vcpus: u32) {
        self.vcpus.add(now, f64::from(vcpus));
        self.vms.add(now, 1.0);
    }

    /// A VM of the workload is gone.
    pub fn fleet_vm_ended(&mut self, now: SimTime, vcpus: u32) {
        self.vcpus.add(now, -f64::from(vcpus));
        self.vms.add(now, -1.0);
    }

    /// A host went down.
    pub fn host_failed(&mut self) {
        self.host_failures += 1;
    }

    /// Something the reader must know; said once.
    pub fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Mean share of memory in use on the hosts used, over the measured time.
    pub fn memory_utilisation(&self) -> f64 {
        self.measured.memory_mean()
    }

    /// Memory reclaimed from guests, mean over the measured time.
    pub fn reclaimed(&self) -> ReclaimedMemory {
        let time = self.measured.time.max(f64::MIN_POSITIVE);
        let ReclaimedMemory { shared, ballooned, swapped } = self.reclaimed;
        ReclaimedMemory {
            shared: shared / time,
            ballooned: ballooned / time,
            swapped: swapped / time,
        }
    }
}

fn switched_on() -> Gauge {
    let mut gauge = Gauge::default();
    gauge.set(SimTime::ZERO, 1.0);
    gauge
}

impl World<'_> {
    /// Reads the meters.
    pub(super) fn on_tick(&mut self) {
        let now = self.now();
        self.recorder.tick += 1;
        self.meter_hosts();
        self.meter_tasks();
        let ends_interval = self.recorder.tick.is_multiple_of(self.recorder.ticks_per_interval);
        if ends_interval {
            self.record_point(now);
        }
        if now < SimTime::ZERO + self.recorder.duration {
            let next = self.recorder.time_of(self.recorder.tick + 1);
            self.calendar.push(next, Phase::Observe, Event::Tick);
        }
    }

    /// The warm-up is over: everything is measured anew from here.
    pub(super) fn on_measure(&mut self) {
        let now = self.now();
        if self.recorder.time_of(self.recorder.tick + 1) == now {
            // the point that ends here comes first: what it shows is not measured
            self.calendar.push(now, Phase::Observe, Event::Measure);
            return;
        }
        if self.only_if_ready && !self.all_ready() {
            self.end = now;
        }
        self.meter_hosts();
        self.restart_bills();
        let usage = self.running_usage();
        let registries = self.registry_totals(now);
        let scaling = self.scaling_counts().unwrap_or_default();
        let volumes = self.volume_counts();
        let karpenter = self.karpenter_counts().unwrap_or_default();
        let metered = self.hosts_metered();
        let recorder = &mut self.recorder;
        recorder.measured_from = now;
        recorder.nodes.volumes_before = volumes;
        recorder.measured = Means::default();
        recorder.registries_before = registries;
        recorder.reclaimed = ReclaimedMemory::default();
        recorder.other_evictions = Evictions::default();
        recorder.before = (0..self.hosts.len()).map(|host| self.hosts.readings(host)).collect();
        recorder.waiting = recorder.before.iter().take(metered).map(|it| it.waiting).sum();
        recorder.vcpus.restart(now);
        recorder.vcpu_seconds = 0.0;
        recorder.guest_memory.restart(now);
        recorder.nodes.restart(now, scaling, karpenter);
        recorder.pod_waits.clear();
        recorder.addresses.restart(now);
        recorder.tasks.restart(now);
        recorder.powered.iter_mut().for_each(|gauge| gauge.restart(now));
        for record in &mut recorder.apps {
            record.throttled_before = record.throttled;
            (record.oom_kills, record.evictions) = (0, Evictions::default());
        }
        for (app, usage) in usage {
            recorder.apps[app.0 as usize].throttled_before += usage.throttled;
        }
        for (app, record) in recorder.apps.iter_mut().enumerate() {
            let meters = self.services.meters_mut(AppId(app as u32));
            let totals = Totals::of(meters, &record.wanted, now);
            record.unmeasured = totals.minus(std::mem::take(&mut record.last));
            meters.restart(now);
            record.wanted.restart(now);
            (record.scale_ups, record.scale_downs) = (0, 0);
        }
        self.services.storage_mut().restart(now);
        self.restart_ec2(now);
        self.restart_fargate(now);
        self.restart_credits(now);
        self.restart_cards(now);
        self.restart_jobs();
        self.fleet.restart();
        self.migrations.restart();
    }
}
