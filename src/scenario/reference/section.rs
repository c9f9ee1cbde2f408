//! What one type allows: the keys of a table, the forms of a choice.

use serde_json::Value;

use super::page::{Page, anchor};
use super::{
    Reference, definition_name, described, form_name, forms, is_quantity, linked, ordered,
    own_reference, required, text_of,
};

impl Reference<'_> {
    /// What a type at `path` allows, then the sections of the types that it alone has.
    pub fn section(&self, page: &mut Page, schema: &Value, path: &str) {
        if is_quantity(schema) {
            return;
        }
        self.contents(page, 0, schema, path);
        let mut nested = Vec::new();
        self.collect_nested(schema, path, &mut nested);
        for (path, name) in nested {
            let definition = self.definition(&name);
            page.heading(3, &format!("`{path}`"));
            page.paragraph(described(definition));
            self.section(page, definition, &path);
        }
    }

    fn contents(&self, page: &mut Page, depth: usize, schema: &Value, path: &str) {
        let required = required(schema);
        for (key, property) in ordered(schema) {
            let needed = required.contains(&key);
            page.item(depth, &self.key(key, property, needed, &format!("{path}.{key}")));
            self.contents(page, depth + 1, property, &format!("{path}.{key}"));
        }
        for form in forms(schema).into_iter().filter(|form| form.get("$ref").is_none()) {
            // a table among the forms may repeat what the whole says
            let repeated = form.get("description") == schema.get("description");
            let text = if repeated { String::new() } else { text_of(form) };
            self.form(page, depth, form, &text, path);
        }
    }

    /// A key with what it takes, its default and its documentation.
    fn key(&self, key: &str, property: &Value, needed: bool, path: &str) -> String {
        let mut facts = self.kind(property, path);
        let mut text = text_of(property).replace('\n', " ");
        let written = property.get("default").filter(|default| !default.is_null());
        match written.filter(|_| !self.is_table(property)) {
            _ if needed => facts += ", required",
            Some(default) => {
                let default = toml(default);
                // the same in the text's words
                let said = format!("Default {}.", default.trim_matches('"'));
                text = text.strip_suffix(&said).unwrap_or(&text).trim_end().to_owned();
                facts += &format!(", default `{default}`");
            }
            None => {}
        }
        let separator = if text.is_empty() { "" } else { ": " };
        format!("`{key}` ({facts}){separator}{text}")
    }

    /// One alternative of a choice, and the keys of its table.
    fn form(&self, page: &mut Page, depth: usize, form: &Value, text: &str, path: &str) {
        let Some(name) = form_name(form) else {
            // a table, or what stands for it in short
            let separator = if text.is_empty() { "" } else { ": " };
            let whole = self.whole(form);
            page.item(depth, &format!("{}{separator}{text}", self.kind(whole, path)));
            return self.contents(page, depth + 1, whole, path);
        };
        let opens_with_it = text.starts_with(&format!("`{name}"));
        let mut text = if opens_with_it { text.to_owned() } else { format!("`{name}`: {text}") };
        let value = &form["properties"][name];
        if value.get("properties").is_none() && !value.is_null() {
            text += &format!(" ({})", self.kind(value, &format!("{path}.{name}")));
        }
        page.item(depth, &text);
        self.contents(page, depth + 1, value, &format!("{path}.{name}"));
    }

    /// A form, or the type that stands for it.
    fn whole<'f>(&'f self, form: &'f Value) -> &'f Value {
        own_reference(&form["allOf"][0]).map_or(form, |name| self.definition(&name))
    }

    /// What can be written: a link to a type, or a plain type of TOML.
    fn kind(&self, schema: &Value, path: &str) -> String {
        if let Some(items) = schema.get("items") {
            return format!("list of {}", self.kind(items, path));
        }
        let Some(name) = definition_name(schema) else { return plain(schema).to_owned() };
        let definition = self.definition(&name);
        let words: Vec<_> =
            forms(definition).into_iter().map(|form| form["const"].as_str()).collect();
        let words: Option<Vec<_>> = words.into_iter().collect();
        let shared = self.shared.get(&name);
        match words.filter(|words| !words.is_empty()) {
            Some(words) => {
                let title = shared.map_or(path, String::as_str);
                let words: Vec<_> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
                format!("[{}](#{})", words.join(" or "), anchor(title))
            }
            None => match shared {
                Some(title) => format!("[{}](#{})", lowered(title), anchor(title)),
                None => linked(path),
            },
        }
    }

    /// Whether a key opens a table whose keys have defaults of their own.
    fn is_table(&self, property: &Value) -> bool {
        let Some(name) = definition_name(property) else { return false };
        let definition = self.definition(&name);
        let has_keys = |form: &Value| form.get("properties").is_some();
        // a table, or one that may be written in short as well
        let mut forms = forms(definition).into_iter();
        has_keys(definition) || forms.any(|form| form_name(form).is_none() && has_keys(form))
    }

    /// The types that the keys at `path` alone have, and where.
    pub fn collect_nested(&self, schema: &Value, path: &str, out: &mut Vec<(String, String)>) {
        for (key, property) in ordered(schema) {
            let path = format!("{path}.{key}");
            match definition_name(property) {
                Some(name) if self.shared.contains_key(&name) => {}
                Some(name) => out.push((path, name)),
                None => self.collect_nested(property, &path, out),
            }
        }
        for form in forms(schema).into_iter().filter(|form| form.get("$ref").is_none()) {
            self.collect_nested(self.whole(form), path, out);
        }
    }
}

/// A type of TOML in plain words.
fn plain(schema: &Value) -> &'static str {
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.first().unwrap_or(&Value::Null),
        kind => kind,
    };
    match kinds.as_str() {
        Some("string") => "text",
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("boolean") => "`true` or `false`",
        Some("array") => "list",
        Some("object") => "table",
        _ if schema.get("properties").is_some() => "table",
        _ => "any value",
    }
}

/// A title within a sentence: `Law` as `law`, `CPU` as it is.
fn lowered(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    let abbreviation = title.chars().nth(1).is_some_and(char::is_uppercase);
    if abbreviation { title.to_owned() } else { first.chain(letters).collect() }
}

/// A value as it is written in a scenario, in one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(keys) => {
            let keys = keys.iter().map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}
