//! The log of a cluster as reports take it.

use super::{Entry, Log, TextId, UpdateStatus, VolumeEntry};
use crate::docker::Timeline;
use crate::engine::SimTime;
use crate::kubernetes::control::ControlPlane;
use crate::kubernetes::kubelet::WaitingReason;
use crate::kubernetes::objects::{NodeId, Objects, PodId, WorkloadId, WorkloadKind};
use crate::metrics::events::{self, Detail, Event, EventLog, Kind, Object, ObjectId, Pull, Reason};

/// When the image of a container was there, and what its engine says of that.
pub fn pulled(pod: u32, container: u32, timeline: &Timeline) -> Option<(SimTime, Entry)> {
    let (asked, ready) = (timeline.started?, timeline.image_ready?);
    let account = &timeline.account;
    let entry = Entry::Pulled {
        pod,
        container,
        milliseconds: saturated(ready.since(asked).as_nanos() / 1_000_000),
        kib: saturated(account.bytes.0.div_ceil(1024)),
        pulled: layers(account.layers_pulled),
        present: layers(account.layers_present),
        joined: layers(account.layers_joined),
    };
    Some((ready, entry))
}

fn layers(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn saturated(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl ControlPlane {
    /// Notes that a container waits before it is started again, if it does.
    pub(in crate::kubernetes::control) fn note_back_off(
        &mut self,
        pod: PodId,
        container: u32,
        now: SimTime,
    ) {
        let Some(known) = self.objects.get_pod(pod) else { return };
        let Some(worker) = self.kubelets.worker(pod) else { return };
        let index = container as usize;
        let image = match worker.waiting(index) {
            Some(WaitingReason::CrashLoopBackOff) => false,
            Some(WaitingReason::ImagePullBackOff) => true,
            _ => return,
        };
        let wait = worker.starts_again(index).since(now);
        let milliseconds = saturated(wait.as_nanos() / 1_000_000);
        self.log.add(now, Entry::BackOff { pod: known.uid, container, milliseconds, image });
    }

    /// Notes that a container is stopped because of a probe, if that is why.
    pub(in crate::kubernetes::control) fn note_probe(
        &mut self,
        pod: PodId,
        container: usize,
        now: SimTime,
    ) {
        let Some(known) = self.objects.get_pod(pod).filter(|pod| pod.deleted.is_none()) else {
            return;
        };
        if self.kubelets.worker(pod).is_some_and(|worker| worker.failed_probe(container)) {
            let container = container as u32;
            self.log.add(now, Entry::Unhealthy { pod: known.uid, container });
        }
    }
}

impl Log {
    /// The log as reports take it. `objects` are those of its cluster.
    ///
    /// `pools` are the names of its pools of nodes.
    pub fn into_events(mut self, objects: &Objects, pools: &[&str]) -> EventLog {
        if self.unwanted {
            return EventLog::default();
        }
        let mut entries = std::mem::take(&mut self.entries);
        // what became known late is told when it happened
        entries.sort_by_key(|(time, _)| *time);
        let mut teller = Teller { log: self, objects, containers: Vec::new(), pools };
        // pools of which there is nothing to tell are no objects
        let any = entries.iter().any(|(_, entry)| matches!(entry, Entry::PoolUpdate { .. }));
        let events = entries.into_iter().map(|(time, entry)| teller.told(time, entry)).collect();
        let log = teller.log;
        let pods = log.pods.into_iter().map(|(key, _)| Object { kind: Kind::Pod, key });
        let nodes = log.nodes.into_iter().map(|key| Object { kind: Kind::Node, key });
        let workloads = objects.all_workloads().iter().map(|it| Object {
            kind: it.kind.kind(),
            key: format!("{}/{}", it.namespace, it.name).into(),
        });
        let pools = pools.iter().filter(|_| any);
        let pools = pools.map(|&key| Object { kind: Kind::Nodegroup, key: key.into() });
        let objects = pods.chain(nodes).chain(workloads).chain(pools).collect();
        EventLog { events, objects, texts: log.texts }
    }
}

/// Names and images of the containers of a template.
type Containers = Box<[(TextId, TextId)]>;

/// Turns entries into events.
struct Teller<'a> {
    log: Log,
    objects: &'a Objects,
    pools: &'a [&'a str],
    /// Names and images of the containers of templates, as far as they were asked for.
    containers: Vec<Option<Containers>>,
}

