//! `plimsoll ecr lifecycle`, from files to what it prints.
//!
//! The files are in `tests/data/ecr/`: a repository with an image for two platforms, as the AWS
//! command line lists it, and a policy of four rules. Snapshots pin the whole text.

use assert_cmd::Command;
use serde_json::{Value, json};

const IMAGES: &str = "tests/data/ecr/images.json";
const MANIFESTS: &str = "tests/data/ecr/manifests.json";
const NOW: [&str; 2] = ["--now", "2026-03-10T12:00:00Z"];
const POLICY: &str = "tests/data/ecr/policy.json";

/// What the program said, and how it ended.
struct Said {
    out: String,
    err: String,
    status: i32,
}

fn lifecycle(arguments: &[&str], input: impl Into<Vec<u8>>) -> Said {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    program.args(["ecr", "lifecycle"]).args(arguments).args(NOW).write_stdin(input);
    let output = program.output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    let status = output.status.code().expect("it ends by itself");
    Said { out: text(output.stdout), err: text(output.stderr), status }
}

/// What is said about this policy.
fn refused(policy: &str) -> String {
    let said = lifecycle(&["--policy", "-", "--images", IMAGES], policy);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{}", said.err);
    said.err
}

/// The images for amd64 and arm64 are untagged and older than a day, but v1.3.0 lists them. v1.2.0
/// is the third release; its signature is untagged and old. branch-search-old is two hours short of
/// a week. `debug` is the last of eleven, and no other rule is about it.
#[test]
fn a_repository() {
    let files = ["--policy", POLICY, "--images", IMAGES, "--manifests", MANIFESTS];
    let said = lifecycle(&files, "");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let guide = std::fs::read_to_string("docs/ecr.md").expect("a guide");
    assert!(guide.contains(said.out.trim_end()), "show this in docs/ecr.md:\n{}", said.out);
    insta::assert_snapshot!(said.out);
}

#[test]
fn without_manifests_it_is_said_that_they_matter() {
    let said = lifecycle(&["--policy", POLICY, "--images", IMAGES], "");
    assert!(said.out.starts_with("7 of 11 images expire"), "{}", said.out);
    insta::assert_snapshot!(said.err);
    let quiet = lifecycle(&["--policy", POLICY, "--images", IMAGES, "--quiet"], "");
    assert_eq!((quiet.out, quiet.err.as_str()), (said.out, ""));
}

/// People write it for images with either tag, and wonder.
#[test]
fn a_list_of_tags_that_no_image_has_all_of_is_pointed_out() {
    let policy = json!({ "rules": [{
        "rulePriority": 1,
        "selection": {
            "tagStatus": "tagged",
            "tagPatternList": ["v*", "debug"],
            "countType": "imageCountMoreThan",
            "countNumber": 1,
        },
        "action": { "type": "expire" },
    }] });
    let said = lifecycle(&["--policy", "-", "--images", IMAGES], policy.to_string());
    assert!(said.out.starts_with("0 of 11 images expire"), "{}", said.out);
    insta::assert_snapshot!(said.err);
}

#[test]
fn machines_are_told_the_same() {
    let files = ["--policy", POLICY, "--images", IMAGES, "--manifests", MANIFESTS, "--format"];
    let json = lifecycle(&[&files[..], &["json"]].concat(), "").out;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema_version"], 1);
    let gone: Vec<_> = json["images"].as_array().expect("images").iter().collect();
    let gone: Vec<_> = gone.into_iter().filter(|image| image["verdict"] == "expire").collect();
    let rules: Vec<_> = gone.iter().map(|image| image["rule"].as_u64().expect("a rule")).collect();
    assert_eq!(rules, [1, 2, 3, 3, 9]);
    let bytes: u64 = gone.iter().map(|image| image["size_bytes"].as_u64().expect("bytes")).sum();
    assert_eq!(json["totals"]["expired"], json!({ "count": 5, "bytes": bytes }));
    insta::assert_json_snapshot!(json["images"][1]);
    insta::assert_snapshot!(lifecycle(&[&files[..], &["csv"]].concat(), "").out);
}

