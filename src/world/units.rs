//! Replicas in pods and tasks: what is the same for all that a control plane places and starts.
//!
//! The control plane says where a unit is, when the container of an app runs in it, when requests
//! come to it and when it is to stop; here the replica that is in it has its process on the CPU of
//! a host, and a server that answers. On the stop signal it takes no new requests, answers those it
//! holds, and ends: what a well-behaved server does. Requests that still come, before all who send
//! them know that it goes, are refused.

use super::World;
use super::replicas::Place;
use crate::aws::ecs::control::TaskId;
use crate::docker::{ContainerId, ExitCode};
use crate::kubernetes::objects::PodId;
use crate::metrics::starts::Phase as StartPhase;
use crate::sharing::Share;
use crate::units::{Bytes, Millicores};
use crate::workload::{AppId, ReplicaId};

/// What a control plane has a replica be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A pod of Kubernetes.
    Pod(PodId),
    /// A task of Amazon ECS.
    Task(TaskId),
}

impl World<'_> {
    /// Replicas of an app at the start, by the files of the cluster where these say so. A DaemonSet
    /// has as many as there are nodes for it.
    pub(super) fn replicas_at_start(&self, app: AppId) -> u32 {
        let by_files = match (self.binding(app), self.service_binding(app)) {
            (Some(binding), _) => Some(binding.replicas),
            (None, Some(binding)) => Some(binding.replicas()),
            (None, None) => None,
        };
        match by_files {
            Some(replicas) => replicas.unwrap_or(self.replicas.wanted(app) as u32),
            None => self.scenario.apps[app.0 as usize].replicas,
        }
    }

    /// The image of an app's containers at the start.
    pub(super) fn image_of(&self, app: AppId) -> &str {
        match (self.binding(app), self.service_binding(app)) {
            (Some(binding), _) => &binding.image,
            (None, Some(binding)) => &binding.definition.containers[binding.container].image,
            (None, None) => &self.scenario.apps[app.0 as usize].image,
        }
    }

    /// Memory that an idle replica of an app uses, by the files of the cluster.
    pub(super) fn idle_by_files(&self, app: AppId) -> Option<Bytes> {
        let pod = self.binding(app).map(|binding| binding.idle);
        pod.or_else(|| self.service_binding(app).map(|binding| binding.idle))
    }

    /// The container of the app in a unit, while there is one.
    pub(super) fn container_of_unit(&self, unit: Unit) -> Option<ContainerId> {
        match unit {
            Unit::Pod(pod) => self.container_of_pod(pod),
            Unit::Task(task) => self.container_of_task(task),
        }
    }

    /// The replica whose process is in the container of a unit with this number.
    pub(super) fn replica_in_unit(&self, number: u32) -> Option<u32> {
        match self.ecs.is_some() {
            true => self.replica_in_task(number),
            false => self.replica_in_pod(number),
        }
    }

    /// The unit that a replica is in got a machine.
    pub(super) fn unit_placed(&mut self, replica: u32, unit: Unit, machine: u32) {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        it.place = Place::Unit { unit, node: Some(machine) };
        it.placed_at(now);
        self.start_placed(replica, self.node_place(machine));
    }

    /// The container of a replica runs: its process starts. Its part of a machine's CPU is weighed
    /// by what it requests.
    pub(super) fn unit_runs(
        &mut self,
        replica: u32,
        container: ContainerId,
        request: Millicores,
        limit: Option<Millicores>,
    ) {
        self.engine_tells_of(replica, container);
        self.start_passes(replica, StartPhase::Container);
        let Place::Unit { node: Some(node), .. } = self.replicas.all[replica as usize].place else {
            return;
        };
        let node = &self.nodes.all[node as usize];
        let (host, group) = (node.host, node.group.expect("a node that runs containers is up"));
        // as the kubelet and the ECS agent set the weight of a container: 2 at the least
        let share = Share::weighted(request.0.max(2) as f64);
        self.start_process(replica, host, group, share, limit);
    }

    /// The process of a replica answers from now on.
    pub(super) fn unit_answers(&mut self, replica: u32, unit: Unit) {
        if let Some(server) = self.replicas.all[replica as usize].service
            && let Some(site) = self.site_of(replica)
        {
            // requests come to it as they came to the process before, or as they came too early
            let (services, mut around) = self.split();
            services.reopen(server, site, &mut around);
            self.memory_begins(replica, false);
            self.replica_answers(replica);
        }
        match unit {
            Unit::Pod(pod) => self.tell_that_pod_answers(pod),
            Unit::Task(task) => self.tell_that_task_answers(task),
        }
    }

    /// Requests come to a replica from now on.
    pub(super) fn unit_routed(&mut self, replica: u32) {
        self.replicas.all[replica as usize].routed = true;
        let now = self.now();
        match self.replicas.all[replica as usize].service {
            Some(server) => self.services.route(server, now),
            None => self.replica_serves(replica),
        }
    }

    /// No new requests come to a replica by the routers of nodes; its load balancer goes on.
    pub(super) fn unit_leaves_router(&mut self, replica: u32) {
        let now = self.now();
        if let Some(server) = self.replicas.all[replica as usize].service {
            self.services.unroute(server, now);
        }
    }

    /// No new requests come to a replica from now on.
    pub(super) fn unit_unrouted(&mut self, replica: u32) {
        self.replicas.all[replica as usize].routed = false;
        let Some(server) = self.replicas.all[replica as usize].service else {
            return self.forget_if_gone(replica);
        };
        let now = self.now();
        if self.replicas.all[replica as usize].leaf.is_some() {
            // it answers what it holds
            self.services.unroute(server, now);
        } else {
            self.replicas.all[replica as usize].service = None;
            let (services, mut around) = self.split();
            services.replica_down(server, &mut around);
        }
        self.forget_if_gone(replica);
    }

    /// A container was told to stop, in which there may be a replica.
    pub(super) fn unit_stops(&mut self, container: ContainerId, replica: Option<u32>) {
        let server = replica.and_then(|replica| self.replicas.all[replica as usize].service);
        let held = server.map_or(0, |server| {
            let (services, mut around) = self.split();
            services.shut(server, &mut around)
        });
        if let Some(replica) = replica {
            self.replica_leaves(replica);
        }
        if held == 0 {
            self.container_exits(container, ExitCode::SUCCESS);
        }
    }

    /// A replica that was told to stop has answered all it held.
    pub(super) fn unit_drained(&mut self, unit: Unit, server: ReplicaId) {
        let id = self.container_of_unit(unit);
        if let Some(id) = id.filter(|_| self.services.is_drained(server)) {
            self.container_exits(id, ExitCode::SUCCESS);
        }
    }

    /// The process of a replica is gone with its container.
    pub(super) fn unit_ended(&mut self, replica: u32) {
        self.start_fails(replica, "its container ended");
        self.process_gone(replica);
    }

    /// The unit that a replica was in is gone.
    pub(super) fn unit_gone(&mut self, replica: u32) {
        self.replica_leaves(replica);
        self.process_gone(replica);
        self.forget_volume(replica);
        self.replicas.all[replica as usize].place = Place::Nowhere;
        self.forget_if_gone(replica);
    }

    /// A replica whose unit is gone, and to which no requests come, is forgotten.
    fn forget_if_gone(&mut self, replica: u32) {
        let it = &self.replicas.all[replica as usize];
        if it.place == Place::Nowhere && it.service.is_none() && !it.routed {
            self.replicas.forget(replica);
        }
    }
}
