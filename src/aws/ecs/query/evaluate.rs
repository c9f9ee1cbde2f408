//! What an expression says of one container instance.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::parser::version;
use super::{Argument, Comparison, Expression, Subject, Test};

/// What a query may look at.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The instance's attributes; one may have no value.
    pub attributes: &'a BTreeMap<String, Option<String>>,
    /// The instance's name in EC2: `i-0abcd1234`.
    pub ec2_instance_id: &'a str,
    /// Whether the agent can be reached.
    pub agent_connected: bool,
    /// The agent's version: `1.86.0`.
    pub agent_version: &'a str,
    /// When it was registered, in seconds of Unix time.
    pub registered_at: i64,
    /// Its tasks.
    pub running_tasks: u32,
    /// The groups of its tasks, with how many tasks of each; none has zero.
    pub groups: &'a BTreeMap<String, u32>,
}

impl Expression {
    pub(super) fn holds(&self, instance: &Shown<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(instance)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(instance)),
            Self::Not(part) => !part.holds(instance),
            Self::Test { subject, positive, test } => test.holds(subject, instance) == *positive,
        }
    }
}

impl Test {
    fn holds(&self, subject: &Subject, instance: &Shown<'_>) -> bool {
        match subject {
            Subject::Attribute(name) => match instance.attributes.get(name) {
                Some(Some(value)) => self.accepts(value),
                // an attribute may be there and have no value
                Some(None) => *self == Self::Exists,
                None => false,
            },
            Subject::TaskGroup => instance.groups.keys().any(|group| self.accepts(group)),
            Subject::AgentConnected => self.accepts(&instance.agent_connected.to_string()),
            Subject::Ec2InstanceId => self.accepts(instance.ec2_instance_id),
            Subject::AgentVersion => self.accepts(instance.agent_version),
            Subject::RegisteredAt => self.orders(|argument| match argument {
                Argument::Instant(instant) => Some(instance.registered_at.cmp(instant)),
                _ => None,
            }),
            Subject::RunningTasksCount => self.orders(|argument| match argument {
                Argument::Count(count) => Some(instance.running_tasks.cmp(count)),
                _ => None,
            }),
        }
    }

    /// Whether a text passes.
    fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::OneOf(texts) => texts.iter().any(|one| one == text),
            Self::Matches(pattern) => pattern.matches(text),
            Self::Compares(Comparison::Equal, Argument::Text(other)) => text == other,
            Self::Compares(..) => self.orders(|argument| match argument {
                Argument::Version(parts) => Some(compare_versions(&version(text)?, parts)),
                Argument::Text(other) => Some(compare_texts(text, other)),
                Argument::Count(_) | Argument::Instant(_) => None,
            }),
        }
    }

    /// Whether an order to the argument is one that passes.
    fn orders(&self, order: impl FnOnce(&Argument) -> Option<Ordering>) -> bool {
        let Self::Compares(comparison, argument) = self else { return false };
        order(argument).is_some_and(|order| comparison.accepts(order))
    }
}

impl Comparison {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// Numbers by size, if both are.
fn compare_texts(left: &str, right: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(left), number(right)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => left.cmp(right),
    }
}

/// Part by part; parts that are missing are zero.
fn compare_versions(left: &[u64], right: &[u64]) -> Ordering {
    let part = |version: &[u64], place: usize| version.get(place).copied().unwrap_or(0);
    let places = left.len().max(right.len());
    let orders = (0..places).map(|place| part(left, place).cmp(&part(right, place)));
    orders.fold(Ordering::Equal, Ordering::then)
}
