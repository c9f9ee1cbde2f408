//! Whether a request is allowed, and which statement says so.
//!
//! The rules are those of the IAM User Guide, "Policy evaluation logic":
//!
//! * An explicit deny in any policy wins.
//! * Service and resource control policies of every level of the organisation must allow.
//! * In one account, one allow of an identity-based *or* a resource-based policy is enough. That of
//!   an identity is limited by its permissions boundary and session policies. A resource-based
//!   policy that names a user, or the session of a role, is not; one that names the role is,
//!   because the session asks. One that names the account leaves the decision to the account,
//!   whose identity-based policies must allow.
//! * Across accounts both sides must allow: the identity's policies in its account, the
//!   resource-based policy in the other.
//! * The root user of an account may do everything that no control policy and no deny forbids.
//! * A service, or nobody in particular, needs a resource-based policy.
//! * A deny with `NotPrincipal` in a resource-based policy reaches everyone who has a permissions
//!   boundary, whomever it spares ("Permissions boundaries for IAM entities").

use std::fmt;

use serde::{Deserialize, Serialize};

use super::context::Request;
use super::document::{Choice, Document, Effect};
use super::principal::{Principal, Reach};

/// A policy with the name by which explanations call it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name or ARN.
    pub name: String,
    /// What it says.
    pub document: Document,
}

impl Attached {
    /// A policy of this name.
    pub fn new(name: impl Into<String>, document: Document) -> Self {
        Self { name: name.into(), document }
    }
}

/// All policies that concern a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// Of the user or role, with those of its groups.
    pub identity: Vec<Attached>,
    /// Of the resource: the policy of a repository, of its registry.
    pub resource: Vec<Attached>,
    /// Permissions boundary of the user or role.
    pub boundary: Option<Attached>,
    /// Session policies: of several, each must allow.
    pub session: Vec<Attached>,
    /// Service control policies of the principal's account, by level from the root of the
    /// organisation down: in each level one must allow. Empty: no organisation, or its management
    /// account.
    pub service_control: Vec<Vec<Attached>>,
    /// Resource control policies of the resource's account, likewise.
    pub resource_control: Vec<Vec<Attached>>,
}

/// What kind of policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    ServiceControl,
    ResourceControl,
    Resource,
    Identity,
    Boundary,
    Session,
}

impl Kind {
    /// What AWS calls it, with its article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::ServiceControl => "a service control policy",
            Self::ResourceControl => "a resource control policy",
            Self::Resource => "a resource-based policy",
            Self::Identity => "an identity-based policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
        }
    }

    /// What AWS calls it.
    pub fn name(self) -> &'static str {
        self.with_article().split_once(' ').map_or("", |(_, name)| name)
    }
}

/// The statement that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deciding {
    /// Kind of its policy.
    pub kind: Kind,
    /// Name of its policy.
    pub policy: String,
    /// Its position in the policy, from 0.
    pub statement: usize,
    /// Its name, where it has one.
    pub sid: Option<String>,
}

/// `statement Pull of p, an identity-based policy`.
impl fmt::Display for Deciding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "statement {sid}")?,
            None => write!(f, "statement {}", self.statement + 1)?,
        }
        write!(f, " of {}, {}", self.policy, self.kind.with_article())
    }
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is allowed: by one statement in one account, by one of each side across accounts, by none
    /// for the root user.
    Allowed {
        /// The statements that grant it.
        by: Vec<Deciding>,
    },
    /// A statement denies it.
    DeniedExplicitly {
        /// The first that does.
        by: Deciding,
    },
    /// Nothing allows it.
    DeniedImplicitly {
        /// The kind of policy that would have to.
        missing: Kind,
    },
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// The sentence with which AWS refuses a request; none where it is allowed. (IAM User Guide,
    /// "Troubleshoot access denied error messages"; the same in messages of Amazon ECR.)
    pub fn sentence(&self, request: &Request) -> Option<String> {
        let why = match self {
            Self::Allowed { .. } => return None,
            Self::DeniedExplicitly { by } => {
                format!("with an explicit deny in {}", by.kind.with_article())
            }
            Self::DeniedImplicitly { missing } => {
                format!("because no {} allows the {} action", missing.name(), request.action)
            }
        };
        let Request { principal, action, resource, .. } = request;
        Some(format!(
            "User: {principal} is not authorized to perform: {action} on resource: {resource} {why}"
        ))
    }
}

/// Decides about a request.
pub fn decide(policies: &Policies, request: &Request) -> Decision {
    if let Some(by) = explicit_deny(policies, request) {
        return Decision::DeniedExplicitly { by };
    }
    if let Some(missing) = missing_control(policies, request) {
        return Decision::DeniedImplicitly { missing };
    }
    let resource = resource_grant(policies, request);
    if matches!(
        request.principal,
        Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous
    ) {
        return match resource {
            Some((_, by)) => Decision::Allowed { by: vec![by] },
            None => Decision::DeniedImplicitly { missing: Kind::Resource },
        };
    }
    if request.crosses_accounts() {
        across_accounts(policies, request, resource)
    } else {
        within_account(policies, request, resource)
    }
}

type Grant = (Reach, Deciding);

