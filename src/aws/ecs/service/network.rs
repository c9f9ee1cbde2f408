//! Subnets and security groups of tasks that have a network interface of their own.

use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::json::{Object, Part};

/// Where the interfaces of tasks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Subnets, of which each is in a zone.
    pub subnets: Vec<String>,
    /// Security groups; the default one of the VPC where there are none.
    pub security_groups: Vec<String>,
    /// Whether they have public addresses.
    pub public_ip: bool,
}

const OUTER: Keys =
    Keys { kind: "a network configuration", read: &["awsvpcConfiguration"], ignored: &[] };
const INNER: Keys = Keys {
    kind: "an awsvpc configuration",
    read: &["subnets", "securityGroups", "assignPublicIp"],
    ignored: &[],
};
const SWITCH: Choices<bool> = &[("ENABLED", true), ("DISABLED", false)];
/// By the quotas.
const MOST_SUBNETS: usize = 16;
const MOST_GROUPS: usize = 5;

/// Reads `networkConfiguration`.
pub(super) fn network(reader: &mut Reader, object: &Object<'_>) -> Option<Network> {
    reader.optional(object, "networkConfiguration", |reader, part| {
        let outer = reader.object(part, OUTER)?;
        reader.required(&outer, "awsvpcConfiguration", inner)
    })
}

fn inner(reader: &mut Reader, part: Part<'_>) -> Option<Network> {
    let object = reader.object(part, INNER)?;
    reader.noted(object.required("subnets"));
    let network = Network {
        subnets: reader.texts(&object, "subnets"),
        security_groups: reader.texts(&object, "securityGroups"),
        public_ip: reader
            .optional(&object, "assignPublicIp", |r, part| r.choice(part, SWITCH))
            .unwrap_or(false),
    };
    let counts = [
        ("subnets", network.subnets.len(), MOST_SUBNETS),
        ("securityGroups", network.security_groups.len(), MOST_GROUPS),
    ];
    for (key, count, most) in counts {
        let Some(part) = object.get(key) else { continue };
        if count > most {
            let title = format!("there are {count} `{key}`, and there may be {most}");
            reader.wrong(part.span(), title, "leave some out");
        }
        if key == "subnets" && part.list().is_ok_and(|parts| parts.is_empty()) {
            reader.wrong(part.span(), "there are no subnets", "name at least one");
        }
    }
    Some(network)
}
