//! What AWS would not take of a cluster of ECS, and what a user is told, on the line where it was
//! written: types that are not in the catalogue, prices that are not known, ranges of addresses,
//! sizes of services and tasks.

use std::fmt::Write;
use std::process::Command;

const SCENARIO: &str = "tests/data/instances/web.toml";
/// The same on two hosts of four cores and 16 GiB.
const HOSTS: &str = "tests/data/instances/hosts.toml";

fn validate(scenario: &str, settings: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_plimsoll");
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let mut command = Command::new(program);
    let output = command.args(["validate", scenario]).args(settings).env("NO_COLOR", "1").output();
    let output = output.expect("it runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("it prints text"))
}

#[test]
fn what_aws_does_not_have_is_shown_where_it_was_written() {
    assert_eq!(validate(SCENARIO, &[]), (Some(0), String::new()));
    let group = "cluster.ecs.auto_scaling_group.nodes";
    let mut told = String::new();
    for settings in [
        &[format!("{group}.instance_types = ['m6i.large', 'c6i.larg']")][..],
        &[format!("{group}.instance_types = ['standard-4']")],
        &[
            format!("{group}.instance_types = ['m7g.large']"),
            format!("{group}.os = {{ family = 'windows' }}"),
        ],
        &["cluster.ecs.subnet.a.cidr = '10.0.1.7/28'".to_owned()],
        &["cluster.ecs.subnet.a.cidr = '10.0.0.0/8'".to_owned()],
        &["cluster.ecs.subnet.a.used = 12".to_owned()],
        &["cluster.ecs.subnet.b.cidr = '10.0.0.0/22'".to_owned()],
        &[
            "cluster.ecs.subnet.a.cidr = '10.0.0.0/28'".to_owned(),
            "cluster.ecs.subnet.a.used = 4".to_owned(),
            "cluster.ecs.load_balancer = [{ name = 'front', subnets = ['a'] }]".to_owned(),
        ],
        &["app.web.replicas = 5001".to_owned()],
        &["app.web.autoscale = { target = '50%', min = 1, max = 6000 }".to_owned()],
        &[
            "cluster.ecs.auto_scaling_group = []".to_owned(),
            "job.report.memory = { request = '200GiB' }".to_owned(),
        ],
    ] {
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let (code, text) = validate(SCENARIO, &settings);
        assert_eq!(code, Some(2), "{settings:?}: {text}");
        writeln!(told, "{text}").unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_no_host_could_run_is_shown_where_it_was_written() {
    assert_eq!(validate(HOSTS, &[]), (Some(0), String::new()));
    let types = "cluster.ecs.auto_scaling_group.nodes.instance_types";
    let mut told = String::new();
    for settings in [
        &[format!("{types}=['m6i.large', 'm6i.2xlarge']")][..],
        &[format!("{types}=['r6i.xlarge']")],
        &[format!("{types}=['m7g.large']")],
        &["cluster.ecs.overcommit.cpu=0.25".to_owned()],
    ] {
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let (code, text) = validate(HOSTS, &settings);
        assert_eq!(code, Some(2), "{settings:?}: {text}");
        writeln!(told, "{text}").unwrap();
    }
    insta::assert_snapshot!(told);
}
