//! Revisions of task definitions, and the names by which services and calls mean them.

use super::TaskDefinition;

/// The place of the revision that a name means: `web` the last of the family, `web:3`, or the ARN
/// of either.
///
/// A definition that does not say its number has the next one of its family.
pub fn find(all: &[TaskDefinition], name: &str) -> Option<usize> {
    let wanted = number(name)?;
    let mut last = 0;
    let mut found = None;
    let of_family = |(_, it): &(usize, &TaskDefinition)| it.family == family(name);
    for (place, definition) in all.iter().enumerate().filter(of_family) {
        let this = definition.revision.unwrap_or(last + 1);
        last = last.max(this);
        if wanted.map_or(this == last, |wanted| this == wanted) {
            found = Some(place);
        }
    }
    found
}

/// The family in a name such as `web`, `web:3` or
/// `arn:aws:ecs:us-east-1:123:task-definition/web:3`.
pub fn family(name: &str) -> &str {
    short(name).split_once(':').map_or(short(name), |(family, _)| family)
}

/// The number in a name, if it has one; nothing where that is no number.
fn number(name: &str) -> Option<Option<u32>> {
    match short(name).split_once(':') {
        None => Some(None),
        Some((_, number)) => number.parse().ok().map(Some),
    }
}

fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
