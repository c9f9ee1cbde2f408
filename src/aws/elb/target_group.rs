//! A target group: its targets from registration to deregistration, and who gets the next request.
//!
//! Targets are numbers that their owner counts them with, small and used again. The group is told
//! how they answer health checks and when requests start and end; it says when something will
//! change by itself ([`TargetGroup::next_event`]) and what has ([`TargetGroup::advance`]).
//!
//! What holds (user guide of Application Load Balancers, "Target groups", "Health checks", "Target
//! group health"):
//!
//! * A node uses the healthy targets of all zones, or of its own where cross-zone load balancing is
//!   off. With fewer healthy ones than the threshold of routing failover, one by default, it uses
//!   all it has, those with first checks under way included ("fail open").
//! * A target that deregisters gets no new requests. It is draining until the delay is over, also
//!   if it has long been idle; what it has not answered by then is cut off.
//! * A target enters slow start when it becomes healthy while at least one healthy target is not in
//!   slow start. Targets that are registered at once into an empty group are not slow-started.
//!
//! A pick takes the time of the [algorithm](super::routing), O(1) or O(log n), and allocates
//! nothing. What happens to a target takes O(log n), and O(n) where a node begins or ceases to use
//! all it has.
//!
//! The state of a target is what `describe-target-health` shows. Where nodes differ it is healthy
//! if all that use it find it healthy, and unhealthy if one does not; AWS does not say.

mod judge;
mod node;
mod target;

use std::collections::BTreeSet;

use self::node::Node;
use self::target::{Stage, Target};
use super::anomaly::{self, Mitigation, Record};
use super::health::{Answer, Health};
use super::routing::Router;
use super::settings::{Algorithm, Settings};
use crate::engine::{SimTime, Stream};

/// The state of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Being registered, or checked for the first time.
    Initial,
    /// Its checks succeed.
    Healthy,
    /// Its checks fail.
    Unhealthy,
    /// It deregisters.
    Draining,
    /// Not registered, or in a zone that the load balancer has no node in.
    Unused,
}

/// A target that has another state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which target.
    pub target: u32,
    /// Its state from now on.
    pub state: TargetState,
    /// So many of its requests are cut off by that: clients get a 502. They are to be
    /// [`finished`](TargetGroup::finished) like others.
    pub cut: u32,
}

/// What a client keeps to come back to the same target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    target: u32,
    /// Which of the registrations under this number.
    registration: u32,
    /// It is stale from then on.
    until: SimTime,
}

/// Who asks for a target.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// What the client was given with an earlier answer.
    pub cookie: Option<Cookie>,
    /// The hash of the connection, where that decides.
    pub flow: u64,
}

/// A target for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// The target.
    pub target: u32,
    /// What the client keeps, where stickiness is on.
    pub cookie: Option<Cookie>,
}

/// A target group of a load balancer.
#[derive(Clone, Debug)]
pub struct TargetGroup {
    settings: Settings,
    /// By zone.
    nodes: Vec<Node>,
    targets: Vec<Target>,
    /// When each target changes by itself.
    events: BTreeSet<(SimTime, u32)>,
    /// When targets are next looked at for anomalies.
    review: Option<SimTime>,
    /// When the first target was registered into the empty group, as long as there are some.
    founded: Option<SimTime>,
    in_service: usize,
}

impl TargetGroup {
    /// A group without targets, of a load balancer with nodes in the zones 0, …, `zones` - 1.
    pub fn new(settings: Settings, zones: u32) -> Self {
        let router = Router::new(settings.algorithm, settings.slow_start);
        let nodes = vec![Node::new(router); zones as usize];
        Self {
            settings,
            nodes,
            targets: Vec::new(),
            events: BTreeSet::new(),
            review: None,
            founded: None,
            in_service: 0,
        }
    }

