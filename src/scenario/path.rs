//! Where a value stands in a scenario: `app[0].cpu.limit`.
//!
//! The scenario's own types know nothing of the file they came from; a check names the path of
//! what it objects to, and the path is looked up in the parsed document only when there is
//! something to show.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step from a table or an array to what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a table.
    Key(Cow<'static, str>),
    /// Into an array, counted from 0.
    Index(usize),
}

/// The way from the top of a scenario to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// A table or array at the top of the file.
    pub fn section(name: &'static str) -> Self {
        Self::default().key(name)
    }

    /// An element of an array at the top of the file.
    pub fn element(section: &'static str, index: usize) -> Self {
        Self::section(section).index(index)
    }

    /// The value of `key` in the table at this path.
    pub fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// Element `index` of the array at this path.
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// One step further.
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The table or array that the value is in.
    pub fn parent(&self) -> Self {
        let (_, steps) = self.0.split_last().unzip();
        Self(steps.unwrap_or_default().to_vec())
    }

    /// The steps from `start` to here.
    pub fn below(&self, start: &Self) -> &[Step] {
        self.0.get(start.0.len()..).unwrap_or_default()
    }

    /// Whether it is an element of an array.
    pub fn is_element(&self) -> bool {
        matches!(self.0.last(), Some(Step::Index(_)))
    }

    /// Whether it leads through `other` or ends there.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether one of the two leads through the other, or they are equal.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.is_within(other) || other.is_within(self)
    }

    /// Bytes of the file where the value stands; where it was left out, those of the innermost
    /// table around it.
    pub fn value_span(&self, document: &DeTable<'_>) -> Option<Range<usize>> {
        self.spans(document).map(|(_, value)| value)
    }

    /// Bytes of the file where the key of the value stands; where it was left out, those of the
    /// innermost table around it.
    pub fn key_span(&self, document: &DeTable<'_>) -> Option<Range<usize>> {
        self.spans(document).map(|(key, _)| key)
    }

    /// Bytes of the file where the value stands, unless it was left out.
    pub fn written_span(&self, document: &DeTable<'_>) -> Option<Range<usize>> {
        let (first, rest) = self.0.split_first()?;
        let Step::Key(section) = first else { return None };
        let mut value = document.get(section.as_ref())?;
        for step in rest {
            value = child(value, step)?.1;
        }
        Some(value.span())
    }

    /// Key and value of the innermost part of the path that was written.
    fn spans(&self, document: &DeTable<'_>) -> Option<(Range<usize>, Range<usize>)> {
        let (first, rest) = self.0.split_first()?;
        let Step::Key(section) = first else {
            return None;
        };
        let (key, value) = document.get_key_value(section.as_ref())?;
        let mut found = (key.span(), value.span());
        let mut value = value;
        for step in rest {
            let Some((key, next)) = child(value, step) else {
                break;
            };
            found = (key, next.span());
            value = next;
        }
        Some(found)
    }
}

/// What is one step below `value`, with the span of its key (of the element itself in arrays).
fn child<'a, 'i>(
    value: &'a Spanned<DeValue<'i>>,
    step: &Step,
) -> Option<(Range<usize>, &'a Spanned<DeValue<'i>>)> {
    match (value.get_ref(), step) {
        (DeValue::Table(table), Step::Key(key)) => {
            table.get_key_value(key.as_ref()).map(|(key, value)| (key.span(), value))
        }
        (DeValue::Array(array), Step::Index(index)) => {
            array.get(*index).map(|value| (value.span(), value))
        }
        _ => None,
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if depth == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[[app]]\nname = 'web'\ncpu = { request = '1' }\n";

    fn text_at(path: &Path) -> &'static str {
        let document = DeTable::parse(TEXT).unwrap();
        &TEXT[path.value_span(document.get_ref()).unwrap()]
    }

    #[test]
    fn a_path_leads_to_the_text_of_its_value() {
        let app = Path::element("app", 0);
        assert_eq!(text_at(&app.key("cpu").key("request")), "'1'");
        assert_eq!(text_at(&app), "[[app]]");
        assert_eq!(app.key("cpu").to_string(), "app[0].cpu");
    }

    #[test]
    fn what_was_left_out_is_shown_by_the_table_around_it() {
        let app = Path::element("app", 0);
        assert_eq!(text_at(&app.key("cpu").key("limit")), "{ request = '1' }");
        assert_eq!(text_at(&app.key("slo").key("p99")), "[[app]]");
    }
}
