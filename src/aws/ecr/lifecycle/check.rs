//! What is asked of the rules of a policy together.
//!
//! Sources: the ECR user guide ("Lifecycle policy evaluation rules", "Amazon ECR service quotas":
//! 50 rules) and the API reference of `PutLifecyclePolicy` (30,720 characters). All but the
//! priorities is asked for each storage class by itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::choice::{STORAGE_CLASS, word};
use super::read::Placed;
use super::{StorageClass, TagSelection};
use crate::aws::json::Object;
use crate::scenario::Problem;

/// Most rules of a policy.
const MOST_RULES: usize = 50;
/// Longest text of a policy, in characters.
const LONGEST: usize = 30_720;

/// Whether the text is too long.
pub(super) fn length(text: &str) -> Option<Problem> {
    let characters = text.chars().count();
    (characters > LONGEST).then(|| {
        Problem::new(format!("the policy has {characters} characters, more than {LONGEST}"))
            .help("spaces and line breaks count, and can go")
    })
}

/// Whether there are too few or too many rules.
pub(super) fn count(policy: &Object<'_>, rules: usize) -> Option<Problem> {
    let field = policy.fields.iter().find(|field| field.name == "rules")?;
    match rules {
        1..=MOST_RULES => None,
        0 => {
            let help = "to have none, remove the policy: `aws ecr delete-lifecycle-policy`";
            let problem = Problem::new("a policy has at least one rule").help(help);
            Some(problem.at(field.value.span()))
        }
        _ => {
            let title = format!("the policy has {rules} rules, more than {MOST_RULES}");
            Some(Problem::new(title).at(field.key.clone()))
        }
    }
}

/// What rules have in common that they must not.
pub(super) fn together(rules: &[Placed]) -> Vec<Problem> {
    let mut problems = priorities(rules);
    for class in [StorageClass::Standard, StorageClass::Archive] {
        let rules: Vec<_> = rules.iter().filter(|placed| placed.rule.storage == class).collect();
        problems.extend(any_last(&rules, class));
        problems.extend(untagged_once(&rules, class));
        problems.extend(same_tags(&rules));
    }
    problems
}

fn clash(title: String, at: &Range<usize>, other: &Range<usize>, label: &str) -> Problem {
    let mut problem = Problem::new(title).at(at.clone());
    problem.related = Some((other.clone(), label.to_owned()));
    problem
}

fn priorities(rules: &[Placed]) -> Vec<Problem> {
    let mut seen: BTreeMap<u32, &Placed> = BTreeMap::new();
    let mut problems = Vec::new();
    for placed in rules {
        let priority = placed.rule.priority;
        match seen.get(&priority) {
            Some(first) => {
                let title = format!("two rules have the `rulePriority` {priority}");
                let (at, other) = (&placed.priority_at, &first.priority_at);
                let problem = clash(title, at, other, "the first one");
                problems.push(problem.help("give each rule a number of its own"));
            }
            None => {
                seen.insert(priority, placed);
            }
        }
    }
    problems
}

/// A rule for any image must come after all others, so that there is only one.
fn any_last(rules: &[&Placed], class: StorageClass) -> Vec<Problem> {
    let last = rules.iter().max_by_key(|placed| placed.rule.priority);
    let Some(last) = last else { return Vec::new() };
    let early = rules.iter().filter(|placed| {
        placed.rule.tags == TagSelection::Any && placed.rule.priority < last.rule.priority
    });
    let problems = early.map(|placed| {
        let class = word(STORAGE_CLASS, &class);
        let (at, other) = (&placed.priority_at, &last.priority_at);
        let title = format!(
            "the rule for any image in the storage class `{class}` must have the highest \
             `rulePriority`"
        );
        let help = match last.rule.tags {
            TagSelection::Any => "keep one rule with the `tagStatus` `any`".to_owned(),
            _ => format!("number it {} or higher", last.rule.priority.saturating_add(1)),
        };
        clash(title, at, other, "this rule has a higher one").help(help)
    });
    problems.collect()
}

fn untagged_once(rules: &[&Placed], class: StorageClass) -> Vec<Problem> {
    let mut untagged = rules.iter().filter(|placed| placed.rule.tags == TagSelection::Untagged);
    let Some(first) = untagged.next() else { return Vec::new() };
    let problems = untagged.map(|placed| {
        let class = word(STORAGE_CLASS, &class);
        let title = format!("only one rule may be for untagged images in the class `{class}`");
        let (at, other) = (&placed.status_at, &first.status_at);
        clash(title, at, other, "the first one").help("keep the one you want")
    });
    problems.collect()
}

/// Rules that ask for the same tags: the second could never do anything.
fn same_tags(rules: &[&Placed]) -> Vec<Problem> {
    let mut seen: BTreeMap<Vec<String>, &Range<usize>> = BTreeMap::new();
    let mut problems = Vec::new();
    for placed in rules {
        let (TagSelection::Tagged(filters), Some(at)) = (&placed.rule.tags, &placed.filters_at)
        else {
            continue;
        };
        let mut key: Vec<_> = filters.iter().map(ToString::to_string).collect();
        key.sort();
        key.dedup();
        if let Some(other) = seen.get(&key) {
            let title = "two rules are for the same tags".to_owned();
            let help = "the one with the lower `rulePriority` decides about all of them: keep that";
            problems.push(clash(title, at, other, "the first one").help(help));
        } else {
            seen.insert(key, at);
        }
    }
    problems
}
