//! Expressions of the guide and of users, what they select, and what is said of wrong ones.

use std::collections::BTreeMap;

use proptest::prelude::{prop_assert_eq, proptest};

use super::{Pattern, Query, Shown};

struct Instance {
    attributes: BTreeMap<String, Option<String>>,
    groups: BTreeMap<String, u32>,
}

/// A t2.medium in us-east-1a with an SSD, an attribute without a value, and two tasks of `web`.
fn instance() -> Instance {
    let attributes = [
        ("ecs.instance-type", Some("t2.medium")),
        ("ecs.availability-zone", Some("us-east-1a")),
        ("stack", Some("prod")),
        ("rack", Some("12")),
        ("ssd", None),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
    Instance {
        attributes: attributes.into(),
        groups: [("service:web".to_owned(), 2), ("databases".to_owned(), 1)].into(),
    }
}

fn selects(text: &str) -> bool {
    let instance = instance();
    let shown = Shown {
        attributes: &instance.attributes,
        ec2_instance_id: "i-0abcd1234",
        agent_connected: true,
        agent_version: "1.86.0",
        // 2023-11-14T22:13:20Z
        registered_at: 1_700_000_000,
        running_tasks: 3,
        groups: &instance.groups,
    };
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).selects(&shown)
}

#[test]
fn each_operator_by_sign_and_word() {
    let cases = [
        ("attribute:ecs.instance-type == t2.medium", true),
        ("attribute:ecs.instance-type equals t2.small", false),
        ("attribute:ecs.availability-zone != us-east-1d", true),
        ("attribute:stack not_equals prod", false),
        ("attribute:rack > 9", true),
        ("attribute:rack less_than 9", false),
        ("attribute:rack greater_than_equal 12", true),
        ("attribute:stack exists", true),
        ("attribute:ssd exists", true),
        ("attribute:gpu exists", false),
        ("attribute:gpu !exists", true),
        ("attribute:stack not_exists", false),
        ("attribute:ecs.instance-type in [t2.small, t2.medium]", true),
        ("attribute:ecs.instance-type not_in [t2.small,t2.medium]", false),
        ("attribute:ecs.instance-type =~ t2.*", true),
        ("attribute:ecs.instance-type !~ t2.*", false),
        ("attribute:ecs.instance-type matches '(m5|t2)\\.(small|medium)'", true),
    ];
    for (text, expected) in cases {
        assert_eq!(selects(text), expected, "{text}");
    }
}

#[test]
fn each_subject() {
    let cases = [
        ("agentConnected == true", true),
        ("agentVersion >= 1.9.0", true),
        ("agentVersion < 1.86", false),
        ("agentVersion == 1.86", true),
        ("ec2InstanceId in ['i-0abcd1234', 'i-wxyx7890']", true),
        ("registeredAt > 2023-11-14", true),
        ("registeredAt < 2023-11-14T22:13:20", false),
        ("registeredAt <= 2023-11-14T23:13:20+01:00", true),
        ("runningTasksCount == 3", true),
        ("runningTasksCount < 3", false),
        ("task:group == service:web", true),
        ("task:group == service:api", false),
        ("task:group != databases", false),
        ("task:group =~ service:.*", true),
    ];
    for (text, expected) in cases {
        assert_eq!(selects(text), expected, "{text}");
    }
}

#[test]
fn expressions_combine_with_the_usual_precedence() {
    let (yes, no) = ("attribute:stack == prod", "attribute:stack == test");
    let cases = [
        (format!("{yes} or {no} and {no}"), true),
        (format!("({yes} or {no}) and {no}"), false),
        (format!("not {no} and {yes}"), true),
        (format!("not ({no} or {yes})"), false),
        (format!("!{no} && {yes} || {no}"), true),
        (format!("not(not({yes}))"), true),
    ];
    for (text, expected) in cases {
        assert_eq!(selects(&text), expected, "{text}");
    }
}

#[test]
fn what_an_instance_does_not_have_is_unlike_everything() {
    assert!(selects("attribute:gpu != t4"));
    assert!(selects("attribute:gpu !in [t4, a10]"));
    assert!(!selects("attribute:gpu == t4"));
    assert!(!selects("attribute:gpu < 4"));
}

