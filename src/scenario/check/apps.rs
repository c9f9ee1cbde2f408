//! `[[app]]`: services.

use super::node_pools::check_tolerations;
use super::ranges::{lasting, positive, within};
use super::{Finding, arrivals, autoscale, aws_calls, io, laws, requests, resources};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{App, AppMemory, Arrivals, Cluster, Operations, Slo, Traffic};
use crate::units::Millicores;

/// Most replicas of an app.
pub const MOST_REPLICAS: u32 = 1_000_000;
/// Most retries of a request; each doubles the pause before the next.
const MOST_RETRIES: u32 = 30;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, app) in draft.apps.iter() {
        let at = Path::element("app", index);
        if app.workload.is_none() || needs_container(app, &at, draft, out) {
            check_container(app, &at, draft, out);
        }
        check_workload(index, app, draft, out);
        if app.workload.is_none() || has_other_clusters(draft) {
            check_replicas(app, &at, out);
        }
        check_requests(app, &at, draft, out);
        check_tolerations(&app.tolerations, &at.key("tolerations"), out);
        aws_calls::check(&app.aws_calls, &at, out);
        check_slo(app, &at, draft, out);
        autoscale::check(app, &at, out);
    }
}

fn check_container(app: &App, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    check_image(&app.image, at.key("image"), draft, out);
    resources::check_cpu(&app.cpu, &at.key("cpu"), out);
    resources::check_memory(&app.memory, &at.key("memory"), out);
}

/// Whether there are clusters that know nothing of manifests or services.
fn has_other_clusters(draft: &Draft) -> bool {
    draft.clusters.iter().any(|(_, cluster)| !cluster.kind.is_orchestrated())
}

/// Where an app is bound to a workload, its own container counts on clusters of other kinds only.
/// Returns whether what is written of it is to be checked.
fn needs_container(app: &App, at: &Path, draft: &Draft, out: &mut Vec<Finding>) -> bool {
    let mut clusters = draft.clusters.iter().map(|(_, cluster)| cluster);
    let other = clusters.find(|cluster| !cluster.kind.is_orchestrated());
    let missing = [
        ("image", app.image.is_empty()),
        ("cpu", app.cpu.request == Millicores(0)),
        ("memory", app.memory == AppMemory::default()),
    ];
    let mut missing = missing.into_iter().filter(|(_, missing)| *missing).map(|(key, _)| key);
    let Some(other) = other else {
        return missing.next().is_none();
    };
    let before = out.len();
    for key in missing {
        let name = &other.name;
        let title = format!("the key `{key}` is missing: cluster `{name}` has no manifests");
        let help = "what a workload's manifest says counts on clusters of Kubernetes only";
        out.push(Finding::new(at.key(key), title).help(help));
    }
    out.len() == before
}

/// An app is one workload's, of clusters that can have one.
fn check_workload(index: usize, app: &App, draft: &Draft, out: &mut Vec<Finding>) {
    let at = Path::element("app", index);
    let Some(workload) = &app.workload else {
        if app.container.is_some() {
            let title = "a container is one of a workload's pods, and there is no `workload`";
            let help = "such as `workload = \"shop/frontend\"`";
            out.push(Finding::new(at.key("container"), title).on_key().help(help));
        }
        return;
    };
    let at = at.key("workload");
    let mut others = draft.apps.iter().take_while(|(other, _)| *other < index);
    if let Some((first, other)) =
        others.find(|(_, other)| other.workload.as_ref() == Some(workload))
    {
        let title = format!("`{workload}` is the workload of `{}` already", other.name);
        let first = Path::element("app", first).key("workload");
        out.push(Finding::new(at, title).label("second").related(first, "first"));
        return;
    }
    let mut clusters = draft.clusters.iter().map(|(_, cluster)| cluster);
    let all_read = draft.clusters.iter().count() == draft.clusters.len();
    let has_files = |cluster: &Cluster| {
        !cluster.kubernetes.manifests.is_empty() || !cluster.ecs.services.is_empty()
    };
    if all_read && !clusters.any(has_files) {
        let title = format!("there are no files that could have a workload `{workload}`");
        let help = "give a cluster of Kubernetes `kubernetes = { manifests = [\"shop.yaml\"] }`, \
                    or one of ECS `ecs = { services = [\"service.json\"] }`";
        out.push(Finding::new(at, title).help(help));
    }
}

