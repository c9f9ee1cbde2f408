//! Where pods land, who has to go for whom, who waits and why, and how many more fit.

use std::collections::BTreeMap;

use super::text::{LONG, counted, some, table as rows, wrapped};
use crate::experiment::what_if::{Answer, Entry, Eviction, Headroom, Pending, Place, Source};
use crate::kubernetes::scheduler::node::NodeId;
use crate::report::quantity;

/// Names of pods and nodes in a sentence.
const NAMED: usize = 3;

/// How many pods found a node.
pub(super) fn headline(answer: &Answer) -> String {
    let asked = || answer.pods.iter().filter(|entry| entry.asked);
    let placed = asked().filter(|entry| matches!(entry.place, Place::Placed(_))).count();
    let waiting = answer.pods.iter().filter(|entry| entry.place == Place::Waiting).count();
    let seen = &answer.seen;
    let number = |count: usize| quantity::count(count as u64);
    let mut text = format!("{} of {} placed", number(placed), counted(asked().count(), "pod"));
    if waiting > 0 {
        text += &format!(", {} pending", number(waiting));
    }
    let evicted: usize = answer.evictions.iter().map(|eviction| eviction.victims.len()).sum();
    if evicted > 0 {
        text += &format!(", {} evicted", number(evicted));
    }
    text += &format!(
        "; {} with {} already",
        counted(answer.cluster.node_count(), "node"),
        counted(seen.running, "pod")
    );
    if seen.completed > 0 {
        text += &format!("; {} left out", counted(seen.completed, "completed pod"));
    }
    text.push('\n');
    if seen.pending > 0 {
        let were = if seen.pending == 1 { "was" } else { "were" };
        let pods = number(seen.pending);
        text += &format!("{pods} of these {were} pending in the --cluster files\n");
    }
    text
}

/// What a user wants to see of a pod: all but those that simply stayed.
fn is_shown(entry: &Entry) -> bool {
    entry.asked || entry.evicted_from.is_some()
}

/// Where each pod lands. Workloads of many pods are counted by node.
pub(super) fn table(answer: &Answer, full: bool) -> String {
    let mut order: Vec<u32> = Vec::new();
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, entry) in answer.pods.iter().enumerate().filter(|(_, entry)| is_shown(entry)) {
        let group = groups.entry(entry.workload).or_default();
        if group.is_empty() {
            order.push(entry.workload);
        }
        group.push(place);
    }
    if order.is_empty() {
        return "no pod waits for a node\n".to_owned();
    }
    let priorities: Vec<i32> =
        groups.values().flatten().map(|&it| answer.pods[it].priority).collect();
    let several = priorities.iter().any(|&priority| priority != priorities[0]);
    let mut lines = Vec::new();
    for workload in order {
        let pods = &groups[&workload];
        if pods.len() > LONG && !full {
            by_node(answer, workload, pods, &mut lines);
        } else {
            lines.extend(pods.iter().map(|&place| line(answer, place)));
        }
    }
    let mut header = vec!["pod".to_owned(), "node".to_owned(), "remark".to_owned()];
    if several {
        header.insert(1, "priority".to_owned());
    }
    let lines: Vec<Vec<String>> = lines.into_iter().map(|line| line.cells(several)).collect();
    rows(&header, &lines, if several { &[1] } else { &[] })
}

struct Line {
    pod: String,
    priority: String,
    node: String,
    remark: String,
}

impl Line {
    fn cells(self, with_priority: bool) -> Vec<String> {
        let Self { pod, priority, node, remark } = self;
        if with_priority { vec![pod, priority, node, remark] } else { vec![pod, node, remark] }
    }
}

fn line(answer: &Answer, place: usize) -> Line {
    let entry = &answer.pods[place];
    Line {
        pod: entry.key.to_string(),
        priority: entry.priority.to_string(),
        node: node(answer, entry.place),
        remark: remark(answer, place),
    }
}

/// The name of a node.
pub(super) fn name(answer: &Answer, node: NodeId) -> &str {
    &answer.cluster.node(node).spec.name
}

fn node(answer: &Answer, place: Place) -> String {
    match place {
        Place::Was(node) | Place::Placed(node) => name(answer, node).to_owned(),
        Place::Waiting => "pending".to_owned(),
        Place::Gone => "gone".to_owned(),
    }
}

