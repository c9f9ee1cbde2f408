//! The JSON of `aws cloudwatch put-metric-alarm`, of an alarm that has a policy take steps.

use super::ScalingPolicy;
use super::watched::{Watched, watched};
use crate::aws::ecs::reader::{self, Choices, Described, Ignored, Keys, Reader};
use crate::aws::json::Part;
use crate::aws::scaling::{Comparison, Missing, Rule};
use crate::scenario::Diagnostics;

/// An alarm on a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricAlarm {
    /// Its name.
    pub name: String,
    /// What it looks at.
    pub watched: Watched,
    /// When it is raised.
    pub rule: Rule,
    /// ARNs of the policies that act on it.
    pub actions: Vec<String>,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

const ALARM: Keys = Keys {
    kind: "an alarm",
    read: &[
        "AlarmName",
        "MetricName",
        "Namespace",
        "Dimensions",
        "Statistic",
        "Period",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "AlarmActions",
        "ActionsEnabled",
    ],
    ignored: &["AlarmDescription", "OKActions", "InsufficientDataActions", "Unit", "Tags"],
};
const ALARMS: Described = Described {
    list: "MetricAlarms",
    one: "MetricAlarm",
    keys: &[
        "AlarmArn",
        "AlarmConfigurationUpdatedTimestamp",
        "StateValue",
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "EvaluationState",
    ],
};
const OPERATORS: Choices<Comparison> = &[
    ("GreaterThanThreshold", Comparison::Greater),
    ("GreaterThanOrEqualToThreshold", Comparison::GreaterOrEqual),
    ("LessThanThreshold", Comparison::Less),
    ("LessThanOrEqualToThreshold", Comparison::LessOrEqual),
];
const MISSING: Choices<Missing> = &[
    ("missing", Missing::Missing),
    ("ignore", Missing::Ignore),
    ("breaching", Missing::Breaching),
    ("notBreaching", Missing::NotBreaching),
];

impl MetricAlarm {
    /// Whether it has a policy take steps: it names it by its ARN, which ends in
    /// `…/CLUSTER/SERVICE:policyName/NAME`, or by its name alone.
    pub fn acts_by(&self, policy: &ScalingPolicy) -> bool {
        let end = format!("/{}:policyName/{}", policy.service.name, policy.name);
        self.actions.iter().any(|action| action.ends_with(&end) || *action == policy.name)
    }

    /// Reads the input of `put-metric-alarm`, or the output of `describe-alarms`, from `text`,
    /// which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse, and periods other than a minute, which are not simulated.
    pub fn all_from_json(text: &str, name: &str) -> Result<Vec<Self>, Diagnostics> {
        let all = reader::each_described(text, name, "the alarm", ALARMS, alarm)?;
        Ok(all.into_iter().map(|(it, ignored)| Self { ignored, ..it }).collect())
    }
}

fn alarm(reader: &mut Reader, part: Part<'_>) -> Option<MetricAlarm> {
    let object = reader.object(part, ALARM)?;
    let name = reader.required(&object, "AlarmName", Reader::text);
    let watched = watched(reader, &object);
    reader.required(&object, "Period", |reader, part| {
        let seconds = reader.whole(part, 1..=86_400)?;
        if seconds != 60 {
            let title = format!("alarms over {seconds} s are not simulated");
            reader.wrong(part.span(), title, "write 60, and more `EvaluationPeriods`");
        }
        Some(())
    });
    let periods = reader.required(&object, "EvaluationPeriods", |r, part| r.whole(part, 1..=1440));
    let datapoints =
        reader.optional(&object, "DatapointsToAlarm", |r, part| r.whole(part, 1..=1440));
    if let (Some(periods), Some(datapoints), Some(part)) =
        (periods, datapoints, object.get("DatapointsToAlarm"))
        && datapoints > periods
    {
        let title = format!("{datapoints} datapoints are more than the {periods} periods have");
        reader.wrong(part.span(), title, "it is at most `EvaluationPeriods`");
    }
    let threshold = reader.required(&object, "Threshold", Reader::number);
    let comparison =
        reader.required(&object, "ComparisonOperator", |r, part| r.choice(part, OPERATORS));
    let missing = reader.optional(&object, "TreatMissingData", |r, part| r.choice(part, MISSING));
    let acts = reader.optional(&object, "ActionsEnabled", Reader::flag).unwrap_or(true);
    let mut actions = reader.texts(&object, "AlarmActions");
    actions.retain(|_| acts);
    let rule = Rule {
        threshold: threshold?,
        comparison: comparison?,
        periods: periods?,
        datapoints: datapoints.or(periods)?,
        missing: missing.unwrap_or_default(),
    };
    Some(MetricAlarm { name: name?, watched: watched?, rule, actions, ignored: Vec::new() })
}
