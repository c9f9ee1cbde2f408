//! Apps behind a load balancer of Elastic Load Balancing: their replicas are its targets.

use super::unanswered::Failure;
use super::{AppId, HostEvent, ReplicaId, ServiceEvent, ServiceNotice, Services, Surroundings};
use crate::aws::elb::outcome;
use crate::aws::elb::target_group::{Change, TargetState};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::machine::HostId;
use crate::units::Bytes;
use crate::workload::deadlines::Deadlines;
use crate::workload::load_balancer::{BalancerId, Kind, Leg, LoadBalancer, Spec, Targets, Who};
use crate::workload::request::{Attempt, AttemptId};
use crate::workload::server::Reception;

/// What becomes of a connection from a load balancer.
pub(super) enum Connection {
    /// A replica has taken the request.
    Accepted(ReplicaId, Reception),
    /// It is told so at once.
    Refused,
    /// Nobody answers.
    Dropped,
}

impl Services {
    /// Puts a load balancer in front of the apps of its target groups. Before requests come.
    ///
    /// # Errors
    /// What is wrong with it, each in a sentence.
    pub fn add_balancer(&mut self, spec: &Spec, now: SimTime) -> Result<BalancerId, Vec<String>> {
        let balancer = LoadBalancer::new(spec, now)?;
        let id = BalancerId(self.balancers.len() as u32);
        let idle = balancer.timeouts().idle;
        for (group, of) in (0..).zip(&spec.groups) {
            let Some(app) = of.app else { continue };
            let service = &mut self.services[app.0 as usize];
            let patience = service.app.timeout.unwrap_or(SimDuration::MAX);
            let why = match patience <= idle {
                true => outcome::Failure::ClientLeft,
                false => outcome::Failure::Idle,
            };
            (service.balanced, service.targets) = (Some((id, group)), of.targets);
            service.impatient = Failure::Undelivered(why);
            service.deadlines = Some(Deadlines::new(patience.min(idle)));
        }
        self.balancers.push(balancer);
        Ok(id)
    }

    /// All load balancers.
    pub fn balancers(&self) -> &[LoadBalancer] {
        &self.balancers
    }

    /// The load balancer and the target group that the requests of an app go through, if they do.
    pub fn balancer_of(&self, app: AppId) -> Option<(BalancerId, u32)> {
        self.services[app.0 as usize].balanced
    }

    /// Registers a replica in a zone with the target group of its app: from now on its health is
    /// checked, and it gets requests once it is healthy. Nothing happens if it is registered; one
    /// that drains is registered anew.
    ///
    /// # Panics
    /// When its app is not behind a load balancer.
    pub fn register_target<S>(&mut self, id: ReplicaId, zone: u32, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let (balancer, group) = self.behind(id);
        let server = &mut self.servers[id.0 as usize];
        let of = &mut self.balancers[balancer.0 as usize];
        let place = *server.target.place.get_or_insert_with(|| of.enrol(group, Who::Replica(id)));
        of.register(around.now(), group, place, zone, server.answer());
        self.settled(balancer, around);
    }

