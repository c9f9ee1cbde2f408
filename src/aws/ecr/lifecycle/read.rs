//! From the text of a policy to its rules, or to all that is wrong with it.

use std::ops::Range;

use super::check;
use super::choice::{
    ACTION, COUNT_TYPE, COUNT_UNIT, CountType, Days, STORAGE_CLASS, TAG_STATUS, TARGET, TagStatus,
    choose, word,
};
use super::{Action, Criterion, Policy, Rule, StorageClass, TagFilter, TagSelection};
use crate::aws::json::{Object, Part, Read};
use crate::scenario::load::Sources;
use crate::scenario::{Diagnostics, Problem};

/// Most wildcards of a pattern, by the user guide.
const MOST_WILDCARDS: usize = 4;
/// An archived image is kept, and paid for, this many days at least, by the user guide.
const LEAST_ARCHIVED: u32 = 90;

const RULE_KEYS: [&str; 4] = ["rulePriority", "description", "selection", "action"];
const SELECTION_KEYS: [&str; 7] = [
    "tagStatus",
    "tagPatternList",
    "tagPrefixList",
    "storageClass",
    "countType",
    "countUnit",
    "countNumber",
];
const ACTION_KEYS: [&str; 2] = ["type", "targetStorageClass"];

/// A rule, and where in the text what has to do with other rules stands.
pub(super) struct Placed {
    pub rule: Rule,
    /// The value of `rulePriority`.
    pub priority_at: Range<usize>,
    /// The value of `tagStatus`.
    pub status_at: Range<usize>,
    /// The list of prefixes or patterns, if there is one.
    pub filters_at: Option<Range<usize>>,
}

/// Reads a policy, or what holds one.
pub(super) fn policy(text: &str, name: &str) -> Result<Policy, Diagnostics> {
    let fail = |text: &str, name: &str, problems| {
        Err(Diagnostics::new(Sources::new(name, text, &[]), problems))
    };
    match unwrapped(text) {
        Err(problem) => fail(text, name, vec![*problem]),
        Ok(Some(inner)) => {
            let name = format!("{name}, lifecyclePolicyText");
            parse(&inner).or_else(|problems| fail(&inner, &name, problems))
        }
        Ok(None) => parse(text).or_else(|problems| fail(text, name, problems)),
    }
}

/// The policy in the output of `get-lifecycle-policy`, which has it as a string.
fn unwrapped(text: &str) -> Read<Option<String>> {
    let whole = Part::document(text, "the policy")?.object()?;
    whole.get("lifecyclePolicyText").map(Part::text).transpose()
}

