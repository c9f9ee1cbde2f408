//! Calls between apps: to apps that exist, and never in a circle.

use super::Finding;
use crate::scenario::App;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;

/// Longest chain of calls that is followed.
const DEEPEST: usize = 1000;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, app) in draft.apps.iter() {
        let at = Path::element("app", index).key("calls");
        for (stage_index, stage) in app.calls.iter().enumerate() {
            let at = at.index(stage_index);
            if stage.is_empty() {
                out.push(Finding::new(at.clone(), "a stage without calls does nothing"));
            }
            for (call_index, name) in stage.iter().enumerate() {
                check_name(name, at.index(call_index), draft, out);
            }
        }
    }
    check_circles(draft, out);
}

fn check_name(name: &str, at: Path, draft: &Draft, out: &mut Vec<Finding>) {
    if let Referent::Missing = draft.apps.find(name) {
        let names = draft.apps.names().map(|(_, name)| name);
        out.push(
            Finding::new(at, format!("there is no app `{name}` to call"))
                .help(suggestion(name, names, "app")),
        );
    }
}

/// How far an app was followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// Its calls are being followed: to come back to it is a circle.
    Open,
    Done,
}

/// Reports each circle once, at the call that closes it.
fn check_circles(draft: &Draft, out: &mut Vec<Finding>) {
    let mut marks = vec![Mark::New; draft.apps.len()];
    for (start, _) in draft.apps.iter() {
        if marks[start] == Mark::New {
            follow(start, draft, &mut marks, out);
        }
    }
}

/// Depth first, with a stack of its own: a chain of calls may be long.
fn follow(start: usize, draft: &Draft, marks: &mut [Mark], out: &mut Vec<Finding>) {
    let apps: Vec<Option<&App>> = {
        let mut apps = vec![None; draft.apps.len()];
        draft.apps.iter().for_each(|(index, app)| apps[index] = Some(app));
        apps
    };
    let mut chain: Vec<(usize, Vec<(Path, usize)>)> = vec![(start, callees(start, draft, &apps))];
    marks[start] = Mark::Open;
    while let Some((app, rest)) = chain.last_mut() {
        let app = *app;
        let Some((at, callee)) = rest.pop() else {
            marks[app] = Mark::Done;
            chain.pop();
            continue;
        };
        match marks[callee] {
            Mark::New if chain.len() < DEEPEST => {
                marks[callee] = Mark::Open;
                chain.push((callee, callees(callee, draft, &apps)));
            }
            Mark::Open => {
                let from = chain.iter().position(|(index, _)| *index == callee).unwrap_or(0);
                let ring = chain[from..].iter().map(|(index, _)| *index).chain([callee]);
                out.push(circle(at, ring, &apps));
            }
            Mark::New | Mark::Done => {}
        }
    }
}

/// The calls of an app with the places of the called, the last first.
fn callees(index: usize, draft: &Draft, apps: &[Option<&App>]) -> Vec<(Path, usize)> {
    let Some(app) = apps[index] else {
        return Vec::new();
    };
    let at = Path::element("app", index).key("calls");
    let stages = app.calls.iter().enumerate();
    let calls = stages.flat_map(|(stage_index, stage)| {
        let at = at.index(stage_index);
        stage.iter().enumerate().map(move |(index, name)| (at.index(index), name))
    });
    let mut found: Vec<_> = calls
        .filter_map(|(at, name)| match draft.apps.find(name) {
            Referent::Found(callee, _) => Some((at, callee)),
            Referent::Unreadable | Referent::Missing => None,
        })
        .collect();
    found.reverse();
    found
}

fn circle(at: Path, ring: impl Iterator<Item = usize>, apps: &[Option<&App>]) -> Finding {
    let names: Vec<_> = ring.filter_map(|index| apps[index]).map(|app| app.name.as_str()).collect();
    let title = match names.as_slice() {
        [one, _] => format!("`{one}` calls itself and would never answer"),
        _ => format!("a request would go round for ever: {}", names.join(" -> ")),
    };
    Finding::new(at, title).label("this call closes the circle")
}
