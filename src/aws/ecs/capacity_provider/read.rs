//! From JSON to a capacity provider.

use super::{CapacityProvider, ManagedScaling};
use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::json::{Object, Part};
use crate::engine::SimDuration;

const PROVIDER: Keys = Keys {
    kind: "a capacity provider",
    read: &["name", "autoScalingGroupProvider"],
    ignored: &["tags"],
};
const GROUP: Keys = Keys {
    kind: "an Auto Scaling group provider",
    read: &[
        "autoScalingGroupArn",
        "managedScaling",
        "managedTerminationProtection",
        "managedDraining",
    ],
    ignored: &[],
};
const SCALING: Keys = Keys {
    kind: "managed scaling",
    read: &[
        "status",
        "targetCapacity",
        "minimumScalingStepSize",
        "maximumScalingStepSize",
        "instanceWarmupPeriod",
    ],
    ignored: &[],
};
const SWITCH: Choices<bool> = &[("ENABLED", true), ("DISABLED", false)];

pub(super) fn provider(reader: &mut Reader, part: Part<'_>) -> Option<CapacityProvider> {
    let object = reader.object(part, PROVIDER)?;
    let name = reader.required(&object, "name", name);
    let group = reader.required(&object, "autoScalingGroupProvider", |r, part| {
        let object = r.object(part, GROUP)?;
        Some((object.clone(), r.required(&object, "autoScalingGroupArn", Reader::text)?))
    });
    let (object, group) = group?;
    let scaling = reader.optional(&object, "managedScaling", scaling).flatten();
    let protection = switch(reader, &object, "managedTerminationProtection", false);
    if let (true, None, Some(part)) =
        (protection, &scaling, object.get("managedTerminationProtection"))
    {
        let title = "managed termination protection needs managed scaling";
        let help = "add `\"managedScaling\": { \"status\": \"ENABLED\" }`";
        reader.wrong(part.span(), title, help);
    }
    Some(CapacityProvider {
        name: name?,
        group,
        scaling,
        termination_protection: protection,
        draining: switch(reader, &object, "managedDraining", true),
        ignored: Vec::new(),
    })
}

fn name(reader: &mut Reader, part: Part<'_>) -> Option<String> {
    let name = reader.text(part)?;
    let lower = name.to_ascii_lowercase();
    if ["aws", "ecs", "fargate"].iter().any(|reserved| lower.starts_with(reserved)) {
        let title = format!("`{name}` cannot be the name of a capacity provider");
        reader.wrong(part.span(), title, "it must not begin with `aws`, `ecs` or `fargate`");
    }
    Some(name)
}

fn switch(reader: &mut Reader, object: &Object<'_>, key: &str, default: bool) -> bool {
    reader.optional(object, key, |r, part| r.choice(part, SWITCH)).unwrap_or(default)
}

/// None where it is disabled.
fn scaling(reader: &mut Reader, part: Part<'_>) -> Option<Option<ManagedScaling>> {
    let object = reader.object(part, SCALING)?;
    let enabled = switch(reader, &object, "status", false);
    let default = ManagedScaling::default();
    let mut number = |key, most, default| {
        reader.optional(&object, key, |r, part| r.whole(part, 1..=most)).unwrap_or(default)
    };
    let found = ManagedScaling {
        target_capacity: number("targetCapacity", 100, default.target_capacity),
        min_step: number("minimumScalingStepSize", 10_000, default.min_step),
        max_step: number("maximumScalingStepSize", 10_000, default.max_step),
        warmup: reader
            .optional(&object, "instanceWarmupPeriod", |r, part| r.whole(part, 0..=10_000))
            .map_or(default.warmup, |seconds| SimDuration::from_secs(u64::from(seconds))),
    };
    if found.min_step > found.max_step {
        let title = "the minimum step of scaling is larger than the maximum";
        reader.wrong(part.span(), title, "raise the one, or lower the other");
    }
    Some(enabled.then_some(found))
}
