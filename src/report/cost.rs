//! What clusters cost, in words and in a section of a page: by what was paid for, and by app.

use super::page::{Block, Cell, Column, Row, Rows, Section, Table};
use super::quantity::{NOTHING, money, percent};
use crate::metrics::summary::{ClusterSummary, Cost, CostItem};

/// What stands for whatever is no app's.
const NO_APP: &str = "no app";

/// What people call an item.
pub const fn label(item: CostItem) -> &'static str {
    match item {
        CostItem::Machines => "machines",
        CostItem::WindowsLicences => "Windows licences",
        CostItem::SurplusCredits => "surplus CPU credits",
        CostItem::VolumeStorage => "volumes",
        CostItem::VolumeIops => "IOPS of volumes",
        CostItem::VolumeThroughput => "throughput of volumes",
        CostItem::VolumeRequests => "I/O of magnetic volumes",
        CostItem::FargateCpu => "CPU on Fargate",
        CostItem::FargateMemory => "memory on Fargate",
        CostItem::FargateStorage => "storage on Fargate",
        CostItem::LoadBalancers => "load balancers",
        CostItem::LoadBalancerUnits => "load balancer units",
        CostItem::CrossZone => "traffic between zones",
        CostItem::RegistryStorage => "registry storage",
        CostItem::RegistryTransfer => "registry transfer",
        CostItem::RegistryScans => "registry scans",
        CostItem::ControlPlane => "control plane",
        CostItem::Electricity => "electricity",
    }
}

/// The section of a page: a table for each cluster that cost anything, by item and by app, and what
/// each app pays of each item.
pub(super) fn section(all: &[&ClusterSummary]) -> Option<Section> {
    let paid: Vec<_> = all.iter().filter(|summary| !summary.cost.is_zero()).collect();
    let mut blocks = Vec::new();
    for summary in &paid {
        if all.len() > 1 {
            blocks.push(Block::Heading(summary.cluster.clone()));
        }
        blocks.push(Block::Table(sums(summary)));
        if is_split(summary) {
            blocks.push(Block::Details {
                summary: "What each app pays of each item".into(),
                blocks: vec![Block::Table(parts(summary))],
            });
        }
    }
    if paid.iter().any(|summary| is_split(summary)) {
        let key = "Apps pay what is theirs alone, and their part of the instances that their tasks \
                   are on: by CPU and memory reserved, or used where that is more, idle capacity \
                   in proportion, as split cost allocation data of AWS has it.";
        blocks.push(Block::Remark(key.into()));
    }
    Section::of("What was paid for", blocks)
}

/// Whether apps have parts of what a cluster cost.
fn is_split(summary: &ClusterSummary) -> bool {
    summary.apps.iter().any(|app| !app.cost.is_zero())
}

/// Items, apps and all of it: in the measured time, an hour, as a share.
fn sums(summary: &ClusterSummary) -> Table {
    let cost = &summary.cost;
    let row = |name: &str, dollars: f64| {
        let share = dollars / cost.total;
        let hourly = dollars * 3600.0 / summary.measured_seconds;
        let share = Cell::figure(percent(share), share);
        Row::of(Cell::words(name), vec![amount(dollars), amount(hourly), share])
    };
    let items = cost.by_item.items().map(|(item, dollars)| row(label(item), dollars)).collect();
    let mut groups = vec![Rows { title: "By item".into(), rows: items }];
    if is_split(summary) {
        let apps = summary.apps.iter().map(|app| row(&app.name, app.cost.total()));
        let rest = std::iter::once(row(NO_APP, cost.not_allocated.total()));
        groups.push(Rows { title: "By app".into(), rows: apps.chain(rest).collect() });
    }
    groups.push(Rows { title: "In all".into(), rows: vec![row(&summary.cluster, cost.total)] });
    let heads = ["in the measured time", "per hour", "share"].map(Column::figures);
    let columns = [Column::words("")].into_iter().chain(heads).collect();
    Table { columns, groups, sortable: true }
}

/// A row for each app and what is no app's, a column for each item.
fn parts(summary: &ClusterSummary) -> Table {
    let items: Vec<CostItem> = summary.cost.by_item.items().map(|(item, _)| item).collect();
    let of_items = items.iter().map(|&item| Column::figures(label(item)));
    let columns = [Column::words("app")].into_iter().chain(of_items);
    let row = |name: &str, part: &Cost| {
        let cells = items.iter().map(|&item| amount(part.of(item)));
        Row::of(Cell::words(name), cells.collect())
    };
    let own = summary.apps.iter().map(|app| row(&app.name, &app.cost));
    let rest = std::iter::once(row(NO_APP, &summary.cost.not_allocated));
    Table::sortable(columns.collect(), own.chain(rest).collect())
}

fn amount(dollars: f64) -> Cell {
    let text = if dollars == 0.0 { NOTHING.to_owned() } else { money(dollars) };
    Cell::figure(text, dollars)
}
