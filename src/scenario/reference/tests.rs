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
    assert_snapshot!(reference(&json!({
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
    })));
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
fn every_key_of_the_schema_is_listed() {
    fn keys<'s>(schema: &'s Value, found: &mut BTreeSet<&'s str>) {
        if let Some(properties) = schema["properties"].as_object() {
            found.extend(properties.keys().map(String::as_str));
        }
        match schema {
            Value::Object(entries) => entries.values().for_each(|value| keys(value, found)),
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let schema = schema();
    let mut found = BTreeSet::new();
    keys(&schema, &mut found);
    let text = reference(&schema);
    // a form may open with all of it: `poisson = "300/s"`
    let listed = |key: &&&str| {
        text.contains(&format!("- `{key}` ("))
            || text.contains(&format!("- `{key} = "))
            || text.contains(&format!("[`[{key}]`]"))
            || text.contains(&format!("[`[[{key}]]`]"))
    };
    let missing: Vec<_> = found.iter().filter(|key| !listed(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
