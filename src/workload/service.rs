//! Services: the apps of a scenario at work. Requests come in, go to a replica, wait for a worker,
//! use the CPU, call other apps, and come back; clients give up, try again and are counted.
//!
//! The life of an attempt:
//!
//! ```text
//! arrive ─ send ─┬─ refused ──────────────────────────────────────────┐
//!                └─ backlog ─ begin ─ wait ─ store ─ compute ─ calls ─┴─ answered / failed / late
//! ```
//!
//! Demand, off-CPU time and the number of operations are drawn when a request arrives, in the order
//! of arrivals, and kept over its attempts: two platforms that see the same arrivals see the same
//! demands.

mod ahead;
mod audit;
mod balanced;
mod endings;
mod flow;
mod made;
mod meters;
mod nodes;
mod outside;
mod sources;
mod stored;
mod unanswered;

use std::collections::BTreeMap;

use super::arrivals::Source;
use super::balance::Router;
use super::deadlines::Deadlines;
use super::law::Sampler;
use super::load_balancer::{BalancerId, LoadBalancer, Targets};
use super::outside::OutsideCalls;
use super::request::{AttemptId, Attempts};
use super::server::Server;
use super::storage::{DeviceId, Storage, StorageEvent};
use super::zones::Zones;
use super::{Site, TraceError};
use crate::aws::elb::target_group::Change;
use crate::engine::{Schedule, SimDuration, SimTime, Stream, Streams};
use crate::kubernetes::controllers::endpoint_hints::Capacity;
use crate::machine::{HostEvent, HostId, Hosts};
use crate::scenario::{App, Cluster, Routing, Scenario};
use crate::sharing::LeafId;
use crate::sharing::line::Served;
pub use meters::AppMeters;
pub use stored::Disks;
use stored::ServiceIo;

/// An app of the scenario, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(pub u32);

/// A replica that has been ready at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId(pub u32);

/// What a job on a host's CPU belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The attempt in this slot.
    Request(u32),
    /// A process of the container with this number.
    Process(u32),
}

/// What is to happen to an app's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceEvent {
    /// The next request comes from outside.
    Arrival(AppId),
    /// The earliest deadline of an app's attempts has come.
    Deadline(AppId),
    /// A client tries again.
    Retry(AttemptId),
    /// An attempt's time off the CPU is over.
    Waited(AttemptId),
    /// Something is to happen at a disk or volume.
    Storage(StorageEvent),
    /// The last of an attempt's operations has come back.
    Stored(AttemptId),
    /// The answer to a call has come over the network.
    Answered(AttemptId),
    /// An attempt's calls out of the cluster are over.
    Called(AttemptId),
    /// The client of an attempt that did not come through gives up.
    Unheard(AttemptId),
    /// Something is due for a load balancer, if this is the latest of its events.
    Balancer(BalancerId, u32),
}

/// What a service tells the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceNotice {
    /// A replica holds more requests than it is [allowed](Services::allow): its memory is to be
    /// looked at.
    AllowanceExceeded(ReplicaId),
    /// A replica that was told to drain holds no more requests.
    Drained(ReplicaId),
    /// The load balancer of a replica's app thinks otherwise of it than before.
    TargetHealth {
        /// The replica.
        replica: ReplicaId,
        /// Whether it is healthy; otherwise it is unhealthy.
        healthy: bool,
    },
    /// A replica is no longer a target of its app's load balancer: the deregistration delay is
    /// over.
    TargetDrained(ReplicaId),
}

/// What the services need of the world: the hosts, the calendar, and a way to tell.
pub struct Surroundings<'a, S> {
    /// All hosts of the cluster.
    pub hosts: &'a mut Hosts<Work>,
    /// Where events go.
    pub schedule: &'a mut S,
    /// What the platform is to hear.
    pub notices: &'a mut Vec<ServiceNotice>,
}

