//! The table of cases.

use super::{image, now, outcome, policy};
use crate::aws::ecr::lifecycle::{ImageDetail, Measure};

/// A case: what it shows, rules, images, and what happens to these.
type Case =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

fn check(cases: &[Case]) {
    for (shows, rules, images, expected) in cases {
        let policy = policy(rules);
        let images: Vec<ImageDetail> = images.iter().map(|text| image(text)).collect();
        let verdicts = policy.preview(&images, now());
        assert_eq!(outcome(&policy, &images, &verdicts), *expected, "{shows}");
    }
}

/// The repositories and policies that the user guide works through, and its results.
#[test]
fn the_examples_of_the_user_guide_for_tags() {
    const THREE: &[&str] = &["A beta-1,prod-1 10", "B beta-2,prod-2 9", "C beta-3 8"];
    check(&[
        (
            "image age",
            &["1 prod* days 14"],
            &["A prod 15", "B prod-2 13", "C production 15", "D test-prod 15"],
            &["A expires by 1", "C expires by 1"],
        ),
        (
            "image count",
            &["1 untagged newest 1"],
            &["A - 3", "B - 2", "C - 1", "D latest 9"],
            &["A expires by 1", "B expires by 1"],
        ),
        (
            "multiple rules, A: B is not expired by rule 2, as rule 1 keeps it",
            &["1 prod* newest 1", "2 beta* newest 1"],
            THREE,
            &["A expires by 1"],
        ),
        (
            "multiple rules, B: rule 1 has seen all images that rule 2 sees",
            &["1 beta* newest 1", "2 prod* newest 1"],
            THREE,
            &["A expires by 1", "B expires by 1"],
        ),
        (
            "multiple rules, A, in the older form",
            &["1 prefix:prod newest 1", "2 prefix:beta newest 1"],
            THREE,
            &["A expires by 1"],
        ),
        (
            "multiple tags, A: only images with both",
            &["1 alpha*+beta* days 5"],
            &[
                "A alpha-1 12",
                "B beta-1 11",
                "C alpha-2,beta-2 10",
                "D alpha-3 4",
                "E beta-3 3",
                "F alpha-4,beta-4 2",
            ],
            &["C expires by 1"],
        ),
        (
            "multiple tags, B: other tags do not matter",
            &["1 alpha*+beta* newest 1"],
            &["A alpha-1,beta-1,gamma-1 10", "B alpha-2,beta-2 9", "C alpha-3,beta-3,gamma-2 8"],
            &["A expires by 1", "B expires by 1"],
        ),
    ]);
}

/// The same, continued.
#[test]
fn the_examples_of_the_user_guide_for_all_images() {
    check(&[
        (
            "all images, A: one is kept",
            &["1 any newest 1"],
            &["A alpha-1 4", "B beta-1 3", "C - 2", "D alpha-2 1"],
            &["A expires by 1", "B expires by 1", "C expires by 1"],
        ),
        (
            "all images, B: rule 2 keeps E, the youngest, so rule 3 cannot expire it",
            &["1 alpha* newest 1", "2 untagged days 1", "3 any newest 1"],
            &["A alpha-1,beta-1 4", "B - 3", "C alpha-2 2", "D hash 1", "E - 0.99"],
            &["A expires by 1", "B expires by 2", "D expires by 3"],
        ),
        (
            "archive, then expire",
            &["1 any days 30 archive", "2 any archived 365"],
            &["A a 31", "B b 29", "C c 500 archived=366", "D d 500 archived=364"],
            &["A is archived by 1", "C expires by 2"],
        ),
    ]);
}

#[test]
fn counts_and_ages_end_where_they_say() {
    check(&[
        ("nothing comes of nothing", &["1 any newest 1"], &[], &[]),
        ("one of one stays", &["1 any newest 1"], &["A a 99"], &[]),
        ("as many as may stay", &["1 any newest 3"], &["A a 3", "B b 2", "C - 1"], &[]),
        (
            "one more than may stay",
            &["1 any newest 3"],
            &["A a 1", "B b 4", "C - 2", "D d 3"],
            &["B expires by 1"],
        ),
        (
            "a limit beyond all numbers of images",
            &["1 any newest 4294967295"],
            &["A a 1", "B b 9"],
            &[],
        ),
        (
            "exactly so many days are not more, a second more is",
            &["1 any days 14"],
            &["A a 14", "B b 14.0000116", "C c 13.9999884"],
            &["B expires by 1"],
        ),
        ("what is pushed in the future is not old", &["1 any days 1"], &["A a -2"], &[]),
        (
            "days are 24 hours, whatever the date",
            &["1 any days 1"],
            &["A a 0.75", "B b 1.25"],
            &["B expires by 1"],
        ),
        (
            "the order of the list does not matter",
            &["1 any newest 1"],
            &["C c 1", "A a 3", "B b 2"],
            &["A expires by 1", "B expires by 1"],
        ),
        (
            "of images pushed at once, the one with the smaller digest counts as younger",
            &["1 any newest 2"],
            &["C c 5", "A a 5", "B b 5"],
            &["C expires by 1"],
        ),
    ]);
}

