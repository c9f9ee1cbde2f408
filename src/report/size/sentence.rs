//! The answer of a search in plain sentences: what it is, how sure, and what stands in the way of
//! one less.

use super::{Choice, Fleet, Measured, Objective, Sense, Sizing, Verdict};
use crate::report::quantity::{count, duration, money, percent, round_duration};

/// The sentences, the answer first.
pub fn sentences(sizing: &Sizing) -> Vec<String> {
    match sizing.best() {
        Some((choice, fleet)) => {
            vec![answer(sizing, choice, fleet), basis(sizing, fleet), below(sizing, choice)]
        }
        None => vec![no_answer(sizing)],
    }
}

fn answer(sizing: &Sizing, choice: &Choice, fleet: &Fleet) -> String {
    let what = sizing.settings(choice, fleet.number);
    let sure = whole_percent(sizing.confidence);
    let objectives = objectives(sizing);
    match sizing.by_cost {
        true => format!(
            "{what} is the cheapest fleet that meets {objectives}: {}/h, with {sure} confidence.",
            money(fleet.cost_per_hour)
        ),
        false => {
            format!("{what} is the smallest that meets {objectives}, with {sure} confidence.")
        }
    }
}

/// `p95 ≤ 250 ms of web`, or `all 3 objectives`.
fn objectives(sizing: &Sizing) -> String {
    let stated: Vec<_> = sizing.objectives.iter().filter(|o| o.metric != "replicas").collect();
    match stated[..] {
        [one] => format!("{} of {}", wanted(one), place(sizing, one)),
        _ => format!("all {} objectives", stated.len()),
    }
}

/// What its runs came to.
fn basis(sizing: &Sizing, fleet: &Fleet) -> String {
    format!("In {} it has {}.", runs(fleet.replications), nearest(sizing, fleet))
}

/// What stands in the way of one less.
fn below(sizing: &Sizing, choice: &Choice) -> String {
    let Some(fleet) = choice.in_the_way() else {
        return format!("It is the smallest that is allowed: the search began at {}.", sizing.from);
    };
    let shown = nearest(sizing, fleet);
    match fleet.verdict {
        Verdict::Undecided => format!(
            "One less, {}, was not shown to meet {} in {}: {shown}.",
            count(fleet.number.into()),
            pronoun(sizing),
            runs(fleet.replications)
        ),
        _ => format!(
            "One less, {}, misses {}: {shown} in {}.",
            count(fleet.number.into()),
            pronoun(sizing),
            runs(fleet.replications)
        ),
    }
}

fn no_answer(sizing: &Sizing) -> String {
    let objectives = objectives(sizing);
    let largest = format!("{} = {}", sizing.vary, sizing.to);
    let choices = match sizing.choices.len() {
        1 => String::new(),
        number => format!(" with any of {number} choices"),
    };
    let shown = match &sizing.choices[..] {
        [only] => only.in_the_way().map(|fleet| {
            let verdict = match fleet.verdict {
                Verdict::Undecided => ", which was not shown to be enough",
                _ => "",
            };
            format!(
                "; {} has {} in {}{verdict}",
                fleet.number,
                nearest(sizing, fleet),
                runs(fleet.replications)
            )
        }),
        _ => None,
    };
    format!("No fleet up to {largest}{choices} meets {objectives}{}.", shown.unwrap_or_default())
}

/// The objective that is missed by most or met by least, and what it came to.
pub fn nearest(sizing: &Sizing, fleet: &Fleet) -> String {
    let both = sizing.objectives.iter().zip(&fleet.measured);
    let worst = both.max_by(|(a, of_a), (b, of_b)| {
        // of equals the first
        strain(a, of_a.as_ref())
            .total_cmp(&strain(b, of_b.as_ref()))
            .then(std::cmp::Ordering::Greater)
    });
    let (objective, measured) = worst.expect("there is always an objective");
    let place = place(sizing, objective);
    let Some(measured) = measured else {
        return format!("no {} latency at {place} in some runs", objective.metric);
    };
    match objective.metric.as_str() {
        "replicas" => {
            format!("room for only {} of the replicas of {place}", percent(measured.mean))
        }
        "availability" => format!("an availability of {} at {place}", spread(measured, percent)),
        metric => format!("a {metric} latency of {} at {place}", spread(measured, duration)),
    }
}

/// A mean and half of its interval, where that is anything: `231 ms ± 3.10 ms`.
pub fn spread(measured: &Measured, show: fn(f64) -> String) -> String {
    let mean = show(measured.mean);
    match measured.half_width {
        0.0 => mean,
        half_width => format!("{mean} ± {}", show(half_width)),
    }
}

/// How near an objective is to its target: above 1 where it is missed.
fn strain(objective: &Objective, measured: Option<&Measured>) -> f64 {
    let Some(measured) = measured else { return f64::INFINITY };
    match objective.sense {
        Sense::AtMost => measured.mean / objective.target,
        Sense::AtLeast if measured.mean >= 1.0 => 0.0,
        Sense::AtLeast if objective.target >= 1.0 => f64::MAX,
        Sense::AtLeast => (1.0 - measured.mean) / (1.0 - objective.target),
    }
}

/// `p95 ≤ 250 ms`
pub fn wanted(objective: &Objective) -> String {
    match objective.sense {
        Sense::AtMost => format!("{} ≤ {}", objective.metric, round_duration(objective.target)),
        Sense::AtLeast => format!("{} ≥ {}", objective.metric, whole_percent(objective.target)),
    }
}

/// The app, and the cluster where there are several.
pub fn place(sizing: &Sizing, objective: &Objective) -> String {
    let several = sizing.objectives.iter().any(|other| other.cluster != objective.cluster);
    match several {
        true => format!("`{}` in `{}`", objective.app, objective.cluster),
        false => format!("`{}`", objective.app),
    }
}

fn pronoun(sizing: &Sizing) -> &'static str {
    match sizing.objectives.iter().filter(|o| o.metric != "replicas").count() {
        1 => "it",
        _ => "them",
    }
}

fn runs(number: u32) -> String {
    format!("{} runs", count(number.into()))
}

/// A share that someone chose, without the zeros of precision: `95 %`, `99.9 %`.
pub fn whole_percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}
