//! Selectors of labels and of nodes.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::kubernetes::scheduler::labels::{Operator, Requirement, Selector};
use crate::kubernetes::scheduler::shape::{NodeSelector, NodeTerm};

/// The one field of nodes that can be selected by.
const NAME_FIELD: &str = "metadata.name";

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

/// A term of a selector of nodes. One with a requirement that cannot be read is met by no node, but
/// still names nodes where it can (component-helpers, scheduling/corev1/nodeaffinity;
/// `NodeAffinity.PreFilter` looks at the names before they are checked).
#[must_use]
pub fn node_term(term: &core::NodeSelectorTerm) -> NodeTerm {
    let expressions = term.match_expressions.iter().flatten();
    let mut labels: Vec<Requirement> = expressions.map(of_label).collect();
    let fields = term.match_fields.iter().flatten();
    let is_readable = |one: &core::NodeSelectorRequirement| {
        let one_value = one.values.as_ref().is_some_and(|values| values.len() == 1);
        one.key == NAME_FIELD && ["In", "NotIn"].contains(&&*one.operator) && one_value
    };
    if !fields.clone().all(is_readable) {
        labels.push(unmet(NAME_FIELD));
    }
    let named = fields.filter(|one| one.key == NAME_FIELD);
    NodeTerm { labels, name: named.map(of_label).collect() }
}

fn of_label(one: &core::NodeSelectorRequirement) -> Requirement {
    requirement(&one.key, &one.operator, one.values.as_deref().unwrap_or_default())
        .unwrap_or_else(|| unmet(&one.key))
}

/// A requirement that nothing meets.
fn unmet(key: &str) -> Requirement {
    Requirement { key: key.into(), operator: Operator::In(Vec::new()) }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kubernetes::scheduler::labels::Labels;

    /// Whether a node `a` with `cores=8` meets a term.
    fn met(term: &Value) -> bool {
        let term = serde_json::from_value(term.clone()).expect("it is a term");
        let labels: Labels = [("cores", "8")].into_iter().collect();
        node_term(&term).matches("a", &labels)
    }

    fn expression(operator: &str, value: &str) -> Value {
        json!({"key": "cores", "operator": operator, "values": [value]})
    }

    #[test]
    fn bounds_are_whole_numbers_with_a_sign_if_need_be() {
        for (operator, value, is_met) in
            [("Gt", "7", true), ("Gt", "+7", true), ("Gt", "8", false), ("Lt", "-1", false)]
        {
            assert_eq!(met(&json!({"matchExpressions": [expression(operator, value)]})), is_met);
        }
    }

    #[test]
    fn a_bound_that_is_no_number_makes_a_term_that_no_node_meets() {
        let good = expression("In", "8");
        assert!(met(&json!({"matchExpressions": [good.clone()]})));
        let bad = expression("Gt", "seven");
        assert!(!met(&json!({"matchExpressions": [good, bad]})));
    }

    #[test]
    fn a_term_has_to_name_one_node_to_be_met() {
        let field = |operator: &str, values: Value| {
            json!({"matchFields":
                [{"key": "metadata.name", "operator": operator, "values": values}]})
        };
        assert!(met(&field("In", json!(["a"]))) && !met(&field("In", json!(["b"]))));
        assert!(!met(&field("NotIn", json!(["a"]))) && met(&field("NotIn", json!(["b"]))));
        assert!(!met(&field("In", json!(["a", "b"]))));
    }
}
