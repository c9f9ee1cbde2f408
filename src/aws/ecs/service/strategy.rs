//! Placement strategies of services and of `run-task`.

use crate::aws::ecs::placement::{Field, Resource, Strategy};
use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::json::{Object, Part};

const KEY: &str = "placementStrategy";
const STRATEGY: Keys =
    Keys { kind: "a placement strategy", read: &["type", "field"], ignored: &[] };
/// Most strategies, by the quotas.
const MOST: usize = 5;

#[derive(Clone, Copy)]
enum Kind {
    Random,
    Spread,
    Binpack,
}

const KINDS: Choices<Kind> =
    &[("random", Kind::Random), ("spread", Kind::Spread), ("binpack", Kind::Binpack)];
const RESOURCES: Choices<Resource> = &[
    ("cpu", Resource::Cpu),
    ("memory", Resource::Memory),
    ("CPU", Resource::Cpu),
    ("MEMORY", Resource::Memory),
];

/// Reads `placementStrategy`.
pub(super) fn strategies(reader: &mut Reader, object: &Object<'_>) -> Vec<Strategy> {
    let found = reader.each(object, KEY, strategy);
    if let Some(part) = object.get(KEY).filter(|_| found.len() > MOST) {
        let title = format!("there are {} placement strategies", found.len());
        reader.wrong(part.span(), title, format!("there may be {MOST}"));
    }
    found
}

fn strategy(reader: &mut Reader, part: Part<'_>) -> Option<Strategy> {
    let object = reader.object(part, STRATEGY)?;
    let kind = reader.required(&object, "type", |reader, part| reader.choice(part, KINDS))?;
    let field = object.get("field");
    match (kind, field) {
        (Kind::Random, None) => Some(Strategy::Random),
        (Kind::Random, Some(part)) => {
            reader.wrong(part.span(), "`random` has no field", "leave it out");
            None
        }
        (Kind::Binpack, None) | (Kind::Spread, None) => {
            let (kind, example) = match kind {
                Kind::Binpack => ("binpack", "memory"),
                _ => ("spread", "attribute:ecs.availability-zone"),
            };
            let title = format!("`{kind}` needs a `field`, which is missing");
            let part = object.get("type")?;
            reader.wrong(part.span(), title, format!("add `\"field\": \"{example}\"`"));
            None
        }
        (Kind::Binpack, Some(_)) => reader
            .optional(&object, "field", |reader, part| reader.choice(part, RESOURCES))
            .map(Strategy::Binpack),
        (Kind::Spread, Some(_)) => {
            reader.optional(&object, "field", field_of_spread).map(Strategy::Spread)
        }
    }
}

fn field_of_spread(reader: &mut Reader, part: Part<'_>) -> Option<Field> {
    let text = reader.text(part)?;
    if ["instanceId", "host"].contains(&text.as_str()) {
        return Some(Field::Instance);
    }
    match text.strip_prefix("attribute:") {
        Some(name) if !name.is_empty() => Some(Field::Attribute(name.to_owned())),
        _ => {
            let title = format!("tasks cannot be spread by `{text}`");
            let help = match text.as_str() {
                "cpu" | "memory" => "they can be packed by it: `\"type\": \"binpack\"`".to_owned(),
                _ => format!("write `instanceId`, or an attribute: `attribute:{text}`"),
            };
            reader.wrong(part.span(), title, help);
            None
        }
    }
}
