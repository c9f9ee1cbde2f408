//! What one label of a node may be: a set of values.
//!
//! Follows pkg/scheduling/requirement.go of Karpenter 1.x. A set names its values or those that it
//! leaves out, and may be bounded, so that what several sources require of a label is one set again
//! and not a list of conditions.

use std::collections::BTreeSet;
use std::fmt;

use crate::kubernetes::scheduler::labels::Operator;

/// The values that a label may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowed {
    /// Whether `values` are those that are left out.
    complement: bool,
    values: BTreeSet<Box<str>>,
    /// Only whole numbers above this.
    above: Option<i64>,
    /// Only whole numbers below this.
    below: Option<i64>,
    /// So many values have to stay possible (`minValues`).
    min_values: Option<u32>,
}

impl Allowed {
    /// These values.
    pub fn only<V: Into<Box<str>>>(values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { complement: false, values, above: None, below: None, min_values: None }
    }

    /// Any value, but there has to be one.
    #[must_use]
    pub fn anything() -> Self {
        Self { complement: true, ..Self::nothing() }
    }

    /// No value: the label is missing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::only::<Box<str>>([])
    }

    /// What an operator allows.
    #[must_use]
    pub fn by(operator: &Operator) -> Self {
        match operator {
            Operator::In(values) => Self::only(values.iter().cloned()),
            Operator::NotIn(values) => {
                Self { complement: true, ..Self::only(values.iter().cloned()) }
            }
            Operator::Exists => Self::anything(),
            Operator::DoesNotExist => Self::nothing(),
            Operator::Gt(bound) => Self { above: Some(*bound), ..Self::anything() },
            Operator::Lt(bound) => Self { below: Some(*bound), ..Self::anything() },
        }
    }

    /// The same, of which so many values have to stay possible.
    #[must_use]
    pub fn with_min_values(self, min_values: Option<u32>) -> Self {
        Self { min_values, ..self }
    }

    /// How many values have to stay possible.
    #[must_use]
    pub fn min_values(&self) -> Option<u32> {
        self.min_values
    }

    /// Whether a value is in the set.
    #[must_use]
    pub fn has(&self, value: &str) -> bool {
        self.values.contains(value) != self.complement && self.is_within(value)
    }

    /// Whether no value is: the label has to be missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.complement && self.values.is_empty()
    }

    /// Whether a node without the label will do: where values are left out, bounded or not, or
    /// none is allowed.
    #[must_use]
    pub fn admits_absence(&self) -> bool {
        match self.complement {
            true => !self.values.is_empty(),
            false => self.values.is_empty(),
        }
    }

    /// The values, where they are named and not left out.
    #[must_use]
    pub fn named(&self) -> Option<&BTreeSet<Box<str>>> {
        (!self.complement).then_some(&self.values)
    }

    /// The only value, if there is one.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        let values = self.named().filter(|values| values.len() == 1)?;
        values.first().map(|value| &**value)
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let complement = self.complement && other.complement;
        let above = self.above.max(other.above);
        let below = match (self.below, other.below) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        let min_values = self.min_values.max(other.min_values);
        if above.zip(below).is_some_and(|(above, below)| above >= below) {
            return Self::nothing().with_min_values(min_values);
        }
        let values: BTreeSet<Box<str>> = match (self.complement, other.complement) {
            (true, true) => self.values.union(&other.values).cloned().collect(),
            (true, false) => other.values.difference(&self.values).cloned().collect(),
            (false, true) => self.values.difference(&other.values).cloned().collect(),
            (false, false) => self.values.intersection(&other.values).cloned().collect(),
        };
        let values = values.into_iter().filter(|one| is_within(one, above, below)).collect();
        // a set that names its values was bounded just now
        let (above, below) = if complement { (above, below) } else { (None, None) };
        Self { complement, values, above, below, min_values }
    }

    /// Whether there is a value that both allow, found without making the set of them.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        match (self.complement, other.complement) {
            (false, _) => self.values.iter().any(|value| self.is_within(value) && other.has(value)),
            (true, false) => other.meets(self),
            (true, true) => !self.and(other).is_empty(),
        }
    }

    /// Whether a node can have the label as both want it: with one value, or not at all.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.meets(other) || (self.admits_absence() && other.admits_absence())
    }

    fn is_within(&self, value: &str) -> bool {
        is_within(value, self.above, self.below)
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<&str> = self.values.iter().map(|value| &**value).collect();
        match (self.complement, values.is_empty()) {
            (false, true) => out.write_str("DoesNotExist")?,
            (false, false) => write!(out, "In [{}]", values.join(", "))?,
            (true, true) if self.above.is_some() || self.below.is_some() => {}
            (true, true) => out.write_str("Exists")?,
            (true, false) => write!(out, "NotIn [{}]", values.join(", "))?,
        }
        let bounds = [("Gt", self.above), ("Lt", self.below)];
        let mut space = if self.complement && values.is_empty() { "" } else { " " };
        for (name, bound) in bounds.into_iter().filter_map(|(name, bound)| Some((name, bound?))) {
            write!(out, "{space}{name} {bound}")?;
            space = " ";
        }
        Ok(())
    }
}

