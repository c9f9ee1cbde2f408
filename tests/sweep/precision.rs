//! Sequential stopping: as many replications as a mean takes.

use std::collections::BTreeMap;

use crate::folder::{GRID, Place, assert_same, plimsoll};

fn precise() -> String {
    let rule = "replications = 4\n\
                precision = { metric = \"latency_mean\", half_width = \"5%\", most = 60 }";
    GRID.replace("replications = 4", rule)
}

#[test]
fn every_point_gets_as_many_runs_as_its_mean_takes() {
    let place = Place::with(&precise());
    place.run("out", &[]).assert().success();
    let mut rows = csv::Reader::from_path(place.results("out").join("aggregate.csv")).expect("it");
    let mut runs = BTreeMap::new();
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        if row["metric"] != "latency_mean" {
            continue;
        }
        let number = |name: &str| row[name].parse::<f64>().expect("a number");
        let precise = number("half_width") <= 0.05 * number("mean");
        let count = number("runs") as u32;
        assert!(precise || count == 60, "point {}: {count} runs", row["point"]);
        runs.insert(row["point"].clone(), count);
    }
    // near saturation the mean is known least well
    assert!(runs["2"] > runs["3"], "{runs:?}");
    assert!(runs.values().all(|&count| count >= 4), "{runs:?}");
}

#[test]
fn shards_of_points_merge_to_the_bytes_of_one_machine() {
    let place = Place::with(&precise());
    place.run("whole", &["--jobs", "1"]).assert().success();
    for index in ["1/2", "2/2"] {
        let out = index.replace('/', "of");
        place.run(&out, &["--shard", index]).assert().success();
    }
    let mut merge = plimsoll(&["sweep", "merge"]);
    merge.args([place.results("2of2"), place.results("1of2")]);
    merge.arg("--out").arg(place.path("merged")).assert().success();
    assert_same(&place.path("merged"), &place.results("whole"));
}

#[test]
fn a_figure_that_there_is_not_is_refused_with_what_may_be_meant() {
    let place = Place::with(&precise().replace("latency_mean", "latency_mena"));
    let refused = place.run("out", &["--quiet"]).assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("no run has a figure `latency_mena`"), "{said}");
    assert!(said.contains("did you mean `latency_mean`?"), "{said}");
}
