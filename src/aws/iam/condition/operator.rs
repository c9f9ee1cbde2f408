//! The names of condition operators: `ForAllValues:StringNotLikeIfExists` and the rest.

/// What is compared, and how, leaving aside *not*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Null,
}

/// How the value of the request is to stand to that of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether the first stands so to the second.
    pub fn holds<T: PartialOrd>(self, first: &T, second: &T) -> bool {
        match self {
            Self::Equal => first == second,
            Self::Less => first < second,
            Self::LessOrEqual => first <= second,
            Self::Greater => first > second,
            Self::GreaterOrEqual => first >= second,
        }
    }
}

/// How many of several values of a request have to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Every one; none at all is fine.
    ForAllValues,
    /// At least one.
    ForAnyValue,
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What is compared.
    pub(super) family: Family,
    /// Whether it says *not*.
    pub negated: bool,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// `IfExists`.
    pub if_exists: bool,
}

const KNOWN: [(&str, Family, bool); 27] = [
    ("StringEquals", Family::StringEquals, false),
    ("StringNotEquals", Family::StringEquals, true),
    ("StringEqualsIgnoreCase", Family::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Family::StringEqualsIgnoreCase, true),
    ("StringLike", Family::StringLike, false),
    ("StringNotLike", Family::StringLike, true),
    ("NumericEquals", Family::Numeric(Order::Equal), false),
    ("NumericNotEquals", Family::Numeric(Order::Equal), true),
    ("NumericLessThan", Family::Numeric(Order::Less), false),
    ("NumericLessThanEquals", Family::Numeric(Order::LessOrEqual), false),
    ("NumericGreaterThan", Family::Numeric(Order::Greater), false),
    ("NumericGreaterThanEquals", Family::Numeric(Order::GreaterOrEqual), false),
    ("DateEquals", Family::Date(Order::Equal), false),
    ("DateNotEquals", Family::Date(Order::Equal), true),
    ("DateLessThan", Family::Date(Order::Less), false),
    ("DateLessThanEquals", Family::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Family::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Family::Date(Order::GreaterOrEqual), false),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

/// The names of all operators, without prefix and suffix.
pub const OPERATORS: [&str; KNOWN.len()] = {
    let mut names = [""; KNOWN.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = KNOWN[index].0;
        index += 1;
    }
    names
};

impl Operator {
    /// The operator of this name; IAM does not mind capitals.
    pub fn named(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), rest)
            }
            Some(_) => return None,
            None => (None, name),
        };
        let (if_exists, base) = match rest.len().checked_sub("IfExists".len()) {
            Some(at)
                if rest.is_char_boundary(at) && rest[at..].eq_ignore_ascii_case("IfExists") =>
            {
                (true, &rest[..at])
            }
            _ => (false, rest),
        };
        let known = KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(base))?;
        let &(_, family, negated) = known;
        // whether a key is there cannot depend on whether it is there
        let sensible = family != Family::Null || (!if_exists && quantifier.is_none());
        sensible.then_some(Self { family, negated, quantifier, if_exists })
    }
}
