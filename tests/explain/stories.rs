//! The stories of a Kubernetes cluster, as a user asks for them: `plimsoll explain --pod …`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{printed, refused};

const SHOP: &str = "tests/data/stories/shop.toml";

/// The folder of a run of the shop below `place`.
fn results(place: &Path) -> PathBuf {
    let out = place.to_str().expect("a plain path");
    printed(&["run", SHOP, "--out", out, "--quiet"]);
    let mut below = std::fs::read_dir(place.join("shop")).expect("it is there");
    below.next().expect("there is one run").expect("it can be read").path()
}

fn events(folder: &Path) -> Vec<Value> {
    let file = File::open(folder.join("events.jsonl")).expect("it is there");
    let lines = BufReader::new(file).lines().map(|line| line.expect("it can be read"));
    lines.map(|line| serde_json::from_str(&line).expect("each line is JSON")).collect()
}

/// The name of the pod that found no room.
fn latecomer() -> String {
    let place = tempfile::tempdir().expect("a folder");
    let all = events(&results(place.path()));
    let failed = all.iter().find(|it| it["reason"] == "FailedScheduling").expect("one waits");
    failed["name"].as_str().expect("a name").to_owned()
}

#[test]
fn a_pod_is_told_from_its_creation_with_what_it_waited_for() {
    let text = printed(&["explain", SHOP, "--pod", &latecomer()]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_node_is_told_with_its_pods_and_its_failure() {
    let told = printed(&["explain", SHOP, "--node", "general-1"]);
    let readme = std::fs::read_to_string("README.md").expect("it is there");
    assert!(readme.contains(&told), "the README shows what is told");
    insta::assert_snapshot!(told);
}

#[test]
fn a_deployment_is_told_with_its_pods_and_who_was_slow() {
    insta::assert_snapshot!(printed(&["explain", SHOP, "--deployment", "web"]));
}

/// A cron job is told with its jobs and their pods.
#[test]
fn a_cron_job_is_told_with_its_jobs_and_their_pods() {
    let told = printed(&["explain", "tests/data/stories/nightly.toml", "--deployment", "tidy"]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_story_is_data_too() {
    let text = printed(&["explain", SHOP, "--node", "general-1", "--format", "json"]);
    let told: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(told["schema_version"], 1);
    let story = &told["stories"][0];
    assert_eq!((&story["kind"], &story["name"]), (&"Node".into(), &"general-1".into()));
    let events = story["events"].as_array().expect("a list");
    let of = |reason: &str| events.iter().find(|it| it["reason"] == reason).expect("it happened");
    assert_eq!(of("MachineFailed")["time"], 300.0);
    // its lease was renewed at most 10 s before, the grace is 50 s, and looks are every 5 s
    let noticed = of("NodeNotReady")["time"].as_f64().expect("a number");
    assert!((340.0..=360.0).contains(&noticed), "{noticed}");
}

#[test]
fn results_tell_what_the_scenario_does() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = results(place.path());
    let folder = folder.to_str().expect("a plain path");
    for object in [["--deployment", "web"], ["--node", "general-0"], ["--node", "general-1"]] {
        for format in ["text", "json"] {
            let of = |what: &str| {
                printed(&[&["explain", what, "--format", format][..], &object[..]].concat())
            };
            assert_eq!(of(folder), of(SHOP), "{object:?}");
        }
    }
}

#[test]
fn what_is_not_there_or_not_alone_is_refused_with_what_is() {
    let all = [
        refused(&["explain", SHOP, "--node", "generla-1"]),
        refused(&["explain", SHOP, "--node", "general"]),
        refused(&["explain", SHOP, "--deployment", "db"]),
        refused(&["explain", SHOP, "--pod", "web"]),
        refused(&["explain", SHOP, "--pod", "web", "--set", "cluster.0.kubernetes.events=false"]),
        refused(&["explain", "scenarios/cold-start.toml", "--pod", "web"]),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_event_is_a_line_in_the_order_of_time() {
    let place = tempfile::tempdir().expect("a folder");
    let all = events(&results(place.path()));
    assert!(all.is_sorted_by_key(|it| it["time"].as_f64().expect("a number")));
    let mut count: BTreeMap<&str, u32> = BTreeMap::new();
    for event in &all {
        *count.entry(event["reason"].as_str().expect("a text")).or_default() += 1;
        assert!(!event["message"].as_str().expect("a text").is_empty(), "{event}");
    }
    // what becomes of each pod adds up: five at first, and two for those of the lost node
    for (reason, times) in [
        ("RegisteredNode", 3),
        ("PodCreated", 7),
        ("Scheduled", 7),
        ("FailedScheduling", 1),
        ("PodDeleted", 2),
        ("PodGone", 2),
        ("MachineFailed", 1),
        ("NodeNotReady", 1),
        ("NodeReady", 1),
    ] {
        assert_eq!(count.get(reason), Some(&times), "{reason}");
    }
    assert_eq!(count["Started"], count["PodCreated"] + count["OOMKilled"]);
    // the ones that were killed run again, and the ones on the node that failed do not
    assert_eq!(count["PodReady"] - count["PodNotReady"], 5);
    let warnings = all.iter().filter(|it| it["type"] == "Warning").count();
    assert_eq!(warnings, count["OOMKilled"] as usize + 4);
}

#[test]
fn a_trace_is_for_perfetto() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = results(place.path());
    let mut text = String::new();
    let file = File::open(folder.join("trace.json.gz")).expect("it is there");
    GzDecoder::new(file).read_to_string(&mut text).expect("it is compressed text");
    let trace: Value = serde_json::from_str(&text).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let named = |it: &&Value| it["name"] == "process_name";
    let processes: Vec<_> = events.iter().filter(named).map(|it| &it["args"]["name"]).collect();
    let expected = ["workloads", "pods without a node", "general-0", "general-1", "general-2"];
    assert_eq!(processes, expected);
    // each of seven pods once without a node, once on one
    assert_eq!(events.iter().filter(|it| it["cat"] == "pod").count(), 14);
    let end = 1200.0 * 1e6;
    let ends = events.iter().filter(|it| it["ph"] == "X");
    let ends = ends.map(|it| it["ts"].as_f64().unwrap() + it["dur"].as_f64().unwrap());
    assert!(ends.into_iter().all(|it| it <= end));
}

#[test]
fn without_events_there_are_no_files_of_them() {
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().to_str().expect("a plain path");
    let quiet = ["--quiet", "--set", "cluster.0.kubernetes.events=false"];
    printed(&[&["run", SHOP, "--out", out][..], &quiet[..]].concat());
    let mut runs = std::fs::read_dir(place.path().join("shop")).expect("it is there");
    let run = runs.next().expect("there is one").expect("it can be read").path();
    assert!(run.join("starts.csv").is_file());
    assert!(!run.join("events.jsonl").exists() && !run.join("trace.json.gz").exists());
}
