//! Conditions of a statement: `"StringEquals": { "aws:RequestedRegion": ["us-east-1"] }`.
//!
//! Several values of one key are alternatives; several keys and operators must all hold. A key that
//! the request does not have fails the condition, but for operators that say *not*, and those with
//! `IfExists`. `ForAllValues:` wants every value of the request to match (and holds where there is
//! none), `ForAnyValue:` at least one. (IAM User Guide, "Condition operators", "Set operators for
//! multi-valued context keys".)
//!
//! A request with several values and a condition without either prefix is undefined there; here
//! one matching value is enough, and for operators that say *not* none may match.

mod date;
mod operator;

pub use operator::{OPERATORS, Operator, Quantifier};

use self::date::Date;
use self::operator::{Family, Order};
use super::context::Context;
use super::pattern::Pattern;
use crate::scenario::security_group::Cidr;

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The operator, with prefix and suffix.
    pub operator: Operator,
    /// The key, as it was written.
    pub key: String,
    /// The values it is compared with.
    test: Test,
}

/// The values of a condition, understood.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    Text(Vec<Pattern>),
    TextIgnoringCase(Vec<Pattern>),
    Arn(Vec<Pattern>),
    Number(Order, Vec<f64>),
    Date(Order, Vec<Date>),
    Bool(Vec<bool>),
    Binary(Vec<String>),
    Ip(Vec<Cidr>),
    Absent(Vec<bool>),
}

impl Clause {
    /// A condition of a document with or without variables.
    ///
    /// # Errors
    /// Which of the values is not what the operator compares, by its position, and what would be.
    pub fn new(
        operator: Operator,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, (usize, String)> {
        let test = Test::new(operator, values, variables)?;
        Ok(Self { operator, key: key.to_owned(), test })
    }

    /// Whether it holds for a request.
    pub fn holds(&self, context: &Context) -> bool {
        let values = context.values(&self.key).filter(|values| !values.is_empty());
        if let Test::Absent(wanted) = &self.test {
            return wanted.contains(&values.is_none());
        }
        let Operator { quantifier, negated, if_exists, .. } = self.operator;
        let Some(values) = values else {
            return match quantifier {
                _ if if_exists => true,
                Some(quantifier) => quantifier == Quantifier::ForAllValues,
                None => negated,
            };
        };
        let mut matches = values.iter().map(|value| self.test.matches(value, context) != negated);
        match (quantifier, negated) {
            (Some(Quantifier::ForAllValues), _) | (None, true) => matches.all(|matches| matches),
            (Some(Quantifier::ForAnyValue), _) | (None, false) => matches.any(|matches| matches),
        }
    }
}

impl Test {
    fn new(
        operator: Operator,
        values: &[String],
        variables: bool,
    ) -> Result<Self, (usize, String)> {
        let exact = |text: &str| Pattern::without_wildcards(text, variables);
        let wild = |text: &str| match variables {
            true => Pattern::with_variables(text),
            false => Ok(Pattern::plain(text)),
        };
        Ok(match operator.family {
            Family::StringEquals => Self::Text(each(values, exact)?),
            Family::StringEqualsIgnoreCase => Self::TextIgnoringCase(each(values, exact)?),
            Family::StringLike => Self::Text(each(values, wild)?),
            Family::Arn => Self::Arn(each(values, wild)?),
            Family::Numeric(order) => Self::Number(order, each(values, number)?),
            Family::Date(order) => Self::Date(order, each(values, date)?),
            Family::Bool => Self::Bool(each(values, boolean)?),
            Family::Null => Self::Absent(each(values, boolean)?),
            Family::Binary => Self::Binary(values.to_vec()),
            Family::Ip => Self::Ip(each(values, network)?),
        })
    }

    /// Whether a value of the request matches one of those of the policy, leaving aside that the
    /// operator may say *not*.
    fn matches(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(patterns) => patterns.iter().any(|text| text.matches(value, context)),
            Self::TextIgnoringCase(patterns) => {
                patterns.iter().any(|text| text.matches_ignoring_case(value, context))
            }
            Self::Arn(patterns) => patterns.iter().any(|arn| arn.matches_arn(value, context)),
            Self::Number(order, numbers) => number(value)
                .is_ok_and(|value| numbers.iter().any(|number| order.holds(&value, number))),
            Self::Date(order, dates) => Date::read(value)
                .is_some_and(|value| dates.iter().any(|date| order.holds(&value, date))),
            Self::Bool(wanted) => boolean(value).is_ok_and(|value| wanted.contains(&value)),
            Self::Binary(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Ip(networks) => value
                .parse()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
            Self::Absent(_) => false,
        }
    }
}

/// All values read, or the position of the first that cannot be.
fn each<T>(
    values: &[String],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, (usize, String)> {
    let read = |(index, value): (usize, &String)| read(value).map_err(|wrong| (index, wrong));
    values.iter().enumerate().map(read).collect()
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is no number"))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}

fn date(text: &str) -> Result<Date, String> {
    let wrong = || {
        format!(
            "`{text}` is no date; write it like `2026-01-31T12:00:00Z` or in seconds since 1970"
        )
    };
    Date::read(text).ok_or_else(wrong)
}

/// A range, or an address alone.
fn network(text: &str) -> Result<Cidr, String> {
    let wrong = || {
        format!("`{text}` is no range of addresses; write it like `10.0.0.0/8` or `2001:db8::/32`")
    };
    let single = text.parse().ok().map(Cidr::single);
    single.or_else(|| Cidr::read(text).ok()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
