//! Cases of the Cluster Autoscaler: a cluster, its node groups, and what one scan or many decided.
//!
//! Of a scale-up are compared the pods that would find a place by themselves, what each group could
//! do, which options each expander likes best, the plan, and the pods that are beyond help. Of a
//! scale-down, at each scan: how much of each node is requested, which are not needed, which cannot
//! be removed and why, and which could be deleted. Nothing is deleted; scans go on.

mod case;
mod expected;
mod shown;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::{GoldenError, Half, Outcome};
use crate::engine::SimTime;
use crate::kubernetes::autoscale::cluster_autoscaler::{
    ClusterAutoscaler, Decisions, Expander, Expansion, PendingPod, Shown, Ties, Unremovable,
};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::pod::PodId;
use crate::kubernetes::scheduler::profile::Profile;
use crate::kubernetes::scheduler::resources::ResourceKind;
use case::{Case, Loop};
use expected::{ExpectedScaleUp, ExpectedStep, ExpectedSteps};
use shown::World;

/// When the only scan of a scale-up is, and how long before the first of a scale-down pods were
/// created, in seconds.
const START: u64 = 3_600;

/// Replays a case.
pub(super) fn run(name: &str, case: &Half, result: &Half) -> Result<Outcome, GoldenError> {
    let read: Case = case.parse()?;
    let mut outcome = Outcome::default();
    let Some(loops) = &read.loops else {
        let expected: ExpectedScaleUp = result.parse()?;
        let decided = scale_up(&read, case)?;
        let different = scale_up_difference(&expected, &decided);
        outcome.count(different.map(|text| format!("{name}: {text}")));
        return Ok(outcome);
    };
    let expected: ExpectedSteps = result.parse()?;
    let steps = scale_down(&read, loops, case)?;
    if steps.len() != expected.steps.len() {
        let (own, other) = (expected.steps.len(), steps.len());
        let problem = format!("there are {own} steps, and {other} loops in the case");
        return Err(result.malformed("steps", problem));
    }
    for (number, (expected, step)) in expected.steps.iter().zip(&steps).enumerate() {
        let different = step_difference(expected, step);
        let place = format!("{name}, step {number} (t = {})", expected.t);
        outcome.count(different.map(|text| format!("{place}: {text}")));
    }
    Ok(outcome)
}

/// The one scan of a scale-up.
fn scale_up(read: &Case, case: &Half) -> Result<ExpectedScaleUp, GoldenError> {
    let mut world = World::new(read, case)?;
    let pending: Vec<PendingPod> = read
        .pending
        .iter()
        .map(|pod| PendingPod { pod: world.add_pod(pod.clone(), None), nominated: None })
        .collect();
    let mut autoscaler = ClusterAutoscaler::new(read.settings(), Ties::Name);
    let World { mut cluster, groups, view } = world;
    let profile = Profile::default();
    let shown = Shown { profile: &profile, groups: &groups, view: &view, pending: &pending };
    let now = SimTime::from_nanos(START * 1_000_000_000);
    let decided = autoscaler.scan(now, &mut cluster, &shown);
    let names = |pods: &[PodId]| {
        let mut names: Vec<String> =
            pods.iter().map(|&pod| cluster.pod(pod).name().to_owned()).collect();
        names.sort();
        names
    };
    let group = |option: &Expansion| groups[option.group.index()].name.to_string();
    let Decisions { schedulable, scale_up, .. } = decided;
    let mut options: Vec<expected::Choice> = scale_up
        .options
        .iter()
        .map(|option| {
            let similar = option.similar.iter().map(|id| groups[id.index()].name.to_string());
            let mut similar_groups: Vec<String> = similar.collect();
            similar_groups.sort();
            let pods = names(&option.pods);
            expected::Choice {
                group: group(option),
                node_count: option.nodes,
                pods,
                similar_groups,
            }
        })
        .collect();
    options.sort_by(|left, right| left.group.cmp(&right.group));
    let nodes = cluster.node_count();
    let expanders = [
        ("least-nodes", Expander::LeastNodes),
        ("least-waste", Expander::LeastWaste),
        ("most-pods", Expander::MostPods),
    ];
    let expanders = expanders.into_iter().map(|(name, expander)| {
        let best = expander.best(&scale_up.options, &groups, nodes).into_iter();
        let mut best: Vec<String> = best.map(|place| group(&scale_up.options[place])).collect();
        best.sort();
        (name.to_owned(), best)
    });
    let expanders: BTreeMap<String, Vec<String>> = expanders.collect();
    let resized = scale_up.plan.iter().map(|resize| {
        format!("{}:{}->{}", groups[resize.group.index()].name, resize.from, resize.to)
    });
    let mut plan: Vec<String> = resized.collect();
    plan.sort();
    Ok(ExpectedScaleUp {
        schedulable_on_existing: names(&schedulable),
        expanders: if options.is_empty() { BTreeMap::new() } else { expanders },
        options,
        plan,
        pods_remain_unschedulable: names(&scale_up.remaining),
    })
}

