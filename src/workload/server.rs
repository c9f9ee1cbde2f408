//! What runs in a replica: workers that take requests, and a backlog for those that must wait.

use std::collections::VecDeque;

use super::request::AttemptId;
use super::service::AppId;
use super::storage::DeviceId;
use crate::aws::elb::health::Answer;
use crate::engine::{SimDuration, fetch};
use crate::machine::HostId;
use crate::scenario::App;
use crate::sharing::LeafId;

/// Where a replica runs, as its platform arranged it.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The physical host below everything.
    pub host: HostId,
    /// The leaf of that host's CPU in which its requests run.
    pub leaf: LeafId,
    /// Core-nanoseconds of this host per nanosecond of demand: slower cores and virtualisation.
    pub effort: f64,
    /// What the platform's network adds to each answer.
    pub latency: SimDuration,
    /// Where its requests read and write, and how long an operation takes there that nothing
    /// hinders; none where they do not.
    pub device: Option<(DeviceId, SimDuration)>,
}

/// What becomes of an attempt that a server is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    /// A worker takes it at once.
    Begins,
    /// It waits.
    Waits,
    /// The backlog is full, or it takes no more.
    Refused,
}

/// One replica's server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub app: AppId,
    /// The number of its replica among those of the app, where requests name one.
    pub number: Option<u32>,
    pub site: Site,
    /// Ready for requests.
    ready: bool,
    /// Its machine is gone: it takes everything and answers nothing.
    silent: bool,
    /// Attempts it took, since it was ready.
    received: u64,
    workers: u32,
    room: u32,
    active: u32,
    backlog: VecDeque<AttemptId>,
    /// More attempts than this may be more than there is memory for.
    pub allowance: u32,
    /// What a load balancer knows of it.
    pub target: Target,
}

/// A server as a target of a load balancer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Target {
    /// Its place in the target group, from its first registration on.
    pub place: Option<u32>,
    /// Connections to it are dropped on the way, as by a security group.
    pub blocked: bool,
    /// The replica is gone, and the load balancer has yet to hear of it.
    pub gone: bool,
}

impl Server {
    pub fn new(id: AppId, app: &App, site: Site) -> Self {
        Self {
            app: id,
            number: None,
            site,
            ready: true,
            silent: false,
            received: 0,
            workers: app.concurrency.unwrap_or(u32::MAX),
            room: app.backlog.unwrap_or(u32::MAX),
            active: 0,
            backlog: VecDeque::new(),
            allowance: u32::MAX,
            target: Target::default(),
        }
    }

    /// Asks for its memory.
    pub fn fetch(&self) {
        fetch(&self.site);
        fetch(&self.received);
        fetch(&self.backlog);
        fetch(&self.target);
    }

    /// Whether connections to it are accepted, or refused.
    pub fn is_reachable(&self) -> bool {
        !self.silent && !self.target.blocked
    }

    /// What health checks find.
    pub fn answer(&self) -> Answer {
        match (self.is_reachable(), self.ready) {
            (false, _) => Answer::NONE,
            (true, true) => Answer::GOOD,
            (true, false) => Answer::BAD,
        }
    }

    /// Attempts it took, since it was ready.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// No more attempts come: it answers those it holds.
    pub fn drain(&mut self) {
        self.ready = false;
    }

    /// Whether it has answered all that it held when it was told to drain.
    pub fn is_drained(&self) -> bool {
        !self.ready && !self.silent && self.held() == 0
    }

    /// Attempts it holds.
    pub fn held(&self) -> u32 {
        self.active + self.backlog.len() as u32
    }

    /// Whether it holds more than it was allowed without its memory being looked at.
    pub fn exceeds_allowance(&self) -> bool {
        !self.silent && self.held() > self.allowance
    }

    pub fn receive(&mut self, attempt: AttemptId) -> Reception {
        if self.silent {
            self.active += 1;
            return Reception::Waits;
        }
        if !self.ready {
            return Reception::Refused;
        }
        if self.active < self.workers {
            self.active += 1;
            self.received += 1;
            Reception::Begins
        } else if (self.backlog.len() as u32) < self.room {
            self.backlog.push_back(attempt);
            self.received += 1;
            Reception::Waits
        } else {
            Reception::Refused
        }
    }

    /// A worker is done; returns the attempt it takes up next.
    pub fn release(&mut self) -> Option<AttemptId> {
        let next = self.backlog.pop_front();
        if next.is_none() {
            self.active -= 1;
        }
        next
    }

    /// The process is gone, and all it held with it.
    pub fn reset(&mut self) {
        self.ready = false;
        self.silent = false;
        self.active = 0;
        self.backlog.clear();
    }

    /// The machine is gone without a word: what it held and what still comes waits in vain.
    pub fn fall_silent(&mut self) {
        self.active += self.backlog.len() as u32;
        self.backlog.clear();
        (self.ready, self.silent) = (false, true);
    }

    /// Whether nobody will ever answer what it holds.
    pub fn is_silent(&self) -> bool {
        self.silent
    }
}
