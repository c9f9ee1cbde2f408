//! A policy document as it is kept: what its statements mean, and which requests they are about.
//!
//! Elements and defaults are those of the IAM User Guide, "IAM JSON policy elements reference":
//! a document without `Version` is one of 2008-10-17, in which `${…}` is plain text; a statement
//! without `Resource`, as in the policies of ECR repositories and in trust policies, is about
//! the resource it is attached to.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::Clause;
use super::context::Request;
use super::pattern::Pattern;
use super::principal::{Named, Reach, all_excepted};
use super::read;
use crate::scenario::Diagnostics;

/// The language a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, without variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What a document is attached to, which decides about the elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Anything: no element is asked for or refused.
    Any,
    /// A user or role, a boundary, a service control policy: `Resource` and no `Principal`.
    Identity,
    /// A resource, such as a repository: `Principal`, and `Resource` only where the service has it.
    Resource,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The language.
    pub version: Version,
    /// `Id`.
    pub id: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// What was read, kept to be written again.
    pub(super) source: serde_json::Value,
}

/// What becomes of a request that a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It may be allowed.
    Allow,
    /// It is denied.
    Deny,
}

/// An element and its opposite: `Action` and `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice<T> {
    /// One of these.
    Of(Vec<T>),
    /// None of these.
    NoneOf(Vec<T>),
}

impl<T> Choice<T> {
    /// Whether it is met by what `matches` says of each.
    pub fn is_met(&self, matches: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Of(choices) => choices.iter().any(matches),
            Self::NoneOf(choices) => !choices.iter().any(matches),
        }
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// `Sid`, its name.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; none in policies of identities.
    pub principals: Option<Choice<Named>>,
    /// `Action` or `NotAction`.
    pub actions: Choice<Pattern>,
    /// `Resource` or `NotResource`; none: the resource it is attached to.
    pub resources: Option<Choice<Pattern>>,
    /// `Condition`: all of them have to hold.
    pub conditions: Vec<Clause>,
}

impl Document {
    /// Reads a document for any use, by itself or as `aws iam get-role-policy`, `aws ecr
    /// get-repository-policy` and the like print it; `name` is what messages call it, such as its
    /// file.
    ///
    /// # Errors
    /// Everything that is wrong with it, with its place.
    pub fn from_json(text: &str, name: &str) -> Result<Self, Diagnostics> {
        Self::from_json_for(Usage::Any, text, name)
    }

    /// Reads a document for a certain use, otherwise like [`from_json`](Self::from_json).
    ///
    /// # Errors
    /// Everything that is wrong with it, with its place.
    pub fn from_json_for(usage: Usage, text: &str, name: &str) -> Result<Self, Diagnostics> {
        read::document(text, usage, name)
    }
}

/// As the JSON it was read from.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.source.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = serde_json::to_string_pretty(&value).map_err(serde::de::Error::custom)?;
        Self::from_json(&text, "policy").map_err(serde::de::Error::custom)
    }
}

impl Statement {
    /// By which of its names the statement means the principal of a request that it is about in
    /// every respect; none if it is not about the request.
    pub fn reach(&self, request: &Request) -> Option<Reach> {
        if self.is_about(request) { self.principal_reach(request) } else { None }
    }

    /// Whether action, resource and conditions fit a request, whoever asks.
    pub fn is_about(&self, request: &Request) -> bool {
        let context = &request.context;
        let action =
            self.actions.is_met(|named| named.matches_ignoring_case(&request.action, context));
        let resource = self.resources.as_ref().is_none_or(|resources| {
            resources.is_met(|named| named.matches(&request.resource, context))
        });
        action && resource && self.conditions.iter().all(|clause| clause.holds(context))
    }

    fn principal_reach(&self, request: &Request) -> Option<Reach> {
        match &self.principals {
            None => Some(Reach::Identity),
            Some(Choice::Of(named)) => {
                named.iter().filter_map(|named| named.reach(&request.principal)).max()
            }
            Some(Choice::NoneOf(named)) => {
                (!all_excepted(named, &request.principal)).then_some(Reach::Everybody)
            }
        }
    }
}