    /// What it is configured with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Number of zones with a node.
    pub fn zones(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Registers a target that answers checks like that. One that is registered is left as it is;
    /// one that drains is registered anew, with the requests it still has; one in a zone without a
    /// node is not used.
    pub fn register(&mut self, now: SimTime, target: u32, zone: u32, answer: Answer) {
        let place = target as usize;
        if place >= self.targets.len() {
            self.targets.resize_with(place + 1, Target::default);
        }
        if matches!(self.targets[place].stage, Stage::InService)
            || zone as usize >= self.nodes.len()
        {
            return;
        }
        if self.in_service == 0 {
            self.founded = Some(now);
        }
        self.in_service += 1;
        let founder = self.founded == Some(now);
        self.targets[place].register(now, zone, answer, founder, &self.settings, self.nodes.len());
        for node in 0..self.nodes.len() {
            if self.may_use(node, place) {
                self.nodes[node].registered += 1;
                self.reconsider(node, place);
            }
        }
        self.rearm(place);
    }

    /// Takes a target out of service. It drains from now on; with a delay of zero, until
    /// [`advance`](Self::advance) is called at this instant. Whether it is idle already.
    pub fn deregister(&mut self, now: SimTime, target: u32) -> bool {
        let place = target as usize;
        let in_service = |entry: &&Target| matches!(entry.stage, Stage::InService);
        let Some(entry) = self.targets.get(place).filter(in_service) else { return true };
        let idle = entry.outstanding == 0;
        for node in 0..self.nodes.len() {
            if self.may_use(node, place) {
                let was_healthy = self.targets[place].views[node].health == Health::Healthy;
                self.nodes[node].registered -= 1;
                self.nodes[node].healthy -= usize::from(was_healthy);
            }
        }
        let entry = &mut self.targets[place];
        entry.stage = Stage::Draining { until: now + self.settings.deregistration_delay };
        entry.record = Record::default();
        self.in_service -= 1;
        for node in 0..self.nodes.len() {
            self.reconsider(node, place);
        }
        self.rearm(place);
        idle
    }

    /// From now on a target answers the checks of all nodes like that.
    pub fn answer(&mut self, now: SimTime, target: u32, answer: Answer) {
        for node in 0..self.nodes.len() as u32 {
            self.answer_at(now, target, node, answer);
        }
    }

    /// From now on a target answers the checks of one node like that.
    pub fn answer_at(&mut self, now: SimTime, target: u32, node: u32, answer: Answer) {
        let check = &self.settings.check;
        let Some(entry) = self.targets.get_mut(target as usize) else { return };
        let Some(view) = entry.views.get_mut(node as usize) else { return };
        view.checker.settle(check, view.answer, now);
        view.answer = answer;
        self.rearm(target as usize);
    }

    /// The state of a target.
    pub fn state(&self, target: u32) -> TargetState {
        let Some(entry) = self.targets.get(target as usize) else { return TargetState::Unused };
        match entry.stage {
            Stage::Unused => TargetState::Unused,
            Stage::Draining { .. } => TargetState::Draining,
            Stage::InService => self.merged(target as usize),
        }
    }

    /// Whether what a node sends to a target goes to another zone.
    pub fn crosses(&self, node: u32, target: u32) -> bool {
        self.targets.get(target as usize).is_some_and(|entry| entry.zone != node)
    }

    /// Requests and connections that a target has.
    pub fn outstanding(&self, target: u32) -> u32 {
        self.targets.get(target as usize).map_or(0, |entry| entry.outstanding)
    }

    /// Number of targets in service.
    pub fn registered(&self) -> usize {
        self.in_service
    }

    /// Number of targets that a node finds healthy, and of those it might use.
    pub fn healthy(&self, node: u32) -> (usize, usize) {
        let node = self.nodes.get(node as usize);
        node.map_or((0, 0), |node| (node.healthy, node.registered))
    }

    /// Whether a node has so many healthy targets that DNS may name it.
    pub fn is_listed(&self, node: u32) -> bool {
        let (healthy, registered) = self.healthy(node);
        self.settings.dns_failover.is_met(healthy, registered)
    }

    /// When something changes by itself next.
    pub fn next_event(&self) -> Option<SimTime> {
        let first = self.events.first().map(|&(at, _)| at);
        first.into_iter().chain(self.review).min()
    }

    /// Does what is due until `now`, and adds what has another state.
    pub fn advance(&mut self, now: SimTime, changes: &mut Vec<Change>) {
        while let Some(&(at, target)) = self.events.first().filter(|(at, _)| *at <= now) {
            let before = self.state(target);
            let cut = self.on_target(at, target as usize);
            self.rearm(target as usize);
            let state = self.state(target);
            if state != before {
                changes.push(Change { target, state, cut });
            }
        }
        while let Some(at) = self.review.filter(|at| *at <= now) {
            self.on_review(at);
        }
    }

    /// The target for a request that came to the node of a zone; none where there is none, which
    /// is a 503.
    pub fn pick(
        &mut self,
        now: SimTime,
        node: u32,
        caller: Caller,
        stream: &mut Stream,
    ) -> Option<Picked> {
        let node = node as usize;
        if let Some(cookie) = caller.cookie.filter(|cookie| self.leads(*cookie, now, node)) {
            return Some(Picked { target: cookie.target, cookie: Some(cookie) });
        }
        let target = self.nodes.get_mut(node)?.router.pick(now, caller.flow, stream)?;
        let registration = self.targets[target as usize].registration;
        let cookie = |stays| Cookie { target, registration, until: now + stays };
        Some(Picked { target, cookie: self.settings.stickiness.map(cookie) })
    }

    /// A request, or a connection, was sent to a target by a node.
    pub fn started(&mut self, node: u32, target: u32) {
        self.nodes[node as usize].router.started(target);
        self.targets[target as usize].outstanding += 1;
    }

    /// A request has ended at a target, with an error of the server or not. Whether that was the
    /// last of a target that drains: from now on it may stop without anybody noticing.
    ///
    /// # Panics
    /// When none is outstanding there: the caller lost track.
    pub fn finished(&mut self, now: SimTime, node: u32, target: u32, error: bool) -> bool {
        self.nodes[node as usize].router.finished(target);
        let entry = &mut self.targets[target as usize];
        assert!(entry.outstanding > 0, "a request ended at target {target}, which has none");
        entry.outstanding -= 1;
        if let (Some(rule), Stage::InService) = (mitigation(&self.settings), entry.stage) {
            entry.record.count(error);
            self.review.get_or_insert(now + rule.window);
        }
        entry.outstanding == 0 && matches!(entry.stage, Stage::Draining { .. })
    }

    /// The share of its requests that a target gets from a node: below 1 in slow start.
    pub fn share(&self, now: SimTime, node: u32, target: u32) -> f64 {
        let entry = self.targets.get(target as usize);
        let view = entry.and_then(|entry| entry.views.get(node as usize));
        view.and_then(|view| view.warming_since).map_or(1.0, |since| {
            super::routing::round_robin::share(since, now, self.settings.slow_start)
        })
    }

    /// The weight of a target among [`anomaly::FULL`].
    pub fn weight(&self, target: u32) -> u64 {
        self.targets.get(target as usize).map_or(anomaly::FULL, |entry| entry.record.weight())
    }

    /// Whether a node might use a target if that is healthy.
    fn may_use(&self, node: usize, target: usize) -> bool {
        self.settings.cross_zone || self.targets[target].zone as usize == node
    }

    /// Whether a cookie still means a target that the node uses.
    fn leads(&self, cookie: Cookie, now: SimTime, node: usize) -> bool {
        let Some(entry) = self.targets.get(cookie.target as usize) else { return false };
        self.settings.stickiness.is_some()
            && now < cookie.until
            && entry.registration == cookie.registration
            && entry.views.get(node).is_some_and(|view| view.used)
    }

    /// When this target changes next.
    fn rearm(&mut self, place: usize) {
        let entry = &mut self.targets[place];
        let next = entry.next_event(&self.settings.check);
        if next != entry.event {
            if let Some(at) = entry.event {
                self.events.remove(&(at, place as u32));
            }
            self.events.extend(next.map(|at| (at, place as u32)));
            entry.event = next;
        }
    }

    /// What is due for a target; the requests that are cut off by it.
    fn on_target(&mut self, at: SimTime, place: usize) -> u32 {
        let entry = &mut self.targets[place];
        match entry.stage {
            Stage::Unused => 0,
            Stage::Draining { .. } => {
                entry.stage = Stage::Unused;
                if self.settings.cut_after_delay { entry.outstanding } else { 0 }
            }
            Stage::InService => {
                for view in &mut entry.views {
                    view.checker.advance(&self.settings.check, view.answer, at);
                }
                for node in 0..self.nodes.len() {
                    self.judge(at, node, place);
                }
                0
            }
        }
    }

    fn on_review(&mut self, at: SimTime) {
        let Some(rule) = mitigation(&self.settings) else {
            self.review = None;
            return;
        };
        let healthy: Vec<bool> = (0..self.targets.len() as u32)
            .map(|target| self.state(target) == TargetState::Healthy)
            .collect();
        let mut judged = Vec::new();
        for (entry, healthy) in self.targets.iter_mut().zip(healthy) {
            match healthy {
                true => judged.push(&mut entry.record),
                // what its errors say is said by its checks
                false => entry.record = Record::default(),
            }
        }
        anomaly::review(&rule, judged.into_iter());
        for (target, entry) in (0..).zip(&self.targets) {
            for (node, view) in self.nodes.iter_mut().zip(&entry.views) {
                if let (Router::WeightedRandom(router), true) = (&mut node.router, view.used) {
                    router.set(target, entry.record.weight());
                }
            }
        }
        let quiet = self.targets.iter().all(|entry| entry.record.is_quiet());
        self.review = (!quiet).then(|| at + rule.window);
    }
}

/// The rule of anomaly mitigation, where it is on.
fn mitigation(settings: &Settings) -> Option<Mitigation> {
    match settings.algorithm {
        Algorithm::WeightedRandom(mitigation) => mitigation,
        _ => None,
    }
}

#[cfg(test)]
mod tests;
