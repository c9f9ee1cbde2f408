//! Replicas as an autoscaler sees them: pods with a phase and a condition, and counters.

use super::{Place, Replicas, Standing};
use crate::engine::SimTime;
use crate::kubernetes::autoscale::hpa::{Metric, Milli};
use crate::kubernetes::autoscale::hpa::{Phase, Pod, Ready, ReadyStatus};
use crate::kubernetes::objects::TemplateId;
use crate::units::{Bytes, Millicores};
use crate::workload::AppId;
use crate::world::World;
use crate::world::autoscaler::{Measured, Total};
use crate::world::units::Unit;

impl Replicas {
    /// Those of an app that there are to be, the oldest first.
    pub fn wanted_of(&self, app: AppId) -> &[u32] {
        &self.wanted[app.0 as usize]
    }

    /// The number of a replica's process.
    pub fn process_of(&self, replica: u32) -> u32 {
        self.all[replica as usize].process
    }

    /// When a replica was asked for, and the number of its process.
    pub fn since(&self, replica: u32) -> (SimTime, u32) {
        let it = &self.all[replica as usize];
        (it.asked, it.process)
    }

    /// A replica as a pod. It starts when it is placed; it is pending until its container or VM
    /// first runs, and ready while it takes requests.
    fn as_pod(&self, replica: u32) -> Pod {
        let it = &self.all[replica as usize];
        let phase = match it.standing {
            // it does not come back, as one that has failed
            Standing::Ended => Phase::Failed,
            _ if it.runs() => Phase::Running,
            _ => Phase::Pending,
        };
        let status = match it.service.is_some() {
            true => ReadyStatus::True,
            false => ReadyStatus::False,
        };
        let ready = it.placed.map(|_| Ready { status, since: it.turned });
        Pod { phase, start: it.placed, ready, deleting: false }
    }
}

impl World<'_> {
    /// A replica as the autoscaler sees it. A pod is what it is.
    pub(in crate::world) fn replica_as_pod(&self, replica: u32) -> Pod {
        let seen = self.replicas.as_pod(replica);
        let place = self.replicas.all[replica as usize].place;
        match place {
            Place::Unit { unit: Unit::Pod(pod), .. } => self.pod_as_seen(pod, seen),
            _ => seen,
        }
    }

    /// The version of the workload that a replica's pod is of, if it is in one.
    pub(in crate::world) fn version_of(&self, replica: u32) -> Option<TemplateId> {
        match self.replicas.all[replica as usize].place {
            Place::Unit { unit: Unit::Pod(pod), .. } => self.pod_template(pod),
            _ => None,
        }
    }

    /// What a replica requests of what a metric measures.
    pub(in crate::world) fn request_of(&self, replica: u32, metric: &Metric) -> Option<Milli> {
        let it = &self.replicas.all[replica as usize];
        if let Place::Unit { unit: Unit::Pod(pod), .. } = it.place {
            return self.pod_request(pod, metric);
        }
        let app = &self.scenario.apps[it.app.0 as usize];
        match metric {
            Metric::Resource { resource, .. } if resource == "cpu" => {
                Some(Milli(app.cpu.request.0 as i64))
            }
            _ => None,
        }
    }

    /// What the container of a replica requests.
    pub(in crate::world) fn requests_of(&self, replica: u32) -> (Millicores, Bytes) {
        let it = &self.replicas.all[replica as usize];
        let of_unit = match it.place {
            Place::Unit { unit: Unit::Pod(pod), .. } => self.requests_of_pod(pod),
            Place::Unit { unit: Unit::Task(task), .. } => self.requests_of_task(task),
            _ => None,
        };
        if let Some(requests) = of_unit {
            return requests;
        }
        let app = &self.scenario.apps[it.app.0 as usize];
        (app.cpu.request, app.memory.request)
    }

    /// How many containers share what is requested for a replica.
    pub(in crate::world) fn containers_of(&self, replica: u32) -> u64 {
        match self.replicas.all[replica as usize].place {
            Place::Unit { unit: Unit::Pod(pod), .. } => self.containers_of_pod(pod).unwrap_or(1),
            _ => 1,
        }
    }

    /// What a replica's process has had of something since its start; `None` without one.
    pub(in crate::world) fn replica_total(&mut self, replica: u32, of: Measured) -> Option<Total> {
        let now: SimTime = self.now();
        let it = &self.replicas.all[replica as usize];
        let (host, leaf) = it.leaf?;
        let amount = match of {
            Measured::Cpu => {
                (self.hosts[host.index()].cpu.usage(now, leaf).served * 1e9).round() as u64
            }
            Measured::Memory => self.memory_in_use(replica).0,
            Measured::Requests => {
                let received = it.service.map_or(0, |server| self.services.received(server));
                received * 1_000_000_000
            }
        };
        Some(Total { process: it.process, started: it.started, amount })
    }
}
