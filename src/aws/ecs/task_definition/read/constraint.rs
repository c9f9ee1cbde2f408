//! Placement constraints, which task definitions and services have alike.

use crate::aws::ecs::placement::Constraint;
use crate::aws::ecs::query::Query;
use crate::aws::ecs::reader::{Choices, Keys, Reader};
use crate::aws::json::{Object, Part};

const CONSTRAINT: Keys =
    Keys { kind: "a placement constraint", read: &["type", "expression"], ignored: &[] };
/// Most constraints of a task definition or a service, by the quotas.
const MOST: usize = 10;

/// What `type` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Distinct,
    Member,
}

const MEMBER: Choices<Kind> = &[("memberOf", Kind::Member)];
const EITHER: Choices<Kind> = &[("distinctInstance", Kind::Distinct), ("memberOf", Kind::Member)];

/// Those of a task definition, which knows only `memberOf`.
pub(in crate::aws::ecs) fn constraints(
    reader: &mut Reader,
    object: &Object<'_>,
) -> Vec<Constraint> {
    several(reader, object, MEMBER)
}

/// Those of a service or of `run-task`.
pub(in crate::aws::ecs) fn distinct_or_member(
    reader: &mut Reader,
    object: &Object<'_>,
) -> Vec<Constraint> {
    several(reader, object, EITHER)
}

fn several(reader: &mut Reader, object: &Object<'_>, kinds: Choices<Kind>) -> Vec<Constraint> {
    const KEY: &str = "placementConstraints";
    let found = reader.each(object, KEY, |reader, part| constraint(reader, part, kinds));
    if let Some(part) = object.get(KEY).filter(|_| found.len() > MOST) {
        let title = format!("there are {} placement constraints", found.len());
        reader.wrong(part.span(), title, format!("there may be {MOST}: join some by `and`"));
    }
    found
}

fn constraint(reader: &mut Reader, part: Part<'_>, kinds: Choices<Kind>) -> Option<Constraint> {
    let object = reader.object(part, CONSTRAINT)?;
    let kind = reader.required(&object, "type", |reader, part| reader.choice(part, kinds))?;
    match (kind, object.get("expression")) {
        (Kind::Distinct, None) => Some(Constraint::DistinctInstance),
        (Kind::Distinct, Some(part)) => {
            let title = "`distinctInstance` has no expression";
            reader.wrong(part.span(), title, "leave it out, or write `\"type\": \"memberOf\"`");
            None
        }
        (Kind::Member, None) => {
            let part = object.get("type")?;
            let help = "add one such as `\"attribute:ecs.instance-type =~ m5.*\"`";
            reader.wrong(part.span(), "`memberOf` needs an `expression`, which is missing", help);
            None
        }
        (Kind::Member, Some(part)) => expression(reader, part).map(Constraint::MemberOf),
    }
}

/// An expression, whose mistakes are marked within its string.
fn expression(reader: &mut Reader, part: Part<'_>) -> Option<Query> {
    let text = reader.noted(part.text())?;
    Query::parse(&text)
        .map_err(|error| {
            let span = part.span();
            // with escapes in it, the string is longer than the expression
            let plain = span.len() == text.len() + 2;
            let start = span.start + 1;
            let inside = start + error.at.start..(start + error.at.end).max(start + 1);
            let at = if plain && !inside.is_empty() { inside } else { span };
            reader.wrong(at, error.title, error.help);
        })
        .ok()
}
