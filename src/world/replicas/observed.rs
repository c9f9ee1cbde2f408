//! Replicas as an autoscaler sees them: pods with a phase and a condition, and counters.

use super::{Replicas, Standing};
use crate::engine::SimTime;
use crate::kubernetes::autoscale::hpa::{Phase, Pod, Ready, ReadyStatus};
use crate::scenario::AutoscaleMetric;
use crate::workload::AppId;
use crate::world::World;
use crate::world::autoscaler::Total;

impl Replicas {
    /// Those of an app that there are to be, the oldest first.
    pub fn wanted_of(&self, app: AppId) -> &[u32] {
        &self.wanted[app.0 as usize]
    }

    /// The number of a replica's process.
    pub fn process_of(&self, replica: u32) -> u32 {
        self.all[replica as usize].process
    }

    /// A replica as a pod. It starts when it is placed; it is pending until its container or VM
    /// first runs, and ready while it takes requests.
    pub fn as_pod(&self, replica: u32) -> Pod {
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
    /// What a replica's process has had of something since its start; `None` without one.
    pub(in crate::world) fn replica_total(
        &mut self,
        replica: u32,
        of: AutoscaleMetric,
    ) -> Option<Total> {
        let now: SimTime = self.now();
        let it = &self.replicas.all[replica as usize];
        let (host, leaf) = it.leaf?;
        let billionths = match of {
            AutoscaleMetric::Cpu => {
                (self.hosts[host.index()].cpu.usage(now, leaf).served * 1e9).round() as u64
            }
            AutoscaleMetric::Requests => {
                let received = it.service.map_or(0, |server| self.services.received(server));
                received * 1_000_000_000
            }
        };
        Some(Total { process: it.process, started: it.started, billionths })
    }
}
