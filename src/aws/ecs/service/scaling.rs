//! The JSON of `aws application-autoscaling` for services: `register-scalable-target`,
//! `put-scaling-policy`, `put-scheduled-action`; and of `aws cloudwatch put-metric-alarm`, on whose
//! alarms policies take steps. What the calls print that describe these is read as well.

mod alarm;
pub mod policy;
mod watched;

use super::MOST_TASKS;
use crate::aws::ecs::reader::{self, Choices, Described, Ignored, Keys, Reader};
use crate::aws::json::{Object, Part};
use crate::aws::scaling::Bounds;
use crate::aws::scaling::scaler::Suspended;
use crate::aws::scaling::scheduled::{Schedule, ScheduledAction};
use crate::scenario::Diagnostics;
use crate::units::{Instant, text::TextQuantity};

pub use alarm::MetricAlarm;
pub use policy::{ScalingPolicy, Steps};
pub use watched::Watched;

/// A service that is scaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalableTarget {
    /// Which service.
    pub service: ServiceName,
    /// Between which counts.
    pub bounds: Bounds,
    /// What its owner has switched off.
    pub suspended: Suspended,
    /// Whether scheduled actions are switched off.
    pub no_schedule: bool,
    /// Keys that have no effect here.
    pub ignored: Vec<Ignored>,
}

/// A service by cluster and name: `service/CLUSTER/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName {
    /// Its cluster.
    pub cluster: String,
    /// Its name in it.
    pub name: String,
}

/// A scheduled action of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledScaling {
    /// Which service.
    pub service: ServiceName,
    /// What happens when.
    pub action: ScheduledAction,
}

const TARGET: Keys = Keys {
    kind: "a scalable target",
    read: &[
        "ServiceNamespace",
        "ResourceId",
        "ScalableDimension",
        "MinCapacity",
        "MaxCapacity",
        "SuspendedState",
    ],
    ignored: &["RoleARN", "Tags"],
};
const TARGETS: Described = Described {
    list: "ScalableTargets",
    one: "ScalableTarget",
    keys: &["ScalableTargetARN", "PredictedCapacity", "CreationTime"],
};
const SUSPENDED: Keys = Keys {
    kind: "a suspended state",
    read: &["DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"],
    ignored: &[],
};
const ACTION: Keys = Keys {
    kind: "a scheduled action",
    read: &[
        "ServiceNamespace",
        "ResourceId",
        "ScalableDimension",
        "ScheduledActionName",
        "Schedule",
        "Timezone",
        "StartTime",
        "EndTime",
        "ScalableTargetAction",
    ],
    ignored: &[],
};
const ACTIONS: Described = Described {
    list: "ScheduledActions",
    one: "ScheduledAction",
    keys: &["ScheduledActionARN", "CreationTime"],
};
const CHANGE: Keys =
    Keys { kind: "a target action", read: &["MinCapacity", "MaxCapacity"], ignored: &[] };
const NAMESPACE: Choices<()> = &[("ecs", ())];
const DIMENSION: Choices<()> = &[("ecs:service:DesiredCount", ())];

impl ScalableTarget {
    /// Reads the input of `register-scalable-target`, or the output of `describe-scalable-targets`,
    /// from `text`, which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse.
    pub fn all_from_json(text: &str, name: &str) -> Result<Vec<Self>, Diagnostics> {
        let all = reader::each_described(text, name, "the scalable target", TARGETS, target)?;
        Ok(all.into_iter().map(|(it, ignored)| Self { ignored, ..it }).collect())
    }
}

impl ScheduledScaling {
    /// Reads the input of `put-scheduled-action`, or the output of `describe-scheduled-actions`,
    /// from `text`, which messages call `name`.
    ///
    /// # Errors
    /// All that the API would refuse, and time zones other than UTC, which are not simulated.
    pub fn all_from_json(text: &str, name: &str) -> Result<Vec<Self>, Diagnostics> {
        let all = reader::each_described(text, name, "the scheduled action", ACTIONS, scheduled)?;
        Ok(all.into_iter().map(|(it, _)| it).collect())
    }
}

