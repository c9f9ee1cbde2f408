//! Faults: hosts go down and come back, or are drained and take VMs again; registries are out of
//! reach for a while.

mod fault;

use super::World;
use super::nodes::shapes;
use crate::docker::RegistryId;
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Stream, Streams};
use crate::machine::HostId;
use crate::scenario::{Cluster, FaultKind, HostShape, Scenario};
use crate::workload::Sampler;
use crate::world::InputError;
use fault::{Cause, Fault, strikes};

/// A failure or repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultEvent {
    /// A host fails, by this fault.
    Down {
        /// Which fault.
        fault: u16,
        /// Which host.
        host: HostId,
    },
    /// A host that this fault took down is back.
    Up {
        /// Which fault.
        fault: u16,
        /// Which host.
        host: HostId,
    },
    /// The maintenance of a host begins, by this fault.
    Drain {
        /// Which fault.
        fault: u16,
        /// Which host.
        host: HostId,
    },
    /// A registry cannot be reached any more, by this fault.
    RegistryDown {
        /// Which fault.
        fault: u16,
    },
    /// The registry that this fault took away is back.
    RegistryUp {
        /// Which fault.
        fault: u16,
    },
    /// A host is slow, by this fault.
    Slow {
        /// Which fault.
        fault: u16,
        /// Which host.
        host: HostId,
    },
    /// A host that this fault made slow is so no more.
    Quick {
        /// Which fault.
        fault: u16,
        /// Which host.
        host: HostId,
    },
    /// The API server cannot be reached, or can be again.
    Api {
        /// Which fault.
        fault: u16,
        /// Whether the outage begins.
        begins: bool,
    },
    /// The maintenance of a host is over.
    Drained {
        /// Which host.
        host: HostId,
    },
}

/// All faults of a cluster.
pub(super) struct Faults {
    faults: Vec<Fault>,
    /// How long each host boots.
    boots: Vec<Sampler>,
    boot_draws: Stream,
    streams: Streams,
    /// Part of its speed that is left to each host.
    speed: Vec<f64>,
    /// How many faults hold the API server away.
    api: u32,
    /// How many faults hold each host down.
    down: Vec<u32>,
    /// How many faults hold each registry away.
    away: Vec<u32>,
    /// How many drains hold each host in maintenance.
    pub drained: Vec<u32>,
    /// Hosts that came back from a failure while they were drained, and so started no nodes.
    pub nodes_wait: Vec<bool>,
}

