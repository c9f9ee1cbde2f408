//! Decisions by table, each with the policy that decides.

mod properties;

use super::*;
use crate::aws::iam::context::Context;
use crate::aws::iam::managed;

const OWN: &str = "111122223333";
const USER: &str = "arn:aws:iam::111122223333:user/team/ann";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/web/i-0123";
const ROLE: &str = "arn:aws:iam::111122223333:role/web";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const WEB: &str = "arn:aws:ecr:us-east-1:111122223333:repository/web";
const ABROAD: &str = "arn:aws:ecr:us-east-1:999988887777:repository/web";

/// A policy of these statements, each written in short.
fn policy(name: &str, statements: &[&str]) -> Attached {
    let text =
        format!(r#"{{ "Version": "2012-10-17", "Statement": [{}] }}"#, statements.join(", "));
    let document =
        Document::from_json(&text, "policy").unwrap_or_else(|problems| panic!("{problems}"));
    Attached::new(name, document)
}

/// `Allow ecr:* *`, or `Deny ecr:* * to "*"` as a statement.
fn short(line: &str) -> String {
    let (line, condition) = match line.split_once(" if ") {
        Some((line, condition)) => (line, format!(r#", "Condition": {condition}"#)),
        None => (line, String::new()),
    };
    let (line, principal) = match line.split_once(" to ") {
        Some((line, principal)) => (line, format!(r#", "Principal": {principal}"#)),
        None => (line, String::new()),
    };
    let words: Vec<_> = line.split(' ').collect();
    let element = |name: &str, word: &str| match word.strip_prefix('!') {
        Some(word) => format!(r#""Not{name}": "{word}""#),
        None => format!(r#""{name}": "{word}""#),
    };
    let resource =
        words.get(2).map_or(String::new(), |word| format!(", {}", element("Resource", word)));
    let action = element("Action", words[1]);
    format!(r#"{{ "Effect": "{}", {action}{resource}{principal}{condition} }}"#, words[0])
}

fn policies(lines: &[(&str, &str)]) -> Policies {
    let mut policies = Policies::default();
    for (index, (place, line)) in lines.iter().enumerate() {
        let attached = policy(&format!("p{index}"), &[&short(line)]);
        match *place {
            "identity" => policies.identity.push(attached),
            "resource" => policies.resource.push(attached),
            "boundary" => policies.boundary = Some(attached),
            "session" => policies.session.push(attached),
            "scp" => policies.service_control.push(vec![attached]),
            "rcp" => policies.resource_control.push(vec![attached]),
            other => panic!("{other}"),
        }
    }
    policies
}

fn request(principal: &str, action: &str, resource: &str) -> Request {
    let principal = match principal {
        "anonymous" => Principal::Anonymous,
        service if service.ends_with(".amazonaws.com") => Principal::Service(service.to_owned()),
        arn => Principal::from_arn(arn).unwrap(),
    };
    let context = Context::default()
        .with("aws:RequestedRegion", "us-east-1")
        .with("aws:SourceIp", "10.0.0.9")
        .with("aws:PrincipalTag/team", "web");
    Request::new(principal, action, resource, context)
}

/// `allowed p0`, `allowed p0 p1`, `denied p0` or `no identity-based policy`.
fn outcome(lines: &[(&str, &str)], principal: &str, action: &str, resource: &str) -> String {
    match decide(&policies(lines), &request(principal, action, resource)) {
        Decision::Allowed { by } => {
            by.iter().fold("allowed".to_owned(), |text, by| format!("{text} {}", by.policy))
        }
        Decision::DeniedExplicitly { by } => format!("denied {}", by.policy),
        Decision::DeniedImplicitly { missing } => format!("no {}", missing.name()),
    }
}

type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a str, &'a str);

fn check(cases: &[Case<'_>]) {
    for (lines, principal, action, resource, expected) in cases {
        let found = outcome(lines, principal, action, resource);
        assert_eq!(found, *expected, "{lines:?} {principal} {action} {resource}");
    }
}

const GET: &str = "ecr:BatchGetImage";
const NO_IDENTITY: &str = "no identity-based policy";
const NO_RESOURCE: &str = "no resource-based policy";
const TO_ROLE: &str = r#"Allow ecr:* to {"AWS":"arn:aws:iam::111122223333:role/web"}"#;
const TO_SESSION: &str =
    r#"Allow ecr:* to {"AWS":"arn:aws:sts::111122223333:assumed-role/web/i-0123"}"#;
const TO_USER: &str = r#"Allow ecr:* to {"AWS":"arn:aws:iam::111122223333:user/team/ann"}"#;
const TO_ACCOUNT: &str = r#"Allow ecr:* to {"AWS":"111122223333"}"#;
const TO_ALL: &str = r#"Allow ecr:* to "*""#;

#[test]
fn policies_of_identities_decide_by_action_and_resource() {
    check(&[
        (&[], USER, GET, WEB, NO_IDENTITY),
        (&[("identity", "Allow * *")], USER, GET, WEB, "allowed p0"),
        (&[("identity", "Allow ecr:* *")], SESSION, GET, WEB, "allowed p0"),
        (&[("identity", "Allow ECR:batchGET* *")], USER, GET, WEB, "allowed p0"),
        (&[("identity", "Allow ecr:BatchGet????? *")], USER, GET, WEB, "allowed p0"),
        (&[("identity", "Allow ecr:BatchGet???? *")], USER, GET, WEB, NO_IDENTITY),
        (&[("identity", "Allow s3:* *")], USER, GET, WEB, NO_IDENTITY),
        (
            &[("identity", "Allow ecr:* arn:aws:ecr:*:*:repository/web")],
            USER,
            GET,
            WEB,
            "allowed p0",
        ),
        (
            &[("identity", "Allow ecr:* arn:aws:ecr:*:*:repository/WEB")],
            USER,
            GET,
            WEB,
            NO_IDENTITY,
        ),
        (&[("identity", "Allow ecr:* arn:aws:ecr:eu-west-1:*")], USER, GET, WEB, NO_IDENTITY),
        (&[("identity", "Allow !ecr:PutImage *")], USER, GET, WEB, "allowed p0"),
        (&[("identity", "Allow !ecr:Batch* *")], USER, GET, WEB, NO_IDENTITY),
        (
            &[("identity", "Allow ecr:* !arn:aws:ecr:*:*:repository/db")],
            USER,
            GET,
            WEB,
            "allowed p0",
        ),
        (&[("identity", "Allow ecr:* !arn:aws:ecr:*")], USER, GET, WEB, NO_IDENTITY),
        // a token is for no resource: a statement about repositories does not reach it
        (
            &[("identity", "Allow ecr:* arn:aws:ecr:*")],
            USER,
            "ecr:GetAuthorizationToken",
            "*",
            NO_IDENTITY,
        ),
        (
            &[("identity", "Allow s3:* *"), ("identity", "Allow ecr:* *")],
            USER,
            GET,
            WEB,
            "allowed p1",
        ),
    ]);
}

#[test]
fn an_explicit_deny_wins_wherever_it_stands() {
    let allow = ("identity", "Allow * *");
    check(&[
        (&[allow, ("identity", "Deny ecr:* *")], USER, GET, WEB, "denied p1"),
        (&[("identity", "Deny ecr:* *"), allow], USER, GET, WEB, "denied p0"),
        (&[allow, ("identity", "Deny ecr:Put* *")], USER, GET, WEB, "allowed p0"),
        (&[allow, ("identity", "Deny !ecr:* *")], USER, GET, WEB, "allowed p0"),
        (&[allow, ("identity", "Deny !s3:* *")], USER, GET, WEB, "denied p1"),
        (&[allow, ("resource", r#"Deny ecr:* to "*""#)], USER, GET, WEB, "denied p1"),
        (
            &[allow, ("resource", r#"Deny ecr:* to {"AWS":"111122223333"}"#)],
            USER,
            GET,
            WEB,
            "denied p1",
        ),
        (&[allow, ("boundary", "Deny ecr:* *")], USER, GET, WEB, "denied p1"),
        (&[allow, ("session", "Deny ecr:* *")], SESSION, GET, WEB, "denied p1"),
        (&[allow, ("scp", "Deny ecr:* *")], USER, GET, WEB, "denied p1"),
        (&[("scp", "Deny ecr:* *")], ROOT, GET, WEB, "denied p0"),
        (&[("resource", r#"Deny ecr:* to "*""#)], ROOT, GET, WEB, "denied p0"),
    ]);
}

#[test]
fn conditions_narrow_a_statement() {
    let allow = |condition: &str| format!("Allow ecr:* * if {condition}");
    let cases = [
        (r#"{"StringEquals":{"aws:RequestedRegion":["us-east-1","us-west-2"]}}"#, true),
        (r#"{"StringEquals":{"aws:requestedregion":"eu-west-1"}}"#, false),
        (r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, true),
        (r#"{"StringEquals":{"ecr:ResourceTag/team":"web"}}"#, false),
        (r#"{"StringEqualsIfExists":{"ecr:ResourceTag/team":"web"}}"#, true),
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
        (r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
        (r#"{"Null":{"aws:SourceVpc":true}}"#, true),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/team/*"}}"#, true),
        (
            r#"{"StringEquals":{"aws:username":"ann"},"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
            false,
        ),
        (r#"{"StringEquals":{"aws:username":"ann","aws:PrincipalType":"User"}}"#, true),
        (r#"{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}"#, true),
    ];
    for (condition, allowed) in cases {
        let expected = if allowed { "allowed p0" } else { NO_IDENTITY };
        check(&[(&[("identity", &allow(condition))], USER, GET, WEB, expected)]);
    }
    let own = "Allow ecr:* arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}";
    check(&[(&[("identity", own)], USER, GET, WEB, "allowed p0")]);
    let other = "Allow ecr:* arn:aws:ecr:*:*:repository/${aws:username}";
    check(&[(&[("identity", other)], USER, GET, WEB, NO_IDENTITY)]);
}

#[test]
fn within_an_account_a_resource_policy_is_enough() {
    check(&[
        (&[("resource", TO_USER)], USER, GET, WEB, "allowed p0"),
        (&[("resource", TO_ROLE)], SESSION, GET, WEB, "allowed p0"),
        (&[("resource", TO_SESSION)], SESSION, GET, WEB, "allowed p0"),
        (&[("resource", TO_ALL)], SESSION, GET, WEB, "allowed p0"),
        (&[("resource", TO_USER)], SESSION, GET, WEB, NO_IDENTITY),
        // the account is asked to decide by itself
        (&[("resource", TO_ACCOUNT)], USER, GET, WEB, NO_IDENTITY),
        (&[("resource", TO_ACCOUNT), ("identity", "Allow ecr:* *")], USER, GET, WEB, "allowed p1"),
        (&[("resource", TO_ACCOUNT)], ROOT, GET, WEB, "allowed p0"),
        (&[], ROOT, GET, WEB, "allowed"),
        (&[("resource", TO_ALL)], "anonymous", GET, WEB, "allowed p0"),
        (&[("resource", TO_ACCOUNT)], "anonymous", GET, WEB, NO_RESOURCE),
        (
            &[("resource", r#"Allow ecr:* to {"Service":"codebuild.amazonaws.com"}"#)],
            "codebuild.amazonaws.com",
            GET,
            WEB,
            "allowed p0",
        ),
        (&[("identity", "Allow * *")], "codebuild.amazonaws.com", GET, WEB, NO_RESOURCE),
    ]);
}

#[test]
fn boundaries_and_control_policies_limit_what_is_granted() {
    let allow = ("identity", "Allow * *");
    check(&[
        (&[allow, ("boundary", "Allow s3:* *")], USER, GET, WEB, "no permissions boundary"),
        (&[allow, ("boundary", "Allow ecr:* *")], USER, GET, WEB, "allowed p0"),
        (&[("boundary", "Allow ecr:* *")], USER, GET, WEB, NO_IDENTITY),
        (&[allow, ("session", "Allow s3:* *")], SESSION, GET, WEB, "no session policy"),
        (&[allow, ("scp", "Allow s3:* *")], USER, GET, WEB, "no service control policy"),
        (&[allow, ("scp", "Allow * *"), ("scp", "Allow ecr:* *")], USER, GET, WEB, "allowed p0"),
        (
            &[allow, ("scp", "Allow * *"), ("scp", "Allow s3:* *")],
            USER,
            GET,
            WEB,
            "no service control policy",
        ),
        (&[allow, ("rcp", "Allow s3:* *")], USER, GET, WEB, "no resource control policy"),
        (&[("scp", "Allow * *")], USER, GET, WEB, NO_IDENTITY),
        // a resource policy that names the user or the session goes past the boundary
        (&[("resource", TO_USER), ("boundary", "Allow s3:* *")], USER, GET, WEB, "allowed p0"),
        (
            &[("resource", TO_SESSION), ("boundary", "Allow s3:* *")],
            SESSION,
            GET,
            WEB,
            "allowed p0",
        ),
        (
            &[("resource", TO_ROLE), ("boundary", "Allow s3:* *")],
            SESSION,
            GET,
            WEB,
            "no permissions boundary",
        ),
        (
            &[("resource", TO_ROLE), ("resource", TO_SESSION), ("boundary", "Allow s3:* *")],
            SESSION,
            GET,
            WEB,
            "allowed p1",
        ),
    ]);
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let allow = ("identity", "Allow ecr:* *");
    check(&[
        (&[allow], SESSION, GET, ABROAD, NO_RESOURCE),
        (&[("resource", TO_ACCOUNT)], SESSION, GET, ABROAD, NO_IDENTITY),
        (&[("resource", TO_ROLE)], SESSION, GET, ABROAD, NO_IDENTITY),
        (&[allow, ("resource", TO_ACCOUNT)], SESSION, GET, ABROAD, "allowed p0 p1"),
        (&[allow, ("resource", TO_ROLE)], SESSION, GET, ABROAD, "allowed p0 p1"),
        (&[allow, ("resource", TO_ALL)], USER, GET, ABROAD, "allowed p0 p1"),
        (&[allow, ("resource", TO_USER)], SESSION, GET, ABROAD, NO_RESOURCE),
        (
            &[allow, ("resource", TO_ACCOUNT), ("identity", "Deny ecr:* *")],
            USER,
            GET,
            ABROAD,
            "denied p2",
        ),
        (
            &[allow, ("resource", TO_ACCOUNT), ("boundary", "Allow s3:* *")],
            USER,
            GET,
            ABROAD,
            "no permissions boundary",
        ),
        (&[("resource", TO_ACCOUNT)], ROOT, GET, ABROAD, "allowed p0"),
        (&[], ROOT, GET, ABROAD, NO_RESOURCE),
    ]);
}

#[test]
fn everybody_but_those_named_is_denied() {
    let spare_with = |boundary: Option<Attached>, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!(r#""{name}""#)).collect();
        let deny = format!(
            r#"{{ "Effect": "Deny", "NotPrincipal": {{ "AWS": [{}] }}, "Action": "*" }}"#,
            names.join(",")
        );
        let identity = vec![policy("all", &[&short("Allow * *")])];
        let resource = vec![policy("spare", &[&deny])];
        let policies = Policies { identity, resource, boundary, ..Policies::default() };
        decide(&policies, &request(SESSION, GET, WEB)).is_allowed()
    };
    let spare = |names: &[&str]| spare_with(None, names);
    assert!(spare(&[OWN, ROLE, SESSION]));
    // nobody with a boundary is spared
    let boundary = policy("boundary", &[&short("Allow * *")]);
    assert!(!spare_with(Some(boundary), &[OWN, ROLE, SESSION]));
    // the session is compared by all of its names
    assert!(!spare(&[ROLE]));
    assert!(!spare(&[OWN, ROLE]));
    assert!(!spare(&[OWN]));
}

#[test]
fn denials_are_worded_as_aws_words_them() {
    let denial = |lines: &[(&str, &str)]| {
        let request = request(SESSION, GET, WEB);
        decide(&policies(lines), &request).sentence(&request)
    };
    let start = format!("User: {SESSION} is not authorized to perform: {GET} on resource: {WEB} ");
    let cases = [
        (&[][..], "because no identity-based policy allows the ecr:BatchGetImage action"),
        (&[("identity", "Deny * *")], "with an explicit deny in an identity-based policy"),
        (&[("resource", r#"Deny * to "*""#)], "with an explicit deny in a resource-based policy"),
        (&[("scp", "Deny * *")], "with an explicit deny in a service control policy"),
        (&[("boundary", "Deny * *")], "with an explicit deny in a permissions boundary"),
        (
            &[("scp", "Allow s3:* *")],
            "because no service control policy allows the ecr:BatchGetImage action",
        ),
    ];
    for (lines, end) in cases {
        assert_eq!(denial(lines), Some(format!("{start}{end}")));
    }
    assert_eq!(denial(&[("identity", "Allow * *")]), None);
    let request = request(SESSION, GET, WEB);
    let identity = vec![managed::ECR_PULL_ONLY.attached()];
    let policies = Policies { identity, ..Policies::default() };
    let Decision::Allowed { by } = decide(&policies, &request) else { panic!("allowed") };
    assert_eq!(
        by[0].to_string(),
        "statement 1 of arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly, an \
         identity-based policy"
    );
}

#[test]
fn managed_policies_let_tasks_and_nodes_pull() {
    let decide_with = |managed: managed::Managed, action: &str| {
        let identity = vec![managed.attached()];
        let policies = Policies { identity, ..Policies::default() };
        decide(&policies, &request(SESSION, action, WEB)).is_allowed()
    };
    let pulls = |managed: &managed::Managed| !managed.name.starts_with("AmazonS3");
    for managed in managed::MANAGED.into_iter().filter(pulls) {
        assert!(decide_with(managed, GET), "{}", managed.name);
        assert!(decide_with(managed, "ecr:GetDownloadUrlForLayer"), "{}", managed.name);
        assert!(!decide_with(managed, "ecr:DeleteRepository"), "{}", managed.name);
        assert_eq!(managed::Managed::named(&managed.arn()), Some(managed));
        assert_eq!(managed::Managed::named(managed.name), Some(managed));
    }
    assert!(decide_with(managed::ECR_POWER_USER, "ecr:PutImage"));
    assert!(!decide_with(managed::ECR_READ_ONLY, "ecr:PutImage"));
    assert!(!decide_with(managed::ECR_READ_ONLY, "ecr:BatchImportUpstreamImage"));
    assert!(decide_with(managed::ECR_PULL_ONLY, "ecr:BatchImportUpstreamImage"));
    let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    assert_eq!(managed::ECS_TASK_EXECUTION.arn(), arn);
}
