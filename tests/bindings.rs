//! Apps that name a workload of the manifests which is not there, or is not one: what a user is
//! told, on the line where it was written.

use std::fmt::Write;
use std::process::Command;

const SHOP: &str = "tests/data/bindings/shop.toml";

fn validate(settings: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let mut command = Command::new(program);
    let output = command.args(["validate", SHOP]).args(settings).env("NO_COLOR", "1").output();
    let output = output.expect("it runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("it prints text"))
}

#[test]
fn what_is_not_in_the_manifests_is_shown_where_it_was_written() {
    assert_eq!(validate(&[]), (Some(0), String::new()));
    let mut told = String::new();
    for settings in [
        &["app.web.workload = 'deployment/shop/fronted'"][..],
        &["app.web.workload = 'frontend'"],
        &["app.web.workload = 'shop/frontend'"],
        &["app.web.workload = 'job/shop/frontend'"],
        &["app.web.workload = 'shop/'"],
        &["app.web.container = 'setup'"],
        &["app.web.container = 'prox'"],
        &["app.web.workload = 'admin'"],
        &["app.web.workload = 'admin'", "app.web.container = 'server'"],
    ] {
        let (code, text) = validate(settings);
        match code {
            Some(0) => writeln!(told, "{}: in order\n", settings.join(", ")).unwrap(),
            _ => writeln!(told, "{text}").unwrap(),
        }
    }
    insta::assert_snapshot!(told);
}
