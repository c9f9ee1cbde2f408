//! The committed page is true, complete, and its links lead somewhere.

use std::collections::BTreeSet;
use std::fs;

use insta::assert_snapshot;

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
    let schema = serde_json::from_str(include_str!("small.schema.json")).unwrap();
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
        // a table of the file, a key, a word, or a form with its value: `poisson = "300/s"`
        let key = item.trim_start_matches(['[', '`']).split(['`', ' ', ']']).next();
        *listed.entry(key.unwrap_or_default()).or_default() += 1;
    }
    // what a form without a name is
    listed.retain(|key, _| !["text:", "table", "table:", "list", "whole"].contains(key));
    assert_eq!(listed, found);
}
