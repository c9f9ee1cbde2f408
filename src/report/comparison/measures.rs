//! Which measures there are, in the order of the questions people ask: does it carry the load, how
//! fast is it, what does it cost.

mod addresses;
mod cost;
mod ec2;
mod network;
mod nodes;
mod placement;
mod tasks;
mod volumes;

use super::super::quantity::{bytes, count, duration, money, percent, rate, round_duration};
use super::{Cell, Measure, Section};
use crate::metrics::figures::Better;
use crate::metrics::summary::{
    AppSummary, ClusterSummary, ImageAccount, JobSummary, MigrationAccount, Objective,
    ReclaimedMemory, RegistryAccount, Requested, RightSizing, VmAccount,
};

type Summaries<'a> = &'a [&'a ClusterSummary];

/// All sections that have anything to show.
pub(super) fn sections(all: Summaries) -> Vec<Section> {
    let mut sections = vec![density(all)];
    sections.extend(names(all, |s| s.apps.iter().map(|app| &app.name)).map(|name| app(all, name)));
    sections.extend(names(all, |s| s.jobs.iter().map(|job| &job.name)).map(|name| job(all, name)));
    sections.extend(placement::sections(all));
    sections.extend([
        nodes::section(all),
        tasks::section(all),
        ec2::section(all),
        addresses::section(all),
        volumes::section(all),
        network::section(all),
        images(all),
        vms(all),
        migrations(all),
        hosts(all),
        cost::section(all),
    ]);
    sections.into_iter().flatten().collect()
}

/// Names in the order of first appearance over all clusters.
fn names<'a, I: Iterator<Item = &'a String>>(
    all: &'a [&'a ClusterSummary],
    of: impl Fn(&'a ClusterSummary) -> I,
) -> std::vec::IntoIter<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in all.iter().flat_map(|summary| of(summary)) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.into_iter()
}

fn density(all: Summaries) -> Option<Section> {
    let of = |s: &ClusterSummary| s.density.clone();
    let whole = |value: f64| count(value as u64);
    let app = all.iter().find_map(|s| s.density.as_ref())?.app.clone();
    Section::of(
        format!("Density of {app}"),
        [
            Measure::numeric("replicas per host at the SLO", all, Better::More, whole, |s| {
                of(s).map(|d| f64::from(d.replicas_per_host))
            }),
            Measure::words("limited by", all, |s| of(s).map(|d| Cell::plain(d.limited_by))),
            Measure::numeric("hosts needed", all, Better::Less, whole, |s| {
                of(s)?.hosts_needed.map(f64::from)
            }),
        ],
    )
}

fn app(all: Summaries, name: &str) -> Option<Section> {
    let find = |s: &ClusterSummary| s.apps.iter().find(|app| app.name == name).cloned();
    let number_of =
        |label, better, show: fn(f64) -> String, get: fn(&AppSummary) -> Option<f64>| {
            Measure::numeric(label, all, better, show, |s| get(&find(s)?))
        };
    let whole = |value: f64| count(value as u64);
    Section::of(
        format!("App {name}"),
        [
            Measure::words("SLO", all, |s| verdict(&find(s)?.objectives)),
            number_of("latency p50", Better::Less, duration, |a| a.latency.p50),
            number_of("latency p95", Better::Less, duration, |a| a.latency.p95),
            number_of("latency p99", Better::Less, duration, |a| a.latency.p99),
            number_of("success ratio", Better::More, percent, |a| a.success_ratio),
            number_of("calls from another zone", Better::Less, percent, |a| {
                a.zones.as_ref()?.share_across()
            }),
            number_of("time of reading and writing, mean", Better::Less, duration, |a| {
                a.io.as_ref()?.took.mean
            }),
            number_of("disks or volumes busy", Better::Neither, percent, |a| {
                Some(a.io.as_ref()?.busy)
            }),
            number_of("throughput", Better::More, rate, |a| {
                (a.requests.arrived > 0).then_some(a.throughput)
            }),
            Measure::words("replicas ready, mean", all, |s| find(s).map(|a| ready(&a))),
            number_of("replicas asked for, most", Better::Less, whole, |a| {
                a.autoscale.map(|it| f64::from(it.replicas_wanted_max))
            }),
            number_of("scaled up, times", Better::Neither, whole, |a| {
                a.autoscale.map(|it| it.scale_ups as f64)
            }),
            number_of("scaled down, times", Better::Neither, whole, |a| {
                a.autoscale.map(|it| it.scale_downs as f64)
            }),
            Measure::words("CPU requested", all, |s| amount(find(s)?.vpa?.requested, cores)),
            Measure::words("CPU recommended (VPA)", all, |s| amount(find(s)?.vpa?.target, cores)),
            Measure::words("not below, nor above", all, |s| bounds(find(s)?.vpa?, cores)),
            Measure::words("memory requested", all, |s| amount(find(s)?.vpa?.requested, memory)),
            Measure::words("memory recommended", all, |s| amount(find(s)?.vpa?.target, memory)),
            Measure::words("not below, nor above", all, |s| bounds(find(s)?.vpa?, memory)),
            number_of("availability", Better::More, percent, |a| Some(a.availability)),
            Measure::numeric("cost per hour, its part", all, Better::Less, money, |s| {
                let hours = s.measured_seconds / 3600.0;
                find(s).filter(|app| !app.cost.is_zero()).map(|app| app.cost.total() / hours)
            }),
            number_of("start-up p50", Better::Less, duration, |a| a.start_up.p50),
            number_of("start-up max", Better::Less, duration, |a| a.start_up.max),
        ],
    )
}

