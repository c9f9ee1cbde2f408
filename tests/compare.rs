//! `plimsoll compare` as a user and as a pipeline call it.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::*;

/// A queue; `again` is the same, `slower` wants a fifth more of the CPU, `third` costs a host more.
const SCENARIO: &str = r#"
simulation = { name = "queue", duration = "30s", warm_up = "2s", seed = 7, points = 10 }
image = [{ name = "image", layers = [] }]
[[host]]
name = "host"
cores = 1
memory = "8GiB"
price = "$0.50/h"
[[cluster]]
name = "one"
kind = "docker"
hosts = { shape = "host", count = 2 }
engine = { start = "0s", prepulled = true }
[[app]]
name = "web"
image = "image"
start = "0s"
cpu = { request = "600m" }
memory = { request = "64MiB" }
traffic = { arrivals = { poisson = "20/s" } }
demand = { exponential = { mean = "10ms" } }
"#;

const VARIANTS: &str = r#"
[[variant]]
name = "again"
set = { "app.web.replicas" = 1 }
[[variant]]
name = "slower"
set = { "app.web.demand" = { exponential = { mean = "12ms" } } }
"#;

const SWEEP: &str = r#"
[sweep]
replications = 3
[sweep.parameters]
"app.web.replicas" = [1, 2]
"#;

const CLUSTERS: &str = r#"
[[cluster]]
name = "slow"
kind = "docker"
hosts = { shape = "weak", count = 2 }
engine = { start = "0s", prepulled = true }
[[host]]
name = "weak"
cores = 1
speed = 0.8
memory = "8GiB"
price = "$0.40/h"
"#;

/// A folder with a scenario in it.
struct Place(tempfile::TempDir);

impl Place {
    fn with(scenario: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("queue.toml"), scenario.concat()).expect("it can be written");
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut program = Command::cargo_bin("plimsoll").expect("the program");
        program.current_dir(self.0.path()).args(arguments).assert()
    }

    fn compare(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        self.run(&[&["compare", "queue.toml", "--replications", "5"], arguments].concat())
    }

    /// Names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join(folder)).expect("it is there");
        let name = |entry: Result<fs::DirEntry, _>| entry.expect("an entry").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn stdout(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("it prints text")
}

#[test]
fn variants_are_held_against_the_scenario_as_it_stands() {
    let place = Place::with(&[SCENARIO, VARIANTS]);
    let table = stdout(&place.compare(&["--no-files"]).success());
    insta::assert_snapshot!("variants", table);
}

#[test]
fn a_worse_variant_fails_its_condition_and_the_same_one_does_not() {
    let place = Place::with(&[SCENARIO, VARIANTS]);
    let failed = place.compare(&["--no-files", "--fail-on", "mean > +5%"]).code(1);
    let table = stdout(&failed);
    let gates = table.lines().filter(|line| line.starts_with(['✓', '✗', '?']));
    insta::assert_snapshot!("conditions", gates.collect::<Vec<_>>().join("\n"));
    let same = Place::with(&[
        SCENARIO,
        VARIANTS.split("[[variant]]\nname = \"slower\"").next().expect("text"),
    ]);
    same.compare(&["--no-files", "--fail-on", "mean > +5%", "--strict"]).success();
}

#[test]
fn what_is_undecided_passes_unless_it_must_be_known() {
    let place = Place::with(&[SCENARIO, VARIANTS]);
    // it is 26.3 % more: 1 / (1 / 12 ms - 20/s) against 1 / (1 / 10 ms - 20/s)
    let undecided = ["--no-files", "--fail-on", "mean > +26%"];
    let passed = place.compare(&undecided).success();
    assert!(stdout(&passed).contains("is undecided for slower"), "{}", stdout(&passed));
    place.compare(&[&undecided[..], &["--strict"]].concat()).code(1);
}

