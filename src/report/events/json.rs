//! `plimsoll explain --pod … --format json`.

use serde::Serialize;

use super::story::Story;
use crate::report::VERSION;

/// Grows when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

/// Stories as JSON.
pub fn stories(scenario: &str, seed: u64, stories: &[Story]) -> String {
    #[derive(Serialize)]
    struct File<'a> {
        schema_version: u32,
        plimsoll: &'static str,
        scenario: &'a str,
        seed: u64,
        stories: &'a [Story],
    }
    let file = File { schema_version: SCHEMA_VERSION, plimsoll: VERSION, scenario, seed, stories };
    serde_json::to_string_pretty(&file).expect("plain structs always serialise") + "\n"
}
