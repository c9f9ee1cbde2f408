//! One document, and the items of a list in it one by one.
//!
//! A dump of a cluster is one `kind: List` of tens of thousands of objects. Its items are handed on
//! while it is read, so that only one of them is in memory in untyped form. `kubectl` sorts keys:
//! `items` comes before `kind`, and each item says its own kind; in the answers of the API server
//! (`PodList`) `kind` comes first and the items have none.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Takes what a document has.
pub trait Sink {
    /// An item of a list, counted from 1. It has `kind` and `apiVersion` if they are known.
    fn item(&mut self, number: usize, value: Value);
    /// A document that is no list. Items that were handed on before were none.
    fn whole(&mut self, value: Value);
}

/// Reads a document into a sink.
pub struct Document<'s, S>(pub &'s mut S);

impl<'de, S: Sink> DeserializeSeed<'de> for Document<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink> Visitor<'de> for Document<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    /// An empty document.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut rest = Map::new();
        let mut without_kind: Vec<(usize, Value)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if rest.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` occurs twice")));
            }
            let value = if key == "items" {
                let item_kind = item_kind(&rest);
                let (sink, without_kind) = (&mut *self.0, &mut without_kind);
                map.next_value_seed(Items { sink, item_kind, without_kind })?
            } else {
                map.next_value()?
            };
            rest.insert(key, value);
        }
        match item_kind(&rest) {
            _ if !is_list(&rest) => self.0.whole(Value::Object(rest)),
            item_kind => {
                for (number, value) in without_kind {
                    self.0.item(number, with_kind(value, item_kind.as_ref()));
                }
            }
        }
        Ok(())
    }
}

fn is_list(document: &Map<String, Value>) -> bool {
    let kind = document.get("kind").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.ends_with("List"))
}

/// Kind and version of the items of a typed list.
fn item_kind(list: &Map<String, Value>) -> Option<(String, Value)> {
    let kind = list.get("kind")?.as_str()?.strip_suffix("List")?;
    let version = list.get("apiVersion")?.clone();
    (!kind.is_empty()).then(|| (kind.to_owned(), version))
}

fn with_kind(mut value: Value, item_kind: Option<&(String, Value)>) -> Value {
    if let (Value::Object(item), Some((kind, version))) = (&mut value, item_kind) {
        item.entry("kind").or_insert_with(|| kind.as_str().into());
        item.entry("apiVersion").or_insert_with(|| version.clone());
    }
    value
}

/// The value of `items`.
struct Items<'s, S> {
    sink: &'s mut S,
    item_kind: Option<(String, Value)>,
    without_kind: &'s mut Vec<(usize, Value)>,
}

impl<'de, S: Sink> DeserializeSeed<'de> for Items<'_, S> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink> Visitor<'de> for Items<'_, S> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of Kubernetes objects")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut number = 0;
        while let Some(value) = items.next_element::<Value>()? {
            number += 1;
            let value = with_kind(value, self.item_kind.as_ref());
            if value.get("kind").is_some() {
                self.sink.item(number, value);
            } else {
                self.without_kind.push((number, value));
            }
        }
        Ok(Value::Null)
    }
}
