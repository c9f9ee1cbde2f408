//! Tables of requests and of jobs, and what the app or job says of the same.

use super::Finding;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{App, ArrivalTable, Arrivals, ClusterKind, Job, Law, Traffic};

/// Checks that a table of requests and its app, which stands at `at`, go together.
pub fn check(traffic: &Traffic, app: &App, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Arrivals::Trace(table) = &traffic.arrivals else { return };
    let trace = at.key("traffic").key("arrivals").key("trace");
    if traffic.scale != 1.0 {
        let title = "a trace is not scaled: each of its requests comes once";
        let at = at.key("traffic").key("scale");
        out.push(Finding::new(at, title).related(trace.clone(), "the trace"));
    }
    if table.demand.is_some() && app.demand != Law::default() {
        let title = "what a request needs is said twice";
        let column = trace.key("demand");
        out.push(Finding::new(at.key("demand"), title).related(column, "and in this column"));
    }
    let ArrivalTable { duration, cpu, memory, .. } = table;
    let of_jobs =
        [("duration", duration.is_some()), ("cpu", cpu.is_some()), ("memory", memory.is_some())];
    refuse(of_jobs, &trace, "a job", "a request to an app", out);
    if table.replica.is_some() {
        check_replica(app, &trace.key("replica"), at, draft, out);
    }
}

/// Checks that a table of jobs and what `job`, which stands at `at`, says go together.
pub fn check_job(job: &Job, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let Arrivals::Trace(table) = &job.arrivals else { return };
    let trace = at.key("arrivals").key("trace");
    let of_requests = [("demand", table.demand.is_some()), ("replica", table.replica.is_some())];
    refuse(of_requests, &trace, "a request to an app", "a job", out);
    if table.duration.is_none() {
        let title = "the key `duration` is missing: how long does a job run?";
        out.push(Finding::new(trace.clone(), title).help("such as `duration = \"duration_s\"`"));
    }
    let given = [
        ("cpu", table.cpu.is_some(), job.cpu.request.0 > 0),
        ("memory", table.memory.is_some(), job.memory.request.0 > 0),
        ("demand", true, job.demand != Law::default()),
        ("threads", true, job.threads != 1),
    ];
    for (key, in_table, in_job) in given {
        if in_table && in_job {
            let title = format!("the `{key}` of a job of a table is not said here");
            let help = "what each requests and how long it runs, the table says";
            out.push(
                Finding::new(at.key(key), title).related(trace.clone(), "the table").help(help),
            );
        } else if !in_table && !in_job {
            let title = format!("the key `{key}` is missing, here and in the table");
            out.push(Finding::new(trace.clone(), title));
        }
    }
    let mut clusters = draft.clusters.iter();
    if let Some((index, _)) = clusters.find(|(_, cluster)| !cluster.kind.is_kubernetes()) {
        let title = "jobs of a table are pods, which only clusters of Kubernetes run";
        let kind = Path::element("cluster", index).key("kind");
        out.push(Finding::new(trace, title).related(kind, "not of Kubernetes"));
    }
}

/// Columns that belong to `those` are not of `these`.
fn refuse<const N: usize>(
    columns: [(&'static str, bool); N],
    trace: &Path,
    those: &str,
    these: &str,
    out: &mut Vec<Finding>,
) {
    for (key, _) in columns.into_iter().filter(|(_, given)| *given) {
        let title = format!("`{key}` is a column of {those}, and this is {these}");
        out.push(Finding::new(trace.key(key), title));
    }
}

/// A replica that is named is there by that name from the first to the last.
fn check_replica(app: &App, column: &Path, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    if app.autoscale.is_some() {
        let title = "replicas that come and go have no numbers that a table could know";
        let scales = at.key("autoscale");
        out.push(Finding::new(column.clone(), title).related(scales, "their number changes"));
    }
    let numbers = |kind| matches!(kind, ClusterKind::Hypervisor | ClusterKind::Docker);
    let mut clusters = draft.clusters.iter();
    if let Some((index, _)) = clusters.find(|(_, cluster)| !numbers(cluster.kind)) {
        let title = "replicas have numbers on clusters of kind `hypervisor` and `docker` only";
        let kind = Path::element("cluster", index).key("kind");
        out.push(Finding::new(column.clone(), title).related(kind, "others replace them"));
    }
}
