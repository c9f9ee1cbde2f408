//! A leaf: jobs and background load of one container or virtual machine, and its quota.

use super::{GroupId, Share, Usage};
use crate::engine::{SimTime, fetch};
use crate::sharing::Quota;
use crate::sharing::jobs::JobSet;

const NANOS: f64 = 1e9;

/// Demands are multiples of this (2^-32 cores), so that their sums are exact whatever the order.
const GRAIN: f64 = 1.0 / 4_294_967_296.0;

/// `cores` to the nearest grain.
pub fn grain(cores: f64) -> f64 {
    if cores.is_finite() { (cores / GRAIN).round() * GRAIN } else { cores }
}

#[derive(Clone, Debug)]
pub struct Leaf<T> {
    pub group: GroupId,
    pub share: Share,
    /// Cores one job can use.
    per_job: f64,
    pub jobs: JobSet<T>,
    /// Cores used in the background.
    pub background: f64,
    pub paused: bool,
    pub quota: Option<Quota>,
    /// Since when the quota throttles it.
    throttled_since: Option<SimTime>,
    /// The end of a quota period it is to be looked at, if any.
    pub refill: Option<SimTime>,
    /// Bucket of its group that it is in, while it wants anything.
    pub bucket: Option<u32>,
    /// The one it was in last, where it often returns to.
    pub last_bucket: u32,
    /// What it wants, as its bucket knows it.
    pub demand: f64,
    /// Reading of the bucket's clock up to which its service is accounted for, and when that was.
    pub clock: f64,
    pub since: SimTime,
    served: f64,
    wanted: f64,
    throttled: f64,
}

impl<T: Copy> Leaf<T> {
    pub fn new(
        group: GroupId,
        share: Share,
        per_job: f64,
        quota: Option<Quota>,
        now: SimTime,
    ) -> Self {
        Self {
            group,
            share: Share { cap: grain(share.cap), floor: grain(share.floor), ..share },
            per_job,
            jobs: JobSet::default(),
            background: 0.0,
            paused: false,
            quota,
            throttled_since: None,
            refill: None,
            bucket: None,
            last_bucket: 0,
            demand: 0.0,
            clock: 0.0,
            since: now,
            served: 0.0,
            wanted: 0.0,
            throttled: 0.0,
        }
    }

    /// Without what only its tree can make sense of.
    pub fn detached(mut self, paused: bool) -> Self {
        (self.paused, self.refill, self.last_bucket) = (paused, None, 0);
        self
    }

    /// Asks for its memory.
    pub fn fetch(&self) {
        fetch(&self.jobs);
        fetch(&self.bucket);
        fetch(&self.quota);
        fetch(&self.served);
        fetch(&self.group);
    }

    /// Cores it could use at this moment.
    pub fn current_demand(&self) -> f64 {
        if self.paused || self.throttled_since.is_some() {
            return 0.0;
        }
        (self.jobs.len() as f64 * self.per_job + self.background).min(self.share.cap)
    }

    /// Takes in `service` core-nanoseconds given since `self.since`.
    pub fn receive(&mut self, service: f64, now: SimTime) {
        self.served += service;
        self.wanted += self.demand * now.since(self.since).as_nanos() as f64;
        if let Some(quota) = &mut self.quota {
            quota.spend(service, self.since, now);
        }
        let running = self.jobs.len() as f64 * self.per_job;
        if self.background > 0.0 && running > 0.0 {
            self.jobs.serve(service * running / (running + self.background));
        } else {
            self.jobs.serve(service);
        }
        self.since = now;
    }

    /// Service to the leaf until something happens in it: its first job is done, or its budget is
    /// gone. `None` if service alone changes nothing.
    pub fn until_event(&self) -> Option<f64> {
        let running = self.jobs.len() as f64 * self.per_job;
        let job = self.jobs.until_next().map(|service| {
            if self.background > 0.0 {
                service * (running + self.background) / running
            } else {
                service
            }
        });
        let budget = self.refill.and(self.quota).map(|quota| quota.left());
        match (job, budget) {
            (Some(job), Some(budget)) => Some(job.min(budget)),
            (job, budget) => job.or(budget),
        }
    }

    /// When its quota has to be looked at again: the end of the period, if it can run out as things
    /// are.
    pub fn wanted_refill(&self, now: SimTime) -> Option<SimTime> {
        let quota = self.quota.as_ref()?;
        let demand = self.current_demand();
        let matters =
            self.throttled_since.is_some() || demand > 0.0 && quota.can_run_out(demand, now);
        matters.then(|| quota.period_end())
    }

    /// Throttles it if its budget is gone and there is still work.
    pub fn throttle_if_spent(&mut self, now: SimTime) {
        let spent = self.quota.is_some_and(|quota| quota.is_empty());
        if spent && self.throttled_since.is_none() && self.current_demand() > 0.0 {
            self.throttled_since = Some(now);
        }
    }

    /// Ends throttling, at the start of a new period.
    pub fn unthrottle(&mut self, now: SimTime) {
        if let Some(since) = self.throttled_since.take() {
            self.throttled += now.since(since).as_nanos() as f64;
        }
    }

    pub fn usage(&self, now: SimTime) -> Usage {
        let open = self.throttled_since.map_or(0.0, |since| now.since(since).as_nanos() as f64);
        Usage {
            served: self.served / NANOS,
            wanted: self.wanted / NANOS,
            throttled: (self.throttled + open) / NANOS,
        }
    }
}