/// An image that is used must be there.
pub fn check_image(image: &str, at: Path, draft: &Draft, out: &mut Vec<Finding>) {
    if let Referent::Missing = draft.images.find(image) {
        let names = draft.images.names().map(|(_, name)| name);
        out.push(
            Finding::new(at, format!("there is no image `{image}`"))
                .help(suggestion(image, names, "image")),
        );
    }
}

fn check_replicas(app: &App, at: &Path, out: &mut Vec<Finding>) {
    let replicas = app.replicas;
    within(replicas, &(1..=MOST_REPLICAS), at.key("replicas"), "the number of replicas", out);
    if app.quorum < 1 || app.quorum > replicas.max(1) {
        let title = format!(
            "a quorum of {} cannot be kept by {replicas} {}",
            app.quorum,
            if replicas == 1 { "replica" } else { "replicas" }
        );
        out.push(Finding::new(at.key("quorum"), title).related(at.key("replicas"), "replicas"));
    }
}

fn check_requests(app: &App, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    within(app.parallelism, &(1..=4096), at.key("parallelism"), "the parallelism", out);
    if app.concurrency == Some(0) {
        let title = "a replica that works on no request answers none";
        out.push(Finding::new(at.key("concurrency"), title).help("leave it out for no limit"));
    }
    if app.timeout.is_some_and(|timeout| timeout.is_zero()) {
        let title = "a timeout of zero gives up every request";
        out.push(Finding::new(at.key("timeout"), title).help("leave it out to wait for ever"));
    }
    if !app.pre_stop.as_nanos().is_multiple_of(1_000_000_000) {
        let title = "a preStop hook sleeps for whole seconds";
        out.push(Finding::new(at.key("pre_stop"), title).help("such as `pre_stop = \"5s\"`"));
    }
    within(app.retries, &(0..=MOST_RETRIES), at.key("retries"), "the number of retries", out);
    for (law, key) in [(&app.demand, "demand"), (&app.wait, "wait"), (&app.start, "start")] {
        laws::check(law, &at.key(key), out);
    }
    if let Some(of) = &app.io {
        io::check(of, &at.key("io"), out);
    }
    if let Some(traffic) = &app.traffic {
        check_traffic(traffic, app, &at.key("traffic"), out);
        requests::check(traffic, app, at, draft, out);
    }
}

fn check_traffic(traffic: &Traffic, app: &App, at: &Path, out: &mut Vec<Finding>) {
    positive(traffic.scale, 1e9, at.key("scale"), "the factor on the traffic", out);
    arrivals::check(&traffic.arrivals, &at.key("arrivals"), out);
    if let Arrivals::Users { think, .. } = &traffic.arrivals {
        let instant = [think, &app.demand, &app.wait].into_iter().all(laws::is_zero);
        let is_stored = app.io.as_ref().is_some_and(|io| io.operations != Operations::Constant(0));
        if instant && !is_stored {
            let title = "users who do not think and requests that take no time never let time pass";
            out.push(
                Finding::new(at.key("arrivals").key("users").key("think"), title)
                    .help("give the app a `demand` or the users a `think` time"),
            );
        }
    }
}

fn check_slo(app: &App, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Some(slo) = &app.slo else { return };
    let at = at.key("slo");
    let durations = [("p50", slo.p50), ("p95", slo.p95), ("p99", slo.p99), ("mean", slo.mean)];
    for (key, target) in durations {
        if let Some(target) = target {
            lasting(target, at.key(key), "an objective for the latency", out);
        }
    }
    if *slo == Slo::default() {
        out.push(
            Finding::new(at.clone(), "the service level objective is empty")
                .help("such as `slo = { p99 = \"250ms\", availability = \"99.9%\" }`"),
        );
    }
    let called = |(_, other): (_, &App)| other.calls.iter().flatten().any(|name| *name == app.name);
    let all_read = draft.apps.iter().count() == draft.apps.len();
    if all_read && app.traffic.is_none() && !draft.apps.iter().any(called) {
        let title = format!("nobody sends requests to `{}`: its objective is never met", app.name);
        out.push(Finding::new(at, title).on_key().help("add `traffic`, or calls from another app"));
    }
}