#[test]
fn the_first_rule_about_an_image_decides() {
    check(&[
        (
            "a rule that keeps shields from all later ones",
            &["1 prod* newest 9999", "2 any days 1"],
            &["A prod-1 900", "B test 900", "C - 900"],
            &["B expires by 2", "C expires by 2"],
        ),
        (
            "so does one about only some of its tags",
            &["1 prod* newest 1", "2 test* days 1"],
            &["A prod-1,test-1 30", "B prod-2 20", "C test-2 10"],
            &["A expires by 1", "C expires by 2"],
        ),
        (
            "what is kept for one tag may go for another, if that rule comes first",
            &["1 test* days 1", "2 prod* newest 10"],
            &["A prod-1,test-1 30", "B prod-2 20"],
            &["A expires by 1"],
        ),
        (
            "rules count what earlier ones expire, as if they did not",
            &["1 alpha* newest 1", "2 beta* newest 2"],
            &["A alpha-1,beta-1 6", "B beta-2 5", "C beta-3 4", "D beta-4 3", "E alpha-9 1"],
            &["A expires by 1", "B expires by 2"],
        ),
        (
            "and nothing is left, where each rule leaves to the other what is to stay",
            &["1 tmp* days 1", "9 any newest 1"],
            &["A tmp-1 2", "B v1 3"],
            &["A expires by 1", "B expires by 9"],
        ),
        (
            "images that an earlier rule keeps take the places of a later one",
            &["1 prod* newest 5", "9 any newest 2"],
            &["A prod-1 1", "B prod-2 2", "C x 3", "D - 4"],
            &["C expires by 9", "D expires by 9"],
        ),
        (
            "priorities need not follow each other, nor stand in order",
            &["70 any newest 1", "5 prod* newest 1", "20 untagged days 3"],
            &["A prod-1 9", "B prod-2 8", "C - 7", "D x 6", "E x 5"],
            &["A expires by 5", "C expires by 20", "D expires by 70"],
        ),
        (
            "tagged and untagged images are each for themselves",
            &["1 untagged newest 1", "2 * newest 1"],
            &["A - 4", "B a 3", "C - 2", "D d 1"],
            &["A expires by 1", "B expires by 2"],
        ),
        (
            "an image that no rule is about stays",
            &["1 prod* days 1", "2 untagged days 1"],
            &["A latest 5000"],
            &[],
        ),
        (
            "three rules about one image",
            &["1 a* newest 2", "2 *b newest 1", "3 any days 1"],
            &["A ab 9", "B ab-b 8", "C a 7", "D xb 6", "E x 5"],
            &["A expires by 1", "E expires by 3"],
        ),
    ]);
}

#[test]
fn tags_are_matched_one_by_one() {
    check(&[
        (
            "an image with several tags that match counts once",
            &["1 v* newest 2"],
            &["A v1,v1.0,v1.0.0 3", "B v2,v2.0 2", "C v3 1"],
            &["A expires by 1"],
        ),
        (
            "one tag may match several patterns",
            &["1 *a*+*b* days 1"],
            &["A ab 9", "B a 9", "C b 9", "D xa,bx 9"],
            &["A expires by 1", "D expires by 1"],
        ),
        (
            "without a wildcard, a pattern is the whole tag",
            &["1 latest days 1"],
            &["A latest 9", "B latest-1 9", "C x,latest 9"],
            &["A expires by 1", "C expires by 1"],
        ),
        (
            "a prefix may be the whole tag",
            &["1 prefix:prod days 1"],
            &["A prod 9", "B prod1 9", "C xprod 9", "D Prod 9"],
            &["A expires by 1", "B expires by 1"],
        ),
        (
            "four wildcards",
            &["1 *test*1*2*3 days 1"],
            &["A a-test-1-2-3 9", "B test123 9", "C test-1-2-3-4 9", "D test-2-1-3 9"],
            &["A expires by 1", "B expires by 1"],
        ),
        (
            "prefixes that are prefixes of each other: the first one decides",
            &["1 prefix:prod-eu newest 1", "2 prefix:prod newest 1"],
            &["A prod-eu-1 9", "B prod-eu-2 8", "C prod-us-1 7", "D prod-us-2 6"],
            &["A expires by 1", "C expires by 2"],
        ),
    ]);
}

