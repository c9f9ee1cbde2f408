//! The stories of tasks, services and container instances of Amazon ECS.

use std::collections::BTreeMap;

use super::groups::Groups;
use super::{Story, line};
use crate::metrics::events::{Event, EventLog, ObjectId, Reason};
use crate::report::events::ClusterEvents;
use crate::report::events::message::message;
use crate::report::quantity::{count, duration};

/// Tells of a task: all that happened to it.
pub(super) fn task(story: &mut Story, events: &ClusterEvents, id: ObjectId) {
    let log = &events.log;
    let mine: Vec<&Event> = log.events.iter().filter(|event| event.object == id).collect();
    let of = |reason| mine.iter().find(|event| event.reason == reason);
    let at = |reason| of(reason).map(|event| event.time.as_secs_f64());
    let related = |reason| Some(log.object(of(reason)?.related?).name());
    let owner = related(Reason::TaskCreated).map(|name| format!("of service {name}"));
    let owner = owner.unwrap_or("standalone".to_owned());
    story.summary.push(match related(Reason::TaskPlaced) {
        Some(instance) => format!("{owner}, on instance {instance}"),
        None => owner,
    });
    let (created, runs) = (at(Reason::TaskCreated), at(Reason::TaskRunning));
    let end = at(Reason::TaskStopped);
    story.summary.push(match (created.zip(runs), end) {
        (Some((created, runs)), None) => {
            format!("it ran after {}, and does so at the end", duration(runs - created))
        }
        (Some((created, runs)), Some(end)) => format!(
            "it ran after {}, and had stopped {} later",
            duration(runs - created),
            duration(end - runs)
        ),
        (None, Some(_)) => "it stopped without having run".to_owned(),
        (None, None) => "it did not run until the end".to_owned(),
    });
    for event in mine {
        story.events.push(line(event, message(log, event)));
    }
}

/// Tells of a service: what it says itself, and what became of its tasks.
pub(super) fn service(story: &mut Story, events: &ClusterEvents, id: ObjectId) {
    of_tasks(story, events, id, Reason::TaskCreated);
}

/// Tells of a container instance, and of the tasks that were placed on it.
pub(super) fn instance(story: &mut Story, events: &ClusterEvents, id: ObjectId) {
    of_tasks(story, events, id, Reason::TaskPlaced);
}

/// Tells of an object, and of the tasks that an event of this kind binds to it.
fn of_tasks(story: &mut Story, events: &ClusterEvents, id: ObjectId, binds: Reason) {
    let log = &events.log;
    let mut mine = vec![false; log.objects.len()];
    let (mut tasks, mut run) = (0, 0);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups = Groups::default();
    for event in &log.events {
        let object = event.object.index();
        if event.object == id {
            story.events.extend(groups.tell(words));
            story.events.push(line(event, message(log, event)));
            continue;
        }
        if event.reason == binds && event.related == Some(id) {
            mine[object] = true;
            tasks += 1;
        }
        if !mine[object] {
            continue;
        }
        run += usize::from(event.reason == Reason::TaskRunning);
        if let (Reason::TaskStopping, Some(text)) = (event.reason, event.text) {
            *reasons.entry(log.text(text)).or_default() += 1;
        }
        if told(event.reason) {
            groups.add(event, log.object(event.object).name(), why(log, event), None);
        }
    }
    story.events.extend(groups.tell(words));
    story.summary.push(format!("{}, {} of which ran", number(tasks), count(run as u64)));
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|&(_, times)| std::cmp::Reverse(times));
    for (reason, times) in reasons {
        story.summary.push(format!("{} stopped: {reason}", number(times)));
    }
}

fn told(reason: Reason) -> bool {
    use Reason::{TaskCreated, TaskPlaced, TaskRunning, TaskStopping};
    matches!(reason, TaskCreated | TaskPlaced | TaskRunning | TaskStopping)
}

/// What tasks that are told of together have in common.
fn why<'a>(log: &'a EventLog, event: &Event) -> &'a str {
    let stops = event.text.filter(|_| event.reason == Reason::TaskStopping);
    stops.map_or("", |text| log.text(text))
}

fn words(reason: Reason, tasks: usize, of: &str) -> String {
    let tasks = number(tasks);
    match reason {
        Reason::TaskCreated => format!("{tasks} created"),
        Reason::TaskPlaced => format!("{tasks} placed"),
        Reason::TaskRunning => format!("{tasks} running"),
        _ => format!("{tasks} told to stop: {of}"),
    }
}

/// `1 task`, `2 tasks`.
fn number(tasks: usize) -> String {
    let word = if tasks == 1 { "task" } else { "tasks" };
    format!("{} {word}", count(tasks as u64))
}