fn within_account(policies: &Policies, request: &Request, resource: Option<Grant>) -> Decision {
    // a grant to the account is for its own policies to pass on
    if let Some((reach, by)) = resource.filter(|(reach, _)| *reach > Reach::Account) {
        let is_session = matches!(request.principal, Principal::Session { .. });
        let limited = is_session && reach != Reach::Session;
        return match missing_limit(policies, request).filter(|_| limited) {
            Some(missing) => Decision::DeniedImplicitly { missing },
            None => Decision::Allowed { by: vec![by] },
        };
    }
    match identity_side(policies, request) {
        Ok(by) => Decision::Allowed { by: by.into_iter().collect() },
        Err(missing) => Decision::DeniedImplicitly { missing },
    }
}

fn across_accounts(policies: &Policies, request: &Request, resource: Option<Grant>) -> Decision {
    let by = match identity_side(policies, request) {
        Ok(by) => by,
        Err(missing) => return Decision::DeniedImplicitly { missing },
    };
    match resource {
        Some((_, resource)) => Decision::Allowed { by: by.into_iter().chain([resource]).collect() },
        None => Decision::DeniedImplicitly { missing: Kind::Resource },
    }
}

/// What the policies of the identity say: which statement allows, none being needed for the root
/// user, or which kind of policy does not.
fn identity_side(policies: &Policies, request: &Request) -> Result<Option<Deciding>, Kind> {
    if matches!(request.principal, Principal::Root { .. }) {
        return Ok(None);
    }
    let by = find(Kind::Identity, &policies.identity, Effect::Allow, request);
    let by = by.ok_or(Kind::Identity)?;
    match missing_limit(policies, request) {
        Some(missing) => Err(missing),
        None => Ok(Some(by)),
    }
}

/// The permissions boundary or session policy that does not allow.
fn missing_limit(policies: &Policies, request: &Request) -> Option<Kind> {
    let allows = |policy: &Attached| statement(policy, Effect::Allow, request).is_some();
    if !policies.boundary.iter().all(allows) {
        return Some(Kind::Boundary);
    }
    (!policies.session.iter().all(allows)).then_some(Kind::Session)
}

/// The kind of control policy of which a level does not allow.
fn missing_control(policies: &Policies, request: &Request) -> Option<Kind> {
    let allows = |level: &Vec<Attached>| {
        level.iter().any(|policy| statement(policy, Effect::Allow, request).is_some())
    };
    if !policies.resource_control.iter().all(allows) {
        return Some(Kind::ResourceControl);
    }
    (!policies.service_control.iter().all(allows)).then_some(Kind::ServiceControl)
}

fn explicit_deny(policies: &Policies, request: &Request) -> Option<Deciding> {
    let deny = |kind, attached: &[Attached]| find(kind, attached, Effect::Deny, request);
    let levels = |kind, levels: &[Vec<Attached>]| levels.iter().find_map(|level| deny(kind, level));
    levels(Kind::ServiceControl, &policies.service_control)
        .or_else(|| levels(Kind::ResourceControl, &policies.resource_control))
        .or_else(|| deny(Kind::Resource, &policies.resource))
        .or_else(|| unsparing_deny(policies, request))
        .or_else(|| deny(Kind::Identity, &policies.identity))
        .or_else(|| deny(Kind::Boundary, policies.boundary.as_slice()))
        .or_else(|| deny(Kind::Session, &policies.session))
}

/// A deny that spares some, for a principal with a boundary, whom it does not spare.
fn unsparing_deny(policies: &Policies, request: &Request) -> Option<Deciding> {
    policies.boundary.as_ref()?;
    policies.resource.iter().find_map(|attached| {
        let index = attached.document.statements.iter().position(|statement| {
            let spares = matches!(statement.principals, Some(Choice::NoneOf(_)));
            spares && statement.effect == Effect::Deny && statement.is_about(request)
        });
        index.map(|index| deciding(Kind::Resource, attached, index))
    })
}

/// The statement of the resource's policies that grants by the narrowest name.
fn resource_grant(policies: &Policies, request: &Request) -> Option<Grant> {
    let mut best: Option<(Reach, &Attached, usize)> = None;
    for attached in &policies.resource {
        for (index, statement) in attached.document.statements.iter().enumerate() {
            let reach = statement.reach(request).filter(|_| statement.effect == Effect::Allow);
            if reach > best.map(|(reach, ..)| reach) {
                best = reach.map(|reach| (reach, attached, index));
            }
        }
    }
    best.map(|(reach, attached, index)| (reach, deciding(Kind::Resource, attached, index)))
}

/// The first statement with this effect that is about the request.
fn find(kind: Kind, attached: &[Attached], effect: Effect, request: &Request) -> Option<Deciding> {
    attached.iter().find_map(|policy| {
        statement(policy, effect, request).map(|index| deciding(kind, policy, index))
    })
}

fn statement(policy: &Attached, effect: Effect, request: &Request) -> Option<usize> {
    let mut statements = policy.document.statements.iter();
    statements
        .position(|statement| statement.effect == effect && statement.reach(request).is_some())
}

fn deciding(kind: Kind, attached: &Attached, statement: usize) -> Deciding {
    let sid = attached.document.statements[statement].sid.clone();
    Deciding { kind, policy: attached.name.clone(), statement, sid }
}

#[cfg(test)]
mod tests;
