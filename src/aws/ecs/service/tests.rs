//! Services and scaling policies as they are read, and what is said of wrong ones.

mod described;

use super::scaling::{MetricAlarm, ScheduledScaling, policy};
use super::*;
use crate::aws::ecs::placement::{Field, Resource};
use crate::aws::scaling::{Bounds, Comparison, Metric, Missing};

const WEB: &str = include_str!("../../../../tests/data/ecs/web.json");
const BRIDGE: &str = r#"{ "family": "api", "containerDefinitions": [
    { "name": "app", "image": "i", "memory": 64, "portMappings": [{ "containerPort": 80 }] } ] }"#;

fn read(text: &str) -> Service {
    Service::from_json(text, "service.json", None).unwrap_or_else(|error| panic!("{error}"))
}

fn definition(text: &str) -> TaskDefinition {
    TaskDefinition::from_json(text, "task.json").unwrap_or_else(|error| panic!("{error}"))
}

fn problems(text: &str, definition: Option<&TaskDefinition>) -> String {
    Service::from_json(text, "service.json", definition).expect_err(text).to_string()
}

#[test]
fn a_service_is_read_with_its_defaults() {
    let service = read(r#"{ "serviceName": "api", "taskDefinition": "api:3", "desiredCount": 4 }"#);
    assert_eq!(service.scheduling, Scheduling::Replica { desired: 4 });
    assert_eq!((&service.launch, service.group().as_str()), (&Launch::Default, "service:api"));
    let deployment = service.deployment;
    assert_eq!((deployment.min_healthy_percent, deployment.max_percent), (100, 200));
    assert_eq!((deployment.circuit_breaker, service.health_grace), (None, SimDuration::ZERO));
    assert!(service.strategies.is_empty() && service.rebalancing);
    let daemon = read(
        r#"{ "serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON" }"#,
    );
    assert_eq!(daemon.scheduling, Scheduling::Daemon);
    let deployment = daemon.deployment;
    assert_eq!((deployment.min_healthy_percent, deployment.max_percent), (0, 100));
    assert!(!daemon.rebalancing);
}

#[test]
fn a_service_is_read_whole() {
    let text = r#"{
        "cluster": "main", "serviceName": "web", "taskDefinition": "web", "desiredCount": 6,
        "capacityProviderStrategy": [
            { "capacityProvider": "on-demand", "base": 2, "weight": 1 },
            { "capacityProvider": "spot", "weight": 3 }
        ],
        "deploymentConfiguration": {
            "minimumHealthyPercent": 50, "maximumPercent": 150,
            "deploymentCircuitBreaker": { "enable": true, "rollback": true },
            "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": false }
        },
        "placementStrategy": [
            { "type": "spread", "field": "attribute:ecs.availability-zone" },
            { "type": "spread", "field": "instanceId" },
            { "type": "binpack", "field": "memory" }
        ],
        "placementConstraints": [{ "type": "distinctInstance" }],
        "loadBalancers": [
            { "targetGroupArn": "arn:group", "containerName": "app", "containerPort": 8080 }
        ],
        "networkConfiguration": {
            "awsvpcConfiguration": { "subnets": ["a", "b"], "assignPublicIp": "DISABLED" }
        },
        "healthCheckGracePeriodSeconds": 60,
        "availabilityZoneRebalancing": "DISABLED",
        "enableExecuteCommand": true
    }"#;
    let web = Service::from_json(text, "service.json", Some(&definition(WEB)))
        .unwrap_or_else(|error| panic!("{error}"));
    let share = |provider: &str, base, weight| ProviderShare {
        provider: provider.to_owned(),
        base,
        weight,
    };
    assert_eq!(web.launch, Launch::Providers(vec![share("on-demand", 2, 1), share("spot", 0, 3)]));
    assert_eq!(web.deployment.circuit_breaker, Some(CircuitBreaker { rollback: true }));
    assert_eq!(web.deployment.alarms.map(|alarms| alarms.names), Some(vec!["errors".to_owned()]));
    let expected = [
        Strategy::Spread(Field::Attribute("ecs.availability-zone".to_owned())),
        Strategy::Spread(Field::Instance),
        Strategy::Binpack(Resource::Memory),
    ];
    assert_eq!(web.strategies, expected);
    assert_eq!(web.constraints, [Constraint::DistinctInstance]);
    assert_eq!(web.network.map(|network| network.subnets.len()), Some(2));
    assert_eq!((web.health_grace, web.rebalancing), (SimDuration::from_secs(60), false));
    assert_eq!(web.ignored.len(), 1);
}

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    insta::assert_snapshot!(problems(
        r#"{
  "serviceName": "my web",
  "taskdefinition": "web",
  "desiredCount": 5001,
  "launchType": "FARGATE",
  "capacityProviderStrategy": [
    { "capacityProvider": "FARGATE", "base": 1 },
    { "capacityProvider": "spot", "base": 1 }
  ],
  "deploymentController": { "type": "CODE_DEPLOY" },
  "deploymentConfiguration": {
    "minimumHealthyPercent": 150,
    "maximumPercent": 90,
    "strategy": "CANARY",
    "deploymentCircuitBreaker": { "enable": true }
  },
  "placementStrategy": [
    { "type": "spread", "field": "memory" },
    { "type": "binpack" },
    { "type": "binpack", "field": "disk" },
    { "type": "random", "field": "cpu" },
    { "type": "spread", "field": "rack" }
  ],
  "placementConstraints": [
    { "type": "distinctInstance", "expression": "attribute:a exists" },
    { "type": "memberOf", "expression": "attribute:a exist" }
  ],
  "loadBalancers": [{ "loadBalancerName": "classic" }],
  "networkConfiguration": { "awsvpcConfiguration": { "subnets": [] } },
  "healthCheckGracePeriodSeconds": -1
}
"#,
        None
    ));
}

