//! Run results made up by formulas, for tests of reports only. Nothing here was simulated.

mod ecs;
mod zones;

pub use ecs::{EC2, FARGATE, batch, tasks};
pub use zones::zoned;

use plimsoll::engine::{SimDuration, SimTime};
use plimsoll::metrics::events::EventLog;
use plimsoll::metrics::series::names;
use plimsoll::metrics::starts::{Phase, StartKind, StartLog};
use plimsoll::metrics::summary::{
    AppSummary, ClusterSummary, ContainerAccount, Cost, CostItem, CostSummary, DensityProbe,
    DensitySummary, Durations, HostSummary, ImageAccount, JobSummary, MigrationAccount, Objective,
    PhaseMean, ReclaimedMemory, RequestAccount, StartAccount, StartBreakdown, StartFailure,
    StartsSummary, VmAccount,
};
use plimsoll::metrics::{LatencyHistogram, Recording, RunResult, Series, SeriesTable, Speed, Unit};

const GIB: f64 = 1_073_741_824.0;
const POINTS: u32 = 240;

/// What makes one cluster different from the next.
#[derive(Clone, Copy)]
pub struct Platform {
    pub name: &'static str,
    pub platform: &'static str,
    /// Factor on latencies.
    pub slow: f64,
    pub density: u32,
    pub hosts: u32,
    /// Guest memory in GiB over all hosts; VMs exist where it is above zero.
    pub guests: f64,
    /// Seconds of the fastest start.
    pub start: f64,
}

pub const BARE: Platform = Platform {
    name: "bare-metal",
    platform: "containers on bare metal",
    slow: 1.0,
    density: 41,
    hosts: 3,
    guests: 0.0,
    start: 1.9,
};
pub const VM: Platform = Platform {
    name: "vm-per-replica",
    platform: "one VM per replica",
    slow: 1.19,
    density: 28,
    hosts: 5,
    guests: 46.4,
    start: 24.0,
};
pub const NESTED: Platform = Platform {
    name: "containers-in-vms",
    platform: "containers in VMs",
    slow: 1.06,
    density: 36,
    hosts: 4,
    guests: 6.2,
    start: 2.4,
};

/// The three platforms of the main job.
pub fn three() -> RunResult {
    run("density", "web", &[BARE, VM, NESTED])
}

/// One platform alone.
pub fn one() -> RunResult {
    run("single", "web", &[BARE])
}

/// Six clusters with long names, two apps, tiny and huge values.
pub fn six() -> RunResult {
    let long = "one-vm-per-replica-on-small-hosts-with-local-disks";
    let clusters = [
        BARE,
        VM,
        NESTED,
        Platform { name: long, slow: 2.4, density: 0, hosts: 1200, guests: 12_000.0, ..VM },
        Platform {
            name: "bare-metal-arm64",
            slow: 0.97,
            density: 1040,
            hosts: 1,
            start: 0.003,
            ..BARE
        },
        Platform { name: "edge", slow: 30.0, density: 1, start: 5400.0, ..NESTED },
    ];
    let mut result =
        run("a-scenario-with-a-rather-long-name-as-people-write-them", "web", &clusters);
    for (recording, platform) in result.recordings.iter_mut().zip(clusters) {
        let slow = Platform { slow: platform.slow * 40.0, ..platform };
        add_app(recording, "image-thumbnail-generator", slow, 3_600_000);
        recording.summary.warnings.push(
            "app web: 2 of 6 replicas found no room: 3 host(s) with insufficient memory".into(),
        );
    }
    result
}

