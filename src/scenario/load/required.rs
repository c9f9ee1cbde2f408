//! Keys that a table must have, from the JSON Schema of its type.
//!
//! serde names only the first key that is missing. The schema knows them all, and it is made from
//! the same types, so that the two cannot disagree.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::scenario::path::Step;

/// The keys that must be in the table to which `steps` lead from a value of type `T`. Empty where
/// the schema does not say.
pub fn required_keys<T: JsonSchema>(steps: &[Step]) -> Vec<String> {
    let root = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    let mut schema = resolved(&root, &root);
    for step in steps {
        match below(schema, step) {
            Some(next) => schema = resolved(next, &root),
            None => return Vec::new(),
        }
    }
    let keys = table_form(schema)["required"].as_array();
    keys.into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// Follows references and the wrappers of optional values.
fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        let target = pointer.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or(schema, |target| resolved(target, root));
    }
    let null = |form: &&Value| form["type"] != "null";
    match schema["anyOf"].as_array() {
        Some(forms) if forms.iter().any(|form| form["type"] == "null") => {
            forms.iter().find(null).map_or(schema, |form| resolved(form, root))
        }
        _ => schema,
    }
}

/// The form of a value with a short and a full one that is a table.
fn table_form(schema: &Value) -> &Value {
    let forms = schema["anyOf"].as_array();
    let table = forms.and_then(|forms| forms.iter().find(|form| form["type"] == "object"));
    table.unwrap_or(schema)
}

fn below<'s>(schema: &'s Value, step: &Step) -> Option<&'s Value> {
    let Step::Key(key) = step else { return schema.get("items") };
    let own = table_form(schema)["properties"].get(key.as_ref());
    // a choice: each has a table with the one key that names it
    own.or_else(|| {
        let choices = schema["oneOf"].as_array()?;
        choices.iter().find_map(|choice| choice["properties"].get(key.as_ref()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{App, Image, Job};

    fn at(keys: &[&'static str]) -> Vec<Step> {
        keys.iter().map(|key| Step::Key((*key).into())).collect()
    }

    #[test]
    fn required_keys_are_found_at_any_depth() {
        assert_eq!(required_keys::<Job>(&[]), ["name", "image", "arrivals"]);
        assert_eq!(required_keys::<App>(&at(&["traffic"])), ["arrivals"]);
        assert_eq!(
            required_keys::<App>(&at(&["traffic", "arrivals", "users"])),
            ["count", "think"]
        );
        let pareto = required_keys::<App>(&at(&["demand", "pareto"]));
        assert_eq!(pareto, ["minimum", "shape", "maximum"]);
        let layer = [Step::Key("layers".into()), Step::Index(3)];
        assert_eq!(required_keys::<Image>(&layer), ["size"]);
    }

    #[test]
    fn where_the_schema_does_not_say_nothing_is_required() {
        assert_eq!(required_keys::<App>(&at(&["nosuch", "key"])), Vec::<String>::new());
    }
}