/// What all of these name: a service of ECS, and its desired count.
fn service(reader: &mut Reader, object: &Object<'_>) -> Option<ServiceName> {
    reader.required(object, "ServiceNamespace", |r, part| r.choice(part, NAMESPACE));
    reader.required(object, "ScalableDimension", |r, part| r.choice(part, DIMENSION));
    reader.required(object, "ResourceId", |reader, part| {
        let text = reader.text(part)?;
        let parts: Vec<&str> = text.split('/').collect();
        if let &["service", cluster, name] = parts.as_slice() {
            return Some(ServiceName { cluster: cluster.to_owned(), name: name.to_owned() });
        }
        let title = format!("`{text}` is no service");
        reader.wrong(part.span(), title, "write it like `service/my-cluster/my-service`");
        None
    })
}

fn capacity(reader: &mut Reader, part: Part<'_>) -> Option<u32> {
    reader.whole(part, 0..=MOST_TASKS)
}

fn ordered(reader: &mut Reader, object: &Object<'_>, min: Option<u32>, max: Option<u32>) {
    if let (Some(min), Some(max), Some(part)) = (min, max, object.get("MinCapacity"))
        && min > max
    {
        let title = format!("`MinCapacity` is {min}, more than `MaxCapacity`, which is {max}");
        reader.wrong(part.span(), title, "raise the one, or lower the other");
    }
}

fn target(reader: &mut Reader, part: Part<'_>) -> Option<ScalableTarget> {
    let object = reader.object(part, TARGET)?;
    let service = service(reader, &object);
    let min = reader.required(&object, "MinCapacity", capacity);
    let max = reader.required(&object, "MaxCapacity", capacity);
    ordered(reader, &object, min, max);
    let mut no_schedule = false;
    let suspended = reader.optional(&object, "SuspendedState", |reader, part| {
        let object = reader.object(part, SUSPENDED)?;
        let mut flag = |key| reader.optional(&object, key, Reader::flag).unwrap_or(false);
        no_schedule = flag("ScheduledScalingSuspended");
        Some(Suspended {
            scale_in: flag("DynamicScalingInSuspended"),
            scale_out: flag("DynamicScalingOutSuspended"),
        })
    });
    Some(ScalableTarget {
        service: service?,
        bounds: Bounds { min: min?, max: max? },
        suspended: suspended.unwrap_or_default(),
        no_schedule,
        ignored: Vec::new(),
    })
}

fn scheduled(reader: &mut Reader, part: Part<'_>) -> Option<ScheduledScaling> {
    let object = reader.object(part, ACTION)?;
    let service = service(reader, &object);
    let name = reader.required(&object, "ScheduledActionName", Reader::text);
    let schedule = reader.required(&object, "Schedule", |reader, part| {
        let text = reader.text(part)?;
        let schedule = Schedule::parse(&text);
        schedule.map_err(|(title, help)| reader.wrong(part.span(), title, help)).ok()
    });
    reader.optional(&object, "Timezone", |reader, part| {
        let zone = reader.text(part)?;
        if !["UTC", "Etc/UTC"].contains(&zone.as_str()) {
            let title = format!("the time zone `{zone}` is not simulated");
            reader.wrong(part.span(), title, "write the schedule in UTC, and leave the zone out");
        }
        Some(())
    });
    let mut instant = |key| reader.optional(&object, key, instant);
    let (start, end) = (instant("StartTime"), instant("EndTime"));
    let change = reader.required(&object, "ScalableTargetAction", |reader, part| {
        let object = reader.object(part, CHANGE)?;
        let min = reader.optional(&object, "MinCapacity", capacity);
        let max = reader.optional(&object, "MaxCapacity", capacity);
        ordered(reader, &object, min, max);
        if object.fields.is_empty() {
            let help = "add `MinCapacity`, `MaxCapacity` or both";
            reader.wrong(part.span(), "this action changes nothing", help);
        }
        Some((min, max))
    });
    let (min, max) = change?;
    let action = ScheduledAction { name: name?, schedule: schedule?, start, end, min, max };
    Some(ScheduledScaling { service: service?, action })
}

/// Seconds of Unix time.
fn instant(reader: &mut Reader, part: Part<'_>) -> Option<i64> {
    let text = reader.text(part)?;
    let found = Instant::read(&text).ok().map(Instant::unix);
    if found.is_none() {
        let title = format!("`{text}` is no instant");
        reader.wrong(part.span(), title, "write it like `2030-01-31T08:00:00Z`");
    }
    found
}
