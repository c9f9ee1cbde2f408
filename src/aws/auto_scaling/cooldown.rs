//! The cooldown of a group.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Scaling cooldowns for Amazon EC2 Auto Scaling". It
//! begins when the last instance of a change of the desired capacity has launched, past its hooks,
//! or has ended. Only a scaling that honours it waits; replacements never do.

use crate::engine::{SimDuration, SimTime};

/// What keeps a scaling that honours the cooldown from happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Another one is going on.
    InProgress,
    /// The last one ended too short a time ago.
    Until(SimTime),
}

/// When a group last scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cooldown {
    changing: bool,
    ended: Option<SimTime>,
}

impl Cooldown {
    /// The desired capacity has changed.
    pub(super) fn begin(&mut self) {
        self.changing = true;
    }

    /// No instance is launching or ending any more.
    pub(super) fn quiet(&mut self, now: SimTime) {
        if std::mem::take(&mut self.changing) {
            self.ended = Some(now);
        }
    }

    /// What there is to wait for.
    pub(super) fn wait(&self, length: SimDuration, now: SimTime) -> Option<Wait> {
        if self.changing {
            return Some(Wait::InProgress);
        }
        let until = self.ended?.saturating_add(length);
        (now < until).then_some(Wait::Until(until))
    }
}
