//! Who asks, and whom a policy means.
//!
//! A policy names principals by account, by the ARN of a user, a role or a session of a role, by
//! the name of a service, or as everybody (`*`). A session of a role goes by all of its own ARN,
//! that of its role and its account. Wildcards inside an ARN are refused, as IAM does. (IAM User
//! Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".)

use std::fmt;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// Twelve digits.
        account: String,
    },
    /// A user.
    User {
        /// Twelve digits.
        account: String,
        /// With its slashes; `/` where there is none.
        path: String,
        /// Its name.
        name: String,
    },
    /// A session of a role: what EC2 instances, ECS tasks and pods ask as.
    Session {
        /// Twelve digits.
        account: String,
        /// The path of the role, with its slashes; `/` where there is none.
        path: String,
        /// The role.
        role: String,
        /// The session, such as an instance or a task.
        session: String,
    },
    /// A service in its own name: `ecs-tasks.amazonaws.com`.
    Service(String),
    /// Whoever has a token of this identity provider, called by its ARN:
    /// `arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE`.
    Federated(String),
    /// Nobody who is known.
    Anonymous,
}

/// The account of an ARN, where it has one.
pub fn account_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let is_arn = parts.next() == Some("arn");
    let account = parts.nth(3)?;
    (is_arn && !account.is_empty() && parts.next().is_some()).then_some(account)
}

/// A text that is no ARN of a principal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the ARN of a principal; write it like `arn:aws:iam::123456789012:user/ann`, \
     `arn:aws:sts::123456789012:assumed-role/web/i-0123` or `arn:aws:iam::123456789012:root`"
)]
pub struct NoPrincipal(pub String);

impl Principal {
    /// The principal that goes by this ARN: a user, the root user or a session of a role.
    ///
    /// # Errors
    /// A text that is none of these; a role itself makes no requests, only its sessions do.
    pub fn from_arn(arn: &str) -> Result<Self, NoPrincipal> {
        let wrong = || NoPrincipal(arn.to_owned());
        let account = account_of(arn).filter(|account| is_account(account)).ok_or_else(wrong)?;
        let account = account.to_owned();
        let mut parts = arn.splitn(6, ':').skip(2);
        let (service, what) = (parts.next().unwrap_or(""), parts.nth(2).unwrap_or(""));
        match (service, what.split_once('/')) {
            ("iam", None) if what == "root" => Ok(Self::Root { account }),
            ("iam", Some(("user", rest))) => {
                let (path, name) = path_and_name(rest).ok_or_else(wrong)?;
                Ok(Self::User { account, path, name })
            }
            ("sts", Some(("assumed-role", rest))) => {
                let (role, session) = rest.split_once('/').ok_or_else(wrong)?;
                let [path, role, session] = ["/", role, session].map(str::to_owned);
                if role.is_empty() || session.is_empty() {
                    return Err(wrong());
                }
                Ok(Self::Session { account, path, role, session })
            }
            _ => Err(wrong()),
        }
    }

    /// A session of the role with this ARN.
    ///
    /// # Errors
    /// A text that is not the ARN of a role.
    pub fn session_of(role_arn: &str, session: &str) -> Result<Self, NoPrincipal> {
        let wrong = || NoPrincipal(role_arn.to_owned());
        let account = account_of(role_arn).filter(|account| is_account(account));
        let rest = role_arn.splitn(6, ':').nth(5).and_then(|what| what.strip_prefix("role/"));
        let (account, rest) = account.zip(rest).ok_or_else(wrong)?;
        let (path, role) = path_and_name(rest).ok_or_else(wrong)?;
        Ok(Self::Session { account: account.to_owned(), path, role, session: session.to_owned() })
    }

    /// The ARN by which error messages call it: that of the session, not of the role.
    pub fn arn(&self) -> String {
        match self {
            Self::Session { account, role, session, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")
            }
            Self::Service(service) => service.clone(),
            Self::Federated(provider) => provider.clone(),
            other => other.identity_arn().unwrap_or_else(|| "anonymous".to_owned()),
        }
    }

