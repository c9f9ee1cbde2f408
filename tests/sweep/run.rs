//! Running sweeps: in one go, again, in parts, and killed.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::folder::{GRID, Place, assert_same, files, plimsoll, stderr, stdout};

#[test]
fn the_overview_has_a_row_for_each_point_and_names_the_best() {
    let place = Place::with(GRID);
    insta::assert_snapshot!(stdout(&mut place.run("out", &["--quiet"])));
    let results = files(&place.results("out"));
    let read = |name: &str| {
        let bytes = results.get(std::path::Path::new(name)).expect(name);
        String::from_utf8_lossy(bytes).into_owned()
    };
    let rows = read("results.csv");
    assert_eq!(rows.lines().count(), 25);
    assert!(rows.starts_with(
        "point,replication,seed,id,app.web.replicas,app.web.traffic.arrivals.poisson,\
         c.web.replicas,"
    ));
    assert!(read("aggregate.csv").lines().count() > 6 * 50);
    assert_eq!(results.keys().filter(|name| name.starts_with("runs")).count(), 24);
}

#[test]
fn a_sweep_that_is_run_again_makes_nothing_again_and_a_larger_one_only_what_is_new() {
    let place = Place::with(GRID);
    place.run("out", &[]).assert().success();
    let before = files(&place.results("out"));
    let again = stderr(&mut place.run("out", &[]));
    assert!(again.starts_with("24 runs are done, 24 of them before."), "{again}");
    assert_eq!(files(&place.results("out")), before);
    let larger = stderr(&mut place.run("out", &["--set", "sweep.replications=5"]));
    assert!(larger.starts_with("30 runs are done, 24 of them before."), "{larger}");
}

#[test]
fn a_record_that_was_damaged_is_made_again() {
    let place = Place::with(GRID);
    place.run("out", &[]).assert().success();
    let before = files(&place.results("out"));
    let record = before.keys().find(|name| name.starts_with("runs")).expect("a record");
    fs::write(place.results("out").join(record), "{").expect("it can be written");
    let again = stderr(&mut place.run("out", &[]));
    assert!(again.starts_with("24 runs are done, 23 of them before."), "{again}");
    assert_eq!(files(&place.results("out")), before);
}

#[test]
fn shards_merge_to_the_bytes_of_one_machine() {
    let place = Place::with(GRID);
    place.run("whole", &["--jobs", "1"]).assert().success();
    let shard = |index: u32| {
        let text = format!("{index}/3");
        let said = stderr(&mut place.run(&format!("part{index}"), &["--shard", &text]));
        assert!(said.starts_with(&format!("Shard {text}: 8 runs are done.")), "{said}");
        place.results(&format!("part{index}"))
    };
    let parts = [shard(1), shard(2), shard(3)];
    let mut merge = plimsoll(&["sweep", "merge"]);
    merge.args(&parts).arg("--out").arg(place.path("merged")).assert().success();
    assert_same(&place.path("merged"), &place.results("whole"));
}

#[test]
fn shards_in_one_folder_are_whole_when_the_last_is_done() {
    let place = Place::with(GRID);
    place.run("whole", &[]).assert().success();
    for index in [2, 1] {
        let shard = format!("{index}/2");
        place.run("shared", &["--shard", &shard]).assert().success();
        assert_eq!(place.results("shared").join("results.csv").exists(), index == 1);
    }
    assert_same(&place.results("shared"), &place.results("whole"));
}

#[test]
fn a_part_that_is_missing_is_named_and_can_be_done_without() {
    let place = Place::with(GRID);
    place.run("part", &["--shard", "1/2"]).assert().success();
    let part = place.results("part");
    let mut merge = plimsoll(&["sweep", "merge"]);
    let refused = merge.arg(&part).assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("12 runs of small are missing:\n  point 0, replication 1 ("), "{said}");
    assert!(said.contains("--partial"), "{said}");
    assert!(!part.join("results.csv").exists());
    let mut merge = plimsoll(&["sweep", "merge", "--partial"]);
    merge.arg(&part).assert().success();
    let rows = fs::read_to_string(part.join("results.csv")).expect("the rows there are");
    assert_eq!(rows.lines().count(), 13);
}

#[test]
fn parts_of_different_sweeps_are_not_merged() {
    let place = Place::with(GRID);
    place.run("one", &["--shard", "1/2"]).assert().success();
    place.run("two", &["--shard", "2/2", "--set", "simulation.seed=8"]).assert().success();
    let mut merge = plimsoll(&["sweep", "merge"]);
    let refused = merge.args([place.results("one"), place.results("two")]).assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("hold parts of different sweeps"), "{said}");
    let mut merge = plimsoll(&["sweep", "merge"]);
    let refused = merge.arg(place.path("nowhere")).assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        said.contains("a folder to merge is one that `plimsoll sweep run` wrote into"),
        "{said}"
    );
}

/// The moments are different on every machine; the results must not be.
#[test]
fn killed_ten_times_the_results_are_those_of_a_quiet_run() {
    let longer = GRID.replace("replications = 4", "replications = 20");
    let place = Place::with(&longer);
    place.run("quiet", &[]).assert().success();
    for moment in [3, 40, 9, 70, 25, 130, 55, 90, 15, 110] {
        let mut process = Command::new(assert_cmd::cargo::cargo_bin("plimsoll"))
            .args(["sweep", "run"])
            .arg(place.path("s.toml"))
            .arg("--out")
            .arg(place.path("killed"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        thread::sleep(Duration::from_millis(moment));
        // SIGKILL where there are signals
        process.kill().expect("it can be killed");
        process.wait().expect("it ends");
    }
    place.run("killed", &[]).assert().success();
    assert_same(&place.results("killed"), &place.results("quiet"));
}

/// Ctrl-C at once, and a word about what is kept.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_says_how_many_runs_are_kept() {
    let place = Place::with(&GRID.replace("replications = 4", "replications = 2000"));
    let process = Command::new(assert_cmd::cargo::cargo_bin("plimsoll"))
        .args(["sweep", "run"])
        .arg(place.path("s.toml"))
        .arg("--out")
        .arg(place.path("out"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let runs = place.results("out").join("runs");
    let kept = || fs::read_dir(&runs).map_or(0, Iterator::count);
    while kept() < 20 {
        thread::sleep(Duration::from_millis(5));
    }
    let id = process.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().expect("there is a `kill`");
    assert!(sent.success());
    let output = process.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = said.strip_prefix("Stopped. ").and_then(|rest| rest.split(' ').next());
    let count: usize = count.and_then(|text| text.parse().ok()).expect("a number of runs");
    assert!((1..=kept()).contains(&count), "{said}");
    assert!(said.contains(" of 12000 runs are done and kept; the same command goes on"), "{said}");
}
