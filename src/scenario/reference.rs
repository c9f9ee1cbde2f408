//! The reference of scenario files for people: every key, as Markdown that also reads well in a
//! terminal.
//!
//! It is a plain function of the JSON Schema, and so says what the types and their documentation
//! say: what can be written is what is listed. A type that one key alone has follows the table of
//! that key, under its path (`cluster.engine`); what several keys have stands at the end.

mod page;
mod section;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use page::Page;

const INTRODUCTION: &str = "A scenario is a [TOML](https://toml.io) file. This page lists all it \
    can say; `plimsoll schema --markdown` prints it, and `plimsoll catalog` lists host shapes, \
    images and laws to copy. A key that is not *required* can be left out: it has the default, or \
    where none is given its text says what holds without it. The keys of a table come in \
    alphabetical order after those it must have. Keys below a table are written with dots, as \
    `--set` takes them: `app.cpu` is the key `cpu` of `[[app]]`.";

/// The reference of what `schema`, the JSON Schema of a scenario, describes.
pub fn reference(schema: &Value) -> String {
    let reference = Reference::new(schema);
    let mut page = Page::default();
    page.heading(1, "Scenario reference");
    page.paragraph(INTRODUCTION);
    for (key, property) in ordered(schema) {
        let title = table_title(key, property);
        let text = text_of(property).replacen(&format!("`{title}`"), &linked(&title), 1);
        page.item(0, &text);
    }
    for (key, property) in ordered(schema) {
        page.heading(2, &format!("`{}`", table_title(key, property)));
        match definition_name(property) {
            Some(name) => {
                let own = described(reference.definition(&name));
                page.paragraph(if own.is_empty() { described(property) } else { own });
                reference.section(&mut page, reference.definition(&name), key);
            }
            None => page.paragraph(described(property)),
        }
    }
    page.heading(2, "Values");
    page.paragraph("What several keys have in common.");
    for (name, title) in &reference.shared {
        let definition = reference.definition(name);
        page.heading(3, title);
        page.paragraph(&text_of(definition));
        reference.section(&mut page, definition, &title.to_lowercase());
    }
    page.finish()
}

/// The types of a schema, and those among them that have a section of their own.
struct Reference<'s> {
    definitions: Option<&'s Map<String, Value>>,
    /// Titles of the types that several keys have, or that are no table or choice.
    shared: BTreeMap<String, String>,
}

impl<'s> Reference<'s> {
    fn new(schema: &'s Value) -> Self {
        let definitions = schema["definitions"].as_object();
        let mut uses = BTreeMap::new();
        count_uses(schema, &mut uses);
        let common = |name: &str, definition: &Value| {
            uses.get(name).is_some_and(|&uses| uses > 1) || is_quantity(definition)
        };
        let shared =
            definitions.into_iter().flatten().filter(|(name, definition)| common(name, definition));
        let shared = shared.map(|(name, _)| (name.clone(), humanised(name))).collect();
        let mut reference = Self { definitions, shared };
        reference.share_what_shared_types_have();
        reference
    }

    /// There is no path to what a type of several keys has.
    fn share_what_shared_types_have(&mut self) {
        let mut open: Vec<String> = self.shared.keys().cloned().collect();
        while let Some(name) = open.pop() {
            let mut nested = Vec::new();
            self.collect_nested(self.definition(&name), "", &mut nested);
            for (_, name) in nested {
                self.shared.insert(name.clone(), humanised(&name));
                open.push(name);
            }
        }
    }

    fn definition(&self, name: &str) -> &'s Value {
        self.definitions.and_then(|all| all.get(name)).unwrap_or(&Value::Null)
    }
}

/// How many places refer to each type.
fn count_uses(value: &Value, uses: &mut BTreeMap<String, usize>) {
    match value {
        // one, or a list of the same: that is one place
        _ if forms(value).get(1).is_some_and(|list| is_list_of(forms(value)[0], list)) => {
            count_uses(forms(value)[0], uses);
        }
        Value::Object(entries) => {
            if let Some(name) = own_reference(value) {
                *uses.entry(name).or_default() += 1;
            }
            entries.values().for_each(|value| count_uses(value, uses));
        }
        Value::Array(values) => values.iter().for_each(|value| count_uses(value, uses)),
        _ => {}
    }
}

/// Whether what may be written once may be written several times as well.
fn is_list_of(one: &Value, list: &Value) -> bool {
    list["items"] == *one
}

/// Whether it is one word or number, such as a duration.
fn is_quantity(definition: &Value) -> bool {
    definition.get("pattern").is_some()
        || forms(definition).iter().any(|form| form.get("pattern").is_some())
}

/// The keys of a table: those it must have as the type lists them, then the others by name.
fn ordered(table: &Value) -> Vec<(&str, &Value)> {
    let Some(properties) = table["properties"].as_object() else { return Vec::new() };
    let required = required(table);
    let first = required.iter().filter_map(|key| properties.get_key_value(*key));
    let others = properties.iter().filter(|(key, _)| !required.contains(&key.as_str()));
    first.chain(others).map(|(key, property)| (key.as_str(), property)).collect()
}

fn required(table: &Value) -> Vec<&str> {
    table["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The alternatives of a choice, `null` aside, which TOML does not have.
fn forms(schema: &Value) -> Vec<&Value> {
    let forms = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    forms.into_iter().flatten().filter(|form| form["type"] != "null").collect()
}

/// The name of a form that is written with its name: a word, or a table of the one key.
fn form_name(form: &Value) -> Option<&str> {
    let single = || form["properties"].as_object().filter(|keys| keys.len() == 1)?.keys().next();
    form["const"].as_str().or_else(|| single().map(String::as_str))
}

fn own_reference(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?.strip_prefix("#/definitions/")?;
    Some(name.replace("%20", " "))
}

/// The type that a key has, or that the entries of its list or table have.
fn definition_name(schema: &Value) -> Option<String> {
    let entries = || schema.get("items").or_else(|| schema.get("additionalProperties"));
    let within = || schema["allOf"].get(0).or_else(entries);
    let form = || match forms(schema)[..] {
        [form] => own_reference(form),
        [one, list] if is_list_of(one, list) => own_reference(one),
        _ => None,
    };
    own_reference(schema).or_else(|| definition_name(within()?)).or_else(form)
}

/// Its documentation.
fn text_of(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

/// Its documentation without the name of the table that it opens with.
fn described(schema: &Value) -> &str {
    let text = schema["description"].as_str().unwrap_or_default();
    match text.strip_prefix("`[").and_then(|rest| rest.split_once("]`")) {
        Some((_, rest)) => rest.trim_start_matches(": "),
        None => text,
    }
}

/// How a table of the file opens: `[simulation]`, `[[host]]`.
fn table_title(key: &str, property: &Value) -> String {
    if property["type"] == "array" { format!("[[{key}]]") } else { format!("[{key}]") }
}

/// `EngineOptions`: `Engine options`.
fn humanised(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        match letter.is_uppercase() && !words.is_empty() {
            true => words.extend([' '].into_iter().chain(letter.to_lowercase())),
            false => words.push(letter),
        }
    }
    let abbreviated = words.split(' ').map(|word| match word.to_lowercase().as_str() {
        abbreviation @ ("cpu" | "vm" | "os") => abbreviation.to_uppercase(),
        _ => word.to_owned(),
    });
    abbreviated.collect::<Vec<_>>().join(" ")
}

/// A link to the section with this title.
fn linked(title: &str) -> String {
    format!("[`{title}`](#{})", page::anchor(title))
}

#[cfg(test)]
mod tests;
