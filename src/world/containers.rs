//! What the container engines tell, and to whom it matters.

use super::{Owner, World};
use crate::docker::{ContainerEvent, ContainerId, ContainerNotice, ContainerSpec, EngineId};
use crate::engine::SimTime;
use crate::sharing::flows::FlowEvent;

impl World<'_> {
    /// Creates a container and tells it to start.
    pub(super) fn run_container(&mut self, engine: EngineId, spec: ContainerSpec) -> ContainerId {
        let container = self.engines.create(engine, spec, self.calendar.now());
        self.engines.start(
            container,
            &mut self.network,
            &mut self.calendar,
            &mut self.inbox.containers,
        );
        self.network.rearm(&mut self.calendar);
        container
    }

    /// Handles an event of the engines.
    pub(super) fn on_container(&mut self, event: ContainerEvent) {
        self.engines.on(
            event,
            &mut self.network,
            &mut self.calendar,
            &mut self.inbox.containers,
        );
        self.network.rearm(&mut self.calendar);
    }

    /// Transfers are complete: layers have been downloaded.
    pub(super) fn on_flow(&mut self, event: FlowEvent, now: SimTime) {
        let mut done = Vec::new();
        self.network.on(event, now, &mut done);
        for token in done {
            self.engines.layer_downloaded(
                token,
                &mut self.network,
                &mut self.calendar,
                &mut self.inbox.containers,
            );
        }
        self.network.rearm(&mut self.calendar);
    }

    /// Hands on what the engines tell.
    pub(super) fn on_container_notice(&mut self, notice: ContainerNotice) {
        match notice {
            ContainerNotice::Running { owner, .. } => match Owner::of(owner) {
                Owner::Replica(replica) => self.replica_container_running(replica),
                Owner::Job(job) => self.job_running(job),
                Owner::Node(_) | Owner::Fleet(_) => unreachable!("these are VMs"),
            },
            ContainerNotice::Ended { .. } | ContainerNotice::Restarting { .. } => {}
            ContainerNotice::Dead { .. } => {}
            ContainerNotice::Refused { .. } => {}
        }
    }
}
