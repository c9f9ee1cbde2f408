//! The rule of placement, plainly: a look at every instance.
//!
//! It is what the [index](super::index) must agree with, and is used where there is none.

use std::collections::BTreeMap;

use super::{Demand, Field, Instance, Strategy};
use crate::engine::Stream;

/// The instance for a task, if any takes it.
pub(super) fn choose(
    instances: &BTreeMap<u32, Instance>,
    demand: &Demand,
    stream: &mut Stream,
) -> Option<u32> {
    let mut best: Vec<u32> = Vec::new();
    best.extend(
        instances.iter().filter(|(_, one)| one.refusal(demand).is_none()).map(|(id, _)| id),
    );
    // attributes by which tasks were spread so far
    let mut spread: Vec<&str> = Vec::new();
    for strategy in &demand.strategies {
        let tasks = |id: u32| instances[&id].tasks_of(&demand.group);
        match strategy {
            Strategy::Random if best.is_empty() => return None,
            Strategy::Random => return Some(best[stream.below(best.len())]),
            Strategy::Binpack(resource) => {
                keep_least(&mut best, |id| resource.left(instances[&id].left()));
            }
            Strategy::Spread(Field::Instance) => keep_least(&mut best, tasks),
            Strategy::Spread(Field::Attribute(name)) => {
                spread.push(name);
                let values = |id: u32| -> Vec<Option<&str>> {
                    spread.iter().map(|name| instances[&id].attribute(name)).collect()
                };
                let mut counts: BTreeMap<_, u32> = BTreeMap::new();
                for &id in instances.keys() {
                    *counts.entry(values(id)).or_default() += tasks(id);
                }
                keep_least(&mut best, |id| counts[&values(id)]);
            }
        }
    }
    best.first().copied()
}

/// Keeps those of which a number is least.
fn keep_least(ids: &mut Vec<u32>, number: impl Fn(u32) -> u32) {
    let least = ids.iter().map(|&id| number(id)).min();
    ids.retain(|&id| Some(number(id)) == least);
}
