//! Conditions held against what the runs show.
//!
//! A condition counts as true only where the confidence interval lies wholly beyond its threshold,
//! and as false where it lies wholly on the other side; between the two, more runs must decide.
//! Intervals are those of each figure by itself, without correction for the number of conditions:
//! at 95 % confidence one in forty that is just false is found true.

use super::sample::{Matched, headings};
use super::{Condition, Question};
use crate::metrics::figures::Heading;
use crate::report::difference::{Gate, GateKind, GateOutcome};
use crate::statistics::paired::{Interval, Paired};

/// More replications than this are not advised.
const MOST_ADVISED: f64 = 1000.0;

/// Every condition against every figure it names, of every arm.
pub fn gates(matched: &[Matched<'_>], question: &Question) -> Vec<Gate> {
    let known = headings(matched);
    let mut gates = Vec::new();
    for condition in &question.conditions {
        for arm in matched {
            let called = known.iter().filter(|heading| heading.is_called(&condition.figure));
            gates.extend(called.map(|heading| gate(condition, arm, heading, question.confidence)));
        }
    }
    gates
}

fn gate(condition: &Condition, arm: &Matched<'_>, heading: &Heading, confidence: f64) -> Gate {
    let found = super::compared(arm, heading, confidence);
    let measured = found.as_ref().and_then(|found| measured(found, condition.kind));
    let threshold = condition.threshold(heading.unit).unwrap_or(f64::NAN);
    let holds = measured.and_then(|interval| condition.holds(&interval, threshold));
    let outcome = match holds {
        Some(true) => GateOutcome::Failed,
        Some(false) => GateOutcome::Passed,
        None => GateOutcome::Undecided,
    };
    let undecided = outcome == GateOutcome::Undecided;
    Gate {
        condition: condition.to_string(),
        arm: arm.arm.to_owned(),
        heading: heading.clone(),
        kind: condition.kind,
        measured,
        threshold,
        outcome,
        advice: undecided.then(|| advice(found.as_ref(), measured, threshold, condition.kind)),
    }
}

/// What a condition of that kind is about.
fn measured(found: &Paired, kind: GateKind) -> Option<Interval> {
    match kind {
        GateKind::Level => Some(found.variant),
        GateKind::AbsoluteChange => Some(found.absolute),
        GateKind::RelativeChange => found.relative.or_else(|| from_nothing(found)),
    }
}

/// The relative change where the baseline is not shown to be more than nothing: of nothing to
/// nothing it is none, of nothing to something it is beyond any share.
fn from_nothing(found: &Paired) -> Option<Interval> {
    let every = |value: f64| Some(Interval { estimate: value, low: value, high: value });
    match found {
        Paired { identical: true, pairs: 2.., .. } => every(0.0),
        Paired { baseline, absolute, .. } if baseline.estimate == 0.0 && absolute.low > 0.0 => {
            every(f64::INFINITY)
        }
        _ => None,
    }
}

fn advice(
    found: Option<&Paired>,
    measured: Option<Interval>,
    threshold: f64,
    kind: GateKind,
) -> String {
    let Some(found) = found else {
        return "no pair of runs has it twice".into();
    };
    let Some(interval) = measured else {
        return match kind {
            GateKind::RelativeChange => {
                "the baseline is too near to nothing for a share of it: use a change in its own \
                 unit"
                    .into()
            }
            _ => "no pair of runs has it twice".into(),
        };
    };
    let room = (interval.estimate - threshold).abs();
    let width = (interval.high - interval.low) / 2.0;
    // a half-width falls with the square root of the number of runs
    let needed = (found.pairs as f64 * (width / room) * (width / room)).ceil();
    if needed.is_finite() && needed <= MOST_ADVISED && found.pairs > 1 {
        let needed = needed.max(found.pairs as f64 + 1.0);
        return format!("more replications narrow the interval: about {needed} may decide it");
    }
    match found.pairs {
        1 => "one pair of runs has no interval: more replications give one".into(),
        _ => "it is too near to the threshold for more replications to decide".into(),
    }
}