#[test]
fn daemons_and_fargate_have_rules_of_their_own() {
    let daemon = r#"{
  "serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON",
  "desiredCount": 3, "launchType": "FARGATE",
  "deploymentConfiguration": { "maximumPercent": 200 },
  "placementStrategy": [{ "type": "random" }],
  "availabilityZoneRebalancing": "ENABLED"
}
"#;
    insta::assert_snapshot!("daemon", problems(daemon, None));
    let fargate = r#"{
  "serviceName": "api", "taskDefinition": "api", "desiredCount": 1, "launchType": "FARGATE",
  "placementConstraints": [{ "type": "distinctInstance" }],
  "healthCheckGracePeriodSeconds": 30
}
"#;
    insta::assert_snapshot!("fargate", problems(fargate, Some(&definition(BRIDGE))));
}

#[test]
fn a_service_must_suit_its_task_definition() {
    let text = r#"{
  "serviceName": "api", "taskDefinition": "api", "desiredCount": 1,
  "loadBalancers": [
    { "targetGroupArn": "arn:group", "containerName": "ap", "containerPort": 80 },
    { "targetGroupArn": "arn:group", "containerName": "app", "containerPort": 81 }
  ],
  "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-1"] } }
}
"#;
    insta::assert_snapshot!("bridge", problems(text, Some(&definition(BRIDGE))));
    let text = r#"{ "serviceName": "web", "taskDefinition": "web", "desiredCount": 1 }"#;
    let shown = problems(text, Some(&definition(WEB)));
    assert!(shown.contains("`awsvpc` need a network configuration"), "{shown}");
}

