//! Values that may be written as plain text or as a table: `"29MiB"` or `{ size = "29MiB" }`.
//!
//! An untagged enum would do the same but forget where in the file an inner error is; a visitor
//! that goes on reading from the table itself keeps every position.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};

/// A value with a short form in text and a full form as a table.
pub trait TextOrTable: Sized {
    /// What is expected where something else stands, with its article.
    const EXPECTED: &'static str;

    /// Reads the short form.
    ///
    /// # Errors
    /// Where the text is not one.
    fn from_text<E: Error>(text: &str) -> Result<Self, E>;

    /// Reads the full form.
    ///
    /// # Errors
    /// Where the table is not one.
    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error>;
}

/// Reads either form.
///
/// # Errors
/// Those of the form that was written.
pub fn deserialize<'de, T: TextOrTable, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(EitherVisitor(PhantomData))
}

struct EitherVisitor<T>(PhantomData<T>);

impl<'de, T: TextOrTable> Visitor<'de> for EitherVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<T, A::Error> {
        let value = T::from_table(&mut table)?;
        // an enum takes the first key and leaves the others unread
        if table.next_key::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("wanted exactly 1 element, more than one element"));
        }
        Ok(value)
    }
}
