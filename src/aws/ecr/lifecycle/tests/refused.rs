//! Policies that ECR does not take, and what is said about them.

use serde_json::{Value, json};

use super::rule;
use crate::aws::ecr::lifecycle::Policy;

fn titles(text: &str) -> Vec<String> {
    let problems = Policy::from_json(text, "policy.json").expect_err("ECR refuses this");
    problems.problems().iter().map(|problem| problem.title.clone()).collect()
}

/// A rule with other values in it; null takes a key out.
fn changed(base: &str, changes: &[(&str, Value)]) -> Value {
    let mut rule = rule(base);
    for (path, value) in changes {
        let (object, key) = match path.split_once('.') {
            Some((object, key)) => (&mut rule[object], key),
            None => (&mut rule, *path),
        };
        match value {
            Value::Null => {
                object.as_object_mut().expect("an object").remove(key);
            }
            _ => object[key] = value.clone(),
        }
    }
    rule
}

fn check(base: &str, changes: &[(&str, Value)], expected: &[&str]) {
    let text = json!({ "rules": [changed(base, changes)] }).to_string();
    assert_eq!(titles(&text), expected, "{text}");
}

#[test]
fn values_are_checked_one_by_one() {
    let counted = "1 prod* newest 3";
    check(counted, &[("rulePriority", json!(0))], &["`rulePriority` is 0, and must be 1 or more"]);
    check(counted, &[("rulePriority", Value::Null)], &["`rulePriority` is missing"]);
    check(
        counted,
        &[("rulePriority", json!("1"))],
        &["`rulePriority` must be a whole number, and is a string"],
    );
    check(
        counted,
        &[("rulePriority", json!(5_000_000_000_u64))],
        &["`rulePriority` is beyond what ECR counts"],
    );
    check(
        counted,
        &[("selection.countNumber", json!(-1))],
        &["`countNumber` is -1, and must be 1 or more"],
    );
    check(
        counted,
        &[("selection.countNumber", json!(2.5))],
        &["`countNumber` must be a whole number of at most 64 bits"],
    );
    check(
        counted,
        &[("description", json!(7))],
        &["`description` must be a string in double quotes, and is a number"],
    );
    check(counted, &[("selection", Value::Null)], &["`selection` is missing"]);
    check(counted, &[("action", Value::Null)], &["`action` is missing"]);
    check(counted, &[("selection.tagStatus", json!("taged"))], &["`taged` is no `tagStatus`"]);
    check(counted, &[("action.type", json!("delete"))], &["`delete` is no `type`"]);
    check(
        counted,
        &[("selection.countUnit", json!("days"))],
        &["`imageCountMoreThan` counts images, and has no `countUnit`"],
    );
    check(
        "1 prod* days 3",
        &[("selection.countUnit", Value::Null)],
        &["`sinceImagePushed` needs a `countUnit`, which is missing"],
    );
    check(
        "1 prod* days 3",
        &[("selection.countUnit", json!("hours"))],
        &["`hours` is no `countUnit`"],
    );
}

#[test]
fn tags_go_with_the_tag_status() {
    let tagged = "1 prod* newest 3";
    check(
        tagged,
        &[("selection.tagPatternList", Value::Null)],
        &["a rule for tagged images must say which: `tagPatternList` is missing"],
    );
    check(
        tagged,
        &[("selection.tagPrefixList", json!(["prod"]))],
        &["a rule has a `tagPatternList` or a `tagPrefixList`, not both"],
    );
    check(
        tagged,
        &[("selection.tagPatternList", json!([]))],
        &["`tagPatternList` is empty, so that the rule selects nothing"],
    );
    check(
        tagged,
        &[("selection.tagPatternList", json!(["", "a*b*c*d*e*f"]))],
        &["a pattern must not be empty", "this pattern has 5 wildcards, more than 4"],
    );
    check(
        "1 prefix:a newest 1",
        &[("selection.tagPrefixList", json!([""]))],
        &["a prefix must not be empty"],
    );
    for status in ["any", "untagged"] {
        check(
            tagged,
            &[("selection.tagStatus", json!(status))],
            &[&format!("a rule with the `tagStatus` `{status}` has no list of tags")],
        );
    }
}

