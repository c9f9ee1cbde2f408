//! The kubelets of all nodes: what is done with the pods that a node was given.
//!
//! A [`PodWorker`] decides for each pod; here it is told what the container engine of its node
//! tells, and what it asks for is done on that engine.

use smallvec::SmallVec;

use super::log::{self, Entry};
use super::named::OF_SYSTEM;
use super::{Around, ContainerEvent, ControlEvent, ControlPlane, Notice};
use crate::docker::{ContainerId, ContainerNotice, ContainerSpec, EngineId, ExitCode};
use crate::engine::{Phase as Moment, Schedule, SimDuration, SimTime, Slab, fetch};
use crate::kubernetes::kubelet::{Action, Call, Exit, PodPhase, PodStatus, PodWorker, Settings};
use crate::kubernetes::objects::{ImagePull, Phase, PodId};
use crate::scenario::{PullPolicy, RestartPolicy};

/// A pod on its node.
#[derive(Debug)]
struct Seat {
    worker: PodWorker,
    engine: EngineId,
    /// What the engine calls its containers, while there are any.
    containers: SmallVec<[Option<ContainerId>; 1]>,
    /// When it is called next, at the latest.
    armed: SimTime,
}

/// A container that the engine tells of.
#[derive(Clone, Copy, Debug)]
struct Slot {
    pod: PodId,
    container: u32,
    /// Nobody wants to hear of it any more.
    abandoned: bool,
}

/// The kubelets of all nodes.
#[derive(Debug, Default)]
pub(super) struct Kubelets {
    /// Of each pod that has a node, by its number.
    seats: Vec<Option<Box<Seat>>>,
    /// What the owner tokens of containers stand for.
    slots: Slab<Slot>,
    /// Memory that is used again: what a worker asks for.
    actions: Vec<Action>,
    pub settings: Settings,
}

impl Kubelets {
    /// What is done with a pod on its node, while it is on one.
    pub fn worker(&self, pod: PodId) -> Option<&PodWorker> {
        Some(&self.seats.get(pod.index())?.as_ref()?.worker)
    }

    fn seat(&mut self, pod: PodId) -> Option<&mut Seat> {
        self.seats.get_mut(pod.index())?.as_deref_mut()
    }
}

