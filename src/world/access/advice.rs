//! What would have to be added to policies, so that a role may do what it is denied.

use crate::aws::iam::decide::Kind;
use crate::aws::iam::{Decision, Principal};

/// What would allow a request that was denied: which policy, and the statement it lacks, in a line
/// of its own.
pub fn advice(who: &Principal, action: &str, resource: &str, decision: &Decision) -> String {
    let role = role_of(who);
    let missing = match decision {
        Decision::Allowed { .. } => return String::new(),
        Decision::DeniedExplicitly { by } => {
            return format!("take out what denies {action}, or narrow it: {by}");
        }
        Decision::DeniedImplicitly { missing } => *missing,
    };
    let policy = match missing {
        Kind::Identity => format!("give the role `{role}` a policy with this statement:"),
        Kind::Boundary => format!("add to the permissions boundary of the role `{role}`:"),
        Kind::Session => "add to the session policy:".to_owned(),
        Kind::ServiceControl => {
            "add to a service control policy on each level of the organisation:".to_owned()
        }
        Kind::ResourceControl => {
            "add to a resource control policy on each level of the organisation:".to_owned()
        }
        Kind::Resource => format!("add to the policy of {resource}:"),
    };
    let whom = match missing {
        Kind::Resource => format!(r#" "Principal": {{ "AWS": "{}" }},"#, role_arn(who)),
        _ => String::new(),
    };
    let effect = r#""Effect": "Allow""#;
    let statement =
        format!(r#"{{ {effect},{whom} "Action": "{action}", "Resource": "{resource}" }}"#);
    format!("{policy}\n    {statement}")
}

/// The name of the role that a session is of.
fn role_of(who: &Principal) -> String {
    match who {
        Principal::Session { role, .. } => role.clone(),
        other => other.arn(),
    }
}

fn role_arn(who: &Principal) -> String {
    match who {
        Principal::Session { account, path, role, .. } => {
            format!("arn:aws:iam::{account}:role{path}{role}")
        }
        other => other.arn(),
    }
}
