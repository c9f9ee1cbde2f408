//! Labels and what selects by them.
//!
//! Follows `labels.Requirement` (apimachinery, pkg/labels/selector.go): one kind of requirement
//! serves label selectors of pods and node selectors alike.

/// The labels of an object, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Vec<(Box<str>, Box<str>)>);

impl Labels {
    /// The value of a label.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
        Some(&self.0[place].1)
    }

    /// All labels, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }
}

impl<K: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(K, V)> for Labels {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(labels: T) -> Self {
        let mut labels: Vec<_> =
            labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        labels.sort();
        labels.dedup_by(|later, earlier| later.0 == earlier.0);
        Self(labels)
    }
}

/// How a requirement compares the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The value is one of these.
    In(Vec<Box<str>>),
    /// There is no such label, or its value is none of these.
    NotIn(Vec<Box<str>>),
    /// There is such a label.
    Exists,
    /// There is no such label.
    DoesNotExist,
    /// The value is a whole number above this one.
    Gt(i64),
    /// The value is a whole number below this one.
    Lt(i64),
}

/// What one label has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// Key of the label.
    pub key: Box<str>,
    /// What its value has to be.
    pub operator: Operator,
}

impl Requirement {
    /// Whether a value, or its absence, meets the requirement.
    #[must_use]
    pub fn admits(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match (&self.operator, value) {
            (Operator::In(values), Some(value)) => values.iter().any(|known| **known == *value),
            (Operator::NotIn(values), Some(value)) => values.iter().all(|known| **known != *value),
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::In(_), None) => false,
            (Operator::NotIn(_), None) => true,
            (Operator::Gt(bound), _) => number().is_some_and(|number| number > *bound),
            (Operator::Lt(bound), _) => number().is_some_and(|number| number < *bound),
        }
    }

    /// Whether labels meet the requirement.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.admits(labels.get(&self.key))
    }
}

/// Selects objects by their labels: all requirements have to be met.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// A selector that was not given: selects nothing.
    Nothing,
    /// These requirements; none of them select everything.
    All(Vec<Requirement>),
}

impl Selector {
    /// Whether it selects an object with these labels.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        match self {
            Self::Nothing => false,
            Self::All(requirements) => requirements.iter().all(|one| one.matches(labels)),
        }
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(requirements) if requirements.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requires(key: &str, operator: Operator) -> Requirement {
        Requirement { key: key.into(), operator }
    }

    #[test]
    fn a_label_that_is_missing_is_not_in_any_list() {
        let labels: Labels = [("tier", "web"), ("cores", "8")].into_iter().collect();
        let values = vec!["web".into(), "db".into()];
        assert!(requires("tier", Operator::In(values.clone())).matches(&labels));
        assert!(!requires("tier", Operator::NotIn(values.clone())).matches(&labels));
        assert!(requires("zone", Operator::NotIn(values.clone())).matches(&labels));
        assert!(!requires("zone", Operator::In(values)).matches(&labels));
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_text_is_none() {
        let labels: Labels = [("tier", "web"), ("cores", "8")].into_iter().collect();
        assert!(requires("cores", Operator::Gt(7)).matches(&labels));
        assert!(!requires("cores", Operator::Gt(8)).matches(&labels));
        assert!(requires("cores", Operator::Lt(10)).matches(&labels));
        assert!(!requires("tier", Operator::Lt(10)).matches(&labels));
        assert!(!requires("zone", Operator::Lt(10)).matches(&labels));
    }

    #[test]
    fn no_selector_selects_nothing_and_an_empty_one_everything() {
        let labels = Labels::default();
        assert!(!Selector::Nothing.matches(&labels));
        assert!(Selector::All(Vec::new()).matches(&labels));
    }
}
