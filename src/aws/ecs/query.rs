//! The cluster query language: which container instances an expression selects.
//!
//! ```text
//! expression  = alternative { ("or" | "||") alternative }
//! alternative = term { ("and" | "&&") term }
//! term        = ("not" | "!") term | "(" expression ")" | subject operator [argument]
//! subject     = agentConnected | agentVersion | attribute:NAME | ec2InstanceId
//!             | registeredAt | runningTasksCount | task:group
//! ```
//!
//! Operators have a sign and a word: `==` `equals`, `!=` `not_equals`, `>` `greater_than`, `>=`
//! `greater_than_equal`, `<` `less_than`, `<=` `less_than_equal`, `exists`, `!exists` `not_exists`,
//! `in`, `!in` `not_in`, `=~` `matches`, `!~` `not_matches`. Lists stand in brackets, texts with
//! special characters in single or double quotes. (Amazon ECS Developer Guide, "Cluster query
//! language".)
//!
//! What the guide leaves open is decided as follows. `and` binds closer than `or`, `not` closest. A
//! negative operator is the contrary of the positive one, so that `!=` holds for an instance that
//! has no such attribute. A pattern is a regular expression that the whole text must match. An
//! attribute is compared by size as a number where both sides are numbers, else as text.

mod evaluate;
mod lexer;
mod parser;
mod pattern;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use evaluate::Shown;
use pattern::Pattern;

/// An expression of the cluster query language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    expression: Expression,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where, in bytes of the expression.
    pub at: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// What would be right.
    pub help: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test { subject: Subject, positive: bool, test: Test },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    AgentConnected,
    AgentVersion,
    Attribute(String),
    Ec2InstanceId,
    RegisteredAt,
    RunningTasksCount,
    TaskGroup,
}

/// A positive operator with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    /// The subject has a value.
    Exists,
    /// It is one of these texts.
    OneOf(Vec<String>),
    Matches(Pattern),
    Compares(Comparison, Argument),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What a subject is compared with, as the subject's kind of value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Text(String),
    Count(u32),
    /// A version by its parts.
    Version(Vec<u64>),
    /// Seconds of Unix time.
    Instant(i64),
}

impl Query {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parser::parse(text).map(|expression| Self { text: text.to_owned(), expression })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it selects an instance.
    pub fn selects(&self, instance: &Shown<'_>) -> bool {
        self.expression.holds(instance)
    }
}
