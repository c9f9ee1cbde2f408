//! `explain`: what stood in the way of a run, where start-up time comes from, and what happened to
//! an object of a cluster.

mod cluster;

use std::fs;
use std::path::{Path, PathBuf};

use super::scenario::Source;
use super::{Failure, Outcome, print};
use crate::experiment::{self, RunOptions};
use crate::metrics::RunResult;
use crate::metrics::starts::StartRecord;
use crate::report::TerminalOptions;
use crate::report::starts::story::Story;
use crate::report::starts::{AppStarts, ClusterStarts, Starts, file, json, longest, terminal};
use crate::scenario::Override;
use crate::scenario::diagnostic::suggestion;

/// Every run has one; a folder of runs does not.
const SUMMARY: &str = "summary.json";
/// Folders of runs are at most so far below one that was given to `run --out`.
const DEPTH: u32 = 2;
/// More starts than that are listed, a line each, before the slowest of them is told.
const TOLD: usize = 3;
/// More than that are not listed either.
const LISTED: usize = 40;

/// Tell what stood in the way, where start-up time comes from, or what happened to an object
///
/// Without a choice of starts: what lacked a permission, a rule of a security group, an address or
/// a slot, and what to add; what cold starts (the image is pulled), warm ones (it is there),
/// starts in VMs and restarts are made of on average, and the slowest of each app. With one: those
/// starts from begin to end, and what would shorten them most. With an object of a cluster
/// of Kubernetes or Amazon ECS: its story, from its creation to its end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plimsoll explain results/cold-start                   a folder that `plimsoll run` has written
  plimsoll explain scenarios/cold-start.toml            a scenario, which is run first
  plimsoll explain results/cold-start --app web --slowest
  plimsoll explain results/cold-start --cluster cold --replica 0 --format json
  plimsoll explain results/shop --deployment web        Kubernetes: pods, rollouts, who was slow
  plimsoll explain results/shop --pod web-5d4f          Kubernetes: why it waited, failed, went
  plimsoll explain results/ecs-web --service web        ECS: its events, why tasks stopped")]
pub(super) struct Explain {
    /// Folder of results of a run, or a scenario file
    result: PathBuf,
    /// Only starts in this cluster
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Only starts of this app
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Tell of all starts of this replica, counted from 0 as they were asked for
    #[arg(long, value_name = "N", group = "which")]
    replica: Option<u32>,
    /// Tell of the slowest start
    #[arg(long, group = "which")]
    slowest: bool,
    /// Tell of the starts on the node of this number; where replicas are VMs, on this host. On
    /// Kubernetes: tell what happened to the node of this name
    #[arg(long, value_name = "N|NAME", group = "which")]
    node: Option<String>,
    /// Tell what happened to this pod of a Kubernetes cluster: `name` or `namespace/name`, or a
    /// begin of it that no other has
    #[arg(long, value_name = "NAME", group = "which", conflicts_with = "app")]
    pod: Option<String>,
    /// Tell what happened to this deployment of a Kubernetes cluster, or to a workload of another
    /// kind
    #[arg(long, value_name = "NAME", group = "which", conflicts_with = "app")]
    deployment: Option<String>,
    /// Tell what happened to this task of an Amazon ECS cluster, or to one whose name begins so
    #[arg(long, value_name = "NAME", group = "which", conflicts_with = "app")]
    task: Option<String>,
    /// Tell what happened to this service of an Amazon ECS cluster
    #[arg(long, value_name = "NAME", group = "which", conflicts_with = "app")]
    service: Option<String>,
    /// Tell what happened to this container instance of an Amazon ECS cluster
    #[arg(long, value_name = "NAME", group = "which", conflicts_with = "app")]
    instance: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Printed,
    /// Change a value of the scenario, where that is given and not results
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Override>,
    /// Seed of all random streams, where a scenario is given and not results
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// How starts are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Printed {
    /// Tables for people
    #[default]
    Text,
    /// JSON with a `schema_version`
    Json,
}

