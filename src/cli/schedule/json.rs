//! The answer as JSON: everything, however much it is.

use serde_json::{Value, json};

use super::csv::{messages, node, status};
use super::nodes::{Share, loads, resources};
use super::placements::name;
use crate::experiment::what_if::{
    Answer, Explained, Explanation, Headroom, Settings, Source, Ties,
};
use crate::kubernetes::api::Skipped;
use crate::kubernetes::scheduler::cycle::Attempt;
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::scores::PluginScores;

/// Counts up when the meaning of a field changes.
const SCHEMA_VERSION: u32 = 1;

/// The whole answer.
pub(super) fn render(answer: &Answer, settings: &Settings, skipped: &[Skipped]) -> String {
    let (tie_break, seed) = match settings.ties {
        Ties::Name => ("name", None),
        Ties::Heap => ("heap", None),
        Ties::Random(seed) => ("random", Some(seed)),
    };
    let skipped = skipped.iter().map(|one| {
        json!({ "kind": one.kind, "api_version": one.api_version, "name": one.name,
            "file": &*one.origin.file })
    });
    let headroom = answer.headroom.iter().map(|one| more(answer, one));
    let explanations = answer.explanations.iter().map(|one| explanation(answer, one));
    let whole = json!({
        "schema_version": SCHEMA_VERSION,
        "tie_break": tie_break,
        "seed": seed,
        "preemption": settings.preemption,
        "read": {
            "nodes": answer.cluster.node_count(),
            "running": answer.seen.running,
            "pending": answer.seen.pending,
            "completed": answer.seen.completed,
            "skipped": skipped.collect::<Vec<_>>(),
            "notes": answer.seen.notes,
        },
        "pods": pods(answer),
        "evictions": evictions(answer),
        "pending": pending(answer),
        "nodes": nodes(answer),
        "headroom": headroom.collect::<Vec<_>>(),
        "explanations": explanations.collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn pods(answer: &Answer) -> Vec<Value> {
    let messages = messages(answer);
    let shown = answer.pods.iter().zip(messages);
    let shown = shown.filter(|(entry, _)| entry.asked || entry.evicted_from.is_some());
    let pods = shown.map(|(entry, message)| {
        let (namespace, pod) = entry.key.split_once('/').unwrap_or(("", &entry.key));
        let workload = answer.workloads.get(entry.workload);
        let owner = json!({ "kind": workload.kind, "name": workload.name });
        json!({
            "namespace": namespace,
            "name": pod,
            "workload": if workload.is_bare() { Value::Null } else { owner },
            "priority": entry.priority,
            "scheduler": entry.scheduler,
            "from": if entry.source == Source::Cluster { "cluster" } else { "pods" },
            "status": status(entry.place),
            "node": node(answer, entry.place),
            "evicted_from": entry.evicted_from.map(|node| name(answer, node)),
            "message": if message.is_empty() { Value::Null } else { message.into() },
        })
    });
    pods.collect()
}

fn keys(answer: &Answer, places: &[usize]) -> Vec<String> {
    places.iter().map(|&place| answer.pods[place].key.to_string()).collect()
}

fn evictions(answer: &Answer) -> Vec<Value> {
    let evictions = answer.evictions.iter().map(|eviction| {
        json!({
            "by": answer.pods[eviction.by].key,
            "node": name(answer, eviction.node),
            "victims": keys(answer, &eviction.victims),
            "against_budgets": eviction.violations,
        })
    });
    evictions.collect()
}

fn pending(answer: &Answer) -> Vec<Value> {
    let pending = answer.pending.iter();
    let pending =
        pending.map(|one| json!({ "pods": keys(answer, &one.pods), "message": one.message }));
    pending.collect()
}

fn nodes(answer: &Answer) -> Vec<Value> {
    let resources = resources(&answer.cluster);
    let share =
        |share: &Share| json!({ "requested": share.requested, "allocatable": share.allocatable });
    let nodes = loads(answer, &resources).into_iter().map(|(_, load)| {
        let names = resources.iter().map(|&kind| answer.cluster.resource_name(kind).to_owned());
        let shares = load.shares.iter().map(share);
        let requests: serde_json::Map<String, Value> = names.zip(shares).collect();
        json!({
            "name": load.name,
            "pods": share(&load.pods),
            "new_pods": load.new,
            "resources": requests,
        })
    });
    nodes.collect()
}

fn more(answer: &Answer, headroom: &Headroom) -> Value {
    let nodes = headroom.nodes.iter();
    let nodes = nodes.map(|&(node, pods)| json!({ "node": name(answer, node), "pods": pods }));
    json!({
        "pod": headroom.title,
        "more": headroom.more,
        "limited": headroom.message.is_none(),
        "nodes": nodes.collect::<Vec<_>>(),
        "message": headroom.message,
    })
}

fn explanation(answer: &Answer, explanation: &Explanation) -> Value {
    let attempts = explanation.attempts.iter().map(|it| attempt(answer, it));
    json!({
        "pod": answer.pods[explanation.entry].key,
        "attempts": attempts.collect::<Vec<_>>(),
    })
}

fn attempt(answer: &Answer, explained: &Explained) -> Value {
    let name = |node: NodeId| name(answer, node);
    let Attempt { refused, infeasible, .. } = &explained.attempt;
    let plugin = |plugin: Option<_>| {
        plugin.map(|it: crate::kubernetes::scheduler::plugins::Plugin| it.name())
    };
    let rejected = infeasible.iter().map(|(node, refusal)| {
        json!({
            "node": name(*node),
            "plugin": plugin(refusal.plugin),
            "reasons": refusal.rejection.reasons,
        })
    });
    let candidates = explained.candidates.iter().map(|it| {
        json!({
            "node": name(it.node),
            "victims": it.victims,
            "against_budgets": it.violations,
        })
    });
    let failures = explained.failures.iter();
    let failures =
        failures.map(|(node, why)| json!({ "node": name(*node), "reasons": why.reasons }));
    json!({
        "rejected_on_all_nodes": refused.as_ref().map(|refusal| json!({
            "plugin": plugin(refusal.plugin),
            "reasons": refusal.rejection.reasons,
        })),
        "rejected": rejected.collect::<Vec<_>>(),
        "feasible": feasible(&explained.attempt, &name),
        "chosen": explained.chosen.map(name),
        "ties": match explained.attempt.totals[..] {
            [] => Vec::new(),
            _ => explained.attempt.best().into_iter().map(name).collect::<Vec<_>>(),
        },
        "preemption": {
            "ineligible": explained.ineligible,
            "candidates": candidates.collect::<Vec<_>>(),
            "failures": failures.collect::<Vec<_>>(),
            "chosen": explained.nominated.map(name),
        },
    })
}

/// Nodes that passed, with what each plugin made of them.
fn feasible<'a>(attempt: &Attempt, name: &impl Fn(NodeId) -> &'a str) -> Vec<Value> {
    let nodes = attempt.feasible.iter().enumerate().map(|(place, &node)| {
        let score = |plugin: &PluginScores| {
            let one = json!({
                "raw": plugin.raw[place],
                "normalised": plugin.normalised[place],
                "weight": plugin.weight,
            });
            (plugin.plugin.name().to_owned(), one)
        };
        let scores: serde_json::Map<String, Value> = attempt.scores.iter().map(score).collect();
        json!({ "node": name(node), "scores": scores, "total": attempt.totals.get(place) })
    });
    nodes.collect()
}