#[test]
fn clusters_are_compared_with_the_first_on_what_they_share() {
    let place = Place::with(&[SCENARIO, CLUSTERS]);
    let text = stdout(&place.compare(&["--no-files", "--format", "json"]).success());
    let whole: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!((&whole["schema_version"], &whole["baseline"]), (&1.into(), &"one".into()));
    let arm = &whole["arms"][0];
    assert_eq!((&arm["name"], &arm["pairs"]), (&"slow".into(), &5.into()));
    let verdict = |metric: &str| {
        let figures = arm["figures"].as_array().expect("a list");
        let figure = figures.iter().find(|one| one["metric"] == metric).expect("it is compared");
        figure["verdict"].as_str().expect("a word").to_owned()
    };
    assert_eq!(verdict("latency_mean"), "worse");
    assert_eq!(verdict("cost_per_hour"), "better");
    assert_eq!(verdict("hosts_used"), "identical");
    let other = place.compare(&["--no-files", "--baseline", "slow", "--metrics", "web.mean"]);
    assert!(stdout(&other.success()).contains("one against slow: better in latency mean of web"));
}

#[test]
fn folders_of_runs_are_paired_by_seed() {
    let place = Place::with(&[SCENARIO]);
    let demand = "app.web.demand={ exponential = { mean = \"12ms\" } }";
    for seed in ["1", "2", "3", "4"] {
        place.run(&["run", "queue.toml", "-q", "--seed", seed, "--out", "before"]).success();
        let changed = ["run", "queue.toml", "-q", "--seed", seed, "--out", "after"];
        if seed != "4" {
            place.run(&[&changed[..], &["--set", demand]].concat()).success();
        }
    }
    let arguments = ["compare", "before/queue", "after/queue", "--fail-on", "mean > +5%"];
    let table = stdout(&place.run(&arguments).code(1));
    assert!(table.contains("3 pairs of runs"), "{table}");
    assert!(table.contains("before/queue has runs that after/queue has not"), "{table}");
    assert!(table.contains("seed 4"), "{table}");
    // the same runs, compared with themselves
    let same = ["compare", "before/queue", "before/queue", "--no-files"];
    let table = stdout(&place.run(&same).success());
    assert!(table.contains("identical"), "{table}");
}

#[test]
fn sweeps_are_compared_by_seed_with_the_means_of_their_points() {
    let place = Place::with(&[SCENARIO, SWEEP]);
    let weaker = ["--set", "host.host.speed=0.8"];
    for (out, changes) in [("old", &[][..]), ("new", &weaker[..])] {
        let arguments = ["sweep", "run", "queue.toml", "-q", "--out", out];
        place.run(&[&arguments[..], changes].concat()).success();
    }
    let [old, new] = ["old", "new"].map(|out| sweep_folder(&place, out));
    let table = stdout(&place.run(&["compare", &old, &new, "--no-files"]).success());
    assert!(table.contains("3 pairs of runs"), "{table}");
    assert!(table.contains("means over 2 points"), "{table}");
    let csv =
        stdout(&place.run(&["compare", &old, &new, "--no-files", "--format", "csv"]).success());
    let latency = csv.lines().find(|line| line.contains(",latency_mean,")).expect("compared");
    assert!(latency.ends_with(",worse"), "{latency}");
    // a run is no point of a sweep
    place.run(&["run", "queue.toml", "-q", "--out", "one"]).success();
    let run = place.run(&["compare", &old, "one/queue"]).code(2);
    run.stderr(predicate::str::contains("varies app.web.replicas"));
}

/// The folder of the only sweep in `out`, from where the program runs.
fn sweep_folder(place: &Place, out: &str) -> String {
    let mut open = vec![out.to_owned()];
    while let Some(folder) = open.pop() {
        if place.0.path().join(&folder).join("results.csv").exists() {
            return folder;
        }
        let inner = place.names(&folder).into_iter().map(|name| format!("{folder}/{name}"));
        open.extend(inner.filter(|path| place.0.path().join(path).is_dir()));
    }
    panic!("there is no sweep in {out}");
}

