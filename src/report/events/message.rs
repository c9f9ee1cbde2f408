//! Events in words: those of `kubectl get events` where that has the event.
//!
//! Source: Kubernetes v1.36, `pkg/kubelet/events/event.go` and where it is used,
//! `pkg/scheduler/schedule_one.go`, `pkg/controller/nodelifecycle`, `pkg/controller/deployment`.

mod ecs;

use crate::metrics::events::{Detail, Event, EventLog, Pull, Reason};
use crate::report::quantity::{bytes, duration};

/// What the Eviction API answers where a budget says no.
const BLOCKED: &str = "Cannot evict pod as it would violate the pod's disruption budget";

/// The message of an event.
pub fn message(log: &EventLog, event: &Event) -> String {
    let text = event.text.map_or("", |text| log.text(text));
    let object = log.object(event.object);
    let name = object.name();
    let related = event.related.map(|id| log.object(id));
    let related_name = related.map_or("", |it| it.name());
    match event.reason {
        Reason::PodCreated => match related {
            Some(owner) => format!("Created by {} {}", owner.kind.name(), owner.name()),
            None => "Created".into(),
        },
        Reason::Scheduled => format!("Successfully assigned {} to {related_name}", object.key),
        reason if says_all(reason) => text.into(),
        Reason::Preempted => format!("Preempted by pod {}", related.map_or("", |it| &it.key)),
        Reason::TriggeredScaleUp => format!("Pod triggered scale-up of {text}"),
        Reason::Nominated => format!("Pod should schedule on: {text}"),
        Reason::PodReady => "Ready: it is to get requests".into(),
        Reason::PodNotReady => "Not ready: it is to get no requests".into(),
        Reason::EvictionBlocked => BLOCKED.into(),
        Reason::PodDeleted => format!("Deleted: {text}"),
        Reason::PodSucceeded => "All containers have ended well".into(),
        Reason::PodFailed => "All containers have ended, not all of them well".into(),
        Reason::PodGone => "Gone".into(),
        Reason::RegisteredNode => {
            format!("Node {name} event: Registered Node {name} in Controller")
        }
        Reason::MachineFailed => format!("The machine of node {name} failed"),
        Reason::Rebooted => format!("Node {name} has been rebooted"),
        Reason::NodeNotReady
        | Reason::NodeReady
        | Reason::NodeNotSchedulable
        | Reason::NodeSchedulable
        | Reason::NodeHasInsufficientMemory
        | Reason::NodeHasSufficientMemory
        | Reason::NodeHasDiskPressure
        | Reason::NodeHasNoDiskPressure => {
            format!("Node {name} status is now: {}", event.reason.name())
        }
        Reason::SystemOom => {
            let container = match event.detail {
                Detail::Container(name) => log.text(name),
                _ => "",
            };
            format!("System OOM encountered, victim: container {container} of pod {related_name}")
        }
        Reason::NodeTainted => format!("Taint {text} was put on node {name}"),
        Reason::NodeUntainted => format!("Taint {text} was taken off node {name}"),
        Reason::NodeDisrupted => format!("Disrupting node {name}: {text}"),
        Reason::RemovingNode => {
            format!("Node {name} event: Removing Node {name} from Controller: {text}")
        }
        Reason::SuccessfulRescale => rescaled(event, text),
        Reason::ScalingReplicaSet => {
            let (from, to) = replicas(event);
            let direction = if to < from { "down" } else { "up" };
            format!("Scaled {direction} replica set {related_name} from {from} to {to}")
        }
        Reason::NewReplicaSetCreated => "A rollout has begun".into(),
        Reason::NewReplicaSetAvailable => "The rollout has successfully progressed".into(),
        Reason::ProgressDeadlineExceeded => "The rollout has timed out progressing".into(),
        Reason::SuccessfulCreate => format!("Created job {related_name}"),
        Reason::JobComplete => "Job completed".into(),
        Reason::JobFailed => "Job has failed".into(),
        _ => match ecs::message(event.reason, name, related_name, text) {
            Some(told) => told,
            None => of_container(log, event, text),
        },
    }
}

/// Whether the text of such an event is its message.
fn says_all(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::FailedScheduling
            | Reason::FailedCreatePodSandBox
            | Reason::ResourceAllocationFailed
            | Reason::Provisioning
            | Reason::ProvisioningSucceeded
            | Reason::ProvisioningFailed
            | Reason::SuccessfulAttachVolume
            | Reason::FailedAttachVolume
            | Reason::Failed
            | Reason::Evicted
            | Reason::NodegroupUpdateInProgress
            | Reason::NodegroupUpdateFailed
            | Reason::NodegroupUpdateOver
    )
}

/// The number of pods before and after an event that changed it.
pub fn replicas(event: &Event) -> (u32, u32) {
    if let Detail::Replicas(from, to) = event.detail { (from, to) } else { (0, 0) }
}

fn rescaled(event: &Event, why: &str) -> String {
    let (from, to) = replicas(event);
    match why {
        "" => format!("New size: {to}; it was {from}"),
        why => format!("New size: {to}; it was {from}; reason: {why}"),
    }
}

fn of_container(log: &EventLog, event: &Event, text: &str) -> String {
    let container = match event.detail {
        Detail::Container(name)
        | Detail::Exit(name, _)
        | Detail::Wait(name, _)
        | Detail::Pull(name, _) => log.text(name),
        Detail::None | Detail::Replicas(..) => "",
    };
    match (event.reason, event.detail) {
        (Reason::FailedCreatePodSandBox, _) => text.into(),
        (Reason::Pulling, _) => format!("Pulling image \"{text}\""),
        (Reason::Pulled, Detail::Pull(_, pull)) => pulled(text, pull),
        (Reason::Started, _) => format!("Started container {container}"),
        (Reason::OomKilled, Detail::Exit(_, code)) => {
            format!("Container {container} ran out of memory and was killed (exit code {code})")
        }
        (_, Detail::Exit(_, code)) => format!("Container {container} ended with exit code {code}"),
        (Reason::BackOff, Detail::Wait(_, wait)) => {
            let wait = duration(f64::from(wait) / 1e3);
            match text {
                "" => format!("Back-off {wait} restarting failed container {container}"),
                image => format!("Back-off {wait} pulling image \"{image}\""),
            }
        }
        (Reason::Unhealthy, _) => {
            format!("Container {container} failed its probes and will be restarted")
        }
        (reason, _) => format!("{} {container}", reason.name()),
    }
}

fn pulled(image: &str, pull: Pull) -> String {
    let Pull { milliseconds, kib, pulled, present, joined } = pull;
    let took = duration(f64::from(milliseconds) / 1e3);
    if (pulled, joined, milliseconds) == (0, 0, 0) {
        return format!("Container image \"{image}\" already present on machine");
    }
    let layers = u32::from(pulled) + u32::from(present) + u32::from(joined);
    let mut text = format!("Successfully pulled image \"{image}\" in {took}: ");
    text += &match pulled {
        0 => "no layer came".into(),
        _ => format!("{pulled} of {layers} layers came, {}", bytes(f64::from(kib) * 1024.0)),
    };
    if joined > 0 {
        text += &format!(", {joined} came for another container");
    }
    text
}
