//! `plimsoll explain --format json`.

use serde::Serialize;

use super::story::Story;
use super::{AppStarts, Starts};
use crate::metrics::summary::StartsSummary;
use crate::report::VERSION;
use crate::report::findings::Found;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct File<'a> {
    schema_version: u32,
    plimsoll: &'static str,
    scenario: &'a str,
    seed: u64,
    /// Without a choice of starts: what stood in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Found<'a>>,
    /// Without a choice of starts: what they are made of on average.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apps: Vec<App<'a>>,
    /// With one: the starts chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<&'a [Story]>,
}

#[derive(Serialize)]
struct App<'a> {
    cluster: &'a str,
    app: &'a str,
    starts: &'a StartsSummary,
    slowest: Option<Story>,
}

/// What stood in the way, and what the starts of all apps are made of.
pub fn overview(starts: &Starts) -> String {
    let apps = starts.clusters.iter().flat_map(|cluster| {
        cluster.apps.iter().map(|it: &AppStarts| {
            let image = it.summary.image.as_deref();
            let story = |start| Story::of(&cluster.name, &it.name, image, start);
            let slowest = it.slowest().map(story);
            App { cluster: &cluster.name, app: &it.name, starts: &it.summary, slowest }
        })
    });
    let findings = starts.clusters.iter().flat_map(|cluster| {
        cluster.findings.iter().map(|finding| Found::new(&cluster.name, finding))
    });
    text(starts, findings.collect(), apps.collect(), None)
}

/// The starts that were chosen.
pub fn stories(starts: &Starts, stories: &[Story]) -> String {
    text(starts, Vec::new(), Vec::new(), Some(stories))
}

fn text(
    of: &Starts,
    findings: Vec<Found<'_>>,
    apps: Vec<App<'_>>,
    starts: Option<&[Story]>,
) -> String {
    let file = File {
        schema_version: SCHEMA_VERSION,
        plimsoll: VERSION,
        scenario: &of.scenario,
        seed: of.seed,
        findings,
        apps,
        starts,
    };
    serde_json::to_string_pretty(&file).expect("plain structs always serialise") + "\n"
}
