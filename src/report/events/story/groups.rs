//! Things of one kind that happen to many pods, told together.

use std::collections::BTreeMap;

use super::Line;
use crate::engine::SimTime;
use crate::metrics::events::{Event, Reason};

/// No more names than that are told.
const NAMED: usize = 3;

/// What happened to pods since the last thing that is told by itself.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By reason and by what the pods have in common.
    groups: BTreeMap<(Reason, String), Group>,
}

#[derive(Debug)]
struct Group {
    first: SimTime,
    last: SimTime,
    names: Vec<String>,
    count: usize,
}

impl Groups {
    /// Something happened to a pod of this name; `of` is what it has in common with others.
    pub fn add(&mut self, event: &Event, name: &str, of: String) {
        let group = self.groups.entry((event.reason, of)).or_insert_with(|| Group {
            first: event.time,
            last: event.time,
            names: Vec::new(),
            count: 0,
        });
        group.last = event.time;
        group.count += 1;
        if group.names.len() < NAMED {
            group.names.push(name.to_owned());
        }
    }

    /// Tells what happened until now, and begins anew. `words` say what happened to so many pods
    /// that have that in common.
    pub fn tell(&mut self, words: impl Fn(Reason, usize, &str) -> String) -> Vec<Line> {
        let mut groups: Vec<_> = std::mem::take(&mut self.groups).into_iter().collect();
        groups.sort_by_key(|(_, group)| (group.first, group.last));
        let line = |((reason, of), group): ((Reason, String), Group)| {
            let names = group.names.join(", ");
            let names = if group.count > NAMED { format!("{names}, …") } else { names };
            Line {
                time: group.first.as_secs_f64(),
                until: (group.last > group.first).then(|| group.last.as_secs_f64()),
                reason: reason.name(),
                warning: reason.is_warning(),
                text: format!("{}: {names}", words(reason, group.count, &of)),
            }
        };
        groups.into_iter().map(line).collect()
    }
}
