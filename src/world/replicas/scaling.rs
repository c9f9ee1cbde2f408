//! Replicas that come and go while the cluster runs.
//!
//! A replica more is one like those at the start. Which one goes is decided as by the ReplicaSet
//! controller (Kubernetes v1.36, `pkg/controller/controller_utils.go`, `ActivePodsWithRanks`):
//! rather one that is not placed, then one whose process has not started, then one that is not
//! ready, then one that shares its node (for VMs: its host) with more others, then the one that was
//! ready for less time, then the youngest. Not modelled: deletion costs, and that times of the
//! same order of magnitude count as equal and are told apart at random
//! (`LogarithmicScaleDown`).
//!
//! The one that goes gets no more requests. It has a grace period to answer those it holds; what
//! it still holds then is cut off, as when its machine dies.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Place, Replica, ReplicaEvent, Replicas, Standing};
use crate::docker::ExitCode;
use crate::engine::{Phase, SimDuration, SimTime};
use crate::hypervisor::VmId;
use crate::metrics::starts::Cause;
use crate::workload::{AppId, ReplicaId};
use crate::world::World;

impl Replica {
    fn new(app: AppId, asked: SimTime, process: u32) -> Self {
        Self {
            app,
            asked,
            place: Place::Nowhere,
            leaf: None,
            service: None,
            routed: false,
            answers: false,
            process,
            started: asked,
            memory_due: SimTime::MAX,
            allowed: (u32::MAX, u32::MAX),
            turned: asked,
            placed: None,
            standing: Standing::Wanted,
            number: 0,
            start: None,
            was_ready: false,
            has_run: false,
            slowdown: 1.0,
        }
    }

    /// A place was found.
    pub(in crate::world) fn placed_at(&mut self, now: SimTime) {
        (self.placed, self.turned) = (Some(now), now);
    }

    /// Where it is placed its container or VM has run, though its process may be starting anew.
    pub(super) fn runs(&self) -> bool {
        self.placed.is_some_and(|placed| self.has_run && placed <= self.started)
    }

    /// The lower, the rather it goes; see the [module documentation](self).
    fn keep(&self, neighbours: usize) -> impl Ord + use<> {
        let placed = self.placed.is_some();
        let (running, ready) = (self.runs(), self.service.is_some());
        let since = if ready { self.turned } else { SimTime::ZERO };
        (placed, running, ready, Reverse(neighbours), Reverse(since))
    }

    /// What is as a node to the rule: nodes count up from zero, hosts down from the top.
    fn node(&self) -> Option<u32> {
        match self.place {
            Place::Nowhere => None,
            Place::Node { node, .. } => Some(node),
            Place::Unit { node, .. } => node,
            Place::Vm { host, .. } => host.map(|host| u32::MAX - host.0),
        }
    }
}

impl Replicas {
    /// Replicas of an app that there are to be.
    pub fn wanted(&self, app: AppId) -> usize {
        self.wanted[app.0 as usize].len()
    }

    /// A replica is nowhere and wanted no more: its place is free.
    pub(in crate::world) fn forget(&mut self, replica: u32) {
        let it = &mut self.all[replica as usize];
        it.standing = Standing::Gone;
        it.process += 1;
        self.free.push(replica);
    }

    /// So many of an app's replicas, those that go first.
    fn dispensable(&self, app: AppId, count: usize) -> Vec<u32> {
        let wanted = &self.wanted[app.0 as usize];
        let mut on_node = BTreeMap::new();
        for node in wanted.iter().filter_map(|&replica| self.all[replica as usize].node()) {
            *on_node.entry(node).or_insert(0) += 1;
        }
        let neighbours = |it: &Replica| it.node().map_or(0, |node| on_node[&node]);
        // of equals the youngest, which is the last
        let mut order: Vec<u32> = wanted.iter().rev().copied().collect();
        order.sort_by_cached_key(|&replica| {
            let it = &self.all[replica as usize];
            it.keep(neighbours(it))
        });
        order.truncate(count);
        order
    }
}