    /// The ARN of the identity that has the policies (`aws:PrincipalArn`): of the role, not of its
    /// session.
    pub fn identity_arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(format!("arn:aws:iam::{account}:root")),
            Self::User { account, path, name } => {
                Some(format!("arn:aws:iam::{account}:user{path}{name}"))
            }
            Self::Session { account, path, role, .. } => {
                Some(format!("arn:aws:iam::{account}:role{path}{role}"))
            }
            Self::Service(_) | Self::Federated(_) | Self::Anonymous => None,
        }
    }

    /// Its account.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::Session { account, .. } => {
                Some(account)
            }
            Self::Service(_) | Self::Federated(_) | Self::Anonymous => None,
        }
    }

    /// The value of `aws:PrincipalType`.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Root { .. } => Some("Account"),
            Self::User { .. } => Some("User"),
            Self::Session { .. } => Some("AssumedRole"),
            Self::Service(_) | Self::Federated(_) => None,
            Self::Anonymous => Some("Anonymous"),
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `team/web` is `/team/` and `web`.
fn path_and_name(rest: &str) -> Option<(String, String)> {
    let (path, name) = match rest.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), rest),
    };
    (!name.is_empty()).then(|| (path, name.to_owned()))
}

/// By which name a policy means a principal, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Its account: permission is delegated to the account, whose own policies decide further.
    Account,
    /// Everybody.
    Everybody,
    /// The user, role or service itself.
    Identity,
    /// This session of a role.
    Session,
}

/// A principal that a policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// `*`.
    Everybody,
    /// An account: `123456789012` or `arn:aws:iam::123456789012:root`.
    Account(String),
    /// The ARN of a user, role or session.
    Arn(String),
    /// A service.
    Service(String),
    /// A federated identity provider, or a canonical user, who is never met here.
    Other {
        /// `Federated` or `CanonicalUser`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

impl Named {
    /// What the entry of `"AWS"` means.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn aws(text: &str) -> Result<Self, &'static str> {
        if text == "*" {
            return Ok(Self::Everybody);
        }
        if is_account(text) {
            return Ok(Self::Account(text.to_owned()));
        }
        let account = account_of(text).filter(|account| is_account(account));
        let what = text.splitn(6, ':').nth(5).unwrap_or("");
        if text.contains(['*', '?']) {
            return Err("the ARN of a principal has no wildcards");
        }
        match (account, what) {
            (Some(account), "root") => Ok(Self::Account(account.to_owned())),
            (Some(_), what) if what.contains('/') => Ok(Self::Arn(text.to_owned())),
            _ => Err("it is neither an account of 12 digits nor the ARN of a principal"),
        }
    }

    /// By which name it means a principal, if it does.
    pub fn reach(&self, principal: &Principal) -> Option<Reach> {
        match self {
            Self::Everybody => Some(Reach::Everybody),
            Self::Account(account) => {
                (principal.account() == Some(account)).then_some(match principal {
                    Principal::Root { .. } => Reach::Identity,
                    _ => Reach::Account,
                })
            }
            Self::Arn(arn) if principal.identity_arn().as_ref() == Some(arn) => {
                Some(Reach::Identity)
            }
            Self::Arn(arn) => (principal.arn() == *arn).then_some(Reach::Session),
            Self::Service(service) => match principal {
                Principal::Service(asking) if asking == service => Some(Reach::Identity),
                _ => None,
            },
            Self::Other { kind, name } => match principal {
                Principal::Federated(provider) if *kind == "Federated" && provider == name => {
                    Some(Reach::Identity)
                }
                _ => None,
            },
        }
    }
}

/// Whether the names of a `NotPrincipal` except a principal: IAM compares session, role and account
/// each by itself, so that all of them must be listed.
pub fn all_excepted(named: &[Named], principal: &Principal) -> bool {
    let listed = |reach| named.iter().any(|named| named.reach(principal) == Some(reach));
    if listed(Reach::Everybody) {
        return true;
    }
    match principal {
        Principal::Session { .. } => {
            [Reach::Session, Reach::Identity, Reach::Account].into_iter().all(listed)
        }
        Principal::User { .. } => listed(Reach::Identity) && listed(Reach::Account),
        _ => listed(Reach::Identity),
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.arn())
    }
}