fn unequal<T: PartialEq + Debug>(what: &str, expected: &T, found: &T) -> Option<String> {
    (expected != found).then(|| format!("{what}: expected {expected:?}, got {found:?}"))
}

fn scale_up_difference(expected: &ExpectedScaleUp, decided: &ExpectedScaleUp) -> Option<String> {
    let (wanted, found) = (expected, decided);
    let names = |of: &ExpectedScaleUp| {
        of.options.iter().map(|option| option.group.clone()).collect::<Vec<_>>()
    };
    let there = (&wanted.schedulable_on_existing, &found.schedulable_on_existing);
    let options = || wanted.options.iter().zip(&found.options);
    let lost = (&wanted.pods_remain_unschedulable, &found.pods_remain_unschedulable);
    // a case without options may be without expanders
    let expanders = || wanted.expanders.iter().filter(|(_, best)| !best.is_empty());
    unequal("schedulable on existing nodes", there.0, there.1)
        .or_else(|| unequal("groups with an option", &names(wanted), &names(found)))
        .or_else(|| options().find_map(|(wanted, found)| unequal("option", wanted, found)))
        .or_else(|| {
            expanders()
                .find_map(|(name, best)| unequal(name, &Some(best), &found.expanders.get(name)))
        })
        .or_else(|| unequal("plan", &wanted.plan, &found.plan))
        .or_else(|| unequal("beyond help", lost.0, lost.1))
}

/// All scans of a scale-down.
fn scale_down(read: &Case, loops: &[Loop], case: &Half) -> Result<Vec<ExpectedStep>, GoldenError> {
    let mut world = World::new(read, case)?;
    let mut autoscaler = ClusterAutoscaler::new(read.settings(), Ties::Name);
    let profile = Profile::default();
    let mut steps = Vec::new();
    for (number, turn) in loops.iter().enumerate() {
        for name in &turn.remove_pods {
            world.remove_pod(name);
        }
        for (place, pod) in turn.add_pods.iter().enumerate() {
            let place = format!("loops[{number}].addPods[{place}]");
            world.add_bound_pod(pod.clone(), case, &place)?;
        }
        let now = SimTime::from_nanos((START + turn.t) * 1_000_000_000);
        let World { cluster, groups, view } = &mut world;
        let shown = Shown { profile: &profile, groups, view, pending: &[] };
        for deletion in autoscaler.scan(now, cluster, &shown).delete {
            autoscaler.deletion_failed(deletion.node, now);
        }
        let removable = autoscaler.removable(now, &shown);
        steps.push(step(turn.t, &world, &autoscaler, &removable));
    }
    Ok(steps)
}

/// What a scan found out, as it is recorded.
fn step(
    t: u64,
    world: &World,
    autoscaler: &ClusterAutoscaler,
    removable: &[NodeId],
) -> ExpectedStep {
    let planner = autoscaler.planner();
    let name = |node: NodeId| world.cluster.node(node).spec.name.to_string();
    let pods = |node: &NodeId| &planner.unneeded()[node].pods;
    let names = |nodes: &mut dyn Iterator<Item = NodeId>| {
        let mut names: Vec<String> = nodes.map(name).collect();
        names.sort();
        names
    };
    let (empty, drain): (Vec<NodeId>, Vec<NodeId>) =
        removable.iter().partition(|node| pods(node).is_empty());
    let utilization = planner.utilization().iter().map(|(&node, found)| {
        let resource = match found.resource {
            ResourceKind::Cpu => "cpu",
            ResourceKind::Memory => "memory",
            other => world.cluster.resource_name(other),
        };
        (name(node), format!("{resource} {:.6}", found.share))
    });
    let unremovable = planner.unremovable().iter().map(|(&node, &why)| {
        let reason = match why {
            Unremovable::BlockedByPod(pod) => {
                format!("{}:{}", why.name(), world.cluster.pod(pod).name())
            }
            _ => why.name().to_owned(),
        };
        (name(node), reason)
    });
    ExpectedStep {
        t,
        utilization: utilization.collect(),
        unneeded: names(&mut planner.unneeded().keys().copied()),
        unremovable: unremovable.collect(),
        removable_empty: names(&mut empty.into_iter()),
        removable_drain: names(&mut drain.into_iter()),
    }
}

fn step_difference(expected: &ExpectedStep, decided: &ExpectedStep) -> Option<String> {
    let (wanted, found) = (expected, decided);
    unequal("time", &wanted.t, &found.t)
        .or_else(|| unequal("utilization", &wanted.utilization, &found.utilization))
        .or_else(|| unequal("unneeded", &wanted.unneeded, &found.unneeded))
        .or_else(|| unequal("unremovable", &wanted.unremovable, &found.unremovable))
        .or_else(|| unequal("removable, empty", &wanted.removable_empty, &found.removable_empty))
        .or_else(|| unequal("removable, drained", &wanted.removable_drain, &found.removable_drain))
}
