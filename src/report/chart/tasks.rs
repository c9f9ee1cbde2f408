//! The charts of clusters of Amazon ECS: tasks, instances, and what is reserved of capacity.

use super::time::{self, Detail, Question};
use super::{Album, Chart};
use crate::metrics::series::names;
use crate::report::directory::FileNames;

/// What tasks do, where one cluster is looked at.
const STATES: [(&str, &str); 4] = [
    (names::TASKS_DESIRED, "wanted by services"),
    (names::TASKS_RUNNING, "running"),
    (names::TASKS_PENDING, "starting"),
    (names::TASKS_PROVISIONING, "waiting for capacity"),
];

impl Album<'_> {
    fn has_several(&self, series: &str) -> bool {
        let has = |it: &&crate::metrics::Recording| it.series.find(None, series).is_some();
        self.recordings().iter().filter(has).count() > 1
    }

    /// All states of the tasks of one cluster, or those that run in each of several.
    pub(super) fn tasks(&self) -> Option<Chart> {
        let caption = match self.has_several(names::TASKS_RUNNING) {
            true => "tasks running",
            false => "tasks",
        };
        self.chart("tasks", "How many tasks are there?", |heading| {
            let question = Question {
                heading,
                caption,
                app: None,
                series: names::TASKS_RUNNING,
                detail: Detail::Instead(&STATES),
                rare: false,
                limit: None,
            };
            time::draw(self.recordings(), question)
        })
    }

    /// Where any task of several clusters waited; of one cluster it is among the tasks.
    pub(super) fn tasks_waiting(&self) -> Option<Chart> {
        let name = names::TASKS_PROVISIONING;
        if !self.has_several(name) || !self.is_ever(name, |tasks| tasks >= 0.01) {
            return None;
        }
        let title = "How many tasks wait for capacity?";
        self.over_time("tasks-waiting", title, "tasks waiting for capacity", None, name)
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
