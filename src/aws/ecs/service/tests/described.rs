//! Services as `describe-services` prints them, and what they name that a cluster does not have.

use super::*;
use crate::aws::ecs::service::Named;

const DESCRIBED: &str = include_str!("../../../../../tests/data/ecs/described.json");

fn cluster(definitions: &[TaskDefinition]) -> Named<'_> {
    Named {
        definitions,
        families: vec!["report".to_owned()],
        providers: vec!["spot".to_owned()],
        subnets: vec!["subnet-0".to_owned()],
        security_groups: vec!["sg-web".to_owned()],
        services: vec!["old".to_owned()],
    }
}

fn defined(family: &str, revision: &str) -> TaskDefinition {
    definition(&format!(
        r#"{{ "family": "{family}", {revision} "containerDefinitions": [
            {{ "name": "app", "image": "i", "memory": 64 }}] }}"#
    ))
}

#[test]
fn what_describe_services_prints_is_read_as_it_is() {
    let known = [defined("web", r#""revision": 7,"#), defined("agent", r#""revision": 2,"#)];
    let services = Service::all_from_json(DESCRIBED, "services.json", &cluster(&known));
    let services = services.unwrap_or_else(|error| panic!("{error}"));
    let read: Vec<_> = services.iter().map(|it| (it.name.as_str(), it.scheduling)).collect();
    assert_eq!(read, [("web", Scheduling::Replica { desired: 3 }), ("agent", Scheduling::Daemon)]);
    assert_eq!(services[0].launch, Launch::Ec2);
    // that its managed tags are no part of a simulation is all that there is to say
    let ignored = services[0].ignored.iter().map(|key| key.path.as_str());
    assert_eq!(ignored.collect::<Vec<_>>(), ["enableECSManagedTags"]);
}

#[test]
fn an_answer_without_services_is_no_service() {
    let text = r#"{ "services": [], "failures": [{ "reason": "MISSING" }] }"#;
    let wrong = Service::all_from_json(text, "services.json", &cluster(&[])).expect_err(text);
    assert!(wrong.to_string().contains("there is nothing in `services`"), "{wrong}");
}

#[test]
fn what_is_not_there_is_shown_where_it_is_named() {
    let known = [definition(WEB)];
    let problems = |text: &str| {
        let found = Service::all_from_json(text, "service.json", &cluster(&known));
        found.expect_err(text).to_string()
    };
    insta::assert_snapshot!(problems(
        r#"{
  "serviceName": "api",
  "taskDefinition": "wep",
  "desiredCount": 1,
  "capacityProviderStrategy": [
    { "capacityProvider": "spot", "weight": 1 },
    { "capacityProvider": "sopt", "weight": 1 }
  ],
  "networkConfiguration": {
    "awsvpcConfiguration": {
      "subnets": ["subnet-0", "subnet-0a1b"], "securityGroups": ["sg-web", "sg-wep"]
    }
  }
}
"#
    ));
    let text = r#"{ "serviceName": "api", "taskDefinition": "web:3", "desiredCount": 1 }"#;
    assert!(problems(text).contains("there is no such revision of the task definition `web`"));
    let text = r#"{ "serviceName": "old", "taskDefinition": "report", "desiredCount": 1 }"#;
    assert!(problems(text).contains("there is a service `old` already"));
    // of an app no more is known than its name
    let text = r#"{ "serviceName": "api", "taskDefinition": "report", "desiredCount": 1 }"#;
    assert!(Service::all_from_json(text, "service.json", &cluster(&known)).is_ok());
}

#[test]
fn a_call_of_run_task_must_suit_the_task_definition() {
    let known = [definition(
        r#"{ "family": "web", "networkMode": "awsvpc", "cpu": "256", "memory": "512",
            "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [{ "name": "app", "image": "i" }] }"#,
    )];
    let wrong = |text: &str| {
        let call = RunTask::named_from_json(text, "run.json", &cluster(&known));
        call.expect_err(text).to_string()
    };
    let text = wrong(r#"{ "taskDefinition": "web", "launchType": "FARGATE" }"#);
    assert!(text.contains("tasks on Fargate need a network configuration"), "{text}");
    let text = wrong(r#"{ "taskDefinition": "web", "launchType": "EC2" }"#);
    assert!(text.contains("the network mode `awsvpc` need a network configuration"), "{text}");
}
