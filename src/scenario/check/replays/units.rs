//! Units of columns: of nothing there would be nothing.

use std::collections::BTreeMap;

use super::Finding;
use crate::scenario::path::Path;
use crate::scenario::{Column, HostColumns, ItemColumns};
use crate::units::{Bytes, Millicores};

pub fn check_items(columns: &ItemColumns, at: &Path, out: &mut Vec<Finding>) {
    let times =
        [("arrival", &columns.arrival), ("lifetime", &columns.lifetime), ("end", &columns.end)];
    for (key, column) in times {
        let is_zero = column.as_ref().is_some_and(|column| column.unit.is_zero());
        refuse(is_zero, &at.key(key), out);
    }
    let memory = columns.memory.as_ref().is_some_and(|column| column.unit.0 == 0);
    let share = columns.gpu_share.as_ref().is_some_and(|column| column.unit.0 == 0.0);
    refuse(columns.cpu.unit.0 == 0, &at.key("cpu"), out);
    refuse(memory, &at.key("memory"), out);
    refuse(share, &at.key("gpu_share"), out);
    check_quantities(columns.quantities(), at, out);
    check_extra(&columns.extra, at, out);
}

pub fn check_hosts(columns: &HostColumns, at: &Path, out: &mut Vec<Finding>) {
    check_node(columns.cpu.as_ref(), columns.memory.as_ref(), at, out);
    for (node, place) in columns.numa.iter().zip(0..) {
        let at = at.key("numa").index(place);
        check_node(Some(&node.cpu), node.memory.as_ref(), &at, out);
    }
    check_quantities(columns.quantities(), at, out);
    check_extra(&columns.extra, at, out);
}

fn check_node(
    cpu: Option<&Column<Millicores>>,
    memory: Option<&Column<Bytes>>,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    refuse(cpu.is_some_and(|column| column.unit.0 == 0), &at.key("cpu"), out);
    refuse(memory.is_some_and(|column| column.unit.0 == 0), &at.key("memory"), out);
}

fn check_quantities<'a>(
    columns: impl Iterator<Item = (&'static str, &'a str, u64)>,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    for (kind, _, unit) in columns {
        refuse(unit == 0, &at.key(kind), out);
    }
}

fn check_extra(extra: &BTreeMap<String, Column<u64>>, at: &Path, out: &mut Vec<Finding>) {
    for (kind, column) in extra {
        refuse(column.unit == 0, &at.key("extra").key(kind.clone()), out);
    }
}

fn refuse(is_zero: bool, at: &Path, out: &mut Vec<Finding>) {
    if is_zero {
        let title = "a unit of nothing: whatever the column has, it would be 0";
        out.push(Finding::new(at.key("unit"), title).help("the unit is what 1 stands for"));
    }
}
