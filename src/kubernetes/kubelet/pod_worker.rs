//! One pod on its node, from its first container to its end.
//!
//! A [`PodWorker`] is told what happened ([`running`](PodWorker::running),
//! [`exited`](PodWorker::exited), …) and says what to do ([`Action`]) and when to be called next
//! ([`next_deadline`](PodWorker::next_deadline)). What its pod shares with others, the template,
//! is an argument, so that a worker is small. It follows `pkg/kubelet` of Kubernetes v1.36:
//!
//! * `sandbox`: its network, which is there before any container is.
//! * `start`: which containers are started, and when again (`computePodActions`,
//!   `computeInitContainerActions`, `doBackOff` in `kuberuntime/`).
//! * `stop`: hook, stop signal, kill, and the order of sidecars (`killContainer` and
//!   `kuberuntime_termination_order.go`).
//! * `machine`: what becomes of it when its machine is lost, and comes back.
//! * `status`: phase and conditions (`getPhase` in `kubelet_pods.go`, `status/generate.go`).
//!
//! What the kubelet sees, it sees when it looks at its containers: callers that model that delay
//! call later ([`Relist`](super::heartbeat::Relist)). Not modelled: that a worker does nothing
//! else while it waits for a container to stop; the looks once a minute where nothing has
//! happened, which move the ticks of a readiness probe of a container that is not ready.

mod container;
mod machine;
mod sandbox;
mod start;
mod status;
mod stop;
#[cfg(test)]
mod tests;

use smallvec::SmallVec;

use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::objects::{Container, PodTemplate, ProbeKind};

use super::backoff::BackOffRule;
use super::probe::Verdict;
use container::{ContainerState, Stage, probe_of};
use sandbox::Sandbox;

/// What a node's kubelet is configured to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Waits between restarts of containers.
    pub crash_loop: BackOffRule,
    /// Waits between pulls of images.
    pub image_pull: BackOffRule,
    /// Whether pods that are not on the network of their host have to be connected to one
    /// ([`Action::Connect`]); otherwise they are, at once.
    pub has_network: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (crash_loop, image_pull) = (BackOffRule::CRASH_LOOP, BackOffRule::IMAGE_PULL);
        Self { crash_loop, image_pull, has_network: false }
    }
}

/// What every call of a worker is made with.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The template of its pod: the same at each call.
    pub template: &'a PodTemplate,
    /// The configuration of its node.
    pub settings: &'a Settings,
    /// The instant; never before that of the last call.
    pub now: SimTime,
    /// A draw from 0 to 1: by how much the queue of workers is late, see
    /// [`requeue`](super::backoff::requeue). Zero for never.
    pub jitter: f64,
}

/// What a worker asks for. Containers are meant by their place in [`PodTemplate::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Connect the pod to the network; then [`connected`](PodWorker::connected) or
    /// [`not_connected`](PodWorker::not_connected).
    Connect,
    /// Create and start the container, pull its image if need be; then
    /// [`running`](PodWorker::running) or [`refused`](PodWorker::refused).
    Start(usize),
    /// Stop what [`Start`](Self::Start) began; nothing more is to be told of it.
    Abandon(usize),
    /// Send the stop signal; at its end [`exited`](PodWorker::exited).
    Signal(usize),
    /// Kill it; then [`exited`](PodWorker::exited).
    Kill(usize),
    /// The pod's status is another.
    Status(PodStatus),
    /// No container runs nor will: the pod may be deleted, its place is free.
    Finished,
}

/// The phase of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodPhase {
    /// Not all of its containers have been started.
    #[default]
    Pending,
    /// They have, and at least one runs or is about to.
    Running,
    /// All ended well and stay so.
    Succeeded,
    /// All ended, at least one not well, or the node ended it.
    Failed,
}

/// What the kubelet writes of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// Its phase.
    pub phase: PodPhase,
    /// Condition `Initialized`.
    pub initialized: bool,
    /// Condition `ContainersReady`; without readiness gates `Ready` is the same.
    pub ready: bool,
    /// How often its containers have been started again, all together.
    pub restarts: u32,
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// With exit code 0.
    pub success: bool,
    /// Killed for want of memory.
    pub oom: bool,
}

impl Exit {
    /// With exit code 0.
    pub const SUCCESS: Self = Self { success: true, oom: false };
    /// With another exit code, or by a signal.
    pub const FAILURE: Self = Self { success: false, oom: false };
    /// Killed for want of memory.
    pub const OOM: Self = Self { success: false, oom: true };
}

/// Why a container could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its image could not be pulled: tried again after a growing wait.
    Pull,
    /// Its image is not there and must not be pulled: looked for again after 10 s, as what follows.
    NeverPull,
    /// It could not be created.
    Create,
    /// It was created and could not be run.
    Run,
}

