//! Instance refreshes: all instances of a group are replaced, a few at a time.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "How an instance refresh works in an Auto Scaling
//! group" and "Understand the default values for an instance refresh"; API reference,
//! `RefreshPreferences`. The minimum healthy percentage is of the desired capacity, rounded up; a
//! group too small for its share replaces one instance at a time. At 100 percent new instances come
//! first, one at a time or as many as the maximum allows. Instances that are protected or on
//! standby are passed over (the console's setting `Ignore`), and those of the warm pool stay as
//! they are; checkpoints, alarms and rollbacks are not modelled.

use crate::engine::SimDuration;

/// How carefully a group is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// What has to be in service and warm, in percent of the desired capacity. Default: 90.
    pub min_healthy: u32,
    /// What may be there at most, in percent of the desired capacity. Default: 100.
    pub max_healthy: u32,
    /// How long new instances warm up; the group's warm-up where it has one, else its grace period,
    /// where none is given.
    pub warmup: Option<SimDuration>,
    /// Whether instances of the present launch template stay. Default: no.
    pub skip_matching: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { min_healthy: 90, max_healthy: 100, warmup: None, skip_matching: false }
    }
}

/// What a group is like, in units of capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is desired.
    pub desired: u32,
    /// What is in service and warm.
    pub ready: u32,
    /// What is launched ahead of what it replaces.
    pub ahead: u32,
    /// What is to be replaced and has no replacement yet.
    pub outdated: u32,
}

/// What is to be replaced next, in units of capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// So much ends now, and its replacement is launched at the same time.
    pub terminate: u32,
    /// For so much a replacement is launched first.
    pub launch_first: u32,
}

impl Preferences {
    /// What may be replaced where a group stands so.
    pub fn step(&self, standing: Standing) -> Step {
        let Standing { desired, ready, ahead, outdated } = standing;
        let share = |percent: u32| u64::from(desired) * u64::from(percent);
        let least = u32::try_from(share(self.min_healthy.min(100)).div_ceil(100));
        let most = u32::try_from(share(self.max_healthy.clamp(100, 200)) / 100);
        let down = desired - least.expect("it is a share of what is desired");
        let up = most.unwrap_or(u32::MAX) - desired;
        let (down, up) = match self.min_healthy >= 100 {
            true => (0, up.max(1)),
            false => (down.max(1), up),
        };
        let terminate = down.saturating_sub(desired.saturating_sub(ready)).min(outdated);
        let launch_first = up.saturating_sub(ahead).min(outdated - terminate);
        Step { terminate, launch_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(min: u32, max: u32, desired: u32, lacking: u32, ahead: u32) -> (u32, u32) {
        let (min_healthy, max_healthy) = (min, max);
        let preferences = Preferences { min_healthy, max_healthy, ..Preferences::default() };
        let ready = desired - lacking;
        let step = preferences.step(Standing { desired, ready, ahead, outdated: desired });
        (step.terminate, step.launch_first)
    }

    #[test]
    fn a_share_of_the_group_is_replaced_at_a_time() {
        assert_eq!(step(90, 100, 20, 0, 0), (2, 0));
        assert_eq!(step(90, 100, 20, 1, 0), (1, 0));
        assert_eq!(step(90, 100, 20, 2, 0), (0, 0));
        assert_eq!(step(90, 100, 15, 0, 0), (1, 0), "13.5 is rounded up");
        assert_eq!(step(90, 100, 4, 0, 0), (1, 0), "one at least");
        assert_eq!(step(90, 100, 4, 1, 0), (0, 0));
        assert_eq!(step(0, 100, 4, 0, 0), (4, 0));
    }

    #[test]
    fn at_a_hundred_percent_new_ones_come_first() {
        assert_eq!(step(100, 100, 20, 0, 0), (0, 1));
        assert_eq!(step(100, 100, 20, 0, 1), (0, 0));
        assert_eq!(step(100, 150, 4, 0, 0), (0, 2));
        assert_eq!(step(100, 150, 4, 0, 1), (0, 1));
        assert_eq!(step(90, 110, 20, 0, 0), (2, 2), "in between, both");
    }

    #[test]
    fn no_more_than_what_is_outdated() {
        let standing = Standing { desired: 20, ready: 20, ahead: 0, outdated: 1 };
        let preferences = Preferences { max_healthy: 110, ..Preferences::default() };
        assert_eq!(preferences.step(standing), Step { terminate: 1, launch_first: 0 });
        let none = Standing { outdated: 0, ..standing };
        assert_eq!(preferences.step(none), Step::default());
    }
}
