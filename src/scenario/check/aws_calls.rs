//! `[[app.aws_call]]`: actions and resources as policies write them.

use super::{Finding, laws};
use crate::scenario::AwsCall;
use crate::scenario::path::Path;

pub fn check(calls: &[AwsCall], at: &Path, out: &mut Vec<Finding>) {
    for (index, call) in calls.iter().enumerate() {
        let at = at.key("aws_call").index(index);
        let AwsCall { action, resource, latency, .. } = call;
        if !is_action(action) {
            let title = format!("`{action}` is not an action of AWS");
            let help = "the service and the call, such as `\"s3:GetObject\"`";
            out.push(Finding::new(at.key("action"), title).help(help));
        }
        if resource != "*" && resource.splitn(6, ':').count() < 6 {
            let title = format!("`{resource}` is not the ARN of a resource");
            let help = "such as `\"arn:aws:s3:::shop-pictures/*\"`";
            out.push(Finding::new(at.key("resource"), title).help(help));
        }
        laws::check(latency, &at.key("latency"), out);
    }
}

/// `s3:GetObject`: a call is one action, so that wildcards make no sense.
fn is_action(text: &str) -> bool {
    let Some((service, call)) = text.split_once(':') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    [service, call].iter().all(|part| !part.is_empty() && part.bytes().all(plain))
}
