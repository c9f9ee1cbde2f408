//! Security groups and roles of clusters on ECS, as a user sees what they keep from working.
//!
//! The scenario is in `tests/data/rules/`. Snapshots pin the whole text.

use assert_cmd::Command;

const SCENARIO: &str = "tests/data/rules/shop.toml";

fn said(arguments: &[&str]) -> String {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let output = program.args(arguments).env("NO_COLOR", "1").output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// What stands before the starts.
fn findings(text: &str) -> &str {
    text.split("\nfargate /").next().expect("something was printed")
}

#[test]
fn explain_names_every_missing_rule_and_permission_first() {
    let text = said(&["explain", SCENARIO]);
    let guide = std::fs::read_to_string("docs/rules.md").expect("a guide");
    assert!(guide.contains(findings(&text).trim_end()), "show this in docs/rules.md:\n{text}");
    insta::assert_snapshot!("explain", findings(&text));
}

#[test]
fn explain_tells_of_one_app_what_concerns_it() {
    let text = said(&["explain", SCENARIO, "--app", "pictures"]);
    let about: Vec<&str> = text.lines().filter(|line| line.starts_with('✗')).collect();
    insta::assert_snapshot!("explain_pictures", about.join("\n"));
}

#[test]
fn a_folder_of_results_tells_the_same_as_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a plain path");
    said(&["run", SCENARIO, "--quiet", "--out", out]);
    let read = said(&["explain", out]);
    assert_eq!(findings(&read), findings(&said(&["explain", SCENARIO])));
    let json = said(&["explain", out, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let kinds: Vec<&str> = json["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|finding| finding["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["security-group", "security-group", "permission"]);
}
