//! Labels, and selectors of labels and nodes.
//!
//! Source: Kubernetes v1.36, `apimachinery/pkg/apis/meta/v1/validation` and
//! `pkg/apis/core/validation/validation.go` (`ValidateNodeSelectorRequirement`).

use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::at::{At, Report};

/// A label: `prefix/name` with a value, both of a limited alphabet.
pub fn check_label(key: &str, value: &str, at: &At<'_>, report: &mut Report) {
    check_key(key, at, report);
    check_value(value, at, report);
}

/// The key of a label.
pub fn check_key(key: &str, at: &At<'_>, report: &mut Report) {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(p, name)| (Some(p), name));
    let is_key = is_label_text(name) && !name.is_empty() && prefix.is_none_or(super::is_dns_name);
    if key.is_empty() {
        report.wrong(at, "is missing");
    } else if !is_key {
        let message = format!("`{key}` is no key of a label");
        let help = "a key has at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit \
                    at both ends, and may follow a domain and `/`";
        report.wrong_with_help(at, message, help);
    }
}

fn check_value(value: &str, at: &At<'_>, report: &mut Report) {
    if !is_label_text(value) {
        let message = format!("`{value}` is no value of a label");
        let help = "a value has at most 63 letters, digits, `-`, `_` and `.`, with a letter or \
                    digit at both ends";
        report.wrong_with_help(at, message, help);
    }
}

fn is_label_text(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| end(c) || ['-', '_', '.'].contains(&c);
    text.len() <= 63
        && text.chars().all(inner)
        && (text.is_empty() || text.starts_with(end) && text.ends_with(end))
}

/// A selector of labels.
pub fn check_selector(selector: &LabelSelector, at: &At<'_>, report: &mut Report) {
    for (key, value) in selector.match_labels.iter().flatten() {
        check_label(key, value, &at.key("matchLabels").key(key), report);
    }
    for (index, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        let expressions = &at.key("matchExpressions");
        let at = &expressions.index(index);
        let values = requirement.values.as_deref().unwrap_or_default();
        check_key(&requirement.key, &at.key("key"), report);
        let operators = ["In", "NotIn", "Exists", "DoesNotExist"];
        report.one_of(Some(&requirement.operator), &operators, &at.key("operator"));
        check_number_of_values(&requirement.operator, values, at, report);
        for (index, value) in values.iter().enumerate() {
            check_value(value, &at.key("values").index(index), report);
        }
    }
}

fn check_number_of_values(operator: &str, values: &[String], at: &At<'_>, report: &mut Report) {
    let wrong = match operator {
        "In" | "NotIn" if values.is_empty() => "needs at least one value",
        "Exists" | "DoesNotExist" if !values.is_empty() => "must be left out with this operator",
        "Gt" | "Lt" if values.len() != 1 || values[0].parse::<i64>().is_err() => {
            "needs one value, a whole number in quotes"
        }
        _ => return,
    };
    report.wrong(&at.key("values"), wrong);
}

/// A selector of nodes.
pub fn check_node_selector(selector: &NodeSelector, at: &At<'_>, report: &mut Report) {
    let at = &at.key("nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        report.wrong(at, "needs at least one term");
    }
    for (index, term) in selector.node_selector_terms.iter().enumerate() {
        check_node_selector_term(term, &at.index(index), report);
    }
}

/// One term of it.
pub fn check_node_selector_term(term: &NodeSelectorTerm, at: &At<'_>, report: &mut Report) {
    for (index, requirement) in term.match_expressions.iter().flatten().enumerate() {
        let expressions = &at.key("matchExpressions");
        let at = &expressions.index(index);
        check_key(&requirement.key, &at.key("key"), report);
        let operators = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
        report.one_of(Some(&requirement.operator), &operators, &at.key("operator"));
        let values = requirement.values.as_deref().unwrap_or_default();
        check_number_of_values(&requirement.operator, values, at, report);
    }
    for (index, requirement) in term.match_fields.iter().flatten().enumerate() {
        check_field(requirement, &at.key("matchFields").index(index), report);
    }
}

/// The one field that nodes are selected by is their name.
fn check_field(requirement: &NodeSelectorRequirement, at: &At<'_>, report: &mut Report) {
    report.one_of(Some(&requirement.key), &["metadata.name"], &at.key("key"));
    report.one_of(Some(&requirement.operator), &["In", "NotIn"], &at.key("operator"));
    if requirement.values.as_ref().is_none_or(|values| values.len() != 1) {
        report.wrong(&at.key("values"), "needs exactly one name");
    }
}