fn parse(text: &str) -> Result<Policy, Vec<Problem>> {
    let whole = Part::document(text, "the policy").and_then(Part::object);
    let whole = whole.map_err(|problem| vec![*problem])?;
    let mut reader = Reader { problems: whole.strange_keys(&["rules"], "a lifecycle policy") };
    reader.problems.extend(check::length(text));
    let parts = whole.required("rules").and_then(Part::list);
    let parts = reader.noted(parts);
    if let Some(parts) = &parts {
        let rules: Vec<_> = parts.iter().map(|part| reader.rule(*part)).collect();
        let placed: Vec<_> = rules.into_iter().flatten().collect();
        reader.problems.extend(check::count(&whole, parts.len()));
        reader.problems.extend(check::together(&placed));
        if reader.problems.is_empty() {
            let mut rules: Vec<_> = placed.into_iter().map(|placed| placed.rule).collect();
            rules.sort_by_key(|rule| rule.priority);
            return Ok(Policy { rules });
        }
    }
    Err(reader.problems)
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// The value, or else its problem is kept for later.
    fn noted<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(*problem)).ok()
    }

    fn optional<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        read: impl FnOnce(Part<'t>) -> Read<T>,
    ) -> Option<T> {
        let part = object.get(key)?;
        self.noted(read(part))
    }

    fn required<'t, T>(
        &mut self,
        object: &Object<'t>,
        key: &str,
        read: impl FnOnce(Part<'t>) -> Read<T>,
    ) -> Option<T> {
        self.noted(object.required(key).and_then(read))
    }

    fn object<'t>(&mut self, part: Part<'t>, keys: &[&str], kind: &str) -> Option<Object<'t>> {
        let object = self.noted(part.object())?;
        self.problems.extend(object.strange_keys(keys, kind));
        Some(object)
    }

    fn rule(&mut self, part: Part<'_>) -> Option<Placed> {
        let rule = self.object(part, &RULE_KEYS, "a rule")?;
        let priority = self.required(&rule, "rulePriority", |part| positive(part, "rulePriority"));
        let description = self.optional(&rule, "description", Part::text);
        let selection = self.required(&rule, "selection", Ok);
        let selection =
            selection.and_then(|part| self.object(part, &SELECTION_KEYS, "a selection"));
        let tags = selection.as_ref().and_then(|selection| self.tags(selection));
        let count = selection.as_ref().and_then(|selection| self.criterion(selection));
        let action = self.required(&rule, "action", Ok);
        let action = action.and_then(|part| self.object(part, &ACTION_KEYS, "an action"));
        let action = action.and_then(|action| self.action(&action));
        if let (Some(selection), Some((count, ..)), Some(action)) = (&selection, count, action) {
            self.problems.extend(suits(selection, count, action));
        }
        let (tags, filters_at) = tags?;
        let (_, criterion, storage) = count?;
        let at = |object: &Object<'_>, key| object.get(key).map_or(0..0, |part| part.span());
        Some(Placed {
            priority_at: at(&rule, "rulePriority"),
            status_at: at(&selection?, "tagStatus"),
            filters_at,
            rule: Rule {
                priority: priority?,
                description,
                tags,
                storage: storage?,
                criterion: criterion?,
                action: action?,
            },
        })
    }

    /// `tagStatus` with the list that belongs to it, and where that stands.
    fn tags(&mut self, object: &Object<'_>) -> Option<(TagSelection, Option<Range<usize>>)> {
        let status =
            self.required(object, "tagStatus", |part| choose(part, "tagStatus", TAG_STATUS));
        let lists = ["tagPatternList", "tagPrefixList"].map(|key| object.get(key));
        let filters = match lists {
            [Some(patterns), Some(prefixes)] => {
                let title = "a rule has a `tagPatternList` or a `tagPrefixList`, not both";
                let mut problem = prefixes.problem(title);
                problem.related = Some((patterns.span(), "the other one".to_owned()));
                self.problems.push(problem.help("a prefix `prod` is the pattern `prod*`"));
                return None;
            }
            [Some(list), None] => self.filters(list, "tagPatternList", pattern),
            [None, Some(list)] => self.filters(list, "tagPrefixList", prefix),
            [None, None] => None,
        };
        let list = lists.into_iter().flatten().next();
        match (status?, list) {
            (TagStatus::Tagged, None) => {
                let status = object.required("tagStatus").ok()?;
                let title = "a rule for tagged images must say which: `tagPatternList` is missing";
                let help = "add `\"tagPatternList\": [\"*\"]` for all tagged images";
                self.problems.push(status.problem(title).help(help));
                None
            }
            (TagStatus::Tagged, Some(list)) => {
                Some((TagSelection::Tagged(filters?), Some(list.span())))
            }
            (status, Some(list)) => {
                let status = word(TAG_STATUS, &status);
                let title = format!("a rule with the `tagStatus` `{status}` has no list of tags");
                let help = "leave the list out, or write `\"tagStatus\": \"tagged\"`";
                self.problems.push(list.problem(title).help(help));
                None
            }
            (TagStatus::Untagged, None) => Some((TagSelection::Untagged, None)),
            (TagStatus::Any, None) => Some((TagSelection::Any, None)),
        }
    }

    fn filters(
        &mut self,
        list: Part<'_>,
        key: &str,
        read: fn(Part<'_>) -> Read<TagFilter>,
    ) -> Option<Vec<TagFilter>> {
        let parts = self.noted(list.list())?;
        if parts.is_empty() {
            let title = format!("`{key}` is empty, so that the rule selects nothing");
            self.problems.push(list.problem(title).help("name at least one tag"));
            return None;
        }
        let filters: Vec<_> = parts.iter().map(|part| self.noted(read(*part))).collect();
        filters.into_iter().collect()
    }

    /// `countType`, what it comes to with its number, and the storage class: what is known of them.
    fn criterion(
        &mut self,
        object: &Object<'_>,
    ) -> Option<(CountType, Option<Criterion>, Option<StorageClass>)> {
        let count =
            self.required(object, "countType", |part| choose(part, "countType", COUNT_TYPE));
        let number = self.required(object, "countNumber", |part| positive(part, "countNumber"));
        let unit = self.optional(object, "countUnit", |part| choose(part, "countUnit", COUNT_UNIT));
        let storage = self
            .optional(object, "storageClass", |part| choose(part, "storageClass", STORAGE_CLASS));
        let count = count?;
        self.unit(object, count, unit);
        let storage = self.storage(object, count, storage);
        let criterion = number.map(|number| match count {
            CountType::MoreThan => Criterion::CountMoreThan(number),
            CountType::Pushed => Criterion::Pushed(number),
            CountType::Pulled => Criterion::Pulled(number),
            CountType::Transitioned => Criterion::Transitioned(number),
        });
        if let Some(Criterion::Transitioned(days)) = criterion
            && days < LEAST_ARCHIVED
        {
            let title = format!("archived images cannot be deleted after {days} days");
            let help = format!("they stay for {LEAST_ARCHIVED} days at least");
            let part = object.required("countNumber");
            self.problems.extend(part.map(|part| part.problem(title).help(help)));
        }
        Some((count, criterion, storage))
    }

    fn unit(&mut self, object: &Object<'_>, count: CountType, unit: Option<Days>) {
        let name = word(COUNT_TYPE, &count);
        match (count, unit) {
            (CountType::MoreThan, Some(Days)) => {
                let title = format!("`{name}` counts images, and has no `countUnit`");
                let part = object.required("countUnit");
                self.problems.extend(part.map(|part| part.problem(title).help("leave it out")));
            }
            (CountType::Pushed | CountType::Pulled | CountType::Transitioned, None)
                if object.get("countUnit").is_none() =>
            {
                let title = format!("`{name}` needs a `countUnit`, which is missing");
                let help = "add `\"countUnit\": \"days\"`";
                let part = object.required("countType");
                self.problems.extend(part.map(|part| part.problem(title).help(help)));
            }
            _ => {}
        }
    }

    /// The storage class, which `sinceImageTransitioned` must name and everything else may.
    fn storage(
        &mut self,
        object: &Object<'_>,
        count: CountType,
        storage: Option<StorageClass>,
    ) -> Option<StorageClass> {
        let right = match count {
            CountType::Transitioned => StorageClass::Archive,
            _ => StorageClass::Standard,
        };
        let (count, class) = (word(COUNT_TYPE, &count), word(STORAGE_CLASS, &right));
        match (storage, object.get("storageClass")) {
            (None, None) if right == StorageClass::Archive => {
                let title = format!("`{count}` needs a `storageClass`, which is missing");
                let help = format!("add `\"storageClass\": \"{class}\"`");
                let part = object.required("countType");
                self.problems.extend(part.map(|part| part.problem(title).help(help)));
                None
            }
            (Some(wrong), Some(part)) if wrong != right => {
                let title = format!("`{count}` is about images in the storage class `{class}`");
                self.problems.push(part.problem(title).help(format!("write `\"{class}\"`")));
                None
            }
            (None, Some(_)) => None,
            _ => Some(right),
        }
    }

    fn action(&mut self, object: &Object<'_>) -> Option<Action> {
        let action = self.required(object, "type", |part| choose(part, "type", ACTION))?;
        let target = object.get("targetStorageClass");
        match (action, target) {
            (Action::Archive, None) => {
                let part = object.required("type").ok()?;
                let title = "a `transition` needs a `targetStorageClass`, which is missing";
                let help = "add `\"targetStorageClass\": \"archive\"`";
                self.problems.push(part.problem(title).help(help));
            }
            (Action::Archive, Some(part)) => {
                self.noted(choose(part, "targetStorageClass", TARGET));
            }
            (Action::Expire, Some(part)) => {
                let title = "what expires is deleted, and has no `targetStorageClass`";
                let help = "leave it out, or write `\"type\": \"transition\"`";
                self.problems.push(part.problem(title).help(help));
            }
            (Action::Expire, None) => {}
        }
        Some(action)
    }
}

