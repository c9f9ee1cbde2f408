//! Which column of a table is what, as flags say it.

use std::collections::BTreeMap;

use super::described::{Described, below, number_or_text, text};
use super::flags::pair;
use crate::cli::Failure;

/// What flags say of one NUMA node: the flag, and its keys in TOML.
type NodeKeys = Vec<(String, String)>;

/// Columns, each with its unit where that is said.
pub fn columns(
    flag: &str,
    start: &str,
    all: &[String],
    out: &mut Described,
) -> Result<(), Failure> {
    let mut nodes: BTreeMap<u32, NodeKeys> = BTreeMap::new();
    for one in all {
        let (key, column) = pair(flag, one, "KEY=COLUMN or KEY=COLUMN:UNIT")?;
        let value = match column.rsplit_once(':') {
            Some((column, unit)) => {
                format!("{{ column = {}, unit = {} }}", text(column), number_or_text(unit))
            }
            None => text(column),
        };
        match of_node(key) {
            Some((node, key)) => {
                let said = (one.clone(), format!("{key} = {value}"));
                nodes.entry(node).or_default().push(said);
            }
            None => out.set(&format!("{flag} {one}"), &below(start, key), value),
        }
    }
    let nodes = nodes.into_values().map(|keys| {
        let (said, keys): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        (format!("{flag} {}", said.join(",")), format!("{{ {} }}", keys.join(", ")))
    });
    out.list(&format!("{start}.numa"), &nodes.collect::<Vec<_>>());
    Ok(())
}

/// The NUMA node that a key is of, by its number, and what of it: `numa2.cpu`.
fn of_node(key: &str) -> Option<(u32, &str)> {
    let (node, key) = key.strip_prefix("numa")?.split_once('.')?;
    Some((node.parse().ok()?, key))
}
