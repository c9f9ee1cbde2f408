//! The story of a pod.

use super::{Course, Story, deployment_of, line};
use crate::metrics::events::{Event, EventLog, ObjectId, Reason};
use crate::report::events::ClusterEvents;
use crate::report::events::message::message;
use crate::report::quantity::duration;

/// Tells of the pods `ids`, which had one name one after another.
pub(super) fn tell(story: &mut Story, events: &ClusterEvents, ids: &[ObjectId]) {
    let log = &events.log;
    let mut course = Course::default();
    for event in &log.events {
        let own = ids.binary_search(&event.object).is_ok();
        if own {
            if event.reason == Reason::PodCreated && course.created.is_some() {
                story.summary.push(summary(log, &course));
            }
            let before = course.clone();
            course.apply(event);
            story.events.push(line(event, phrase(log, event, &before)));
        } else if concerns(event, &course, ids) {
            story.events.push(line(event, others(log, event)));
        }
    }
    story.summary.push(summary(log, &course));
    let Some(owner) = owner(log, ids) else { return };
    let known = log.object(owner);
    let mut of = format!("it is of {} {}", known.kind.name(), known.name());
    if let Some(deployment) = deployment_of(log, owner) {
        of += &format!(", which is of Deployment {}", log.object(deployment).name());
    }
    story.summary.push(of);
}

fn owner(log: &EventLog, ids: &[ObjectId]) -> Option<ObjectId> {
    let mut created = log.events.iter().filter(|it| it.reason == Reason::PodCreated);
    created.find(|it| ids.binary_search(&it.object).is_ok())?.related
}

/// Whether what happened to another object matters to the pod.
fn concerns(event: &Event, course: &Course, ids: &[ObjectId]) -> bool {
    let is_there = course.created.is_some() && course.gone.is_none();
    let made_room = event.reason == Reason::Preempted
        && event.related.is_some_and(|by| ids.binary_search(&by).is_ok());
    // nodes have events of their own alone
    let of_node = course.over.is_none() && Some(event.object) == course.node;
    is_there && (made_room || of_node)
}

fn others(log: &EventLog, event: &Event) -> String {
    match event.reason {
        Reason::Preempted => format!("pod {} is to make room for it", log.object(event.object).key),
        Reason::MachineFailed => "the machine of its node failed".into(),
        Reason::NodeNotReady => "its node has not been heard of for too long: NodeNotReady".into(),
        Reason::NodeReady => "its node is heard of again".into(),
        _ => lower(&message(log, event)),
    }
}

/// What happened, by what was before.
fn phrase(log: &EventLog, event: &Event, before: &Course) -> String {
    let since = |earlier: Option<_>| earlier.map(|it| event.time.since(it).as_secs_f64());
    let related = event.related.map(|id| log.object(id));
    let name = related.map_or("", |it| it.name());
    match event.reason {
        Reason::PodCreated => match related {
            Some(owner) => format!("created by {} {}", owner.kind.name(), owner.name()),
            None => "created".into(),
        },
        Reason::Scheduled => match since(before.created) {
            Some(waited) if waited > 0.0 => {
                format!("placed on node {name}, after {} without one", duration(waited))
            }
            _ => format!("placed on node {name}"),
        },
        Reason::FailedScheduling => format!("no node for it: {}", message(log, event)),
        Reason::FailedCreatePodSandBox => match since(before.unconnected_since) {
            Some(waited) => format!("still no address for it, after {}", duration(waited)),
            None => format!("no address for it on its node: {}", message(log, event)),
        },
        // names of operations
        Reason::SuccessfulAttachVolume
        | Reason::FailedAttachVolume
        | Reason::ResourceAllocationFailed => message(log, event),
        Reason::PodReady => match (since(before.unready_since), since(before.created)) {
            (Some(unready), _) => format!("ready again, after {}", duration(unready)),
            (None, Some(age)) => format!("ready, {} after it was created", duration(age)),
            (None, None) => "ready".into(),
        },
        Reason::PodNotReady => "not ready any more: it is to get no requests".into(),
        Reason::PodDeleted => format!("told to go: {}", event.text.map_or("", |it| log.text(it))),
        Reason::PodGone => match since(before.deleted) {
            Some(took) => format!("gone, {} after it was told to go", duration(took)),
            None => "gone".into(),
        },
        _ => lower(&message(log, event)),
    }
}

/// A message as part of a story. Names of reasons, such as `OutOfpods`, stay as they are.
fn lower(message: &str) -> String {
    let first = message.split(' ').next().unwrap_or_default();
    if first.chars().filter(|char| char.is_uppercase()).count() > 1 {
        return message.to_owned();
    }
    let mut rest = message.chars();
    let first = rest.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}

/// What there is to say of its life as a whole.
fn summary(log: &EventLog, course: &Course) -> String {
    let mut text = match course.node {
        Some(node) => format!("on node {}", log.object(node).name()),
        None => "without a node".into(),
    };
    match course.ready_after() {
        Some(seconds) => {
            text += &format!(", ready {} after it was created", duration(seconds));
            let parts = course.parts();
            if !parts.is_empty() {
                let one = |part: &super::Part| format!("{} {}", part.what, duration(part.seconds));
                let parts: Vec<String> = parts.iter().map(one).collect();
                text += &format!(" ({})", parts.join(", "));
            }
        }
        None => text += ", never ready",
    }
    if course.failures > 0 {
        let times =
            if course.failures == 1 { "once".into() } else { format!("{} times", course.failures) };
        text += &format!(", its containers failed {times}");
    }
    let end = match (course.gone, course.over, course.deleted) {
        (Some(gone), ..) => Some(("gone", gone)),
        (None, Some(over), _) => Some(("over", over)),
        (None, None, Some(deleted)) => Some(("on its way out since", deleted)),
        _ => None,
    };
    if let Some((word, time)) = end {
        let at = duration(time.as_secs_f64());
        text += &match word {
            "on its way out since" => format!(", {word} {at}"),
            _ => format!(", {word} at {at}"),
        };
    }
    text
}
