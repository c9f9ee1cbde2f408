//! Nodes as targets of a load balancer: each hands on what it gets to a replica of the app.
//!
//! What comes to a node is sent on by kube-proxy: to any ready replica, or with
//! `externalTrafficPolicy: Local` only to one of the node's own; in both cases to one on its way
//! out where none is ready (Kubernetes v1.36, `pkg/proxy/topology.go`). Without one a connection is
//! refused, with `Local` dropped. A health check finds what a connection would; that of a Network
//! Load Balancer with `Local` asks kube-proxy itself, which answers while the node has ready
//! replicas (`pkg/proxy/healthcheck`). Each request is handed on anew: that connections stay with a
//! replica is not modelled.

use super::balanced::Connection;
use super::{AppId, ReplicaId, Router, Service, ServiceEvent, Services, Surroundings};
use crate::aws::elb::health::Answer;
use crate::aws::elb::target_group::TargetState;
use crate::engine::Schedule;
use crate::machine::HostId;
use crate::workload::deadlines::Deadlines;
use crate::workload::load_balancer::{BalancerId, Kind, Targets, Who};
use crate::workload::request::{Attempt, AttemptId};
use crate::workload::server::Reception;

impl Service {
    /// The load balancer and the target group that an attempt goes through, if it does: those of
    /// other apps may go past it.
    pub(super) fn way_of(&self, attempt: &Attempt) -> Option<(BalancerId, u32)> {
        self.balanced.filter(|_| self.targets == Targets::Replicas || attempt.caller.is_none())
    }

    /// Whether requests come to replicas by its router.
    pub(super) fn routes(&self) -> bool {
        self.balanced.is_none() || self.targets != Targets::Replicas
    }

    /// Whether somebody gives up on an attempt in the time that all have. Where that is the load
    /// balancer's, it is not that of those who go past it, who then wait for ever.
    pub(super) fn has_deadline(&self, attempt: &Attempt) -> bool {
        let of_balancer = self.deadlines.as_ref().map(Deadlines::delay) != self.app.timeout;
        self.way_of(attempt).is_some() || !of_balancer
    }

    /// The router to the replicas of a node, where nodes hand on to their own.
    pub(super) fn own_router(&mut self, node: HostId) -> Option<&mut Router> {
        let local = self.targets == Targets::Nodes { local: true };
        let (own, router) = (&mut self.own, &self.router);
        local.then(|| own.entry(node).or_insert_with(|| router.like()))
    }

    /// The router by which an attempt came to a replica on a node, if one sent it there.
    pub(super) fn router_of(&mut self, attempt: &Attempt, node: HostId) -> Option<&mut Router> {
        match (attempt.leg, self.targets) {
            (None, _) | (Some(_), Targets::Nodes { local: false }) => Some(&mut self.router),
            (Some(_), Targets::Nodes { local: true }) => self.own_router(node),
            (Some(_), Targets::Replicas | Targets::Pods) => None,
        }
    }
}

impl Services {
    /// Registers a node with the target group of an app; nothing happens if it is registered.
    ///
    /// # Panics
    /// When the app is not behind a load balancer.
    pub fn register_node<S>(&mut self, app: AppId, node: HostId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let (balancer, group) = self.way_to(app);
        let answer = self.node_answer(app, node, around);
        let zone = self.zones.zone(node);
        let of = &mut self.balancers[balancer.0 as usize];
        let known = of.nodes(group).find(|(_, other)| *other == node).map(|(place, _)| place);
        let place = known.unwrap_or_else(|| of.enrol(group, Who::Node(node)));
        of.register(around.now(), group, place, zone, answer);
        self.settled(balancer, around);
    }

    /// A node gets no more requests of an app.
    ///
    /// # Panics
    /// When the app is not behind a load balancer.
    pub fn deregister_node<S>(&mut self, app: AppId, node: HostId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let (balancer, group) = self.way_to(app);
        let of = &mut self.balancers[balancer.0 as usize];
        let place = of.nodes(group).find(|(_, other)| *other == node).map(|(place, _)| place);
        let Some(place) = place else { return };
        if of.deregister(around.now(), group, place) != TargetState::Draining {
            of.release(group, place);
        }
        self.settled(balancer, around);
    }

    /// What becomes of requests that come to the nodes of an app may be another from now on.
    pub fn nodes_changed<S>(&mut self, app: AppId, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent>,
    {
        let service = &self.services[app.0 as usize];
        let (Some((balancer, group)), Targets::Nodes { .. }) = (service.balanced, service.targets)
        else {
            return;
        };
        let nodes: Vec<(u32, HostId)> = self.balancers[balancer.0 as usize].nodes(group).collect();
        for (place, node) in nodes {
            let answer = self.node_answer(app, node, around);
            let of = &mut self.balancers[balancer.0 as usize].balancer;
            of.answer(around.now(), group, place, answer);
        }
        self.rearm(balancer, around);
    }

    fn way_to(&self, app: AppId) -> (BalancerId, u32) {
        self.services[app.0 as usize].balanced.expect("the app is behind a load balancer")
    }

    /// What a health check of a node finds.
    fn node_answer<S>(&self, app: AppId, node: HostId, around: &Surroundings<'_, S>) -> Answer {
        if !around.hosts[node.index()].is_up() {
            return Answer::NONE;
        }
        let service = &self.services[app.0 as usize];
        let (balancer, _) = self.way_to(app);
        let asks_proxy = matches!(self.balancers[balancer.0 as usize].kind(), Kind::Network(_));
        let own = service.own.get(&node);
        match service.targets {
            Targets::Nodes { local: true } if asks_proxy => {
                if own.is_some_and(|own| own.ready() > 0) { Answer::GOOD } else { Answer::BAD }
            }
            Targets::Nodes { local: true } => {
                if own.is_some_and(|own| !own.is_empty()) {
                    Answer::GOOD
                } else {
                    Answer::NONE
                }
            }
            _ if service.router.is_empty() => Answer::BAD,
            _ => Answer::GOOD,
        }
    }

    /// A node hands a request on to a replica.
    pub(super) fn connect_by_node<S>(
        &mut self,
        id: AttemptId,
        node: HostId,
        around: &Surroundings<'_, S>,
    ) -> Connection {
        if !around.hosts[node.index()].is_up() {
            return Connection::Dropped;
        }
        let attempt = *self.attempts.get(id);
        let zone = self.zones.zone(node);
        let service = &mut self.services[attempt.app.0 as usize];
        let local = service.targets == Targets::Nodes { local: true };
        let picked = match local {
            true => service.own.get_mut(&node).and_then(|own| own.pick(None, &mut service.picks)),
            false => service.router.pick(Some(zone), &mut service.picks),
        };
        let Some(replica) = picked else {
            return if local { Connection::Dropped } else { Connection::Refused };
        };
        let server = &mut self.servers[replica as usize];
        if !server.is_reachable() {
            return Connection::Dropped;
        }
        match server.receive(id) {
            Reception::Refused => Connection::Refused,
            reception => {
                let host = server.site.host;
                if let Some(router) = service.router_of(&attempt, host) {
                    router.started(replica);
                }
                service.meters.sent(Some(zone), self.zones.zone(host));
                Connection::Accepted(ReplicaId(replica), reception)
            }
        }
    }
}
