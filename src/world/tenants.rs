//! Tenants: instances of EC2 as VMs on hosts of the cluster.
//!
//! An instance is a machine of its own here, with cores, a network card and credits that nobody
//! shares. On hosts of the cluster its vCPUs are hardware threads of its host, and as on the Nitro
//! hypervisor two of them are one core where the host has two threads a core. So it does what it
//! would do alone for as long as no more vCPUs are promised than there are.
//!
//! Where more are (`overcommit`, burstable types), they have to share. The host's share tree has a
//! leaf for each tenant, which wants what the tenant's busy vCPUs would do and its credits allow,
//! in hardware threads that are all busy: a vCPU whose core is its own does more than one of
//! these. What the leaf gets of that bounds the tenant's own tree ([`ShareTree::set_limit`]): the
//! rest is steal. A vCPU waits only where more are busy than the host has threads. The host is
//! told at the end of every instant in which another number of vCPUs would be busy
//! ([`Host::watch`](crate::machine::Host::watch)); how many would be does not depend on what they
//! get, so that both are exact.
//!
//! All that comes to a tenant over the network comes through the card of its host and its own. What
//! breaks its host breaks it.

use std::collections::BTreeMap;

use super::World;
use crate::machine::{HostId, cores_a_thread};
use crate::sharing::{LeafId, Share, ShareTree};
use crate::workload::Work;

/// Threads that are nothing but rounding.
const ROUNDING: f64 = 1e-9;

/// A machine on a host of the cluster.
#[derive(Clone, Copy, Debug)]
struct Tenant {
    /// The host that it is on.
    on: HostId,
    /// Its part of that one's CPU.
    leaf: LeafId,
    /// vCPUs that would be busy.
    busy: f64,
    /// Those of them that its credits allow for.
    ready: f64,
    /// Threads of its host that all of the busy ones are worth if nothing holds them up.
    full: f64,
    /// Threads that it wants of its host: what the ready ones are worth.
    wanted: f64,
    /// vCPUs that its host has for it; infinity where that is all it wants.
    allowed: f64,
    /// Whether its host has failed, and it has not come up again.
    is_broken: bool,
}

/// All tenants of a cluster.
#[derive(Debug)]
pub(super) struct Tenants {
    /// By the host that the machine itself is.
    all: BTreeMap<HostId, Tenant>,
    /// The machines on each host.
    on: Vec<Vec<HostId>>,
}

impl Tenants {
    /// Nobody yet, on so many hosts.
    pub fn new(hosts: usize) -> Self {
        Self { all: BTreeMap::new(), on: vec![Vec::new(); hosts] }
    }

    /// Whether a machine is on a host of the cluster.
    pub fn has(&self, host: HostId) -> bool {
        self.all.contains_key(&host)
    }

    /// The hardware that a host is: itself, or what it is a VM on.
    pub fn hardware(&self, host: HostId) -> HostId {
        self.all.get(&host).map_or(host, |tenant| tenant.on)
    }

    /// vCPUs that a machine may have busy for all that its host has for it.
    pub fn allowed(&self, host: HostId) -> f64 {
        self.all.get(&host).map_or(f64::INFINITY, |tenant| tenant.allowed)
    }

    /// The machines on a host.
    pub fn on(&self, host: HostId) -> &[HostId] {
        self.on.get(host.index()).map_or(&[], Vec::as_slice)
    }
}

