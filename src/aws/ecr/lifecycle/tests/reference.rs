//! Random policies on random repositories, against an evaluation that is plainly the rules.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{image, now, policy};
use crate::aws::ecr::lifecycle::{Criterion, Fate, ImageDetail, Policy, Rule};

/// What rules can be about; `any` and `untagged` once each, `any` last.
const TAGGED: [&str; 6] = ["a*", "*b", "*c*", "a*+*b", "prefix:a+c", "abc"];

/// Whether an image matches a rule, by number of images that are younger, or by age.
fn marks(rule: &Rule, images: &[ImageDetail], place: usize) -> bool {
    let image = &images[place];
    match rule.criterion {
        Criterion::CountMoreThan(limit) => {
            let younger = images.iter().filter(|other| {
                let first = other.pushed_at > image.pushed_at
                    || other.pushed_at == image.pushed_at && other.digest < image.digest;
                rule.tags.matches(&other.tags) && first
            });
            younger.count() >= limit as usize
        }
        Criterion::Pushed(days) => image.pushed_at < now().days_before(f64::from(days)),
        Criterion::Pulled(_) | Criterion::Transitioned(_) => unreachable!("not drawn here"),
    }
}

/// Priority of the rule that expires each image.
fn expected(policy: &Policy, images: &[ImageDetail]) -> Vec<Option<u32>> {
    let places = 0..images.len();
    let fates = places.map(|place| {
        let first = policy.rules().iter().find(|rule| rule.tags.matches(&images[place].tags));
        first.filter(|rule| marks(rule, images, place)).map(|rule| rule.priority)
    });
    fates.collect()
}

fn rules() -> impl Strategy<Value = Vec<String>> {
    let about = (subsequence(&TAGGED[..], 0..=4), any::<bool>(), any::<bool>());
    let about = about.prop_flat_map(|(tagged, untagged, last)| {
        let mut about = tagged;
        about.extend(untagged.then_some("untagged"));
        let all = last || about.is_empty();
        Just(about).prop_shuffle().prop_map(move |mut about| {
            about.extend(all.then_some("any"));
            about
        })
    });
    let count = (select(vec!["newest", "days"]), 1_u32..5);
    (about, prop::collection::vec(count, 6)).prop_map(|(about, counts)| {
        let rules = about.into_iter().zip(counts).enumerate();
        let rules = rules.map(|(place, (about, (count, limit)))| {
            format!("{} {about} {count} {limit}", 3 * place + 1)
        });
        rules.collect()
    })
}

fn images() -> impl Strategy<Value = Vec<ImageDetail>> {
    let tags = subsequence(vec!["a", "ab", "b", "abc", "xcx", "d"], 0..=3);
    // ages in half days, so that some are exactly the limit, and some the same
    prop::collection::vec((tags, 0_u32..12), 0..14).prop_map(|images| {
        let images = images.into_iter().enumerate().map(|(place, (tags, halves))| {
            let tags = if tags.is_empty() { "-".to_owned() } else { tags.join(",") };
            // digests that do not come in order
            image(&format!("{:02} {tags} {}", place * 7 % 17, f64::from(halves) / 2.0))
        });
        images.collect()
    })
}

proptest! {
    #[test]
    fn previews_are_what_the_rules_say(rules in rules(), images in images()) {
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let policy = policy(&rules);
        let verdicts = policy.preview(&images, now());
        let got: Vec<Option<u32>> = verdicts
            .iter()
            .map(|verdict| {
                let (rule, _) = verdict.decided_by?;
                (verdict.fate == Fate::Expires).then(|| policy.rules()[rule].priority)
            })
            .collect();
        prop_assert_eq!(got, expected(&policy, &images));
    }
}
