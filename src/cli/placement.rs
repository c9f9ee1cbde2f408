//! `placement`: items of a table on hosts of a table.

use std::path::{Path, PathBuf};

use super::{Failure, Format, Outcome, print};
use crate::experiment::run::placed;
use crate::laboratory::Site;
use crate::metrics::summary::CurvePoint;
use crate::metrics::{Recording, RunResult};
use crate::report;
use crate::scenario::{
    BatchOrder, HostTable, IdleHosts, Interrupted, ItemTable, Replay, ReplayPolicy,
};
use crate::units::EnergyPrice;

/// Place the items of a table on the hosts of another, and show what becomes of the fleet.
#[derive(Debug, clap::Args)]
pub(super) struct Placement {
    /// Hosts, a row each (CSV, gz too)
    #[arg(long, value_name = "FILE", alias = "hosts")]
    nodes: PathBuf,
    /// Items, a row each (CSV, gz too)
    #[arg(long, value_name = "FILE", alias = "items")]
    pods: PathBuf,
    /// Order in which items come and equally good hosts are taken: JSON, a line for each seed
    #[arg(long, value_name = "FILE")]
    order: Option<PathBuf>,
    /// Which order of the file; without a file, seed of one by chance
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Without an order: items come by chance until they ask for this share of all GPUs
    #[arg(long, default_value_t = 1.3)]
    load: f64,
    /// How hosts are chosen: a name from `plimsoll policies`, or one of the FGD experiment
    #[arg(long, default_value = "FGD", value_parser = policy)]
    policy: ReplayPolicy,
    /// How the result is printed; CSV is what is allocated and what is of no use, by whole percents
    /// of the GPUs that had been asked for
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn policy(name: &str) -> Result<ReplayPolicy, String> {
    ReplayPolicy::by_name(name).ok_or_else(|| {
        let names = ReplayPolicy::ALL.map(ReplayPolicy::name);
        format!("there is no such policy; one of {}", names.join(", "))
    })
}

impl Placement {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        let items = ItemTable { file: self.pods.clone(), columns: None, order: self.order.clone() };
        let description = Replay {
            items,
            host_table: Some(HostTable::new(self.nodes.clone())),
            policy: self.policy,
            choices: None,
            batch: BatchOrder::Listed,
            load: self.order.is_none().then_some(self.load),
            retry: None,
            preemption: false,
            interrupted: Interrupted::default(),
            resizes: None,
            idle_hosts: IdleHosts::default(),
            smallest_item: None,
        };
        let site = Site { cluster: self.policy.name(), ..Site::default() };
        let recording = placed(&description, &site, EnergyPrice::default(), self.seed)
            .map_err(|error| Failure::Input(format!("error: {error}\n")))?;
        print(&self.render(recording))?;
        Ok(Outcome::Done)
    }

    fn render(&self, recording: Recording) -> String {
        if let Format::Csv = self.format {
            let gpus = recording.summary.placement.and_then(|placement| placement.gpus);
            return csv(&gpus.unwrap_or_default().curve);
        }
        let result = RunResult {
            scenario: file_stem(&self.pods),
            resolved: String::new(),
            seed: self.seed,
            recordings: vec![recording],
        };
        match self.format {
            Format::Json => report::json(&result),
            _ => report::table(&result, &report::TerminalOptions::of_stdout()),
        }
    }
}

/// What a table is about, by its name.
fn file_stem(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn csv(points: &[CurvePoint]) -> String {
    let lines = points.iter().map(|point| {
        format!(
            "{},{:.2},{:.2},{:.2}\n",
            point.arrived_percent,
            point.allocated_percent,
            point.fragments_percent,
            point.fragments_of_free_percent
        )
    });
    let header = "arrived_pct,alloc_pct,frag_pct,frag_ratio_pct\n".to_owned();
    std::iter::once(header).chain(lines).collect()
}
