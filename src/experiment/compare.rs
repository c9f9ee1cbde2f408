//! Comparisons: whether what was changed makes a difference, beyond what is luck.
//!
//! Three ways to get runs to compare: the variants of a scenario ([`variants`]), its clusters
//! ([`clusters`]), or two folders of results ([`fn@folders`]). Each gives [`Samples`]: arms with
//! runs. [`between`] then pairs them by seed, and takes means, intervals and verdicts of the pairs.
//!
//! Runs of a pair have the same seed, and so the same arrivals and demands (common random
//! numbers): a difference is then the arms', and known from fewer runs (Law, Simulation Modeling
//! and Analysis, chapter 11).

pub mod condition;
pub mod folders;
pub mod gate;
pub mod sample;
pub mod scenario;
pub mod selection;

pub use condition::{Condition, InvalidCondition};
pub use folders::{FolderError, folders};
pub use sample::{Key, Observation, SampleArm, Samples};
pub use scenario::{Replications, ScenarioError, clusters, variants};
pub use selection::Selection;

use thiserror::Error;

use crate::metrics::figures::{Better, Heading};
use crate::report::difference::{Arm, Comparison, Difference, Verdict};
use crate::scenario::diagnostic::suggestion;
use crate::statistics::holm;
use crate::statistics::paired::{Paired, paired};

use sample::Matched;

/// What is asked about the samples.
#[derive(Clone, Debug)]
pub struct Question {
    /// The arm the others are held against; the first one if none is named.
    pub baseline: Option<String>,
    /// Of intervals and verdicts, between 0 and 1.
    pub confidence: f64,
    /// Which figures are compared.
    pub selection: Selection,
    /// What is not to happen.
    pub conditions: Vec<Condition>,
}

impl Default for Question {
    /// The usual figures at 95 %.
    fn default() -> Self {
        Self {
            baseline: None,
            confidence: 0.95,
            selection: Selection::Usual,
            conditions: Vec::new(),
        }
    }
}

/// Why samples cannot be compared as asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// No arm has the name.
    #[error("there is no `{name}` to compare with; {help}")]
    Baseline {
        /// What was asked for.
        name: String,
        /// What there is.
        help: String,
    },
    /// No run of an arm has a partner.
    #[error("no run of {arm} pairs with one of {baseline}: {why}")]
    NothingPairs {
        /// The one.
        arm: String,
        /// The other.
        baseline: String,
        /// What each of them has.
        why: String,
    },
    /// The arms share no figure of those asked for.
    #[error("{arm} and {baseline} have no figure in common{help}")]
    NothingShared {
        /// The one.
        arm: String,
        /// The other.
        baseline: String,
        /// What to do.
        help: String,
    },
    /// No run has a figure of that name.
    #[error("no run has a figure `{name}`; {help}")]
    Figure {
        /// What was asked for.
        name: String,
        /// What may be meant.
        help: String,
    },
    /// A condition does not fit what it is about.
    #[error(transparent)]
    Condition(#[from] InvalidCondition),
}

/// Compares every other arm with the baseline.
///
/// # Errors
/// Where the question names what is not there, or nothing pairs.
pub fn between(samples: &Samples, question: &Question) -> Result<Comparison, QuestionError> {
    let base = baseline(samples, question)?;
    let baseline = &samples.arms[base];
    let others = samples.arms.iter().enumerate().filter(|(index, _)| *index != base);
    let matched: Vec<Matched<'_>> =
        others.map(|(_, arm)| Matched::of(baseline, arm)).collect::<Result<_, _>>()?;
    let known = sample::headings(&matched);
    question.selection.check(&known)?;
    for condition in &question.conditions {
        condition.check(&known)?;
    }
    let mut notes: Vec<String> = matched.iter().flat_map(|one| one.notes(baseline)).collect();
    let mut arms = Vec::new();
    for one in &matched {
        arms.push(arm(one, baseline, question, &mut notes)?);
    }
    let mut comparison = Comparison {
        name: samples.name.clone(),
        baseline: baseline.name.clone(),
        arms,
        confidence: question.confidence,
        notes,
        gates: gate::gates(&matched, question),
        runs: samples.table(),
        scenario: samples.scenario.clone(),
    };
    judge(&mut comparison);
    Ok(comparison)
}

