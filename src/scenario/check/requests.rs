//! Requests of a table, and what the app that gets them says of the same.

use super::Finding;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{App, Arrivals, ClusterKind, Law, Traffic};

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
    if table.replica.is_some() {
        check_replica(app, &trace.key("replica"), at, draft, out);
    }
}

/// A replica that is named is there by that name from the first to the last.
fn check_replica(
    app: &App,
    column: &Path,
    at: &Path,
    draft: &Draft,
    out: &mut Vec<Finding>,
) {
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
