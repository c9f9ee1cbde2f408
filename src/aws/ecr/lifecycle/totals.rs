//! What a policy comes to: how many images go, and how much that is.

use super::{Fate, ImageDetail, Policy, Verdict};

/// Some images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub images: usize,
    /// What their sizes add up to. Layers that images share are stored once and counted in each, so
    /// that this is the most that can be freed. An index has no size of its own.
    pub bytes: u64,
}

/// What becomes of the images of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All there are.
    pub all: Amount,
    /// Those that are deleted.
    pub expired: Amount,
    /// Those that are moved into the archive.
    pub archived: Amount,
    /// What each rule does, in the order of [`Policy::rules`].
    pub rules: Vec<RuleTotals>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleTotals {
    /// Images that it identifies, whoever decides about them.
    pub identified: usize,
    /// Images that it decides about.
    pub decided: usize,
    /// Images that are deleted or archived by it.
    pub acted: Amount,
}

impl Amount {
    fn add(&mut self, image: &ImageDetail) {
        self.images += 1;
        let bytes = if image.is_index() { 0 } else { image.size_bytes };
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Totals {
    /// Adds up what a preview of these images says.
    pub fn of(policy: &Policy, images: &[ImageDetail], verdicts: &[Verdict]) -> Self {
        let rules = vec![RuleTotals::default(); policy.rules().len()];
        let mut totals = Self { rules, ..Self::default() };
        for (image, verdict) in images.iter().zip(verdicts) {
            totals.all.add(image);
            match verdict.fate {
                Fate::Kept => {}
                Fate::Expires => totals.expired.add(image),
                Fate::Archived => totals.archived.add(image),
            }
            for (rule, sum) in policy.rules().iter().zip(&mut totals.rules) {
                sum.identified += usize::from(rule.selects(image));
            }
            if let Some((rule, _)) = verdict.decided_by {
                let sum = &mut totals.rules[rule];
                sum.decided += 1;
                if verdict.goes() && verdict.follows.is_none() {
                    sum.acted.add(image);
                }
            }
        }
        totals
    }
}
