//! Things of one kind that happen to many pods, told together.

use super::Line;
use crate::engine::{SimDuration, SimTime};
use crate::metrics::events::{Event, Reason};

/// No more names than that are told.
const NAMED: usize = 3;

/// What happens later than that after the last of its kind is told by itself.
const PAUSE: SimDuration = SimDuration::from_secs(30);

/// What happened to pods since the last thing that is told by itself, in the order of its begin.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<Group>);

#[derive(Debug)]
struct Group {
    reason: Reason,
    /// What the pods have in common.
    of: String,
    first: SimTime,
    last: SimTime,
    names: Vec<String>,
    count: usize,
    /// Pods that are ready after the last, where that is told.
    ready: Option<usize>,
}

impl Groups {
    /// Something happened to a pod of this name; `of` is what it has in common with others, and
    /// `ready` how many of these are ready then.
    pub fn add(&mut self, event: &Event, name: &str, of: &str, ready: Option<usize>) {
        let now = event.time;
        let open = |group: &&mut Group| group.reason == event.reason && group.of == of;
        let group = self.0.iter_mut().rev().find(open).filter(|it| now.since(it.last) <= PAUSE);
        let Some(group) = group else {
            self.0.push(Group {
                reason: event.reason,
                of: of.to_owned(),
                first: now,
                last: now,
                names: vec![name.to_owned()],
                count: 1,
                ready,
            });
            return;
        };
        (group.last, group.ready) = (now, ready);
        group.count += 1;
        if group.names.len() < NAMED && !group.names.iter().any(|other| other == name) {
            group.names.push(name.to_owned());
        }
    }

    /// Tells what happened until now, and begins anew. `words` say what happened to so many pods
    /// that have that in common.
    pub fn tell(&mut self, words: impl Fn(Reason, usize, &str) -> String) -> Vec<Line> {
        let line = |group: Group| {
            let mut text = words(group.reason, group.count, &group.of);
            if let Some(ready) = group.ready {
                text += &format!(" ({ready} ready then)");
            }
            Line {
                time: group.first.as_secs_f64(),
                until: (group.last > group.first).then(|| group.last.as_secs_f64()),
                reason: group.reason.name(),
                warning: group.reason.is_warning(),
                text,
                pods: group.names,
                count: group.count,
            }
        };
        std::mem::take(&mut self.0).into_iter().map(line).collect()
    }
}
