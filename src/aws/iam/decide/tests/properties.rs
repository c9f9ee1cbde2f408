//! What holds whatever the policies are: denials only take away, allowances only give.

use proptest::prelude::*;

use super::*;

const PLACES: [&str; 6] = ["identity", "resource", "boundary", "session", "scp", "rcp"];

/// A line of [`short`] without its effect, by place.
fn tail() -> impl Strategy<Value = (usize, String)> {
    let place = 0..PLACES.len();
    let action = prop::sample::select(vec!["*", "ecr:*", "!s3:*", "s3:*", "ecr:Put*"]);
    let resource = prop::sample::select(vec!["*", "arn:aws:ecr:*", "!arn:aws:s3:::*"]);
    let name = prop::sample::select(vec![ROLE, SESSION, USER, ROOT, "*"]);
    let condition = prop::sample::select(vec![
        "",
        r#" if {"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"#,
        r#" if {"Null":{"aws:SourceIp":"true"}}"#,
    ]);
    (place, action, resource, name, condition).prop_map(
        |(place, action, resource, name, condition)| {
            let to = if place == 1 { format!(r#" to {{"AWS":"{name}"}}"#) } else { String::new() };
            (place, format!("{action} {resource}{to}{condition}"))
        },
    )
}

/// All policies of a list of statements with their effects: each place has one policy.
fn assembled(statements: &[(bool, usize, String)]) -> Policies {
    let mut policies = Policies::default();
    for (place, name) in PLACES.into_iter().enumerate() {
        let lines: Vec<String> = statements
            .iter()
            .filter(|(_, at, _)| *at == place)
            .map(|(allow, _, tail)| {
                short(&format!("{} {tail}", if *allow { "Allow" } else { "Deny" }))
            })
            .collect();
        if lines.is_empty() {
            continue;
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let attached = policy(name, &lines);
        match name {
            "identity" => policies.identity.push(attached),
            "resource" => policies.resource.push(attached),
            "boundary" => policies.boundary = Some(attached),
            "session" => policies.session.push(attached),
            "scp" => policies.service_control.push(vec![attached]),
            _ => policies.resource_control.push(vec![attached]),
        }
    }
    policies
}

proptest! {
    /// A statement is added to a policy that is there: that a boundary comes to be limits too.
    #[test]
    fn a_deny_never_allows_more_and_an_allow_never_denies(
        statements in prop::collection::vec((any::<bool>(), tail()), 1..8),
        more in tail(),
        who in prop::sample::select(vec![USER, SESSION, ROOT]),
        resource in prop::sample::select(vec![WEB, ABROAD]),
    ) {
        let mut statements: Vec<_> =
            statements.into_iter().map(|(allow, (place, tail))| (allow, place, tail)).collect();
        let request = request(who, GET, resource);
        let before = decide(&assembled(&statements), &request).is_allowed();
        let place = more.0;
        let extends = place < 2 || statements.iter().any(|(_, at, _)| *at == place);
        statements.push((false, place, more.1.clone()));
        let with_deny = decide(&assembled(&statements), &request).is_allowed();
        prop_assert!(before || !with_deny);
        statements.pop();
        statements.push((true, place, more.1));
        let with_allow = decide(&assembled(&statements), &request).is_allowed();
        prop_assert!(with_allow || !before || !extends);
    }
}
