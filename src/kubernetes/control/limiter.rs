//! How many requests a client may send to the API server: a token bucket.
//!
//! Source: client-go v0.36, `util/flowcontrol/throttle.go` (`NewTokenBucketRateLimiter`), around
//! `golang.org/x/time/rate`. A client that has no token left waits for the next.

use crate::engine::{SimDuration, SimTime};

/// Rate and burst of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests a second, above zero.
    pub qps: f64,
    /// Requests at once, at least one.
    pub burst: u32,
}

/// The limits of a cluster's clients, and its delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Of each controller.
    pub controller: Rate,
    /// Of the scheduler.
    pub scheduler: Rate,
    /// From a change of a pod to the last node that routes by it.
    pub endpoint_delay: SimDuration,
    /// How long a node may not be heard of.
    pub node_monitor_grace: SimDuration,
    /// When the run begins, in seconds of Unix time: for schedules of cron jobs.
    pub epoch: i64,
}

/// The tokens of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limiter {
    rate: Rate,
    tokens: f64,
    filled: SimTime,
}

impl Limiter {
    /// A client that has not sent anything yet.
    pub fn new(rate: Rate) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled: SimTime::ZERO }
    }

    fn fill(&mut self, now: SimTime) {
        let gained = now.since(self.filled).as_secs_f64() * self.rate.qps;
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst));
        self.filled = now;
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, now: SimTime) -> bool {
        self.fill(now);
        // what falls short of a token by rounding is one: its time has come
        let there = self.tokens >= 1.0 - 1e-6;
        if there {
            self.tokens -= 1.0;
        }
        there
    }

    /// When there is a token next: now, where there is one.
    pub fn next(&self, now: SimTime) -> SimTime {
        let gained = now.since(self.filled).as_secs_f64() * self.rate.qps;
        let missing = 1.0 - (self.tokens + gained);
        if missing <= 1e-6 {
            return now;
        }
        let wait = SimDuration::from_secs_f64(missing / self.rate.qps);
        now.saturating_add(wait.max(SimDuration::from_nanos(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_by_the_rate() {
        let mut limiter = Limiter::new(Rate { qps: 20.0, burst: 30 });
        let mut now = SimTime::ZERO;
        let mut times = Vec::new();
        for _ in 0..33 {
            while !limiter.take(now) {
                now = limiter.next(now);
            }
            times.push(now.as_nanos() / 1_000_000);
        }
        assert_eq!(times[29], 0);
        assert_eq!(&times[30..], [50, 100, 150]);
    }

    #[test]
    fn tokens_do_not_pile_up_beyond_the_burst() {
        let mut limiter = Limiter::new(Rate { qps: 1.0, burst: 2 });
        let later = SimTime::ZERO + SimDuration::from_secs(100);
        assert!(limiter.take(later) && limiter.take(later) && !limiter.take(later));
        assert_eq!(limiter.next(later), later + SimDuration::from_secs(1));
    }
}
