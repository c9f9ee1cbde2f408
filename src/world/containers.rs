//! What the container engines tell, and to whom it matters.

use super::{Event, Owner, World};
use crate::docker::push::UPLOAD;
use crate::docker::{
    ClientKind, ContainerEvent, ContainerId, ContainerNotice, ContainerSpec, Context, EngineId,
    Engines, Exit, ExitCode, ImageId, Refusal, RegistryId,
};
use crate::engine::{Calendar, SimDuration, SimTime};
use crate::scenario::PullClient;
use crate::sharing::flows::FlowEvent;
use crate::units::Bytes;

impl World<'_> {
    /// Lets `act` work on the engines, and sees to what that changed in the network.
    fn with_engines<R>(
        &mut self,
        act: impl FnOnce(&mut Engines, &mut Context<'_, Calendar<Event>>) -> R,
    ) -> R {
        let mut context = Context {
            calendar: &mut self.calendar,
            network: &mut self.network,
            notices: &mut self.inbox.containers,
        };
        let result = act(&mut self.engines, &mut context);
        self.network_changed();
        result
    }

    /// Creates a container and tells it to start.
    pub(super) fn run_container(&mut self, engine: EngineId, spec: ContainerSpec) -> ContainerId {
        self.with_engines(|engines, context| {
            let container = engines.create(engine, spec, context);
            engines.start(container, context);
            container
        })
    }

    /// Tells a container to stop within some time; a process that runs has to end by itself.
    pub(super) fn stop_container(&mut self, container: ContainerId, within: SimDuration) {
        self.with_engines(|engines, context| engines.stop(container, Some(within), context));
    }

    /// The process of a container has ended by itself.
    pub(super) fn container_exits(&mut self, container: ContainerId, code: ExitCode) {
        self.with_engines(|engines, context| engines.exit(container, code, context));
    }

    /// The kernel kills a container for the memory of its node.
    pub(super) fn kill_container(&mut self, container: ContainerId) {
        self.with_engines(|engines, context| engines.oom_kill(container, context));
    }

    /// Tells the kernel how much memory a container uses; returns whether it kills it for that.
    pub(super) fn container_uses(&mut self, container: ContainerId, memory: Bytes) -> bool {
        self.with_engines(|engines, context| engines.memory_in_use(container, memory, context))
    }

    /// The machine of an engine has died.
    pub(super) fn engine_died(&mut self, engine: EngineId) {
        self.with_engines(|engines, context| engines.kill_all(engine, context));
    }

    /// A registry cannot be reached any more, or can be again.
    pub(super) fn registry_up(&mut self, registry: RegistryId, up: bool) {
        self.with_engines(|engines, context| engines.registry_up(registry, up, context));
        if !up {
            self.cut_uploads(registry);
        }
    }

    /// Handles an event of the engines.
    pub(super) fn on_container(&mut self, event: ContainerEvent) {
        self.with_engines(|engines, context| engines.on(event, context));
    }

    /// Transfers are complete: layers have been downloaded or unpacked.
    pub(super) fn on_flow(&mut self, event: FlowEvent, now: SimTime) {
        let mut done = Vec::new();
        self.network.on(event, now, &mut done);
        let is_upload = |token: &u32| token & UPLOAD != 0;
        let uploads: Vec<u32> = done.iter().copied().filter(is_upload).collect();
        self.with_engines(|engines, context| {
            for token in done.into_iter().filter(|token| !is_upload(token)) {
                engines.flow_completed(token, context);
            }
        });
        for token in uploads {
            self.uploaded(token);
        }
    }

    /// Hands on what the engines tell.
    pub(super) fn on_container_notice(&mut self, notice: ContainerNotice) {
        let container = notice.container();
        let spec = self.engines.spec(container).expect("a container is removed after its end");
        let (image, owner) = (spec.image, Owner::of(spec.owner));
        let ended = !matches!(
            notice,
            ContainerNotice::Running { .. }
                | ContainerNotice::PullsAgain { .. }
                | ContainerNotice::Restarting { .. }
        );
        if let Owner::Replica(replica) = owner {
            self.ask_engine(replica);
        }
        if ended {
            self.engines.remove(container, self.now());
        }
        if let ContainerNotice::Refused { reason, .. } = notice {
            let sentence = self.refused_because(image, reason);
            let told = self.client_tells(reason, image);
            if let Owner::Replica(replica) = owner {
                self.start_fails(replica, told.as_ref().unwrap_or(&sentence));
            }
            self.recorder.warn(sentence);
        }
        match owner {
            Owner::Replica(replica) => self.on_replica_container(replica, container, notice),
            Owner::Job(job) => self.on_job_container(job, notice),
            Owner::Unit(number) if self.ecs.is_some() => self.on_task_container(number, notice),
            Owner::Unit(number) => self.on_pod_container(number, notice),
            Owner::Node(_) | Owner::Fleet(_) | Owner::Instance(_) => unreachable!("these are VMs"),
        }
    }

    /// What a user sees where a pull has failed for good: `docker run`, the events of a pod, the
    /// `stoppedReason` of a task.
    fn client_tells(&self, reason: Refusal, image: ImageId) -> Option<String> {
        if let Some(denied) = self.denied(image, reason) {
            return Some(denied.to_owned());
        }
        let Refusal::PullFailed(error) = reason else { return None };
        let client = self.cluster.client();
        let kind = match client {
            PullClient::Kubelet => ClientKind::Containerd,
            PullClient::Docker | PullClient::EcsAgent => ClientKind::Dockerd,
        };
        let name = &self.engines.catalog().image(image).name;
        let registries = self.engines.registries();
        let told = registries.told(registries.home(image), error, kind, name);
        Some(match client {
            PullClient::Docker => format!("Error response from daemon: {told}"),
            PullClient::Kubelet => format!("ErrImagePull: Failed to pull image \"{name}\": {told}"),
            PullClient::EcsAgent => {
                format!("CannotPullContainerError: Error response from daemon: {told}")
            }
        })
    }

    fn on_replica_container(
        &mut self,
        replica: u32,
        container: ContainerId,
        notice: ContainerNotice,
    ) {
        match notice {
            ContainerNotice::Running { .. } => self.replica_container_running(replica),
            // it waits, as it did
            ContainerNotice::PullsAgain { .. } => {}
            ContainerNotice::Restarting { exit, at, .. } => {
                self.start_again(replica, at, &ended(exit));
                self.process_gone(replica);
                let start = self.container_start(replica);
                self.engines.set_start(container, start);
            }
            ContainerNotice::Dead { .. } => self.replica_lost(replica),
            ContainerNotice::Ended { exit, .. } => {
                self.start_fails(replica, &ended(exit));
                self.replica_ended_for_good(replica);
            }
            ContainerNotice::Refused { .. } => self.replica_ended_for_good(replica),
        }
    }

    fn on_job_container(&mut self, job: u32, notice: ContainerNotice) {
        match notice {
            ContainerNotice::Running { .. } => self.job_running(job),
            ContainerNotice::PullsAgain { .. } => {}
            ContainerNotice::Ended { exit, .. } => {
                self.job_ended(job, exit.code == ExitCode::SUCCESS);
            }
            ContainerNotice::Dead { .. } | ContainerNotice::Refused { .. } => {
                self.job_ended(job, false);
            }
            ContainerNotice::Restarting { .. } => unreachable!("jobs are not restarted"),
        }
    }
}

/// How a container ended, for those who wonder why its start failed.
fn ended(exit: Exit) -> String {
    if exit.oom_killed() {
        return "its process was killed for its memory".into();
    }
    format!("its process ended with status {}", exit.code.0)
}
