//! How a quantity crosses the border of a file: as text, with errors for the person who wrote it.

use std::fmt;
use std::marker::PhantomData;

use schemars::{Schema, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use thiserror::Error as ThisError;

/// What is wrong with the text of a quantity.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Flaw {
    /// Nothing was written.
    #[error("it is empty")]
    Empty,
    /// There is no number where one has to be.
    #[error("there is no number in it")]
    NoNumber,
    /// A number without a unit where several units are usual.
    #[error("the unit is missing")]
    NoUnit,
    /// A unit that this kind of quantity does not have.
    #[error("`{0}` is not one of its units")]
    UnknownUnit(String),
    /// A space before the unit, where the grammar has none.
    #[error("there is a space in it")]
    Space,
    /// Below zero.
    #[error("it is below zero")]
    Negative,
    /// Beyond what the type holds.
    #[error("it is too large")]
    TooLarge,
    /// More digits than any quantity has.
    #[error("it has more than 20 significant digits")]
    TooPrecise,
    /// Not a date with a time of day and an offset to UTC.
    #[error("it is not a date with a time of day and an offset to UTC")]
    NoInstant,
    /// A share of more than all there is.
    #[error("it is more than 100%")]
    AboveWhole,
}

/// Text that is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("`{text}` is not {what}: {flaw}; write it like {examples}")]
pub struct InvalidQuantity {
    /// What was written, shortened where it is very long.
    pub text: String,
    /// What it should have been, with its article: `an amount of CPU`.
    pub what: &'static str,
    /// What is wrong with it.
    pub flaw: Flaw,
    /// How it is written: `` `500m`, `0.5` or `2` ``.
    pub examples: &'static str,
}

/// A quantity that is written as text.
pub trait TextQuantity: Sized + fmt::Display {
    /// What it is, with its article, for errors.
    const WHAT: &'static str;
    /// How it is written, for errors.
    const EXAMPLES: &'static str;
    /// What it is and how it is written, for the JSON Schema.
    const DESCRIPTION: &'static str;
    /// Regular expression of its spellings, for the JSON Schema; broader than the parser.
    const PATTERN: &'static str;
    /// Whether a plain number says the same without doubt.
    const PLAIN_NUMBERS: bool;

    /// Reads it from trimmed text.
    ///
    /// # Errors
    /// What is wrong with the text.
    fn read(text: &str) -> Result<Self, Flaw>;

    /// Reads it and says in full what is wrong.
    ///
    /// # Errors
    /// A sentence with the text, what it should be, what is wrong and what would be right.
    fn parse(text: &str) -> Result<Self, InvalidQuantity> {
        Self::read(text.trim()).map_err(|flaw| InvalidQuantity {
            text: shortened(text),
            what: Self::WHAT,
            flaw,
            examples: Self::EXAMPLES,
        })
    }
}

/// At most 40 characters of `text`, without control characters.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let escape = |c: char| {
        if c.is_control() { c.escape_default().collect() } else { String::from(c) }
    };
    let mut short: String = text.chars().take(LONGEST).map(escape).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// The JSON Schema of a quantity.
pub fn schema<Q: TextQuantity>() -> Schema {
    let text = json_schema!({ "type": "string", "pattern": Q::PATTERN });
    let mut schema = if Q::PLAIN_NUMBERS {
        json_schema!({ "anyOf": [text, { "type": "number", "minimum": 0 }] })
    } else {
        text
    };
    schema.insert("description".into(), Q::DESCRIPTION.into());
    schema
}

/// Reads a quantity from text or from a number.
///
/// # Errors
/// Those of [`TextQuantity::parse`].
pub fn deserialize<'de, Q: TextQuantity, D: Deserializer<'de>>(from: D) -> Result<Q, D::Error> {
    // self-describing on purpose: text and numbers are told apart by what is written
    from.deserialize_any(QuantityVisitor(PhantomData))
}

struct QuantityVisitor<Q>(PhantomData<Q>);

impl<Q: TextQuantity> Visitor<'_> for QuantityVisitor<Q> {
    type Value = Q;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} like {}", Q::WHAT, Q::EXAMPLES)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Q, E> {
        Q::parse(text).map_err(E::custom)
    }

    // numbers take the way of the text they were written as, which is exact
    fn visit_i64<E: Error>(self, number: i64) -> Result<Q, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Q, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Q, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Q, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Q, E> {
        self.visit_str(&number.to_string())
    }
}

/// Implements the traits by which the world reads and writes a [`TextQuantity`].
macro_rules! written_as_text {
    ($quantity:ty, $name:literal) => {
        impl std::str::FromStr for $quantity {
            type Err = $crate::units::InvalidQuantity;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::units::text::TextQuantity>::parse(text)
            }
        }

        impl serde::Serialize for $quantity {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $quantity {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::units::text::deserialize(from)
            }
        }

        impl schemars::JsonSchema for $quantity {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::units::text::schema::<Self>()
            }
        }
    };
}
pub(crate) use written_as_text;

#[cfg(test)]
mod tests {
    use crate::units::{Bytes, Millicores};

    #[test]
    fn an_error_says_what_is_wrong_and_what_would_be_right() {
        let error = "16 cores".parse::<Millicores>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`16 cores` is not an amount of CPU: `cores` is not one of its units; \
             write it like `500m`, `0.5` or `2`"
        );
    }

    #[test]
    fn very_long_text_is_shortened_and_control_characters_are_escaped() {
        let error = format!("\u{1b}[31m{}", "9".repeat(500)).parse::<Bytes>().unwrap_err();
        assert!(error.text.starts_with("\\u{1b}[31m999") && error.text.ends_with('…'));
        assert!(error.text.chars().count() < 60);
    }

    #[test]
    fn plain_numbers_are_read_where_they_are_unambiguous() {
        #[derive(serde::Deserialize)]
        struct Limits {
            cpu: Millicores,
            memory: Bytes,
        }
        let limits: Limits = toml::from_str("cpu = 0.5\nmemory = 1048576").unwrap();
        assert_eq!((limits.cpu, limits.memory), (Millicores(500), Bytes(1 << 20)));
    }
}
