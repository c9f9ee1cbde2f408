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
//! let attached = Attached::new("token", Document::from_json(policy)?);
//! let policies = Policies { identity: vec![attached], ..Policies::default() };
//! let session = "arn:aws:sts::123456789012:assumed-role/node/i-0123";
//! let ask = |action| {
//!     let principal = Principal::from_arn(session)?;
//!     Ok::<_, Box<dyn std::error::Error>>(Request::new(principal, action, "*", Context::default()))
//! };
//! assert!(decide(&policies, &ask("ecr:GetAuthorizationToken")?).is_allowed());
//! assert!(!decide(&policies, &ask("ecr:PutImage")?).is_allowed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`document`]: what a document means; [`json`] and a private reader: how it is read;
//!   [`problem`]: what is wrong with it.
//! * [`pattern`]: wildcards and policy variables; [`condition`]: conditions.
//! * [`principal`]: who asks, and whom a policy means; [`context`]: the request.
//! * [`mod@decide`]: the evaluation; [`managed`]: policies that AWS manages.

pub mod condition;
pub mod context;
pub mod decide;
pub mod document;
pub mod json;
pub mod managed;
pub mod pattern;
pub mod principal;
pub mod problem;
mod read;

pub use context::{Context, Request};
pub use decide::{Attached, Deciding, Decision, Kind, Policies, decide};
pub use document::{Document, Effect, Statement, Usage, Version};
pub use managed::Managed;
pub use principal::Principal;
pub use problem::{Problem, Problems};
