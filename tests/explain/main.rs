//! `plimsoll explain`, as a user calls it.

mod starts;
mod stories;

use std::process::{Command, Output};

fn plimsoll(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    Command::new(program).args(arguments).env("NO_COLOR", "1").output().expect("it runs")
}

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = plimsoll(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = plimsoll(arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("it prints text")
}