impl Explain {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        if let Some((asked, name)) = self.object() {
            return self.tell(asked, name);
        }
        let mut starts = self.starts()?;
        self.narrow(&mut starts)?;
        let options = TerminalOptions::of_stdout();
        if self.replica.is_none() && self.node.is_none() && !self.slowest {
            return print(&match self.format {
                Printed::Text => terminal::overview(&starts, &options),
                Printed::Json => json::overview(&starts),
            });
        }
        let chosen = self.chosen(&starts);
        if chosen.is_empty() {
            return Err(Failure::Input(self.nothing(&starts)));
        }
        print(&match self.format {
            Printed::Text => told(&starts, chosen, &options),
            Printed::Json => json::stories(&starts, &chosen),
        })
    }

    /// Reads results, or makes them.
    fn starts(&self) -> Result<Starts, Failure> {
        match self.folder()? {
            Some(folder) => read(&run_in(folder)?),
            None => Ok(Starts::of(&self.run()?)),
        }
    }

    /// The folder of results that was given, if it is none that is to be made.
    fn folder(&self) -> Result<Option<&Path>, Failure> {
        if !self.result.is_dir() {
            return Ok(None);
        }
        if self.seed.is_some() || !self.settings.is_empty() {
            let text = "error: `--set` and `--seed` change a scenario before it is run, and \
                        results are there already; name the scenario file instead\n";
            return Err(Failure::Input(text.into()));
        }
        Ok(Some(&self.result))
    }

    /// Runs the scenario that was given.
    fn run(&self) -> Result<RunResult, Failure> {
        let source = Source {
            scenario: self.result.clone(),
            settings: self.settings.clone(),
            seed: self.seed,
        };
        let scenario = source.load()?.scenario;
        let options = RunOptions { seed: scenario.simulation.seed, density: false };
        experiment::run(&scenario, options, Path::new(""), &())
            .map_err(|error| Failure::Input(format!("error: {error}\n")))
    }

    /// Leaves the cluster and app that were named.
    fn narrow(&self, starts: &mut Starts) -> Result<(), Failure> {
        if let Some(name) = &self.cluster {
            let names: Vec<String> = starts.clusters.iter().map(|it| it.name.clone()).collect();
            known(name, &names, "cluster")?;
            starts.clusters.retain(|it| it.name == *name);
        }
        if let Some(name) = &self.app {
            let apps = starts.clusters.iter().flat_map(|it| &it.apps);
            let mut names: Vec<String> = apps.map(|it| it.name.clone()).collect();
            let mut seen = Vec::new();
            names.retain(|name| {
                !seen.contains(name) && {
                    seen.push(name.clone());
                    true
                }
            });
            known(name, &names, "app")?;
            for cluster in &mut starts.clusters {
                cluster.apps.retain(|it| it.name == *name);
                let about = format!("app `{name}`");
                cluster.findings.retain(|it| it.about.contains(&about));
            }
        }
        Ok(())
    }

    /// The node whose starts are to be told.
    fn node_number(&self) -> Option<u32> {
        self.node.as_deref()?.parse().ok()
    }

    /// The starts that are to be told.
    fn chosen(&self, starts: &Starts) -> Vec<Story> {
        let all = starts
            .clusters
            .iter()
            .flat_map(|cluster| cluster.apps.iter().map(move |app| (cluster, app)));
        let stories = all.flat_map(|(cluster, app)| self.chosen_of(cluster, app));
        let stories: Vec<Story> = stories.collect();
        if !self.slowest {
            return stories;
        }
        let slower = |one: Story, other: Story| if other.total > one.total { other } else { one };
        stories.into_iter().reduce(slower).into_iter().collect()
    }

    fn chosen_of(&self, cluster: &ClusterStarts, app: &AppStarts) -> Vec<Story> {
        let image = app.summary.image.as_deref();
        let story = |start: &StartRecord| Story::of(&cluster.name, &app.name, image, start);
        if self.slowest {
            return app.slowest().map(story).into_iter().collect();
        }
        let node = self.node_number();
        let here = |start: &&StartRecord| match (self.replica, start.place) {
            (Some(replica), _) => start.replica == replica,
            (None, Some(place)) => Some(place.node.unwrap_or(place.host)) == node,
            (None, None) => false,
        };
        let mut stories: Vec<Story> = app.records.iter().filter(here).map(story).collect();
        stories.sort_by(|one, other| {
            one.requested.total_cmp(&other.requested).then(one.replica.cmp(&other.replica))
        });
        stories
    }

    /// That what was asked for is not there, and what is.
    fn nothing(&self, starts: &Starts) -> String {
        let records = || starts.clusters.iter().flat_map(|it| &it.apps).flat_map(|it| &it.records);
        if longest(records()).is_none() {
            return "error: no replica was started\n".into();
        }
        let span = |thing: &str, numbers: &mut dyn Iterator<Item = u32>| {
            let (least, most) =
                numbers.fold((u32::MAX, 0), |(least, most), it| (least.min(it), most.max(it)));
            match least {
                _ if least >= most => format!("{thing} {most} has"),
                _ => format!("{thing}s {least} to {most} have"),
            }
        };
        match (self.replica, self.node_number()) {
            (Some(replica), _) => {
                let there = span("replica", &mut records().map(|it| it.replica));
                format!("error: replica {replica} has no start\nhelp: {there}\n")
            }
            (_, Some(node)) => {
                let places = records().filter_map(|it| it.place);
                let there = span("node", &mut places.map(|it| it.node.unwrap_or(it.host)));
                format!("error: node {node} has no start\nhelp: {there}\n")
            }
            _ => "error: no replica was started\n".into(),
        }
    }
}

