//! Words that a policy or a list of images chooses from.

use super::{Action, StorageClass};
use crate::aws::json::{Part, Read};
use crate::scenario::diagnostic::nearest;

/// A word and what it stands for.
pub(super) type Choices<T> = &'static [(&'static str, T)];

/// `tagStatus`, before it is known what tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

/// `countType`, before its number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountType {
    MoreThan,
    Pushed,
    Pulled,
    Transitioned,
}

/// `countUnit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days;

pub(super) const TAG_STATUS: Choices<TagStatus> =
    &[("tagged", TagStatus::Tagged), ("untagged", TagStatus::Untagged), ("any", TagStatus::Any)];

pub(super) const COUNT_TYPE: Choices<CountType> = &[
    ("imageCountMoreThan", CountType::MoreThan),
    ("sinceImagePushed", CountType::Pushed),
    ("sinceImagePulled", CountType::Pulled),
    ("sinceImageTransitioned", CountType::Transitioned),
];

pub(super) const COUNT_UNIT: Choices<Days> = &[("days", Days)];

pub(super) const STORAGE_CLASS: Choices<StorageClass> =
    &[("standard", StorageClass::Standard), ("archive", StorageClass::Archive)];

pub(super) const TARGET: Choices<StorageClass> = &[("archive", StorageClass::Archive)];

pub(super) const ACTION: Choices<Action> =
    &[("expire", Action::Expire), ("transition", Action::Archive)];

/// The word a choice is written as.
pub(super) fn word<T: PartialEq>(choices: Choices<T>, value: &T) -> &'static str {
    choices.iter().find(|(_, one)| one == value).map_or("", |(word, _)| word)
}

/// Reads one of these words, which stands under `key`.
pub(super) fn choose<T: Copy>(part: Part<'_>, key: &str, choices: Choices<T>) -> Read<T> {
    let text = part.text()?;
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<_> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
    let help = match nearest(&text, choices.iter().map(|(word, _)| *word)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if words.len() == 1 => format!("it can only be {}", words[0]),
        None => format!("it can be {}", words.join(", ")),
    };
    Err(part.problem(format!("`{text}` is no `{key}`")).help(help).into())
}
