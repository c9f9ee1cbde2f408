//! Scale-in protection of a task: neither a scale-in nor a deployment stops it.
//!
//! It lasts 2 h unless another time is given, from a minute to 48 h, and may be renewed or taken
//! back. A drained instance keeps a protected task too. (Developer Guide, "Task scale-in
//! protection"; API reference, `UpdateTaskProtection`, `expiresInMinutes` 1 to 2,880.)

use crate::engine::{SimDuration, SimTime};

/// Whether a task is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// Until when; none for not at all.
    until: Option<SimTime>,
}

const DEFAULT: SimDuration = SimDuration::from_secs(2 * 60 * 60);
const MINUTES: std::ops::RangeInclusive<u32> = 1..=2880;

impl Protection {
    /// A task asks to be protected, for so many minutes or the default.
    ///
    /// # Errors
    /// What is wrong with the minutes; the protection stays as it was.
    pub fn protect(&mut self, now: SimTime, minutes: Option<u32>) -> Result<(), String> {
        let span = match minutes {
            None => DEFAULT,
            Some(minutes) if MINUTES.contains(&minutes) => {
                SimDuration::from_secs(u64::from(minutes) * 60)
            }
            Some(minutes) => {
                let (least, most) = (MINUTES.start(), MINUTES.end());
                return Err(format!(
                    "a task is protected for {least} to {most} min, not {minutes}"
                ));
            }
        };
        self.until = Some(now.saturating_add(span));
        Ok(())
    }

    /// The task needs it no longer.
    pub fn end(&mut self) {
        self.until = None;
    }

    /// Whether the task is protected.
    pub fn holds(&self, now: SimTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// When it ends by itself.
    pub fn until(&self) -> Option<SimTime> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protection_ends_by_itself_or_when_it_is_taken_back() {
        let minute = |number: u64| SimTime::from_nanos(number * 60_000_000_000);
        let mut protection = Protection::default();
        assert!(!protection.holds(minute(0)));
        protection.protect(minute(10), None).expect("the default");
        assert!(protection.holds(minute(129)) && !protection.holds(minute(130)));
        protection.protect(minute(20), Some(2880)).expect("two days");
        assert!(protection.holds(minute(2899)) && !protection.holds(minute(2900)));
        assert!(protection.protect(minute(20), Some(2881)).is_err());
        assert!(protection.protect(minute(20), Some(0)).is_err());
        assert_eq!(protection.until(), Some(minute(2900)));
        protection.end();
        assert!(!protection.holds(minute(21)));
    }
}