/// Virtual machines replayed from a trace: no apps at all.
pub fn machines() -> RunResult {
    let cluster = |name, ratio: f64| {
        let mut recording = recording(
            &Platform { name, platform: "VMs", guests: 0.0, hosts: (8.0 / ratio) as u32, ..VM },
            2_592_000,
        );
        let summary = &mut recording.summary;
        summary.vms = VmAccount { requested: 50, running: 43, stopped: 7, ..VmAccount::default() };
        summary.containers = ContainerAccount::default();
        summary.density = None;
        summary.hosts.cpu_utilisation = 0.07 * ratio;
        summary.hosts.cpu_utilisation_max = 0.11 * ratio;
        summary.hosts.cpu_ready = Some(0.0004 * ratio * ratio);
        recording
    };
    RunResult {
        scenario: "bitbrains".into(),
        resolved: "[simulation]\nname = \"bitbrains\"\n".into(),
        seed: 42,
        recordings: vec![
            cluster("overcommit-1-1", 1.0),
            cluster("overcommit-2-1", 2.0),
            cluster("overcommit-4-1", 4.0),
        ],
    }
}

/// More clusters than a plot has room for at its side.
pub fn many(count: usize) -> RunResult {
    let mut result = three();
    let one = result.recordings[1].clone();
    result.recordings = (0..count)
        .map(|index| {
            let mut recording = one.clone();
            recording.summary.cluster = format!("cluster-{index}");
            recording
        })
        .collect();
    result
}

/// Names that try to leave their place.
pub fn hostile() -> RunResult {
    let name = "<script>alert(1)</script>\u{1b}[31m";
    let mut result = run(
        "</title><script>alert(2)</script>",
        "\"><img src=x onerror=alert(3)>",
        &[Platform { name, ..BARE }, Platform { name, ..VM }],
    );
    result.resolved = "# </pre><script>alert(4)</script>\n".into();
    let warnings = &mut result.recordings[0].summary.warnings;
    warnings.push("<b onmouseover=alert(5)>replica</b>".into());
    result
}

pub fn speed() -> Speed {
    Speed { wall_seconds: 2.1, events: 9_876_543, requests: 1_234_567 }
}

fn run(scenario: &str, app: &str, clusters: &[Platform]) -> RunResult {
    RunResult {
        scenario: scenario.into(),
        resolved: format!(
            "[simulation]\nname = \"{scenario}\"\nduration = \"10m\"\nwarm_up = \"1m\"\nseed = 42\n\
             \n[[app]]\nname = \"{app}\"\nreplicas = 120\n"
        ),
        seed: 42,
        recordings: clusters
            .iter()
            .map(|platform| {
                let mut recording = recording(platform, 600);
                add_app(&mut recording, app, *platform, 600);
                recording
            })
            .collect(),
    }
}

fn recording(platform: &Platform, seconds: u32) -> Recording {
    let times = (1..=POINTS)
        .map(|point| u64::from(point) * u64::from(seconds) * 1_000_000_000 / u64::from(POINTS));
    let mut series =
        SeriesTable { times: times.map(SimTime::from_nanos).collect(), series: Vec::new() };
    let hosts = f64::from(platform.hosts);
    series.series.push(wave(None, names::CPU_UTILISATION, Unit::Fraction, |t| {
        (0.52 / platform.slow.sqrt()) * (1.0 + 0.25 * wobble(t * 6.0))
    }));
    series.series.push(wave(None, names::POWER, Unit::Watts, |t| {
        hosts * (110.0 + 120.0 * (0.5 + 0.2 * wobble(t * 6.0)))
    }));
    if platform.guests > 0.0 {
        series.series.push(wave(None, names::CPU_READY, Unit::Fraction, |t| {
            0.004 * platform.slow * (1.0 + wobble(t * 6.0 + 0.3))
        }));
    }
    Recording {
        waits: Vec::new(),
        summary: summary(platform, seconds),
        series,
        latency: Vec::new(),
        start_up: Vec::new(),
        starts: StartLog::new(1),
        log: EventLog::default(),
        events: 3_292_181,
        requests: 411_522,
    }
}