#[test]
fn mistakes_are_marked_with_what_would_be_right() {
    let texts = [
        "",
        "attribute: == a",
        "attribute:ecs.os-type = linux",
        "atribute:ecs.os-type == linux",
        "ecs.os-type == linux",
        "runningTaskCount == 1",
        "runningTasksCount == one",
        "runningTasksCount in [1]",
        "registeredAt > yesterday",
        "agentVersion > latest",
        "attribute:a == b attribute:c == d",
        "(attribute:a == b",
        "attribute:a in t2.small",
        "attribute:a in [t2.small",
        "attribute:a == 'b",
        "attribute:a ==",
        "attribute:a exists and",
        "attribute:a =~ *.large",
        "attribute:a =~ [a-",
        "attribute:a == b)",
    ];
    let mut shown = String::new();
    for text in texts {
        let error = Query::parse(text).expect_err(text);
        let marks = "^".repeat(error.at.len().max(1));
        let indent = " ".repeat(error.at.start);
        shown += &format!("{text}\n{indent}{marks} {}\n  help: {}\n\n", error.title, error.help);
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn depth_and_length_are_bounded() {
    assert!(Query::parse(&"(".repeat(10_000)).is_err());
    assert!(Query::parse(&"not ".repeat(10_000)).is_err());
    assert!(Pattern::parse(&"(a{50}){50}".repeat(2)).is_err());
    assert!(Pattern::parse(&"(".repeat(10_000)).is_err());
    assert!(Pattern::parse(&format!("a{}", "*".repeat(100_000))).is_err());
    assert!(Pattern::parse("(((){2000}){2000}){2000}").is_err());
    // a pattern that takes others exponential time
    let slow = Pattern::parse("(a*)*b").expect("it is read");
    assert!(!slow.matches(&"a".repeat(2_000)));
}

#[test]
fn patterns_by_hand() {
    let cases = [
        ("t2.*", "t2", true),
        ("t2.*", "at2", false),
        ("^[mc][56]\\.x?large$", "m5.large", true),
        ("[mc][56]\\.x?large", "m5xlarge", false),
        ("i-[^x]+", "i-0ab", true),
        ("i-[^x]+", "i-0xb", false),
        ("\\d{2,3}", "12", true),
        ("\\d{2,3}", "1234", false),
        ("a{2}|b+", "bbb", true),
        ("(ab)+c?", "ababc", true),
        ("[\\w-]+", "us-east_1", true),
        ("", "", true),
        ("a|", "", true),
        ("a+?b", "aab", true),
    ];
    for (pattern, text, expected) in cases {
        let read = Pattern::parse(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        assert_eq!(read.matches(text), expected, "{pattern} {text}");
    }
}

/// The plain meaning of a pattern of letters, `.`, `*` and `?`, by trying all ways.
fn plainly(pattern: &[char], text: &[char]) -> bool {
    let Some(&first) = pattern.first() else { return text.is_empty() };
    let fits = |c: &char| first == '.' || first == *c;
    match pattern.get(1) {
        Some('*') => {
            plainly(&pattern[2..], text)
                || (text.first().is_some_and(fits) && plainly(pattern, &text[1..]))
        }
        Some('?') => {
            plainly(&pattern[2..], text)
                || (text.first().is_some_and(fits) && plainly(&pattern[2..], &text[1..]))
        }
        _ => text.first().is_some_and(fits) && plainly(&pattern[1..], &text[1..]),
    }
}

proptest! {
    #[test]
    fn patterns_agree_with_trying_all_ways(pattern in "([ab.][*?]?){0,6}", text in "[ab]{0,8}") {
        let read = Pattern::parse(&pattern).expect("it is a pattern");
        let (characters, letters): (Vec<char>, Vec<char>) =
            (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(read.matches(&text), plainly(&characters, &letters));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z:!=<>~()\\[\\],'\" .*]{0,40}") {
        if let Err(error) = Query::parse(&text) {
            prop_assert_eq!(error.at.end <= text.len(), true);
        }
    }
}