impl Teller<'_> {
    fn pod(uid: u32) -> ObjectId {
        ObjectId::new(uid as usize)
    }

    fn node(&self, node: NodeId) -> ObjectId {
        ObjectId::new(self.log.pods.len() + node.index())
    }

    fn workload(&self, workload: WorkloadId) -> ObjectId {
        ObjectId::new(self.log.pods.len() + self.log.nodes.len() + workload.index())
    }

    fn pool(&self, pool: u32) -> ObjectId {
        let before = self.log.pods.len() + self.log.nodes.len();
        ObjectId::new(before + self.objects.all_workloads().len() + pool as usize)
    }

    /// Name and image of a container.
    fn container(&mut self, pod: u32, container: u32) -> (events::TextId, events::TextId) {
        let template = self.log.pods[pod as usize].1;
        if self.containers.len() <= template.index() {
            self.containers.resize(template.index() + 1, None);
        }
        let known = &mut self.containers[template.index()];
        let (log, objects) = (&mut self.log, self.objects);
        let known = known.get_or_insert_with(|| {
            let all = objects.template(template).pod.all();
            all.map(|one| (log.text(&one.name), log.text(&one.image))).collect()
        });
        let (name, image) = known[container as usize];
        (text(name), text(image))
    }

    fn told(&mut self, time: SimTime, entry: Entry) -> Event {
        let (related, detail) = (None, Detail::None);
        let new = |reason, object| Event { time, reason, object, related, text: None, detail };
        let of_pod = |reason, pod| new(reason, Self::pod(pod));
        match entry {
            Entry::Created { pod, owner } => Event {
                related: owner.map(|owner| self.workload(owner)),
                ..of_pod(Reason::PodCreated, pod)
            },
            Entry::Scheduled { pod, node } => {
                Event { related: Some(self.node(node)), ..of_pod(Reason::Scheduled, pod) }
            }
            Entry::Preempted { pod, by } => {
                Event { related: Some(Self::pod(by)), ..of_pod(Reason::Preempted, pod) }
            }
            Entry::TriggeredScaleUp { pod, pool } => {
                let pool = self.pools.get(pool as usize).copied().unwrap_or_default();
                let pool = text(self.log.text(pool));
                Event { text: Some(pool), ..of_pod(Reason::TriggeredScaleUp, pod) }
            }
            Entry::Ready { pod } => of_pod(Reason::PodReady, pod),
            Entry::NotReady { pod } => of_pod(Reason::PodNotReady, pod),
            Entry::NotEvicted { pod } => of_pod(Reason::EvictionBlocked, pod),
            Entry::Completed { pod, succeeded: true } => of_pod(Reason::PodSucceeded, pod),
            Entry::Completed { pod, succeeded: false } => of_pod(Reason::PodFailed, pod),
            Entry::Gone { pod } => of_pod(Reason::PodGone, pod),
            Entry::Unschedulable { .. }
            | Entry::Nominated { .. }
            | Entry::Volume { .. }
            | Entry::Evicted { .. }
            | Entry::NotConnected { .. }
            | Entry::NotAllocated { .. }
            | Entry::Deleted { .. } => Self::of_pod_with_text(time, entry),
            Entry::Scaled { .. }
            | Entry::Rescaled { .. }
            | Entry::JobCreated { .. }
            | Entry::JobEnded { .. }
            | Entry::RolloutStarted { .. }
            | Entry::RolloutComplete { .. }
            | Entry::DeadlineExceeded { .. } => self.of_workload(time, entry),
            Entry::NodeJoined { .. }
            | Entry::MachineFailed { .. }
            | Entry::MachineBack { .. }
            | Entry::NodeNotReady { .. }
            | Entry::NodeReady { .. }
            | Entry::Cordoned { .. }
            | Entry::Tainted { .. }
            | Entry::MemoryPressure { .. }
            | Entry::DiskPressure { .. }
            | Entry::Disrupted { .. }
            | Entry::NodeGone { .. } => self.of_node(time, entry),
            Entry::Pulling { .. }
            | Entry::Pulled { .. }
            | Entry::Started { .. }
            | Entry::Exited { .. }
            | Entry::BackOff { .. }
            | Entry::Refused { .. }
            | Entry::Unhealthy { .. } => self.of_container(time, entry),
            Entry::PoolUpdate { pool, status, message } => {
                Event { text: Some(text(message)), ..new(of_update(status), self.pool(pool)) }
            }
            Entry::SystemOom { node, pod, container } => Event {
                related: Some(Self::pod(pod)),
                detail: Detail::Container(self.container(pod, container).0),
                ..new(Reason::SystemOom, self.node(node))
            },
        }
    }

    fn of_pod_with_text(time: SimTime, entry: Entry) -> Event {
        let (reason, pod, said) = match entry {
            Entry::Unschedulable { pod, message } => (Reason::FailedScheduling, pod, message),
            Entry::Nominated { pod, on } => (Reason::Nominated, pod, on),
            Entry::Volume { pod, what, message } => (of_volume(what), pod, message),
            Entry::Evicted { pod, message } => (Reason::Evicted, pod, message),
            Entry::NotConnected { pod, message } => (Reason::FailedCreatePodSandBox, pod, message),
            Entry::NotAllocated { pod, message } => {
                (Reason::ResourceAllocationFailed, pod, message)
            }
            Entry::Deleted { pod, reason } => (Reason::PodDeleted, pod, reason),
            _ => unreachable!("{entry:?} is not of a pod, with a text"),
        };
        let (related, detail) = (None, Detail::None);
        Event { time, reason, object: Self::pod(pod), related, text: Some(text(said)), detail }
    }

    fn of_container(&mut self, time: SimTime, entry: Entry) -> Event {
        let (reason, pod, container) = match entry {
            Entry::Pulling { pod, container } => (Reason::Pulling, pod, container),
            Entry::Pulled { pod, container, .. } => (Reason::Pulled, pod, container),
            Entry::Started { pod, container } => (Reason::Started, pod, container),
            Entry::Exited { pod, container, out_of_memory: true, .. } => {
                (Reason::OomKilled, pod, container)
            }
            Entry::Exited { pod, container, code: 0, .. } => (Reason::Completed, pod, container),
            Entry::Exited { pod, container, .. } => (Reason::Error, pod, container),
            Entry::BackOff { pod, container, .. } => (Reason::BackOff, pod, container),
            Entry::Refused { pod, container, .. } => (Reason::Failed, pod, container),
            Entry::Unhealthy { pod, container } => (Reason::Unhealthy, pod, container),
            _ => unreachable!("{entry:?} is not of a container"),
        };
        let (name, image) = self.container(pod, container);
        let detail = match entry {
            Entry::Pulled { milliseconds, kib, pulled, present, joined, .. } => {
                Detail::Pull(name, Pull { milliseconds, kib, pulled, present, joined })
            }
            Entry::Exited { code, .. } => Detail::Exit(name, code),
            Entry::BackOff { milliseconds, .. } => Detail::Wait(name, milliseconds),
            _ => Detail::Container(name),
        };
        let text = match entry {
            Entry::Pulling { .. } | Entry::Pulled { .. } | Entry::BackOff { image: true, .. } => {
                Some(image)
            }
            Entry::Refused { message, .. } => Some(text(message)),
            _ => None,
        };
        Event { time, reason, object: Self::pod(pod), related: None, text, detail }
    }

    fn of_node(&self, time: SimTime, entry: Entry) -> Event {
        let (reason, node, said) = match entry {
            Entry::NodeJoined { node } => (Reason::RegisteredNode, node, None),
            Entry::MachineFailed { node } => (Reason::MachineFailed, node, None),
            Entry::MachineBack { node } => (Reason::Rebooted, node, None),
            Entry::NodeNotReady { node } => (Reason::NodeNotReady, node, None),
            Entry::NodeReady { node } => (Reason::NodeReady, node, None),
            Entry::Cordoned { node, cordoned: true } => (Reason::NodeNotSchedulable, node, None),
            Entry::Cordoned { node, cordoned: false } => (Reason::NodeSchedulable, node, None),
            Entry::Tainted { node, taint, tainted: true } => {
                (Reason::NodeTainted, node, Some(taint))
            }
            Entry::Tainted { node, taint, tainted: false } => {
                (Reason::NodeUntainted, node, Some(taint))
            }
            Entry::MemoryPressure { node, is: true } => {
                (Reason::NodeHasInsufficientMemory, node, None)
            }
            Entry::MemoryPressure { node, is: false } => {
                (Reason::NodeHasSufficientMemory, node, None)
            }
            Entry::DiskPressure { node, is: true } => (Reason::NodeHasDiskPressure, node, None),
            Entry::DiskPressure { node, is: false } => (Reason::NodeHasNoDiskPressure, node, None),
            Entry::Disrupted { node, reason } => (Reason::NodeDisrupted, node, Some(reason)),
            Entry::NodeGone { node, reason } => (Reason::RemovingNode, node, Some(reason)),
            _ => unreachable!("{entry:?} is not of a node"),
        };
        let object = self.node(node);
        let text = said.map(text);
        Event { time, reason, object, related: None, text, detail: Detail::None }
    }

    fn of_workload(&self, time: SimTime, entry: Entry) -> Event {
        let (mut detail, mut said) = (Detail::None, None);
        let (reason, workload) = match entry {
            Entry::Rescaled { workload, from, to, reason } => {
                (detail, said) = (Detail::Replicas(from, to), Some(text(reason)));
                (Reason::SuccessfulRescale, workload)
            }
            Entry::Scaled { workload, from, to } => {
                detail = Detail::Replicas(from, to);
                (Reason::SuccessfulRescale, workload)
            }
            Entry::RolloutStarted { workload } => (Reason::NewReplicaSetCreated, workload),
            Entry::RolloutComplete { workload } => (Reason::NewReplicaSetAvailable, workload),
            Entry::JobCreated { workload } => (Reason::SuccessfulCreate, workload),
            Entry::JobEnded { workload, succeeded: true } => (Reason::JobComplete, workload),
            Entry::JobEnded { workload, succeeded: false } => (Reason::JobFailed, workload),
            Entry::DeadlineExceeded { workload } => (Reason::ProgressDeadlineExceeded, workload),
            _ => unreachable!("{entry:?} is not of a workload"),
        };
        let known = self.objects.workload(workload);
        let object = self.workload(workload);
        let new = Event { time, reason, object, related: None, text: said, detail };
        match (known.owner, &known.kind) {
            (Some(cron_job), WorkloadKind::Job(_)) if reason == Reason::SuccessfulCreate => {
                Event { object: self.workload(cron_job), related: Some(object), ..new }
            }
            // its deployment tells it
            (Some(owner), WorkloadKind::ReplicaSet(_)) => Event {
                reason: Reason::ScalingReplicaSet,
                object: self.workload(owner),
                related: Some(object),
                ..new
            },
            _ => new,
        }
    }
}

fn of_volume(what: VolumeEntry) -> Reason {
    match what {
        VolumeEntry::Provisioning => Reason::Provisioning,
        VolumeEntry::ProvisioningSucceeded => Reason::ProvisioningSucceeded,
        VolumeEntry::ProvisioningFailed => Reason::ProvisioningFailed,
        VolumeEntry::Attached => Reason::SuccessfulAttachVolume,
        VolumeEntry::FailedAttach => Reason::FailedAttachVolume,
    }
}

fn of_update(status: UpdateStatus) -> Reason {
    match status {
        UpdateStatus::InProgress => Reason::NodegroupUpdateInProgress,
        UpdateStatus::Failed => Reason::NodegroupUpdateFailed,
        UpdateStatus::Over => Reason::NodegroupUpdateOver,
    }
}

fn text(id: TextId) -> events::TextId {
    events::TextId::new(id.0 as usize)
}
