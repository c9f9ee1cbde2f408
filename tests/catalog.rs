//! `plimsoll catalog` as a user sees it.

use assert_cmd::Command;

/// What the program said, and how it ended.
fn said(arguments: &[&str]) -> (String, String, i32) {
    let mut program = Command::cargo_bin("plimsoll").expect("the program");
    let output = program.args(arguments).env("NO_COLOR", "1").output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (text(output.stdout), text(output.stderr), output.status.code().expect("it ends by itself"))
}

#[test]
fn types_are_found_by_name_family_and_pattern() {
    let (out, _, status) = said(&["catalog", "t3", "m5.large", "c7g.*xlarge"]);
    assert_eq!(status, 0);
    insta::assert_snapshot!("types", out);
}

#[test]
fn types_come_as_values_for_other_programs() {
    let (out, _, status) = said(&["catalog", "m5.large", "--csv"]);
    assert_eq!(status, 0);
    insta::assert_snapshot!("csv", out);
}

#[test]
fn a_type_that_is_not_known_is_an_error() {
    let (_, err, status) = said(&["catalog", "m99.large"]);
    assert_eq!(status, 2);
    insta::assert_snapshot!("unknown", err);
}

#[test]
fn of_some_types_the_interfaces_alone_are_known() {
    let (_, err, status) = said(&["catalog", "u-6tb1.metal"]);
    assert_eq!(status, 2);
    insta::assert_snapshot!("interfaces_alone", err);
}
