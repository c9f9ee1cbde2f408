//! What items of `[cluster.replay]` need, and what hosts have: both sides must mean the same.

use std::collections::BTreeMap;

use super::Finding;
use super::ranges::within;
use crate::scenario::load::Draft;
use crate::scenario::path::Path;
use crate::scenario::{
    Cluster, ClusterKind, GroupRule, HostColumns, HostShape, ItemColumns, Replay,
};

/// NUMA nodes of a host at most.
const MOST_NODES: u8 = 8;
/// GPUs of a host at most.
const MOST_GPUS: u8 = 16;
/// Kinds of resource that tables have as quantities.
const QUANTITIES: [&str; 2] = ["disk", "network"];

/// Where hosts are described.
#[derive(Clone, Copy)]
enum Hosts<'a> {
    Table(&'a HostColumns),
    /// A shape, and what its hosts have of other kinds.
    Shape(&'a HostShape, &'a BTreeMap<String, u64>),
}

pub fn check(cluster: &Cluster, replay: &Replay, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    let at = at.key("replay");
    let table = replay.host_table.as_ref().and_then(|table| table.columns.as_ref());
    if let Some(columns) = table {
        check_host_columns(columns, &at.key("host_table").key("columns"), out);
    }
    let shape = cluster.hosts.as_ref().and_then(|pool| {
        draft.hosts.iter().map(|(_, shape)| shape).find(|shape| shape.name == pool.shape)
    });
    let hosts =
        table.map(Hosts::Table).or(shape.map(|shape| Hosts::Shape(shape, &replay.host_extra)));
    if let Some(columns) = &replay.items.columns {
        let at = at.key("items").key("columns");
        let extra = columns.extra.keys().map(String::as_str);
        said_once(columns.quantities().map(|it| it.0), extra, &at, out);
        if let Some(hosts) = hosts {
            check_kinds(columns, hosts, &at, out);
        }
    }
    check_groups(replay, table, &at, out);
}

fn check_host_columns(columns: &HostColumns, at: &Path, out: &mut Vec<Finding>) {
    let extra = columns.extra.keys().map(String::as_str);
    said_once(columns.quantities().map(|it| it.0), extra, at, out);
    if columns.numa.is_empty() {
        if columns.cpu.is_none() {
            out.push(
                Finding::new(at.clone(), "hosts have no CPU")
                    .help("say which column is their `cpu`, or `numa` with the `cpu` of each node"),
            );
        }
        return;
    }
    let count = columns.numa.len();
    let most = usize::from(MOST_NODES);
    within(count, &(1..=most), at.key("numa"), "the number of NUMA nodes of a host", out);
    let whole = [("cpu", columns.cpu.is_some()), ("memory", columns.memory.is_some())];
    for (key, _) in whole.into_iter().filter(|&(_, is_said)| is_said) {
        out.push(
            Finding::new(at.key(key), format!("the {key} of a host is said twice"))
                .on_key()
                .related(at.key("numa"), "here by its nodes")
                .help("what a host has is the sum over its nodes: leave out one of the two"),
        );
    }
}

/// A kind is a quantity with a unit or a plain number, not both.
fn said_once<'a>(
    quantities: impl Iterator<Item = &'static str>,
    extra: impl Iterator<Item = &'a str> + Clone,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    for kind in quantities.filter(|kind| extra.clone().any(|other| other == *kind)) {
        out.push(
            Finding::new(at.key("extra").key(kind), format!("`{kind}` is said twice"))
                .on_key()
                .related(at.key(kind), "here, too")
                .help("leave out one of the two"),
        );
    }
}

fn check_kinds(columns: &ItemColumns, hosts: Hosts<'_>, at: &Path, out: &mut Vec<Finding>) {
    for (kind, ..) in columns.quantities() {
        let help = match hosts {
            Hosts::Shape(_, extra) if extra.contains_key(kind) => {
                "`host_extra` says it as a plain number: leave that out, and `disk` and `network` \
                 of the host count"
            }
            Hosts::Shape(..) => continue,
            Hosts::Table(table) if table.quantities().any(|(other, ..)| other == kind) => continue,
            Hosts::Table(table) if table.extra.contains_key(kind) => {
                "hosts have it among `extra`, as a plain number: say its unit there, too, as in \
                 `disk = { column = \"…\", unit = \"1GB\" }`"
            }
            Hosts::Table(_) => "say in `columns` of `host_table` which column it is",
        };
        let title = format!("hosts have no `{kind}` to compare with");
        out.push(Finding::new(at.key(kind), title).on_key().help(help));
    }
    for kind in columns.extra.keys() {
        let is_quantity = QUANTITIES.contains(&kind.as_str());
        let help = match hosts {
            Hosts::Shape(_, extra) if extra.contains_key(kind) => continue,
            Hosts::Table(table) if table.extra.contains_key(kind) => continue,
            _ if is_quantity => {
                "hosts have it as a quantity: say its unit here, as in \
                 `disk = { column = \"…\", unit = \"1GB\" }` beside `memory`"
            }
            Hosts::Shape(..) => "say in `host_extra` of `[cluster.replay]` how much a host has",
            Hosts::Table(_) => "say in `extra` of the columns of `host_table` which column it is",
        };
        let title = format!("hosts have no `{kind}` to compare with");
        out.push(Finding::new(at.key("extra").key(kind.clone()), title).on_key().help(help));
    }
    let (has_nodes, help) = match hosts {
        Hosts::Table(table) => (
            !table.numa.is_empty(),
            "say in `columns` of `host_table` which columns are those of the nodes: \
             `numa = [{ cpu = \"…\", memory = \"…\" }, …]`",
        ),
        Hosts::Shape(shape, _) => (shape.numa_nodes.is_some(), "say `numa_nodes` of `[[host]]`"),
    };
    if columns.numa.is_some() && !has_nodes {
        let title = "the NUMA nodes of the hosts are not known";
        out.push(Finding::new(at.key("numa"), title).on_key().help(help));
    }
}

