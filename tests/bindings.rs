//! Apps that name a workload of the manifests, or a service of the documents, which is not there or
//! is not one: what a user is told, on the line where it was written.

use std::fmt::Write;
use std::process::Command;

/// A scenario of Kubernetes.
const SHOP: &str = "tests/data/bindings/shop.toml";
/// One of Amazon ECS.
const WATCHED: &str = "tests/data/ecs/watched/shop.toml";

fn validate(scenario: &str, settings: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let mut command = Command::new(program);
    let output = command.args(["validate", scenario]).args(settings).env("NO_COLOR", "1").output();
    let output = output.expect("it runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("it prints text"))
}

/// What is told of a scenario with each of these settings.
fn told(scenario: &str, all: &[&[&str]]) -> String {
    assert_eq!(validate(scenario, &[]), (Some(0), String::new()));
    let mut told = String::new();
    for settings in all {
        let (code, text) = validate(scenario, settings);
        match code {
            Some(0) => writeln!(told, "{}: in order\n", settings.join(", ")).unwrap(),
            _ => writeln!(told, "{text}").unwrap(),
        }
    }
    told
}

#[test]
fn what_is_not_in_the_manifests_is_shown_where_it_was_written() {
    insta::assert_snapshot!(told(
        SHOP,
        &[
            &["app.web.workload = 'deployment/shop/fronted'"],
            &["app.web.workload = 'frontend'"],
            &["app.web.workload = 'shop/frontend'"],
            &["app.web.workload = 'job/shop/frontend'"],
            &["app.web.workload = 'shop/'"],
            &["app.web.container = 'setup'"],
            &["app.web.container = 'prox'"],
            &["app.web.workload = 'admin'"],
            &["app.web.workload = 'admin'", "app.web.container = 'server'"],
        ]
    ));
}

#[test]
fn what_is_not_in_the_documents_is_shown_where_it_was_written() {
    insta::assert_snapshot!(told(
        WATCHED,
        &[
            &["app.web.workload = 'frnt'"],
            // what an app is called on Kubernetes is the service of that name here
            &["app.web.workload = 'deployment/shop/front'"],
            &["app.web.container = 'prox'"],
            &["app.web.container = 'agent'"],
            &["cluster.ecs.target_group.shop.app = 'web'"],
            &["cluster.ecs.ecs.services = ['balanced.json']"],
            &["cluster.ecs.ecs.services = []"],
            &["cluster.ecs.ecs.task_definitions = []"],
        ]
    ));
}
