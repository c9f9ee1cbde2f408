//! `[simulation]` and `[density]`, and whether there is anything to simulate.

use super::Finding;
use super::names::check_folder_name;
use super::ranges::{lasting, within};
use crate::engine::SimDuration;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{App, Arrivals, ClusterKind, DensitySearch, Simulation};

/// Longest simulated time: ten years. Nanoseconds would reach 584 years, but nothing that is
/// simulated here stays the same for more than ten.
const LONGEST: SimDuration = SimDuration::from_secs(10 * 31_557_600);

/// Largest seed: the largest integer that TOML promises to keep.
const LARGEST_SEED: u64 = i64::MAX as u64;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    match &draft.simulation {
        Some(simulation) => check_simulation(simulation, out),
        None => {
            let missing = "the table `[simulation]` is missing";
            out.push(
                Finding::new(Path::section("simulation"), missing)
                    .help("it needs at least `name = \"…\"` and `duration = \"10min\"`"),
            );
        }
    }
    check_contents(draft, out);
    check_end(draft, out);
    if let Some(density) = &draft.density {
        check_density(density, draft, out);
    }
}

fn check_simulation(simulation: &Simulation, out: &mut Vec<Finding>) {
    let at = Path::section("simulation");
    check_folder_name(&simulation.name, at.key("name"), "the name of a simulation", out);
    let duration = simulation.duration;
    if duration.is_zero() {
        lasting(duration, at.key("duration"), "the simulated time", out);
    } else if duration > LONGEST {
        let title = format!("the simulated time must be at most 10 years, not {duration}");
        out.push(Finding::new(at.key("duration"), title));
    } else if simulation.warm_up >= duration {
        let warm_up = simulation.warm_up;
        let title = "nothing is measured: the warm-up must be shorter than the simulation";
        out.push(
            Finding::new(at.key("warm_up"), title)
                .label(format!("warm-up of {warm_up}"))
                .related(at.key("duration"), format!("all of {duration}")),
        );
    }
    within(simulation.seed, &(0..=LARGEST_SEED), at.key("seed"), "a seed", out);
    within(simulation.points, &(2..=10_000), at.key("points"), "the number of points", out);
}

fn check_contents(draft: &Draft, out: &mut Vec<Finding>) {
    if draft.clusters.is_empty() {
        out.push(
            Finding::new(Path::section("cluster"), "there is no `[[cluster]]` to simulate")
                .help("add one with `name`, `kind` and `hosts`"),
        );
    }
    let documents = draft.clusters.iter().any(|(_, it)| {
        let of_ecs = !it.ecs.services.is_empty() || !it.run_tasks.is_empty();
        of_ecs || !it.kubernetes.manifests.is_empty()
    });
    let replays = draft.clusters.iter().any(|(_, it)| it.kind == ClusterKind::Placement);
    let contents = draft.apps.len() + draft.jobs.len() + draft.vms.len();
    if contents == 0 && !documents && !replays {
        let title = "there is no workload: no `[[app]]`, no `[[job]]` and no `[[vm]]`";
        out.push(Finding::new(Path::section("app"), title));
    }
}

/// A run that is to end when all is done has an end.
fn check_end(draft: &Draft, out: &mut Vec<Finding>) {
    if !draft.simulation.as_ref().is_some_and(|simulation| simulation.ends_when_done) {
        return;
    }
    let apps = draft.apps.iter().filter_map(|(index, app)| {
        let at = Path::element("app", index).key("traffic").key("arrivals");
        Some((at, &app.traffic.as_ref()?.arrivals))
    });
    let jobs = draft.jobs.iter();
    let jobs =
        jobs.map(|(index, job)| (Path::element("job", index).key("arrivals"), &job.arrivals));
    let all: Vec<_> = apps.chain(jobs).collect();
    let at = Path::section("simulation").key("ends_when_done");
    let all_read = draft.apps.iter().count() + draft.jobs.iter().count()
        == draft.apps.len() + draft.jobs.len();
    if all.is_empty() && all_read {
        let title = "there is nothing to be done: no app has `traffic`, and there is no `[[job]]`";
        out.push(Finding::new(at, title));
    } else if let Some((endless, _)) = all.into_iter().find(|(_, it)| it.are_endless()) {
        let title = "there is always more to do: these arrivals never end";
        let help = "arrivals of a `trace`, of `counts` or `at` given instants have an end";
        out.push(Finding::new(at, title).related(endless, "endless").help(help));
    }
}

fn check_density(density: &DensitySearch, draft: &Draft, out: &mut Vec<Finding>) {
    let at = Path::section("density");
    within(density.maximum, &(1..=1_000_000), at.key("maximum"), "the maximum", out);
    let replications = density.replications;
    within(replications, &(1..=1000), at.key("replications"), "the number of replications", out);
    if let Some(duration) = density.duration {
        let warm_up = draft.simulation.as_ref().map_or(SimDuration::ZERO, |s| s.warm_up);
        if duration <= warm_up {
            let title = format!(
                "a probe of {duration} measures nothing: the warm-up alone takes {warm_up}"
            );
            let warm_up = Path::section("simulation").key("warm_up");
            out.push(Finding::new(at.key("duration"), title).related(warm_up, "warm-up"));
        }
    }
    check_packed_app(density, draft, out);
}

fn check_packed_app(density: &DensitySearch, draft: &Draft, out: &mut Vec<Finding>) {
    let at = Path::section("density").key("app");
    let Some(name) = &density.app else {
        let any_slo = draft.apps.iter().any(|(_, app)| app.slo.is_some() && app.traffic.is_some());
        let all_read = draft.apps.iter().count() == draft.apps.len();
        if all_read && !any_slo {
            let title = "the density search needs an app with traffic and an `slo`";
            out.push(
                Finding::new(at, title).help("give the app to pack `slo = { p99 = \"250ms\" }`"),
            );
        }
        return;
    };
    match draft.apps.find(name) {
        Referent::Missing => {
            let names = draft.apps.names().map(|(_, name)| name);
            out.push(
                Finding::new(at, format!("there is no app `{name}`"))
                    .help(suggestion(name, names, "app")),
            );
        }
        Referent::Found(index, app) if app.slo.is_none() || app.traffic.is_none() => {
            let missing = if app.slo.is_none() { "`slo`" } else { "`traffic`" };
            let title = format!("the density search packs `{name}`, which has no {missing}");
            let app = Path::element("app", index);
            out.push(Finding::new(at, title).related(app, format!("add {missing} here")));
        }
        Referent::Found(index, app) if is_recorded(app) => {
            let title = format!("the density search cannot scale the trace that `{name}` gets");
            let app = Path::element("app", index).key("traffic").key("arrivals").key("trace");
            out.push(Finding::new(at, title).related(app, "each of its requests comes once"));
        }
        Referent::Found(index, app) if app.workload.is_some() && has_kubernetes(draft) => {
            let title = format!("the density search cannot pack `{name}`, the pods of a manifest");
            let workload = Path::element("app", index).key("workload");
            out.push(Finding::new(at, title).related(workload, "its replicas are its manifest's"));
        }
        Referent::Found(..) | Referent::Unreadable => {}
    }
}

fn is_recorded(app: &App) -> bool {
    app.traffic.as_ref().is_some_and(|traffic| matches!(traffic.arrivals, Arrivals::Trace(_)))
}

fn has_kubernetes(draft: &Draft) -> bool {
    draft.clusters.iter().any(|(_, cluster)| cluster.kind.is_kubernetes())
}
