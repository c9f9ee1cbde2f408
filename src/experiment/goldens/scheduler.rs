//! Cases of the scheduler: a cluster, pods in order, and every attempt of the real one.
//!
//! Compared at each attempt are the feasible nodes, the first rejection of every other one, the raw
//! and normalised scores of each plugin, sums, ties, the choice, what preemption found and the
//! volumes bound; at the end, where all pods are.

mod case;
mod compare;
mod expected;
mod replay;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{GoldenError, Half, Outcome};
use crate::kubernetes::api::{self, Origin, scheduler_configuration};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::read;
use case::Case;
use expected::Expected;
use replay::{Recorded, Replay};

/// Replays a case.
pub(super) fn run(name: &str, case: &Half, result: &Half) -> Result<Outcome, GoldenError> {
    let mut read: Case = case.parse()?;
    let expected: Expected = result.parse()?;
    let mut cluster = Cluster::new();
    for (index, value) in read.objects.iter().enumerate() {
        match api::from_stored(value) {
            Some(object) => read::add_object(&mut cluster, &object),
            // what depends on an object of another kind shows as a difference
            None if !is_read(value) => {}
            None => {
                let place = format!("objects[{index}]");
                let problem = "it is not what an object of its kind and version should be";
                return Err(case.malformed(&place, problem));
            }
        }
    }
    check_places(&read, case)?;
    let profile = profile(&read, case, &mut cluster)?;
    let mut replay = Replay::new(&mut read, cluster, profile);
    let mut outcome = Outcome::default();
    let mut recorded = expected.attempts.iter();
    replay.play(&mut read, |cluster, done| {
        let Some(expected) = recorded.next() else {
            outcome.count(Some(format!("{name}: {} was tried once more", done.pod)));
            return Recorded::default();
        };
        let sequence = outcome.attempts;
        let different = compare::difference(cluster, expected, done);
        outcome.count(
            different.map(|text| format!("{name}, attempt {sequence} ({}): {text}", expected.pod)),
        );
        let preemption = expected.preemption.as_ref();
        Recorded {
            chosen: expected.chosen.clone(),
            nominated: preemption.and_then(|one| one.nominated_node.clone()),
            victims: preemption.map(|one| one.victims.clone()).unwrap_or_default(),
        }
    });
    for missing in recorded {
        outcome.count(Some(format!("{name}: {} was not tried any more", missing.pod)));
    }
    if replay.placements() != expected.final_placements {
        outcome.spoil(format!("{name}: pods are not where they should be at the end"));
    }
    Ok(outcome)
}

/// Whether a value says that it is of a kind that is read.
fn is_read(value: &Value) -> bool {
    let kind = value.get("kind").and_then(Value::as_str);
    kind.is_none_or(|kind| api::KINDS.iter().any(|known| known.name == kind))
}

/// Pods that are bound from the start have to be on nodes that are there.
fn check_places(read: &Case, case: &Half) -> Result<(), GoldenError> {
    let names: BTreeSet<&str> =
        read.nodes.iter().filter_map(|node| node.metadata.name.as_deref()).collect();
    for (index, pod) in read.bound_pods.iter().enumerate() {
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        if node.is_none_or(|node| !names.contains(node)) {
            let place = format!("boundPods[{index}].spec.nodeName");
            let problem = format!("`{}` is none of the nodes", node.unwrap_or_default());
            return Err(case.malformed(&place, problem));
        }
    }
    Ok(())
}

/// The profile that a case configures, or the default one.
fn profile(read: &Case, case: &Half, cluster: &mut Cluster) -> Result<Profile, GoldenError> {
    let Some(value) = &read.scheduler_configuration else { return Ok(Profile::default()) };
    let origin = Origin::file("schedulerConfiguration");
    let malformed = |problem: String| case.malformed("schedulerConfiguration", problem);
    let configuration = scheduler_configuration::from_value(value, &origin)
        .map_err(|errors| malformed(errors.to_string()))?;
    let profile = configuration.profile("default-scheduler");
    let profile = profile.ok_or_else(|| malformed("there is no default-scheduler".to_owned()))?;
    Ok(Profile::from_configuration(profile, cluster))
}