impl World<'_> {
    /// A machine is a VM on a host from now on; on one that has failed it does not come up.
    pub(super) fn move_in(&mut self, machine: usize, on: HostId, share: Share, is_broken: bool) {
        let now = self.now();
        let (host, engine) = (self.nodes.all[machine].host, self.nodes.all[machine].engine);
        let leaf =
            self.hosts[on.index()].cpu.add_leaf(now, ShareTree::<Work>::ROOT, share, 1.0, None);
        let (busy, ready, full, wanted, allowed) = (0.0, 0.0, 0.0, 0.0, f64::INFINITY);
        let tenant = Tenant { on, leaf, busy, ready, full, wanted, allowed, is_broken };
        let before = self.tenants.all.insert(host, tenant);
        assert!(before.is_none(), "a machine is on one host");
        self.tenants.on[on.index()].push(host);
        let routes = &mut self.nodes.lines.routes;
        let card = routes[host.index()].last().copied();
        routes[host.index()] = routes[on.index()].iter().copied().chain(card).collect();
        self.engines.set_route(engine, routes[host.index()].clone());
        if is_broken {
            self.faults.hold(host);
        }
        self.hosts[host.index()].watch(true);
        self.demand_changed(host);
    }

    /// A machine is off, and on no host any more.
    pub(super) fn move_out(&mut self, machine: usize) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        let Some(tenant) = self.tenants.all.remove(&host) else { return };
        self.tenants.on[tenant.on.index()].retain(|other| *other != host);
        let cpu = &mut self.hosts[tenant.on.index()].cpu;
        cpu.remove_leaf(now, tenant.leaf, &mut Vec::new());
        if tenant.is_broken {
            self.faults.release(host);
        }
        let it = &mut self.hosts[host.index()];
        it.watch(false);
        it.cpu.set_limit(now, f64::INFINITY);
        it.arm(&mut self.calendar);
        self.host_shared(tenant.on);
    }

    /// A tenant would have so many vCPUs busy, of which its credits allow for `allowed`: its host
    /// is told. Returns whether what others get there may be another than before.
    pub(super) fn tell_hardware(&mut self, host: HostId, busy: f64, allowed: f64) -> bool {
        let now = self.now();
        let tenant = self.tenants.all.get_mut(&host).expect("it is a tenant");
        let shape = &self.shapes[tenant.on.index()];
        let cores = self.hosts[host.index()].cpu.capacity().at(busy);
        let full = cores / cores_a_thread(shape);
        (tenant.busy, tenant.ready, tenant.full) = (busy, busy.min(allowed), full);
        tenant.wanted = if busy > allowed { full * (allowed / busy) } else { full };
        let cpu = &mut self.hosts[tenant.on.index()].cpu;
        let before = cpu.is_contended();
        cpu.set_background(now, tenant.leaf, tenant.wanted);
        before || cpu.is_contended()
    }

    /// What tenants of a host get may be another than before.
    pub(super) fn host_shared(&mut self, on: HostId) {
        if self.tenants.on(on).is_empty() {
            return;
        }
        let tenants = self.tenants.on(on).iter().map(|host| &self.tenants.all[host]);
        let more_than_one: f64 = tenants.map(|tenant| tenant.wanted - tenant.ready).sum();
        let now = self.now();
        self.hosts[on.index()].cpu.set_unqueued(now, more_than_one);
        for place in 0..self.tenants.on(on).len() {
            let host = self.tenants.on(on)[place];
            let tenant = self.tenants.all.get_mut(&host).expect("it is a tenant");
            let threads = self.hosts[on.index()].cpu.rate(tenant.leaf);
            let is_short = threads < tenant.wanted - ROUNDING;
            tenant.allowed =
                if is_short { tenant.busy * (threads / tenant.full) } else { f64::INFINITY };
            self.limit_cpu(host);
        }
    }

    /// The host under a machine has failed.
    pub(super) fn tenant_breaks(&mut self, machine: usize) {
        let host = self.nodes.all[machine].host;
        let Some(tenant) = self.tenants.all.get_mut(&host) else { return };
        if std::mem::replace(&mut tenant.is_broken, true) {
            return;
        }
        self.faults.hold(host);
        if self.faults.held(host) == 1 {
            self.host_breaks(host);
        }
    }

    /// A machine has come up again on the host that had failed.
    pub(super) fn tenant_works(&mut self, machine: usize) {
        let host = self.nodes.all[machine].host;
        let Some(tenant) = self.tenants.all.get_mut(&host) else { return };
        if !std::mem::replace(&mut tenant.is_broken, false) {
            return;
        }
        self.faults.release(host);
        if self.faults.held(host) == 0 {
            self.host_works(host);
        }
    }
}