#[test]
fn a_repository_with_nothing_in_it() {
    let said = lifecycle(&["--policy", POLICY, "--images", "-"], r#"{"imageDetails": []}"#);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("0 of 0 images expire"), "{}", said.out);
}

#[test]
fn many_images_are_cut_unless_all_are_asked_for() {
    let image = |number: u32| {
        let digest = format!("sha256:{number:064x}");
        json!({ "imageDigest": digest, "imagePushedAt": number })
    };
    let images: Vec<Value> = (0..60).map(image).collect();
    let images = json!({ "imageDetails": images }).to_string();
    let files = ["--policy", POLICY, "--images", "-"];
    let cut = lifecycle(&files, images.clone()).out;
    assert!(cut.ends_with("and 20 more images: --full shows all\n"), "{cut}");
    let full = lifecycle(&[&files[..], &["--full"]].concat(), images).out;
    assert_eq!(full.matches("EXPIRES").count(), 60);
}

#[test]
fn a_policy_is_refused_with_all_that_is_wrong() {
    insta::assert_snapshot!(refused(
        r#"{
  "rules": [
    {
      "rulePriority": 1,
      "descripton": "releases",
      "selection": {
        "tagStatus": "taged",
        "tagPatternList": ["v*"],
        "countType": "imageCountMoreThan",
        "countUnit": "days",
        "countNumber": 0
      },
      "action": { "type": "expire" }
    },
    {
      "rulePriority": 2,
      "selection": { "tagStatus": "any", "countType": "sinceImagePushed", "countNumber": 7 },
      "action": { "type": "expire" }
    },
    {
      "rulePriority": 2,
      "selection": {
        "tagStatus": "tagged",
        "tagPrefixList": ["branch-"],
        "countType": "sinceImagePulled",
        "countUnit": "days",
        "countNumber": 30
      },
      "action": { "type": "expire" }
    }
  ]
}"#
    ));
}

#[test]
fn a_policy_that_is_no_json_is_refused() {
    insta::assert_snapshot!(refused("{\n  \"rules\": [\n    { \"rulePriority\": 1, }\n  ]\n}\n"));
}

#[test]
fn a_policy_within_an_answer_is_shown_by_itself() {
    let inner = r#"{"rules": [{"rulePriority": 1, "action": {"type": "expire"}, "#.to_owned()
        + r#""selection": {"tagStatus": "any", "countType": "sinceImagePushed", "#
        + r#""countUnit": "days", "countNumber": 0}}]}"#;
    let answer = json!({ "repositoryName": "web", "lifecyclePolicyText": inner });
    insta::assert_snapshot!(refused(&answer.to_string()));
}

#[test]
fn both_files_are_checked_before_anything_is_said() {
    let said = lifecycle(
        &["--policy", "no-such.json", "--images", "-"],
        r#"{"imageDetails": [{"imageDigest": "sha256:a", "imageTags": "v1"}], "nextToken": "x"}"#,
    );
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err);
}

#[test]
fn text_that_is_not_utf_8_is_explained() {
    let said = lifecycle(&["--policy", "-", "--images", IMAGES], b"\xff\xfe{\0}\0".to_vec());
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err);
    let marked = format!("\u{feff}{}", std::fs::read_to_string(POLICY).expect("a file"));
    assert_eq!(lifecycle(&["--policy", "-", "--images", IMAGES], marked).status, 0);
}

#[test]
fn standard_input_is_read_once() {
    let said = lifecycle(&["--policy", "-", "--images", "-"], "{}");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("standard input can be read only once"), "{}", said.err);
}

#[test]
fn a_time_that_is_none_is_refused() {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    program.args(["ecr", "lifecycle", "--policy", POLICY, "--images", IMAGES, "--now", "monday"]);
    let output = program.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(text.contains("is no point in time: write it like"), "{text}");
}