fn cores(of: Requested) -> String {
    format!("{}m", (of.cpu * 1_000.0).round())
}

fn memory(of: Requested) -> String {
    bytes(of.memory as f64)
}

fn amount(of: Requested, show: fn(Requested) -> String) -> Option<Cell> {
    Some(Cell::plain(show(of)))
}

/// Requests beyond which the VPA would evict a pod. Without a history nothing is too much.
fn bounds(of: RightSizing, show: fn(Requested) -> String) -> Option<Cell> {
    let upper = if of.upper.cpu > 1e9 { "∞".to_owned() } else { show(of.upper) };
    Some(Cell::plain(format!("{}, {upper}", show(of.lower))))
}

fn ready(app: &AppSummary) -> Cell {
    // whole only where it is: 119.62 of 120 must not read 120 of 120
    let exact = |number: f64| match number {
        whole if whole.fract() == 0.0 => count(whole as u64),
        part => format!("{part:.2}"),
    };
    let (ready, wanted) = (exact(app.replicas_ready), exact(app.replicas_wanted()));
    Cell::plain(format!("{ready} of {wanted}"))
}

/// `✓ met`, or each objective that was missed with what it came to.
fn verdict(objectives: &[Objective]) -> Option<Cell> {
    if objectives.is_empty() {
        return None;
    }
    let missed: Vec<_> = objectives.iter().filter(|o| !o.met).map(miss).collect();
    Some(Cell {
        text: match missed.is_empty() {
            true => "✓ met".into(),
            false => format!("✗ {}", missed.join("; ")),
        },
        best: false,
        met: Some(missed.is_empty()),
    })
}

/// The objectives a cluster missed, `web: p99 310 ms > 250 ms`, or `None` where it missed none.
pub(in crate::report) fn misses(summary: &ClusterSummary) -> Option<String> {
    let missed: Vec<_> = summary
        .apps
        .iter()
        .flat_map(|app| app.objectives.iter().map(move |objective| (app, objective)))
        .filter(|(_, objective)| !objective.met)
        .map(|(app, objective)| format!("{}: {}", app.name, miss(objective)))
        .collect();
    (!missed.is_empty()).then(|| missed.join("; "))
}

/// `p99 310 ms > 250 ms`
fn miss(objective: &Objective) -> String {
    let (target, show, relation): (_, fn(f64) -> String, _) = match objective.metric.as_str() {
        "availability" => (percent(objective.target), percent, "<"),
        _ => (round_duration(objective.target), duration, ">"),
    };
    match objective.actual {
        Some(actual) => format!("{} {} {relation} {target}", objective.metric, show(actual)),
        None => format!("{} not measured (target {target})", objective.metric),
    }
}

fn job(all: Summaries, name: &str) -> Option<Section> {
    let find = |s: &ClusterSummary| s.jobs.iter().find(|job| job.name == name).cloned();
    let whole = |value: f64| count(value as u64);
    let number_of =
        |label, better, show: fn(f64) -> String, get: fn(&JobSummary) -> Option<f64>| {
            Measure::numeric(label, all, better, show, |s| get(&find(s)?))
        };
    Section::of(
        format!("Job {name}"),
        [
            number_of("submitted", Better::Neither, whole, |j| Some(j.submitted as f64)),
            number_of("completed", Better::More, whole, |j| Some(j.completed as f64)),
            number_of("rejected", Better::Less, whole, |j| Some(j.rejected as f64)),
            number_of("turnaround p50", Better::Less, duration, |j| j.turnaround.p50),
            number_of("turnaround p95", Better::Less, duration, |j| j.turnaround.p95),
        ],
    )
}

