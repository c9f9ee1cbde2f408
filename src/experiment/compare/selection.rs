//! Which figures are compared, and what they can be called.
//!
//! A figure is called as everywhere (`latency_p99`, `web.p99`, `vms.web.latency_p99`). The usual
//! ones are those that a decision is made on; the more figures are compared, the larger a
//! difference must be to be shown, as the correction for their number grows.

use super::QuestionError;
use crate::metrics::figures::{Better, Heading};
use crate::scenario::diagnostic::{nearest, suggestion};

/// Metrics that are compared unless others are named.
const USUAL: [&str; 25] = [
    "latency_mean",
    "latency_p50",
    "latency_p95",
    "latency_p99",
    "success_ratio",
    "throughput",
    "availability",
    "start_up_p50",
    "turnaround_mean",
    "turnaround_p95",
    "density",
    "hosts_needed",
    "hosts_used",
    "cost_per_hour",
    "energy",
    "cpu_ready",
    "throttled",
    "guest_memory",
    "memory_swapped",
    "migration_downtime",
    "migration_downtime_max",
    "vms_rejected",
    "jobs_rejected",
    "containers_dead",
    "containers_refused",
];

/// Which figures are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Those that a decision is made on.
    #[default]
    Usual,
    /// All there are.
    All,
    /// Those that are called one of these.
    Named(Vec<String>),
}

impl Selection {
    /// Whether a figure is compared.
    pub fn takes(&self, heading: &Heading) -> bool {
        match self {
            Self::Usual => {
                heading.better != Better::Neither && USUAL.contains(&heading.metric.as_str())
            }
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| heading.is_called(name)),
        }
    }

    /// Whether every name is that of a figure.
    ///
    /// # Errors
    /// Names the first that is not, and the nearest that is.
    pub fn check(&self, known: &[&Heading]) -> Result<(), QuestionError> {
        match self {
            Self::Usual | Self::All => Ok(()),
            Self::Named(names) => names.iter().try_for_each(|name| check_name(name, known)),
        }
    }
}

/// Whether a name ends with that of a usual figure, of whatever app and cluster.
pub fn is_usual(name: &str) -> bool {
    let metric = name.rsplit('.').next().unwrap_or(name);
    USUAL.iter().any(|usual| *usual == metric || usual.strip_prefix("latency_") == Some(metric))
}

/// Whether a figure is called so.
///
/// # Errors
/// Names the nearest one that is.
pub fn check_name(name: &str, known: &[&Heading]) -> Result<(), QuestionError> {
    if known.iter().any(|heading| heading.is_called(name)) {
        return Ok(());
    }
    let names: Vec<String> = known.iter().flat_map(|heading| called(heading)).collect();
    let near = nearest(name, names.iter().map(String::as_str));
    let help = near.map_or_else(
        || {
            let mut metrics: Vec<&str> = known.iter().map(|one| one.metric.as_str()).collect();
            metrics.sort_unstable();
            metrics.dedup();
            suggestion(name, metrics, "figure")
        },
        |near| format!("did you mean `{near}`?"),
    );
    Err(QuestionError::Figure { name: name.to_owned(), help })
}

/// All that a figure can be called, the shortest first.
fn called(heading: &Heading) -> Vec<String> {
    let short = heading.metric.strip_prefix("latency_");
    let metrics = || [short, Some(heading.metric.as_str())].into_iter().flatten();
    let with = |place: String| metrics().map(move |metric| format!("{place}{metric}"));
    let Heading { cluster, app, .. } = heading;
    let mut names: Vec<String> = with(String::new()).collect();
    if !app.is_empty() {
        names.extend(with(format!("{app}.")));
    }
    if !cluster.is_empty() {
        let app = if app.is_empty() { String::new() } else { format!("{app}.") };
        names.extend(with(format!("{cluster}.{app}")));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::figures::Unit;

    fn heading() -> Heading {
        Heading {
            cluster: "vms".into(),
            app: "web".into(),
            metric: "latency_p99".into(),
            unit: Unit::Seconds,
            better: Better::Less,
        }
    }

    #[test]
    fn a_figure_answers_to_all_it_can_be_called() {
        let heading = heading();
        for name in called(&heading) {
            assert!(heading.is_called(&name), "{name}");
        }
        assert_eq!(called(&heading).len(), 6);
    }

    #[test]
    fn a_name_that_nothing_has_is_refused_with_the_nearest() {
        let heading = heading();
        let named = |name: &str| Selection::Named(vec![name.to_owned()]);
        assert_eq!(named("web.p99").check(&[&heading]), Ok(()));
        let error = named("wep.p99").check(&[&heading]).unwrap_err().to_string();
        assert_eq!(error, "no run has a figure `wep.p99`; did you mean `web.p99`?");
        let error = named("colour").check(&[&heading]).unwrap_err().to_string();
        assert_eq!(error, "no run has a figure `colour`; the only figure is `latency_p99`");
    }
}