#[test]
fn standalone_tasks_are_grouped_by_family() {
    let run = |text| RunTask::from_json(text, "run.json");
    let task = run(r#"{ "taskDefinition": "batch:7", "count": 10 }"#).expect("it is read");
    assert_eq!((task.count, task.group.as_str()), (10, "family:batch"));
    assert_eq!(
        crate::aws::ecs::task_definition::revision::family(
            "arn:aws:ecs:us-east-1:1:task-definition/web:3"
        ),
        "web"
    );
    let wrong = r#"{ "taskDefinition": "a", "count": 11, "group": "service:a", "overrides": {} }"#;
    insta::assert_snapshot!("run", run(wrong).expect_err("three problems").to_string());
}

#[test]
fn placement_is_told_what_service_and_definition_ask_for() {
    let text = BRIDGE.replacen(
        "\"family\"",
        r#""placementConstraints": [{ "type": "memberOf", "expression": "attribute:ssd exists" }],
            "family""#,
        1,
    );
    let definition = definition(&text);
    let service = read(
        r#"{ "serviceName": "api", "taskDefinition": "api", "desiredCount": 4,
            "placementConstraints": [{ "type": "distinctInstance" }] }"#,
    );
    let demand = service.demand(&definition, vec!["a".to_owned()]);
    assert_eq!((demand.group.as_str(), demand.need.memory.0), ("service:api", 64));
    assert_eq!(demand.strategies, Strategy::of_services());
    assert_eq!((demand.constraints.len(), demand.zones.len()), (2, 1));
    let run = RunTask::from_json(r#"{ "taskDefinition": "api" }"#, "run.json").expect("it is read");
    let demand = run.demand(&definition, Vec::new());
    assert_eq!((demand.group.as_str(), demand.constraints.len()), ("family:api", 1));
    assert_eq!(demand.strategies, Strategy::of_standalone_tasks());
}

const ABOUT: &str = r#""ServiceNamespace": "ecs", "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount""#;

#[test]
fn scaling_is_read_with_its_defaults() {
    let text = format!(
        r#"{{ {ABOUT}, "MinCapacity": 2, "MaxCapacity": 20,
            "SuspendedState": {{ "DynamicScalingInSuspended": true }} }}"#
    );
    let target = ScalableTarget::all_from_json(&text, "target.json").expect("it is read").remove(0);
    assert_eq!((target.service.cluster.as_str(), target.service.name.as_str()), ("main", "web"));
    assert_eq!(target.bounds, Bounds { min: 2, max: 20 });
    assert!(target.suspended.scale_in && !target.suspended.scale_out && !target.no_schedule);

    let text = format!(
        r#"{{ {ABOUT}, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {{ "TargetValue": 60.5,
                "PredefinedMetricSpecification":
                    {{ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" }},
                "ScaleOutCooldown": 30 }} }}"#
    );
    let policy = ScalingPolicy::all_from_json(&text, "policy.json").expect("it is read").remove(0);
    let policy::Kind::Target(tracking, _) = policy.kind else { panic!("a target is tracked") };
    assert_eq!((tracking.metric, tracking.target), (Metric::Cpu, 60.5));
    let cooldowns = (tracking.scale_out_cooldown, tracking.scale_in_cooldown);
    assert_eq!(cooldowns, (SimDuration::from_secs(30), SimDuration::from_secs(300)));

    let text = format!(
        r#"{{ {ABOUT}, "PolicyName": "steps", "PolicyType": "StepScaling",
            "StepScalingPolicyConfiguration": {{ "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": [
                    {{ "MetricIntervalLowerBound": 10, "ScalingAdjustment": 4 }},
                    {{ "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10,
                       "ScalingAdjustment": 1 }} ] }} }}"#
    );
    let policy = ScalingPolicy::all_from_json(&text, "policy.json").expect("it is read").remove(0);
    let policy::Kind::Steps(steps) = policy.kind else { panic!("it takes steps") };
    let alarm = r#"{ "AlarmName": "high", "MetricName": "CPUUtilization", "Period": 60,
        "EvaluationPeriods": 3, "Threshold": 70, "TreatMissingData": "notBreaching",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "AlarmActions": ["arn:steps"] }"#;
    let alarm = MetricAlarm::all_from_json(alarm, "alarm.json").expect("it is read").remove(0);
    assert_eq!((alarm.rule.periods, alarm.rule.datapoints), (3, 3));
    assert_eq!(
        (alarm.rule.comparison, alarm.rule.missing),
        (Comparison::GreaterOrEqual, Missing::NotBreaching)
    );
    let scaling = steps.on(alarm.rule);
    assert_eq!((scaling.size(5, 75.0), scaling.size(5, 80.0)), (Some(6), Some(9)));

    let text = format!(
        r#"{{ {ABOUT}, "ScheduledActionName": "morning", "Schedule": "cron(0 8 ? * MON-FRI *)",
            "Timezone": "UTC", "StartTime": "2026-12-01T00:00:00Z",
            "ScalableTargetAction": {{ "MinCapacity": 10 }} }}"#
    );
    let scheduled =
        ScheduledScaling::all_from_json(&text, "action.json").expect("it is read").remove(0);
    assert_eq!((scheduled.action.min, scheduled.action.max), (Some(10), None));
    assert!(scheduled.action.next(0).is_some());
}

