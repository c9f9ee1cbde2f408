//! `KubeSchedulerConfiguration`: which plugins run with which weights and arguments.
//!
//! It is read from the file that `kube-scheduler --config` takes, checked and completed as there.
//! Sources: Kubernetes v1.36, `pkg/scheduler/apis/config` (`v1/defaults.go`, `validation`) and
//! `staging/src/k8s.io/kube-scheduler/config/v1`. What has no bearing on placement (leader
//! election, client connection, profiling) is accepted and ignored; extenders and plugins that are
//! not part of Kubernetes cannot be played and are refused.

mod args;
mod plugins;
mod raw;
#[cfg(test)]
mod tests;

use std::path::Path as FilePath;

use serde_json::Value;

pub use args::{
    BalancedAllocationArgs, DefaultPreemptionArgs, FitArgs, InterPodAffinityArgs, NodeAffinityArgs,
    PluginArgs, ResourceWeight, ScoringStrategy, ShapePoint, SpreadArgs, VolumeBindingArgs,
};
pub use plugins::{Plugin, Plugins, Point};

use super::decode::{Decoded, Path, decode};
use super::locate::Located;
use super::manifest::read_utf8;
use super::origin::Origin;
use super::problem::{Excerpt, ManifestErrors, Problem};
use super::syntax::{self, SyntaxFlaw};
use super::validate::Violation;
use raw::{RawConfiguration, RawProfile};

/// The version that is read.
const API_VERSION: &str = "kubescheduler.config.k8s.io/v1";
/// The profile of pods that name no scheduler.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// A configuration with everything filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulerConfiguration {
    /// Share of the nodes to find before scoring, in percent; 0 adapts to the size of the cluster.
    pub percentage_of_nodes_to_score: u32,
    /// First wait of a pod that could not be placed, in seconds.
    pub pod_initial_backoff_seconds: u64,
    /// Longest wait of a pod that could not be placed, in seconds.
    pub pod_max_backoff_seconds: u64,
    /// Nodes that are looked at side by side, which changes no decision here.
    pub parallelism: u32,
    /// The profiles, at least one.
    pub profiles: Vec<Profile>,
}

/// How pods that name this scheduler are placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// What pods write in `schedulerName`.
    pub scheduler_name: String,
    /// As in [`SchedulerConfiguration`], where this profile differs.
    pub percentage_of_nodes_to_score: Option<u32>,
    /// The plugins of each extension point in order, and their weights.
    pub plugins: Plugins,
    /// The arguments of the plugins.
    pub args: PluginArgs,
}

impl Default for SchedulerConfiguration {
    /// What kube-scheduler does without a configuration.
    fn default() -> Self {
        Self {
            percentage_of_nodes_to_score: 0,
            pod_initial_backoff_seconds: 1,
            pod_max_backoff_seconds: 10,
            parallelism: 16,
            profiles: vec![Profile::default()],
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            scheduler_name: DEFAULT_SCHEDULER.to_owned(),
            percentage_of_nodes_to_score: None,
            plugins: Plugins::default(),
            args: PluginArgs::default(),
        }
    }
}

impl SchedulerConfiguration {
    /// The profile for pods with this `schedulerName`.
    pub fn profile(&self, scheduler_name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.scheduler_name == scheduler_name)
    }
}

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it; also where it cannot be read.
pub fn read_file(path: &FilePath) -> Result<SchedulerConfiguration, ManifestErrors> {
    let name = path.display().to_string();
    read_text(&name, &read_utf8(path)?)
}

/// Reads the text of a file, YAML or JSON; `name` is for messages.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_text(name: &str, text: &str) -> Result<SchedulerConfiguration, ManifestErrors> {
    let origin = Origin::file(name);
    let value = syntax::read_value(text).map_err(|flaw| {
        let SyntaxFlaw { message, help, at } = flaw;
        let excerpt = at.map(|at| Excerpt::new(text, &at, 1));
        ManifestErrors::new(name, vec![Problem { help, excerpt, ..Problem::new(&origin, message) }])
    })?;
    resolve(&value).map_err(|violations| {
        let places = Located::new(text);
        let place = |path: &Path| places.find(path).map(|at| Excerpt::new(text, &at, 1));
        let problem = |Violation { path, message, help }| {
            let excerpt = place(&path);
            Problem { help, excerpt, ..Problem::new(&origin, message) }.at(path)
        };
        ManifestErrors::new(name, violations.into_iter().map(problem).collect())
    })
}

/// Reads a configuration that is already a JSON value.
///
/// # Errors
/// Everything that is wrong with it.
pub fn from_value(
    value: &Value,
    origin: &Origin,
) -> Result<SchedulerConfiguration, ManifestErrors> {
    resolve(value).map_err(|violations| {
        let problem = |Violation { path, message, help }| {
            Problem { help, ..Problem::new(origin, message) }.at(path)
        };
        ManifestErrors::new(&origin.file, violations.into_iter().map(problem).collect())
    })
}

