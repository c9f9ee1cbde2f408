//! `[[app.aws_call]]`: what requests ask of services of AWS.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Law;
use crate::units::Fraction;

/// `[[app.aws_call]]`: a call of an AWS service that requests make after their own work and before
/// their `calls`, one after another. It takes its time on every platform. On a cluster of kind
/// `ecs` that has roles or an `identity` it is made as the task's role, where policies decide: a
/// request whose call is denied fails there. Without a task role a task on an instance has the
/// role of that, and one on Fargate has no credentials. Where security groups do not let tasks out
/// to 0.0.0.0/0 on port 443, the call fails after a minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsCall {
    /// What is asked for, by the name that policies have for it: `s3:GetObject`.
    pub action: String,
    /// ARN of what it is asked for: `arn:aws:s3:::shop-pictures/*`, where a wildcard stands for
    /// itself. Default `*`, as of actions that have no resource.
    #[serde(default = "any")]
    pub resource: String,
    /// File with the policy of the resource, such as that of a bucket, relative to the scenario
    /// file. Default: none.
    pub policy: Option<PathBuf>,
    /// Part of the requests that make it. Default 100%.
    #[serde(default = "whole")]
    pub share: Fraction,
    /// Time to the answer, also where that is a denial. Default constant 0s.
    #[serde(default)]
    pub latency: Law,
}

fn any() -> String {
    "*".to_owned()
}

fn whole() -> Fraction {
    Fraction(1.0)
}
