//! `[cluster.replay]`: clusters that only place.

mod types;
mod units;

use super::ranges::{lasting, positive, within};
use super::{Finding, hosts, needs, replay_events, tables};
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{
    BatchOrder, Cluster, ClusterKind, HostColumns, HostTable, ItemColumns, ItemTable, Replay,
    ReplayPolicy, Retry,
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
            needs::check(cluster, replay, at, draft, out);
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
    if !replay.host_extra.is_empty() {
        let title = "what hosts have of other kinds is said by the table";
        out.push(
            Finding::new(at.key("replay").key("host_extra"), title)
                .related(at_table.clone(), "this table")
                .help("name its columns: `[cluster.replay.host_table.columns.extra]`"),
        );
    }
    if cluster.hosts.is_some() {
        let title = "hosts are said twice";
        out.push(
            Finding::new(at.key("hosts"), title)
                .related(at_table.clone(), "here, too")
                .help("leave out one of the two"),
        );
    }
    let Some(columns) = &table.columns else {
        if let Some(power) = &table.power {
            hosts::check_power(power, &at_table.key("power"), out);
        }
        let known = ["sn", "cpu_milli", "memory_mib", "gpu", "model"];
        return check_known(&table.file, &at_table, &known, out);
    };
    let at_columns = at_table.key("columns");
    let HostColumns { name, cpu, memory, numa, rack, gpus, gpu_model, extra, .. } = columns;
    let mut named: Vec<(&'static str, &str)> = Vec::new();
    named.extend(cpu.as_ref().map(|it| ("cpu", it.column.as_str())));
    named.extend(memory.as_ref().map(|it| ("memory", it.column.as_str())));
    named.extend(columns.idle_power.as_ref().map(|it| ("idle_power", it.column.as_str())));
    named.extend(columns.max_power.as_ref().map(|it| ("max_power", it.column.as_str())));
    named.extend(columns.quantities().map(|(kind, column, _)| (kind, column)));
    check_power(table, columns, &at_table, out);
    for (key, column) in [("name", name), ("rack", rack), ("gpus", gpus), ("gpu_model", gpu_model)]
    {
        named.extend(column.as_deref().map(|column| (key, column)));
    }
    units::check_hosts(columns, &at_columns, out);
    let mut located = located(&named, &at_columns);
    for (node, at) in
        numa.iter().zip(0..).map(|(node, it)| (node, at_columns.key("numa").index(it)))
    {
        located.push((node.cpu.column.as_str(), at.key("cpu")));
        located.extend(node.memory.as_ref().map(|it| (it.column.as_str(), at.key("memory"))));
    }
    let extra_at = at_columns.key("extra");
    let extra = extra.iter().map(|(kind, it)| (it.column.as_str(), extra_at.key(kind.clone())));
    located.extend(extra);
    tables::check_columns(&table.file, &at_table.key("file"), &located, out);
}

/// Columns that a table has where nothing is said of its columns.
fn check_known(file: &std::path::Path, at: &Path, columns: &[&str], out: &mut Vec<Finding>) {
    let before = out.len();
    tables::check_all_columns(file, &at.key("file"), columns, out);
    let unsaid = at.key("columns");
    out[before..].iter_mut().for_each(|finding| finding.unsaid = Some(unsaid.clone()));
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
        if items.types.is_some() {
            let title = "which columns of the two tables are what is not said";
            out.push(
                Finding::new(at_items.key("types"), title)
                    .on_key()
                    .help("say `[cluster.replay.items.columns]`: the usual ones have no types"),
            );
        }
        let known = ["cpu_milli", "memory_mib", "num_gpu", "gpu_milli"];
        return check_known(&items.file, &at_items, &known, out);
    };
    check_sorting(items, replay.load, &at_items, out);
    check_item_columns(columns, items, &at_items, out);
}

/// Where items come by an order or by chance, it does not matter when the table says they do.
fn check_sorting(items: &ItemTable, load: Option<f64>, at: &Path, out: &mut Vec<Finding>) {
    let arrives = items.columns.as_ref().is_none_or(|columns| columns.arrival.is_some());
    let is_ordered = items.order.is_some() || load.is_some();
    for (key, is_said) in [("sort", items.sort), ("origin", items.origin.is_some())] {
        if !is_said || arrives && !is_ordered {
            continue;
        }
        let finding = Finding::new(at.key(key), "items do not come by the times of the table");
        out.push(match is_ordered {
            true => finding.on_key().help("leave it out: they come all at once, as is said"),
            false => finding.on_key().help("say which column is the `arrival`"),
        });
    }
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
                .help("say which column is the `priority` in `[cluster.replay.items.columns]`")
                .unsaid(at.key("items").key("columns")),
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

fn check_item_columns(columns: &ItemColumns, items: &ItemTable, at: &Path, out: &mut Vec<Finding>) {
    let at_columns = at.key("columns");
    if let (Some(_), Some(_)) = (&columns.lifetime, &columns.end) {
        out.push(
            Finding::new(at_columns.key("end"), "how long items stay is said twice")
                .related(at_columns.key("lifetime"), "here, too"),
        );
    }
    let mut named: Vec<(&'static str, &str)> = vec![("cpu", &columns.cpu.column)];
    named.extend(columns.memory.as_ref().map(|it| ("memory", it.column.as_str())));
    named.extend(columns.quantities().map(|(kind, column, _)| (kind, column)));
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
        ("numa", &columns.numa),
        ("group", &columns.group),
        ("strategy", &columns.strategy),
        ("domain", &columns.domain),
    ] {
        named.extend(column.as_deref().map(|column| (key, column)));
    }
    units::check_items(columns, &at_columns, out);
    let mut all = located(&named, &at_columns);
    let extra_at = at_columns.key("extra");
    let extra = columns.extra.iter();
    all.extend(extra.map(|(kind, it)| (it.column.as_str(), extra_at.key(kind.clone()))));
    match &items.types {
        None => drop(tables::check_columns(&items.file, &at.key("file"), &all, out)),
        Some(types) => types::check(types, &items.file, &all, at, out),
    }
}

fn located<'a>(named: &[(&'static str, &'a str)], at: &Path) -> Vec<(&'a str, Path)> {
    named.iter().map(|&(key, column)| (column, at.key(key))).collect()
}
