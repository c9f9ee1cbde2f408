//! Scheduled actions: sizes that change by the calendar.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Scheduled scaling for Amazon EC2 Auto Scaling", and
//! API reference, `PutScheduledUpdateGroupAction`. Times are UTC, cron expressions are read as
//! [`Schedule`] does. An action honours no cooldown and does not undo what it did when it ends. In
//! the service it may come up to two minutes late; here it is on time.

use thiserror::Error;

use super::group::{Action, Group, Refusal};
use super::process::Process;
use crate::engine::SimTime;
use crate::units::Instant;
use crate::units::cron::Schedule;

/// When an action happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once.
    Once(Instant),
    /// Again and again.
    Recurring {
        /// At these times,
        schedule: Schedule,
        /// not before this one,
        start: Option<Instant>,
        /// and not after this one.
        end: Option<Instant>,
    },
}

/// A scheduled action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledAction {
    /// When it happens.
    pub when: When,
    /// The new minimum, if it changes.
    pub min: Option<u32>,
    /// The new maximum, if it changes.
    pub max: Option<u32>,
    /// The new desired capacity, if it is set.
    pub desired: Option<u32>,
}

/// Actions that cannot be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScheduledError {
    /// More than a group may have.
    #[error("a group has at most 125 scheduled actions, this one {0}")]
    Many(usize),
    /// One that would change nothing.
    #[error("scheduled action {} sets neither minimum, maximum nor desired capacity", .0 + 1)]
    Nothing(usize),
}

/// The actions of a group, and when they are due.
#[derive(Clone, Debug)]
pub struct Timetable {
    /// The start of the run, in seconds of Unix time.
    epoch: i64,
    /// With the second of Unix time when each is due next.
    actions: Vec<(ScheduledAction, Option<i64>)>,
}

impl When {
    /// The first time after `after`, in seconds of Unix time.
    fn next(&self, after: i64) -> Option<i64> {
        match *self {
            Self::Once(at) => Some(at.unix()).filter(|&at| at > after),
            Self::Recurring { schedule, start, end } => {
                let after = start.map_or(after, |start| after.max(start.unix() - 1));
                schedule.next(after).filter(|&due| end.is_none_or(|end| due <= end.unix()))
            }
        }
    }
}

impl ScheduledAction {
    /// Changes a group, unless its process `ScheduledActions` is suspended.
    ///
    /// # Errors
    /// When the sizes would be out of order; then nothing changes.
    pub fn apply(
        &self,
        group: &mut Group,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        if group.is_suspended(Process::ScheduledActions) {
            return Ok(());
        }
        let (min, max) = (group.settings().min, group.settings().max);
        group.resize(self.min.unwrap_or(min), self.max.unwrap_or(max), self.desired, now, out)
    }
}

impl Timetable {
    /// The actions of a run that starts at `epoch`. What was due before is not made up for.
    ///
    /// # Errors
    /// When an action would change nothing, or there are too many.
    pub fn new(actions: Vec<ScheduledAction>, epoch: Instant) -> Result<Self, ScheduledError> {
        if actions.len() > 125 {
            return Err(ScheduledError::Many(actions.len()));
        }
        let sizes = |action: &ScheduledAction| [action.min, action.max, action.desired];
        if let Some(place) = actions.iter().position(|action| sizes(action) == [None; 3]) {
            return Err(ScheduledError::Nothing(place));
        }
        let epoch = epoch.unix();
        let first = |action: ScheduledAction| (action, action.when.next(epoch - 1));
        Ok(Self { epoch, actions: actions.into_iter().map(first).collect() })
    }

    /// When the next action is due.
    pub fn next(&self) -> Option<SimTime> {
        let due = self.actions.iter().filter_map(|&(_, due)| due).min()?;
        let seconds = u64::try_from(due - self.epoch).expect("nothing is due before the run");
        Some(SimTime::from_nanos(seconds.saturating_mul(1_000_000_000)))
    }