impl Faults {
    pub fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        streams: Streams,
    ) -> Result<Self, InputError> {
        let mine = |fault: &&crate::scenario::Fault| {
            fault.cluster.as_ref().is_none_or(|name| *name == cluster.name)
        };
        let faults = scenario.faults.iter().enumerate();
        let faults = faults.filter(|(_, fault)| mine(fault)).map(|(number, fault)| {
            // the list is of the largest cluster; this one may have fewer hosts
            let all = (0..cluster.host_count()).map(HostId);
            let (listed, zone) = (fault.hosts.clone(), fault.zone);
            let listed = if is_of_no_hosts(&fault.kind) { Some(Vec::new()) } else { listed };
            let struck = |host: &HostId| strikes(&listed, zone, *host, cluster.zone_of(host.0));
            let hosts = all.filter(struck).collect();
            let cause = match &fault.kind {
                FaultKind::Random { time_to_failure, time_to_repair } => Cause::Random {
                    failure: Sampler::new(time_to_failure)?,
                    repair: Sampler::new(time_to_repair)?,
                    draws: (0..cluster.host_count())
                        .map(|host| streams.numbered(&format!("fault/{number}"), host.into()))
                        .collect(),
                },
                FaultKind::Scheduled { at, duration } => {
                    let at = SimTime::ZERO.saturating_add(*at);
                    Cause::Scheduled { at, back: at.saturating_add(*duration) }
                }
                FaultKind::Drain { at, duration } => {
                    let at = SimTime::ZERO.saturating_add(*at);
                    Cause::Drain { at, end: duration.map(|length| at.saturating_add(length)) }
                }
                FaultKind::Slow { at, duration, speed } => {
                    let at = SimTime::ZERO.saturating_add(*at);
                    Cause::Slow { at, end: at.saturating_add(*duration), speed: speed.0 }
                }
                FaultKind::ApiOutage { at, duration } => {
                    let at = SimTime::ZERO.saturating_add(*at);
                    Cause::Api { at, end: at.saturating_add(*duration) }
                }
                FaultKind::RegistryOutage { registry, at, duration } => {
                    let at = SimTime::ZERO.saturating_add(*at);
                    let end = at.saturating_add(*duration);
                    Cause::Outage { registry: registry_id(scenario, registry), at, end }
                }
            };
            Ok(Fault { number, listed, zone, hosts, cause })
        });
        Ok(Self {
            faults: faults.collect::<Result<_, InputError>>()?,
            boots: shapes(scenario, cluster)
                .iter()
                .map(|shape| Sampler::new(&shape.boot))
                .collect::<Result<_, _>>()?,
            boot_draws: streams.named("faults/boot"),
            streams,
            speed: vec![1.0; cluster.host_count() as usize],
            api: 0,
            down: vec![0; cluster.host_count() as usize],
            away: vec![0; scenario.registries.len()],
            drained: vec![0; cluster.host_count() as usize],
            nodes_wait: vec![false; cluster.host_count() as usize],
        })
    }

    /// Part of its speed that is left to a host.
    pub fn speed_left(&self, host: HostId) -> f64 {
        self.speed[host.index()]
    }

    /// One reason more for a host to be down.
    pub fn hold(&mut self, host: HostId) {
        self.down[host.index()] += 1;
    }

    /// One reason fewer for a host to be down.
    pub fn release(&mut self, host: HostId) {
        self.down[host.index()] -= 1;
    }

    /// How many reasons there are for a host to be down.
    pub fn held(&self, host: HostId) -> u32 {
        self.down[host.index()]
    }

    /// Draws how long a host boots.
    pub fn boot(&self, host: HostId, draws: &mut Stream) -> SimDuration {
        self.boots[host.index()].sample(draws)
    }

    /// Schedules the first failure of each.
    pub fn start(&mut self, calendar: &mut Calendar<super::Event>) {
        for (index, fault) in self.faults.iter_mut().enumerate() {
            if let Cause::Outage { at, .. } = fault.cause {
                let event = FaultEvent::RegistryDown { fault: index as u16 };
                calendar.at(at, Phase::Release, event);
            }
            if let Cause::Api { at, end } = fault.cause {
                let fault = index as u16;
                calendar.at(at, Phase::Release, FaultEvent::Api { fault, begins: true });
                calendar.at(end, Phase::Release, FaultEvent::Api { fault, begins: false });
            }
            for host in fault.hosts.clone() {
                fault.strike_first(index as u16, host, calendar);
            }
        }
    }

    /// There is another host from now on, in this zone; what has begun before does not strike it.
    /// One that is a VM breaks with its host, and not by itself.
    pub fn add_host(
        &mut self,
        host: HostId,
        (zone, is_vm): (u32, bool),
        shape: &HostShape,
        calendar: &mut Calendar<super::Event>,
    ) {
        for (index, fault) in self.faults.iter_mut().enumerate() {
            if let Cause::Random { draws, .. } = &mut fault.cause {
                let name = format!("fault/{}", fault.number);
                draws.push(self.streams.numbered(&name, host.0.into()));
            }
            let strikes = !is_vm && strikes(&fault.listed, fault.zone, host, zone);
            if strikes && !fault.is_past(calendar.now()) {
                fault.hosts.push(host);
                fault.strike_first(index as u16, host, calendar);
            }
        }
        self.boots.push(Sampler::new(&shape.boot).expect("the law reads no file"));
        self.speed.push(1.0);
        self.down.push(0);
        self.drained.push(0);
        self.nodes_wait.push(false);
    }
}

/// Whether a fault is not one of hosts.
fn is_of_no_hosts(kind: &FaultKind) -> bool {
    matches!(kind, FaultKind::RegistryOutage { .. } | FaultKind::ApiOutage { .. })
}

fn registry_id(scenario: &Scenario, name: &str) -> RegistryId {
    let place = scenario.registries.iter().position(|registry| registry.name == name);
    RegistryId(place.expect("a loaded scenario names registries that exist") as u16)
}

