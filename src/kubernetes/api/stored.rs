//! Objects as an API server stored them: they were judged when they were written.

use serde_json::Value;

use super::header::{Header, header};
use super::object::Object;

/// Decodes an object that an API server accepted, without judging it again; none where its kind is
/// none of [`KINDS`](super::KINDS) or a field has another type than it should.
pub fn from_stored(value: &Value) -> Option<Object> {
    match header(value) {
        Header::Known(kind) => (kind.decode)(value).object,
        _ => None,
    }
}