#[test]
fn the_archive_has_conditions() {
    check(
        "1 any unused 90",
        &[("action", json!({ "type": "expire" }))],
        &["`sinceImagePulled` can only archive images, not expire them"],
    );
    check(
        "1 any archived 90",
        &[("action", json!({ "type": "transition", "targetStorageClass": "archive" }))],
        &["`sinceImageTransitioned` can only expire images: they are archived"],
    );
    check("1 any archived 89", &[], &["archived images cannot be deleted after 89 days"]);
    check(
        "1 any archived 90",
        &[("selection.storageClass", Value::Null)],
        &["`sinceImageTransitioned` needs a `storageClass`, which is missing"],
    );
    check(
        "1 any newest 90",
        &[("selection.storageClass", json!("archive"))],
        &["`imageCountMoreThan` is about images in the storage class `standard`"],
    );
    check(
        "1 any days 90 archive",
        &[("action.targetStorageClass", Value::Null)],
        &["a `transition` needs a `targetStorageClass`, which is missing"],
    );
    check(
        "1 any days 90",
        &[("action.targetStorageClass", json!("archive"))],
        &["what expires is deleted, and has no `targetStorageClass`"],
    );
}

fn together(rules: &[&str], expected: &[&str]) {
    let rules: Vec<Value> = rules.iter().map(|text| rule(text)).collect();
    assert_eq!(titles(&json!({ "rules": rules }).to_string()), expected, "{rules:?}");
}

#[test]
fn rules_must_get_along() {
    together(
        &["1 a newest 1", "2 b newest 1", "1 c newest 1"],
        &["two rules have the `rulePriority` 1"],
    );
    together(
        &["1 any newest 1", "2 b newest 1"],
        &["the rule for any image in the storage class `standard` must have the highest \
         `rulePriority`"],
    );
    together(
        &["1 untagged newest 1", "2 untagged days 1"],
        &["only one rule may be for untagged images in the class `standard`"],
    );
    together(&["1 a*+b* newest 1", "2 b*+a* days 1"], &["two rules are for the same tags"]);
    // a prefix is the pattern that it stands for
    together(&["1 prefix:a newest 1", "2 a* days 1"], &["two rules are for the same tags"]);
}

#[test]
fn each_storage_class_may_have_its_any_untagged_and_tagged_rules() {
    let rules =
        ["1 any newest 1", "2 untagged archived 90", "3 a* archived 90", "4 any archived 90"];
    assert_eq!(super::policy(&rules).rules().len(), 4);
}

#[test]
fn a_policy_has_one_to_fifty_rules_and_so_many_characters() {
    together(&[], &["a policy has at least one rule"]);
    let rules = |count: u32| -> Vec<Value> {
        (1..=count).map(|number| rule(&format!("{number} tag-{number} newest 1"))).collect()
    };
    assert_eq!(
        titles(&json!({ "rules": rules(51) }).to_string()),
        ["the policy has 51 rules, more than 50",]
    );
    let text = json!({ "rules": rules(50) }).to_string();
    let padded = |length: usize| text.clone() + &" ".repeat(length - text.len());
    assert!(Policy::from_json(&padded(30_720), "policy.json").is_ok());
    assert_eq!(titles(&padded(30_721)), ["the policy has 30721 characters, more than 30720"]);
}

#[test]
fn what_is_no_policy_is_told_so() {
    assert_eq!(titles("[]"), ["`the policy` must be an object in `{}`, and is a list"]);
    assert_eq!(titles("{}"), ["`rules` is missing"]);
    assert_eq!(titles(r#"{"rules": {}}"#), ["`rules` must be a list in `[]`, and is an object"]);
    assert_eq!(titles(r#"{"rules": [1]}"#), ["`rules` must be an object in `{}`, and is a number"]);
    assert_eq!(
        titles(r#"{"rules": [],}"#),
        ["this is not JSON: there is a comma after the last entry",]
    );
    assert_eq!(titles(""), ["this is not JSON: EOF while parsing a value"]);
    assert_eq!(
        titles(r#"{"lifecyclePolicyText": {}}"#),
        ["`lifecyclePolicyText` must be a string in double quotes, and is an object",]
    );
    assert_eq!(titles(r#"{"lifecyclePolicyText": "{}"}"#), ["`rules` is missing"]);
}

#[test]
fn everything_is_said_at_once() {
    let mut first = changed("0 prod* newest 0", &[("selection.tagStatsu", json!("any"))]);
    first["descripton"] = json!("a slip");
    let second = changed("2 any days 3", &[("selection.countUnit", json!("day"))]);
    let titles = titles(&json!({ "rules": [first, second], "version": 2 }).to_string());
    assert_eq!(titles.len(), 6, "{titles:#?}");
}

#[test]
fn the_answer_of_get_lifecycle_policy_holds_a_policy() {
    let inner = json!({ "rules": [rule("1 any newest 3")] }).to_string();
    let text = json!({ "registryId": "1", "repositoryName": "web", "lifecyclePolicyText": inner });
    let policy = Policy::from_json(&text.to_string(), "policy.json").expect("a policy");
    assert_eq!(policy, super::policy(&["1 any newest 3"]));
}
