//! The charts of a run: each answers one question, and one with nothing to show is left out.

mod addresses;
mod axis;
pub(super) mod bands;
mod bars;
mod canvas;
mod costs;
mod data;
mod distribution;
mod elements;
mod figure;
pub(super) mod finding;
pub(super) mod forest;
pub(super) mod heat;
mod key;
mod labels;
pub(super) mod levels;
mod markup;
pub(super) mod palette;
pub(super) mod pareto;
pub(super) mod placement;
mod plot;
mod scales;
pub(super) mod scatter;
mod sheet;
mod starts;
mod tasks;
mod text;
mod ticks;
mod time;

pub use self::axis::Scale;
pub use self::data::{AxisData, ChartData, Lines, MarkData, PlotBox, Reading, SeriesData, Spot};
use self::distribution::Distribution;
use self::time::Detail;
use super::directory::FileNames;
use super::quantity::{percent, round_duration};
use crate::metrics::series::names;
use crate::metrics::summary::{AppSummary, ClusterSummary, Objective};
use crate::metrics::{LatencyHistogram, Recording, RunResult};

/// Apps that get charts of their own; the files hold the figures of all.
pub const CHARTED_APPS: usize = 12;

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name of its files, without their ending.
    pub name: String,
    /// The question it answers.
    pub title: String,
    /// The whole document.
    pub svg: String,
    /// What it shows, for the script of a page; `None` for a picture alone.
    pub data: Option<ChartData>,
}

/// What drawing a chart gives.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    pub(super) svg: String,
    pub(super) data: ChartData,
}

/// All charts that have anything to show.
pub fn charts(result: &RunResult) -> Vec<Chart> {
    let album = Album { result };
    let mut charts: Vec<Option<Chart>> = vec![album.density()];
    let mut file_names = FileNames::default();
    for app in album.apps().into_iter().take(CHARTED_APPS) {
        let file = file_names.name(app);
        charts.push(album.latency(app, &file));
        charts.push(album.p99(app, &file));
        charts.push(album.errors(app, &file));
        charts.push(album.requests(app, &file));
        charts.push(album.replicas(app, &file));
        charts.push(album.start_up(app, &file));
        charts.push(album.start_phases(app, &file));
    }
    charts.extend([album.costs(), album.nodes(), album.pods_pending(), album.pods_running()]);
    charts.extend(album.addresses());
    charts.extend(album.tasks());
    charts.push(album.instances());
    charts.extend(album.reservations());
    charts.extend(album.placement());
    charts.extend([
        album.cpu(),
        album.instances_cpu(),
        album.ready(),
        album.memory(),
        album.power(),
    ]);
    charts.into_iter().flatten().collect()
}

/// What stands above a chart.
#[derive(Clone, Debug)]
pub(super) struct Heading {
    pub(super) title: String,
    pub(super) subtitle: String,
}

struct Album<'a> {
    result: &'a RunResult,
}

