//! What people get wrong in scenario files, and what they are told.
//!
//! Every file in `tests/malformed/` is read and its whole message pinned; a new case is a new file
//! there. None may panic, and none may pass. The program gives the same message and exit status 2.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::scenario::{Override, load, load_with, parse, starter};
use proptest::prelude::*;

fn message(path: &Path) -> String {
    match load(path) {
        Ok(_) => panic!("{} was accepted", path.display()),
        Err(problems) => problems.render(false),
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/malformed").expect("the folder of cases");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<_> = paths.filter(|path| path.extension().is_some()).collect();
    cases.sort();
    cases
}

#[test]
fn every_malformed_scenario_is_explained() {
    let cases = cases();
    assert!(cases.len() >= 30, "only {} cases", cases.len());
    for case in cases {
        let name = case.file_stem().expect("a name").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, message(&case));
    }
}

/// The same through the program: on standard error, nothing on standard output, exit status 2.
#[test]
fn the_program_says_so_and_exits_with_2() {
    for case in cases() {
        for command in ["validate", "run"] {
            let mut program = assert_cmd::Command::cargo_bin("plimsoll").expect("the program");
            let assert = program.arg(command).arg(&case).assert().code(2).stdout("");
            assert_eq!(String::from_utf8_lossy(&assert.get_output().stderr), message(&case));
        }
    }
}

#[test]
fn a_missing_file_and_a_directory_are_explained() {
    insta::assert_snapshot!("no_such_file", message(Path::new("tests/malformed/no_such_file")));
    insta::assert_snapshot!("a_directory", message(Path::new("tests/malformed")));
}

#[test]
fn a_wrong_setting_is_shown_as_it_was_given() {
    let settings = ["app.web.replicas=many", "app.wep.replicas=3", "simulation.seed=-1"]
        .map(|text| text.parse::<Override>().expect("a path and a value"));
    let problems = load_with(Path::new("src/scenario/starter.toml"), &settings).unwrap_err();
    insta::assert_snapshot!("wrong_settings", problems.render(false));
}

#[test]
fn deep_nesting_neither_panics_nor_passes() {
    let folder = Path::new("");
    for text in [
        format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}", "{ a = ".repeat(100_000)),
        format!("[{}x]", "a.".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(100_000)),
    ] {
        let problems = parse(&text, "deep.toml", folder).unwrap_err();
        assert!(!problems.problems().is_empty());
    }
}

#[test]
fn a_scenario_cut_off_anywhere_neither_panics_nor_passes_by_chance() {
    let text = starter();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let outcome = parse(&text[..end], "cut.toml", Path::new(""));
        match outcome {
            Ok(_) => assert!(text[..end].contains("[[cluster]]"), "cut at {end}"),
            Err(problems) => assert!(problems.render(true).len() > 20, "cut at {end}"),
        }
    }
}

proptest! {
    /// A slip anywhere: a piece of the text is replaced by another piece or by a token.
    #[test]
    fn a_scenario_with_a_slip_is_read_or_explained(
        at in 0.0..1.0_f64,
        length in 0..40_usize,
        token in prop_oneof![
            "\\PC{0,6}",
            Just("\"".to_owned()),
            Just("[[".to_owned()),
            Just("= {".to_owned()),
            Just("-1".to_owned()),
            Just("\n[app]\n".to_owned()),
            Just("\u{0}".to_owned()),
        ],
    ) {
        let text = starter();
        let start = text.floor_char_boundary((at * text.len() as f64) as usize);
        let end = text.ceil_char_boundary((start + length).min(text.len()));
        let slipped = format!("{}{token}{}", &text[..start], &text[end..]);
        if let Err(problems) = parse(&slipped, "slip.toml", Path::new("")) {
            let message = problems.render(false);
            prop_assert!(message.starts_with("error: ") && message.ends_with('\n'), "{message}");
        }
    }
}
