//! What is counted and measured of an app.

use crate::engine::{SimDuration, SimTime};
use crate::metrics::summary::{RequestAccount, Undelivered, ZoneTraffic};
use crate::metrics::{Gauge, LatencyHistogram};
use crate::workload::request::Attempt;

/// Meters of one app, from the start of the measurement on.
#[derive(Clone, Debug)]
pub struct AppMeters {
    /// Where every request went.
    pub account: RequestAccount,
    /// Why its load balancer had no answer, for those of the account without one.
    pub undelivered: Undelivered,
    /// Attempts by the zones they went between.
    pub zones: ZoneTraffic,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Requests in the system.
    pub in_flight: Gauge,
    /// Replicas ready.
    pub ready: Gauge,
    /// 1 while at least `quorum` replicas are ready, 0 otherwise.
    pub available: Gauge,
    /// Latency of answers since the interval began, and before.
    interval: LatencyHistogram,
    latency: LatencyHistogram,
    /// That part of the interval in which the measurement began that came before.
    unmeasured: LatencyHistogram,
    /// Waits for a worker; those of no length are only counted.
    waits: LatencyHistogram,
    no_waits: u64,
    /// Operations of requests, the time these waited for their turn, and all it took.
    pub io: IoMeters,
    /// Whether replicas have a limited number of workers, so that waits are worth recording.
    limited: bool,
    /// Requests since the start of the run.
    pub total_requests: u64,
    /// When a client had the last answer, once there is one.
    pub last_answer: Option<SimTime>,
    /// Latency over the CPU time that the request needed, summed over answers of requests that
    /// needed some; and the number of these.
    slowdown: (f64, u64),
}

/// What an app's requests read and wrote.
#[derive(Clone, Debug, Default)]
pub struct IoMeters {
    /// Operations.
    pub operations: u64,
    /// Time that requests waited for their turn, in all, in seconds.
    pub waited: f64,
    /// Time from being asked to being done, of each request, its wait included.
    pub took: LatencyHistogram,
}

impl AppMeters {
    /// Meters at zero.
    pub fn new(limited: bool) -> Self {
        Self {
            account: RequestAccount::default(),
            undelivered: Undelivered::default(),
            zones: ZoneTraffic::default(),
            retries: 0,
            in_flight: Gauge::default(),
            ready: Gauge::default(),
            available: Gauge::default(),
            interval: LatencyHistogram::default(),
            latency: LatencyHistogram::default(),
            unmeasured: LatencyHistogram::default(),
            waits: LatencyHistogram::default(),
            no_waits: 0,
            io: IoMeters::default(),
            limited,
            total_requests: 0,
            last_answer: None,
            slowdown: (0.0, 0),
        }
    }

    /// Starts the measurement at `now`.
    pub fn restart(&mut self, now: SimTime) {
        let in_flight = self.in_flight.value() as u64;
        self.account = RequestAccount { carried_in: in_flight, in_flight, ..Default::default() };
        self.undelivered = Undelivered::default();
        self.zones = ZoneTraffic::default();
        self.retries = 0;
        self.no_waits = 0;
        (self.last_answer, self.slowdown) = (None, (0.0, 0));
        self.io = IoMeters::default();
        self.in_flight.restart(now);
        self.ready.restart(now);
        self.available.restart(now);
        self.unmeasured.add(&self.interval);
        self.interval.clear();
        self.latency.clear();
        self.waits.clear();
    }

    #[inline]
    pub(super) fn arrived(&mut self, now: SimTime) {
        self.account.arrived += 1;
        self.account.in_flight += 1;
        self.total_requests += 1;
        self.in_flight.add(now, 1.0);
    }

    #[inline]
    pub(super) fn left(&mut self, now: SimTime) {
        self.account.in_flight -= 1;
        self.in_flight.add(now, -1.0);
    }

    /// A replica in a zone has taken an attempt.
    #[inline]
    pub(super) fn sent(&mut self, from: Option<u32>, zone: u32) {
        let zones = &mut self.zones;
        match from {
            None => zones.outside += 1,
            Some(from) if from == zone => zones.within += 1,
            Some(_) => zones.across += 1,
        }
    }

    /// A replica in a zone has answered an attempt.
    #[inline]
    pub(super) fn returned(&mut self, from: Option<u32>, zone: u32) {
        self.zones.answers_across += u64::from(from.is_some_and(|from| from != zone));
    }

    #[inline]
    pub(super) fn answered(&mut self, attempt: &Attempt, latency: SimDuration) {
        self.account.succeeded += 1;
        self.interval.record(latency);
        self.last_answer = self.last_answer.max(Some(attempt.first_sent + latency));
        if attempt.demand > 0.0 {
            self.slowdown.0 += latency.as_nanos() as f64 / attempt.demand;
            self.slowdown.1 += 1;
        }
    }

    /// Latency over the CPU time that a request needed, on average; none without such requests.
    pub fn slowdown(&self) -> Option<f64> {
        let (sum, count) = self.slowdown;
        (count > 0).then(|| sum / count as f64)
    }

    #[inline]
    pub(super) fn waited(&mut self, wait: SimDuration) {
        if !self.limited || wait.is_zero() {
            self.no_waits += 1;
        } else {
            self.waits.record(wait);
        }
    }

    /// A request has read and written, having waited so long for its turn, and taken so long with
    /// that.
    #[inline]
    pub(super) fn stored(&mut self, operations: u32, waited: SimDuration, took: SimDuration) {
        self.io.operations += u64::from(operations);
        self.io.waited += waited.as_secs_f64();
        self.io.took.record(took);
    }

    pub(super) fn replicas(&mut self, now: SimTime, ready: usize, quorum: u32) {
        self.ready.set(now, ready as f64);
        self.available.set(now, if ready >= quorum as usize { 1.0 } else { 0.0 });
    }

    /// Latency since the last interval ended; the interval ends when `read` is done with it.
    pub fn end_interval<R>(&mut self, read: impl FnOnce(&LatencyHistogram) -> R) -> R {
        self.latency.add(&self.interval);
        if self.unmeasured.count() > 0 {
            self.interval.add(&self.unmeasured);
            self.unmeasured.clear();
        }
        let result = read(&self.interval);
        self.interval.clear();
        result
    }

    /// Latency of all answers up to the end of the last interval.
    pub fn latency(&self) -> &LatencyHistogram {
        &self.latency
    }

    /// Waits for a worker of all attempts that got one.
    pub fn waits(&self) -> LatencyHistogram {
        let mut waits = self.waits.clone();
        waits.record_many(SimDuration::ZERO, self.no_waits);
        waits
    }

    /// Share of attempts that waited at all.
    pub fn waited_share(&self) -> f64 {
        let all = self.waits.count() + self.no_waits;
        if all == 0 { 0.0 } else { self.waits.count() as f64 / all as f64 }
    }
}