/// One app.
struct Service {
    app: App,
    source: Option<Source>,
    router: Router,
    /// The load balancer and the target group that are there instead of the router, if they are.
    balanced: Option<(BalancerId, u32)>,
    /// What the targets of that are.
    targets: Targets,
    /// Routers to the replicas of each node, where nodes hand on to their own only.
    own: BTreeMap<HostId, Router>,
    picks: Stream,
    /// In which zones requests from outside come in, where that is in some.
    entries: Option<Stream>,
    demand: Sampler,
    demands: Stream,
    /// `None` for the usual case of no time off the CPU.
    wait: Option<Sampler>,
    waits: Stream,
    /// `None` for the usual case of neither reading nor writing.
    io: Option<ServiceIo>,
    /// `None` for the usual case of no calls out of the cluster.
    outside: Option<OutsideCalls>,
    calls: Vec<Vec<AppId>>,
    /// Clients that do not come through, where there are some.
    blocked: Option<outside::Blocked>,
    deadlines: Option<Deadlines<AttemptId>>,
    /// What has happened when one has come.
    impatient: unanswered::Failure,
    /// Whether an event is pending for the earliest deadline.
    deadline_armed: bool,
    /// Whether more requests come from outside.
    comes: bool,
    /// Servers of its replicas, by the numbers of these, where requests name one. What is in a
    /// server may have changed since: it knows its number.
    numbered: Vec<ReplicaId>,
    meters: AppMeters,
}

/// All apps of a cluster.
pub struct Services {
    services: Vec<Service>,
    servers: Vec<Server>,
    free_servers: Vec<ReplicaId>,
    attempts: Attempts,
    due: Vec<AttemptId>,
    zones: Zones,
    storage: Storage<AttemptId>,
    served: Vec<Served<AttemptId>>,
    balancers: Vec<LoadBalancer>,
    changes: Vec<(u32, Change)>,
}

