//! What happens to items and hosts beside coming and leaving, against timelines worked out by hand.

mod drains;
mod failures;
mod properties;
mod resizes;

use serde::Deserialize;

use super::super::{Replayed, Site};
use crate::engine::SimDuration;
use crate::metrics::summary::Account;
use crate::scenario::{Fault, MigrationOptions, Replay};

/// Tables and keys of a replay, as texts.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// With columns `cpu` and `memory`.
    pub hosts: String,
    /// With columns `name`, `arrival`, `lifetime`, `cpu` and `memory`.
    pub items: String,
    /// With columns `name`, `time`, `cpu` and `memory`.
    pub resizes: Option<String>,
    /// Of `[cluster.replay]`.
    pub keys: String,
    /// `[[fault]]`.
    pub faults: String,
    /// Of `[cluster.migration]`, with a second for ten bytes, and no time beside that.
    pub migration: String,
    /// No fault strikes later.
    pub seconds: u64,
    /// Of chance.
    pub seed: u64,
    /// Whether items stay for ever, whatever their lifetime.
    pub stays: bool,
    /// More columns of the hosts.
    pub power: String,
    /// Whether hosts have two nodes, the second in `cpu2` and `memory2`, and items columns `numa`,
    /// `group`, `rule` and `domain`.
    pub has_nodes: bool,
    /// Whether hosts and items have a column `gpus`.
    pub gpus: bool,
}

impl Case {
    /// So many hosts of 10 (thousandths of) cores and 100 bytes, with items on them.
    pub fn new(hosts: usize, items: &str) -> Self {
        Self {
            hosts: format!("cpu,memory\n{}", "10,100\n".repeat(hosts)),
            items: format!("name,arrival,lifetime,cpu,memory\n{items}"),
            migration: PLAIN.into(),
            seconds: 1_000_000,
            ..Self::default()
        }
    }

    /// With more keys, faults, options of migrations.
    pub fn with(&self, keys: &str, faults: &str, migration: &str) -> Self {
        let mut case = self.clone();
        for (text, more) in
            [(&mut case.keys, keys), (&mut case.faults, faults), (&mut case.migration, migration)]
        {
            text.push_str(more);
            text.push('\n');
        }
        case
    }

    /// With a table of resizes.
    pub fn resized(&self, rows: &str) -> Self {
        Self { resizes: Some(format!("name,time,cpu,memory\n{rows}")), ..self.clone() }
    }

    /// What comes of it.
    pub fn play(&self) -> Replayed {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let resizes = self.resizes.as_ref().map(|text| file("resizes.csv", text));
        let migrate = if self.keys.contains("#migrate") { "migrate = true" } else { "" };
        let resizes =
            resizes.map(|file| format!("[resizes]\nfile = '{file}'\n{migrate}\n{RESIZES}"));
        let gpus = if self.gpus { ", gpus = 'gpus'" } else { "" };
        let text = format!(
            "{}\n{}\n[host_table]\nfile = '{}'\ncolumns = {{ {}{}{gpus} }}\n[items]\nfile = '{}'\n\
             columns = {{ name = 'name', arrival = 'arrival', {AMOUNTS}{}{}{gpus} }}",
            self.keys,
            resizes.unwrap_or_default(),
            file("hosts.csv", &self.hosts),
            if self.has_nodes { NODES } else { AMOUNTS },
            self.power,
            file("items.csv", &self.items),
            if self.stays { "" } else { ", lifetime = 'lifetime'" },
            if self.has_nodes { BOUND } else { "" },
        );
        let replay: Replay = toml::from_str(&text).unwrap_or_else(|it| panic!("{it}\n{text}"));
        let text = format!("[migration]\n{}\n{}", self.migration, self.faults);
        let around: Around = toml::from_str(&text).unwrap_or_else(|it| panic!("{it}\n{text}"));
        let site = Site {
            faults: &around.fault,
            duration: SimDuration::from_secs(self.seconds),
            migration: around.migration,
            ..Site::default()
        };
        let played = super::super::replay(&replay, &site, self.seed).expect("it can be played");
        let summary = &played.summary;
        assert!(summary.balances(), "{summary:?}");
        assert!(summary.drains.is_none_or(|it| it.balances()), "{summary:?}");
        assert!(summary.resizes.is_none_or(|it| it.balances()), "{summary:?}");
        assert!(played.migrations.balances(), "{:?}", played.migrations);
        played
    }
}

const AMOUNTS: &str = "cpu = { column = 'cpu', unit = '1m' }, memory = 'memory'";
const NODES: &str = "numa = [{ cpu = { column = 'cpu', unit = '1m' }, memory = 'memory' }, \
                     { cpu = { column = 'cpu2', unit = '1m' }, memory = 'memory2' }]";
const BOUND: &str = ", numa = 'numa', group = 'group', strategy = 'rule', domain = 'domain', \
                     priority = 'priority'";
const RESIZES: &str = "columns = { name = 'name', time = 'time', \
                       cpu = { column = 'cpu', unit = '1m' }, memory = 'memory' }";
const PLAIN: &str = "bandwidth = '10B/s'\ndirty_rate = '0B/s'\nresume = '0s'\n";

#[derive(Deserialize)]
struct Around {
    #[serde(default)]
    fault: Vec<Fault>,
    migration: MigrationOptions,
}