impl Refusal {
    /// What the kubelet calls it (`pkg/kubelet/images/types.go`, `pkg/kubelet/kuberuntime`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Pull => "ErrImagePull",
            Self::NeverPull => "ErrImageNeverPull",
            Self::Create => "CreateContainerError",
            Self::Run => "RunContainerError",
        }
    }
}

/// Why a container does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingReason {
    /// It is being created, or its image pulled.
    ContainerCreating,
    /// Others have to come first.
    PodInitializing,
    /// It has ended and is not started again yet.
    CrashLoopBackOff,
    /// Its image could not be pulled.
    ImagePullBackOff,
    /// It could not be started for another reason.
    Refused(Refusal),
    /// It has ended and stays so.
    Terminated,
}

/// What the worker is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Keeping containers running.
    Working,
    /// Stopping all of them.
    Terminating,
    /// Nothing.
    Finished,
    /// Nothing: the machine is lost, the pod as it was last seen.
    Lost,
}

/// One pod on its node.
#[derive(Clone, Debug)]
pub struct PodWorker {
    /// When the kubelet took the pod on: ticks of probes and its deadline count from here.
    began: SimTime,
    /// Most pods have one, which then is not looked for elsewhere.
    containers: SmallVec<[ContainerState; 1]>,
    status: PodStatus,
    work: Work,
    sandbox: Sandbox,
    /// Whether the containers after the init containers have had their turn.
    initialized: bool,
    /// Whether it fails however its containers end: evicted, or beyond its deadline.
    doomed: bool,
}

impl PodWorker {
    /// A pod of `template` that the kubelet has not taken on yet.
    pub fn new(template: &PodTemplate) -> Self {
        Self {
            began: SimTime::ZERO,
            containers: template.all().map(|_| ContainerState::new()).collect(),
            status: PodStatus::default(),
            work: Work::Working,
            sandbox: Sandbox::default(),
            initialized: false,
            doomed: false,
        }
    }

    /// The kubelet takes the pod on.
    pub fn begin(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        self.began = call.now;
        self.sync(call, actions);
    }

    /// A container runs. Its app does not answer probes before
    /// [`answers`](Self::answers) says so.
    pub fn running(&mut self, call: Call<'_>, index: usize, actions: &mut Vec<Action>) {
        let began = self.began;
        let Some((state, container)) = self.at(call, index) else { return };
        if state.stage != Stage::Starting {
            return;
        }
        state.run(container, began, call.now);
        self.sync(call, actions);
    }

    /// A container has ended.
    pub fn exited(&mut self, call: Call<'_>, index: usize, exit: Exit, actions: &mut Vec<Action>) {
        let Some((state, _)) = self.at(call, index) else { return };
        if !state.alive() && state.stage != Stage::Starting {
            return;
        }
        let before = state.end(exit, call.now);
        if let Some(before) = before
            && self.work == Work::Working
        {
            self.replace(call, index, before, actions);
        }
        self.turns(call, actions);
        self.sync(call, actions);
    }

    /// A container could not be started.
    pub fn refused(
        &mut self,
        call: Call<'_>,
        index: usize,
        refusal: Refusal,
        actions: &mut Vec<Action>,
    ) {
        let Some((state, _)) = self.at(call, index) else { return };
        if state.stage != Stage::Starting {
            return;
        }
        state.refuse(call, refusal);
        self.sync(call, actions);
    }

    /// From now on the app in a container answers probes, or does not. A probe at this very instant
    /// sees it, unless [`timer`](Self::timer) was called at it already.
    pub fn answers(&mut self, call: Call<'_>, index: usize, answers: bool) {
        if let Some((state, container)) = self.at(call, index)
            && state.alive()
        {
            state.answer(container, answers, call.now);
        }
    }

    /// What [`next_deadline`](Self::next_deadline) named is due.
    pub fn timer(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        if matches!(self.work, Work::Finished | Work::Lost) {
            return;
        }
        let mut changed = self.sandbox.due().is_some_and(|due| due <= call.now);
        if self.deadline(call.template).is_some_and(|at| at <= call.now) {
            self.end(call, call.template.grace, true, actions);
        }
        for (index, container) in call.template.all().enumerate() {
            changed |= self.step(call, index, actions);
            changed |= self.probe(call, index, container, actions);
        }
        if changed {
            self.sync(call, actions);
        }
    }

    /// The pod is deleted: its containers are stopped within `grace`, at least 1 s. A second call
    /// can shorten it.
    pub fn terminate(&mut self, call: Call<'_>, grace: SimDuration, actions: &mut Vec<Action>) {
        self.end(call, grace, false, actions);
    }

    /// The node evicts the pod: as [`terminate`](Self::terminate), and it fails.
    pub fn evict(&mut self, call: Call<'_>, grace: SimDuration, actions: &mut Vec<Action>) {
        self.end(call, grace, true, actions);
    }