/// Decodes a part of the configuration; unknown fields are mistakes, as for kube-scheduler.
fn strict<T: serde::de::DeserializeOwned>(
    value: &Value,
    at: &Path,
    violations: &mut Vec<Violation>,
) -> Option<T> {
    let Decoded { object, mistakes, unknown } = decode(value);
    for (path, fields) in unknown {
        violations.push(Violation::unknown_field(at.join(&path), fields));
    }
    for mistake in mistakes {
        violations.push(Violation::new(at.join(&mistake.path), mistake.message));
    }
    object
}

fn resolve(value: &Value) -> Result<SchedulerConfiguration, Vec<Violation>> {
    let mut violations = Vec::new();
    let raw = strict::<RawConfiguration>(value, &Path::default(), &mut violations);
    let Some(raw) = raw else {
        return Err(violations);
    };
    check_header(&raw, &mut violations);
    let defaults = SchedulerConfiguration::default();
    let root = Path::default();
    let initial = raw.pod_initial_backoff_seconds.unwrap_or(1);
    let longest = raw.pod_max_backoff_seconds.unwrap_or(10);
    if initial <= 0 {
        let path = root.key("podInitialBackoffSeconds");
        violations.push(Violation::new(path, "must be more than 0"));
    }
    if longest < initial {
        let path = root.key("podMaxBackoffSeconds");
        let message = format!("must not be less than podInitialBackoffSeconds, which is {initial}");
        violations.push(Violation::new(path, message));
    }
    if raw.parallelism.is_some_and(|parallelism| parallelism <= 0) {
        violations.push(Violation::new(root.key("parallelism"), "must be more than 0"));
    }
    let percentage = raw.percentage_of_nodes_to_score;
    check_percentage(percentage, &root, &mut violations);
    let profiles = profiles(raw.profiles.unwrap_or_default(), &mut violations);
    if !violations.is_empty() {
        return Err(violations);
    }
    Ok(SchedulerConfiguration {
        percentage_of_nodes_to_score: percentage.unwrap_or(0).unsigned_abs(),
        pod_initial_backoff_seconds: initial.unsigned_abs(),
        pod_max_backoff_seconds: longest.unsigned_abs(),
        parallelism: raw.parallelism.map_or(defaults.parallelism, i32::unsigned_abs),
        profiles,
    })
}

fn check_header(raw: &RawConfiguration, violations: &mut Vec<Violation>) {
    let root = Path::default();
    if raw.kind.as_deref() != Some("KubeSchedulerConfiguration") {
        let found =
            raw.kind.as_deref().map_or("is missing".to_owned(), |kind| format!("is {kind}"));
        let help = "write `kind: KubeSchedulerConfiguration`";
        violations.push(Violation::new(root.key("kind"), found).help(help));
    }
    if raw.api_version.as_deref() != Some(API_VERSION) {
        let message = "this version is not read by kube-scheduler 1.36";
        let help = format!("write `apiVersion: {API_VERSION}`");
        violations.push(Violation::new(root.key("apiVersion"), message).help(help));
    }
    if raw.extenders.as_ref().is_some_and(|extenders| !extenders.is_empty()) {
        let message = "extenders are programs of their own, whose decisions cannot be simulated";
        let help = "leave them out to see what the scheduler decides without them";
        violations.push(Violation::new(root.key("extenders"), message).help(help));
    }
}

fn check_percentage(percentage: Option<i32>, at: &Path, violations: &mut Vec<Violation>) {
    if percentage.is_some_and(|percentage| !(0..=100).contains(&percentage)) {
        let path = at.key("percentageOfNodesToScore");
        violations.push(Violation::new(path, "must be between 0 and 100"));
    }
}

fn profiles(raw: Vec<RawProfile>, violations: &mut Vec<Violation>) -> Vec<Profile> {
    let single = raw.len() <= 1;
    let mut profiles: Vec<Profile> = Vec::new();
    for (index, raw) in raw.iter().enumerate() {
        let at = Path::default().key("profiles").index(index);
        let name = raw.scheduler_name.as_deref().or(single.then_some(DEFAULT_SCHEDULER));
        let name = name.unwrap_or_default();
        if name.is_empty() {
            let message = "of several profiles each needs a name";
            violations.push(Violation::new(at.key("schedulerName"), message));
        } else if profiles.iter().any(|profile| profile.scheduler_name == name) {
            let message = format!("there are two profiles named `{name}`");
            violations.push(Violation::new(at.key("schedulerName"), message));
        }
        check_percentage(raw.percentage_of_nodes_to_score, &at, violations);
        profiles.push(Profile {
            scheduler_name: name.to_owned(),
            percentage_of_nodes_to_score: raw.percentage_of_nodes_to_score.map(i32::unsigned_abs),
            plugins: Plugins::resolve(&raw.plugins, &at.key("plugins"), violations),
            args: args::resolve(&raw.plugin_config, &at.key("pluginConfig"), violations),
        });
    }
    if profiles.is_empty() {
        profiles.push(Profile::default());
    }
    profiles
}
