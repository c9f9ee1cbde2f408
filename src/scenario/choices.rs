//! What can be chosen in a scenario, by name: placement policies, load balancers, laws, arrivals.
//!
//! The list is read from the JSON Schema of the types that the scenario is read into: what is
//! listed here is what is accepted there, with the same words.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::{
    Arrivals, Balance, ClusterKind, FaultKind, Law, PlacementPolicy, RestartPolicy, Routing,
};

/// Names that can stand at one place of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Where: `cluster.placement`.
    pub key: &'static str,
    /// What is chosen.
    pub title: &'static str,
    /// The names, in the order of the documentation.
    pub choices: Vec<Choice>,
}

/// One name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it is written in a scenario.
    pub name: String,
    /// What it does, in one or more sentences.
    pub description: String,
}

/// All policies and models that a scenario chooses by name.
pub fn choices() -> Vec<Choices> {
    vec![
        choices_of::<ClusterKind>("cluster.kind", "Platforms"),
        choices_of::<PlacementPolicy>("cluster.placement", "Placement of replicas and VMs"),
        choices_of::<Balance>("app.balance", "Load balancing"),
        choices_of::<Routing>("app.routing", "Requests and zones"),
        choices_of::<RestartPolicy>("app.restart", "Restart of containers"),
        choices_of::<Arrivals>("app.traffic.arrivals", "Arrivals"),
        choices_of::<Law>("app.demand", "Laws of durations"),
        choices_of::<FaultKind>("fault.kind", "Faults"),
    ]
}

fn choices_of<T: JsonSchema>(key: &'static str, title: &'static str) -> Choices {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    let forms = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    Choices { key, title, choices: forms.iter().filter_map(choice).collect() }
}

fn choice(form: &Value) -> Option<Choice> {
    let name = match form["const"].as_str() {
        Some(name) => name,
        None => form["properties"].as_object()?.keys().next()?,
    };
    let description = form["description"].as_str().unwrap_or_default().replace('\n', " ");
    Some(Choice { name: name.to_owned(), description })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_a_name_and_a_description() {
        let all = choices();
        for choices in &all {
            assert!(choices.choices.len() >= 2, "{}", choices.key);
            for choice in &choices.choices {
                assert!(!choice.description.is_empty(), "{}: {}", choices.key, choice.name);
            }
        }
        let placement: Vec<_> = all[1].choices.iter().map(|choice| choice.name.as_str()).collect();
        let (fits, measures) = placement.split_at(4);
        assert_eq!(fits, ["first-fit", "best-fit", "worst-fit", "next-fit"]);
        assert_eq!(measures, ["dot-product", "cosine-similarity", "l2-norm"]);
    }

    #[test]
    fn what_is_listed_is_what_is_accepted() {
        for choice in choices_of::<PlacementPolicy>("", "").choices {
            let read = serde_json::from_value::<PlacementPolicy>(choice.name.into());
            assert!(read.is_ok());
        }
    }
}
