//! How many nodes of a pool may be disrupted at a time.
//!
//! Follows `GetAllowedDisruptionsByReason` and `IsActive` in pkg/apis/v1/nodepool.go of Karpenter
//! 1.x.

use crate::engine::SimDuration;
use crate::units::cron::Schedule;

/// Why a node is disrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its pods would do with less.
    Underutilized,
    /// It has no pods to move.
    Empty,
    /// It is not what its pool asks for any more.
    Drifted,
}

/// A number of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Nodes(u32),
    /// So many of a hundred, rounded up.
    Percent(u32),
}

impl Share {
    fn of(self, nodes: u32) -> u32 {
        match self {
            Self::Nodes(number) => number,
            Self::Percent(percent) => {
                let share = (u64::from(nodes) * u64::from(percent)).div_ceil(100);
                u32::try_from(share).unwrap_or(u32::MAX)
            }
        }
    }
}

/// One budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// How many nodes it lets go at a time.
    pub nodes: Share,
    /// When it holds, in UTC, and from then for how long; none for always.
    pub times: Option<(Schedule, SimDuration)>,
    /// For which reasons it holds; none for all.
    pub reasons: Option<Vec<Reason>>,
}

impl Default for Budget {
    /// A tenth of the nodes, always.
    fn default() -> Self {
        Self { nodes: Share::Percent(10), times: None, reasons: None }
    }
}

impl Budget {
    /// Whether it holds at a time, in seconds since 1970.
    #[must_use]
    pub fn is_active(&self, now: i64) -> bool {
        let Some((schedule, duration)) = &self.times else { return true };
        let span = i64::try_from(duration.as_nanos() / 1_000_000_000).unwrap_or(i64::MAX);
        schedule.next(now.saturating_sub(span)).is_some_and(|begin| begin <= now)
    }
}

/// How many nodes of a pool may go for a reason, where it has so many and so many are going or not
/// ready already. `now` is in seconds since 1970.
#[must_use]
pub fn allowed(budgets: &[Budget], reason: Reason, nodes: u32, going: u32, now: i64) -> u32 {
    let concern = |budget: &&Budget| {
        budget.reasons.as_ref().is_none_or(|all| all.contains(&reason)) && budget.is_active(now)
    };
    let strictest = budgets.iter().filter(concern).map(|budget| budget.nodes.of(nodes)).min();
    strictest.unwrap_or(u32::MAX).saturating_sub(going)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nodes: Share) -> Budget {
        Budget { nodes, ..Budget::default() }
    }

    #[test]
    fn a_tenth_of_eleven_nodes_is_two_and_those_that_go_count() {
        let budgets = [Budget::default()];
        assert_eq!(allowed(&budgets, Reason::Empty, 11, 0, 0), 2);
        assert_eq!(allowed(&budgets, Reason::Empty, 11, 1, 0), 1);
        assert_eq!(allowed(&budgets, Reason::Empty, 11, 3, 0), 0);
    }

    #[test]
    fn the_strictest_budget_for_the_reason_holds() {
        let drifted = Some(vec![Reason::Drifted]);
        let none = Budget { reasons: drifted, ..of(Share::Nodes(0)) };
        let budgets = [of(Share::Percent(50)), of(Share::Nodes(3)), none];
        assert_eq!(allowed(&budgets, Reason::Empty, 10, 0, 0), 3);
        assert_eq!(allowed(&budgets, Reason::Empty, 4, 0, 0), 2);
        assert_eq!(allowed(&budgets, Reason::Drifted, 10, 0, 0), 0);
        assert_eq!(allowed(&[], Reason::Empty, 10, 4, 0), u32::MAX - 4);
    }

    /// From 9:00 for eight hours: 17:00 itself is outside, since the search for the next beginning
    /// starts behind 9:00.
    #[test]
    fn a_schedule_bounds_the_hours_of_a_budget() {
        let nine = Schedule::parse("0 9 * * *").expect("it is a schedule");
        let times = Some((nine, SimDuration::from_secs(8 * 3_600)));
        let budget = Budget { times, ..of(Share::Nodes(0)) };
        let hours = [8, 9, 12, 16, 17, 18];
        let active = hours.map(|hour| budget.is_active(hour * 3_600));
        assert_eq!(active, [false, true, true, true, false, false]);
    }
}
