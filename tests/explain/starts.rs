//! How apps start: what the time from order to ready was spent on.

use std::path::Path;

use serde_json::Value;

use super::{printed, refused};

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).expect("it prints JSON")
}

const SCENARIO: &str = "scenarios/cold-start.toml";

/// The scenario's results in a folder.
fn results(place: &Path) -> String {
    let out = place.to_str().expect("a plain path").to_owned();
    printed(&["run", SCENARIO, "--out", &out, "--quiet"]);
    out
}

#[test]
fn a_cold_start_is_mostly_its_pull_and_a_warm_one_takes_less_than_two_seconds() {
    // Slacker (FAST'16): 76 % of a container's start is its pull; `docker run` of an image that is
    // there takes 0.3 to 1 s. Defaults alone decide here, over several seeds.
    for seed in 1..=20 {
        let told = json(&["explain", SCENARIO, "--seed", &seed.to_string(), "--format", "json"]);
        let apps = told["apps"].as_array().expect("one for each cluster");
        let kind = |app: &Value| app["starts"]["kinds"][0].clone();
        let [cold, warm] = apps.iter().map(kind).collect::<Vec<_>>().try_into().expect("two");
        assert_eq!((&cold["kind"], &warm["kind"]), (&"cold".into(), &"warm".into()));
        let share = cold["pull_share"].as_f64().expect("a number");
        assert!((0.60..=0.85).contains(&share), "seed {seed}: {share}");
        let warm = warm["mean"].as_f64().expect("a number");
        assert!(warm < 2.0, "seed {seed}: {warm}");
    }
}

#[test]
fn results_tell_what_the_scenario_does() {
    let place = tempfile::tempdir().expect("a folder");
    let out = results(place.path());
    let more: [&[&str]; 4] = [
        &[],
        &["--slowest"],
        &["--replica", "0", "--cluster", "warm"],
        &["--node", "0", "--format", "json"],
    ];
    for more in more {
        let of = |what: &str| printed(&[&["explain", what], more].concat());
        assert_eq!(of(&out), of(SCENARIO), "{more:?}");
    }
}

#[test]
fn the_means_of_all_starts_stand_beside_the_slowest() {
    insta::assert_snapshot!(printed(&["explain", SCENARIO]));
}

#[test]
fn a_start_is_told_from_begin_to_end() {
    let told = printed(&["explain", SCENARIO, "--cluster", "cold", "--slowest"]);
    let readme = std::fs::read_to_string("README.md").expect("it is there");
    assert!(readme.contains(&told), "the README shows what is told");
    insta::assert_snapshot!(told);
}

#[test]
fn many_starts_are_listed_and_the_slowest_told() {
    let many = ["explain", SCENARIO, "--set", "app.web.replicas=3", "--node", "0"];
    let text = printed(&many);
    assert!(text.starts_with("cold / web: wanted at 0 s, replica 0 on node 0, cold"), "{text}");
    assert!(text.contains("what would shorten it most"), "{text}");
}

#[test]
fn a_start_that_failed_says_why_in_the_words_of_whoever_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("arm.toml");
    let text = std::fs::read_to_string(SCENARIO).expect("it is there");
    let text = text.replace("name = \"nginx:1\"", "name = \"nginx:1\"\narchitecture = \"arm64\"");
    std::fs::write(&path, text).expect("it can be written");
    let path = path.to_str().expect("a plain path");
    let reason = "host is amd64, image `nginx:1` is built for arm64";
    let text = printed(&["explain", path, "--cluster", "cold"]);
    assert!(text.contains(&format!("✗ failed, once: {reason}")), "{text}");
    assert!(text.contains("none became ready"), "{text}");
    let text = printed(&["explain", path, "--cluster", "cold", "--replica", "0"]);
    assert!(text.contains(&format!("failed after 0 s.\n✗ {reason}")), "{text}");
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let place = tempfile::tempdir().expect("a folder");
    let empty = place.path().to_str().expect("a plain path");
    let all = [
        refused(&["explain", SCENARIO, "--cluster", "clod"]),
        refused(&["explain", SCENARIO, "--app", "database"]),
        refused(&["explain", SCENARIO, "--replica", "7"]),
        refused(&["explain", SCENARIO, "--node", "3"]),
        refused(&["explain", empty]).replace(empty, "EMPTY"),
        refused(&["explain", empty, "--seed", "3"]),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn several_runs_in_a_folder_are_named() {
    let place = tempfile::tempdir().expect("a folder");
    let out = results(place.path());
    printed(&["run", SCENARIO, "--out", &out, "--quiet", "--seed", "7"]);
    let text = refused(&["explain", &out]);
    assert!(text.contains("several runs"), "{text}");
    assert_eq!(text.matches("cold-start/seed").count(), 2, "{text}");
}

#[test]
fn a_table_that_is_broken_is_told_by_its_row() {
    let place = tempfile::tempdir().expect("a folder");
    let out = results(place.path());
    let run = std::fs::read_dir(place.path().join("cold-start")).expect("it is there");
    let run = run.flatten().next().expect("a run").path();
    let table = run.join("starts.csv");
    let text = std::fs::read_to_string(&table).expect("it is there");
    std::fs::write(&table, text.replacen(",asked,", ",begged,", 1)).expect("it can be written");
    let text = refused(&["explain", &out]);
    assert!(text.contains("row 2: `begged` is no cause of a start"), "{text}");
}
