//! Documents as they are read, and the messages to malformed ones.

use crate::aws::iam::{Document, Effect, Usage, Version};

fn problems(usage: Usage, text: &str) -> String {
    Document::from_json_for(usage, text, "policy.json").unwrap_err().to_string()
}

#[test]
fn a_document_is_read_with_its_elements() {
    let text = r#"{
        "Version": "2012-10-17", "Id": "web",
        "Statement": [
            { "Sid": "Pull", "Effect": "Allow", "Action": "ecr:Batch*", "Resource": ["*"] },
            { "Effect": "Deny", "NotAction": ["ecr:*"], "NotResource": "arn:aws:s3:::web" }
        ]
    }"#;
    let document = Document::from_json(text, "policy").unwrap();
    assert_eq!(document.version, Version::V2012);
    assert_eq!(document.id.as_deref(), Some("web"));
    let [pull, deny] = document.statements.as_slice() else { panic!("two statements") };
    assert_eq!((pull.sid.as_deref(), pull.effect), (Some("Pull"), Effect::Allow));
    assert_eq!((deny.sid.as_deref(), deny.effect), (None, Effect::Deny));
}

#[test]
fn one_statement_needs_no_list_and_the_old_version_is_the_default() {
    let text = r#"{ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }"#;
    let document = Document::from_json(text, "policy").unwrap();
    assert_eq!((document.version, document.statements.len()), (Version::V2008, 1));
}

#[test]
fn a_document_is_written_as_it_was_read() {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b"}}"#;
    let document = Document::from_json(text, "policy").unwrap();
    let written = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&written).unwrap(), document);
    assert!(serde_json::from_str::<Document>("{}").is_err());
}

#[test]
fn what_the_command_line_prints_is_read_too() {
    let policy = r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*" } }"#;
    let plain = Document::from_json(policy, "policy").unwrap();
    let quoted = serde_json::to_string(policy).unwrap();
    let printed = [
        format!(r#"{{ "RoleName": "web", "PolicyName": "pull", "PolicyDocument": {policy} }}"#),
        format!(r#"{{ "PolicyVersion": {{ "Document": {policy}, "VersionId": "v1" }} }}"#),
        format!(r#"{{ "Role": {{ "RoleName": "web", "AssumeRolePolicyDocument": {policy} }} }}"#),
        format!(r#"{{ "registryId": "111122223333", "policyText": {quoted} }}"#),
    ];
    for text in printed {
        assert_eq!(Document::from_json(&text, "printed").unwrap(), plain, "{text}");
    }
    let wrong = r#"{ "policyText": "{ \"Statement\": 7 }" }"#;
    insta::assert_snapshot!("inside", problems(Usage::Any, wrong));
}

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    let text = r#"{
  "Version": "2012-10-18",
  "Statements": [],
  "Statement": [
    {
      "Effect": "allow",
      "Actions": "ecr:GetAuthorizationToken",
      "Action": ["BatchGetImage", 7],
      "Resource": "repository/web",
      "Condition": {
        "StringEqual": { "aws:RequestedRegion": "us-east-1" },
        "NumericLessThan": { "s3:max-keys": ["10", "ten"] },
        "Bool": { "aws:SecureTransport": {} }
      }
    },
    { "Sid": "x", "Effect": "Deny", "Action": "*", "NotAction": "*", "Resource": "${aws:user" },
    { "Sid": "x", "Resource": "*" }
  ]
}
"#;
    insta::assert_snapshot!(problems(Usage::Any, text));
}

#[test]
fn what_a_policy_is_for_decides_about_its_elements() {
    let text = r#"{ "Version": "2012-10-17", "Statement": [
  { "Sid": "a b", "Effect": "Allow", "Principal": "*", "Action": "ecr:*" },
  { "Effect": "Allow", "NotPrincipal": { "AWS": "arn:aws:iam::*:root" }, "Action": "ecr:*" },
  { "Effect": "Allow", "Principal": { "AWS": ["12", "*"], "Sevice": "ecs" }, "Action": "ecr:*" },
  { "Effect": "Allow", "Principal": "me", "Action": "ecr:*" }
] }"#;
    insta::assert_snapshot!("identity", problems(Usage::Identity, text));
    let text = r#"{ "Statement": { "Effect": "Allow", "Action": "ecr:*" } }"#;
    insta::assert_snapshot!("resource", problems(Usage::Resource, text));
}

#[test]
fn text_that_is_no_json_is_shown_where_it_breaks() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [,]\n}\n";
    insta::assert_snapshot!(problems(Usage::Any, text));
}
