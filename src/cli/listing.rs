//! `policies`: what a scenario can choose from.

use comfy_table::{Table, presets};

use super::{Failure, Outcome, print};
use crate::placement;
use crate::scenario::ReplayPolicy;
use crate::workload::balance;

/// List the policies a scenario can choose from.
#[derive(Debug, clap::Args)]
pub(super) struct Policies {}

impl Policies {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let placements = placement::POLICIES.iter().map(|policy| (policy.name, policy.summary));
        let balances = balance::POLICIES.iter().map(|policy| (policy.name, policy.description));
        let replays = ReplayPolicy::ALL.iter().map(|one| (one.name(), one.summary()));
        let text = [
            section("placement", "`placement` of a `[[cluster]]`", placements),
            section("replay", "`policy` of a `[cluster.replay]`", replays),
            section("balance", "`balance` of an `[[app]]`", balances),
        ];
        print(&text.join("\n"))
    }
}

fn section<'a>(title: &str, place: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, summary) in rows {
        table.add_row([format!("  {name}"), summary.to_owned()]);
    }
    format!("{title} ({place})\n{}\n", table.trim_fmt())
}