#[test]
fn the_results_are_the_same_on_any_number_of_threads() {
    let place = Place::with(&[SCENARIO, VARIANTS]);
    let read = |folder: &str| {
        let name = place.names(&format!("{folder}/queue")).remove(0);
        assert!(name.starts_with("compare-"), "{name}");
        let inside = format!("{folder}/queue/{name}");
        let (folders, files): (Vec<String>, Vec<String>) = place
            .names(&inside)
            .into_iter()
            .partition(|name| place.0.path().join(&inside).join(name).is_dir());
        assert_eq!(files, ["comparison.csv", "comparison.json", "report.html", "runs.csv"]);
        let inner = folders.iter().flat_map(|folder| {
            let names = place.names(&format!("{inside}/{folder}"));
            names.into_iter().map(move |name| format!("{folder}/{name}"))
        });
        let all: Vec<String> = files.iter().cloned().chain(inner).collect();
        let text = |file: &String| fs::read(place.0.path().join(&inside).join(file)).expect("read");
        let contents: Vec<Vec<u8>> = all.iter().map(text).collect();
        (name, all, contents)
    };
    for threads in ["1", "3"] {
        let mut program = Command::cargo_bin("plimsoll").expect("the program");
        program.current_dir(place.0.path()).env("RAYON_NUM_THREADS", threads);
        program.args(["compare", "queue.toml", "--replications", "3", "--out", threads]);
        program.assert().success().stderr(predicate::str::contains("report.html"));
    }
    assert_eq!(read("1"), read("3"));
    let runs = String::from_utf8(read("1").2.remove(3)).expect("text");
    assert_eq!(runs.lines().count(), 1 + 3 * 3);
    assert!(runs.starts_with("arm,seed,one.web.replicas,"), "{}", &runs[..80]);
}

#[test]
fn unusable_input_is_explained_with_status_2() {
    let place = Place::with(&[SCENARIO, VARIANTS]);
    let alone = Place::with(&[SCENARIO]);
    fs::create_dir(place.0.path().join("empty")).expect("it can be made");
    let message = |place: &Place, arguments: &[&str]| {
        let assert = place.run(&[&["compare"], arguments].concat()).code(2).stdout("");
        String::from_utf8(assert.get_output().stderr.clone()).expect("it prints text")
    };
    let quick = ["queue.toml", "--replications", "1"];
    let with = |more: &[&str]| message(&place, &[&quick[..], more].concat());
    insta::assert_snapshot!(
        "unusable",
        [
            message(&alone, &quick),
            message(&place, &["empty"]),
            message(&place, &["empty", "empty"]),
            message(&place, &["queue.toml", "empty"]),
            with(&["--fail-on", "p99 >> +5%"]),
            with(&["--fail-on", "energy > +20ms"]),
            with(&["--metrics", "p98"]),
            with(&["--baseline", "agian"]),
            with(&["--set", "app.web.replicas=0"]),
            with(&["--set", "app.web.memory.request=7GiB", "--set", "cluster.one.hosts.count=0"]),
        ]
        .join("\n")
    );
}

/// What the README shows of it is what it prints.
#[test]
fn the_example_prints_what_the_readme_shows() {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let arguments = "compare scenarios/variants.toml --metrics mean,p99,throughput,cost_per_hour";
    let assert = program.args(arguments.split(' ')).args(["--no-files", "--fail-on", "p99 > +10%"]);
    let table = stdout(&assert.assert().code(1));
    let readme = fs::read_to_string("README.md").expect("the README is there");
    let (_, shown) = readme.split_once(arguments).expect("it shows the example");
    let (shown, _) = shown.split_once("```").expect("the fence is closed");
    let mut lines = shown.lines().skip(1).filter(|line| *line != "[…]");
    let missing: Vec<&str> = lines.by_ref().filter(|line| !table.contains(line)).collect();
    assert!(missing.is_empty(), "{missing:#?} is not in\n{table}");
}