/// Refuses a name that nothing has.
fn known(name: &str, names: &[String], kind: &str) -> Result<(), Failure> {
    if names.iter().any(|other| other == name) {
        return Ok(());
    }
    let help = suggestion(name, names.iter().map(String::as_str), kind);
    Err(Failure::Input(format!("error: there is no {kind} `{name}`\nhelp: {help}\n")))
}

fn told(starts: &Starts, mut chosen: Vec<Story>, options: &TerminalOptions) -> String {
    if chosen.len() <= TOLD {
        return terminal::stories(starts, &chosen, options);
    }
    let more = chosen.len().saturating_sub(LISTED);
    let slowest = |one: &Story, other: &Story| one.total.total_cmp(&other.total);
    let slowest = chosen.iter().max_by(|one, other| slowest(one, other)).cloned();
    chosen.truncate(LISTED);
    let mut text = terminal::list(&chosen, options);
    if more > 0 {
        text += &format!("… and {more} more\n");
    }
    let slowest: Vec<Story> = slowest.into_iter().collect();
    text + "\n" + &terminal::stories(starts, &slowest, options)
}

/// The folder of a run: this one, or the only one below it.
fn run_in(folder: &Path) -> Result<PathBuf, Failure> {
    let mut found = Vec::new();
    search(folder, DEPTH, &mut found);
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::Input(format!(
            "error: there are no results of a run in `{}`: no `{SUMMARY}`\n\
             help: name a folder that `plimsoll run` has written, or a scenario file\n",
            folder.display()
        ))),
        several => {
            let names = several.iter().map(|it| format!("  {}\n", it.display()));
            Err(Failure::Input(format!(
                "error: `{}` has the results of several runs\nhelp: name one of them\n{}",
                folder.display(),
                names.collect::<String>()
            )))
        }
    }
}

fn search(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    if folder.join(SUMMARY).is_file() {
        found.push(folder.to_owned());
        return;
    }
    if depth == 0 {
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut below: Vec<PathBuf> = entries.map(|it| it.path()).filter(|it| it.is_dir()).collect();
    below.sort();
    for folder in below {
        search(&folder, depth - 1, found);
    }
}

fn read(folder: &Path) -> Result<Starts, Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| {
            let path = path.display();
            Failure::Input(format!(
                "error: cannot read `{path}`: {error}\n\
                 help: run the scenario again: folders of other versions may lack it\n"
            ))
        })
    };
    file::read(&text(SUMMARY)?, &text(file::NAME)?)
        .map_err(|error| Failure::Input(format!("error: {}: {error}\n", folder.display())))
}
