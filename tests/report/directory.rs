//! The results folder: which files there are, what is in them, and that a run gives the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use plimsoll::metrics::RunResult;
use plimsoll::report::{ReportError, WriteOptions, write};

use crate::fake;

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn written(result: &RunResult, options: &WriteOptions) -> BTreeMap<String, Vec<u8>> {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), result, options).unwrap();
    files(place.path())
}

#[test]
fn a_results_folder_holds_everything() {
    let names: Vec<_> = written(&fake::three(), &WriteOptions::default()).into_keys().collect();
    assert_snapshot!(names.join("\n"));
}

#[test]
fn figures_are_written_without_charts_and_page() {
    let figures = WriteOptions { report: false, speed: None };
    let mut all = written(&fake::three(), &WriteOptions::default());
    all.retain(|name, _| name != "report.html" && !name.starts_with("charts/"));
    assert!(all.contains_key("summary.json"));
    assert!(all == written(&fake::three(), &figures));
}

#[test]
fn equal_results_give_equal_bytes() {
    let options = WriteOptions::default();
    for result in [fake::three(), fake::six()] {
        assert!(written(&result, &options) == written(&result, &options));
    }
}

#[test]
fn wall_clock_time_changes_one_file_alone() {
    let with = WriteOptions { speed: Some(fake::speed()), ..WriteOptions::default() };
    let mut files = written(&fake::one(), &with);
    let timing = String::from_utf8(files.remove("timing.json").unwrap()).unwrap();
    assert_snapshot!(timing);
    assert!(files == written(&fake::one(), &WriteOptions::default()));
}

#[test]
fn writing_again_replaces_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let options = WriteOptions::default();
    write(place.path(), &fake::three(), &options).unwrap();
    write(place.path(), &fake::three(), &options).unwrap();
    assert!(files(place.path()) == written(&fake::three(), &options));
}

#[test]
fn series_and_distributions_are_plain_tables() {
    let files = written(&fake::three(), &WriteOptions::default());
    let head = |name: &str| {
        let text = std::str::from_utf8(&files[name]).unwrap();
        text.lines().take(6).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(head("series/vm-per-replica.csv"));
    assert_snapshot!(head("latency/vm-per-replica.web.csv"));
    let series = std::str::from_utf8(&files["series/vm-per-replica.csv"]).unwrap();
    assert_eq!(series.lines().count(), 241);
}

#[test]
fn names_from_a_scenario_stay_inside_the_folder() {
    let mut result = fake::three();
    result.recordings[0].summary.cluster = "../../escaped".into();
    result.recordings[1].summary.cluster = "a/b".into();
    result.recordings[2].summary.cluster = "A/B".into();
    let names: Vec<_> = written(&result, &WriteOptions::default()).into_keys().collect();
    let series: Vec<_> = names.iter().filter(|name| name.starts_with("series/")).collect();
    assert_eq!(series, ["series/------escaped.csv", "series/A-B-2.csv", "series/a-b.csv"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let place = tempfile::tempdir().unwrap();
    let taken = place.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    let error = write(&taken.join("run"), &fake::one(), &WriteOptions::default()).unwrap_err();
    assert!(matches!(error, ReportError::Folder { .. }));
    let text = error.to_string();
    assert!(text.contains("taken/run") && text.contains("--out"), "{text}");
}
