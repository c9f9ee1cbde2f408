//! The tasks of a service, counted by how they are: kept as they change, so that the service
//! scheduler looks at single tasks only where one has to stop.

use super::tasks::Standing;
use crate::aws::ecs::deployment::{self, Health, Limits, Step};

/// The tasks of a service that have not stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub total: u32,
    pub pending: u32,
    pub running: u32,
    pub healthy: u32,
    pub unhealthy: u32,
    pub stopping: u32,
    /// Of former deployments, or to go where they are, and not stopping.
    pub old: u32,
}

impl Tally {
    pub fn count(&mut self, standing: Standing, comes: bool) {
        let change = |count: &mut u32| if comes { *count += 1 } else { *count -= 1 };
        change(&mut self.total);
        change(match standing.health {
            Health::Pending => &mut self.pending,
            Health::Running => &mut self.running,
            Health::Healthy => &mut self.healthy,
            Health::Unhealthy => &mut self.unhealthy,
            Health::Stopping => &mut self.stopping,
        });
        if standing.health != Health::Stopping && (standing.leaving || !standing.current) {
            change(&mut self.old);
        }
    }

    /// What [`step`](deployment::rolling::step) says where no task has to stop; none where one may
    /// have to.
    pub fn step(&self, limits: &Limits) -> Option<Step> {
        let good = self.pending + self.running + self.healthy;
        if self.old > 0 || self.unhealthy > 0 || good > limits.desired {
            return None;
        }
        let room = limits.upper.saturating_sub(self.total);
        let start = (limits.desired - good).min(room);
        let steady = self.healthy == limits.desired && self.total == limits.desired;
        let waits = self.pending + self.running + self.stopping > 0;
        let standing = match (start, steady) {
            (0, true) => deployment::Standing::Steady,
            (0, false) if !waits => deployment::Standing::Blocked,
            _ => deployment::Standing::Moving,
        };
        Some(Step { start, stop: Vec::new(), stop_old: 0, stop_surplus: 0, standing })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aws::ecs::deployment::{TaskView, rolling};

    fn health() -> impl Strategy<Value = Health> {
        use Health::{Healthy, Pending, Running, Stopping, Unhealthy};
        prop_oneof![
            4 => Just(Healthy),
            2 => Just(Pending),
            2 => Just(Running),
            1 => Just(Stopping),
            1 => Just(Unhealthy),
        ]
    }

    proptest! {
        /// Where it decides it decides as the scheduler does that looks at every task.
        #[test]
        fn counts_are_enough_where_no_task_has_to_stop(
            tasks in prop::collection::vec((health(), 0..20_u32), 0..8),
            desired in 0..8_u32,
            (min, max) in (0..=100_u32, 100..=200_u32),
        ) {
            let limits = Limits::new(desired, min, max);
            let mut tally = Tally::default();
            let mut views = Vec::new();
            for (number, (health, lot)) in (0..).zip(tasks) {
                let (current, leaving) = (lot != 0, lot == 1);
                tally.count(Standing { current, leaving, health }, true);
                views.push(TaskView { task: number, current, leaving, health });
            }
            if let Some(step) = tally.step(&limits) {
                prop_assert_eq!(step, rolling::step(&limits, &views));
            }
        }
    }
}
