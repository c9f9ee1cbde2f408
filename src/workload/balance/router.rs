//! The router of an app: its load balancer, or one for each zone where requests keep to zones.
//!
//! kube-proxy on a node takes only endpoints with a hint for the node's zone, provided that all
//! ready ones have hints and one of them is for that zone; otherwise it takes any (Kubernetes
//! v1.36, `pkg/proxy/topology.go`, `topologyModeFromHints`).

use super::Balancer;
use crate::engine::Stream;
use crate::kubernetes::controllers::endpoint_hints::Capacity;
use crate::scenario::{Balance, Routing};

/// The ready replicas of an app, and who gets a request from where.
#[derive(Clone, Debug)]
pub struct Router {
    /// Over all ready replicas.
    all: Balancer,
    /// Over those on their way out, for when none is ready.
    leaving: Balancer,
    balance: Balance,
    routing: Routing,
    /// One for each zone; none where requests go anywhere.
    zones: Vec<Balancer>,
    /// Ready replicas, those that became ready first before the others.
    endpoints: Vec<Endpoint>,
    capacity: Capacity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Endpoint {
    replica: u32,
    /// The zone it is in.
    zone: u32,
    /// The zone whose callers it is for.
    hint: Option<u32>,
}

impl Router {
    /// A router to any replica, of which there are none.
    pub fn new(balance: Balance) -> Self {
        Self {
            all: Balancer::new(balance),
            leaving: Balancer::new(balance),
            balance,
            routing: Routing::Any,
            zones: Vec::new(),
            endpoints: Vec::new(),
            capacity: Capacity::default(),
        }
    }

    /// Has requests keep to so many zones from now on. Before any replica is ready.
    ///
    /// # Panics
    /// When a replica is.
    pub fn set_routing(&mut self, routing: Routing, zones: u32) {
        assert_eq!(self.ready(), 0, "an app's routing is set before it has replicas");
        let zones = if routing == Routing::Any { 0 } else { zones };
        self.routing = routing;
        self.zones = (0..zones).map(|_| Balancer::new(self.balance)).collect();
    }

    /// Whether what it does depends on the CPU of nodes.
    pub fn minds_capacity(&self) -> bool {
        self.routing == Routing::TopologyAware
    }

    /// The CPU of ready nodes in each zone is another from now on.
    pub fn set_capacity(&mut self, capacity: &Capacity) {
        if !self.minds_capacity() || self.capacity == *capacity {
            return;
        }
        self.capacity.clone_from(capacity);
        // without hints the controller does not look before the endpoints change
        let hints: Option<Vec<u32>> = self.endpoints.iter().map(|it| it.hint).collect();
        if hints.is_some_and(|hints| !hints.is_empty() && !capacity.keeps(&hints)) {
            self.give_hints();
        }
    }

    /// A replica in a zone is ready; nothing happens when it was before.
    pub fn add(&mut self, replica: u32, zone: u32) {
        self.all.add(replica);
        self.leaving.remove(replica);
        let is_new = !self.endpoints.iter().any(|endpoint| endpoint.replica == replica);
        if !self.zones.is_empty() && is_new {
            self.endpoints.push(Endpoint { replica, zone, hint: None });
            self.give_hints();
        }
    }

    /// A replica is on its way out: it is no longer ready, and picked where none is.
    pub fn leave(&mut self, replica: u32) {
        self.remove(replica);
        self.leaving.add(replica);
    }

    /// A replica is not picked any more; nothing happens when it was not before.
    pub fn remove(&mut self, replica: u32) {
        self.all.remove(replica);
        self.leaving.remove(replica);
        let place = self.endpoints.iter().position(|endpoint| endpoint.replica == replica);
        if let Some(place) = place {
            let gone = self.endpoints.remove(place);
            self.hint(gone, None);
            self.give_hints();
        }
    }

    /// A replica, which may be ready, is in this zone from now on.
    pub fn moved(&mut self, replica: u32, zone: u32) {
        let mut all = self.endpoints.iter_mut();
        if let Some(endpoint) = all.find(|endpoint| endpoint.replica == replica) {
            endpoint.zone = zone;
            self.give_hints();
        }
    }

    /// Gives all endpoints the hints that are right now.
    fn give_hints(&mut self) {
        let own: Vec<u32> = self.endpoints.iter().map(|endpoint| endpoint.zone).collect();
        let hints = match self.routing {
            Routing::Any => None,
            Routing::PreferSameZone => Some(own),
            Routing::TopologyAware => self.capacity.hints(&own),
        };
        for place in 0..self.endpoints.len() {
            let (endpoint, hint) = (self.endpoints[place], hints.as_ref().map(|it| it[place]));
            if endpoint.hint != hint {
                self.endpoints[place].hint = hint;
                self.hint(endpoint, hint);
            }
        }
    }

    /// An endpoint is for the callers of another zone than before.
    fn hint(&mut self, endpoint: Endpoint, hint: Option<u32>) {
        if let Some(before) = endpoint.hint {
            self.zones[before as usize].remove(endpoint.replica);
        }
        if let Some(zone) = hint {
            self.zones[zone as usize].add(endpoint.replica);
        }
    }