    /// A replica gets no more requests. It has the deregistration delay to answer those that it
    /// has, after which there is a [`ServiceNotice::TargetDrained`], however soon it does; at once,
    /// where it is not registered.
    ///
    /// # Panics
    /// When its app is not behind a load balancer.
    pub fn deregister_target<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let (balancer, group) = self.behind(id);
        let of = &mut self.balancers[balancer.0 as usize];
        let place = self.servers[id.0 as usize].target.place;
        let state = place.map(|place| of.deregister(around.now(), group, place));
        if state != Some(TargetState::Draining) {
            around.notices.push(ServiceNotice::TargetDrained(id));
        }
        self.settled(balancer, around);
    }

    /// Whether connections from the load balancer come to a replica, or are dropped on the way, as
    /// by a security group. Requests that it has are answered all the same.
    pub fn set_reachable<S>(
        &mut self,
        id: ReplicaId,
        reachable: bool,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent>,
    {
        self.servers[id.0 as usize].target.blocked = !reachable;
        self.answers_checks(id, around);
    }

    /// What the load balancer thinks of a replica.
    pub fn target_state(&self, id: ReplicaId) -> TargetState {
        let (balancer, group) = self.behind(id);
        let place = self.servers[id.0 as usize].target.place;
        let of = &self.balancers[balancer.0 as usize].balancer;
        place.map_or(TargetState::Unused, |place| of.group(group).state(place))
    }

    fn behind(&self, id: ReplicaId) -> (BalancerId, u32) {
        let app = self.servers[id.0 as usize].app;
        self.services[app.0 as usize].balanced.expect("its app is behind a load balancer")
    }

    /// A replica may answer health checks otherwise than before.
    pub(super) fn answers_checks<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let server = &self.servers[id.0 as usize];
        let Some(place) = server.target.place else { return };
        let (balancer, group) = self.behind(id);
        let of = &mut self.balancers[balancer.0 as usize].balancer;
        of.answer(around.now(), group, place, server.answer());
        self.rearm(balancer, around);
    }

    /// A replica is gone. Whether its load balancer still drains it.
    pub(super) fn awaits_balancer<S>(
        &mut self,
        id: ReplicaId,
        around: &mut Surroundings<'_, S>,
    ) -> bool
    where
        S: Schedule<ServiceEvent>,
    {
        let server = &mut self.servers[id.0 as usize];
        let (app, Some(place)) = (server.app, server.target.place) else { return false };
        server.target.gone = true;
        let (balancer, group) = self.behind(id);
        for connecting in self.attempts.sent_to(app, place) {
            let attempt = self.attempts.get_mut(connecting);
            let before = *attempt;
            attempt.leg = None;
            self.ended(&before, true, around);
        }
        self.unpin(id, around);
        let of = &mut self.balancers[balancer.0 as usize];
        let drains = of.deregister(around.now(), group, place) == TargetState::Draining;
        if !drains {
            of.release(group, place);
        }
        self.settled(balancer, around);
        drains
    }

    /// Connections that a load balancer has pinned to a replica are closed.
    pub(super) fn unpin<S>(&mut self, id: ReplicaId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let Some(target) = self.servers[id.0 as usize].target.place else { return };
        let (balancer, group) = self.behind(id);
        let ends = Change { target, state: TargetState::Unused, cut: 1 };
        self.balancers[balancer.0 as usize].unpin(around.now(), group, &ends);
    }

    /// Something is due for a load balancer.
    pub(super) fn on_balancer<S>(
        &mut self,
        id: BalancerId,
        generation: u32,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let of = &mut self.balancers[id.0 as usize];
        if of.generation != generation {
            return;
        }
        of.armed = None;
        let now = around.now();
        let mut changes = std::mem::take(&mut self.changes);
        of.advance(now, &mut changes);
        let mut due = Vec::new();
        of.connecting.expired(now, |id| !self.attempts.is_waited_for(id), &mut due);
        for (group, change) in changes.drain(..) {
            self.target_changed(id, group, &change, around);
        }
        self.changes = changes;
        for attempt in due {
            if self.attempts.is_waited_for(attempt) {
                let why = Failure::Undelivered(outcome::Failure::NoConnection);
                self.given_up(attempt, why, around);
            }
        }
        self.settled(id, around);
    }

    fn target_changed<S>(
        &mut self,
        id: BalancerId,
        group: u32,
        change: &Change,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let of = &mut self.balancers[id.0 as usize];
        let who = of.who(group, change.target);
        of.unpin(around.now(), group, change);
        match change.state {
            TargetState::Healthy | TargetState::Unhealthy => {
                let healthy = change.state == TargetState::Healthy;
                let resets = matches!(of.kind(), Kind::Network(flows) if flows.reset_unhealthy);
                if resets && !healthy {
                    self.cut(id, group, change.target, outcome::Failure::Closed, around);
                }
                if let Who::Replica(replica) = who {
                    around.notices.push(ServiceNotice::TargetHealth { replica, healthy });
                }
            }
            TargetState::Unused => {
                if change.cut > 0 {
                    self.cut(id, group, change.target, outcome::Failure::Cut, around);
                }
                let Who::Replica(replica) = who else {
                    return self.balancers[id.0 as usize].release(group, change.target);
                };
                around.notices.push(ServiceNotice::TargetDrained(replica));
                if self.servers[replica.0 as usize].target.gone {
                    self.servers[replica.0 as usize].target.place = None;
                    self.balancers[id.0 as usize].release(group, change.target);
                    self.free_servers.push(replica);
                }
            }
            TargetState::Initial | TargetState::Draining => {}
        }
    }

    /// Requests that a target has are cut off from their clients; it works on without knowing.
    fn cut<S>(
        &mut self,
        id: BalancerId,
        group: u32,
        target: u32,
        why: outcome::Failure,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let Some(app) = self.balancers[id.0 as usize].app(group) else { return };
        for attempt in self.attempts.sent_to(app, target) {
            if self.attempts.is_waited_for(attempt) {
                self.given_up(attempt, Failure::Undelivered(why), around);
            }
        }
    }

    /// Keeps account of a load balancer whose targets may have changed.
    pub(super) fn settled<S>(&mut self, id: BalancerId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let of = &self.balancers[id.0 as usize];
        for (group, (_, app)) in (0..).zip(of.groups()) {
            if let Some(app) = app {
                let service = &mut self.services[app.0 as usize];
                if service.targets == Targets::Replicas {
                    let healthy = of.healthy(group);
                    service.meters.replicas(around.now(), healthy, service.app.quorum);
                }
            }
        }
        self.rearm(id, around);
    }

    /// Has the event of a load balancer come when it should, or sooner, when it finds nothing due.
    pub(super) fn rearm<S>(&mut self, id: BalancerId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let of = &mut self.balancers[id.0 as usize];
        let next = of.next_event(|id| !self.attempts.is_waited_for(id));
        let Some(next) = next else { return };
        if of.armed.is_none_or(|armed| next < armed) {
            of.armed = Some(next);
            of.generation = of.generation.wrapping_add(1);
            let event = ServiceEvent::Balancer(id, of.generation);
            around.schedule.at(next, Phase::Decide, event);
        }
    }

    /// The client sends an attempt to a load balancer, which picks a target.
    pub(super) fn send_through<S>(
        &mut self,
        balancer: BalancerId,
        group: u32,
        id: AttemptId,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        let now = around.now();
        let attempt = self.attempts.get_mut(id);
        let service = &mut self.services[attempt.app.0 as usize];
        let of = &mut self.balancers[balancer.0 as usize];
        let leg = match of.route(now, group, &mut service.picks) {
            Ok(leg) => leg,
            Err(why) => return self.unanswered(id, Failure::Undelivered(why), around),
        };
        attempt.leg = Some(leg);
        let (who, zone) = (of.who(group, leg.target), of.zone(leg.node));
        let first = match who {
            Who::Replica(replica) => self.servers[replica.0 as usize].site.host,
            Who::Node(host) => host,
        };
        let crosses = zone != self.zones.zone(first);
        let bytes = service.app.payload.map_or(Bytes(0), |payload| payload.request);
        of.usage.sent(crosses);
        of.usage.carried(now, group, bytes, crosses);
        service.meters.sent(attempt.from, zone);
        // what is new to close by itself
        let mut closes = leg.place.opens() && !leg.place.closes();
        match self.connect(id, who, around) {
            Connection::Accepted(replica, reception) => self.taken(id, replica, reception, around),
            Connection::Refused => {
                let why = Failure::Undelivered(outcome::Failure::Refused);
                self.balancers[balancer.0 as usize].reset(now, group, &leg);
                self.given_up(id, why, around);
            }
            Connection::Dropped => {
                let of = &mut self.balancers[balancer.0 as usize];
                let app = self.attempts.get(id).app;
                if leg.place.opens() || matches!(of.kind(), Kind::Application { .. }) {
                    of.connecting.trim(|id| !self.attempts.is_waited_for(id));
                    of.connecting.arm(now, id);
                    closes = true;
                }
                self.arm_deadline(app, id, around);
            }
        }
        if closes {
            self.rearm(balancer, around);
        }
    }

    /// Whether whoever a request goes to accepts it.
    fn connect<S>(
        &mut self,
        id: AttemptId,
        who: Who,
        around: &mut Surroundings<'_, S>,
    ) -> Connection {
        let replica = match who {
            Who::Replica(replica) => replica,
            Who::Node(node) => return self.connect_by_node(id, node, around),
        };
        let server = &mut self.servers[replica.0 as usize];
        if !server.is_reachable() {
            return Connection::Dropped;
        }
        match server.receive(id) {
            Reception::Refused => Connection::Refused,
            reception => Connection::Accepted(replica, reception),
        }
    }

    /// A target's answer leaves for its client.
    pub(super) fn returns_through(&mut self, attempt: &Attempt, leg: &Leg, now: SimTime) {
        let from = self.zone_of(attempt).expect("an answer comes from a replica");
        let service = &mut self.services[attempt.app.0 as usize];
        let (balancer, group) = service.balanced.expect("it went through a load balancer");
        let of = &mut self.balancers[balancer.0 as usize];
        let zone = of.zone(leg.node);
        let node = of.node_in(group, leg.target).map(|node| self.zones.zone(node));
        if let Some(node) = node {
            service.meters.returned(Some(from), node);
        }
        let bytes = service.app.payload.map_or(Bytes(0), |payload| payload.response);
        of.usage.carried(now, group, bytes, zone != node.unwrap_or(from));
        service.meters.returned(attempt.from, zone);
    }

    /// An attempt has ended at its target, with an error or not.
    pub(super) fn ended_through<S>(
        &mut self,
        app: AppId,
        leg: &Leg,
        error: bool,
        around: &mut Surroundings<'_, S>,
    ) where
        S: Schedule<ServiceEvent>,
    {
        let balanced = self.services[app.0 as usize].balanced;
        let (balancer, group) = balanced.expect("it went through a load balancer");
        let of = &mut self.balancers[balancer.0 as usize];
        of.finished(around.now(), group, leg, error);
        if of.reviews() || !leg.place.closes() {
            self.rearm(balancer, around);
        }
    }

    /// What the way adds to an answer: from the target to the node, and on to the client.
    pub(super) fn way_through(&self, attempt: &Attempt, leg: &Leg, host: HostId) -> SimDuration {
        let balanced = self.services[attempt.app.0 as usize].balanced;
        let (balancer, group) = balanced.expect("it went through a load balancer");
        let of = &self.balancers[balancer.0 as usize];
        let zone = of.zone(leg.node);
        let there = match of.node_in(group, leg.target) {
            None => self.zones.latency(Some(zone), host),
            Some(node) => {
                self.zones.latency(Some(zone), node)
                    + self.zones.latency(Some(self.zones.zone(node)), host)
            }
        };
        self.zones.between(attempt.from, zone) + there
    }

    /// Checks that targets have the requests that say so.
    pub(super) fn audit_balancers(&self) {
        for of in &self.balancers {
            for (group, (name, app)) in (0..).zip(of.groups()) {
                let on_the_way = |attempt: &&Attempt| Some(attempt.app) == app;
                let sent = self.attempts.iter().filter(on_the_way);
                let sent = sent.filter(|attempt| attempt.leg.is_some()).count() as u32;
                if let Some(outstanding) = of.outstanding(group) {
                    assert_eq!(outstanding, sent, "requests on their way through `{name}`");
                }
            }
        }
    }
}
