//! `sweep plan`: the runs are listed.

use assert_cmd::Command;

const SWEEP: &str = "
[sweep]
design = \"grid\"
replications = 2

[sweep.parameters]
\"app.web.replicas\" = [2, 4]
\"app.web.traffic.arrivals.poisson\" = { from = \"100/s\", to = \"200/s\", steps = 2 }
";

/// What the program prints about the starter scenario with a sweep.
fn plan(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.toml");
    let text = format!("{}{SWEEP}", plimsoll::scenario::starter());
    std::fs::write(&file, text).expect("the folder can be written to");
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let assert = program.args(["sweep", "plan"]).arg(&file).args(arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).expect("it prints text")
}

/// Without the column of ids, which change with every default of a scenario.
fn without_ids(text: &str) -> String {
    let line =
        |line: &str| line.rsplit_once([' ', ',']).map(|(rest, _)| rest.trim_end().to_owned());
    text.lines().filter_map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_runs_are_listed_in_order() {
    insta::assert_snapshot!("table", without_ids(&plan(&[])));
    insta::assert_snapshot!("csv", without_ids(&plan(&["--format", "csv"])));
}

#[test]
fn json_has_the_values_as_they_are() {
    let text = plan(&["--format", "json", "--shard", "2/4"]);
    let whole: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(whole["schema_version"], 1);
    let runs = whole["runs"].as_array().expect("a list of runs");
    // runs 1 and 5 of eight
    let places: Vec<_> = runs.iter().map(|run| (&run["point"], &run["replication"])).collect();
    assert_eq!(places, [(&0.into(), &1.into()), (&2.into(), &1.into())]);
    assert_eq!(runs[1]["values"]["app.web.replicas"], 4);
    assert_eq!(runs[1]["values"]["app.web.traffic.arrivals.poisson"], "100/s");
    assert_eq!(runs[0]["seed"], runs[1]["seed"]);
}

#[test]
fn a_scenario_without_a_sweep_is_refused() {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let refused = program.args(["sweep", "plan", "src/scenario/starter.toml"]).assert().code(2);
    refused.stdout("").stderr(
        "error: src/scenario/starter.toml has no table `[sweep]`, which says what is varied\n",
    );
}