fn summary(platform: &Platform, seconds: u32) -> ClusterSummary {
    let hosts = f64::from(platform.hosts);
    let hours = f64::from(seconds) * 0.9 / 3600.0;
    let vms = if platform.guests > 0.0 { 120 } else { 0 };
    ClusterSummary {
        cluster: platform.name.into(),
        platform: platform.platform.into(),
        seed: 42,
        simulated_seconds: f64::from(seconds),
        measured_seconds: f64::from(seconds) * 0.9,
        apps: Vec::new(),
        jobs: Vec::new(),
        network: None,
        hosts: HostSummary {
            count: platform.hosts.max(8),
            used: platform.hosts,
            cpu_utilisation: 0.52 / platform.slow.sqrt(),
            cpu_utilisation_max: 0.61 / platform.slow.sqrt(),
            memory_utilisation: 0.41 + platform.guests / (hosts * 192.0),
            memory_capacity: hosts * 192.0 * GIB,
            cpu_ready: (vms > 0).then_some(0.004 * platform.slow),
            throttled: 0.0123,
            vcpus: f64::from(vms as u32) * 2.0,
            guest_memory: platform.guests * GIB,
            energy_kwh: hosts * 0.17 * f64::from(seconds) * 0.9 / 3600.0,
            cost_per_hour: hosts * 0.96,
        },
        nodes: None,
        tasks: None,
        placement: None,
        ec2: None,
        addresses: None,
        volumes: None,
        cost: CostSummary::new(Cost::default().with(CostItem::Machines, hosts * 0.96 * hours), &[]),
        containers: ContainerAccount {
            created: 121,
            running: 120,
            exited: 1,
            ..ContainerAccount::default()
        },
        vms: VmAccount { requested: vms, running: vms, ..VmAccount::default() },
        migrations: MigrationAccount::default(),
        reclaimed: ReclaimedMemory::default(),
        images: ImageAccount::default(),
        registries: Vec::new(),
        vm_streams: Vec::new(),
        density: None,
        warnings: Vec::new(),
        findings: Vec::new(),
    }
}

fn add_app(recording: &mut Recording, name: &str, platform: Platform, seconds: u32) {
    let base = 0.0121 * platform.slow;
    let mut latency = LatencyHistogram::default();
    for index in 0..40_000 {
        let u = f64::from(index) / 40_000.0;
        // body from half to twice the base, tail like a power law
        latency.record(seconds_of(base * (0.5 + u + 0.05 * u * u / (1.0002 - u).sqrt())));
    }
    let mut start_up = LatencyHistogram::default();
    for index in 0..120 {
        let u = f64::from(index) / 120.0;
        start_up.record(seconds_of(platform.start * (1.0 + u + 0.4 * u * u * u)));
    }
    let app = Some(name.to_owned());
    let series = &mut recording.series.series;
    series.push(wave(app.clone(), names::REQUESTS, Unit::PerSecond, |t| {
        300.0 * (1.0 + 0.2 * wobble(t * 6.0))
    }));
    let limit = 0.02;
    series.push(wave(app, names::P99, Unit::Seconds, |t| match t {
        // nothing is answered before the replicas are up
        t if t < limit => f64::NAN,
        t => base * (3.0 + 0.5 * wobble(t * 40.0) + if t > 0.7 && t < 0.74 { 4.0 } else { 0.0 }),
    }));
    let app = app_summary(name, &latency, &start_up, platform, seconds);
    let p99 = app.latency.p99.unwrap_or_default();
    recording.summary.apps.push(app);
    if recording.summary.density.is_none() {
        recording.summary.density = Some(density(name, platform, p99));
    }
    recording.latency.push((name.into(), latency));
    recording.start_up.push((name.into(), start_up));
}

