//! `plimsoll size`: answers that are known otherwise, and what a user is told.

use std::path::Path;

use assert_cmd::Command;
use plimsoll::experiment::size::{Request, SizeError, size};
use plimsoll::report::size::{Sizing, Verdict};
use plimsoll::scenario::Override;

fn settings(texts: &[&str]) -> Vec<Override> {
    texts.iter().map(|text| text.parse().expect("a path and a value")).collect()
}

fn sized(file: &str, changes: &[&str]) -> Sizing {
    let request = Request::read(Path::new(file), &settings(changes));
    let request = request.unwrap_or_else(|error| panic!("{error}"));
    size(&request, &|_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn text_sized(text: &str, changes: &[&str]) -> Result<Sizing, SizeError> {
    let request = Request::new(text, "test.toml", Path::new(""), &settings(changes))?;
    size(&request, &|_| {})
}

fn smallest(sizing: &Sizing) -> Option<u32> {
    sizing.best().map(|(_, fleet)| fleet.number)
}

/// Erlang's C: the probability of waiting in M/M/c with so many servers busy on average (Gross and
/// Harris, Fundamentals of Queueing Theory, section 2.3), by the recursion for his B.
fn erlang_c(servers: u32, busy: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |b, k| busy * b / (f64::from(k) + busy * b));
    let load = busy / f64::from(servers);
    blocked / (1.0 - load * (1.0 - blocked))
}

/// Mean time in M/M/c, where one service takes 1; infinite where it is overloaded.
fn mean_response(servers: u32, busy: f64) -> f64 {
    let spare = f64::from(servers) - busy;
    if spare <= 0.0 { f64::INFINITY } else { 1.0 + erlang_c(servers, busy) / spare }
}

/// The time that a share of all stays below, in the same queue served in the order of arrival: the
/// root of P(T > t) = (1-C) e^-t + C (e^-st - s e^-t) / (1 - s), s being the spare servers.
fn quantile_of_response(servers: u32, busy: f64, share: f64) -> f64 {
    let spare = f64::from(servers) - busy;
    if spare <= 0.0 {
        return f64::INFINITY;
    }
    let waits = erlang_c(servers, busy);
    let beyond = |t: f64| {
        let alone = libm::exp(-t);
        let waited = match (spare - 1.0).abs() < 1e-9 {
            true => (1.0 + t) * alone,
            false => (libm::exp(-spare * t) - spare * alone) / (1.0 - spare),
        };
        (1.0 - waits) * alone + waits * waited
    };
    let (mut low, mut high) = (0.0, 1000.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if beyond(middle) > 1.0 - share { low = middle } else { high = middle }
    }
    low
}

#[test]
fn the_closed_forms_are_those_of_a_printed_example() {
    // ten erlangs, twelve agents: C = 0.449, waiting 0.2244 services (tables of Erlang C)
    assert!((erlang_c(12, 10.0) - 0.4494).abs() < 1e-4);
    assert!((mean_response(12, 10.0) - 1.2247).abs() < 1e-4);
    // M/M/1 has an exponential response of rate mu - lambda
    assert!((quantile_of_response(1, 0.75, 0.95) - libm::log(20.0) / 0.25).abs() < 1e-9);
}

/// The number of servers that Erlang's formula says, for ten loads. The objective lies between what
/// the right number has and what one less has, half way, so that both can be told.
#[test]
fn the_staffing_of_ten_loads_is_that_of_erlang() {
    let service = 30.0;
    let loads: [f64; 10] = [0.7, 2.0, 3.5, 5.0, 8.0, 12.5, 20.0, 28.0, 40.0, 60.0];
    for (index, busy) in loads.into_iter().enumerate() {
        // near the least that is stable, where waiting matters
        let right = (busy as u32) + 1 + (busy.sqrt() / 4.0).round() as u32;
        let quantile = index % 2 == 1;
        let response = |servers: u32| match quantile {
            true => quantile_of_response(servers, busy, 0.95),
            false => mean_response(servers, busy),
        };
        let (with, without) = (response(right), response(right - 1).min(4.0 * response(right)));
        let target = service * (with + (without - with) / 2.0);
        let slo = if quantile { "p95" } else { "mean" };
        let arrivals = busy / service;
        let sizing = sized(
            "scenarios/staffing.toml",
            &[
                &format!("app.desk.traffic.arrivals={{ poisson = \"{arrivals}/s\" }}"),
                &format!("app.desk.slo={{ {slo} = \"{target:.3}s\" }}"),
                "simulation.duration=3h",
                "simulation.warm_up=30min",
            ],
        );
        assert_eq!(smallest(&sizing), Some(right), "{busy} erlangs, {slo}: {sizing:#?}");
    }
}

/// Replicas that take all the time of a core each, on hosts that have room for three.
const MEMORY_BOUND: &str = r#"
[simulation]
name = "memory-bound"
duration = "50s"
warm_up = "30s"

[[host]]
name = "small"
cores = 16
memory = "7GiB"                 # 1 GiB for the system, 100 MiB for the engine: 5 replicas of 1 GiB
price = "$1/h"

[[host]]
name = "large"
cores = 16
memory = "13GiB"                # 11 replicas
price = "$2.50/h"

[[host]]
name = "cheap"
cores = 16
memory = "3GiB"                 # 1 replica
price = "$0.30/h"

[[image]]
name = "web:1"
layers = ["1MiB"]

[[app]]
name = "web"
image = "web:1"
replicas = 12
cpu = { request = "1m" }
memory = { request = "1GiB", base = "10MiB" }
traffic = { arrivals = { poisson = "2/s" } }
demand = "5ms"
start = "1s"
slo = { p99 = "500ms" }

[[cluster]]
name = "web"
kind = "docker"
hosts = { shape = "small", count = 1 }
engine = { prepulled = true }
"#;

const HOSTS: &str = "size.vary=cluster.web.hosts.count";
const SHAPES: &str = "size.choices={ 'cluster.web.hosts.shape' = ['small', 'large', 'cheap'] }";

#[test]
fn where_memory_decides_the_number_of_hosts_is_that_of_division() {
    for (replicas, expected) in [(1, 1), (5, 1), (6, 2), (12, 3), (23, 5), (50, 10)] {
        let replicas = format!("app.web.replicas={replicas}");
        let sizing = text_sized(MEMORY_BOUND, &[HOSTS, &replicas]).unwrap();
        assert_eq!(smallest(&sizing), Some(expected), "{replicas}");
        let (choice, _) = sizing.best().unwrap();
        let below = choice.in_the_way();
        assert!(below.is_none_or(|fleet| fleet.verdict == Verdict::Missed), "{replicas}");
    }
}

#[test]
fn the_cheapest_fleet_need_not_be_the_smallest() {
    // 3 small for $3, 2 large for $5, 12 cheap for $3.60
    let sizing = text_sized(MEMORY_BOUND, &[HOSTS, SHAPES]).unwrap();
    let smallest_of: Vec<_> = sizing.choices.iter().map(|choice| choice.smallest).collect();
    assert_eq!(smallest_of, [Some(3), Some(2), Some(12)]);
    let (choice, fleet) = sizing.best().unwrap();
    assert_eq!((choice.values[0].as_str(), fleet.number), ("small", 3));
    assert_eq!(fleet.cost_per_hour, 3.0);
    let by_number = text_sized(MEMORY_BOUND, &[HOSTS, SHAPES, "size.minimise=number"]).unwrap();
    let (choice, fleet) = by_number.best().unwrap();
    assert_eq!((choice.values[0].as_str(), fleet.number), ("large", 2));
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| text_sized(MEMORY_BOUND, &[HOSTS, SHAPES]).unwrap())
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn of_several_clusters_each_must_meet_the_objectives_unless_one_is_named() {
    let second = MEMORY_BOUND.replace("replicas = 12", "replicas = 6")
        + "[[cluster]]
           name = 'tight'
           kind = 'docker'
           hosts = { shape = 'cheap', count = 3 }
           engine = { prepulled = true }\n";
    // three cheap hosts hold three of the six replicas, however many there are elsewhere
    let sizing = text_sized(&second, &[HOSTS, "size.to=9"]).unwrap();
    assert_eq!(smallest(&sizing), None);
    let sizing = text_sized(&second, &[HOSTS, "size.to=9", "size.cluster=web"]).unwrap();
    assert_eq!(smallest(&sizing), Some(2));
}

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    program.arg("size").args(arguments);
    program
}

