//! A load balancer of Elastic Load Balancing in front of apps: which replica gets a request, what
//! it thinks of the replicas, and what it has carried.
//!
//! What it decides is [`elb`](crate::aws::elb)'s; here are the replicas behind its targets, the
//! clients in front of it ([`clients`]) and its meters ([`usage`]). A target has a place of its own
//! in its group as long as its replica is there, so that places stay few however many replicas all
//! apps have.
//!
//! Which rule of an Application Load Balancer the requests of an app fit is the same for all of
//! them, so it is looked up once. Where its `Growth` is given, the load it has to grow with is the
//! rate of requests in the ten seconds before.

pub mod clients;
pub mod spec;
pub mod usage;

use self::clients::{Clients, Place};
use self::usage::Usage;
use super::deadlines::Deadlines;
use super::request::AttemptId;
use super::service::{AppId, ReplicaId};
use crate::aws::elb::Balancer;
use crate::aws::elb::health::Answer;
use crate::aws::elb::listener::{Action, Listener};
use crate::aws::elb::outcome::{Failure, Timeouts};
use crate::aws::elb::target_group::{Change, TargetGroup, TargetState};
use crate::engine::{SimDuration, SimTime, Stream};
use crate::machine::HostId;
use crate::units::Rate;
pub use spec::{GroupSpec, Kind, Rule, Spec, Targets};

/// A load balancer, in the order in which they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BalancerId(pub u32);

/// Who is behind a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A replica.
    Replica(ReplicaId),
    /// A node, which hands on what it gets.
    Node(HostId),
}

/// How long requests are counted for the load that a load balancer grows with.
const LOAD_WINDOW: SimDuration = SimDuration::from_secs(10);

/// Where a request is between a load balancer and a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    /// The place of the target in its group.
    pub target: u32,
    /// The client whose connection it takes, where those are kept.
    pub place: Place,
    /// The node that it came to.
    pub node: u16,
}

/// A load balancer and what it knows of the apps behind it.
#[derive(Debug)]
pub struct LoadBalancer {
    name: String,
    kind: Kind,
    pub(super) balancer: Balancer,
    groups: Vec<Group>,
    /// The zone of each node.
    zones: Vec<u32>,
    timeouts: Timeouts,
    /// Requests to targets that do not accept connections.
    pub(super) connecting: Deadlines<AttemptId>,
    pub(super) usage: Usage,
    /// Requests since then, where it matters how many these are.
    load: Option<(SimTime, u64)>,
    /// For when its event is pending, and which of its events that is.
    pub(super) armed: Option<SimTime>,
    pub(super) generation: u32,
    reviews: bool,
}

/// A target group, from the side of the app.
#[derive(Debug)]
struct Group {
    name: String,
    app: Option<AppId>,
    /// Rules that a request of the app is held against.
    rules: u32,
    /// Who is in which place.
    places: Vec<Who>,
    /// Places that nobody is in.
    free: Vec<u32>,
    /// Targets that are healthy.
    healthy: usize,
    clients: Clients,
}

