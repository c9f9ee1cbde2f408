//! An app behind a load balancer, without a platform: replicas come and go as a test says.

use std::path::Path;

use crate::aws::elb::Settings;
use crate::engine::{Calendar, SimDuration, SimTime, Streams};
use crate::machine::{Host, HostEvent, HostId, Hosts};
use crate::metrics::summary::{Account, RequestAccount, Undelivered};
use crate::scenario;
use crate::sharing::LeafId;
use crate::workload::load_balancer::{BalancerId, GroupSpec, Kind, LoadBalancer, Spec, Targets};
use crate::workload::{
    AppId, ReplicaId, ServiceEvent, ServiceNotice, Services, Site, Surroundings, Work,
};

#[derive(Clone, Copy)]
pub enum Event {
    Service(ServiceEvent),
    Host,
}

impl From<ServiceEvent> for Event {
    fn from(event: ServiceEvent) -> Self {
        Self::Service(event)
    }
}

impl From<HostEvent> for Event {
    fn from(_: HostEvent) -> Self {
        Self::Host
    }
}

pub struct Rig {
    pub services: Services,
    hosts: Hosts<Work>,
    zones: u32,
    calendar: Calendar<Event>,
    /// What the services have told, and when.
    pub told: Vec<(SimTime, ServiceNotice)>,
}

pub const APP: AppId = AppId(0);

pub fn secs(secs: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(secs)
}

/// An Application Load Balancer with these attributes, with one node in zone 0.
pub fn alb(settings: Settings) -> Spec {
    spec(Kind::application(), settings)
}

pub fn spec(kind: Kind, settings: Settings) -> Spec {
    let group = GroupSpec {
        name: "web".to_owned(),
        app: Some(APP),
        settings,
        targets: Targets::default(),
        rule: None,
        clients: None,
    };
    Spec { name: "front".to_owned(), kind, zones: vec![0], groups: vec![group] }
}

/// `count` instants, a second from one to the next, the first after `from` seconds.
pub fn every_second(from: f64, count: u32) -> String {
    let at = (0..count).map(|n| format!("'{}ms'", (from * 1000.0) as u64 + u64::from(n) * 1000));
    format!("traffic = {{ arrivals = {{ at = [{}] }} }}", at.collect::<Vec<_>>().join(", "))
}

impl Rig {
    /// An app with these keys, and two hosts in one zone.
    pub fn new(app: &str, spec: &Spec) -> Self {
        Self::in_zones(1, app, spec)
    }

    /// An app with these keys, and two hosts in so many zones.
    pub fn in_zones(zones: u32, app: &str, spec: &Spec) -> Self {
        let text = format!(
            "[simulation]\nname = 'rig'\nduration = '1h'\n[[host]]\nname = 'host'\ncores = 1\n\
             memory = '8GiB'\n[[image]]\nname = 'image'\nlayers = []\n\
             [[app]]\nname = 'web'\nimage = 'image'\ncpu = {{ request = '1' }}\n\
             memory = {{ request = '1Gi' }}\n{app}\n\
             [[cluster]]\nname = 'rig'\nkind = 'docker'\nhosts = {{ shape = 'host', count = 2 }}\n\
             zones = {{ count = {zones}, uplink = '10Gbps', latency = '1ms' }}\n"
        );
        let loaded = scenario::parse(&text, "rig", Path::new(""));
        let scenario = loaded.unwrap_or_else(|wrong| panic!("{wrong}")).scenario;
        let streams = Streams::new(1);
        let mut services = Services::new(&scenario, &scenario.clusters[0], streams)
            .unwrap_or_else(|wrong| panic!("{wrong}"));
        services.add_balancer(spec, SimTime::ZERO).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let mut calendar = Calendar::new();
        services.start(&mut calendar);
        let hosts = (0..2).map(|id| Host::new(HostId(id), &scenario.hosts[0])).collect();
        Self { services, hosts, zones, calendar, told: Vec::new() }
    }