fn is_within(value: &str, above: Option<i64>, below: Option<i64>) -> bool {
    if above.is_none() && below.is_none() {
        return true;
    }
    let number = value.parse::<i64>();
    number.is_ok_and(|number| {
        above.is_none_or(|bound| number > bound) && below.is_none_or(|bound| number < bound)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn operator() -> impl Strategy<Value = Operator> {
        let values = || prop::collection::vec((0..7i64).prop_map(|n| n.to_string().into()), 0..4);
        prop_oneof![
            values().prop_map(Operator::In),
            values().prop_map(Operator::NotIn),
            Just(Operator::Exists),
            Just(Operator::DoesNotExist),
            (0..7i64).prop_map(Operator::Gt),
            (0..7i64).prop_map(Operator::Lt),
        ]
    }

    proptest! {
        /// A set of what several operators allow has the values that each of them admits.
        #[test]
        fn a_value_is_in_the_set_if_all_operators_admit_it(
            operators in prop::collection::vec(operator(), 1..5),
        ) {
            let sets = operators.iter().map(Allowed::by);
            let all = sets.fold(Allowed::anything(), |all, one| all.and(&one));
            for value in 0..9i64 {
                let value = value.to_string();
                let plainly = operators.iter().all(|one| match one {
                    Operator::In(values) => values.iter().any(|known| **known == *value),
                    Operator::NotIn(values) => values.iter().all(|known| **known != *value),
                    Operator::Exists => true,
                    Operator::DoesNotExist => false,
                    Operator::Gt(bound) => value.parse::<i64>().unwrap() > *bound,
                    Operator::Lt(bound) => value.parse::<i64>().unwrap() < *bound,
                });
                prop_assert_eq!(all.has(&value), plainly, "{}", value);
            }
        }

        /// Whether two sets meet is the same either way, and what their intersection says.
        #[test]
        fn sets_meet_where_their_intersection_is_not_empty(one in operator(), two in operator()) {
            let (one, two) = (Allowed::by(&one), Allowed::by(&two));
            prop_assert_eq!(one.meets(&two), !one.and(&two).is_empty());
            prop_assert_eq!(one.meets(&two), two.meets(&one));
        }
    }

    #[test]
    fn bounds_that_leave_nothing_between_them_allow_nothing() {
        let bounded = Allowed::by(&Operator::Gt(4)).and(&Allowed::by(&Operator::Lt(5)));
        // as in Karpenter, which asks only whether the bounds meet, and not for a whole number
        assert!(!bounded.is_empty() && !bounded.has("4") && !bounded.has("5"));
        assert!(Allowed::by(&Operator::Gt(5)).and(&Allowed::by(&Operator::Lt(5))).is_empty());
    }

    #[test]
    fn sets_are_written_as_in_selectors() {
        let gt = |bound| Allowed::by(&Operator::Gt(bound));
        let not = Allowed::by(&Operator::NotIn(vec!["5".into()]));
        let all = [
            Allowed::only(["b", "a"]),
            Allowed::nothing(),
            Allowed::anything(),
            not.clone(),
            gt(3).and(&Allowed::by(&Operator::Lt(9))),
            not.and(&gt(3)),
        ];
        assert_eq!(
            all.map(|one| one.to_string()),
            ["In [a, b]", "DoesNotExist", "Exists", "NotIn [5]", "Gt 3 Lt 9", "NotIn [5] Gt 3"]
        );
    }

    #[test]
    fn the_strictest_of_minimum_values_holds() {
        let two = Allowed::anything().with_min_values(Some(2));
        assert_eq!(two.and(&Allowed::anything()).min_values(), Some(2));
        let three = Allowed::anything().with_min_values(Some(3));
        assert_eq!(two.and(&three).min_values(), Some(3));
    }
}