fn check_groups(replay: &Replay, hosts: Option<&HostColumns>, at: &Path, out: &mut Vec<Finding>) {
    let columns = replay.items.columns.as_ref();
    let at_columns = at.key("items").key("columns");
    let has =
        |get: fn(&ItemColumns) -> &Option<String>| columns.is_some_and(|it| get(it).is_some());
    let (group, strategy) = (has(|it| &it.group), has(|it| &it.strategy));
    if group && !strategy && replay.group_rule.is_none() {
        out.push(
            Finding::new(at_columns.key("group"), "groups ask nothing of their hosts")
                .on_key()
                .help(
                    "say `group_rule = \"anti-affinity\"` in `[cluster.replay]`, or which column \
                     is the `strategy`",
                ),
        );
    }
    let alone = [
        (strategy, at_columns.key("strategy")),
        (has(|it| &it.domain), at_columns.key("domain")),
        (replay.group_rule.is_some(), at.key("group_rule")),
        (!replay.strategies.is_empty(), at.key("strategies")),
    ];
    for (_, key) in alone.into_iter().filter(|&(is_said, _)| is_said && !group) {
        out.push(
            Finding::new(key, "items are of no groups")
                .on_key()
                .help("say which column is the `group` in `[cluster.replay.items.columns]`"),
        );
    }
    let rack = hosts.is_some_and(|columns| columns.rack.is_some());
    match replay.hosts_per_rack {
        Some(0) => out.push(
            Finding::new(at.key("hosts_per_rack"), "a rack without hosts")
                .help("at least 1, where each host is a rack by itself"),
        ),
        Some(_) if rack => out.push(
            Finding::new(at.key("hosts_per_rack"), "racks are said twice")
                .on_key()
                .related(at.key("host_table").key("columns").key("rack"), "here, too")
                .help("leave out one of the two"),
        ),
        _ => {}
    }
    let by_racks = replay.group_rule == Some(GroupRule::FaultDomain) && group;
    if by_racks && !(has(|it| &it.domain) && (rack || replay.hosts_per_rack.is_some())) {
        out.push(
            Finding::new(at.key("group_rule"), "it is not said what is to be kept apart, or where")
                .help(
                    "`fault-domain` needs the column `domain` of the items, and `rack` among the \
                     columns of hosts or `hosts_per_rack`",
                ),
        );
    }
}

/// What a shape has for clusters that only place.
pub fn check_shape(shape: &HostShape, at: &Path, draft: &Draft, out: &mut Vec<Finding>) {
    if let Some(nodes) = shape.numa_nodes {
        let at = at.key("numa_nodes");
        within(nodes, &(1..=MOST_NODES), at, "the number of NUMA nodes of a host", out);
    }
    if let Some(gpus) = shape.gpus {
        within(gpus, &(0..=MOST_GPUS), at.key("gpus"), "the number of GPUs of a host", out);
    }
    if shape.gpu_model.is_some() && shape.gpus.unwrap_or(0) == 0 {
        out.push(
            Finding::new(at.key("gpu_model"), "a model of GPU, and no GPU")
                .help("say how many `gpus` a host has"),
        );
    }
    let said = [
        ("numa_nodes", shape.numa_nodes.is_some()),
        ("gpus", shape.gpus.is_some()),
        ("gpu_model", shape.gpu_model.is_some()),
    ];
    let of_shape = |cluster: &&Cluster| {
        cluster.kind != ClusterKind::Placement
            && cluster.hosts.as_ref().is_some_and(|pool| pool.shape == shape.name)
    };
    let Some(other) = draft.clusters.iter().map(|(_, cluster)| cluster).find(of_shape) else {
        return;
    };
    for (key, _) in said.into_iter().filter(|&(_, is_said)| is_said) {
        let title = format!("`{}` makes nothing of `{key}`", other.name);
        let help = "it is for clusters of kind `placement`: give the others a host without it";
        out.push(Finding::new(at.key(key), title).on_key().help(help));
    }
}
