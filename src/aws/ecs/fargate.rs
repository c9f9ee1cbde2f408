//! Fargate: tasks without instances.
//!
//! Which sizes there are is a matter of [task definitions](super::task_definition). There is no
//! placement but that tasks are spread over zones, and nothing is full; but an account starts tasks
//! only so fast. Images are pulled anew for each task. (Amazon ECS Developer Guide, "AWS Fargate",
//! "Fargate task quotas and throttling", 2023-05.)

pub mod cost;

use crate::engine::{SimDuration, SimTime};

/// Of a task on Fargate Spot that is interrupted, the time from the warning to the end: SIGTERM,
/// and `stopTimeout` at most, after two minutes.
pub const SPOT_WARNING: SimDuration = SimDuration::from_secs(120);

/// A bucket of tokens that an account's starts of tasks take from: 100 at once, and 20 a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launches {
    burst: u64,
    /// From one token to the next.
    interval: SimDuration,
    /// When the bucket would be full again.
    full: SimTime,
}

impl Default for Launches {
    fn default() -> Self {
        Self { burst: 100, interval: SimDuration::from_millis(50), full: SimTime::ZERO }
    }
}

impl Launches {
    /// When the next task starts that is asked for now: now, while there are tokens.
    pub fn next(&mut self, now: SimTime) -> SimTime {
        let full = self.full.max(now);
        let ahead = self.interval.as_nanos() * (self.burst - 1);
        self.full = full + self.interval;
        SimTime::from_nanos(full.as_nanos().saturating_sub(ahead)).max(now)
    }
}

/// The zone of the next task, by its place, where the service has so many tasks in each zone of its
/// subnets: the one with the fewest, of equals the first.
///
/// # Panics
/// When there is no zone: a service on Fargate has subnets.
pub fn zone(tasks: &[u32]) -> usize {
    (0..tasks.len()).min_by_key(|&place| tasks[place]).expect("there is a zone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_tasks_start_at_once_and_twenty_in_each_second_after() {
        let mut launches = Launches::default();
        let millis = |at: SimTime| at.as_nanos() / 1_000_000;
        let starts: Vec<u64> = (0..120).map(|_| millis(launches.next(SimTime::ZERO))).collect();
        assert!(starts[..100].iter().all(|&start| start == 0));
        assert_eq!(starts[100..103], [50, 100, 150]);
        assert_eq!(starts[119], 1000);
        // the bucket has two tokens a tenth of a second later
        let later = SimTime::from_nanos(1_100_000_000);
        let starts = [(); 3].map(|()| millis(launches.next(later)));
        assert_eq!(starts, [1100, 1100, 1150]);
    }

    #[test]
    fn tasks_are_spread_over_zones() {
        assert_eq!((zone(&[2, 1, 1]), zone(&[0])), (1, 0));
    }
}
