//! Selectors of labels and of nodes.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::shape::{NodeSelector, NodeTerm};

/// A label selector; none selects nothing, an empty one everything.
#[must_use]
pub fn label_selector(selector: Option<&LabelSelector>) -> Selector {
    let Some(selector) = selector else { return Selector::Nothing };
    let labels = selector.match_labels.iter().flatten();
    let equal = labels.map(|(key, value)| is(key, value));
    let expressions = selector.match_expressions.iter().flatten();
    let expressions = expressions.filter_map(|one| {
        requirement(&one.key, &one.operator, one.values.as_deref().unwrap_or_default())
    });
    Selector::All(equal.chain(expressions).collect())
}

/// That a label has one value.
pub(super) fn is(key: &str, value: &str) -> Requirement {
    Requirement { key: key.into(), operator: Operator::In(vec![value.into()]) }
}

/// A selector of nodes: one of its terms has to be met.
#[must_use]
pub fn node_selector(selector: &core::NodeSelector) -> NodeSelector {
    NodeSelector(selector.node_selector_terms.iter().map(node_term).collect())
}

/// A term of a selector of nodes.
#[must_use]
pub fn node_term(term: &core::NodeSelectorTerm) -> NodeTerm {
    let read = |all: &Option<Vec<core::NodeSelectorRequirement>>| {
        let all = all.iter().flatten();
        let read = all.filter_map(|one| {
            requirement(&one.key, &one.operator, one.values.as_deref().unwrap_or_default())
        });
        read.collect()
    };
    NodeTerm { labels: read(&term.match_expressions), name: read(&term.match_fields) }
}

fn requirement(key: &str, operator: &str, values: &[String]) -> Option<Requirement> {
    let texts = || values.iter().map(|value| value.as_str().into()).collect();
    let number = || values.first()?.parse().ok();
    let operator = match operator {
        "In" => Operator::In(texts()),
        "NotIn" => Operator::NotIn(texts()),
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        "Gt" => Operator::Gt(number()?),
        "Lt" => Operator::Lt(number()?),
        _ => return None,
    };
    Some(Requirement { key: key.into(), operator })
}
