//! The story of a node.

use super::groups::Groups;
use super::{Story, line, pods};
use crate::metrics::events::{Event, EventLog, ObjectId, Reason};
use crate::report::events::ClusterEvents;
use crate::report::events::message::message;
use crate::report::quantity::duration;

/// Tells of the nodes `ids`, which had one name one after another.
pub(super) fn tell(story: &mut Story, events: &ClusterEvents, ids: &[ObjectId]) {
    let log = &events.log;
    let mut here = vec![false; log.objects.len()];
    let (mut present, mut most, mut placed) = (0, 0, 0);
    let mut groups = Groups::default();
    let mut before = Before::default();
    for event in &log.events {
        if ids.contains(&event.object) {
            story.events.extend(groups.tell(words));
            story.events.push(line(event, phrase(log, event, &before, present)));
            before.apply(event);
        } else if event.reason == Reason::Scheduled {
            if event.related.is_some_and(|node| ids.contains(&node)) {
                here[event.object.index()] = true;
                present += 1;
                placed += 1;
                most = most.max(present);
                groups.add(event, log.object(event.object).name(), "", None);
            }
        } else if here[event.object.index()] && told(event.reason) {
            let leaves =
                matches!(event.reason, Reason::PodGone | Reason::PodSucceeded | Reason::PodFailed);
            if leaves {
                here[event.object.index()] = false;
                present -= 1;
            }
            groups.add(event, log.object(event.object).name(), "", None);
        }
    }
    story.events.extend(groups.tell(words));
    story.summary.push(summary(&before, events.end));
    let at_end = if before.gone.is_none() { format!(", {present} at the end") } else { "".into() };
    let sentence = format!("{} placed on it, {most} at most at a time{at_end}", pods(placed));
    story.summary.push(sentence);
}

/// Tells of a group of nodes.
pub(super) fn tell_group(story: &mut Story, events: &ClusterEvents, ids: &[ObjectId]) {
    let log = &events.log;
    let own = log.events.iter().filter(|event| ids.contains(&event.object));
    story.events.extend(own.map(|event| line(event, message(log, event))));
}

/// Whether something that happens to a pod is told of its node.
fn told(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PodGone
            | Reason::PodSucceeded
            | Reason::PodFailed
            | Reason::PodDeleted
            | Reason::Preempted
            | Reason::Evicted
            | Reason::OomKilled
            | Reason::Failed
            | Reason::FailedCreatePodSandBox
    )
}

fn words(reason: Reason, count: usize, _: &str) -> String {
    let pods = pods(count);
    match reason {
        Reason::Scheduled => format!("{pods} placed on it"),
        Reason::FailedCreatePodSandBox => super::unconnected(count, ""),
        Reason::PodGone => format!("{pods} gone"),
        Reason::PodDeleted => format!("{pods} told to go"),
        Reason::Preempted => format!("{pods} told to make room for others"),
        Reason::Evicted => format!("{pods} evicted"),
        Reason::PodSucceeded => format!("{pods} ended well"),
        Reason::PodFailed => format!("{pods} ended, not well"),
        Reason::OomKilled => {
            let times =
                if count == 1 { "a container".into() } else { format!("{count} containers") };
            format!("{times} killed for want of memory")
        }
        _ => {
            let times =
                if count == 1 { "a container".into() } else { format!("{count} containers") };
            format!("{times} not to be had")
        }
    }
}

/// What was with the node until now.
#[derive(Debug, Default)]
struct Before {
    joined: Option<f64>,
    failed: Option<f64>,
    not_ready: Option<f64>,
    /// Time in which it was not heard of, when that was over.
    missed: f64,
    times: u32,
    gone: Option<(f64, String)>,
}

impl Before {
    fn apply(&mut self, event: &Event) {
        let now = Some(event.time.as_secs_f64());
        match event.reason {
            Reason::RegisteredNode => (self.joined, self.gone) = (self.joined.or(now), None),
            Reason::MachineFailed => {
                self.failed = now;
                self.times += 1;
            }
            Reason::NodeNotReady => self.not_ready = now,
            Reason::NodeReady => {
                self.missed += event.time.as_secs_f64() - self.not_ready.take().unwrap_or(0.0);
            }
            Reason::Rebooted => self.failed = None,
            Reason::RemovingNode => self.gone = now.map(|now| (now, String::new())),
            _ => {}
        }
    }
}

fn phrase(log: &EventLog, event: &Event, before: &Before, present: usize) -> String {
    let now = event.time.as_secs_f64();
    let text = event.text.map_or("", |text| log.text(text));
    let after = |earlier: Option<f64>| earlier.map_or(String::new(), |it| duration(now - it));
    match event.reason {
        Reason::RegisteredNode => "joined the cluster".into(),
        Reason::MachineFailed => {
            format!("its machine failed, with {} on it; nobody knows yet", pods(present))
        }
        Reason::NodeNotReady => match before.failed {
            Some(_) => format!(
                "not heard of for too long, {} after its machine failed: NodeNotReady",
                after(before.failed)
            ),
            None => "not heard of for too long: NodeNotReady".into(),
        },
        Reason::Rebooted => format!("its machine works again, after {}", after(before.failed)),
        Reason::NodeReady => format!("heard of again, after {}", after(before.not_ready)),
        Reason::NodeNotSchedulable => "cordoned: it takes no more pods".into(),
        Reason::NodeSchedulable => "takes pods again".into(),
        Reason::NodeTainted => format!("tainted with {text}"),
        Reason::NodeUntainted => format!("no longer tainted with {text}"),
        Reason::RemovingNode => format!("removed: {text}"),
        _ => message(log, event),
    }
}

fn summary(before: &Before, end: f64) -> String {
    let joined = before.joined.unwrap_or(0.0);
    let mut text = format!("joined at {}", duration(joined));
    match (&before.gone, before.not_ready, before.failed) {
        (Some((gone, _)), ..) => {
            let (at, there) = (duration(*gone), duration(gone - joined));
            text += &format!(", removed at {at}, after {there}");
        }
        (None, Some(_), _) => text += ", not ready at the end",
        (None, None, Some(_)) => text += ", its machine failed at the end",
        _ => text += &format!(", ready at the end, {} later", duration(end - joined)),
    }
    if before.times > 0 {
        let times =
            if before.times == 1 { "once".into() } else { format!("{} times", before.times) };
        text += &format!("; its machine failed {times}");
    }
    if before.missed > 0.0 {
        text += &format!(", it was not ready for {}", duration(before.missed));
    }
    text
}
