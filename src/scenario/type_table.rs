//! Tables of types: what every item of a type needs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::shorthand::{self, TextOrTable};

/// A table of types. Columns that the table of items does not have are looked up in the row of the
/// item's type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeTable {
    /// CSV file (`.gz`, too) or workbook, relative to the scenario file.
    pub file: PathBuf,
    /// The column that names the type, in both tables.
    pub key: TypeKey,
    /// Which of its rows are meant, by what they have in these columns, where a type has several.
    /// Default: all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, String>,
    /// What is done with items of a type that has no row. Default: they are an error.
    #[serde(default)]
    pub unknown: UnknownType,
}

/// Where a type is named: by a column that is called the same in both tables, or by
/// `{ item = "…", type = "…" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
#[schemars(transform = or_column)]
pub struct TypeKey {
    /// The column of the table of items.
    pub item: String,
    /// The column of the table of types.
    #[serde(rename = "type")]
    pub kind: String,
}

impl TypeKey {
    /// The same name in both tables.
    pub fn same(column: &str) -> Self {
        Self { item: column.to_owned(), kind: column.to_owned() }
    }
}

impl<'de> Deserialize<'de> for TypeKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl TextOrTable for TypeKey {
    const EXPECTED: &'static str =
        "the name of a column, or a table such as `{ item = \"flavor\", type = \"id\" }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self::same(text))
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

impl Serialize for TypeKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.item == self.kind {
            return self.item.serialize(to);
        }
        Self::serialize(self, to)
    }
}

fn or_column(schema: &mut Schema) {
    let table = schema.clone();
    let description = table.get("description").cloned().unwrap_or_default();
    *schema = json_schema!({
        "description": description,
        "anyOf": [{ "description": "Called the same in both tables.", "type": "string" }, table],
    });
}

/// What is done with items of a type that has no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownType {
    /// The table cannot be used.
    #[default]
    Error,
    /// They are left out, and counted (`items_left_out`).
    LeaveOut,
}

/// Which instant the arrivals of a table are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The 0 of the column.
    Zero,
    /// The first arrival.
    First,
}
