//! A budget of work per period: CFS bandwidth control (`cpu.max`, Docker `--cpus`, Kubernetes
//! CPU limits).
//!
//! Rule (Linux Documentation/scheduler/sched-bwc.rst): within each period a group may use `quota`
//! of CPU time; when that is gone the whole group is throttled until the next period begins, when
//! the full quota is there again and what was left of the old one is not. Simplification: the
//! budget is one pool; the 5 ms slices by which the kernel hands it to CPUs are not modelled.
//!
//! Periods are counted from the moment the group was made, and cost nothing while the group cannot
//! run out: the budget is brought up to date when somebody looks.

use crate::engine::{SimDuration, SimTime};

/// Less than this is an empty budget, in core-nanoseconds: the rounding of event times.
const EMPTY: f64 = 4.0;

/// A budget per period and what is left of it.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Core-nanoseconds per period.
    quota: f64,
    period: SimDuration,
    /// Start of the period that `left` belongs to.
    start: SimTime,
    left: f64,
}

impl Quota {
    /// A budget of `cores` times `period` in each period, the first of which begins `now`.
    ///
    /// # Panics
    /// When the period is empty.
    pub fn new(cores: f64, period: SimDuration, now: SimTime) -> Self {
        assert!(!period.is_zero(), "a quota needs a period");
        let quota = cores * period.as_nanos() as f64;
        Self { quota, period, start: now, left: quota }
    }

    /// Accounts for `used` core-nanoseconds spent evenly between `since` and `now`, and moves on to
    /// the period of `now`.
    pub fn spend(&mut self, used: f64, since: SimTime, now: SimTime) {
        if now < self.period_end() {
            self.left -= used;
            return;
        }
        let periods = now.since(self.start).as_nanos() / self.period.as_nanos();
        self.start += self.period * periods;
        let elapsed = now.since(since).as_nanos();
        let recent = now.since(self.start).as_nanos().min(elapsed);
        let part = if elapsed == 0 { 0.0 } else { recent as f64 / elapsed as f64 };
        // A group is throttled on the first nanosecond at which its budget is gone, having run over by
        // less than one on each thread. It repays that in the next period (as runtime below zero is
        // repaid in Linux), so that rounding does not add up over periods.
        let over = if periods == 1 { self.left - used * (1.0 - part) } else { 0.0 };
        let carried = if over <= EMPTY { over } else { 0.0 };
        self.left = self.quota + carried - used * part;
    }

    /// Whether nothing is left in the current period.
    pub fn is_empty(&self) -> bool {
        self.left <= EMPTY
    }

    /// Core-nanoseconds left in the current period.
    pub fn left(&self) -> f64 {
        self.left.max(0.0)
    }

    /// When the current period ends.
    pub fn period_end(&self) -> SimTime {
        self.start + self.period
    }

    /// Whether a group that uses `rate` cores from `now` on can run out in this period or a later
    /// one.
    pub fn can_run_out(&self, rate: f64, now: SimTime) -> bool {
        let rest = self.period_end().since(now).as_nanos() as f64;
        rate * self.period.as_nanos() as f64 > self.quota + EMPTY || rate * rest > self.left + EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * MS)
    }

    #[test]
    fn a_budget_is_renewed_at_each_period_and_never_saved_up() {
        let mut quota = Quota::new(0.2, SimDuration::from_millis(100), at(0));
        quota.spend(15.0 * MS as f64, at(0), at(15));
        assert_eq!(quota.left(), 5.0 * MS as f64);
        // idle until 250 ms, in the third period
        quota.spend(0.0, at(15), at(250));
        assert_eq!((quota.left(), quota.period_end()), (20.0 * MS as f64, at(300)));
        quota.spend(20.0 * MS as f64, at(250), at(270));
        assert!(quota.is_empty());
    }

    #[test]
    fn use_across_a_boundary_counts_against_the_new_period_by_its_part() {
        let mut quota = Quota::new(1.0, SimDuration::from_millis(100), at(0));
        // half a core from 60 to 140 ms: 20 ms of it in the new period
        quota.spend(40.0 * MS as f64, at(60), at(140));
        assert_eq!(quota.left(), 80.0 * MS as f64);
    }

    #[test]
    fn what_rounding_overspent_is_repaid_in_the_next_period() {
        let mut quota = Quota::new(2.5, SimDuration::from_nanos(100), at(0));
        // three threads use up 250 core-nanoseconds in 83 1/3 ns, seen at 84 ns
        let seen = SimTime::from_nanos(84);
        quota.spend(252.0, at(0), seen);
        assert!(quota.is_empty());
        quota.spend(0.0, seen, SimTime::from_nanos(100));
        assert_eq!(quota.left(), 248.0);
        // what is repaid once is not repaid again, and idle periods owe nothing
        quota.spend(0.0, SimTime::from_nanos(100), SimTime::from_nanos(310));
        assert_eq!(quota.left(), 250.0);
    }

    #[test]
    fn a_group_at_or_below_its_rate_can_run_out_only_after_a_burst() {
        let mut quota = Quota::new(1.0, SimDuration::from_millis(100), at(0));
        assert!(!quota.can_run_out(1.0, at(0)));
        assert!(quota.can_run_out(2.0, at(0)));
        quota.spend(50.0 * MS as f64, at(0), at(25));
        assert!(quota.can_run_out(1.0, at(25)));
        assert!(!quota.can_run_out(0.6, at(25)));
    }
}