impl Services {
    /// The apps of a scenario on a cluster, with no replica ready.
    ///
    /// # Errors
    /// When a file of arrivals or demands cannot be used.
    pub fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        streams: Streams,
    ) -> Result<Self, TraceError> {
        let zones = Zones::of(cluster);
        let service = |app| Service::new(app, scenario, cluster, streams);
        let services = scenario.apps.iter().map(service);
        Ok(Self {
            services: services.collect::<Result<_, _>>()?,
            servers: Vec::new(),
            free_servers: Vec::new(),
            attempts: Attempts::default(),
            due: Vec::new(),
            zones,
            storage: Storage::new(scenario.apps.len() + 1),
            served: Vec::new(),
            balancers: Vec::new(),
            changes: Vec::new(),
        })
    }

    /// Handles an event.
    pub fn on<S>(&mut self, event: ServiceEvent, around: &mut Surroundings<'_, S>)
    where
        S: Schedule<ServiceEvent> + Schedule<HostEvent>,
    {
        match event {
            ServiceEvent::Arrival(app) => self.arrival(app, around),
            ServiceEvent::Deadline(app) => self.deadline(app, around),
            ServiceEvent::Retry(id) => self.send(id, around),
            ServiceEvent::Answered(caller) => self.call_answered(caller, around),
            ServiceEvent::Called(id) => self.called(id, around),
            ServiceEvent::Unheard(id) => self.unheard(id, around),
            ServiceEvent::Balancer(id, generation) => self.on_balancer(id, generation, around),
            ServiceEvent::Waited(id) => {
                if self.is_worked_on(id) {
                    self.store(id, around);
                }
            }
            ServiceEvent::Storage(event) => self.on_storage(event, around),
            ServiceEvent::Stored(id) => {
                if self.is_worked_on(id) {
                    self.compute(id, around);
                }
            }
        }
    }

    /// A replica of `app` is ready for requests. Where the app is behind a load balancer, it gets
    /// some when it is [registered](Self::register_target) there.
    pub fn replica_up(&mut self, app: AppId, site: Site, now: SimTime) -> ReplicaId {
        let service = &mut self.services[app.0 as usize];
        let server = Server::new(app, &service.app, site);
        let id = match self.free_servers.pop() {
            Some(id) => {
                self.servers[id.0 as usize] = server;
                id
            }
            None => {
                self.servers.push(server);
                ReplicaId(self.servers.len() as u32 - 1)
            }
        };
        self.route(id, now);
        id
    }

    /// A replica gets no more requests; those it holds are answered. Returns how many these are:
    /// where there are any, the last of them makes a [`ServiceNotice::Drained`].
    pub fn drain(&mut self, id: ReplicaId, now: SimTime) -> u32 {
        let server = &mut self.servers[id.0 as usize];
        server.drain();
        let held = server.held();
        self.unroute(id, now);
        held
    }

    /// A replica gets requests again, or as before: whether it takes them is another matter.
    pub fn route(&mut self, id: ReplicaId, now: SimTime) {
        let zone = self.zones.zone(self.servers[id.0 as usize].site.host);
        self.rerouted(id, now, |router| router.add(id.0, zone));
    }

    /// A replica gets more requests only where no other is ready.
    pub fn leave(&mut self, id: ReplicaId, now: SimTime) {
        self.rerouted(id, now, |router| router.leave(id.0));
    }

    /// A replica gets no more requests; those it holds go on, and others it would take.
    pub fn unroute(&mut self, id: ReplicaId, now: SimTime) {
        self.rerouted(id, now, |router| router.remove(id.0));
    }

    /// Targets of load balancers come and go by registration only.
    fn rerouted(&mut self, id: ReplicaId, now: SimTime, change: impl Fn(&mut Router)) {
        let server = &self.servers[id.0 as usize];
        let service = &mut self.services[server.app.0 as usize];
        if !service.routes() {
            return;
        }
        change(&mut service.router);
        if let Some(own) = service.own_router(server.site.host) {
            change(own);
        }
        service.meters.replicas(now, service.router.ready(), service.app.quorum);
    }

    /// Attempts that a replica has taken since it was ready.
    pub fn received(&self, id: ReplicaId) -> u64 {
        self.servers[id.0 as usize].received()
    }

    /// Whether a replica was told to drain and holds nothing any more.
    pub fn is_drained(&self, id: ReplicaId) -> bool {
        self.servers[id.0 as usize].is_drained()
    }

    /// A replica's work takes longer or less long from now on; what it has begun does not change.
    pub fn set_effort(&mut self, id: ReplicaId, effort: f64) {
        self.servers[id.0 as usize].site.effort = effort;
    }

    /// A replica goes on in another leaf, maybe of another host, with all that it holds; what it
    /// reads and writes from now on it does there.
    pub fn move_to(
        &mut self,
        id: ReplicaId,
        host: HostId,
        leaf: LeafId,
        device: Option<(DeviceId, SimDuration)>,
    ) {
        let site = &mut self.servers[id.0 as usize].site;
        (site.host, site.leaf, site.device) = (host, leaf, device);
        let app = self.servers[id.0 as usize].app;
        self.services[app.0 as usize].router.moved(id.0, self.zones.zone(host));
    }

    /// Has the requests of an app keep to zones, or not. Before it has replicas.
    pub fn set_routing(&mut self, app: AppId, routing: Routing) {
        self.services[app.0 as usize].router.set_routing(routing, self.zones.count);
    }

    /// The CPU of ready nodes in each zone is another from now on.
    pub fn set_capacity(&mut self, capacity: &Capacity) {
        self.services.iter_mut().for_each(|service| service.router.set_capacity(capacity));
    }

    /// Whether any app's routing depends on the CPU of nodes.
    pub fn minds_capacity(&self) -> bool {
        self.services.iter().any(|service| service.router.minds_capacity())
    }

    /// There is another host from now on, in this zone.
    pub fn add_host(&mut self, zone: u32) {
        self.zones.add_host(zone);
    }

    /// The zone that a host is in.
    pub fn zone_of_host(&self, host: HostId) -> u32 {
        self.zones.zone(host)
    }

    /// Whether there are several zones, so that requests can cross from one to another.
    pub fn has_zones(&self) -> bool {
        self.zones.count > 1
    }

    /// How many requests a replica may hold before its memory is looked at; without limit from when
    /// it is ready, or ready again.
    pub fn allow(&mut self, id: ReplicaId, requests: u32) {
        self.servers[id.0 as usize].allowance = requests;
    }

    /// Requests that a replica holds.
    pub fn held(&self, id: ReplicaId) -> u32 {
        self.servers[id.0 as usize].held()
    }

    /// The meters of an app.
    pub fn meters(&self, app: AppId) -> &AppMeters {
        &self.services[app.0 as usize].meters
    }

    /// The meters of an app, to be read and set back.
    pub fn meters_mut(&mut self, app: AppId) -> &mut AppMeters {
        &mut self.services[app.0 as usize].meters
    }

    /// Replicas of an app that are ready; behind a load balancer that all requests come through,
    /// those that it finds healthy.
    pub fn ready(&self, app: AppId) -> usize {
        let service = &self.services[app.0 as usize];
        match (service.balanced, service.targets) {
            (Some((balancer, group)), Targets::Replicas) => {
                self.balancers[balancer.0 as usize].healthy(group)
            }
            _ => service.router.ready(),
        }
    }

    /// Attempts in flight, those that nobody waits for any more included.
    pub fn attempts_in_flight(&self) -> usize {
        self.attempts.len()
    }

    /// Why an arrival process ended early, if one did.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        self.services.iter_mut().find_map(|service| service.source.as_mut()?.take_failure())
    }
}
