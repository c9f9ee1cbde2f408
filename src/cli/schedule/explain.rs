//! `--explain`: how a pod fared on every node.
//!
//! Plugins that gave every node the same cannot have decided; they are named in one line, and the
//! table has a column for each of the others.

use super::placements::name;
use super::text::{LONG, counted, some, table, wrapped};
use crate::experiment::what_if::{Answer, Candidate, Explained, Explanation, Ties};
use crate::kubernetes::scheduler::node::NodeId;
use crate::kubernetes::scheduler::scores::PluginScores;

/// Names of nodes in a sentence.
const NAMED: usize = 6;

/// All that was asked about.
pub(super) fn render(answer: &Answer, width: usize) -> String {
    let one = |explanation: &Explanation| {
        let key = &answer.pods[explanation.entry].key;
        let attempts = explanation.attempts.iter();
        let texts: Vec<String> = attempts.map(|it| attempt(answer, it, width)).collect();
        let nothing = texts.is_empty().then(|| "  it was not tried; see pending\n".to_owned());
        format!("explanation of {key}\n{}", nothing.unwrap_or_else(|| texts.join("\n")))
    };
    let all: Vec<String> = answer.explanations.iter().map(one).collect();
    all.join("\n")
}

fn attempt(answer: &Answer, explained: &Explained, width: usize) -> String {
    let attempt = &explained.attempt;
    if let Some(refusal) = &attempt.refused {
        let plugin = refusal.plugin.map_or("", |plugin| plugin.name());
        let text =
            format!("{plugin} rejects it on all nodes: {}", refusal.rejection.reasons.join(", "));
        return wrapped(&text, width, 2) + &preemption(answer, explained, width);
    }
    let rejected = attempt.infeasible.len();
    let mut text = match (attempt.feasible.len(), rejected) {
        (1, 0) if answer.cluster.node_count() > 1 => {
            "  on the node it was nominated for:\n".to_owned()
        }
        (feasible, _) => format!("  {} feasible, {rejected} rejected\n", counted(feasible, "node")),
    };
    text += &rejections(answer, explained);
    text += &scores(answer, explained, width);
    text += &preemption(answer, explained, width);
    text
}