impl World<'_> {
    /// Handles a failure or repair, or the begin or end of maintenance.
    pub(super) fn on_fault(&mut self, event: FaultEvent) {
        match event {
            FaultEvent::Down { fault, host } => self.fault_strikes(fault, host),
            FaultEvent::Up { fault, host } => self.fault_ends(fault, host),
            FaultEvent::Drain { fault, host } => {
                if let Cause::Drain { end: Some(end), .. } =
                    self.faults.faults[usize::from(fault)].cause
                {
                    self.calendar.at(end, Phase::Release, FaultEvent::Drained { host });
                }
                self.begin_drain(host);
            }
            FaultEvent::Drained { host } => self.end_drain(host),
            FaultEvent::Slow { fault, host } => self.host_slows(fault, host, true),
            FaultEvent::Quick { fault, host } => self.host_slows(fault, host, false),
            FaultEvent::Api { begins, .. } => self.api_held_away(begins),
            FaultEvent::RegistryDown { fault } => {
                if let Cause::Outage { registry, end, .. } =
                    self.faults.faults[usize::from(fault)].cause
                {
                    self.calendar.at(end, Phase::Release, FaultEvent::RegistryUp { fault });
                    self.registry_held_away(registry, true);
                }
            }
            FaultEvent::RegistryUp { fault } => {
                if let Cause::Outage { registry, .. } = self.faults.faults[usize::from(fault)].cause
                {
                    self.registry_held_away(registry, false);
                }
            }
        }
    }

    /// One outage more or less of a registry; it can be reached when there is none.
    fn registry_held_away(&mut self, registry: RegistryId, held: bool) {
        let faults = &mut self.faults.away[usize::from(registry.0)];
        let before = *faults;
        *faults = if held { before + 1 } else { before - 1 };
        if before == 0 || before == 1 && !held {
            self.registry_up(registry, !held);
        }
    }

    /// Faults multiply: a host at half its speed twice is at a quarter.
    fn host_slows(&mut self, fault: u16, host: HostId, slows: bool) {
        let Cause::Slow { speed, .. } = self.faults.faults[usize::from(fault)].cause else {
            return;
        };
        let left = &mut self.faults.speed[host.index()];
        *left = if slows { *left * speed } else { *left / speed };
        for host in [&[host], self.tenants.on(host)].concat() {
            for replica in self.replicas_of_host(host) {
                self.set_replica_effort(replica);
            }
        }
    }

    /// One outage more or less of the API server; it can be reached when there is none.
    fn api_held_away(&mut self, begins: bool) {
        let before = self.faults.api;
        self.faults.api = if begins { before + 1 } else { before - 1 };
        if self.kubernetes.is_some() && (before == 0 || self.faults.api == 0) {
            self.with_control(|control, around| control.pause(begins, around));
        }
    }

    fn fault_strikes(&mut self, fault: u16, host: HostId) {
        let boot = self.faults.boots[host.index()].sample(&mut self.faults.boot_draws);
        let now = self.now();
        let back = match &mut self.faults.faults[usize::from(fault)].cause {
            Cause::Random { repair, draws, .. } => {
                now.saturating_add(repair.sample(&mut draws[host.index()]))
            }
            Cause::Scheduled { back, .. } => *back,
            Cause::Drain { .. } | Cause::Outage { .. } | Cause::Slow { .. } | Cause::Api { .. } => {
                unreachable!("only failures take a host down")
            }
        };
        let up = FaultEvent::Up { fault, host };
        self.calendar.at(back.saturating_add(boot), Phase::Release, up);
        self.faults.down[host.index()] += 1;
        if self.faults.down[host.index()] == 1 {
            self.host_down(host);
        }
    }

    fn fault_ends(&mut self, fault: u16, host: HostId) {
        if let Cause::Random { failure, draws, .. } =
            &mut self.faults.faults[usize::from(fault)].cause
        {
            let delay = failure.sample(&mut draws[host.index()]);
            let down = FaultEvent::Down { fault, host };
            self.calendar.after(delay, Phase::Release, down);
        }
        self.faults.down[host.index()] -= 1;
        if self.faults.down[host.index()] == 0 {
            self.host_works(host);
        }
    }

    fn host_down(&mut self, host: HostId) {
        self.recorder.host_failed();
        self.host_breaks(host);
    }

    /// A machine stands still, and all that is on it is gone.
    pub(super) fn host_breaks(&mut self, host: HostId) {
        let now = self.now();
        // first of all, so that nothing is placed on what goes down next
        self.hosts[host.index()].set_up(now, false);
        self.capacity_changed();
        if self.carries_vms(host) {
            self.hypervisor.host_down(host, &mut self.calendar, &mut self.inbox.vms);
        }
        self.deliver();
        self.faults.nodes_wait[host.index()] = false;
        for node in self.nodes_on(host) {
            self.node_down(node);
        }
        self.instance_host(host, false);
    }

    /// A machine that stood still works again.
    pub(super) fn host_works(&mut self, host: HostId) {
        let now = self.now();
        self.hosts[host.index()].set_up(now, true);
        self.capacity_changed();
        if self.carries_vms(host) {
            self.hypervisor.host_up(host, &mut self.calendar);
            self.instances_come_back(host);
        }
        if self.is_drained(host) && self.cluster.vm.is_some() {
            self.faults.nodes_wait[host.index()] = true;
        } else {
            self.start_nodes_on(host);
        }
        self.instance_host(host, true);
        self.room_made();
        self.continue_drains();
    }

    /// Starts the nodes of a host, which are down.
    pub(super) fn start_nodes_on(&mut self, host: HostId) {
        for node in self.nodes_on(host) {
            if self.is_wanted(node) {
                self.start_node(node);
            }
        }
    }

    fn nodes_on(&self, host: HostId) -> Vec<usize> {
        let nodes = self.nodes.all.iter().enumerate();
        nodes.filter(|(_, node)| node.host == host).map(|(index, _)| index).collect()
    }
}