fn memory_bound_file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("memory.toml");
    std::fs::write(&file, MEMORY_BOUND).expect("the folder can be written to");
    let name = file.to_str().expect("it is UTF-8").to_owned();
    (folder, name)
}

fn printed(command: &mut Command, status: i32) -> String {
    let assert = command.assert().code(status);
    String::from_utf8(assert.get_output().stdout.clone()).expect("it prints text")
}

#[test]
fn the_answer_comes_first_and_is_filed() {
    let (folder, file) = memory_bound_file();
    let out = folder.path().join("results");
    let arguments = [
        &file,
        "--vary",
        "cluster.web.hosts.count",
        "--choose",
        "cluster.web.hosts.shape=['small', 'large', 'cheap']",
        "--out",
        out.to_str().expect("it is UTF-8"),
    ];
    let text = printed(&mut program(&arguments), 0);
    insta::assert_snapshot!("table", text);
    let place = std::fs::read_dir(out.join("memory-bound")).expect("a folder of the scenario");
    let place = place.last().expect("a folder of the search").expect("it can be read").path();
    for name in ["scenario.toml", "size.json", "fleets.csv", "pareto.svg", "pareto.png"] {
        assert!(place.join(name).is_file(), "{name}");
    }
    let best = std::fs::read_to_string(place.join("scenario.toml")).expect("it is there");
    let best = plimsoll::scenario::parse(&best, "best", &place).expect("it is in order").scenario;
    let hosts = best.clusters[0].hosts.as_ref().expect("its cluster has hosts");
    assert_eq!((hosts.count, hosts.shape.as_str()), (3, "small"));
    insta::assert_snapshot!("csv", std::fs::read_to_string(place.join("fleets.csv")).unwrap());
}

