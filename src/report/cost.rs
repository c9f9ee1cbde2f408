//! What clusters cost, in words and in a section of a page: by what was paid for, and by app.

use super::page::{Block, Cell, Column, Row, Rows, Section, Table};
use super::quantity::{NOTHING, money, percent};
use crate::metrics::summary::{ClusterSummary, Cost, CostItem};

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
        CostItem::Electricity => "electricity",
    }
}

/// The section of a page: a table of items for each cluster that cost anything, and one of its apps
/// where any part is theirs.
pub(super) fn section(all: &[&ClusterSummary]) -> Option<Section> {
    let paid: Vec<_> = all.iter().filter(|summary| !summary.cost.is_zero()).collect();
    let mut blocks = Vec::new();
    let mut is_split = false;
    for summary in &paid {
        if paid.len() > 1 || all.len() > 1 {
            blocks.push(Block::Heading(summary.cluster.clone()));
        }
        blocks.push(Block::Table(items(summary)));
        if summary.apps.iter().any(|app| !app.cost.is_zero()) {
            blocks.push(Block::Table(apps(summary)));
            is_split = true;
        }
    }
    if is_split {
        let key = "Apps pay what is theirs alone, and their part of the instances that their tasks \
                   are on: by CPU and memory reserved, or used where that is more, idle capacity in \
                   proportion, as split cost allocation data of AWS has it.";
        blocks.push(Block::Remark(key.into()));
    }
    Section::of("What was paid for", blocks)
}

fn items(summary: &ClusterSummary) -> Table {
    let columns = vec![
        Column::words("item"),
        Column::figures("in the measured time"),
        Column::figures("per hour"),
        Column::figures("share"),
    ];
    let bill = &summary.cost.by_item;
    let row = |name: &str, dollars: f64| {
        let share = dollars / bill.total();
        let cells = vec![
            amount(dollars),
            amount(per_hour(dollars, summary)),
            Cell::figure(percent(share), share),
        ];
        Row::of(Cell::words(name), cells)
    };
    let all = bill.items().map(|(item, dollars)| row(label(item), dollars));
    table(columns, all.collect(), row("all", bill.total()))
}

/// A row for each app, and what is no app's.
fn apps(summary: &ClusterSummary) -> Table {
    let (cost, hours) = (&summary.cost, summary.measured_seconds / 3600.0);
    let theirs = |item: &CostItem| summary.apps.iter().any(|app| app.cost.of(*item) != 0.0);
    let items: Vec<CostItem> = CostItem::ALL.into_iter().filter(theirs).collect();
    let heads = ["in the measured time", "per hour", "share"].map(Column::figures);
    let of_items = items.iter().map(|&item| Column::figures(label(item)));
    let columns = [Column::words("app")].into_iter().chain(heads).chain(of_items);
    let row = |name: &str, part: &Cost| {
        let total = part.total();
        let share = total / cost.by_item.total();
        let mut cells = vec![amount(total), amount(total / hours)];
        cells.push(Cell::figure(percent(share), share));
        cells.extend(items.iter().map(|&item| amount(part.of(item))));
        Row::of(Cell::words(name), cells)
    };
    let own = summary.apps.iter().map(|app| row(&app.name, &app.cost));
    table(columns.collect(), own.collect(), row("no app", &cost.not_allocated))
}

/// A table that can be sorted, but for its last row.
fn table(columns: Vec<Column>, rows: Vec<Row>, last: Row) -> Table {
    let groups = [rows, vec![last]].map(|rows| Rows { title: String::new(), rows });
    Table { columns, groups: groups.into(), sortable: true }
}

fn per_hour(dollars: f64, summary: &ClusterSummary) -> f64 {
    dollars * 3600.0 / summary.measured_seconds
}

fn amount(dollars: f64) -> Cell {
    let text = if dollars == 0.0 { NOTHING.to_owned() } else { money(dollars) };
    Cell::figure(text, dollars)
}
