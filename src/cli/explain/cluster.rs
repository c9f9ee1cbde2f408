//! `explain --pod`, `--node`, `--deployment`, `--task`, `--service`, `--instance`: what happened to
//! one object of a cluster of Kubernetes or Amazon ECS.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{Explain, Printed, SUMMARY, known, run_in};
use crate::cli::{Failure, Outcome, print};
use crate::report::TerminalOptions;
use crate::report::events::names::{Asked, Found, find};
use crate::report::events::story::Story;
use crate::report::events::{self, ClusterEvents, json, terminal};
use crate::scenario::diagnostic::suggestion;

/// More names than that are not told.
const NAMES: usize = 12;

/// Events of a run, and what run it is.
struct Run {
    scenario: String,
    seed: u64,
    clusters: Vec<ClusterEvents>,
}

impl Explain {
    /// The object whose story is asked for, if it is one of a control plane.
    pub(super) fn object(&self) -> Option<(Asked, &str)> {
        let pod = self.pod.as_deref().map(|name| (Asked::Pod, name));
        let workload = self.deployment.as_deref().map(|name| (Asked::Workload, name));
        let task = self.task.as_deref().map(|name| (Asked::Task, name));
        let service = self.service.as_deref().map(|name| (Asked::Service, name));
        let instance = self.instance.as_deref().map(|name| (Asked::Instance, name));
        let of_ecs = task.or(service).or(instance);
        // the nodes of other clusters have numbers
        let node = self.node.as_deref().filter(|name| name.parse::<u32>().is_err());
        pod.or(workload).or(of_ecs).or_else(|| Some((Asked::Node, node?)))
    }

    pub(super) fn tell(&self, asked: Asked, name: &str) -> Result<Outcome, Failure> {
        let Run { scenario, seed, mut clusters } = self.events()?;
        if let Some(name) = &self.cluster {
            let names: Vec<String> = clusters.iter().map(|it| it.cluster.clone()).collect();
            known(name, &names, "cluster")?;
            clusters.retain(|it| it.cluster == *name);
        }
        if clusters.is_empty() {
            return Err(Failure::Input(
                "error: no events of a cluster of Kubernetes or ECS were kept\n\
                 help: they are where a cluster is of `kind = \"kubernetes\"` or `\"ecs\"`, unless \
                 its `[cluster.kubernetes]` or `[cluster.ecs]` says `events = false`\n"
                    .into(),
            ));
        }
        let (kind, key) = match find(&clusters, asked, name) {
            Found::One(kind, key) => (kind, key),
            Found::Several(names) => return Err(Failure::Input(several(asked, name, &names))),
            Found::Nothing(names) => {
                let word = asked.word();
                let help = suggestion(name, names.iter().map(String::as_str), word);
                let text = format!("error: there was no {word} `{name}`\nhelp: {help}\n");
                return Err(Failure::Input(text));
            }
        };
        let stories = Story::all(&clusters, asked, kind, &key);
        print(&match self.format {
            Printed::Text => {
                terminal::stories(&scenario, seed, &stories, &TerminalOptions::of_stdout())
            }
            Printed::Json => json::stories(&scenario, seed, &stories),
        })
    }

    /// Reads events, or makes them.
    fn events(&self) -> Result<Run, Failure> {
        if let Some(folder) = self.folder()? {
            return read(&run_in(folder)?);
        }
        let result = self.run()?;
        let (scenario, seed) = (result.scenario.clone(), result.seed);
        Ok(Run { scenario, seed, clusters: events::of(result) })
    }
}

fn several(asked: Asked, name: &str, names: &[String]) -> String {
    let word = asked.word();
    let mut text = format!("error: the names of {} {word}s begin with `{name}`\n", names.len());
    text += "help: name one of them\n";
    for name in names.iter().take(NAMES) {
        text += &format!("  {name}\n");
    }
    if names.len() > NAMES {
        text += &format!("  … and {} more\n", names.len() - NAMES);
    }
    text
}

/// What is needed of `summary.json`.
#[derive(Deserialize)]
struct Summary {
    scenario: String,
    seed: u64,
    clusters: Vec<SummaryCluster>,
}

#[derive(Deserialize)]
struct SummaryCluster {
    cluster: String,
    simulated_seconds: f64,
}

fn read(folder: &Path) -> Result<Run, Failure> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::Input(format!("error: {}: {error}\n", folder.join(what).display()))
    };
    let text = fs::read_to_string(folder.join(SUMMARY)).map_err(|error| failed(SUMMARY, &error))?;
    let summary: Summary = serde_json::from_str(&text).map_err(|error| failed(SUMMARY, &error))?;
    let ends = summary.clusters.into_iter().map(|it| (it.cluster, it.simulated_seconds));
    let ends: Vec<(String, f64)> = ends.collect();
    let clusters = events::read(folder, &ends)
        .map_err(|error| Failure::Input(format!("error: {}: {error}\n", folder.display())))?;
    Ok(Run { scenario: summary.scenario, seed: summary.seed, clusters })
}
