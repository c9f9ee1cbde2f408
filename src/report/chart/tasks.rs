//! The charts of clusters of Amazon ECS: tasks, instances, and what is reserved of capacity.

use super::time::{self, Detail, Question};
use super::{Album, Chart};
use crate::metrics::Recording;
use crate::metrics::series::names;
use crate::report::directory::FileNames;

/// What tasks do.
const STATES: [(&str, &str); 4] = [
    (names::TASKS_DESIRED, "wanted by services"),
    (names::TASKS_RUNNING, "running"),
    (names::TASKS_PENDING, "starting"),
    (names::TASKS_PROVISIONING, "waiting for capacity"),
];

impl Album<'_> {
    /// All states of the tasks of each cluster, in a chart of its own.
    pub(super) fn tasks(&self) -> Vec<Option<Chart>> {
        let has = |it: &&Recording| it.series.find(None, names::TASKS_RUNNING).is_some();
        let all: Vec<&Recording> = self.recordings().iter().filter(has).collect();
        let mut files = FileNames::default();
        let one = |recording: &&Recording| {
            let cluster = recording.summary.cluster.as_str();
            let (file, title) = match all.len() {
                1 => ("tasks".to_owned(), "How many tasks are there?".to_owned()),
                _ => (
                    format!("tasks-{}", files.name(cluster)),
                    format!("How many tasks are there on {cluster}?"),
                ),
            };
            self.chart(file, title, |heading| {
                let question = Question {
                    heading,
                    caption: "tasks",
                    app: None,
                    series: names::TASKS_RUNNING,
                    detail: Detail::Instead(&STATES),
                    rare: false,
                    limit: None,
                };
                time::draw(std::slice::from_ref(*recording), question)
            })
        };
        all.iter().map(one).collect()
    }

    /// Where there are any.
    pub(super) fn instances(&self) -> Option<Chart> {
        if !self.is_ever(names::INSTANCES, |instances| instances > 0.0) {
            return None;
        }
        let title = "How many instances are there?";
        self.over_time("instances", title, "container instances", None, names::INSTANCES)
    }

    fn is_ever(&self, series: &str, so: impl Fn(f64) -> bool) -> bool {
        let all = self.recordings().iter().filter_map(|it| it.series.find(None, series));
        all.into_iter().any(|series| series.values.iter().any(|&value| so(value)))
    }

    /// One for each capacity provider that is scaled.
    pub(super) fn reservations(&self) -> Vec<Option<Chart>> {
        let tasks = self.recordings().iter().filter_map(|it| it.summary.tasks.as_ref());
        let mut providers: Vec<(&str, f64)> = Vec::new();
        for provider in tasks.flat_map(|tasks| &tasks.providers) {
            if !providers.iter().any(|(name, _)| *name == provider.name) {
                providers.push((&provider.name, provider.target));
            }
        }
        let mut files = FileNames::default();
        let one = |(name, target): (&str, f64)| {
            let file = format!("reservation-{}", files.name(name));
            let title = format!("How much of the capacity of {name} is reserved?");
            self.chart(file, title, |heading| {
                let question = Question {
                    heading,
                    caption: "CapacityProviderReservation",
                    app: None,
                    series: &names::reservation(name),
                    detail: Detail::None,
                    rare: false,
                    limit: Some((target, format!("target {:.0} %", target * 100.0))),
                };
                time::draw(self.recordings(), question)
            })
        };
        providers.into_iter().map(one).collect()
    }
}
