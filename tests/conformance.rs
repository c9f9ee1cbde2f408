//! What queueing theory says, and what the simulator does.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use plimsoll::experiment::conformance::{Effort, Verdict, check, read};
use predicates::prelude::*;

const BUILT_IN: &str = "tests/data/closed_form.csv";

/// Simulates a table with little effort.
///
/// Of many intervals of 99 % some miss by chance, so what is asserted of each row is what chance breaks
/// once in a hundred thousand rows: within 1 %, or within twice the half-width. Rows without chance
/// must be exact, and the rows that miss their own interval must be as few as they should be.
fn assert_agrees(table: &Path, jobs: u64) -> Vec<Verdict> {
    let rows = read(table).expect("the table is in order");
    let effort = Effort { jobs, ..Effort::default() };
    let verdicts = check(&rows, effort, &|_, _| ()).expect("every row is understood");
    assert_eq!(verdicts.len(), rows.len());
    for (verdict, row) in verdicts.iter().zip(&rows) {
        assert_eq!(verdict.row, *row);
        let off = (verdict.simulated - row.expected).abs();
        let within = verdict.half_width.is_some_and(|half_width| off <= 2.0 * half_width);
        assert!(verdict.ok || within, "{verdict:#?}");
    }
    let missed = verdicts.iter().filter(|verdict| !verdict.ok).count();
    // rows of one system miss together, and six are the most of any
    assert!(missed <= 6 + verdicts.len() / 50, "{missed} of {} rows missed", verdicts.len());
    verdicts
}

#[test]
fn the_built_in_table_agrees() {
    let verdicts = assert_agrees(Path::new(BUILT_IN), 200_000);
    let exact = verdicts.iter().filter(|verdict| verdict.half_width.is_none()).count();
    assert_eq!(exact, 4, "CPU quotas involve no chance");
}

#[test]
fn the_reference_table_agrees_where_it_is_at_hand() {
    let table = Path::new("../shared/data/closed-form/queueing_expected.csv");
    if !table.exists() {
        eprintln!("skipped: {} is not here", table.display());
        return;
    }
    assert_agrees(table, 100_000);
}

#[test]
fn neither_other_rows_nor_threads_change_a_result() {
    let rows = read(Path::new(BUILT_IN)).expect("the table is in order");
    let chosen: Vec<_> = rows.into_iter().filter(|row| row.model.starts_with("M/D")).collect();
    let simulated = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let effort = Effort { seed: 7, jobs: 200_000 };
        pool.install(|| check(&chosen, effort, &|_, _| ())).expect("the rows are understood")
    };
    let one = simulated(1);
    assert_eq!(one, simulated(3));
    let twice = [chosen[0].clone(), chosen[0].clone()];
    let effort = Effort { seed: 7, jobs: 200_000 };
    let found = check(&twice, effort, &|_, _| ()).expect("the rows are understood");
    assert_eq!(found, [one[0].clone(), one[0].clone()]);
}

fn plimsoll(table: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("conformance").arg(table).args(["--jobs", "1000"]);
    command
}

fn table(folder: &tempfile::TempDir, rows: &str) -> PathBuf {
    let path = folder.path().join("table.csv");
    fs::write(&path, format!("model,inputs,metric,expected\n{rows}\n")).expect("a file");
    path
}

const QUOTA: &str = "CFS quota,cpu_demand_s=1;quota_s=0.02;period_s=0.1,wall_time_s";

#[test]
fn the_answer_is_the_last_line_and_the_exit_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let right = table(&folder, &format!("{QUOTA},4.92"));
    let last = predicate::str::ends_with("conformance: 1 of 1 rows agree (100%)\n");
    plimsoll(&right).assert().code(0).stdout(last);
    let wrong = table(&folder, &format!("{QUOTA},4.92\n{QUOTA},4.93"));
    let last = predicate::str::ends_with("conformance: 1 of 2 rows agree (50%)\n");
    plimsoll(&wrong).assert().code(1).stdout(last);
}

#[test]
fn other_formats_hold_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = table(&folder, &format!("{QUOTA},4.92"));
    let output = plimsoll(&path).args(["--format", "json", "--quiet"]).output().expect("it runs");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&json["agree"], &json["of"]), (&1.into(), &1.into()));
    assert_eq!(json["rows"][0]["simulated"], 4.92);
    plimsoll(&path)
        .args(["--format", "csv", "--quiet"])
        .assert()
        .success()
        .stdout(predicate::str::contains(",wall_time_s,4.92,4.92,,true\n"));
}

#[test]
fn what_is_not_understood_is_an_error_that_names_the_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("M/X/1,lambda=1;mu=2;c=1,mean_wait,1", "line 2: M/X/1; lambda=1;mu=2;c=1: there is no"),
        ("M/M/1,lambda=1;mu=2,mean_wait,1", "`c` is missing"),
        ("M/M/1,lambda=1;mu=2;c=1,mean_weight,1", "there is no metric `mean_weight`"),
        ("M/M/1,lambda=1;mu=2;c=1,mean_wait,soon", "`soon` is not a number"),
        ("", "has no rows"),
    ];
    for (rows, message) in cases {
        let path = table(&folder, rows);
        plimsoll(&path).assert().code(2).stderr(predicate::str::contains(message)).stdout("");
    }
    let missing = folder.path().join("none.csv");
    plimsoll(&missing).assert().code(2).stderr(predicate::str::contains("none.csv"));
}