/// Whether the action is one that goes with what is counted.
fn suits(selection: &Object<'_>, count: CountType, action: Action) -> Option<Problem> {
    let part = selection.get("countType")?;
    match (count, action) {
        (CountType::Pulled, Action::Expire) => {
            Some(part.problem("`sinceImagePulled` can only archive images, not expire them").help(
                "archive them by `\"type\": \"transition\"`, and expire them by a second rule with \
                 `sinceImageTransitioned`",
            ))
        }
        (CountType::Transitioned, Action::Archive) => Some(
            part.problem("`sinceImageTransitioned` can only expire images: they are archived")
                .help("write `\"type\": \"expire\"`"),
        ),
        _ => None,
    }
}

fn positive(part: Part<'_>, key: &str) -> Read<u32> {
    match part.whole_number()? {
        number @ ..1 => {
            let title = format!("`{key}` is {number}, and must be 1 or more");
            Err(part.problem(title).into())
        }
        number => u32::try_from(number)
            .map_err(|_| part.problem(format!("`{key}` is beyond what ECR counts")).into()),
    }
}

fn prefix(part: Part<'_>) -> Read<TagFilter> {
    let text = part.text()?;
    if text.is_empty() {
        let help = "name a prefix, or use `\"tagPatternList\": [\"*\"]` for all tagged images";
        return Err(part.problem("a prefix must not be empty").help(help).into());
    }
    Ok(TagFilter::Prefix(text))
}

fn pattern(part: Part<'_>) -> Read<TagFilter> {
    let text = part.text()?;
    if text.is_empty() {
        let help = "write `*` for all tagged images";
        return Err(part.problem("a pattern must not be empty").help(help).into());
    }
    let wildcards = text.matches('*').count();
    if wildcards > MOST_WILDCARDS {
        let title = format!("this pattern has {wildcards} wildcards, more than {MOST_WILDCARDS}");
        return Err(part.problem(title).into());
    }
    Ok(TagFilter::Pattern(text))
}
