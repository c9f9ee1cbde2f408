//! AWS Identity and Access Management: policy documents, and what they allow.
//!
//! Policies are read as they are, in the JSON that IAM, ECR and the others keep, and every problem
//! of a document is shown with its place. [`decide()`] follows the evaluation logic of the IAM User
//! Guide and names the statement that decided; [`Decision::sentence`] says a denial in the words
//! of AWS.
//!
//! ```
//! use plimsoll::aws::iam::{Attached, Context, Document, Policies, Principal, Request, decide};
//!
//! let policy = r#"{ "Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "ecr:Get*", "Resource": "*" } }"#;
//! let attached = Attached::new("token", Document::from_json(policy, "token")?);
//! let policies = Policies { identity: vec![attached], ..Policies::default() };
//! let session = "arn:aws:sts::123456789012:assumed-role/node/i-0123";
//! let node = Principal::from_arn(session)?;
//! let ask = |action| Request::new(node.clone(), action, "*", Context::default());
//! assert!(decide(&policies, &ask("ecr:GetAuthorizationToken")).is_allowed());
//! assert!(!decide(&policies, &ask("ecr:PutImage")).is_allowed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`document`]: what a document means.
//! * [`pattern`]: wildcards and policy variables; [`condition`]: conditions.
//! * [`principal`]: who asks, and whom a policy means; [`context`]: the request.
//! * [`mod@decide`]: the evaluation; [`managed`]: policies that AWS manages.

pub mod condition;
pub mod context;
pub mod decide;
pub mod document;
pub mod managed;
pub mod pattern;
pub mod principal;
mod read;

pub use context::{Context, Request};
pub use decide::{Attached, Deciding, Decision, Kind, Policies, decide};
pub use document::{Document, Effect, Statement, Usage, Version};
pub use managed::Managed;
pub use principal::Principal;
