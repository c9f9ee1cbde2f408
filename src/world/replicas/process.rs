//! The processes of replicas: on the CPU of a host, starting, answering, gone.

use super::{Place, ReplicaEvent};
use crate::engine::{Phase, SimDuration, SimTime};
use crate::machine::HostId;
use crate::sharing::{GroupId, LeafId, Quota, Share};
use crate::units::Millicores;
use crate::workload::{AppId, Site};
use crate::world::World;

impl World<'_> {
    pub(in crate::world) fn start_process(
        &mut self,
        replica: u32,
        host: HostId,
        group: GroupId,
        share: Share,
        limit: Option<Millicores>,
    ) -> LeafId {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        let app = &self.scenario.apps[it.app.0 as usize];
        let quota = limit.map(|limit| Quota::new(limit.cores(), app.cpu.period, now));
        let per_job = f64::from(app.parallelism);
        let cpu = &mut self.hosts[host.index()].cpu;
        let leaf = cpu.add_leaf(now, group, share, per_job, quota);
        self.recorder.host_used(host);
        it.leaf = Some((host, leaf));
        (it.started, it.has_run, it.answers) = (now, true, false);
        (it.allowed, it.memory_due) = ((u32::MAX, u32::MAX), SimTime::MAX);
        self.replicas.unsettled.mark(replica as usize);
        self.memory_begins(replica, true);
        self.expect_ready(replica);
        leaf
    }

    /// The process of a replica will answer after its start-up time.
    fn expect_ready(&mut self, replica: u32) {
        let it = &mut self.replicas.all[replica as usize];
        it.process += 1;
        let laws = &mut self.replicas.laws[it.app.0 as usize];
        let delay = laws.start.sample(&mut laws.starts);
        let process = it.process;
        if delay == SimDuration::ZERO {
            self.replica_ready(replica, process);
        } else {
            self.after(delay, Phase::Arrive, ReplicaEvent::Ready { replica, process });
        }
    }

    /// Handles an event of a replica.
    pub(in crate::world) fn on_replica(&mut self, event: ReplicaEvent) {
        match event {
            ReplicaEvent::Ready { replica, process } => self.replica_ready(replica, process),
            ReplicaEvent::GraceOver { replica, process } => self.grace_over(replica, process),
        }
    }

    fn replica_ready(&mut self, replica: u32, process: u32) {
        let it = &mut self.replicas.all[replica as usize];
        if it.leaf.is_none() || it.process != process {
            return;
        }
        it.answers = true;
        match it.place {
            Place::Unit { unit, .. } => self.unit_answers(replica, unit),
            _ => self.replica_serves(replica),
        }
    }

    /// Where a replica answers requests, while it has a process.
    pub(in crate::world) fn site_of(&mut self, replica: u32) -> Option<Site> {
        let it = &self.replicas.all[replica as usize];
        let (app, (host, leaf)) = (it.app, it.leaf?);
        let device = self.device_of(replica, app, host);
        Some(Site {
            host,
            leaf,
            effort: self.replica_effort(replica, host),
            latency: self.latency(),
            device,
        })
    }

    /// A replica gets requests from now on, which are refused until its process answers.
    pub(in crate::world) fn replica_serves(&mut self, replica: u32) {
        let Some(site) = self.site_of(replica) else { return };
        let (app, now) = (self.replicas.all[replica as usize].app, self.now());
        let server = self.services.replica_up(app, site, now);
        let it = &mut self.replicas.all[replica as usize];
        it.service = Some(server);
        it.turned = now;
        self.services.set_number(server, it.number);
        if it.answers {
            self.replica_answers(replica);
        } else {
            let (services, mut around) = self.split();
            services.shut(server, &mut around);
        }
        let of_server = &mut self.replicas.of_server;
        if of_server.len() <= server.0 as usize {
            of_server.resize(server.0 as usize + 1, u32::MAX);
        }
        of_server[server.0 as usize] = replica;
        self.memory_begins(replica, false);
    }

    /// A replica that gets requests answers them from now on.
    pub(in crate::world) fn replica_answers(&mut self, replica: u32) {
        let now = self.now();
        let it = &mut self.replicas.all[replica as usize];
        if !std::mem::replace(&mut it.was_ready, true) {
            self.recorder.first_ready(it.app, now.since(it.asked));
        }
        self.start_is_over(replica);
    }

    /// A replica's process is gone: out of service, off the CPU.
    pub(in crate::world) fn process_gone(&mut self, replica: u32) {
        let now = self.now();
        self.read_last(replica);
        let it = &mut self.replicas.all[replica as usize];
        it.process += 1;
        let (app, leaf, routed) = (it.app, it.leaf.take(), it.routed);
        let service = if routed { it.service } else { it.service.take() };
        if let Some((host, leaf)) = leaf {
            let mut cut_off = std::mem::take(&mut self.done);
            let usage = self.hosts[host.index()].cpu.remove_leaf(now, leaf, &mut cut_off);
            cut_off.clear();
            self.done = cut_off;
            self.hosts[host.index()].arm(&mut self.calendar);
            self.recorder.process_ended(app, usage);
        }
        if let Some(service) = service {
            self.replicas.all[replica as usize].turned = now;
            let (services, mut around) = self.split();
            if routed {
                services.process_died(service, &mut around);
            } else {
                services.replica_down(service, &mut around);
            }
        }
    }

    /// CPU use of all processes that still run, by app.
    pub(in crate::world) fn running_usage(&mut self) -> Vec<(AppId, crate::sharing::Usage)> {
        let now = self.now();
        let leaves: Vec<_> = self
            .replicas
            .all
            .iter()
            .filter_map(|replica| Some((replica.app, replica.leaf?)))
            .collect();
        let usage = |(app, (host, leaf)): (AppId, (HostId, LeafId))| {
            (app, self.hosts[host.index()].cpu.usage(now, leaf))
        };
        leaves.into_iter().map(usage).collect()
    }
}