fn rejections(answer: &Answer, explained: &Explained) -> String {
    let mut groups: Vec<(String, String, Vec<&str>)> = Vec::new();
    for (node, refusal) in &explained.attempt.infeasible {
        let plugin = refusal.plugin.map_or("PreFilter", |plugin| plugin.name());
        let reasons = refusal.rejection.reasons.join(", ");
        let node = name(answer, *node);
        let known = groups.iter_mut().find(|(by, why, _)| by == plugin && *why == reasons);
        match known {
            Some((.., nodes)) => nodes.push(node),
            None => groups.push((plugin.to_owned(), reasons, vec![node])),
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let header = ["rejected", "by", "because"].map(str::to_owned);
    let row = |(plugin, reasons, nodes): (String, String, Vec<&str>)| {
        vec![some(nodes.iter().copied(), NAMED), plugin, reasons]
    };
    let lines: Vec<Vec<String>> = groups.into_iter().map(row).collect();
    indented(&table(&header, &lines, &[]))
}

fn scores(answer: &Answer, explained: &Explained, width: usize) -> String {
    let attempt = &explained.attempt;
    let chosen = explained.chosen.map(|node| name(answer, node));
    match (&attempt.feasible[..], chosen) {
        ([], _) => return String::new(),
        ([_], Some(chosen)) => return format!("  chosen: {chosen}, the only one\n"),
        _ => {}
    }
    let is_level = |plugin: &&PluginScores| plugin.normalised.windows(2).all(|it| it[0] == it[1]);
    let (level, deciding): (Vec<_>, Vec<_>) = attempt.scores.iter().partition(is_level);
    let mut text = String::new();
    if !level.is_empty() {
        let same = |plugin: &&PluginScores| {
            format!("{} {} x{}", plugin.plugin.name(), plugin.normalised[0], plugin.weight)
        };
        let list: Vec<String> = level.iter().map(same).collect();
        text += &wrapped(&format!("the same on every node: {}", list.join(", ")), width, 2);
    }
    text += &indented(&score_table(answer, explained, &deciding));
    text += &ties(answer, explained, width);
    text
}

/// Nodes by their sums, with a column for each plugin that tells them apart.
fn score_table(answer: &Answer, explained: &Explained, deciding: &[&PluginScores]) -> String {
    let attempt = &explained.attempt;
    let mut order: Vec<usize> = (0..attempt.feasible.len()).collect();
    let node = |place: usize| name(answer, attempt.feasible[place]);
    order.sort_by(|&left, &right| {
        let by_total = attempt.totals[right].cmp(&attempt.totals[left]);
        by_total.then_with(|| node(left).cmp(node(right)))
    });
    let mut header = vec!["node".to_owned()];
    header.extend(deciding.iter().map(|it| format!("{}\nx{}", words(it.plugin.name()), it.weight)));
    header.extend(["total".to_owned(), String::new()]);
    let row = |place: usize| {
        let mut cells = vec![node(place).to_owned()];
        cells.extend(deciding.iter().map(|plugin| score(plugin, place)));
        cells.push(attempt.totals[place].to_string());
        let chosen = explained.chosen == Some(attempt.feasible[place]);
        cells.push(if chosen { "chosen".to_owned() } else { String::new() });
        cells
    };
    let lines: Vec<Vec<String>> = order.iter().take(LONG).map(|&place| row(place)).collect();
    let right: Vec<usize> = (1..header.len() - 1).collect();
    let text = table(&header, &lines, &right);
    match order.len().saturating_sub(LONG) {
        0 => text,
        more => format!("{text}{} with no higher total not shown\n", counted(more, "node")),
    }
}

/// `37`, or `2 → 67` where the score was normalised.
fn score(plugin: &PluginScores, place: usize) -> String {
    let (raw, normalised) = (plugin.raw[place], plugin.normalised[place]);
    if raw == normalised { raw.to_string() } else { format!("{raw} → {normalised}") }
}

/// The words of a plugin's name, one a line.
fn words(name: &str) -> String {
    let mut words = String::new();
    for (place, letter) in name.char_indices() {
        if place > 0 && letter.is_uppercase() {
            words.push('\n');
        }
        words.push(letter);
    }
    words
}

fn ties(answer: &Answer, explained: &Explained, width: usize) -> String {
    let best: Vec<NodeId> = explained.attempt.best();
    let Some(chosen) = explained.chosen.filter(|_| best.len() > 1) else { return String::new() };
    let mut names: Vec<&str> = best.iter().map(|&node| name(answer, node)).collect();
    names.sort_unstable();
    let how = match answer.ties {
        Ties::Name => format!("the smallest name was taken: {}", name(answer, chosen)),
        Ties::Heap => {
            format!("the root of the scheduler's heap was taken: {}", name(answer, chosen))
        }
        Ties::Random(_) => format!("{} was drawn", name(answer, chosen)),
    };
    let list = some(names.iter().copied(), NAMED);
    let text = format!("{} tie for the highest total: {list}; {how}", counted(best.len(), "node"));
    wrapped(&text, width, 2)
}

fn preemption(answer: &Answer, explained: &Explained, width: usize) -> String {
    if let Some(why) = explained.ineligible {
        return wrapped(&format!("preemption: {why}"), width, 2);
    }
    let mut text = String::new();
    if !explained.candidates.is_empty() {
        let header = ["evictions on", "of", "against budgets", ""].map(str::to_owned);
        let mut candidates: Vec<&Candidate> = explained.candidates.iter().collect();
        candidates.sort_by_key(|it| (explained.nominated != Some(it.node), name(answer, it.node)));
        let row = |it: &&Candidate| {
            let chosen = if explained.nominated == Some(it.node) { "chosen" } else { "" };
            vec![
                name(answer, it.node).to_owned(),
                some(it.victims.iter().map(|victim| &**victim), NAMED),
                it.violations.to_string(),
                chosen.to_owned(),
            ]
        };
        let lines: Vec<Vec<String>> = candidates.iter().take(LONG).map(row).collect();
        text += &indented(&table(&header, &lines, &[2]));
    }
    let mut failures: std::collections::BTreeMap<String, Vec<&str>> = Default::default();
    for (node, rejection) in &explained.failures {
        failures.entry(rejection.reasons.join(", ")).or_default().push(name(answer, *node));
    }
    for (why, nodes) in failures {
        let list = some(nodes.iter().copied(), NAMED);
        text += &wrapped(&format!("preemption on {list}: {why}"), width, 2);
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!(" {line}\n")).collect()
}