    /// Calls a method of the services, and hears what they tell.
    pub fn with<R>(
        &mut self,
        call: impl FnOnce(&mut Services, &mut Surroundings<'_, Calendar<Event>>) -> R,
    ) -> R {
        let mut notices = Vec::new();
        let mut around = Surroundings {
            hosts: &mut self.hosts,
            schedule: &mut self.calendar,
            notices: &mut notices,
        };
        let result = call(&mut self.services, &mut around);
        let now = self.calendar.now();
        self.told.extend(notices.into_iter().map(|notice| (now, notice)));
        result
    }

    pub fn play(&mut self, until: f64) {
        while let Some((_, event)) = self.calendar.pop_until(secs(until)) {
            if let Event::Service(event) = event {
                self.with(|services, around| services.on(event, around));
                self.services.audit();
            }
        }
        assert!(self.account().balances());
    }

    /// A replica on a host, registered, whose process answers.
    pub fn replica(&mut self, host: u32) -> ReplicaId {
        let id = self.starting(host);
        self.answers(id, host);
        id
    }

    /// One that is registered before its process answers.
    pub fn starting(&mut self, host: u32) -> ReplicaId {
        let (site, now) = (self.site(host), self.calendar.now());
        let zone = host % self.zones;
        let id = self.services.replica_up(APP, site, now);
        self.with(|services, around| {
            services.shut(id, around);
            services.register_target(id, zone, around);
        });
        id
    }

    pub fn answers(&mut self, id: ReplicaId, host: u32) {
        let site = self.site(host);
        self.with(|services, around| services.reopen(id, site, around));
    }

    pub fn shut(&mut self, id: ReplicaId) {
        self.with(|services, around| services.shut(id, around));
    }

    pub fn deregister(&mut self, id: ReplicaId) {
        self.with(|services, around| services.deregister_target(id, around));
    }

    /// The process of a replica is gone.
    pub fn dies(&mut self, id: ReplicaId) {
        self.with(|services, around| services.process_died(id, around));
    }

    pub fn down(&mut self, id: ReplicaId) {
        self.with(|services, around| services.replica_down(id, around));
    }

    /// A machine is lost, and with it the processes of these replicas.
    pub fn lose(&mut self, host: u32, replicas: &[ReplicaId]) {
        let now = self.calendar.now();
        self.hosts[host as usize].set_up(now, false);
        replicas.iter().for_each(|id| self.dies(*id));
    }

    fn site(&self, host: u32) -> Site {
        let latency = SimDuration::ZERO;
        Site { host: HostId(host), leaf: LeafId(0), effort: 1.0, latency, device: None }
    }

    pub fn account(&self) -> RequestAccount {
        self.services.meters(APP).account
    }

    /// Answered, refused, timed out and cut off.
    pub fn ends(&self) -> [u64; 4] {
        let it = self.account();
        [it.succeeded, it.refused, it.timed_out, it.failed]
    }

    /// Why those without an answer have none.
    pub fn undelivered(&self) -> Undelivered {
        self.services.meters(APP).undelivered
    }

    pub fn balancer(&self) -> &LoadBalancer {
        &self.services.balancers()[BalancerId(0).0 as usize]
    }

    /// The instants in seconds at which a replica was told of as healthy or not.
    pub fn health_of(&self, id: ReplicaId) -> Vec<(f64, bool)> {
        let told = self.told.iter().filter_map(|(at, notice)| match notice {
            ServiceNotice::TargetHealth { replica, healthy } if *replica == id => {
                Some((at.as_secs_f64(), *healthy))
            }
            _ => None,
        });
        told.collect()
    }

    /// When a replica had been drained.
    pub fn drained(&self, id: ReplicaId) -> Vec<f64> {
        let drained =
            |(_, notice): &&(SimTime, ServiceNotice)| *notice == ServiceNotice::TargetDrained(id);
        self.told.iter().filter(drained).map(|(at, _)| at.as_secs_f64()).collect()
    }
}
