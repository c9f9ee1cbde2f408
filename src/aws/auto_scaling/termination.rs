//! Which instance goes when a group scales in.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Configure termination policies". First come the
//! zones: those with the most instances among those that have a candidate. In them the policies
//! narrow the choice down, one after the other. What they leave open, the default policy decides,
//! whose last word is chance; that it is asked where a list does not name it is an assumption.

use super::candidates::{Bucket, Candidates, Kind, Window};
use super::instance::{InstanceId, Purchase, Source, Template, Zone};
use super::strategy::Misfit;
use crate::engine::SimTime;

/// A termination policy. Custom ones (Lambda functions) are not modelled, nor are launch
/// configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminationPolicy {
    /// `AllocationStrategy`, then `OldestLaunchTemplate`, then `ClosestToNextInstanceHour`, then
    /// chance. It has to be the last of a list.
    Default,
    /// Those of the type that the allocation strategy would have least.
    AllocationStrategy,
    /// Those of another launch template than the current one, then those of its oldest version.
    OldestLaunchTemplate,
    /// Those whose next billing hour is closest.
    ClosestToNextInstanceHour,
    /// The one launched first.
    OldestInstance,
    /// The one launched last.
    NewestInstance,
}

/// What is asked when one is to go.
pub(super) struct Question<'a> {
    pub(super) policies: &'a [TerminationPolicy],
    /// Only what is paid for so, where that matters.
    pub(super) purchase: Option<Purchase>,
    /// Whether instances of a kind may go at all.
    pub(super) eligible: &'a dyn Fn(&Kind) -> bool,
    /// What is in a zone.
    pub(super) load: &'a dyn Fn(Zone) -> u32,
    pub(super) misfit: &'a dyn Fn(Source) -> Misfit,
    /// The template that new ones are launched from.
    pub(super) current: Template,
    pub(super) now: SimTime,
}

/// What is left of the choice.
struct Field<'a> {
    buckets: Vec<(&'a Kind, &'a Bucket)>,
    window: Window,
}

/// The order in which templates go: others before the current one, versions by age.
pub(super) fn age(template: Template, current: Template) -> (bool, u32) {
    if template.id == current.id { (true, template.version) } else { (false, 0) }
}

impl Question<'_> {
    /// The one that goes, if any may.
    pub(super) fn choose(&self, candidates: &Candidates) -> Option<InstanceId> {
        let eligible = |kind: &Kind| {
            self.purchase.is_none_or(|purchase| purchase == kind.source.purchase)
                && (self.eligible)(kind)
        };
        let buckets = candidates.buckets().filter(|(kind, _)| eligible(kind)).collect();
        let mut field = Field { buckets, window: Window::All };
        field.keep_least(|kind, _| std::cmp::Reverse((self.load)(kind.source.zone)));
        for &policy in self.policies.iter().chain(&[TerminationPolicy::Default]) {
            field.narrow(policy, self);
        }
        let window = field.window;
        let lots = field.buckets.iter().filter_map(|(_, bucket)| bucket.lot(window));
        lots.min().map(|(_, id)| id)
    }
}

impl Field<'_> {
    fn narrow(&mut self, policy: TerminationPolicy, question: &Question) {
        use TerminationPolicy as P;
        let window = self.window;
        match policy {
            P::Default => {
                let parts =
                    [P::AllocationStrategy, P::OldestLaunchTemplate, P::ClosestToNextInstanceHour];
                for part in parts {
                    self.narrow(part, question);
                }
            }
            P::AllocationStrategy => {
                self.keep_least(|kind, _| std::cmp::Reverse((question.misfit)(kind.source)));
            }
            P::OldestLaunchTemplate => {
                self.keep_least(|kind, _| age(kind.template, question.current));
            }
            P::ClosestToNextInstanceHour => {
                let now = question.now;
                let closest = |bucket: &&Bucket| bucket.closest(window, now);
                let best = self.buckets().filter_map(|bucket| closest(&bucket)).min();
                self.keep(best.map(|(_, phase)| Window::Phase(phase)));
            }
            P::OldestInstance => {
                let oldest = self.buckets().filter_map(|bucket| bucket.oldest(window)).min();
                self.keep(oldest.map(Window::Launched));
            }
            P::NewestInstance => {
                let newest = self.buckets().filter_map(|bucket| bucket.newest(window)).max();
                self.keep(newest.map(Window::Launched));
            }
        }
    }

    fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().map(|&(_, bucket)| bucket)
    }

    /// Only the buckets of which this is least.
    fn keep_least<K: Ord>(&mut self, key: impl Fn(&Kind, &Bucket) -> K) {
        let least = self.buckets.iter().map(|(kind, bucket)| key(kind, bucket)).min();
        self.buckets.retain(|(kind, bucket)| Some(key(kind, bucket)) == least);
    }

    /// Only these cohorts, within those that were left. A cohort chosen by its point of the hour
    /// after one was chosen by its launch is that one.
    fn keep(&mut self, window: Option<Window>) {
        let Some(window) = window else { return };
        if !matches!(self.window, Window::Launched(_)) {
            self.window = window;
        }
        let window = self.window;
        self.buckets.retain(|(_, bucket)| !bucket.is_empty(window));
    }
}

#[cfg(test)]
mod tests;