#[test]
fn what_describes_scaling_is_read() {
    let target = format!(
        r#"{{ "ScalableTargets": [ {{ {ABOUT}, "MinCapacity": 2, "MaxCapacity": 20,
            "CreationTime": 1700000000.5, "ScalableTargetARN": "arn:t" }} ] }}"#
    );
    let targets = ScalableTarget::all_from_json(&target, "targets.json").expect("it is read");
    assert_eq!(targets.len(), 1);
    let policies = format!(
        r#"{{ "ScalingPolicies": [ {{ {ABOUT}, "PolicyName": "cpu", "PolicyARN": "arn:p",
            "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {{
                "TargetValue": 75.0, "PredefinedMetricSpecification":
                    {{ "PredefinedMetricType": "ECSServiceAverageCPUUtilization" }} }},
            "Alarms": [ {{ "AlarmName": "high", "AlarmARN": "arn:a" }} ],
            "CreationTime": 1700000000.5 }} ] }}"#
    );
    let policies = ScalingPolicy::all_from_json(&policies, "policies.json").expect("it is read");
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0].ignored, []);
    // an alarm whose actions are disabled calls no policy
    let alarm = r#"{ "MetricAlarms": [ { "AlarmName": "high", "MetricName": "CPUUtilization",
        "Period": 60, "EvaluationPeriods": 3, "Threshold": 70, "StateValue": "OK",
        "ActionsEnabled": false, "AlarmActions": ["arn:steps"],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold" } ], "CompositeAlarms": [] }"#;
    let alarms = MetricAlarm::all_from_json(alarm, "alarms.json").expect("it is read");
    assert_eq!((alarms.len(), alarms[0].actions.len()), (1, 0));
}

#[test]
fn wrong_scaling_is_marked() {
    let wrong = |text: &str| match text {
        _ if text.contains("PolicyName") => {
            ScalingPolicy::all_from_json(text, "policy.json").expect_err(text).to_string()
        }
        _ if text.contains("AlarmName") => {
            MetricAlarm::all_from_json(text, "alarm.json").expect_err(text).to_string()
        }
        _ if text.contains("Schedule") => {
            ScheduledScaling::all_from_json(text, "action.json").expect_err(text).to_string()
        }
        _ => ScalableTarget::all_from_json(text, "target.json").expect_err(text).to_string(),
    };
    let texts = [
        r#"{ "ServiceNamespace": "ec2", "ResourceId": "service/web", "MinCapacity": 9,
  "MaxCapacity": 3 }"#,
        r#"{ "PolicyName": "a", "PolicyType": "TargetTrackingScaling",
  "TargetTrackingScalingPolicyConfiguration": { "TargetValue": 0,
    "PredefinedMetricSpecification": {
      "PredefinedMetricType": "ECSServiceAverageCpuUtilization" } },
  "StepScalingPolicyConfiguration": {} }"#,
        r#"{ "PolicyName": "a", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
  "AdjustmentType": "ChangeInCapacity", "MinAdjustmentMagnitude": 2, "StepAdjustments": [
    { "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1 },
    { "MetricIntervalLowerBound": 20, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1.5 },
    { "MetricIntervalLowerBound": 30, "ScalingAdjustment": 2 } ] } }"#,
        r#"{ "AlarmName": "a", "MetricName": "m", "Period": 300, "EvaluationPeriods": 2,
  "DatapointsToAlarm": 3, "Threshold": "high", "ComparisonOperator": "GreaterThan" }"#,
        r#"{ "AlarmName": "a", "MetricName": "CPUUtilization", "Statistic": "Maximum", "Period": 60,
  "Dimensions": [{ "Name": "ServiceName" }], "EvaluationPeriods": 2, "Threshold": 1,
  "ComparisonOperator": "GreaterThanThreshold" }"#,
        r#"{ "ScheduledActionName": "a", "Schedule": "cron(0 8 * * MON *)",
  "Timezone": "Europe/Berlin", "StartTime": "tomorrow", "ScalableTargetAction": {} }"#,
    ];
    let shown: Vec<String> = texts.into_iter().map(wrong).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}