impl World<'_> {
    /// Asks for one more replica of an app.
    pub(in crate::world) fn add_replica(&mut self, app: AppId, asked: SimTime) {
        let replica = self.new_replica(app, asked, Place::Nowhere);
        self.place_replica(replica);
    }

    /// One more replica of an app, whose place is someone's to find.
    pub(in crate::world) fn new_replica(
        &mut self,
        app: AppId,
        asked: SimTime,
        place: Place,
    ) -> u32 {
        let replica = match self.replicas.free.pop() {
            Some(replica) => {
                let it = &mut self.replicas.all[replica as usize];
                *it = Replica::new(app, asked, it.process);
                replica
            }
            None => {
                self.replicas.all.push(Replica::new(app, asked, 0));
                self.replicas.all.len() as u32 - 1
            }
        };
        self.replicas.wanted[app.0 as usize].push(replica);
        self.replicas.all[replica as usize].number = self.recorder.starts.number(app.0);
        self.replicas.all[replica as usize].place = place;
        self.begin_start(replica, Cause::Asked, asked);
        replica
    }

    /// A replica is on its way out, or gone: it is not wanted any more.
    pub(in crate::world) fn replica_leaves(&mut self, replica: u32) {
        let it = &mut self.replicas.all[replica as usize];
        if it.standing == Standing::Wanted {
            it.standing = Standing::Leaving;
            let app = it.app;
            self.start_withdrawn(replica);
            self.replicas.wanted[app.0 as usize].retain(|&other| other != replica);
        }
    }

    /// Has so many replicas of an app go.
    pub(in crate::world) fn remove_replicas(
        &mut self,
        app: AppId,
        count: usize,
        grace: SimDuration,
    ) {
        for replica in self.replicas.dispensable(app, count) {
            self.remove_replica(replica, grace);
        }
    }

    fn remove_replica(&mut self, replica: u32, grace: SimDuration) {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        it.standing = Standing::Leaving;
        let (app, process, place) = (it.app, it.process, it.place);
        let held = it.service.map_or(0, |server| self.services.drain(server, now));
        self.start_withdrawn(replica);
        self.replicas.wanted[app.0 as usize].retain(|&other| other != replica);
        match place {
            Place::Nowhere => {
                self.replicas.waiting.retain(|&other| other != replica);
                self.replicas.forget(replica);
            }
            Place::Node { container, .. } => {
                self.stop_container(container, grace);
                if held == 0 {
                    self.container_exits(container, ExitCode::SUCCESS);
                }
            }
            Place::Unit { .. } => unreachable!("the control plane removes these"),
            Place::Vm { vm, .. } if held == 0 => self.stop_vm(vm),
            Place::Vm { .. } => {
                self.after(grace, Phase::Release, ReplicaEvent::GraceOver { replica, process });
            }
        }
    }

    /// A replica that was told to go has answered its last request.
    pub(in crate::world) fn replica_drained(&mut self, server: ReplicaId) {
        let replica = self.replicas.of_server[server.0 as usize];
        let it = &self.replicas.all[replica as usize];
        if let Place::Unit { unit, .. } = it.place {
            return self.unit_drained(unit, server);
        }
        // it may have been killed in the same instant
        let still_here = it.service == Some(server) && it.standing == Standing::Leaving;
        if !still_here || !self.services.is_drained(server) {
            return;
        }
        match it.place {
            Place::Node { container, .. } => self.container_exits(container, ExitCode::SUCCESS),
            Place::Vm { vm, .. } => self.stop_vm(vm),
            Place::Unit { .. } | Place::Nowhere => {
                unreachable!("a replica that answers is somewhere")
            }
        }
    }

    /// The grace period of a replica in a VM is over; its requests fail with it.
    pub(super) fn grace_over(&mut self, replica: u32, process: u32) {
        let it = &self.replicas.all[replica as usize];
        if let (Place::Vm { vm, .. }, Standing::Leaving) = (it.place, it.standing)
            && it.process == process
        {
            self.stop_vm(vm);
        }
    }

    /// Stops a VM; its end is told.
    pub(super) fn stop_vm(&mut self, vm: VmId) {
        self.hypervisor.stop(vm, &mut self.calendar, &mut self.inbox.vms);
    }
}
