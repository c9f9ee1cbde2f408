//! From the path of a mistake back to its place in the text.
//!
//! Only a file with mistakes is read a second time, with positions. JSON is read as the YAML that
//! it is.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::decode::{Path, Step};
use super::yaml;

/// Larger documents are not read again: the path has to do.
const MOST_BYTES: usize = 16 << 20;

/// A document with the place of every part.
pub struct Located(Option<Spanned<Tree>>);

enum Tree {
    Leaf,
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
    List(Vec<Spanned<Tree>>),
}

impl Located {
    /// Reads a document; of one with a syntax error or too large a one nothing can be found.
    pub fn new(document: &str) -> Self {
        if document.len() > MOST_BYTES {
            return Self(None);
        }
        let read = |deserializer: serde_saphyr::Deserializer<'_, '_>| {
            Spanned::<Tree>::deserialize(deserializer)
        };
        let options = yaml::options(document);
        Self(serde_saphyr::with_deserializer_from_str_with_options(document, options, read).ok())
    }

    /// The part at `path`, or the innermost one around it that exists.
    pub fn find(&self, path: &Path) -> Option<Range<usize>> {
        let mut at = self.0.as_ref()?;
        let mut found = span(at);
        for step in &path.0 {
            let next = match (&at.value, step) {
                (Tree::Map(entries), Step::Key(key)) => entries
                    .iter()
                    .find(|(name, _)| name.value == *key)
                    .map(|(name, value)| (value, Some(name))),
                (Tree::List(items), Step::Index(index)) => items.get(*index).map(|v| (v, None)),
                _ => None,
            };
            let Some((value, name)) = next else {
                break;
            };
            at = value;
            found = match (&value.value, name) {
                (Tree::Map(_) | Tree::List(_), Some(name)) => span(name),
                _ => span(value),
            };
        }
        found
    }
}

fn span<T>(part: &Spanned<T>) -> Option<Range<usize>> {
    let span = part.referenced.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start + length)
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Tree, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        Ok(Tree::Map(entries))
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<Tree, A::Error> {
        data.variant::<IgnoredAny>().map(|_| Tree::Leaf)
    }
}
