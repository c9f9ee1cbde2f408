//! Which task of a service stops when it gets smaller.
//!
//! Strategies are followed backwards: `binpack` stops a task where most of the resource would be
//! left, `spread` one of those that are most together, and any of these; without strategies a
//! service stops one in the zone with most of its tasks, there on the instance with most of them.
//! Protected tasks stay. (Amazon ECS Developer Guide, "Amazon ECS services" and "Task placement
//! strategies".) Where that leaves several tasks and no `spread` or `random` was asked for, the
//! youngest stops.

use std::collections::BTreeMap;

use super::{Field, Fleet, InstanceId, Left, Need, Resource, Strategy};
use crate::engine::Stream;

/// A task of the service that is meant to run.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// Its number; younger tasks have higher ones.
    pub task: u32,
    /// Where it is; none on Fargate, and before it is placed.
    pub instance: Option<InstanceId>,
    /// Its zone, on Fargate.
    pub zone: Option<&'a str>,
    /// What it gives back.
    pub need: &'a Need,
    /// Whether it is protected from stopping.
    pub protected: bool,
}

/// The task to stop next, as a place among `tasks`; none where all are protected.
pub fn next_to_stop(
    fleet: &Fleet,
    strategies: &[Strategy],
    tasks: &[Running<'_>],
    stream: &mut Stream,
) -> Option<usize> {
    let default = Strategy::of_services();
    let followed = if strategies.is_empty() { &default } else { strategies };
    let mut best: Vec<usize> = (0..tasks.len()).filter(|&at| !tasks[at].protected).collect();
    let mut any = false;
    // how much tasks have in common, for each of the tasks, by what they were spread so far
    let mut spread: Vec<&str> = Vec::new();
    for strategy in followed {
        match strategy {
            Strategy::Random => any = true,
            Strategy::Binpack(resource) => {
                keep_most(&mut best, |at| after(fleet, &tasks[at], *resource));
            }
            Strategy::Spread(Field::Instance) => {
                any = true;
                let counts = count(tasks.iter().map(|task| task.instance));
                keep_most(&mut best, |at| counts[&tasks[at].instance]);
            }
            Strategy::Spread(Field::Attribute(name)) => {
                any = true;
                spread.push(name);
                let values = |task: &Running<'_>| -> Vec<Option<String>> {
                    spread.iter().map(|name| value(fleet, task, name)).collect()
                };
                let counts = count(tasks.iter().map(values));
                keep_most(&mut best, |at| counts[&values(&tasks[at])]);
            }
        }
    }
    match best.len() {
        0 => None,
        count if any && !strategies.is_empty() => Some(best[stream.below(count)]),
        _ => best.into_iter().max_by_key(|&at| tasks[at].task),
    }
}

/// What the task's instance has left of a resource once it is gone.
fn after(fleet: &Fleet, task: &Running<'_>, resource: Resource) -> u32 {
    let instance = task.instance.and_then(|id| fleet.get(id));
    let left = instance.map_or(Left::default(), |instance| instance.left());
    resource.left(left.with(task.need))
}

fn value(fleet: &Fleet, task: &Running<'_>, name: &str) -> Option<String> {
    let instance = task.instance.and_then(|id| fleet.get(id));
    let value = match instance {
        Some(instance) => instance.attribute(name),
        None => task.zone.filter(|_| name == super::ZONE),
    };
    value.map(str::to_owned)
}

fn count<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

/// Keeps those of which a number is greatest.
fn keep_most(places: &mut Vec<usize>, number: impl Fn(usize) -> u32) {
    let most = places.iter().map(|&at| number(at)).max();
    places.retain(|&at| Some(number(at)) == most);
}
