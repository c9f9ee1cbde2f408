//! Services that are scaled, in minutes.

use super::rig::{Rig, settings};
use crate::aws::ecs::control::ServiceId;
use crate::aws::ecs::service::scaling::{
    MetricAlarm, ScalableTarget, ScalingPolicy, ScheduledScaling,
};

const OF: &str = r#""ServiceNamespace": "ecs", "ResourceId": "service/test/web",
    "ScalableDimension": "ecs:service:DesiredCount""#;

/// A service of four tasks, of which there may be 2 to 20.
fn scaled() -> (Rig, ServiceId) {
    let mut rig = Rig::new(6);
    rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(4, "");
    let target = format!(r#"{{{OF}, "MinCapacity": 2, "MaxCapacity": 20}}"#);
    let target =
        ScalableTarget::all_from_json(&target, "target.json").expect("it is right").remove(0);
    rig.control.scale_within(web, &target);
    (rig, web)
}

fn policy(rig: &mut Rig, web: ServiceId, text: &str) {
    let text = format!(r#"{{{OF}, "PolicyName": "p", {text}}}"#);
    let policy = ScalingPolicy::all_from_json(&text, "policy.json").expect("it is right").remove(0);
    rig.control.scale_by(web, vec![policy]);
}

const CPU: &str = r#""PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 50,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}"#;

#[test]
fn three_minutes_above_the_target_and_the_service_grows() {
    let (mut rig, web) = scaled();
    policy(&mut rig, web, CPU);
    rig.usage.cpu = Some(80.0);
    rig.run_to(179_000);
    assert!(rig.heard.is_empty());
    // four tasks at 80 of 50 per cent are seven
    rig.run_to(400_000);
    assert_eq!(rig.heard, ["180 7 tasks"]);
    assert_eq!(rig.control.desired(web), 7);
    // fifteen minutes below 45 per cent: from 420 on, so at 1260; 7 at 20 of 50 are three
    rig.usage.cpu = Some(20.0);
    rig.run_to(1_259_000);
    assert_eq!(rig.heard.len(), 1);
    rig.run_to(1_260_000);
    assert_eq!(rig.heard[1..], ["1260 3 tasks"]);
}

#[test]
fn minutes_without_data_scale_nothing() {
    let (mut rig, web) = scaled();
    policy(&mut rig, web, CPU);
    rig.run_to(3_600_000);
    assert!(rig.heard.is_empty());
}

const ARN: &str =
    "arn:aws:autoscaling:us-east-1:1:scalingPolicy:1:resource/ecs/service/test/web:policyName/p";

#[test]
fn steps_follow_their_alarm() {
    let (mut rig, web) = scaled();
    policy(
        &mut rig,
        web,
        r#""PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity", "Cooldown": 120,
            "StepAdjustments": [
                {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20,
                    "ScalingAdjustment": 1},
                {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 4}]}"#,
    );
    let alarm = r#"{"AlarmName": "cpu", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization",
        "Statistic": "Average", "Period": 60, "EvaluationPeriods": 2, "Threshold": 60,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["ARN"]}"#;
    let alarm = alarm.replace("ARN", ARN);
    let alarm = MetricAlarm::all_from_json(&alarm, "alarm.json").expect("it is right").remove(0);
    rig.control.scale_on(web, alarm);
    rig.usage.cpu = Some(85.0);
    rig.run_to(130_000);
    // 25 above the threshold for two minutes: four more
    assert_eq!(rig.heard, ["120 8 tasks"]);
}

#[test]
fn an_alarm_may_look_at_another_service() {
    let (mut rig, web) = scaled();
    rig.serve_json(
        r#"{"serviceName": "queue", "taskDefinition": "web", "desiredCount": 1,
            "launchType": "EC2"}"#,
    );
    let steps = r#""PolicyType": "StepScaling", "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ExactCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 9}]}"#;
    policy(&mut rig, web, steps);
    let alarm = |of: &str, threshold: u32| {
        let text = format!(
            r#"{{"AlarmName": "cpu", "MetricName": "CPUUtilization", "Period": 60,
                "Namespace": "AWS/ECS", "Dimensions": [{{"Name": "ClusterName", "Value": "test"}},
                    {{"Name": "ServiceName", "Value": "{of}"}}],
                "EvaluationPeriods": 1, "Threshold": {threshold}, "AlarmActions": ["p"],
                "ComparisonOperator": "GreaterThanThreshold"}}"#
        );
        MetricAlarm::all_from_json(&text, "alarm.json").expect("it is right").remove(0)
    };
    // one on a service that there is not knows no value
    rig.control.scale_on(web, alarm("none", 0));
    rig.control.scale_on(web, alarm("queue", 60));
    rig.usage.cpu = Some(90.0);
    rig.usage_of_others.cpu = Some(50.0);
    rig.run_to(300_000);
    assert!(rig.heard.is_empty(), "{:?}", rig.heard);
    rig.usage_of_others.cpu = Some(70.0);
    rig.run_to(360_000);
    assert_eq!(rig.heard, ["360 9 tasks"]);
}

#[test]
fn scheduled_actions_change_the_bounds() {
    let (mut rig, web) = scaled();
    // the run begins on 2024-01-01 at 00:00
    let action = |name: &str, at: &str, change: &str| {
        let text = format!(
            r#"{{{OF}, "ScheduledActionName": "{name}", "Schedule": "{at}",
                "ScalableTargetAction": {{{change}}}}}"#
        );
        ScheduledScaling::all_from_json(&text, "action.json").expect("it is right").remove(0).action
    };
    assert_eq!(settings().epoch.unix(), 1_704_067_200);
    let up = action("up", "cron(10 0 ? * MON-FRI *)", r#""MinCapacity": 10"#);
    let down = action("down", "at(2024-01-01T00:30:00)", r#""MinCapacity": 1, "MaxCapacity": 3"#);
    rig.call(|control, around| control.scale_at(web, up, around));
    rig.call(|control, around| control.scale_at(web, down, around));
    rig.run_to(2_000_000);
    assert_eq!(rig.heard, ["600 10 tasks", "1800 3 tasks"]);
    // it is due again on Tuesday
    rig.run_to(90_000_000);
    assert_eq!(rig.heard[2..], ["87000 10 tasks"]);
}