impl LoadBalancer {
    /// A load balancer without targets.
    ///
    /// # Errors
    /// What is wrong with it, each in a sentence.
    pub fn new(spec: &Spec, now: SimTime) -> Result<Self, Vec<String>> {
        let mut flaws: Vec<String> = Vec::new();
        for group in &spec.groups {
            let of = |flaw| format!("target group `{}`: {flaw}", group.name);
            flaws.extend(group.settings.flaws().into_iter().map(of));
        }
        let listener = spec.listener().unwrap_or_else(|wrong| {
            flaws.extend(wrong);
            Listener::new(Vec::new(), Action::Answer(404)).expect("it has no rules")
        });
        flaws.extend(spec.unreachable(&listener));
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let nodes = spec.zones.len() as u32;
        let groups = spec.groups.iter();
        let groups = groups.map(|group| TargetGroup::new(group.settings.clone(), nodes)).collect();
        let balancer = Balancer::new(listener, groups, spec.capacity(now));
        let group = |(place, group): (u32, &GroupSpec)| Group {
            name: group.name.clone(),
            app: group.app,
            rules: spec.rules_of(balancer.listener(), place),
            places: Vec::new(),
            free: Vec::new(),
            healthy: 0,
            clients: Clients::new(spec, group.clients.unwrap_or(0)),
        };
        Ok(Self {
            name: spec.name.clone(),
            kind: spec.kind,
            groups: (0..).zip(&spec.groups).map(group).collect(),
            balancer,
            zones: spec.zones.clone(),
            timeouts: spec.kind.timeouts(),
            connecting: Deadlines::new(spec.kind.timeouts().connect),
            usage: Usage::new(spec.kind, spec.groups.len(), now),
            load: spec.capacity(now).map(|_| (now, 0)),
            armed: None,
            generation: 0,
            reviews: spec.groups.iter().any(|group| group.settings.reviews()),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How long it waits.
    pub fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// What it has carried.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Its target groups: name, and the app behind.
    pub fn groups(&self) -> impl Iterator<Item = (&str, Option<AppId>)> {
        self.groups.iter().map(|group| (group.name.as_str(), group.app))
    }

    /// Targets of a group that are healthy.
    pub fn healthy(&self, group: u32) -> usize {
        self.groups[group as usize].healthy
    }

    /// The app behind a group.
    pub(super) fn app(&self, group: u32) -> Option<AppId> {
        self.groups[group as usize].app
    }

    /// Who is in a place of a group.
    #[inline]
    pub(super) fn who(&self, group: u32, target: u32) -> Who {
        self.groups[group as usize].places[target as usize]
    }

    /// The node in a place of a group, if one is.
    pub(super) fn node_in(&self, group: u32, target: u32) -> Option<HostId> {
        match self.who(group, target) {
            Who::Node(host) => Some(host),
            Who::Replica(_) => None,
        }
    }

    /// Nodes that are targets of a group, and their places.
    pub(super) fn nodes(&self, group: u32) -> impl Iterator<Item = (u32, HostId)> {
        let of = &self.groups[group as usize];
        let places = (0..).zip(&of.places).filter(|(place, _)| !of.free.contains(place));
        places.filter_map(|(place, who)| match who {
            Who::Node(host) => Some((place, *host)),
            Who::Replica(_) => None,
        })
    }

    /// The zone of a node.
    #[inline]
    pub(super) fn zone(&self, node: u16) -> u32 {
        self.zones[usize::from(node)]
    }

    /// Whether the end of a request may change when something happens next.
    #[inline]
    pub(super) fn reviews(&self) -> bool {
        self.reviews
    }

    /// Requests that all targets of a group have; none where they count connections.
    pub(super) fn outstanding(&self, group: u32) -> Option<u32> {
        let of = &self.groups[group as usize];
        let places = 0..of.places.len() as u32;
        let requests = || places.map(|place| self.balancer.group(group).outstanding(place)).sum();
        (!of.clients.keeps_targets()).then(requests)
    }

    /// Gives somebody a place in a group.
    pub(super) fn enrol(&mut self, group: u32, who: Who) -> u32 {
        let group = &mut self.groups[group as usize];
        if let Some(place) = group.free.pop() {
            group.places[place as usize] = who;
            return place;
        }
        group.places.push(who);
        group.places.len() as u32 - 1
    }

    /// Takes a place back from somebody who is gone.
    pub(super) fn release(&mut self, group: u32, target: u32) {
        self.groups[group as usize].free.push(target);
    }

    /// A target in a zone, which answers checks like that.
    pub(super) fn register(
        &mut self,
        now: SimTime,
        group: u32,
        target: u32,
        zone: u32,
        answer: Answer,
    ) {
        let node = self.zones.iter().position(|other| *other == zone);
        // in a zone that it has no node in, a target is not used
        let node = node.map_or(u32::MAX, |node| node as u32);
        self.balancer.register(now, group, target, node, answer);
        self.recount(group);
    }

    /// No more requests for a target; its state from now on.
    pub(super) fn deregister(&mut self, now: SimTime, group: u32, target: u32) -> TargetState {
        self.balancer.deregister(now, group, target);
        self.recount(group);
        self.balancer.group(group).state(target)
    }

    /// Does what is due for targets.
    pub(super) fn advance(&mut self, now: SimTime, changes: &mut Vec<(u32, Change)>) {
        self.close_idle(now);
        self.balancer.advance(now, changes);
        (0..self.groups.len() as u32).for_each(|group| self.recount(group));
    }

    fn recount(&mut self, group: u32) {
        let (of, counted) = (self.balancer.group(group), &mut self.groups[group as usize]);
        let places = 0..counted.places.len() as u32;
        counted.healthy = places.filter(|place| of.state(*place) == TargetState::Healthy).count();
    }

    /// The target for a request of the app behind a group.
    ///
    /// # Errors
    /// Why there is none.
    #[inline]
    pub(super) fn route(
        &mut self,
        now: SimTime,
        group: u32,
        stream: &mut Stream,
    ) -> Result<Leg, Failure> {
        self.count_load(now);
        let of = &mut self.groups[group as usize];
        self.usage.ruled(now, group, of.rules);
        let leg = of.clients.send(now, group, &mut self.balancer, stream)?;
        if leg.place.opens() {
            self.usage.opened(now, group);
        }
        Ok(leg)
    }

    /// A request has ended at its target, with an error of the server or not.
    #[inline]
    pub(super) fn finished(&mut self, now: SimTime, group: u32, leg: &Leg, error: bool) {
        let clients = &mut self.groups[group as usize].clients;
        if !clients.keeps_targets() {
            self.balancer.group_mut(group).finished(now, u32::from(leg.node), leg.target, error);
        }
        clients.finished(now, leg.place);
        if leg.place.closes() {
            self.usage.closed(now, group);
        }
    }

    /// The connection that a request took is gone.
    pub(super) fn reset(&mut self, now: SimTime, group: u32, leg: &Leg) {
        let of = self.balancer.group_mut(group);
        if self.groups[group as usize].clients.close(now, leg.place, of) {
            self.usage.closed(now, group);
        }
    }

    /// Connections to a target that are pinned to it end, because of its new state or because it
    /// is gone; how many.
    pub(super) fn unpin(&mut self, now: SimTime, group: u32, change: &Change) -> usize {
        let of = self.balancer.group_mut(group);
        let ended = self.groups[group as usize].clients.unpin(now, change, of);
        (0..ended).for_each(|_| self.usage.closed(now, group));
        ended
    }

    /// When something happens by itself next.
    pub(super) fn next_event(&mut self, ended: impl FnMut(AttemptId) -> bool) -> Option<SimTime> {
        let clients = self.groups.iter_mut().filter_map(|group| group.clients.next_event()).min();
        let next = [self.balancer.next_event(), self.connecting.next(ended), clients];
        next.into_iter().flatten().min()
    }

    /// Closes connections that have been idle for too long.
    fn close_idle(&mut self, now: SimTime) {
        for group in 0..self.groups.len() {
            let of = self.balancer.group_mut(group as u32);
            let closed = self.groups[group].clients.close_idle(now, of);
            (0..closed).for_each(|_| self.usage.closed(now, group as u32));
        }
    }

    fn count_load(&mut self, now: SimTime) {
        let Some((since, requests)) = &mut self.load else { return };
        *requests += 1;
        let passed = now.since(*since);
        if passed >= LOAD_WINDOW {
            let rate = Rate(*requests as f64 / passed.as_secs_f64());
            (*since, *requests) = (now, 0);
            self.balancer.capacity().expect("it is limited").offer(now, rate);
        }
    }
}

#[cfg(test)]
mod tests;
