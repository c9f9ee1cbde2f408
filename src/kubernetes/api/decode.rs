//! A JSON value into a typed object, with the path of whatever does not fit and of unknown fields.
//!
//! The types of `k8s-openapi` skip fields that they do not know. The API server does not when it
//! validates strictly, as `kubectl` asks it to: a misspelt `nodeSelectr` would silently place pods
//! elsewhere. So the fields of each struct, which serde hands over, are compared here.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::{Map, Value};

use super::syntax::plainly;

/// Most mistakes reported for one object.
const MOST_MISTAKES: usize = 20;

/// One step into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the field or entry of this name.
    Key(String),
    /// Into the element with this index, from 0.
    Index(usize),
}

/// Where in an object something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path with one more key.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.step(Step::Key(name.to_owned()))
    }

    /// The path with several more keys, separated by dots.
    #[must_use]
    pub fn dotted(&self, names: &str) -> Self {
        names.split('.').fold(self.clone(), |path, name| path.key(name))
    }

    /// The path with one more index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The path followed by another one.
    #[must_use]
    pub fn join(&self, inner: &Self) -> Self {
        Self(self.0.iter().chain(&inner.0).cloned().collect())
    }

    /// The name of the innermost field or entry.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

/// As Kubernetes writes it: `spec.containers[0].resources.requests[example.com/gpu]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if key.is_empty() || key.contains(['.', '/']) => {
                    write!(f, "[{key}]")?
                }
                Step::Key(key) if at > 0 => write!(f, ".{key}")?,
                Step::Key(key) => f.write_str(key)?,
            }
        }
        Ok(())
    }
}

/// A value that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub path: Path,
    /// What was expected and found.
    pub message: String,
}

/// A typed object, or what was wrong, and in both cases the fields that the type does not have.
pub struct Decoded<T> {
    /// The object, where every value fits.
    pub object: Option<T>,
    /// Values that do not fit.
    pub mistakes: Vec<Mistake>,
    /// Fields that no version of Kubernetes up to 1.36 has.
    pub unknown: Vec<(Path, &'static [&'static str])>,
}

/// Decodes a value. After a mistake it goes on without the offending value, to find others.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Decoded<T> {
    let (mut outcome, mut tracker) = attempt(value);
    let unknown = std::mem::take(&mut tracker.unknown);
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut copy = None;
    while let Err(Flaw(message)) = outcome {
        let path = tracker.path();
        let again = mistakes.iter().any(|mistake: &Mistake| mistake.path == path);
        if again || mistakes.len() == MOST_MISTAKES {
            return Decoded { object: None, mistakes, unknown };
        }
        let rest = copy.get_or_insert_with(|| value.clone());
        remove(rest, &path);
        mistakes.push(Mistake { path, message });
        (outcome, tracker) = attempt::<T>(copy.as_ref().unwrap_or(value));
    }
    let object = outcome.ok().filter(|_| mistakes.is_empty());
    Decoded { object, mistakes, unknown }
}

fn attempt<T: DeserializeOwned>(value: &Value) -> (Result<T, Flaw>, Tracker<'_>) {
    let mut tracker = Tracker::default();
    let outcome = T::deserialize(At { value, tracker: &mut tracker });
    (outcome, tracker)
}

/// Takes out the innermost field or entry that holds `path`. A list goes as a whole, so that the
/// indices in later paths stay true.
fn remove(value: &mut Value, path: &Path) {
    let is_key = |step: &Step| matches!(step, Step::Key(_));
    let Some(last) = path.0.iter().rposition(is_key) else {
        return;
    };
    let inside = path.0[..last].iter().try_fold(value, |at, step| match step {
        Step::Key(key) => at.get_mut(key),
        Step::Index(index) => at.get_mut(index),
    });
    if let (Some(Value::Object(map)), Step::Key(key)) = (inside, &path.0[last]) {
        map.remove(key);
    }
}

/// Where the decoder is. After a failure it stays where that happened.
#[derive(Default)]
struct Tracker<'v> {
    steps: Vec<Place<'v>>,
    unknown: Vec<(Path, &'static [&'static str])>,
}

#[derive(Clone, Copy)]
enum Place<'v> {
    Key(&'v str),
    Index(usize),
}

