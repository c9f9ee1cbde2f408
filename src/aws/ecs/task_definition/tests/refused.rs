//! What is said of definitions that the API refuses.

use proptest::prelude::proptest;

use super::{TaskDefinition, WEB};

fn problems(text: &str) -> String {
    TaskDefinition::from_json(text, "task.json").expect_err(text).to_string()
}

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    insta::assert_snapshot!(problems(
        r#"{
  "family": "web app",
  "networkmode": "bridge",
  "cpu": 256,
  "memory": "lots",
  "runtimePlatform": { "cpuArchitecture": "ARM" },
  "placementConstraints": [
    { "type": "distinctInstance" },
    { "type": "memberOf", "expression": "attribute:ecs.instance-type = t2.small" },
    { "type": "memberOf" }
  ],
  "containerDefinitions": [
    {
      "name": "app",
      "image": "",
      "cpu": "10",
      "memory": 4,
      "essential": "yes",
      "portMappings": [{ "containerPort": 70000, "hostport": 80 }, { "hostPort": 1 }],
      "healthCheck": { "command": ["curl localhost"], "interval": 1 },
      "environment": [{ "name": "A", "value": 1 }],
      "mountPoints": [{ "sourceVolume": "data", "containerPath": "/data" }]
    }
  ]
}
"#
    ));
}

#[test]
fn containers_are_checked_together() {
    insta::assert_snapshot!(problems(
        r#"{
  "family": "web",
  "networkMode": "host",
  "cpu": "64",
  "memory": "256",
  "containerDefinitions": [
    {
      "name": "a", "image": "i", "essential": false, "cpu": 100, "memoryReservation": 200,
      "dependsOn": [{ "containerName": "b", "condition": "START" }],
      "portMappings": [{ "containerPort": 80, "hostPort": 8080 }]
    },
    {
      "name": "b", "image": "i", "essential": false, "memory": 512,
      "dependsOn": [
        { "containerName": "a", "condition": "HEALTHY" },
        { "containerName": "bb", "condition": "START" }
      ],
      "portMappings": [{ "containerPort": 80 }]
    },
    { "name": "a", "image": "i", "essential": false, "memory": 99, "memoryReservation": 100 }
  ]
}
"#
    ));
}

#[test]
fn fargate_has_rules_of_its_own() {
    insta::assert_snapshot!(problems(
        r#"{
  "family": "web",
  "requiresCompatibilities": ["FARGATE", "EC2"],
  "cpu": "512",
  "memory": "6 GB",
  "placementConstraints": [{ "type": "memberOf", "expression": "attribute:a exists" }],
  "containerDefinitions": [
    {
      "name": "a", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web", "stopTimeout": 300,
      "resourceRequirements": [{ "type": "GPU", "value": "1" }],
      "logConfiguration": { "logDriver": "syslog" }
    },
    {
      "name": "b", "image": "i", "logConfiguration": { "logDriver": "awslogs" },
      "dependsOn": [{ "containerName": "a", "condition": "COMPLETE" }]
    }
  ]
}
"#
    ));
    insta::assert_snapshot!(
        "windows",
        problems(
            r#"{
  "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "256", "memory": "512",
  "runtimePlatform": {
    "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "ARM64"
  },
  "containerDefinitions": [{ "name": "a", "image": "i" }]
}
"#
        )
    );
}

#[test]
fn single_rules() {
    let containers = [
        (r#"{ "family": "a" }"#, "`containerDefinitions` is missing"),
        (r#"{ "family": "a", "containerDefinitions": [] }"#, "a task needs a container"),
        (
            r#"{ "family": "a", "containerDefinitions": [{ "name": "x", "image": "i" }] }"#,
            "has neither `memory` nor `memoryReservation`",
        ),
        (
            r#"{ "family": "a", "memory": "512", "networkMode": "none", "containerDefinitions": [
            { "name": "x", "image": "i", "portMappings": [{ "containerPort": 80 }] }] }"#,
            "with the network mode `none` a container has no ports",
        ),
        (
            r#"{ "family": "a", "memory": "512", "containerDefinitions": [
            { "name": "x", "image": "i", "memory": 513 }] }"#,
            "a container of 513 MiB is more than the task",
        ),
        (
            r#"{ "family": "a", "networkMode": "awsvpc", "containerDefinitions": [
            { "name": "x", "image": "i", "memory": 128, "links": [], "hostname": "x" }] }"#,
            "`hostname` is not supported in the network mode `awsvpc`",
        ),
        (
            r#"{ "family": "a", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [
            { "name": "x", "image": "i", "privileged": true }] }"#,
            "Fargate does not support `privileged`",
        ),
        (
            r#"{ "family": "a", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [
            { "name": "x", "image": "i" }],
            "volumes": [{ "name": "v", "host": { "sourcePath": "/srv" } }] }"#,
            "`sourcePath` is not supported on Fargate",
        ),
        ("[]", "`the task definition` must be an object"),
    ];
    for (text, expected) in containers {
        let shown = problems(text);
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
}

#[test]
fn many_containers_are_refused_at_once() {
    let one = |at: usize| {
        let next = at + 1;
        format!(
            r#"{{ "name": "c{at}", "image": "i",
                "dependsOn": [{{ "containerName": "c{next}", "condition": "START" }}] }}"#
        )
    };
    let containers: Vec<String> = (0..20_000).map(one).collect();
    let text =
        format!(r#"{{ "family": "a", "containerDefinitions": [{}] }}"#, containers.join(","));
    assert!(problems(&text).contains("a task has at most 10 containers, not 20000"));
}

proptest! {
    /// What is cut out or put in somewhere gives a message, or a definition that can be placed.
    #[test]
    fn no_text_makes_the_reader_panic(
        at in 0..WEB.len(),
        length in 0..60_usize,
        instead in "[\\[\\]{}\",: 0-9a-z-]{0,12}",
    ) {
        let end = (at + length).min(WEB.len());
        let text = format!("{}{instead}{}", &WEB[..at], &WEB[end..]);
        match TaskDefinition::from_json(&text, "task.json") {
            Ok(definition) => drop(definition.need()),
            Err(problems) => assert!(!problems.to_string().is_empty()),
        }
    }
}
