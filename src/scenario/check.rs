//! Whether a scenario makes sense: names that resolve, values in range, things that can be.
//!
//! A scenario that passes can be simulated. It may still describe a fleet that is too small or an
//! image for another system: that is what a simulation is to find out, and it says so in the
//! state of the containers. What is refused here is what no simulation could answer.
//!
//! Every file checks one concept and reports [`Finding`]s by path; nothing stops at the first.

mod access;
mod apps;
mod arrivals;
mod auto_scaling;
mod autoscale;
mod aws_calls;
mod calls;
mod cluster_autoscaler;
mod clusters;
mod ecs;
mod eks;
mod eks_roles;
mod fargate;
mod faults;
mod fit;
mod guests;
mod hosts;
mod images;
mod io;
mod jobs;
mod laws;
mod load_balancers;
mod names;
mod needs;
mod node_group_updates;
mod node_pools;
mod ranges;
mod registries;
mod replay_events;
mod replays;
mod requests;
mod resources;
mod rollouts;
mod security_groups;
mod simulation;
mod size;
mod sweep;
mod tables;
mod variants;
mod vms;
mod vpc_cni;

use toml::de::DeTable;

use super::diagnostic::Problem;
use super::load::Draft;
use super::path::Path;

/// Something that makes no sense, and the path of the value it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The value.
    pub path: Path,
    problem: Problem,
    on_key: bool,
    related: Option<(Path, String)>,
    /// A key that was left out: what is found follows from its default.
    unsaid: Option<Path>,
}

impl Finding {
    /// A finding about the value at `path`.
    fn new(path: Path, title: impl Into<String>) -> Self {
        Self { path, problem: Problem::new(title), on_key: false, related: None, unsaid: None }
    }

    /// Marks the key instead of the value.
    fn on_key(mut self) -> Self {
        self.on_key = true;
        self
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.problem = self.problem.label(label);
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.problem = self.problem.help(help);
        self
    }

    /// Marks a second value that has to do with it.
    fn related(mut self, path: Path, label: impl Into<String>) -> Self {
        self.related = Some((path, label.into()));
        self
    }

    /// That it follows from the default of a key.
    fn unsaid(mut self, path: Path) -> Self {
        self.unsaid = Some(path);
        self
    }

    /// Whether it is about one of these values, or would not be if that could be read.
    pub fn concerns(&self, values: &[Path]) -> bool {
        let all = [Some(&self.path), self.unsaid.as_ref()];
        all.into_iter().flatten().any(|path| values.iter().any(|value| value.overlaps(path)))
    }

    /// The problem, with positions in `document`.
    pub fn into_problem(self, document: &DeTable<'_>) -> Problem {
        let span =
            if self.on_key { self.path.key_span(document) } else { self.path.value_span(document) };
        let related = self.related.and_then(|(path, label)| {
            path.written_span(document)
                .filter(|other| Some(other) != span.as_ref())
                .zip(Some(label))
        });
        Problem { span, related, ..self.problem }
    }
}

/// Checks all that could be read.
pub fn run(draft: &Draft) -> Vec<Finding> {
    let mut out = Vec::new();
    simulation::check(draft, &mut out);
    names::check(draft, &mut out);
    hosts::check(draft, &mut out);
    registries::check(draft, &mut out);
    images::check(draft, &mut out);
    apps::check(draft, &mut out);
    calls::check(draft, &mut out);
    jobs::check(draft, &mut out);
    vms::check(draft, &mut out);
    clusters::check(draft, &mut out);
    load_balancers::check(draft, &mut out);
    guests::check(draft, &mut out);
    fit::check(draft, &mut out);
    rollouts::check(draft, &mut out);
    faults::check(draft, &mut out);
    sweep::check(draft, &mut out);
    size::check(draft, &mut out);
    variants::check(draft, &mut out);
    out
}
