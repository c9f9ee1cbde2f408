//! Egalitarian processor sharing in virtual time.
//!
//! All jobs of a set progress at one rate, whatever it is from moment to moment. *Virtual time* is
//! the work each of them has received since the set was last empty; a job that needs `work` and
//! joins at virtual time `v` is done at `v + work`, a number that never changes again. So arrivals,
//! departures and changes of rate cost no pass over the jobs.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::engine::fetch;

/// A job counts as done when less than this is left, in core-nanoseconds: what is lost in
/// rounding event times to the nanosecond grid.
const REMAINDER: f64 = 0.75;

#[derive(Clone, Copy, Debug)]
struct Job<T> {
    done_at: f64,
    sequence: u32,
    token: T,
}

impl<T> PartialEq for Job<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Job<T> {}

impl<T> PartialOrd for Job<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reversed, since [`BinaryHeap`] gives the greatest first: earliest end, then first come.
impl<T> Ord for Job<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .done_at
            .total_cmp(&self.done_at)
            .then_with(|| other.sequence.wrapping_sub(self.sequence).cast_signed().cmp(&0))
    }
}

/// Jobs that share what they are given equally.
#[derive(Clone, Debug)]
pub struct JobSet<T> {
    jobs: BinaryHeap<Job<T>>,
    virtual_time: f64,
    sequence: u32,
}

impl<T: Copy> Default for JobSet<T> {
    fn default() -> Self {
        Self { jobs: BinaryHeap::new(), virtual_time: 0.0, sequence: 0 }
    }
}

impl<T: Copy> JobSet<T> {
    /// Number of jobs.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Asks for the memory of the job that is done next, and of the last one.
    pub fn fetch(&self) {
        let jobs = self.jobs.as_slice();
        jobs.first().into_iter().for_each(fetch);
        jobs.last().into_iter().for_each(fetch);
    }

    /// What is done next.
    pub fn first(&self) -> Option<T> {
        self.jobs.peek().map(|job| job.token)
    }

    /// Adds a job that needs `work` core-nanoseconds.
    pub fn add(&mut self, work: f64, token: T) {
        if self.jobs.is_empty() {
            // keeps virtual time small, and with it the rounding of sums
            self.virtual_time = 0.0;
        }
        let done_at = self.virtual_time + work;
        self.jobs.push(Job { done_at, sequence: self.sequence, token });
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Spreads `service` core-nanoseconds over the jobs.
    pub fn serve(&mut self, service: f64) {
        if !self.jobs.is_empty() {
            self.virtual_time += service / self.jobs.len() as f64;
        }
    }

    /// Service to the whole set until its first job is done; `None` without jobs.
    pub fn until_next(&self) -> Option<f64> {
        let first = self.jobs.peek()?;
        Some((first.done_at - self.virtual_time).max(0.0) * self.jobs.len() as f64)
    }

    /// Takes out the first job if it is done.
    pub fn pop_done(&mut self) -> Option<T> {
        let first = self.jobs.peek()?;
        if first.done_at - self.virtual_time > REMAINDER {
            return None;
        }
        self.jobs.pop().map(|job| job.token)
    }

    /// Takes out all jobs, in the order in which they would have ended.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.jobs.pop().map(|job| job.token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_equal_jobs_take_twice_as_long_and_the_longer_one_speeds_up_when_alone() {
        let mut set = JobSet::default();
        set.add(100.0, 'a');
        set.add(300.0, 'b');
        // 'a' is done when both have had 100: 200 in all
        assert_eq!(set.until_next(), Some(200.0));
        set.serve(200.0);
        assert_eq!(set.pop_done(), Some('a'));
        assert_eq!(set.pop_done(), None);
        assert_eq!(set.until_next(), Some(200.0));
        set.serve(200.0);
        assert_eq!(set.pop_done(), Some('b'));
        assert!(set.is_empty());
    }

    #[test]
    fn jobs_that_end_together_end_in_the_order_they_came() {
        let mut set = JobSet::default();
        for token in 0..20 {
            set.add(50.0, token);
        }
        set.serve(1000.0);
        let order: Vec<_> = std::iter::from_fn(|| set.pop_done()).collect();
        assert_eq!(order, (0..20).collect::<Vec<_>>());
    }
}
