//! Where an attempt differs from the recorded one, stage by stage.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::expected::{self, Group};
use super::replay::Done;
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::filters::Refusal;
use crate::kubernetes::scheduler::framework::Code;
use crate::kubernetes::scheduler::node::NodeId;

/// A node's first rejection: plugin, code, reasons.
type Why = (String, &'static str, Vec<String>);

/// The first difference between what was done and what was recorded, if there is one.
pub(super) fn difference(
    cluster: &Cluster,
    expected: &expected::Attempt,
    done: &Done,
) -> Option<String> {
    let checks = [identity, prefilter, feasible, infeasible, scores, choice, preemption];
    checks.iter().find_map(|check| check(cluster, expected, done))
}

fn unequal<T: PartialEq + Debug>(what: &str, expected: &T, found: &T) -> Option<String> {
    (expected != found).then(|| format!("{what}: expected {expected:?}, got {found:?}"))
}

/// The name of a node, if there is one of this number.
fn name(cluster: &Cluster, node: u32) -> String {
    let known = cluster.get_node(NodeId(node)).map(|node| node.spec.name.to_string());
    known.unwrap_or_else(|| format!("number {node}, which is not there"))
}

fn alive(cluster: &Cluster) -> Vec<u32> {
    cluster.nodes().map(|node| node.id.0).collect()
}

fn identity(_: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    unequal("pod", &expected.pod, &done.pod)
        .or_else(|| unequal("attempt", &expected.attempt, &done.number))
        .or_else(|| unequal("nominated before", &expected.nominated_before, &done.nominated_before))
}

fn prefilter(_: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let wanted = expected.pre_filter.as_ref().map(|group| recorded(group));
    let found = done.attempt.refused.as_ref().map(why);
    unequal("PreFilter", &wanted, &found)
}

fn recorded(group: &Group) -> Why {
    let code = match group.code.as_str() {
        "Unschedulable" => "Unschedulable",
        _ => "UnschedulableAndUnresolvable",
    };
    (group.plugin.clone(), code, group.reasons.clone())
}

fn why(refusal: &Refusal) -> Why {
    let code = match refusal.rejection.code {
        Code::Unschedulable => "Unschedulable",
        Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
    };
    let reasons = refusal.rejection.reasons.iter().map(ToString::to_string).collect();
    let plugin = refusal.plugin.map_or("", |plugin| plugin.name());
    (plugin.to_owned(), code, reasons)
}

fn feasible(cluster: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let wanted = expected.feasible.expand(&alive(cluster));
    let found: Vec<u32> = done.attempt.feasible.iter().map(|node| node.0).collect();
    if wanted == found {
        return None;
    }
    let only =
        |these: &[u32], those: &[u32]| these.iter().copied().find(|node| !those.contains(node));
    if let Some(node) = only(&wanted, &found) {
        let refused = done.attempt.infeasible.iter().find(|(refused, _)| refused.0 == node);
        let why = refused.map(|(_, refusal)| why(refusal));
        return Some(format!("node {}: expected feasible, got {why:?}", name(cluster, node)));
    }
    let Some(node) = only(&found, &wanted) else {
        return unequal("feasible nodes", &wanted, &found);
    };
    let group = expected
        .infeasible
        .iter()
        .find(|group| group.nodes.expand(&alive(cluster)).contains(&node));
    let name = name(cluster, node);
    Some(format!("node {name}: expected {:?}, got feasible", group.map(recorded)))
}

fn infeasible(cluster: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let alive = alive(cluster);
    let mut wanted: BTreeMap<u32, Why> = BTreeMap::new();
    for group in &expected.infeasible {
        let nodes = group.nodes.expand(&alive);
        wanted.extend(nodes.into_iter().map(|node| (node, recorded(group))));
    }
    let found: BTreeMap<u32, Why> =
        done.attempt.infeasible.iter().map(|(node, refusal)| (node.0, why(refusal))).collect();
    let nodes = wanted.keys().chain(found.keys());
    nodes.into_iter().find_map(|node| {
        let name = name(cluster, *node);
        unequal(&format!("node {name}"), &wanted.get(node), &found.get(node))
    })
}

fn scores(cluster: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let nodes = &done.attempt.feasible;
    let wanted: Vec<&str> = expected.scores.keys().map(String::as_str).collect();
    let mut found: Vec<&str> = done.attempt.scores.iter().map(|one| one.plugin.name()).collect();
    found.sort_unstable();
    if let Some(different) = unequal("plugins that score", &wanted, &found) {
        return Some(different);
    }
    for (name, score) in &expected.scores {
        let (raw, normalised) = score.expand(nodes.len());
        let own = done.attempt.scores.iter().find(|one| one.plugin.name() == name)?;
        let stages = [("raw", raw, &own.raw), ("normalised", normalised, &own.normalised)];
        for (stage, wanted, found) in stages {
            let different =
                first_unequal(cluster, nodes, &format!("{name} {stage}"), &wanted, found);
            if different.is_some() {
                return different;
            }
        }
    }
    let totals = expected.total.as_ref().map(|total| total.expand(nodes.len())).unwrap_or_default();
    first_unequal(cluster, nodes, "total", &totals, &done.attempt.totals)
}

fn first_unequal(
    cluster: &Cluster,
    nodes: &[NodeId],
    what: &str,
    expected: &[i64],
    found: &[i64],
) -> Option<String> {
    if expected.len() != found.len() {
        return unequal(&format!("{what}: number of nodes"), &expected.len(), &found.len());
    }
    let place = expected.iter().zip(found).position(|(expected, found)| expected != found)?;
    let node = name(cluster, nodes[place].0);
    unequal(&format!("{what}, node {node}"), &expected[place], &found[place])
}

fn choice(cluster: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let mut ties = Vec::new();
    if !done.attempt.totals.is_empty() {
        ties = done.attempt.best().iter().map(|node| node.0).collect();
    }
    let feasible = expected.feasible.expand(&alive(cluster));
    unequal("ties", &expected.ties.expand(&feasible), &ties)
        .or_else(|| unequal("chosen", &expected.chosen, &done.chosen))
        .or_else(|| unequal("volumes bound", &expected.volumes_bound, &done.volumes))
}

fn preemption(_: &Cluster, expected: &expected::Attempt, done: &Done) -> Option<String> {
    let (wanted, found) = match (&expected.preemption, &done.preemption) {
        (None, None) => return None,
        (Some(wanted), Some(found)) => (wanted, found),
        (wanted, found) => {
            return unequal("preemption tried", &wanted.is_some(), &found.is_some());
        }
    };
    unequal("preemption: eligible", &wanted.eligible, &found.eligible)
        .or_else(|| unequal("preemption: candidates", &wanted.candidates, &found.candidates))
        .or_else(|| unequal("preemption: ties", &wanted.ties, &found.ties))
        .or_else(|| unequal("preemption: node", &wanted.nominated_node, &found.nominated_node))
        .or_else(|| unequal("preemption: victims", &wanted.victims, &found.victims))
        .or_else(|| {
            let (wanted, found) = (wanted.retry_before_queue_index, found.retry_before_queue_index);
            unequal("preemption: tried again before", &wanted, &found)
        })
        .or_else(|| {
            let (wanted, found) = (&wanted.cleared_nominations, &found.cleared_nominations);
            unequal("preemption: nominations cleared", wanted, found)
        })
}
