//! Taints of nodes and the tolerations of pods for them.
//!
//! Follows `Toleration.ToleratesTaint` (Kubernetes v1.36, component-helpers).

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// They are not scheduled there.
    NoSchedule,
    /// They are scheduled elsewhere where that is possible.
    PreferNoSchedule,
    /// They are not scheduled there, and evicted if they run there.
    NoExecute,
}

/// A mark on a node that keeps pods away.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Taint {
    /// Key.
    pub key: Box<str>,
    /// Value, often empty.
    pub value: Box<str>,
    /// What it does.
    pub effect: Effect,
}

/// How a toleration compares values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TolerationOperator {
    /// The values are equal.
    Equal,
    /// Any value will do.
    Exists,
    /// One that compares in no way that is known. `Lt` and `Gt` are such: their gate
    /// `TaintTolerationComparisonOperators` is off by default.
    Unknown,
}

/// A taint that a pod puts up with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Toleration {
    /// Key; an empty one is every key.
    pub key: Box<str>,
    /// How values are compared.
    pub operator: TolerationOperator,
    /// Value.
    pub value: Box<str>,
    /// Effect; none is every effect.
    pub effect: Option<Effect>,
}

impl Toleration {
    /// Whether it puts up with a taint.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && match self.operator {
                TolerationOperator::Equal => self.value == taint.value,
                TolerationOperator::Exists => true,
                TolerationOperator::Unknown => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a toleration for `key` and effect `NoSchedule` puts up with the taint `rank=5`.
    fn tolerates(operator: TolerationOperator, key: &str, value: &str) -> bool {
        let effect = Effect::NoSchedule;
        let taint = Taint { key: "rank".into(), value: "5".into(), effect };
        let (key, value) = (key.into(), value.into());
        Toleration { key, operator, value, effect: Some(effect) }.tolerates(&taint)
    }

    #[test]
    fn operators_that_are_not_known_tolerate_nothing() {
        use TolerationOperator::{Equal, Exists, Unknown};
        assert!(tolerates(Equal, "rank", "5") && !tolerates(Equal, "rank", "4"));
        assert!(tolerates(Exists, "rank", "") && tolerates(Exists, "", ""));
        assert!(!tolerates(Exists, "other", ""));
        assert!(!tolerates(Unknown, "rank", "5") && !tolerates(Unknown, "rank", "9"));
    }
}