#[test]
fn json_has_a_version_and_the_answer() {
    let (_folder, file) = memory_bound_file();
    let arguments = [&file, "--vary", "cluster.web.hosts.count", "--no-files", "--format", "json"];
    let whole: serde_json::Value =
        serde_json::from_str(&printed(&mut program(&arguments), 0)).expect("it is JSON");
    assert_eq!(whole["schema_version"], 1);
    assert_eq!(whole["answer"]["number"], 3);
    assert_eq!(whole["answer"]["verdict"], "met");
    assert_eq!(whole["choices"][0]["fleets"][0]["verdict"], "missed");
}

#[test]
fn no_fleet_is_an_answer_of_no() {
    let (_folder, file) = memory_bound_file();
    let text = printed(
        &mut program(&[&file, "--vary", "cluster.web.hosts.count", "--to", "2", "--no-files"]),
        1,
    );
    insta::assert_snapshot!("none", text);
}

#[test]
fn unusable_input_is_explained() {
    let (_folder, file) = memory_bound_file();
    let refused = |arguments: &[&str]| {
        let assert = program(&[&[file.as_str()], arguments].concat()).assert().code(2).stdout("");
        let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        text.replace(&file, "memory.toml")
    };
    insta::assert_snapshot!("nothing_to_size", refused(&[]));
    insta::assert_snapshot!("no_such_path", refused(&["--vary", "cluster.wep.hosts.count"]));
    insta::assert_snapshot!(
        "limits",
        refused(&["--vary", "app.web.replicas", "--from", "9", "--to", "3", "--confidence", "2%"])
    );
    insta::assert_snapshot!("not_a_number", refused(&["--vary", "cluster.web.hosts.shape"]));
}

#[test]
fn what_is_faster_costs_more_on_the_front_of_the_example() {
    let sizing = sized(
        "scenarios/fleet.toml",
        &[
            "simulation.duration=50s",
            "simulation.warm_up=20s",
            "app.web.replicas=12",
            "app.web.traffic.arrivals={ poisson = \"300/s\" }",
            "size.to=8",
        ],
    );
    let (choice, best) = sizing.best().expect("eight of each are enough");
    assert!(choice.smallest == Some(best.number) && best.on_front);
    let fleets = sizing.choices.iter().flat_map(|choice| &choice.fleets);
    let mut front: Vec<(f64, f64)> = fleets
        .filter(|fleet| fleet.on_front)
        .map(|fleet| (fleet.cost_per_hour, fleet.latency.expect("it has answered").mean))
        .collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(front.len() > 1, "{front:?}");
    assert!(front.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
}