    /// An action that is due by now, those that are due first before the others; to be asked until
    /// there is none. What is due at one time comes in the order in which it was given.
    pub fn pop(&mut self, now: SimTime) -> Option<ScheduledAction> {
        self.next().filter(|&next| next <= now)?;
        let due = |&(_, due): &(ScheduledAction, Option<i64>)| due.unwrap_or(i64::MAX);
        let (action, next) = self.actions.iter_mut().min_by_key(|entry| due(entry))?;
        *next = action.when.next((*next)?);
        Some(*action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::auto_scaling::settings::Settings;
    use crate::engine::Streams;

    /// Sunday, 1 March 2026, 00:00 UTC.
    const EPOCH: i64 = 1_772_323_200;
    const HOUR: i64 = 3600;

    fn hour(hours: i64) -> Instant {
        Instant::from_unix(EPOCH + hours * HOUR)
    }

    fn daily(expression: &str, start: Option<i64>, end: Option<i64>) -> When {
        let schedule = Schedule::parse(expression).expect("it is an expression");
        When::Recurring { schedule, start: start.map(hour), end: end.map(hour) }
    }

    fn desire(when: When, desired: u32) -> ScheduledAction {
        ScheduledAction { when, min: None, max: None, desired: Some(desired) }
    }

    /// Hours and desired capacities until nothing is due any more, or twelve times.
    fn all(actions: &[ScheduledAction]) -> Vec<(u64, Option<u32>)> {
        let mut table = Timetable::new(actions.to_vec(), hour(0)).expect("they are in order");
        let mut due = Vec::new();
        while let Some(next) = table.next().filter(|_| due.len() < 12) {
            while let Some(action) = table.pop(next) {
                due.push((next.as_nanos() / 3_600_000_000_000, action.desired));
            }
        }
        due
    }

    #[test]
    fn actions_are_due_by_the_calendar_and_in_their_order() {
        let up = desire(daily("0 8 * * MON-FRI", None, Some(60)), 9);
        let down = desire(daily("0 18 * * *", Some(42), Some(42 + 24)), 2);
        let once = desire(When::Once(hour(32)), 5);
        let past = desire(When::Once(hour(-1)), 7);
        // Monday begins after 24 hours
        let due = [(32, Some(9)), (32, Some(5)), (42, Some(2)), (56, Some(9)), (66, Some(2))];
        assert_eq!(all(&[up, down, once, past]), due);
        assert_eq!(all(&[once, up])[..2], [(32, Some(5)), (32, Some(9))]);
        assert_eq!(all(&[desire(When::Once(hour(0)), 1)]), [(0, Some(1))]);
    }

    #[test]
    fn they_change_what_they_name() {
        let lots = Streams::new(1).named("lots");
        let mut group = Group::new(Settings::new(1, 10, 4, 1), lots).expect("it is in order");
        let now = SimTime::ZERO;
        let mut apply = |min, max, desired| {
            let action = ScheduledAction { when: When::Once(hour(0)), min, max, desired };
            let done = action.apply(&mut group, now, &mut Vec::new());
            let settings = group.settings();
            (done.is_ok(), settings.min, settings.desired, settings.max)
        };
        assert_eq!(
            apply(Some(6), None, None),
            (true, 6, 6, 10),
            "the minimum raises what there is"
        );
        assert_eq!(apply(Some(0), Some(5), None), (true, 0, 5, 5));
        assert_eq!(apply(None, None, Some(6)), (false, 0, 5, 5), "above the maximum");
        group.suspend(Process::ScheduledActions, true, now, &mut Vec::new());
        let action = desire(When::Once(hour(0)), 1);
        assert_eq!(action.apply(&mut group, now, &mut Vec::new()), Ok(()));
        assert_eq!(group.settings().desired, 5);
    }

    #[test]
    fn actions_that_change_nothing_are_refused() {
        let nothing = ScheduledAction { desired: None, ..desire(When::Once(hour(0)), 1) };
        let error = Timetable::new(vec![desire(When::Once(hour(0)), 1), nothing], hour(0));
        let error = error.expect_err("the second is wrong").to_string();
        assert!(error.starts_with("scheduled action 2 sets neither"));
        let many = vec![desire(When::Once(hour(0)), 1); 126];
        assert_eq!(Timetable::new(many, hour(0)).err(), Some(ScheduledError::Many(126)));
    }
}
