use std::collections::BTreeSet;
use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::super::schema;
use super::*;

const COMMITTED: &str = "docs/scenario.md";

/// Run with `PLIMSOLL_BLESS=1` to write the file anew.
#[test]
fn the_committed_reference_of_the_schema_is_that_of_the_types() {
    let text = reference(&schema());
    if std::env::var_os("PLIMSOLL_BLESS").is_some() {
        fs::write(COMMITTED, &text).unwrap();
    }
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == text,
        "write {COMMITTED} anew: `plimsoll schema --markdown > {COMMITTED}`"
    );
}

#[test]
fn a_small_schema_is_listed_with_its_tables_keys_and_shared_types() {
    let schema = json!({
        "properties": {
            "host": {
                "description": "`[[host]]`: machines.",
                "items": { "$ref": "#/definitions/HostShape" },
                "type": "array",
            },
            "run": {
                "allOf": [{ "$ref": "#/definitions/Run" }],
                "default": { "seed": 42 },
                "description": "`[run]`: how it is run.",
            },
        },
        "required": ["run"],
        "definitions": {
            "HostShape": {
                "description": "`[[host]]`",
                "properties": {
                    "boot": {
                        "allOf": [{ "$ref": "#/definitions/Law" }],
                        "default": { "normal": { "mean": "3s" } },
                        "description": "Time to boot.",
                    },
                    "kind": {
                        "allOf": [{ "$ref": "#/definitions/Kind" }],
                        "description": "What it is.",
                    },
                },
                "required": ["kind"],
            },
            "Kind": {
                "description": "Kinds of machines.",
                "oneOf": [
                    { "const": "bare", "description": "Metal.", "type": "string" },
                    { "const": "vm", "description": "A guest.", "type": "string" },
                ],
            },
            "Law": {
                "description": "A distribution.",
                "oneOf": [
                    { "description": "A constant.", "type": "string" },
                    {
                        "description": "`normal = { mean }`",
                        "properties": { "normal": {
                            "properties": { "mean": {
                                "allOf": [{ "$ref": "#/definitions/Span%20of%20time" }],
                                "description": "Its mean.",
                            } },
                            "required": ["mean"],
                        } },
                        "required": ["normal"],
                    },
                ],
            },
            "Run": {
                "properties": {
                    "pause": {
                        "anyOf": [{ "$ref": "#/definitions/Law" }, { "type": "null" }],
                        "description": "Pause between runs. Default: none.",
                    },
                    "seed": {
                        "default": 42,
                        "description": "Seed of the draws. Default 42.",
                        "type": "integer",
                    },
                },
            },
            "Span of time": { "description": "Such as `3s`.", "pattern": "s$", "type": "string" },
        },
    });
    assert_snapshot!(reference(&schema));
}

#[test]
fn every_link_of_the_schemas_reference_leads_to_one_heading() {
    let text = reference(&schema());
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let headings: Vec<String> =
        headings.map(|line| page::anchor(line.trim_start_matches(['#', ' ']))).collect();
    let anchors: BTreeSet<&str> = headings.iter().map(String::as_str).collect();
    assert_eq!(anchors.len(), headings.len(), "two headings are alike: {headings:?}");
    let links: Vec<&str> =
        text.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 100, "{links:?}");
    let lost: Vec<&&str> = links.iter().filter(|link| !anchors.contains(*link)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn every_key_and_word_of_the_schema_is_listed_as_often_as_it_is_there() {
    fn count<'s>(schema: &'s Value, found: &mut BTreeMap<&'s str, usize>) {
        for key in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
            *found.entry(key).or_default() += 1;
        }
        if let Some(word) = schema["const"].as_str() {
            *found.entry(word).or_default() += 1;
        }
        match schema {
            Value::Object(entries) => entries.values().for_each(|value| count(value, found)),
            Value::Array(values) => values.iter().for_each(|value| count(value, found)),
            _ => {}
        }
    }
    let schema = schema();
    let mut found = BTreeMap::new();
    count(&schema, &mut found);
    let text = reference(&schema);
    let mut listed = BTreeMap::new();
    for item in text.lines().filter_map(|line| line.trim_start().strip_prefix("- ")) {
        // a table of the file, a key, a word to choose, or a form that opens with all of it: `poisson = "300/s"`
        let key = item.trim_start_matches(['[', '`']).split(['`', ' ', ']']).next();
        *listed.entry(key.unwrap_or_default()).or_default() += 1;
    }
    // what a form without a name is
    listed.retain(|key, _| !["text:", "table"].contains(key));
    assert_eq!(listed, found);
}