/// Images, where any cluster pulled or was pushed some. What never happened has no row.
fn images(all: Summaries) -> Option<Section> {
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&ImageAccount) -> f64| {
        let known = any(all, |s| get(&s.images));
        Measure::numeric(label, all, better, show, |s| {
            (known && s.containers.created > 0).then(|| get(&s.images))
        })
    };
    let whole = |value: f64| count(value as u64);
    let at_registries =
        |label, better, show: fn(f64) -> String, get: fn(&RegistryAccount) -> u64| {
            let sum = move |s: &ClusterSummary| s.registries.iter().map(get).sum::<u64>() as f64;
            let known = any(all, sum);
            Measure::numeric(label, all, better, show, |s| known.then(|| sum(s)))
        };
    let happened = any(all, |s| {
        let pushes: u64 = s.registries.iter().map(|it| it.pushes.begun).sum();
        (s.images.pulls.begun + pushes) as f64
    });
    let section = Section::of(
        "Images",
        [
            number_of("pulled over the network", Better::Less, bytes, |i| i.pulled as f64),
            number_of("attempts at pulls failed", Better::Less, whole, |i| {
                i.attempts_failed as f64
            }),
            at_registries("calls throttled by registries", Better::Less, whole, |r| r.throttled),
            at_registries("pushes done", Better::More, whole, |r| r.pushes.done),
            at_registries("pushes refused", Better::Less, whole, |r| r.pushes.refused),
            at_registries("pushes failed", Better::Less, whole, |r| r.pushes.failed),
            at_registries("uploaded by pushes", Better::Less, bytes, |r| r.uploaded),
            at_registries("images expired", Better::Neither, whole, |r| r.expired),
            at_registries("images archived", Better::Neither, whole, |r| r.archived),
            at_registries("images scanned", Better::Neither, whole, |r| r.scans),
            number_of("images removed for room", Better::Less, whole, |i| i.removed as f64),
            number_of("fullest disk", Better::Less, percent, |i| i.fullest_disk),
        ],
    );
    section.filter(|_| happened)
}

/// Virtual machines, where they are the workload rather than a means to run apps.
fn vms(all: Summaries) -> Option<Section> {
    let whole = |value: f64| count(value as u64);
    let number_of = |label, better, get: fn(&VmAccount) -> u64| {
        Measure::numeric(label, all, better, whole, |s| {
            (s.apps.is_empty() && s.vms.requested > 0).then(|| get(&s.vms) as f64)
        })
    };
    Section::of(
        "Virtual machines",
        [
            number_of("asked for", Better::Neither, |v| v.requested),
            number_of("rejected", Better::Less, |v| v.rejected),
            number_of("waiting at the end", Better::Less, |v| v.waiting),
            number_of("running at the end", Better::Neither, |v| v.running),
            number_of("ended", Better::Neither, |v| v.stopped),
            number_of("failed", Better::Less, |v| v.failed),
        ],
    )
}

/// Live migrations, where any cluster has some.
fn migrations(all: Summaries) -> Option<Section> {
    let neither = Better::Neither;
    let any = any(all, |s| s.migrations.started as f64);
    let number_of = |label, better, show: fn(f64) -> String, get: fn(&MigrationAccount) -> f64| {
        Measure::numeric(label, all, better, show, |s| {
            let has_some = s.vms.requested > 0 || placement::only_places(s);
            (any && has_some).then(|| get(&s.migrations))
        })
    };
    let whole = |value: f64| count(value as u64);
    Section::of(
        "Live migration",
        [
            number_of("migrations done", neither, whole, |m| m.completed as f64),
            number_of("migrations failed", Better::Less, whole, |m| m.failed as f64),
            number_of("downtime, total", Better::Less, duration, |m| m.downtime),
            number_of("downtime, longest", Better::Less, duration, |m| m.downtime_max),
            number_of("memory copied", Better::Less, bytes, |m| m.copied as f64),
        ],
    )
}

fn hosts(all: Summaries) -> Option<Section> {
    let neither = Better::Neither;
    let share = |label, get: fn(&ClusterSummary) -> f64| {
        Measure::numeric(label, all, neither, percent, |s| {
            (!placement::only_places(s)).then(|| get(s))
        })
    };
    let reclaimed = |label, better, get: fn(&ReclaimedMemory) -> f64| {
        Measure::numeric(label, all, better, bytes, |s| {
            let is_known = any(all, |s| get(&s.reclaimed)) && s.vms.requested > 0;
            is_known.then(|| get(&s.reclaimed))
        })
    };
    Section::of(
        "Hosts",
        [
            Measure::words("hosts used", all, |s| {
                if placement::only_places(s) {
                    return None;
                }
                let (used, all) = (s.hosts.used.into(), s.hosts.count.into());
                Some(Cell::plain(format!("{} of {}", count(used), count(all))))
            }),
            share("CPU utilisation, mean", |s| s.hosts.cpu_utilisation),
            share("CPU of the busiest host", |s| s.hosts.cpu_utilisation_max),
            share("memory utilisation", |s| s.hosts.memory_utilisation),
            Measure::numeric("memory lost to guest systems", all, Better::Less, bytes, |s| {
                any(all, |s| s.hosts.guest_memory).then_some(s.hosts.guest_memory)
            }),
            reclaimed("saved by page sharing, mean", neither, |m| m.shared),
            reclaimed("taken by balloons, mean", neither, |m| m.ballooned),
            reclaimed("swapped by the hypervisor, mean", Better::Less, |m| m.swapped),
            Measure::numeric("CPU ready (vCPUs waiting)", all, Better::Less, percent, |s| {
                s.hosts.cpu_ready
            }),
            Measure::numeric("throttled by CPU quota", all, Better::Less, percent, |s| {
                (s.containers.created > 0).then_some(s.hosts.throttled)
            }),
        ],
    )
}

/// Whether any cluster has anything of a quantity: a row of zeros tells nothing.
fn any(all: Summaries, get: impl Fn(&ClusterSummary) -> f64) -> bool {
    all.iter().any(|summary| get(summary) != 0.0)
}