impl Tracker<'_> {
    fn path(&self) -> Path {
        let step = |place: &Place| match *place {
            Place::Key(key) => Step::Key(key.to_owned()),
            Place::Index(index) => Step::Index(index),
        };
        Path(self.steps.iter().map(step).collect())
    }

    fn note_unknown(&mut self, map: &Map<String, Value>, fields: &'static [&'static str]) {
        for key in map.keys().filter(|key| !fields.contains(&key.as_str())) {
            let path = self.path().key(key);
            self.unknown.push((path, fields));
        }
    }
}

/// What is wrong, in words.
#[derive(Debug)]
struct Flaw(String);

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Flaw {}

impl serde::de::Error for Flaw {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self(format!("expected {}, found {}", plainly(&expected), plainly(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// A value, and where it is.
struct At<'t, 'v> {
    value: &'v Value,
    tracker: &'t mut Tracker<'v>,
}

impl<'v> Deserializer<'v> for At<'_, 'v> {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., Some(number)) => visitor.visit_f64(number),
                _ => Err(Flaw::custom("expected a number that fits into 64 bits")),
            },
            Value::Array(items) => {
                visitor.visit_seq(Items { items, next: 0, tracker: self.tracker })
            }
            Value::Object(map) => {
                visitor.visit_map(Entries { rest: map.iter(), value: None, tracker: self.tracker })
            }
        }
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match self.value {
            Value::Object(map) => {
                self.tracker.note_unknown(map, fields);
                self.deserialize_any(visitor)
            }
            // serde would name the Rust type
            other => Err(Flaw::invalid_type(unexpected(other), &"an object")),
        }
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Other("nothing"),
        Value::Bool(flag) => Unexpected::Bool(*flag),
        Value::Number(_) => Unexpected::Other("a number"),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Other("a list"),
        Value::Object(_) => Unexpected::Other("an object"),
    }
}

struct Items<'t, 'v> {
    items: &'v [Value],
    next: usize,
    tracker: &'t mut Tracker<'v>,
}

impl<'v> SeqAccess<'v> for Items<'_, 'v> {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Flaw> {
        let Some(value) = self.items.get(self.next) else {
            return Ok(None);
        };
        self.tracker.steps.push(Place::Index(self.next));
        let element = seed.deserialize(At { value, tracker: self.tracker })?;
        self.tracker.steps.pop();
        self.next += 1;
        Ok(Some(element))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'t, 'v> {
    rest: serde_json::map::Iter<'v>,
    value: Option<&'v Value>,
    tracker: &'t mut Tracker<'v>,
}

impl<'v> MapAccess<'v> for Entries<'_, 'v> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, seed: K) -> Result<Option<K::Value>, Flaw> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        self.tracker.steps.push(Place::Key(key));
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'v>>(&mut self, seed: V) -> Result<V::Value, Flaw> {
        let value = self.value.take().unwrap_or(&Value::Null);
        let value = seed.deserialize(At { value, tracker: self.tracker })?;
        self.tracker.steps.pop();
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_that_does_not_fit_is_found() {
        let decoded: Decoded<Pod> = decode(&json!({
            "metadata": { "name": "web", "labels": { "app": 7 } },
            "spec": { "containers": [{ "name": "web", "ports": [{ "containerPort": "http" }] }] },
        }));
        let found: Vec<_> = decoded.mistakes.iter().map(|m| m.path.to_string()).collect();
        assert_eq!(found, ["metadata.labels.app", "spec.containers[0].ports[0].containerPort"]);
        assert_eq!(decoded.mistakes[0].message, "expected a string, found integer `7`");
        assert!(decoded.object.is_none());
    }

    #[test]
    fn fields_that_do_not_exist_are_noted() {
        let decoded: Decoded<Pod> =
            decode(&json!({ "spec": { "nodeSelectr": { "disk": "ssd" }, "containers": [] } }));
        let (path, fields) = &decoded.unknown[0];
        assert_eq!(path.to_string(), "spec.nodeSelectr");
        assert!(fields.contains(&"nodeSelector") && decoded.object.is_some());
    }

    #[test]
    fn names_with_dots_are_bracketed_in_paths() {
        let path = Path::default().dotted("spec.containers").index(0).key("example.com/gpu");
        assert_eq!(path.to_string(), "spec.containers[0][example.com/gpu]");
    }
}