impl<'a> Album<'a> {
    fn recordings(&self) -> &'a [Recording] {
        &self.result.recordings
    }

    fn summaries(&self) -> Vec<&'a ClusterSummary> {
        self.recordings().iter().map(|recording| &recording.summary).collect()
    }

    /// Names of all apps, in the order of first appearance.
    fn apps(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for app in self.recordings().iter().flat_map(|r| &r.summary.apps) {
            if !names.contains(&app.name.as_str()) {
                names.push(&app.name);
            }
        }
        names
    }

    fn app(&self, name: &str) -> Option<&'a AppSummary> {
        let mut apps = self.recordings().iter().flat_map(|r| &r.summary.apps);
        apps.find(|app| app.name == name)
    }

    fn objectives(&self, app: &str) -> &'a [Objective] {
        self.app(app).map_or(&[], |app| &app.objectives)
    }

    fn heading(&self, title: &str) -> Heading {
        Heading {
            title: title.into(),
            subtitle: format!(
                "{}  ·  seed {}  ·  plimsoll {}",
                self.result.scenario,
                self.result.seed,
                super::VERSION
            ),
        }
    }

    fn chart(
        &self,
        name: impl Into<String>,
        title: impl Into<String>,
        draw: impl FnOnce(Heading) -> Option<Drawing>,
    ) -> Option<Chart> {
        let (name, title) = (name.into(), title.into());
        let Drawing { svg, data } = draw(self.heading(&title))?;
        Some(Chart { name, title, svg, data: Some(data) })
    }

    fn density(&self) -> Option<Chart> {
        let summaries = self.summaries();
        let app = &summaries.iter().find_map(|summary| summary.density.as_ref())?.app;
        let title = format!("How many replicas of {app} does one host carry at the SLO?");
        self.chart("density", title, |heading| bars::density(&summaries, heading))
    }

    fn memory(&self) -> Option<Chart> {
        let title = "Where does the memory of the hosts go?";
        self.chart("memory", title, |heading| bars::memory(&self.summaries(), heading))
    }

    fn latency(&self, app: &str, file: &str) -> Option<Chart> {
        let title = format!("How long do requests to {app} take?");
        self.chart(format!("latency-{file}"), title, |heading| {
            let question = distribution::Question {
                heading,
                caption: "share of requests answered within this time",
                time: "latency",
                quantile: (0.99, "p99"),
                tail: true,
                objectives: self.objectives(app),
            };
            distribution::draw(&self.distributions(app, |r| &r.latency), question)
        })
    }

    fn start_up(&self, app: &str, file: &str) -> Option<Chart> {
        let title = format!("How soon are replicas of {app} ready?");
        self.chart(format!("start-up-{file}"), title, |heading| {
            let question = distribution::Question {
                heading,
                caption: "share of replicas that are ready",
                time: "since they were wanted",
                quantile: (0.5, "median"),
                tail: false,
                objectives: &[],
            };
            let mut all = self.distributions(app, |r| &r.start_up);
            for it in &mut all {
                let app = self.recordings()[it.index].summary.apps.iter().find(|it| it.name == app);
                it.of = app.map_or(0, |app| app.starts.replicas).max(it.of);
            }
            distribution::draw(&all, question)
        })
    }

    fn start_phases(&self, app: &str, file: &str) -> Option<Chart> {
        let title = format!("Where does the start-up time of {app} come from?");
        self.chart(format!("start-phases-{file}"), title, |heading| {
            starts::draw(&self.summaries(), app, heading)
        })
    }

    fn distributions(
        &self,
        app: &str,
        of: impl Fn(&'a Recording) -> &'a [(String, LatencyHistogram)],
    ) -> Vec<Distribution<'a>> {
        let all = self.recordings().iter().enumerate();
        all.filter_map(|(index, recording)| {
            let (_, histogram) = of(recording).iter().find(|(name, _)| name == app)?;
            let (cluster, of) = (&recording.summary.cluster, histogram.count());
            Some(Distribution { cluster, index, histogram, of })
        })
        .collect()
    }

    fn p99(&self, app: &str, file: &str) -> Option<Chart> {
        let objective = self.objectives(app).iter().find(|o| o.metric == "p99");
        let title = match objective {
            Some(_) => format!("Does {app} stay within its objective?"),
            None => format!("How slow is the slowest hundredth of requests to {app}?"),
        };
        self.chart(format!("p99-{file}"), title, |heading| {
            let question = time::Question {
                heading,
                caption: "p99 latency",
                app: Some(app),
                series: names::P99,
                detail: Detail::None,
                rare: false,
                limit: objective
                    .map(|o| (o.target, format!("SLO p99 ≤ {}", round_duration(o.target)))),
            };
            time::draw(self.recordings(), question)
        })
    }

    /// Where any request got no answer.
    fn errors(&self, app: &str, file: &str) -> Option<Chart> {
        let mut all = self.recordings().iter();
        all.find(|it| {
            let series = it.series.find(Some(app), names::ERROR_SHARE);
            series.is_some_and(|series| series.values.iter().any(|&share| share > 0.0))
        })?;
        let title = format!("How many requests to {app} get no answer?");
        let objective = self.objectives(app).iter().find(|o| o.metric == "availability");
        self.chart(format!("errors-{file}"), title, |heading| {
            let question = time::Question {
                heading,
                caption: "share of requests without an answer",
                app: Some(app),
                series: names::ERROR_SHARE,
                detail: Detail::Parts(&[
                    (names::TIMED_OUT_SHARE, "timed out"),
                    (names::REFUSED_SHARE, "refused"),
                    (names::FAILED_SHARE, "failed"),
                ]),
                rare: true,
                limit: objective.map(|o| {
                    let target = 1.0 - o.target;
                    (target, format!("SLO errors ≤ {} in all", percent(target)))
                }),
            };
            time::draw(self.recordings(), question)
        })
    }

    fn requests(&self, app: &str, file: &str) -> Option<Chart> {
        let title = format!("How much traffic does {app} get?");
        self.over_time(
            format!("requests-{file}"),
            title,
            "requests sent",
            Some(app),
            names::REQUESTS,
        )
    }

    /// Where the number changes by design; where it does not, a line would be flat.
    fn replicas(&self, app: &str, file: &str) -> Option<Chart> {
        self.app(app)?.autoscale?;
        let title = format!("How many replicas of {app} are ready?");
        let name = format!("replicas-{file}");
        self.over_time(name, title, "replicas ready", Some(app), names::REPLICAS_READY)
    }

    fn costs(&self) -> Option<Chart> {
        let title = "What does an hour cost?";
        self.chart("cost", title, |heading| costs::draw(&self.summaries(), heading))
    }

    /// Where the number changes by design.
    fn nodes(&self) -> Option<Chart> {
        let mut all = self.recordings().iter().filter_map(|it| it.summary.nodes);
        all.find(|nodes| nodes.autoscaler.is_some() || nodes.karpenter.is_some())?;
        let title = "How many nodes are there?";
        self.over_time("nodes", title, "nodes ready", None, names::NODES_READY)
    }

    /// Where any pod waited for longer than the scheduler takes.
    fn pods_pending(&self) -> Option<Chart> {
        let mut all = self.recordings().iter();
        let waited = |values: &[f64]| values.iter().any(|&pods| pods >= 0.01);
        all.find(|it| {
            let series = it.series.find(None, names::PODS_PENDING);
            series.is_some_and(|series| waited(&series.values))
        })?;
        let title = "How many pods wait for a node?";
        self.over_time("pods-pending", title, "pods pending", None, names::PODS_PENDING)
    }

    fn pods_running(&self) -> Option<Chart> {
        let title = "How many pods run?";
        self.over_time("pods-running", title, "pods running", None, names::PODS_RUNNING)
    }

    fn cpu(&self) -> Option<Chart> {
        let title = "How busy are the hosts?";
        let caption = "CPU utilisation of the hosts used";
        self.over_time("cpu", title, caption, None, names::CPU_UTILISATION)
    }

    /// Where instances are VMs on hosts.
    fn instances_cpu(&self) -> Option<Chart> {
        let title = "How busy are the instances on hosts?";
        let caption = "mean CPU utilisation of instances";
        let series = names::INSTANCE_CPU_UTILISATION;
        self.over_time("instance-cpu", title, caption, None, series)
    }

    fn ready(&self) -> Option<Chart> {
        let title = "How long do virtual CPUs wait for a core?";
        let caption = "CPU ready, share of time";
        self.over_time("cpu-ready", title, caption, None, names::CPU_READY)
    }

    fn power(&self) -> Option<Chart> {
        let title = "How much power do the hosts draw?";
        self.over_time("power", title, "power of the hosts used", None, names::POWER)
    }

    fn over_time(
        &self,
        name: impl Into<String>,
        title: impl Into<String>,
        caption: &str,
        app: Option<&str>,
        series: &str,
    ) -> Option<Chart> {
        self.chart(name, title, |heading| {
            let question = time::Question {
                heading,
                caption,
                app,
                series,
                detail: Detail::None,
                rare: false,
                limit: None,
            };
            time::draw(self.recordings(), question)
        })
    }
}