    /// The replica for the next request, which comes from a zone or from outside of all; `None`
    /// when none is ready or on its way out.
    #[inline]
    pub fn pick(&mut self, from: Option<u32>, stream: &mut Stream) -> Option<u32> {
        let near = from.and_then(|zone| self.zones.get_mut(zone as usize));
        if let Some(replica) = near.and_then(|balancer| balancer.pick(stream)) {
            return Some(replica);
        }
        self.all.pick(stream).or_else(|| self.leaving.pick(stream))
    }

    /// A request was sent to a replica.
    #[inline]
    pub fn started(&mut self, replica: u32) {
        self.all.started(replica);
        self.leaving.started(replica);
        self.zones.iter_mut().for_each(|balancer| balancer.started(replica));
    }

    /// A request ended at a replica, in whatever way.
    ///
    /// # Panics
    /// When none is outstanding there, for policies that count: the caller lost track.
    #[inline]
    pub fn finished(&mut self, replica: u32) {
        self.all.finished(replica);
        self.leaving.finished(replica);
        self.zones.iter_mut().for_each(|balancer| balancer.finished(replica));
    }

    /// Number of ready replicas.
    pub fn ready(&self) -> usize {
        self.all.ready()
    }

    /// Whether a request would find nobody.
    pub fn is_empty(&self) -> bool {
        self.all.ready() == 0 && self.leaving.ready() == 0
    }

    /// Another one that chooses alike, to any replica, of which there are none.
    pub fn like(&self) -> Self {
        Self::new(self.balance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;

    /// Replicas numbered from 0 in these zones.
    fn router(routing: Routing, zones: &[u32]) -> Router {
        let mut router = Router::new(Balance::RoundRobin);
        router.set_routing(routing, 3);
        router.set_capacity(&Capacity::of([(0, 1), (1, 1), (2, 1)]));
        (0..).zip(zones).for_each(|(replica, &zone)| router.add(replica, zone));
        router
    }

    fn picks(router: &mut Router, from: Option<u32>, count: usize) -> Vec<u32> {
        let mut stream = Streams::new(1).named("router");
        (0..count).filter_map(|_| router.pick(from, &mut stream)).collect()
    }

    #[test]
    fn requests_stay_in_their_zone_while_it_has_a_replica() {
        let mut router = router(Routing::PreferSameZone, &[0, 1, 1]);
        assert_eq!(picks(&mut router, Some(0), 2), [0, 0]);
        assert_eq!(picks(&mut router, Some(1), 3), [1, 2, 1]);
        // nobody in zone 2, and outside there are no zones: all in turn
        assert_eq!(picks(&mut router, Some(2), 3), [0, 1, 2]);
        assert_eq!(picks(&mut router, None, 3), [0, 1, 2]);
        router.remove(0);
        assert_eq!(picks(&mut router, Some(0), 2), [1, 2]);
        router.add(7, 0);
        assert_eq!(picks(&mut router, Some(0), 2), [7, 7]);
        assert_eq!(router.ready(), 3);
    }

    #[test]
    fn one_on_its_way_out_is_picked_when_no_other_is_ready() {
        let mut router = router(Routing::PreferSameZone, &[0, 1]);
        router.leave(0);
        assert_eq!(picks(&mut router, Some(0), 2), [1, 1]);
        router.leave(1);
        assert_eq!(router.ready(), 0);
        assert_eq!(picks(&mut router, Some(0), 3), [0, 1, 0]);
        router.add(2, 2);
        assert_eq!(picks(&mut router, Some(0), 1), [2]);
        router.remove(2);
        router.remove(0);
        assert_eq!(picks(&mut router, None, 2), [1, 1]);
        router.remove(1);
        assert_eq!(picks(&mut router, None, 1), Vec::<u32>::new());
    }

    #[test]
    fn hints_come_and_go_with_the_number_of_endpoints() {
        // three in zones 0, 0 and 1: one goes to zone 2, the first of zone 0
        let mut router = router(Routing::TopologyAware, &[0, 0, 1]);
        assert_eq!(picks(&mut router, Some(0), 2), [1, 1]);
        assert_eq!(picks(&mut router, Some(1), 2), [2, 2]);
        assert_eq!(picks(&mut router, Some(2), 2), [0, 0]);
        // four cannot be shared by three zones, nor can two
        router.add(3, 2);
        assert_eq!(picks(&mut router, Some(2), 4), [0, 1, 2, 3]);
        router.remove(0);
        assert_eq!(picks(&mut router, Some(2), 2), [3, 3]);
        router.remove(1);
        assert_eq!(picks(&mut router, Some(2), 2), [2, 3]);
    }

    #[test]
    fn counts_of_requests_are_the_same_in_every_zone() {
        let mut router = Router::new(Balance::LeastOutstanding);
        router.set_routing(Routing::PreferSameZone, 2);
        (0..3).for_each(|replica| router.add(replica, u32::from(replica == 2)));
        // someone from outside keeps replica 0 busy: zone 0 goes to replica 1
        router.started(0);
        assert_eq!(picks(&mut router, Some(0), 1), [1]);
        router.finished(0);
        router.started(1);
        assert_eq!(picks(&mut router, Some(0), 1), [0]);
    }
}