    /// When [`timer`](Self::timer) is to be called next, if nothing happens until then.
    pub fn next_deadline(&self, template: &PodTemplate) -> Option<SimTime> {
        if matches!(self.work, Work::Finished | Work::Lost) {
            return None;
        }
        // in one go, as this is asked after every change
        let own =
            self.containers.iter().zip(template.all()).fold(SimTime::MAX, |next, (state, of)| {
                next.min(state.due).min(state.next_verdict(of).unwrap_or(SimTime::MAX))
            });
        let retried = self.sandbox.due().filter(|_| self.work == Work::Working);
        let all = [Some(own), self.deadline(template), retried];
        all.into_iter().flatten().min().filter(|at| *at < SimTime::MAX)
    }

    /// The status as last written.
    pub fn status(&self) -> PodStatus {
        self.status
    }

    /// How often a container was started again.
    pub fn restarts(&self, index: usize) -> u32 {
        self.containers[index].restarts
    }

    /// How a container ended last, if it ever did.
    pub fn last_exit(&self, index: usize) -> Option<Exit> {
        self.containers[index].exit
    }

    /// Whether a container gets requests: it runs, has started, and its readiness probe says so.
    pub fn is_ready(&self, template: &PodTemplate, index: usize) -> bool {
        let container = template.all().nth(index);
        container.is_some_and(|container| self.containers[index].ready(container))
    }

    /// Whether all its containers have been stopped for good.
    pub fn is_finished(&self) -> bool {
        self.work == Work::Finished
    }

    /// Why a container does not run; none if it does.
    pub fn waiting(&self, index: usize) -> Option<WaitingReason> {
        let state = &self.containers[index];
        match state.stage {
            _ if self.sandbox != Sandbox::Made => Some(WaitingReason::ContainerCreating),
            Stage::Starting => Some(WaitingReason::ContainerCreating),
            Stage::Idle if state.due == SimTime::MAX && state.exit.is_some() => {
                Some(WaitingReason::Terminated)
            }
            Stage::Idle if state.due == SimTime::MAX => Some(WaitingReason::PodInitializing),
            Stage::Idle => Some(match state.refused {
                None => WaitingReason::CrashLoopBackOff,
                Some(Refusal::Pull) => WaitingReason::ImagePullBackOff,
                Some(other) => WaitingReason::Refused(other),
            }),
            _ => None,
        }
    }

    /// When a container that [waits](Self::waiting) for its back-off is started again.
    pub fn starts_again(&self, index: usize) -> SimTime {
        self.containers[index].due
    }

    /// Whether a container is being stopped because a probe failed.
    pub fn failed_probe(&self, index: usize) -> bool {
        self.containers[index].probe_killed
    }

    /// A container and its template, unless there is nothing more to do.
    fn at<'a>(
        &mut self,
        call: Call<'a>,
        index: usize,
    ) -> Option<(&mut ContainerState, &'a Container)> {
        if matches!(self.work, Work::Finished | Work::Lost) {
            return None;
        }
        Some((self.containers.get_mut(index)?, call.template.all().nth(index)?))
    }

    /// When the pod fails, however its containers are.
    fn deadline(&self, template: &PodTemplate) -> Option<SimTime> {
        let deadline = template.active_deadline.filter(|_| self.work == Work::Working)?;
        Some(self.began.saturating_add(deadline))
    }

    /// One turn of the pod's loop: after everything that changes its status.
    fn sync(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        if self.work == Work::Working && self.has_sandbox(call, actions) {
            self.start_wanted(call, actions);
        }
        if self.work == Work::Terminating && self.containers.iter().all(ContainerState::at_rest) {
            self.work = Work::Finished;
        }
        for (state, container) in self.containers.iter_mut().zip(call.template.all()) {
            state.trigger(container, call.now);
        }
        let status = self.observe(call.template);
        if status != self.status {
            self.status = status;
            actions.push(Action::Status(status));
        }
        if self.work == Work::Finished {
            actions.push(Action::Finished);
        }
    }

    /// Looks at the probes of a container. Whether a verdict changed.
    fn probe(
        &mut self,
        call: Call<'_>,
        index: usize,
        container: &Container,
        actions: &mut Vec<Action>,
    ) -> bool {
        let mut changed = false;
        for kind in [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness] {
            let Some(probe) = probe_of(container, kind) else { continue };
            let state = &mut self.containers[index];
            let Some(verdict) = state.advance(kind, probe, call.now) else { continue };
            changed = true;
            match (kind, verdict) {
                (ProbeKind::Startup, Verdict::Success) => {
                    state.start(container, self.began, call.now);
                }
                (ProbeKind::Startup | ProbeKind::Liveness, Verdict::Failure) => {
                    state.probe_killed = true;
                    let grace = probe.grace.unwrap_or(call.template.grace);
                    self.stop(call, index, grace, actions);
                }
                _ => {}
            }
        }
        changed
    }
}