fn app_summary(
    name: &str,
    latency: &LatencyHistogram,
    start_up: &LatencyHistogram,
    platform: Platform,
    seconds: u32,
) -> AppSummary {
    let p99 = Durations::from(latency).p99;
    let objective = |metric: &str, target: f64, actual: Option<f64>, met: bool| Objective {
        metric: metric.into(),
        target,
        actual,
        met,
    };
    AppSummary {
        trace: None,
        name: name.into(),
        replicas: 120,
        replicas_ready: 119.62,
        requests: RequestAccount {
            carried_in: 3,
            arrived: 1_234_564,
            succeeded: 1_234_500,
            timed_out: 12,
            refused: 0,
            failed: 0,
            in_flight: 55,
        },
        undelivered: None,
        retries: 31,
        throughput: 1_234_500.0 / (f64::from(seconds) * 0.9),
        latency: Durations::from(latency),
        io: None,
        queue_wait: Durations::from(&LatencyHistogram::default()),
        waited: 0.0,
        in_flight: 5.4,
        success_ratio: Some(1_234_500.0 / 1_234_512.0),
        availability: 1.0,
        start_up: Durations::from(start_up),
        autoscale: None,
        zones: None,
        cost: Cost::default(),
        vpa: None,
        starts: starts(Durations::from(start_up).mean.unwrap_or(0.0), platform),
        objectives: vec![
            objective("p99", 0.05, p99, p99.is_some_and(|p99| p99 <= 0.05)),
            objective("availability", 0.999, Some(0.99999), true),
        ],
    }
}

/// Starts of which a quarter is the download of an image and half its extraction, or those of VMs.
fn starts(mean: f64, platform: Platform) -> StartsSummary {
    let vms = platform.platform == VM.platform;
    let (kind, shares) = match vms {
        true => (StartKind::Vm, [(Phase::Provision, 0.1), (Phase::Boot, 0.8), (Phase::App, 0.1)]),
        false => {
            (StartKind::Cold, [(Phase::Download, 0.25), (Phase::Extract, 0.5), (Phase::App, 0.25)])
        }
    };
    let phases = shares.map(|(phase, share)| PhaseMean { phase, mean: share * mean, share });
    let pulled = |what: f64| (!vms).then_some(what);
    StartsSummary {
        image: (!vms).then(|| "shop/web:1.4".into()),
        replicas: 120,
        account: StartAccount { begun: 121, ready: 120, failed: 1, ..StartAccount::default() },
        kinds: vec![StartBreakdown {
            kind,
            count: 120,
            mean,
            max: 2.0 * mean,
            pull_share: pulled(0.75).unwrap_or(0.0),
            phases: phases.into(),
            bytes_pulled: pulled(70e6),
            layers_pulled: pulled(3.0),
            layers_present: pulled(0.0),
            layers_joined: pulled(1.5),
        }],
        failures: vec![StartFailure { reason: "its machine was lost".into(), count: 1 }],
    }
}

fn density(app: &str, platform: Platform, p99: f64) -> DensitySummary {
    DensitySummary {
        app: app.into(),
        replicas_per_host: platform.density,
        limited_by: "p99 of web 51.2 ms > 50 ms".into(),
        hosts_needed: (platform.density > 0).then(|| 120_u32.div_ceil(platform.density)),
        probes: vec![DensityProbe {
            replicas: platform.density,
            placed: true,
            p99: Some(p99),
            cpu_utilisation: 0.83,
            met: true,
        }],
    }
}

/// A batch job for tests of jobs alone.
pub fn job() -> JobSummary {
    let mut turnaround = LatencyHistogram::default();
    (1..=20).for_each(|minutes| turnaround.record(SimDuration::from_secs(60 * minutes)));
    JobSummary {
        name: "nightly-report".into(),
        submitted: 24,
        running: 3,
        completed: 20,
        failed: 1,
        turnaround: Durations::from(&turnaround),
        ..JobSummary::default()
    }
}

fn wave(app: Option<String>, name: &str, unit: Unit, value: impl Fn(f64) -> f64) -> Series {
    Series {
        name: name.into(),
        app,
        unit,
        values: (1..=POINTS).map(|point| value(f64::from(point) / f64::from(POINTS))).collect(),
    }
}

/// A smooth wave between -1 and 1 with period 1 and a jagged edge, by arithmetic alone.
fn wobble(t: f64) -> f64 {
    let phase = t.fract();
    let arch = 16.0 * phase * (phase - 0.5) * (1.0 - phase);
    arch + 0.12 * ((t * 57.31).fract() - 0.5)
}

fn seconds_of(seconds: f64) -> SimDuration {
    SimDuration::from_secs_f64(seconds)
}
