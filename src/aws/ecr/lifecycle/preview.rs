//! What a policy does to a repository, image by image.
//!
//! The evaluation rules of the ECR user guide, in the order in which they are followed here:
//!
//! 1. Every rule looks at all images, as if no other rule were there: it identifies those with its
//!    tags and storage class, and marks some of them ([`Criterion`]). Counts go from the youngest
//!    to the oldest, whatever other rules mark.
//! 2. The rule of the lowest priority number that identifies an image decides about it, and no
//!    other. What it does not mark, no rule can.
//! 3. An image that an index lists stays while the index does ([`Verdict::held_by`]). An index in
//!    the archive, or on its way there, holds nothing.
//! 4. What refers to an image that goes, such as its signature, goes with it
//!    ([`Verdict::follows`]).
//!
//! The guide is silent about images pushed at the same moment: they are ordered by digest here, and
//! where a count ends among them [`Measure::Place`] says so.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Action, Criterion, ImageDetail, Moment, Policy, Rule, StorageClass};

/// What becomes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Kept,
    /// It is deleted.
    Expires,
    /// It is moved into the archive.
    Archived,
}

/// How an image fares, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub fate: Fate,
    /// The rule that decides about it, as an index of [`Policy::rules`], and where it stands there.
    pub decided_by: Option<(usize, Measure)>,
    /// Rules that would have marked it, had a rule before them not identified it.
    pub overruled: Vec<usize>,
    /// The index that keeps it although it is marked.
    pub held_by: Option<usize>,
    /// The image that it goes with although no rule marks it.
    pub follows: Option<usize>,
}

/// Where an image stands by the criterion of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Among the images that the rule identifies.
    Place {
        /// From the youngest, 1.
        place: usize,
        /// How many there are.
        of: usize,
        /// Whether the count ends among images pushed at the same moment, of which this is one.
        tied: bool,
    },
    /// Time since it was pushed, pulled or archived, in microseconds.
    Age(i64),
}

impl Policy {
    /// What becomes of these images, which are all of a repository, in their order.
    ///
    /// Takes O(n log n) for n images, times the number of rules and tags.
    pub fn preview(&self, images: &[ImageDetail], now: Moment) -> Vec<Verdict> {
        let mut verdicts = vec![Verdict::UNDECIDED; images.len()];
        let mut order: Vec<usize> = (0..images.len()).collect();
        order.sort_by(|&one, &other| {
            let (one, other) = (&images[one], &images[other]);
            let age = other.counts_from(now).cmp(&one.counts_from(now));
            age.then_with(|| one.digest.cmp(&other.digest))
        });
        for (number, rule) in self.rules.iter().enumerate() {
            let selected = order.iter().copied().filter(|&image| rule.selects(&images[image]));
            let selected: Vec<usize> = selected.collect();
            for (place, &image) in selected.iter().enumerate() {
                let measure = rule.measure(images, &selected, place, now);
                verdicts[image].judge(
                    number,
                    rule,
                    measure,
                    rule.marks(&images[image], measure, now),
                );
            }
        }
        let links = Links::new(images);
        links.hold(images, &mut verdicts);
        links.follow(&mut verdicts);
        verdicts
    }
}