impl ControlPlane {
    /// A node gets a pod.
    pub(super) fn kubelet_takes<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.objects.pod(pod);
        let Some(node) = known.node.and_then(|node| self.objects.node(node)) else { return };
        let template = &self.objects.template(known.template).pod;
        let seat = Seat {
            worker: PodWorker::new(template),
            engine: node.engine,
            containers: template.all().map(|_| None).collect(),
            armed: SimTime::MAX,
        };
        let (up, id) = (node.up, known.node);
        if let Some(id) = id.filter(|&id| up && !self.node_admits(id, pod)) {
            return self.reject(pod, id, around);
        }
        if id.is_some_and(|id| up && self.is_for_another_system(id, pod)) {
            return self.not_admitted(pod, OF_SYSTEM, around);
        }
        let seats = &mut self.kubelets.seats;
        if seats.len() <= pod.index() {
            seats.resize_with(pod.index() + 1, || None);
        }
        seats[pod.index()] = Some(Box::new(seat));
        self.use_volumes(pod, around);
        if up && !self.waits_for_volumes(pod, around) {
            self.work(pod, around, |worker, call, actions| worker.begin(call, actions));
        }
    }

    /// A worker's time has come.
    pub(super) fn kubelet_wakes<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if let Some(seat) = self.kubelets.seat(pod) {
            seat.armed = SimTime::MAX;
            self.work(pod, around, |worker, call, actions| worker.timer(call, actions));
        }
    }

    /// A pod is deleted.
    pub(super) fn kubelet_stops<S>(
        &mut self,
        pod: PodId,
        grace: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let node = self.objects.pod(pod).node.and_then(|node| self.objects.node(node));
        if node.is_some_and(|node| node.up) {
            self.work(pod, around, |worker, call, actions| worker.terminate(call, grace, actions));
        }
    }

    /// A node's kubelet evicts a pod, which fails when it has ended, within this grace.
    pub(super) fn evict_pod<S>(
        &mut self,
        pod: PodId,
        grace: SimDuration,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.work(pod, around, |worker, call, actions| worker.evict(call, grace, actions));
    }

    /// A node whose machine failed works again: its pods are started anew, those that were
    /// deleted meanwhile are gone.
    pub(super) fn kubelet_is_back<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.objects.pod(pod);
        if known.deleted.is_some() {
            self.remove_pod(pod, around);
        } else if !known.is_over() {
            self.kubelet_takes(pod, around);
        }
    }

    /// The machine of a node is lost: its kubelet does nothing more.
    pub(super) fn kubelet_is_lost(&mut self, pod: PodId) {
        if let Some(seat) = self.kubelets.seat(pod) {
            seat.worker.machine_lost();
        }
        self.unmounts_with_machine(pod);
    }

    /// A pod is gone, or all that there was of it on its node.
    pub(super) fn kubelet_forgets<S>(&mut self, pod: PodId, around: &mut Around<'_, S>) {
        let seat = self.kubelets.seats.get_mut(pod.index()).and_then(Option::take);
        if seat.is_some() && self.kubelets.settings.has_network {
            around.notices.push(Notice::Disconnected { uid: self.objects.pod(pod).uid });
        }
        if seat.is_some_and(|seat| seat.containers.iter().any(Option::is_some)) {
            // what its machine still tells of them is of no pod any more
            let of_pod = self.kubelets.slots.iter().filter(|(_, slot)| slot.pod == pod);
            let owners: Vec<u32> = of_pod.map(|(owner, _)| owner).collect();
            for owner in owners {
                self.kubelets.slots[owner].abandoned = true;
            }
        }
    }

    /// The app in a container answers from now on, or does not.
    pub fn answers<S>(
        &mut self,
        pod: PodId,
        container: u32,
        answers: bool,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.work(pod, around, |worker, call, _| {
            worker.answers(call, container as usize, answers);
        });
        self.settle(around);
    }

    /// What an engine calls a container of a pod.
    pub fn container(&self, pod: PodId, container: u32) -> Option<ContainerId> {
        let seat = self.kubelets.seats.get(pod.index())?.as_ref()?;
        seat.containers.get(container as usize).copied().flatten()
    }

    /// The pod whose container has this owner, and which of its containers it is.
    pub fn slot(&self, owner: u32) -> Option<(PodId, u32)> {
        let slot = self.kubelets.slots.get(owner).filter(|slot| !slot.abandoned);
        slot.map(|slot| (slot.pod, slot.container))
    }

    /// The container with this owner is about to end: asks for the memory of what it is to a pod.
    #[inline]
    pub fn fetch_slot(&self, owner: u32) {
        self.kubelets.slots.fetch(owner);
    }

    /// Asks for that of the pod, which is known from the slot.
    pub fn fetch_pod_of(&self, owner: u32) {
        let Some(&Slot { pod, .. }) = self.kubelets.slots.get(owner) else { return };
        self.kubelets.seats.get(pod.index()).into_iter().for_each(fetch);
        self.objects.fetch_pod(pod);
    }

    /// Asks for that of what the pod's node and the scheduler have of it.
    pub fn fetch_seat_of(&self, owner: u32) {
        let Some(&Slot { pod, .. }) = self.kubelets.slots.get(owner) else { return };
        if let Some(Some(seat)) = self.kubelets.seats.get(pod.index()) {
            fetch(&seat.worker);
            fetch(&seat.engine);
            fetch(&seat.containers);
            fetch(&seat.armed);
        }
        let known = self.objects.get_pod(pod);
        if let Some(scheduled) = known.and_then(|known| known.scheduled) {
            self.cluster.fetch_pod(scheduled);
        }
    }

    /// An engine tells of the container with this owner.
    pub fn container_told<S>(
        &mut self,
        owner: u32,
        notice: ContainerNotice,
        around: &mut Around<'_, S>,
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Slot { pod, container, abandoned } = self.kubelets.slots[owner];
        let goes_on =
            matches!(notice, ContainerNotice::Running { .. } | ContainerNotice::PullsAgain { .. });
        let over = !goes_on;
        if over {
            self.kubelets.slots.remove(owner);
        }
        if abandoned {
            return;
        }
        if over && let Some(seat) = self.kubelets.seat(pod) {
            seat.containers[container as usize] = None;
            around.notices.push(Notice::Ended { pod, container });
        }
        match notice {
            ContainerNotice::Running { .. } => self.runs(pod, container, around),
            ContainerNotice::PullsAgain { reason, wait, .. } => {
                self.pulls_again(pod, container, reason, wait, around.now());
            }
            ContainerNotice::Ended { exit, .. } => {
                let told = Exit { success: exit.code == ExitCode::SUCCESS, oom: exit.oom_killed() };
                let uid = self.objects.pod(pod).uid;
                let (code, out_of_memory) = (exit.code.0, exit.oom_killed());
                let entry = Entry::Exited { pod: uid, container, code, out_of_memory };
                self.log.add(around.now(), entry);
                self.work(pod, around, |worker, call, actions| {
                    worker.exited(call, container as usize, told, actions);
                });
                self.note_back_off(pod, container, around.now());
            }
            ContainerNotice::Refused { reason, .. } => self.refused(pod, container, reason, around),
            // the machine is lost: the node's own failure is told
            ContainerNotice::Dead { .. } => {}
            ContainerNotice::Restarting { .. } => unreachable!("the kubelet restarts containers"),
        }
        self.settle(around);
    }

    fn runs<S>(&mut self, pod: PodId, container: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let uid = self.objects.pod(pod).uid;
        let timeline = self.container(pod, container).and_then(|id| around.engines.timeline(id));
        if let Some((ready, pulled)) = timeline.and_then(|it| log::pulled(uid, container, it)) {
            self.log.add(ready, pulled);
        }
        self.log.add(around.now(), Entry::Started { pod: uid, container });
        around.notices.push(Notice::Runs { pod, container });
        self.work(pod, around, |worker, call, actions| {
            worker.running(call, container as usize, actions);
        });
    }

    /// Has the worker of a pod do something, does what it asks for, and notes when to call it next.
    pub(super) fn work<S>(
        &mut self,
        pod: PodId,
        around: &mut Around<'_, S>,
        act: impl FnOnce(&mut PodWorker, Call<'_>, &mut Vec<Action>),
    ) where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(template) = self.objects.get_pod(pod).map(|pod| pod.template) else { return };
        let template = &self.objects.template(template).pod;
        let settings = self.kubelets.settings;
        let call = Call { template, settings: &settings, now: around.now(), jitter: 0.0 };
        let mut actions = std::mem::take(&mut self.kubelets.actions);
        let Some(seat) = self.kubelets.seat(pod) else { return };
        act(&mut seat.worker, call, &mut actions);
        let next = seat.worker.next_deadline(template).filter(|&next| next < seat.armed);
        if let Some(next) = next {
            seat.armed = next;
            let tag = self.objects.tag(pod);
            around.at(next.max(around.now()), Moment::Release, ControlEvent::Kubelet(tag));
        }
        for action in actions.drain(..) {
            self.kubelet_acts(pod, action, around);
        }
        self.kubelets.actions = actions;
    }

    fn kubelet_acts<S>(&mut self, pod: PodId, action: Action, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        match action {
            Action::Connect => around.notices.push(Notice::Connect(pod)),
            Action::Start(container) => self.start_container(pod, container, around),
            Action::Abandon(container) => {
                let Some(seat) = self.kubelets.seat(pod) else { return };
                if let Some(id) = seat.containers[container].take() {
                    let spec = around.engines.spec(id).expect("a container that is known is there");
                    let owner = (around.owner.of)(spec.owner);
                    self.kubelets.slots[owner].abandoned = true;
                    around.engines.stop(id, Some(SimDuration::ZERO), &mut around.docker);
                }
            }
            Action::Signal(container) => {
                self.note_probe(pod, container, around.now());
                around.notices.push(Notice::Stops { pod, container: container as u32 });
            }
            Action::Kill(container) => {
                let id = self.container(pod, container as u32);
                if let Some(id) = id {
                    around.engines.exit(id, ExitCode::KILLED, &mut around.docker);
                }
            }
            Action::Status(status) => self.status(pod, status, around),
            Action::Finished => self.finished(pod, around),
        }
    }

    fn start_container<S>(&mut self, pod: PodId, container: usize, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let known = self.objects.pod(pod);
        let template = &self.objects.template(known.template).pod;
        let Some(spec) = template.all().nth(container) else { return };
        let image = around.engines.catalog().find(&spec.image);
        let image = image.expect("all images of a cluster are in its catalog");
        let memory_limit = spec.memory_limit;
        let pull = match spec.pull {
            ImagePull::IfNotPresent => PullPolicy::Missing,
            ImagePull::Always => PullPolicy::Always,
            ImagePull::Never => PullPolicy::Never,
        };
        let (uid, index) = (known.uid, container as u32);
        let writes = (around.writes)(&self.objects, pod, index);
        let slot = Slot { pod, container: index, abandoned: false };
        let owner = (around.owner.token)(self.kubelets.slots.insert(slot));
        let Some(seat) = self.kubelets.seat(pod) else { return };
        let spec = ContainerSpec {
            image,
            pull: Some(pull),
            owner,
            start: (around.container_start)(),
            memory_limit,
            restart: RestartPolicy::No,
            writes,
        };
        let id = around.engines.create(seat.engine, spec, &mut around.docker);
        seat.containers[container] = Some(id);
        self.log.add(around.now(), Entry::Pulling { pod: uid, container: index });
        around.engines.start(id, &mut around.docker);
    }

    fn status<S>(&mut self, pod: PodId, status: PodStatus, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        self.objects.change_pod(pod, |pod| pod.restarts = status.restarts);
        let phase = match status.phase {
            PodPhase::Pending => Phase::Pending,
            // a pod is over for others when it is gone from its node
            PodPhase::Running | PodPhase::Succeeded | PodPhase::Failed => Phase::Running,
        };
        if self.objects.set_phase(pod, phase) != phase {
            self.touch(self.objects.pod(pod).owner);
        }
        self.set_ready(pod, status.ready, around);
    }

    /// A pod is ready from now on, or not any more.
    pub(super) fn set_ready<S>(&mut self, pod: PodId, ready: bool, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let ready = self.gates.pass(pod, ready);
        if self.objects.pod(pod).ready.is_some() == ready {
            return;
        }
        self.objects.change_pod(pod, |pod| pod.ready = ready.then_some(now));
        let known = self.objects.pod(pod);
        let (uid, owner) = (known.uid, known.owner);
        self.log
            .add(now, if ready { Entry::Ready { pod: uid } } else { Entry::NotReady { pod: uid } });
        self.route_changed(pod, around);
        self.touch(owner);
    }

    /// All containers of a pod have ended for good.
    fn finished<S>(&mut self, pod: PodId, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        if self.objects.pod(pod).deleted.is_some() {
            self.remove_pod(pod, around);
            return;
        }
        let Some(seat) = self.kubelets.seat(pod) else { return };
        let phase = match seat.worker.status().phase {
            PodPhase::Succeeded => Phase::Succeeded,
            _ => Phase::Failed,
        };
        self.kubelet_forgets(pod, around);
        self.pod_completed(pod, phase, around);
    }
}
