//! The answer as CSV: a line per pod, or per node that takes more.

use super::placements::name;
use crate::experiment::what_if::{Answer, Place};

/// The lines for pods, or those for headroom.
pub(super) fn render(answer: &Answer, headroom: bool) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = if headroom { more(answer) } else { pods(answer) };
    for row in rows {
        writer.write_record(row).expect("writing to memory does not fail");
    }
    let bytes = writer.into_inner().expect("writing to memory does not fail");
    String::from_utf8(bytes).expect("all fields were text")
}

/// The word for where a pod is.
pub(super) fn status(place: Place) -> &'static str {
    match place {
        Place::Was(_) => "running",
        Place::Placed(_) => "placed",
        Place::Waiting => "pending",
        Place::Gone => "gone",
    }
}

/// The node of a pod.
pub(super) fn node(answer: &Answer, place: Place) -> Option<&str> {
    match place {
        Place::Was(node) | Place::Placed(node) => Some(name(answer, node)),
        Place::Waiting | Place::Gone => None,
    }
}

/// Why each pod waits, by its place.
pub(super) fn messages(answer: &Answer) -> Vec<&str> {
    let mut messages = vec![""; answer.pods.len()];
    for pending in &answer.pending {
        for &place in &pending.pods {
            messages[place] = &pending.message;
        }
    }
    messages
}

fn pods(answer: &Answer) -> Vec<Vec<String>> {
    let header = ["namespace", "pod", "workload", "priority", "status", "node", "evicted_from"];
    let mut rows = vec![header.iter().chain(&["message"]).map(|&name| name.to_owned()).collect()];
    let messages = messages(answer);
    for (entry, message) in answer.pods.iter().zip(messages) {
        if !entry.asked && entry.evicted_from.is_none() {
            continue;
        }
        let (namespace, pod) = entry.key.split_once('/').unwrap_or(("", &entry.key));
        let workload = answer.workloads.get(entry.workload);
        let from = entry.evicted_from.map(|node| name(answer, node));
        rows.push(vec![
            namespace.to_owned(),
            pod.to_owned(),
            if workload.is_bare() { String::new() } else { workload.to_string() },
            entry.priority.to_string(),
            status(entry.place).to_owned(),
            node(answer, entry.place).unwrap_or_default().to_owned(),
            from.unwrap_or_default().to_owned(),
            message.to_owned(),
        ]);
    }
    rows
}

fn more(answer: &Answer) -> Vec<Vec<String>> {
    let mut rows = vec![["pod", "node", "more"].map(str::to_owned).to_vec()];
    for headroom in &answer.headroom {
        for &(node, more) in &headroom.nodes {
            let node = name(answer, node).to_owned();
            rows.push(vec![headroom.title.clone(), node, more.to_string()]);
        }
    }
    rows
}