impl Rule {
    /// Where the image at this place of those selected, the youngest first, stands.
    fn measure(
        &self,
        images: &[ImageDetail],
        selected: &[usize],
        place: usize,
        now: Moment,
    ) -> Measure {
        let image = &images[selected[place]];
        let Criterion::CountMoreThan(limit) = self.criterion else {
            return Measure::Age(self.reference(image, now).elapsed(now));
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let moment = |place: usize| images[selected[place]].counts_from(now);
        let split = limit < selected.len() && moment(limit - 1) == moment(limit);
        let tied = split && moment(place) == moment(limit);
        Measure::Place { place: place + 1, of: selected.len(), tied }
    }

    /// What the age of an image counts from.
    fn reference(&self, image: &ImageDetail, now: Moment) -> Moment {
        match self.criterion {
            Criterion::CountMoreThan(_) | Criterion::Pushed(_) => image.counts_from(now),
            Criterion::Pulled(_) => image.last_use(now),
            Criterion::Transitioned(_) => image.transitioned_at(),
        }
    }

    fn marks(&self, image: &ImageDetail, measure: Measure, now: Moment) -> bool {
        match (self.criterion, measure) {
            (Criterion::CountMoreThan(limit), Measure::Place { place, .. }) => {
                place > usize::try_from(limit).unwrap_or(usize::MAX)
            }
            (Criterion::CountMoreThan(_), Measure::Age(_)) => false,
            (
                Criterion::Pushed(days) | Criterion::Pulled(days) | Criterion::Transitioned(days),
                _,
            ) => self.reference(image, now).is_older_than(days, now),
        }
    }
}

impl Verdict {
    const UNDECIDED: Self = Self {
        fate: Fate::Kept,
        decided_by: None,
        overruled: Vec::new(),
        held_by: None,
        follows: None,
    };

    /// Whether it is deleted or archived.
    pub fn goes(&self) -> bool {
        self.fate != Fate::Kept
    }

    /// Takes note of a rule that identifies the image. Rules come by their priority.
    fn judge(&mut self, number: usize, rule: &Rule, measure: Measure, marked: bool) {
        if self.decided_by.is_none() {
            self.decided_by = Some((number, measure));
            self.fate = match (marked, rule.action) {
                (false, _) => Fate::Kept,
                (true, Action::Expire) => Fate::Expires,
                (true, Action::Archive) => Fate::Archived,
            };
        } else if marked && !self.goes() {
            self.overruled.push(number);
        }
    }
}

/// How images refer to each other.
struct Links {
    /// What each index consists of, as far as it is in the repository.
    children: Vec<Vec<usize>>,
    /// What refers to each image as its subject.
    referrers: Vec<Vec<usize>>,
}

impl Links {
    fn new(images: &[ImageDetail]) -> Self {
        let mut links = Self {
            children: vec![Vec::new(); images.len()],
            referrers: vec![Vec::new(); images.len()],
        };
        let linked = |image: &ImageDetail| image.subject.is_some() || !image.children.is_empty();
        if !images.iter().any(linked) {
            return links;
        }
        let mut places = BTreeMap::new();
        for (place, image) in images.iter().enumerate() {
            if let Entry::Vacant(entry) = places.entry(image.digest.as_str()) {
                entry.insert(place);
            }
        }
        for (place, image) in images.iter().enumerate() {
            let find = |digest: &String| places.get(digest.as_str()).copied();
            links.children[place].extend(image.children.iter().filter_map(find));
            if let Some(subject) = image.subject.as_ref().and_then(find) {
                links.referrers[subject].push(place);
            }
        }
        links
    }

    /// Keeps what is in an index that stays.
    fn hold(&self, images: &[ImageDetail], verdicts: &mut [Verdict]) {
        let holds = |index: &usize| images[*index].storage() == StorageClass::Standard;
        let mut waiting: Vec<usize> = (0..images.len()).rev().collect();
        while let Some(index) = waiting.pop() {
            if verdicts[index].goes() || !holds(&index) {
                continue;
            }
            for &child in &self.children[index] {
                if verdicts[child].goes() {
                    verdicts[child].fate = Fate::Kept;
                    verdicts[child].held_by = Some(index);
                    waiting.push(child);
                }
            }
        }
    }

    /// Lets what refers to an image go with it.
    fn follow(&self, verdicts: &mut [Verdict]) {
        let mut waiting: Vec<usize> = (0..verdicts.len()).rev().collect();
        while let Some(subject) = waiting.pop() {
            if !verdicts[subject].goes() {
                continue;
            }
            for &referrer in &self.referrers[subject] {
                if !verdicts[referrer].goes() && verdicts[referrer].held_by.is_none() {
                    verdicts[referrer].fate = verdicts[subject].fate;
                    verdicts[referrer].follows = Some(subject);
                    waiting.push(referrer);
                }
            }
        }
    }
}
