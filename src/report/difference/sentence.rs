//! The answer in a sentence for each arm: what is better, what is worse, what is not known.

use super::{Arm, Comparison, Difference, Verdict, changed, described};

/// Figures that are named in a sentence; more are counted.
const NAMED: usize = 3;

/// One sentence for each arm.
pub fn sentences(comparison: &Comparison) -> Vec<String> {
    comparison.arms.iter().map(|arm| sentence(comparison, arm)).collect()
}

fn sentence(comparison: &Comparison, arm: &Arm) -> String {
    let with = |verdict: Verdict| -> Vec<&Difference> {
        let all = arm.differences.iter().filter(|one| one.verdict == verdict);
        all.filter(|one| !one.is_negligible()).collect()
    };
    let identical = with(Verdict::Identical).len();
    let open = with(Verdict::NotShown).len();
    let negligible = arm.differences.iter().filter(|one| one.is_negligible()).count();
    if identical + open == arm.differences.len() {
        return nothing_shown(comparison, arm, open, identical);
    }
    let clusters = comparison.names_clusters();
    let mut parts = Vec::new();
    for (verdict, words) in [
        (Verdict::Better, "better in"),
        (Verdict::Worse, "worse in"),
        (Verdict::Differs, "different in"),
    ] {
        let mut all = with(verdict);
        // what an app is like to its users comes before what its hosts do
        all.sort_by(|one, other| {
            let is_cluster = |one: &Difference| one.heading.app.is_empty();
            let size = |one: &Difference| size(one);
            is_cluster(one).cmp(&is_cluster(other)).then(size(other).total_cmp(&size(one)))
        });
        if !all.is_empty() {
            parts.push(format!("{words} {}", list(&all, clusters)));
        }
    }
    for (count, words) in [
        (negligible, "a difference of less than 0.1 % in"),
        (open, "no difference shown in"),
        (identical, "identical in"),
    ] {
        if count > 0 {
            parts.push(format!("{words} {}", figures(count)));
        }
    }
    format!("{} against {}: {}.", arm.name, comparison.baseline, parts.join("; "))
}

/// How large a change is, as a share of the baseline where there is one.
fn size(difference: &Difference) -> f64 {
    difference.paired.relative.map_or(0.0, |relative| relative.estimate.abs())
}

fn nothing_shown(comparison: &Comparison, arm: &Arm, open: usize, identical: usize) -> String {
    let (name, baseline) = (&arm.name, &comparison.baseline);
    if open == 0 {
        let all = figures(identical);
        return format!("{name} is identical with {baseline} in every pair: {all} compared.");
    }
    if arm.pairs < 2 {
        return format!(
            "One pair of runs shows no difference between {name} and {baseline}, nor that there \
             is none: `--replications` makes more."
        );
    }
    let same = if identical > 0 {
        format!("; identical in {}", figures(identical))
    } else {
        String::new()
    };
    format!("{name} against {baseline}: no difference shown in {}{same}.", figures(open))
}

/// `latency p99 of web (-12.3 %), energy (-3.10 %) and 4 more`.
fn list(all: &[&Difference], clusters: bool) -> String {
    let item = |difference: &&Difference| {
        let (kind, change) = difference.change();
        let change = changed(change.estimate, kind, difference.heading.unit);
        format!("{} ({change})", described(&difference.heading, clusters))
    };
    let mut items: Vec<String> = all.iter().take(NAMED).map(item).collect();
    if all.len() > NAMED {
        items.push(format!("{} more", all.len() - NAMED));
    }
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

fn figures(count: usize) -> String {
    match count {
        1 => "1 figure".into(),
        count => format!("{count} figures"),
    }
}
