//! `[cluster.replay]`: clusters that only place.

use super::ranges::{lasting, positive, within};
use super::{Finding, hosts, replay_events, tables};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{
    BatchOrder, Cluster, ClusterKind, HostColumns, HostTable, ItemColumns, Replay, ReplayPolicy,
    Retry,
};

pub fn check(cluster: &Cluster, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let replay_at = at.key("replay");
    let is_placement = cluster.kind == ClusterKind::Placement;
    match &cluster.replay {
        None if is_placement => {
            let title = format!("`{}` has nothing to place", cluster.name);
            let help = "add a `[cluster.replay]` with `items = { file = \"…\" }`";
            out.push(Finding::new(at.key("kind"), title).label("needs `replay`").help(help));
        }
        Some(_) if !is_placement => {
            let title = format!("`{}` does not only place", cluster.name);
            let help = "`replay` is for `kind = \"placement\"`";
            out.push(Finding::new(replay_at, title).on_key().help(help));
        }
        Some(replay) => {
            check_hosts(cluster, replay, at, out);
            check_items(replay, &replay_at, out);
            replay_events::check(replay, &replay_at, out);
        }
        None => {}
    }
    if is_placement && draft.apps.len() + draft.jobs.len() + draft.vms.len() > 0 {
        let title = format!("`{}` runs nothing: it only places the items of a table", cluster.name);
        let help = "every cluster runs the whole workload: leave out `[[app]]`, `[[job]]` and \
                    `[[vm]]`, or this cluster";
        out.push(Finding::new(at.key("kind"), title).help(help));
    }
}

