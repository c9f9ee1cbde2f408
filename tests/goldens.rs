//! Decisions of the real Kubernetes, decided again.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use plimsoll::experiment::goldens::{GoldenError, Report, run};
use predicates::prelude::*;

/// One case of the built-in folder, which differs nowhere.
const BUILT_IN: &str = "tests/data/goldens";
const REFERENCE: &str = "../shared/goldens/kubernetes";

fn replay(folder: &Path) -> Report {
    run(folder, &|_, _| ()).unwrap_or_else(|error| panic!("{error}"))
}

/// All families whose name begins so must agree; their attempts.
fn assert_agree(report: &Report, prefix: &str) -> usize {
    let families = report.families.iter().filter(|family| family.name.starts_with(prefix));
    let compared = families.map(|family| {
        assert_eq!(family.first, None, "{}", family.name);
        assert_eq!(family.agree, family.attempts, "{}", family.name);
        family.attempts
    });
    compared.sum()
}

#[test]
fn every_recorded_step_of_the_autoscalers_is_decided_alike_where_they_are_at_hand() {
    let folder = Path::new(REFERENCE);
    if !folder.exists() {
        eprintln!("skipped: {REFERENCE} is not here");
        return;
    }
    let report = replay(folder);
    assert!(assert_agree(&report, "hpa-") > 0, "there are no cases of the pod autoscaler");
    assert!(assert_agree(&report, "ca-") > 0, "there are no cases of the cluster autoscaler");
}

#[test]
fn the_built_in_case_agrees() {
    assert_eq!(assert_agree(&replay(Path::new(BUILT_IN)), "hpa-"), 6);
}

/// A copy of the built-in folder in which one text is another.
fn altered(half: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(BUILT_IN).expect("the built-in folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut text = fs::read_to_string(entry.path()).expect("a text");
        if name.ends_with(half) {
            assert!(text.contains(from), "{name} has no {from}");
            text = text.replacen(from, to, 1);
        }
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn plimsoll(folder: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("plimsoll").expect("the program is built");
    command.arg("conformance").arg(folder).args(more).assert()
}

#[test]
fn the_command_prints_a_line_per_family_and_the_verdict() {
    let assert = plimsoll(Path::new(BUILT_IN), &[]).success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("it is text");
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["family", "cases", "attempts", "agree", "first", "disagreement"]);
    assert_eq!(lines[1], ["hpa-built-in", "1", "6", "6"]);
    assert_eq!(text.lines().last(), Some("conformance: 6 of 6 attempts agree (100%)"));
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_step_that_differs_is_shown_and_the_answer_is_no() {
    let folder = altered(".result.json", "\"desired\":4", "\"desired\":5");
    let last = predicate::str::ends_with("conformance: 5 of 6 attempts agree (83.3333%)\n");
    let first = predicate::str::contains("step 1 (t = 15): desired: expected 5, got 4");
    plimsoll(folder.path(), &[]).code(1).stdout(last.and(first));
    let json = plimsoll(folder.path(), &["--format", "json", "--quiet"]).code(1);
    let value: serde_json::Value =
        serde_json::from_slice(&json.get_output().stdout).expect("it is JSON");
    assert_eq!((&value["agree"], &value["of"]), (&5.into(), &6.into()));
    assert_eq!(value["families"][0]["family"], "hpa-built-in");
    let rows = predicate::str::starts_with("family,cases,attempts,agree,")
        .and(predicate::str::contains("\nhpa-built-in,1,6,5,"));
    plimsoll(folder.path(), &["--format", "csv"]).code(1).stdout(rows);
}

#[test]
fn what_is_malformed_is_an_error_with_file_and_place() {
    let told = |half: &str, from, to, place: &str| {
        let folder = altered(half, from, to);
        let error = run(folder.path(), &|_, _| ()).expect_err("it is malformed");
        assert!(matches!(error, GoldenError::Malformed { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("hpa-built-in-1{half}`, {place}")), "{text}");
    };
    let case = ".case.json";
    told(case, "\"maxReplicas\":9", "\"maxReplicas\":0", "hpa.spec.maxReplicas: 0 must");
    told(case, "\"phase\":\"Running\"", "\"phase\":\"Busy\"", "steps[0].pods[0].phase: ");
    told(case, "\"cpu\":\"100m\"", "\"cpu\":\"some\"", "podSpec: `some`, requested of cpu");
    told(case, "\"start\":-3600", "\"start\":-1000000001", "steps[0].pods[0].start: -1");
    told(".result.json", "\"t\":15", "\"t\":16", "steps[1].t: 16 is not the time");
    told(".result.json", "\"proposal\":", "\"proposed\":", "steps[0]: missing field");
    let cut = altered(".result.json", "]}\n", "");
    let error = run(cut.path(), &|_, _| ()).expect_err("it has no end");
    assert!(error.to_string().contains("EOF"), "{error}");
}

#[test]
fn a_folder_without_cases_is_unusable() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = predicate::str::contains("holds no cases: a case is `NAME.case.json`");
    plimsoll(folder.path(), &[]).code(2).stderr(help);
}
