//! Amounts of resources.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::at::{At, Report};
use crate::kubernetes::api::quantity::Amount;

/// Amounts by the name of the resource.
type Listing = Option<BTreeMap<String, Quantity>>;

/// A quantity that may be zero but not below; returns its amount if it is one.
pub fn check_quantity(quantity: &Quantity, at: &At<'_>, report: &mut Report) -> Option<Amount> {
    let amount = match Amount::try_from(quantity) {
        Ok(amount) => amount,
        Err(error) => {
            report.wrong(at, error.to_string());
            return None;
        }
    };
    if amount.is_negative() {
        report.wrong(at, format!("must not be negative, but is {}", quantity.0));
        return None;
    }
    Some(amount)
}

/// A list of amounts, none of them negative; what cannot be divided comes in whole units.
pub fn check_listing(listing: &Listing, at: &At<'_>, report: &mut Report) {
    for (name, quantity) in listing.iter().flatten() {
        let at = &at.key(name);
        let amount = check_quantity(quantity, at, report);
        if is_extended(name) && amount.is_some_and(|amount| !amount.is_whole()) {
            report.wrong(at, format!("must be a whole number, not {}", quantity.0));
        }
    }
}

/// Requests and limits of a container or a pod.
pub fn check_requirements(resources: &ResourceRequirements, at: &At<'_>, report: &mut Report) {
    check_listing(&resources.limits, &at.key("limits"), report);
    check_listing(&resources.requests, &at.key("requests"), report);
    let limits = resources.limits.iter().flatten();
    for (name, limit) in limits {
        let request = resources.requests.as_ref().and_then(|requests| requests.get(name));
        let Some(request) = request else {
            continue;
        };
        let amounts = Amount::try_from(limit).ok().zip(Amount::try_from(request).ok());
        let requests = &at.key("requests");
        match amounts {
            Some((limit, request)) if request > limit => {
                let message =
                    format!("must not be more than the limit, which is {}", limit_text(limit));
                report.wrong(&requests.key(name), message);
            }
            Some((limit, request)) if is_extended(name) && request != limit => {
                let message = format!("must be the limit, which is {}", limit_text(limit));
                report.wrong(&requests.key(name), message);
            }
            _ => {}
        }
    }
}

fn limit_text(limit: Amount) -> String {
    limit.to_quantity().0
}

/// Whether it is a resource that Kubernetes only counts, such as `nvidia.com/gpu`.
fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/")
}
