//! Where in an object a check is, without the cost of writing it down unless something is wrong.

use super::Violation;
use crate::kubernetes::api::decode::{Path, Step};

/// A place in an object, as the way from the one around it.
pub enum At<'a> {
    /// The object itself.
    Root,
    /// A field or entry.
    Key(&'a At<'a>, &'a str),
    /// An element of a list.
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    /// A field or entry of this place.
    pub fn key<'a>(&'a self, name: &'a str) -> At<'a> {
        At::Key(self, name)
    }

    /// An element of this place.
    pub fn index(&self, index: usize) -> At<'_> {
        At::Index(self, index)
    }

    fn path(&self) -> Path {
        let (outer, step) = match self {
            At::Root => return Path::default(),
            At::Key(outer, name) => (outer, Step::Key((*name).to_owned())),
            At::Index(outer, index) => (outer, Step::Index(*index)),
        };
        let mut path = outer.path();
        path.0.push(step);
        path
    }
}

/// Collects what is wrong.
#[derive(Default)]
pub struct Report {
    /// So far.
    pub violations: Vec<Violation>,
}

impl Report {
    /// Notes that something is wrong.
    pub fn wrong(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.violations.push(Violation::new(at.path(), message));
    }

    /// Notes that something is wrong and what would be right.
    pub fn wrong_with_help(
        &mut self,
        at: &At<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.violations.push(Violation::new(at.path(), message).help(help));
    }

    /// Notes it where a text is none of those allowed; an absent one is fine.
    pub fn one_of(&mut self, text: Option<&str>, allowed: &[&str], at: &At<'_>) {
        if let Some(text) = text
            && !allowed.contains(&text)
        {
            let (last, others) = allowed.split_last().unwrap_or((&"", &[]));
            let all = match others {
                [] => (*last).to_owned(),
                others => format!("{} or {last}", others.join(", ")),
            };
            let message = match text {
                "" => format!("is missing; it must be {all}"),
                text => format!("must be {all}, not `{text}`"),
            };
            self.wrong(at, message);
        }
    }

    /// Notes it where a number is not in a range; an absent one is fine.
    pub fn within(
        &mut self,
        number: Option<impl Into<i64>>,
        range: std::ops::RangeInclusive<i64>,
        at: &At<'_>,
    ) {
        if let Some(number) = number {
            let number = number.into();
            if range.contains(&number) {
                return;
            }
            let (least, most) = (range.start(), range.end());
            let message = match *most {
                i64::MAX => format!("must be at least {least}, not {number}"),
                most => format!("must be between {least} and {most}, not {number}"),
            };
            self.wrong(at, message);
        }
    }
}
