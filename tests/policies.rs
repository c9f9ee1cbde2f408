//! Pulls that IAM and ECR policies decide about, and what becomes of pushes, as a user sees them.
//!
//! The scenarios and the policies are in `tests/data/policies/` and `tests/data/pushes/`. Snapshots
//! pin the whole text.

use assert_cmd::Command;

const SCENARIO: &str = "tests/data/policies/pull.toml";

/// What the program said, and how it ended.
fn said(arguments: &[&str]) -> (String, String, i32) {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let output = program.args(arguments).env("NO_COLOR", "1").output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (text(output.stdout), text(output.stderr), output.status.code().expect("it ends by itself"))
}

#[test]
fn explain_tells_why_an_image_was_not_pulled_in_the_words_of_the_client() {
    for (cluster, app) in [("docker", "db"), ("ecs", "db"), ("eks", "web"), ("eks", "db")] {
        let (out, err, status) = said(&["explain", SCENARIO, "--cluster", cluster, "--app", app]);
        assert_eq!((status, err.as_str()), (0, ""));
        if cluster == "ecs" {
            let guide = std::fs::read_to_string("docs/ecr.md").expect("a guide");
            assert!(guide.contains(out.trim_end()), "show this in docs/ecr.md:\n{out}");
        }
        insta::assert_snapshot!(format!("explain_{cluster}_{app}"), out);
    }
}

#[test]
fn a_run_warns_of_it() {
    let (out, _, status) = said(&["run", SCENARIO, "--no-files", "--quiet"]);
    assert_eq!(status, 0);
    insta::assert_snapshot!("run", out);
}

#[test]
fn a_run_tells_of_pushes_expiry_and_scans() {
    let scenario = "tests/data/pushes/pushes.toml";
    let (out, _, status) = said(&["run", scenario, "--no-files", "--quiet"]);
    assert_eq!(status, 0);
    insta::assert_snapshot!("pushes", out);
}

#[test]
fn a_policy_that_cannot_be_used_is_shown_before_anything_is_simulated() {
    for command in ["validate", "run", "explain"] {
        let settings = [
            ("malformed", "cluster.eks.identity.policies=['malformed.json']"),
            ("no_such_policy", "registry.shop.policy='none.json'"),
            ("no_principal", "registry.shop.policy='node.json'"),
            ("no_lifecycle", "registry.shop.repositories=[{ name='*', lifecycle='node.json' }]"),
        ];
        for (name, setting) in settings {
            let (out, err, status) = said(&[command, SCENARIO, "--set", setting]);
            assert_eq!((status, out.as_str()), (2, ""), "{err}");
            insta::assert_snapshot!(name, err);
        }
    }
}

#[test]
fn a_sweep_is_not_planned_with_a_policy_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let sweep = "\n[sweep]\n[sweep.parameters]\n\"app.web.replicas\" = [1, 2]\n";
    let scenario = std::fs::read_to_string(SCENARIO).expect("the scenario");
    let scenario = scenario.replace("\"node.json\"", "\"malformed.json\"") + sweep;
    std::fs::write(place("pull.toml"), scenario).expect("room");
    for policy in ["repository.json", "malformed.json"] {
        let from = format!("tests/data/policies/{policy}");
        std::fs::copy(from, place(policy)).expect("room");
    }
    let (out, err, status) = said(&["sweep", "plan", place("pull.toml").to_str().expect("plain")]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.starts_with("error: `Resource` is missing"), "{err}");
    assert!(err.ends_with("malformed.json: 4 problems\n"), "{err}");
}