fn remark(answer: &Answer, place: usize) -> String {
    let entry = &answer.pods[place];
    let mut remarks = Vec::new();
    let own = answer.evictions.iter().filter(|eviction| eviction.by == place);
    let victims: usize = own.map(|eviction| eviction.victims.len()).sum();
    if victims > 0 {
        remarks.push(format!("evicts {}", counted(victims, "pod")));
    }
    if let Some(from) = entry.evicted_from {
        remarks.push(format!("evicted from {}", name(answer, from)));
    } else if entry.source == Source::Cluster {
        remarks.push("was pending".to_owned());
    }
    remarks.join(", ")
}

/// How many pods of a workload are on each node, the most first.
fn by_node(answer: &Answer, workload: u32, pods: &[usize], lines: &mut Vec<Line>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for &place in pods {
        *counts.entry(node(answer, answer.pods[place].place)).or_insert(0) += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let title = answer.workloads.get(workload).to_string();
    let priority = answer.pods[pods[0]].priority.to_string();
    let blank = |pod: String| Line {
        pod,
        priority: String::new(),
        node: String::new(),
        remark: String::new(),
    };
    lines.push(Line { priority, remark: counted(pods.len(), "pod"), ..blank(title) });
    if counts.len() <= LONG {
        let line = |(node, count): (String, usize)| Line {
            node,
            ..blank(format!("  {}", counted(count, "pod")))
        };
        lines.extend(counts.into_iter().map(line));
        return;
    }
    for alike in counts.chunk_by(|left, right| left.1 == right.1) {
        let node = some(alike.iter().map(|(node, _)| node.as_str()), NAMED);
        let each = if alike.len() > 1 { " each" } else { "" };
        lines.push(Line { node, ..blank(format!("  {}{each}", counted(alike[0].1, "pod"))) });
    }
}

/// Who had to go for whom, and what became of them.
pub(super) fn evictions(answer: &Answer, width: usize) -> String {
    let lines = answer.evictions.iter().map(|eviction| evicted(answer, eviction));
    let lines: String = lines.map(|line| wrapped(&line, width, 2)).collect();
    if lines.is_empty() { lines } else { format!("evictions\n{lines}") }
}

fn evicted(answer: &Answer, eviction: &Eviction) -> String {
    let fate = |&place: &usize| {
        let entry = &answer.pods[place];
        let now = match entry.place {
            Place::Was(node) | Place::Placed(node) => format!("now on {}", name(answer, node)),
            Place::Waiting => "now pending".to_owned(),
            Place::Gone => "gone: no controller makes it anew".to_owned(),
        };
        format!("{} ({now})", entry.key)
    };
    let victims: Vec<String> = eviction.victims.iter().map(fate).collect();
    let by = &answer.pods[eviction.by].key;
    let mut text = format!(
        "{by} takes the place of {} on {}",
        victims.join(", "),
        name(answer, eviction.node)
    );
    if eviction.violations > 0 {
        text += &format!("; {} of them against a PodDisruptionBudget", eviction.violations);
    }
    text
}

/// Who waits, and why.
pub(super) fn pending(answer: &Answer, width: usize) -> String {
    let mut text = String::new();
    for Pending { workload, pods, message } in &answer.pending {
        let names = some(pods.iter().map(|&place| &*answer.pods[place].key), NAMED);
        let workload = answer.workloads.get(*workload);
        let title = match pods.len() {
            1 => names,
            count if workload.is_bare() => format!("{}: {names}", counted(count, "pod")),
            count => format!("{} of {workload}: {names}", counted(count, "pod")),
        };
        text += &wrapped(&title, width, 2);
        text += &wrapped(message, width, 4);
    }
    if text.is_empty() { text } else { format!("pending\n{text}") }
}

/// How many more fit.
pub(super) fn headroom(answer: &Answer, width: usize) -> String {
    let mut text = String::new();
    for Headroom { title, more, nodes, message } in &answer.headroom {
        let at_least = if message.is_none() { "at least " } else { "" };
        text += &format!("  {at_least}{more} more of {title} fit\n");
        let share = |(node, pods): &(NodeId, usize)| format!("{} {pods}", name(answer, *node));
        let shown: Vec<String> = nodes.iter().take(LONG).map(share).collect();
        if !shown.is_empty() {
            let more = match nodes.len().saturating_sub(LONG) {
                0 => String::new(),
                more => format!(", and {}", counted(more, "other node")),
            };
            text += &wrapped(&format!("{}{more}", shown.join(", ")), width, 4);
        }
        if let Some(message) = message {
            text += &wrapped(&format!("no more: {message}"), width, 4);
        }
    }
    if text.is_empty() { text } else { format!("headroom, each beside the pods above\n{text}") }
}
