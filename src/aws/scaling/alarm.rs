//! CloudWatch alarms: M of the last N datapoints beyond a threshold.
//!
//! Source: Amazon CloudWatch User Guide, "Evaluating an alarm" and "Configuring how CloudWatch
//! alarms treat missing data". The guide lets an alarm look at more periods than it evaluates where
//! data is missing; here it looks at those alone, and keeps its state while they do not decide.

use std::collections::VecDeque;

/// When an alarm is in alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// What a datapoint is compared with.
    pub threshold: f64,
    /// How.
    pub comparison: Comparison,
    /// Periods that are looked at (N).
    pub periods: u32,
    /// Datapoints among them that have to be beyond the threshold (M).
    pub datapoints: u32,
    /// What a period without data counts as.
    pub missing: Missing,
}

/// On which side of the threshold a datapoint is beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `GreaterThanThreshold`
    Greater,
    /// `GreaterThanOrEqualToThreshold`
    GreaterOrEqual,
    /// `LessThanThreshold`
    Less,
    /// `LessThanOrEqualToThreshold`
    LessOrEqual,
}

/// What a period without data counts as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// As no datapoint; the default.
    #[default]
    Missing,
    /// As one that changes nothing.
    Ignore,
    /// As one beyond the threshold.
    Breaching,
    /// As one that is not.
    NotBreaching,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is too little to tell.
    InsufficientData,
    /// The threshold is kept.
    Ok,
    /// It is not.
    Alarm,
}

/// An alarm and the periods it looks at.
#[derive(Clone, Debug)]
pub struct Alarm {
    rule: Rule,
    /// Whether each of the last periods was beyond the threshold; none without data.
    window: VecDeque<Option<bool>>,
    state: State,
}

impl Comparison {
    /// Whether a value is beyond the threshold.
    pub fn is_beyond(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }
}

impl Alarm {
    /// An alarm that has seen nothing.
    pub fn new(rule: Rule) -> Self {
        Self { rule, window: VecDeque::new(), state: State::InsufficientData }
    }

    /// When it is in alarm.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Its state after the last period.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether it is in alarm.
    pub fn is_raised(&self) -> bool {
        self.state == State::Alarm
    }

    /// A period ends with this datapoint, or without one. Returns the state from now on.
    pub fn observe(&mut self, value: Option<f64>) -> State {
        let rule = &self.rule;
        let beyond = match (value, rule.missing) {
            (Some(value), _) => Some(rule.comparison.is_beyond(value, rule.threshold)),
            (None, Missing::Breaching) => Some(true),
            (None, Missing::NotBreaching) => Some(false),
            (None, Missing::Missing | Missing::Ignore) => None,
        };
        let full = self.window.len() as u32 >= rule.periods;
        if full {
            self.window.pop_front();
        }
        self.window.push_back(beyond);
        let count = |what| self.window.iter().filter(|found| **found == what).count() as u32;
        let (beyond, kept) = (count(Some(true)), count(Some(false)));
        if beyond >= rule.datapoints {
            self.state = State::Alarm;
        } else if kept > rule.periods.saturating_sub(rule.datapoints) {
            // too few others are left to raise it
            self.state = State::Ok;
        } else if beyond + kept == 0 && full && rule.missing == Missing::Missing {
            self.state = State::InsufficientData;
        }
        self.state
    }
}