#[test]
fn the_archive_has_rules_of_its_own() {
    check(&[
        (
            "unused since the last pull, or since the push",
            &["1 any unused 90"],
            &["A a 500 pulled=91", "B b 500 pulled=90", "C c 91", "D d 90"],
            &["A is archived by 1", "C is archived by 1"],
        ),
        (
            "a restored image is unused since it was restored, if not pulled since",
            &["1 any unused 90"],
            &[
                "A a 500 pulled=300 restored=91",
                "B b 500 pulled=300 restored=90",
                "C c 500 pulled=3 restored=91",
            ],
            &["A is archived by 1"],
        ),
        (
            "rules about the one class neither see nor count images of the other",
            &["1 any newest 1", "2 any archived 90"],
            &["A a 1 archived=1", "B b 2", "C c 3", "D d 900 archived=91"],
            &["C expires by 1", "D expires by 2"],
        ),
        (
            "a restored image counts as pushed when it was restored",
            &["1 any newest 1"],
            &["A a 500 restored=1", "B b 2"],
            &["B expires by 1"],
        ),
        (
            "one that is being restored is restored now",
            &["1 any days 30", "2 any archived 90"],
            &["A a 500 restoring"],
            &[],
        ),
        (
            "an untagged rule for each class",
            &["1 untagged days 7 archive", "2 untagged archived 90"],
            &["A - 8", "B - 200 archived=100", "C x 200"],
            &["A is archived by 1", "B expires by 2"],
        ),
    ]);
}

#[test]
fn images_that_refer_to_each_other_stay_or_go_together() {
    check(&[
        (
            "an index that stays keeps what it lists",
            &["1 v* newest 1", "2 untagged days 1"],
            &["I v1 9 lists=A+B", "A - 9", "B - 9", "C - 9"],
            &["A stays for I", "B stays for I", "C expires by 2"],
        ),
        (
            "an index that goes does not",
            &["1 v* newest 1", "2 untagged days 1"],
            &["I v1 9 lists=A", "A - 9", "J v2 8 lists=B", "B - 8"],
            &["I expires by 1", "A expires by 2", "B stays for J"],
        ),
        (
            "one index that stays is enough",
            &["1 v* newest 1", "2 untagged days 1"],
            &["I v1 9 lists=A", "J v2 8 lists=A", "A - 9"],
            &["I expires by 1", "A stays for J"],
        ),
        (
            "an index in an index",
            &["1 v* newest 1", "2 untagged days 1"],
            &["A - 9", "J - 9 lists=A", "I v1 9 lists=J"],
            &["A stays for J", "J stays for I"],
        ),
        (
            "an index in the archive keeps nothing",
            &["2 untagged days 1"],
            &["I v1 9 archived=3 lists=A", "A - 9"],
            &["A expires by 2"],
        ),
        (
            "what an index lists may be elsewhere",
            &["2 untagged days 1"],
            &["I v1 9 lists=gone", "A - 9"],
            &["A expires by 2"],
        ),
        (
            "a signature goes with its image, and the signature of a signature, too",
            &["1 v* days 7"],
            &["T - 9 of=S", "S - 9 of=A", "A v1 9", "R - 9 of=B", "B v2 3"],
            &["T goes with S", "S goes with A", "A expires by 1"],
        ),
        (
            "it is archived with its image",
            &["1 any unused 90"],
            &["A v1 91", "S sig 4 of=A"],
            &["A is archived by 1", "S goes with A"],
        ),
    ]);
}

#[test]
fn circles_of_references_come_to_an_end() {
    check(&[(
        "no registry has them, but a file may",
        &["1 untagged days 1"],
        &["A - 9 lists=B of=B", "B - 9 lists=A of=A", "C c 9 lists=C of=C"],
        &["A expires by 1", "B expires by 1"],
    )]);
}

#[test]
fn a_count_that_ends_among_images_pushed_at_once_says_so() {
    let policy = policy(&["1 any newest 2"]);
    let tied = |images: &[&str]| -> Vec<bool> {
        let images: Vec<_> = images.iter().map(|text| image(text)).collect();
        let verdicts = policy.preview(&images, now());
        let tied = verdicts.iter().map(|verdict| {
            matches!(verdict.decided_by, Some((0, Measure::Place { tied: true, .. })))
        });
        tied.collect()
    };
    assert_eq!(tied(&["A a 1", "B b 2", "C c 2", "D d 3"]), [false, true, true, false]);
    assert_eq!(tied(&["A a 1", "B b 1", "C c 2", "D d 2"]), [false; 4]);
}

#[test]
fn rules_that_come_too_late_are_named() {
    let policy = policy(&["1 prod* newest 1", "2 *-old days 5", "3 any newest 1"]);
    let images: Vec<_> = ["A prod-old 9", "B x-old 9", "C prod-1 10", "D d 1"].map(image).into();
    let overruled: Vec<_> =
        policy.preview(&images, now()).into_iter().map(|verdict| verdict.overruled).collect();
    // A is kept by rule 1; B and C go anyway
    assert_eq!(overruled, [vec![1, 2], vec![], vec![], vec![]]);
}
