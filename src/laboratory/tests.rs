//! Whole replays from their descriptions, against timelines worked out by hand.

mod batches;
mod events;
mod groups;
mod nodes;
mod orders;
mod preemption;
mod scan;
mod shapes;
mod tables;

use std::path::Path;

use super::Site;
use crate::metrics::summary::{Account, PlacementSummary};
use crate::scenario::Replay;

/// Plays items (a CSV with at least `cpu`) on so many hosts of a size, with more keys of the
/// description.
fn played(hosts: (usize, u64), items: &str, keys: &str) -> PlacementSummary {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let (count, size) = hosts;
    let hosts = file("hosts.csv", &format!("cpu\n{}", format!("{size}\n").repeat(count)));
    let items = file("items.csv", items);
    let replay = description(&hosts, &items, keys);
    let summary = super::replay(&replay, &Site::default(), 1).expect("it can be played").summary;
    assert!(summary.balances(), "{summary:?}");
    assert_eq!(summary.rejections.sum(), summary.rejected);
    summary
}

/// The tables of a replay.
struct Tables<'a> {
    hosts: &'a str,
    host_columns: &'a str,
    items: &'a str,
    item_columns: &'a str,
}

impl Tables<'_> {
    /// Plays them, with more keys of the description. Arrivals and lifetimes are in seconds, CPU
    /// in cores.
    fn played(&self, keys: &str) -> PlacementSummary {
        self.tried(keys).expect("it can be played")
    }

    fn tried(&self, keys: &str) -> Result<PlacementSummary, super::ReplayError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let (hosts, items) = (file("hosts.csv", self.hosts), file("items.csv", self.items));
        let text = format!(
            "{keys}
            [items]
            file = '{items}'
            columns = {{ {} }}
            [host_table]
            file = '{hosts}'
            columns = {{ {} }}",
            self.item_columns, self.host_columns
        );
        let replay = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let summary = super::replay(&replay, &Site::default(), 1)?.summary;
        assert!(summary.balances(), "{summary:?}");
        assert_eq!(summary.rejections.sum(), summary.rejected);
        Ok(summary)
    }
}

fn description(hosts: &Path, items: &Path, keys: &str) -> Replay {
    let header = std::fs::read_to_string(items).expect("the items");
    let header: Vec<&str> = header.lines().next().unwrap_or_default().split(',').collect();
    let times = ["arrival", "lifetime"].into_iter().filter(|name| header.contains(name));
    let times: String =
        times.map(|name| format!("{name} = {{ column = '{name}', unit = '1s' }}\n")).collect();
    let priority = if header.contains(&"priority") { "priority = 'priority'\n" } else { "" };
    let text = format!(
        "{keys}
        [items]
        file = '{}'
        [items.columns]
        cpu = {{ column = 'cpu', unit = '1m' }}
        {times}{priority}
        [host_table]
        file = '{}'
        columns = {{ cpu = {{ column = 'cpu', unit = '1m' }} }}",
        items.display(),
        hosts.display()
    );
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
