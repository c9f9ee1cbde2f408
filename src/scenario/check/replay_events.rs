//! What happens to items of `[cluster.replay]` beside coming and leaving, and what is measured.

use super::{Finding, tables};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::{Replay, Resizes};

pub fn check(replay: &Replay, at: &Path, out: &mut Vec<Finding>) {
    let kinds = kinds(replay);
    if let Some(smallest) = &replay.smallest_item {
        let at = at.key("smallest_item").key("extra");
        for kind in smallest.extra.keys() {
            check_kind(kind, &kinds, at.key(kind.clone()), out);
        }
    }
    if let Some(resizes) = &replay.resizes {
        check_resizes(replay, resizes, at, out);
        let at = at.key("resizes").key("columns").key("extra");
        for kind in resizes.columns.extra.keys() {
            check_kind(kind, &kinds, at.key(kind.clone()), out);
        }
    }
}

/// Names of the kinds of resource that items or hosts have, beside CPU and memory.
fn kinds(replay: &Replay) -> Vec<&str> {
    let hosts = replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
    let hosts = hosts.into_iter().flat_map(|columns| columns.extra.keys());
    let items = replay.items.columns.iter().flat_map(|columns| columns.extra.keys());
    hosts.chain(items).map(String::as_str).collect()
}

fn check_kind(kind: &str, kinds: &[&str], at: Path, out: &mut Vec<Finding>) {
    if !kinds.contains(&kind) {
        let title = format!("neither items nor hosts have a kind of resource `{kind}`");
        let help = suggestion(kind, kinds.iter().copied(), "kind");
        out.push(Finding::new(at, title).on_key().help(help));
    }
}

fn check_resizes(replay: &Replay, resizes: &Resizes, at: &Path, out: &mut Vec<Finding>) {
    let at_resizes = at.key("resizes");
    let order = replay.items.order.as_ref().map(|_| at.key("items").key("order"));
    if let Some(order) = order.or_else(|| replay.load.map(|_| at.key("load"))) {
        let title = "with an order of their own items are not known by their names";
        out.push(
            Finding::new(at_resizes.clone(), title)
                .on_key()
                .related(order, "here")
                .help("one may come more than once; leave out one of the two"),
        );
    }
    let (columns, at_columns) = (&resizes.columns, at_resizes.key("columns"));
    if columns.cpu.is_none() && columns.memory.is_none() && columns.extra.is_empty() {
        let title = "nothing is resized";
        let help = "say which columns have the `cpu` or the `memory` that items need from then on";
        out.push(Finding::new(at_columns.clone(), title).on_key().help(help));
    }
    let mut named = vec![(columns.name.as_str(), at_columns.key("name"))];
    named.push((columns.time.column.as_str(), at_columns.key("time")));
    named.extend(columns.cpu.as_ref().map(|it| (it.column.as_str(), at_columns.key("cpu"))));
    named.extend(columns.memory.as_ref().map(|it| (it.column.as_str(), at_columns.key("memory"))));
    let extra = at_columns.key("extra");
    named.extend(columns.extra.iter().map(|(kind, it)| (it.as_str(), extra.key(kind.clone()))));
    tables::check_columns(&resizes.file, &at_resizes.key("file"), &named, out);
}
