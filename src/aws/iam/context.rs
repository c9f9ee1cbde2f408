//! A request: who wants to do what to which resource, under which circumstances.
//!
//! The context is a set of keys with one or several values each; keys are compared without regard
//! to capitals (IAM User Guide, "The request context" and "AWS global condition context keys").
//! Keys that follow from the principal and the resource are filled in by [`Request::new`].

use std::collections::BTreeMap;

use super::principal::{Principal, account_of};

/// Keys of a request and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By key in small letters.
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// With this single value for a key, instead of those it had.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.with_all(key, [value.into()])
    }

    /// With these values for a key that can have several, such as `aws:TagKeys`.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.values.insert(key.to_ascii_lowercase(), values.into_iter().collect());
        self
    }

    /// The values of a key, none where the request has no such key.
    pub fn values(&self, key: &str) -> Option<&[String]> {
        self.values.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// The value of a key that has exactly one.
    pub fn single(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            Some([value]) => Some(value),
            _ => None,
        }
    }

    fn with_default(self, key: &str, value: impl Into<String>) -> Self {
        if self.values(key).is_some() { self } else { self.with(key, value) }
    }
}

/// Who wants to do what to which resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// What is asked for, such as `ecr:BatchGetImage`.
    pub action: String,
    /// The ARN of the resource, or `*` for actions that have none.
    pub resource: String,
    /// Circumstances.
    pub context: Context,
}

impl Request {
    /// A request with the keys that follow from principal and resource: `aws:PrincipalArn`,
    /// `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:username` of users,
    /// `aws:PrincipalServiceName` and `aws:PrincipalIsAWSService`, `aws:ResourceAccount`. Keys
    /// that the context has already stay.
    pub fn new(
        principal: Principal,
        action: impl Into<String>,
        resource: impl Into<String>,
        context: Context,
    ) -> Self {
        let resource = resource.into();
        let is_service = matches!(principal, Principal::Service(_));
        let mut context = context.with_default("aws:PrincipalIsAWSService", is_service.to_string());
        if let Principal::Service(service) = &principal {
            context = context.with_default("aws:PrincipalServiceName", service);
        }
        if let Some(arn) = principal.identity_arn() {
            context = context.with_default("aws:PrincipalArn", arn);
        }
        if let Some(kind) = principal.kind() {
            context = context.with_default("aws:PrincipalType", kind);
        }
        if let Some(account) = principal.account() {
            context = context.with_default("aws:PrincipalAccount", account);
        }
        if let Principal::User { name, .. } = &principal {
            context = context.with_default("aws:username", name);
        }
        if let Some(account) = account_of(&resource) {
            context = context.with_default("aws:ResourceAccount", account);
        }
        Self { principal, action: action.into(), resource, context }
    }

    /// The account that owns the resource: that of its ARN, or the principal's own where the ARN
    /// has none.
    pub fn resource_account(&self) -> Option<&str> {
        self.context.single("aws:ResourceAccount").or_else(|| self.principal.account())
    }

    /// Whether the resource is in another account than the principal.
    pub fn crosses_accounts(&self) -> bool {
        match (self.principal.account(), self.resource_account()) {
            (Some(own), Some(other)) => own != other,
            _ => false,
        }
    }
}
