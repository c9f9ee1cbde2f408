//! Lifecycle policies: which images of a repository are expired or archived, and by which rule.
//!
//! Follows the Amazon ECR user guide as of early 2026, pages "Automate the cleanup of images by
//! using lifecycle policies" (evaluation rules), "Lifecycle policy properties" and "Examples of
//! lifecycle policies". [`Policy::from_json`] reads and checks a policy as `PutLifecyclePolicy`
//! does (`read`, `check`); [`images`] reads what `DescribeImages` answers and [`manifests`]
//! what `BatchGetImage` answers; [`preview`] applies the one to the other.

mod check;
mod choice;
pub mod filter;
pub mod image;
pub mod manifests;
pub mod moment;
pub mod preview;
mod read;
pub mod totals;

#[cfg(test)]
mod tests;

pub use filter::TagFilter;
pub use image::{ImageDetail, Status, images};
pub use moment::Moment;
pub use preview::{Fate, Measure, Verdict};
pub use totals::Totals;

use crate::scenario::Diagnostics;

/// A lifecycle policy that ECR would accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// A rule of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its place among the rules: the lowest number is applied first. At least 1.
    pub priority: u32,
    /// What its author says about it.
    pub description: Option<String>,
    /// Which images it is about, by their tags.
    pub tags: TagSelection,
    /// Which images it is about, by where they are stored.
    pub storage: StorageClass,
    /// Which of these it marks.
    pub criterion: Criterion,
    /// What becomes of those.
    pub action: Action,
}

/// The tagging requirements of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagSelection {
    /// All images.
    Any,
    /// Images without a tag.
    Untagged,
    /// Images of whose tags each filter matches at least one.
    Tagged(Vec<TagFilter>),
}

/// Where an image is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StorageClass {
    /// Where it can be pulled from.
    Standard,
    /// Where it is cheap, and has to be restored before it can be pulled.
    Archive,
}

/// What makes a rule mark an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// `imageCountMoreThan`: this many newer ones match the rule.
    CountMoreThan(u32),
    /// `sinceImagePushed`: pushed, or last restored, more than this many days ago.
    Pushed(u32),
    /// `sinceImagePulled`: pulled more than this many days ago; pushed or restored, if never pulled
    /// since.
    Pulled(u32),
    /// `sinceImageTransitioned`: archived more than this many days ago.
    Transitioned(u32),
}

/// What a rule does with the images it marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `expire`: deletes them.
    Expire,
    /// `transition` to `archive`.
    Archive,
}

impl Policy {
    /// Reads a policy as `aws ecr put-lifecycle-policy --lifecycle-policy-text` takes it, or the
    /// output of `aws ecr get-lifecycle-policy`; `name` is for messages.
    ///
    /// # Errors
    /// Everything that ECR would refuse, at once.
    pub fn from_json(text: &str, name: &str) -> Result<Self, Diagnostics> {
        read::policy(text, name)
    }

    /// The rules, the one that is applied first in front.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl TagSelection {
    /// Whether an image with these tags meets the requirements.
    pub fn matches(&self, tags: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Untagged => tags.is_empty(),
            Self::Tagged(filters) => {
                filters.iter().all(|filter| tags.iter().any(|tag| filter.matches(tag)))
            }
        }
    }
}

impl Rule {
    /// Whether it is about this image.
    pub fn selects(&self, image: &ImageDetail) -> bool {
        self.storage == image.storage() && self.tags.matches(&image.tags)
    }
}