fn baseline(samples: &Samples, question: &Question) -> Result<usize, QuestionError> {
    let Some(name) = &question.baseline else { return Ok(0) };
    samples.arms.iter().position(|arm| arm.name == *name).ok_or_else(|| {
        let names = samples.arms.iter().map(|arm| arm.name.as_str());
        QuestionError::Baseline { name: name.clone(), help: suggestion(name, names, "arm") }
    })
}

fn arm(
    matched: &Matched<'_>,
    baseline: &SampleArm,
    question: &Question,
    notes: &mut Vec<String>,
) -> Result<Arm, QuestionError> {
    let pairs = matched.pairs();
    let mut differences = Vec::new();
    let taken = matched.headings().filter(|heading| question.selection.takes(heading));
    for heading in taken {
        let Some(paired) = compared(matched, heading, question.confidence) else {
            notes.push(format!("{} is never in both runs of a pair: left out", name(heading)));
            continue;
        };
        if question.selection == Selection::Usual && is_nothing(&paired) {
            continue;
        }
        if paired.pairs < pairs {
            let (name, arm, some) = (name(heading), matched.arm, paired.pairs);
            notes.push(format!("{name} of {arm} is in {some} of {pairs} pairs only"));
        }
        let verdict = Verdict::NotShown;
        differences.push(Difference {
            heading: heading.clone(),
            paired,
            adjusted_p: paired.p_value,
            verdict,
        });
    }
    if differences.is_empty() {
        let (arm, baseline) = (matched.arm.to_owned(), baseline.name.clone());
        return Err(QuestionError::NothingShared { arm, baseline, help: matched.no_figure() });
    }
    Ok(Arm { name: matched.arm.to_owned(), pairs, differences })
}

/// Whether a figure is zero in all runs: there is nothing that it could be about.
fn is_nothing(paired: &Paired) -> bool {
    paired.identical && paired.baseline.estimate == 0.0
}

/// The values of a figure in all pairs that have it twice, compared.
fn compared(matched: &Matched<'_>, heading: &Heading, confidence: f64) -> Option<Paired> {
    let (baseline, variant) = matched.values(heading);
    (!baseline.is_empty()).then(|| paired(&baseline, &variant, confidence))
}

/// `web.latency_p99`, without the cluster where clusters are compared.
fn name(heading: &Heading) -> String {
    heading.name().trim_start_matches('.').to_owned()
}

/// Corrects p values for all figures of all arms together, and gives each its verdict.
fn judge(comparison: &mut Comparison) {
    let level = 1.0 - comparison.confidence;
    let raw: Vec<f64> =
        comparison.differences().filter_map(|difference| difference.paired.p_value).collect();
    let mut adjusted = holm::adjusted(&raw).into_iter();
    for difference in comparison.arms.iter_mut().flat_map(|arm| &mut arm.differences) {
        if difference.paired.p_value.is_some() {
            difference.adjusted_p = adjusted.next();
        }
        difference.verdict = verdict(difference, level);
    }
}

fn verdict(difference: &Difference, level: f64) -> Verdict {
    let change = difference.paired.absolute.estimate;
    if difference.paired.identical {
        return Verdict::Identical;
    }
    if difference.adjusted_p.is_none_or(|p| p >= level) {
        return Verdict::NotShown;
    }
    match difference.heading.better {
        Better::Neither => Verdict::Differs,
        Better::More if change > 0.0 => Verdict::Better,
        Better::Less if change < 0.0 => Verdict::Better,
        Better::More | Better::Less => Verdict::Worse,
    }
}

#[cfg(test)]
mod tests;