fn check_hosts(cluster: &Cluster, replay: &Replay, at: &Path, out: &mut Vec<Finding>) {
    let Some(table) = &replay.host_table else { return };
    let at_table = at.key("replay").key("host_table");
    if cluster.hosts.is_some() {
        let title = "hosts are said twice";
        out.push(
            Finding::new(at.key("hosts"), title)
                .related(at_table.clone(), "here, too")
                .help("leave out one of the two"),
        );
    }
    let columns = table.columns.clone().unwrap_or_else(HostColumns::openb);
    let (at_columns, said) = places(&at_table, table.columns.is_some());
    let HostColumns { name, cpu, memory, gpus, gpu_model, idle_power, max_power, extra } = &columns;
    let mut named: Vec<(&'static str, &str)> = vec![("cpu", &cpu.column)];
    named.extend(memory.as_ref().map(|it| ("memory", it.column.as_str())));
    named.extend(idle_power.as_ref().map(|it| ("idle_power", it.column.as_str())));
    named.extend(max_power.as_ref().map(|it| ("max_power", it.column.as_str())));
    check_power(table, &columns, &at_table, out);
    for (key, column) in [("name", name), ("gpus", gpus), ("gpu_model", gpu_model)] {
        named.extend(column.as_deref().map(|column| (key, column)));
    }
    let mut columns = located(&named, &at_columns, said);
    let extra_at = at_columns.key("extra");
    columns
        .extend(extra.iter().map(|(kind, column)| (column.as_str(), extra_at.key(kind.clone()))));
    tables::check_columns(&table.file, &at_table.key("file"), &columns, out);
}

fn check_power(table: &HostTable, columns: &HostColumns, at: &Path, out: &mut Vec<Finding>) {
    let one = match (&columns.idle_power, &columns.max_power) {
        (Some(_), None) => Some(("idle_power", "max_power")),
        (None, Some(_)) => Some(("max_power", "idle_power")),
        _ => None,
    };
    if let Some((said, missing)) = one {
        let title = format!("`{said}` without `{missing}`");
        let help = "power is linear between that of an idle host and that of a full one";
        out.push(Finding::new(at.key("columns").key(said), title).help(help));
    }
    if let Some(power) = &table.power {
        hosts::check_power(power, &at.key("power"), out);
    }
}

fn check_items(replay: &Replay, at: &Path, out: &mut Vec<Finding>) {
    let items = &replay.items;
    let at_items = at.key("items");
    check_choices(replay, at, out);
    check_preemption(replay, at, out);
    let is_ordered = items.order.is_some() || replay.load.is_some();
    if is_ordered && replay.batch == BatchOrder::Decreasing {
        let key = if replay.load.is_some() { at.key("load") } else { at_items.key("order") };
        out.push(
            Finding::new(at.key("batch"), "the order of the items is said twice")
                .related(key, "here, too")
                .help("leave out one of the two"),
        );
    }
    if let (Some(_), Some(_)) = (&items.order, replay.load) {
        let title = "the order of the items is said twice";
        out.push(
            Finding::new(at.key("load"), title)
                .related(at_items.key("order"), "here, too")
                .help("leave out one of the two"),
        );
    }
    if let Some(load) = replay.load {
        positive(load, 100.0, at.key("load"), "the load", out);
    }
    if let Some(retry) = replay.retry {
        check_retry(retry, &at.key("retry"), out);
    }
    let Some(columns) = &items.columns else {
        return tables::check_all_columns(
            &items.file,
            &at_items.key("file"),
            &["cpu_milli", "memory_mib", "num_gpu", "gpu_milli"],
            out,
        );
    };
    check_item_columns(columns, &items.file, &at_items, out);
}

fn check_retry(retry: Retry, at: &Path, out: &mut Vec<Finding>) {
    if retry == Retry::every(retry.first) {
        return lasting(retry.first, at.clone(), "the time until an item comes again", out);
    }
    lasting(retry.first, at.key("first"), "the time until an item comes again", out);
    within(retry.factor, &(1.0..=1000.0), at.key("factor"), "the factor", out);
    if retry.most < retry.first {
        out.push(
            Finding::new(at.key("most"), "less than the first time")
                .related(at.key("first"), "this")
                .help("`most` is where the times stop growing"),
        );
    }
}

fn check_preemption(replay: &Replay, at: &Path, out: &mut Vec<Finding>) {
    let columns = replay.items.columns.as_ref();
    if replay.preemption && columns.is_none_or(|columns| columns.priority.is_none()) {
        out.push(
            Finding::new(at.key("preemption"), "all items are equally important")
                .help("say which column is the `priority` in `[cluster.replay.items.columns]`"),
        );
    }
}

fn check_choices(replay: &Replay, at: &Path, out: &mut Vec<Finding>) {
    match replay.choices {
        Some(0) => out.push(
            Finding::new(at.key("choices"), "of no hosts none can be chosen")
                .help("at least 1, which is any host with room; 2 are much better"),
        ),
        Some(_) if replay.policy != ReplayPolicy::PowerOfK => out.push(
            Finding::new(at.key("choices"), "this policy draws no hosts")
                .on_key()
                .help("`choices` is for `policy = \"power-of-k\"`"),
        ),
        _ => {}
    }
}

fn check_item_columns(
    columns: &ItemColumns,
    file: &std::path::Path,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let (at_columns, said) = places(at, true);
    if let (Some(_), Some(_)) = (&columns.lifetime, &columns.end) {
        out.push(
            Finding::new(at_columns.key("end"), "how long items stay is said twice")
                .related(at_columns.key("lifetime"), "here, too"),
        );
    }
    let mut named: Vec<(&'static str, &str)> = vec![("cpu", &columns.cpu.column)];
    named.extend(columns.memory.as_ref().map(|it| ("memory", it.column.as_str())));
    named.extend(columns.gpu_share.as_ref().map(|it| ("gpu_share", it.column.as_str())));
    for (key, column) in
        [("arrival", &columns.arrival), ("lifetime", &columns.lifetime), ("end", &columns.end)]
    {
        named.extend(column.as_ref().map(|it| (key, it.column.as_str())));
    }
    for (key, column) in [
        ("name", &columns.name),
        ("gpus", &columns.gpus),
        ("gpu_models", &columns.gpu_models),
        ("priority", &columns.priority),
        ("group", &columns.group),
    ] {
        named.extend(column.as_deref().map(|column| (key, column)));
    }
    let mut all = located(&named, &at_columns, said);
    let extra_at = at_columns.key("extra");
    all.extend(
        columns.extra.iter().map(|(kind, column)| (column.as_str(), extra_at.key(kind.clone()))),
    );
    tables::check_columns(file, &at.key("file"), &all, out);
}

/// Where columns are said: in `columns`, or nowhere, so that the file itself is pointed at.
fn places(at: &Path, said: bool) -> (Path, bool) {
    (if said { at.key("columns") } else { at.key("file") }, said)
}

fn located<'a>(named: &[(&'static str, &'a str)], at: &Path, said: bool) -> Vec<(&'a str, Path)> {
    let place = |key: &'static str| if said { at.key(key) } else { at.clone() };
    named.iter().map(|&(key, column)| (column, place(key))).collect()
}
