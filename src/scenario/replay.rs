//! `[cluster.replay]`: what a cluster of kind `placement` places, and how.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trace::{HostColumns, ItemColumns};
use crate::engine::SimDuration;

/// `[cluster.replay]`: items of a table come, get a host or none, and leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The items: virtual machines, containers, pods.
    pub items: ItemTable,
    /// Hosts of a table, instead of `hosts`.
    pub host_table: Option<HostTable>,
    /// How hosts are chosen. Default first-fit.
    #[serde(default)]
    pub policy: ReplayPolicy,
    /// Items come by chance, all at once, until they have asked for this share of all GPUs, and
    /// stay; equally good hosts are taken by chance, too. Not with an `order`.
    pub load: Option<f64>,
    /// An item that fits nowhere comes again after so long. Default: it is turned away.
    pub retry: Option<SimDuration>,
}

/// A table of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemTable {
    /// CSV file, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// Which of its columns is what. Default: those of the Alibaba GPU trace of 2023.
    pub columns: Option<ItemColumns>,
    /// A file with orders in which items come and equally good hosts are taken, a line for each
    /// seed: `{"seed": 42, "pods": […], "node_rank": […]}`, items by their places in the table
    /// sorted by name.
    /// Items then come all at once, and stay.
    pub order: Option<PathBuf>,
}

/// A table of hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostTable {
    /// CSV file, relative to the scenario file. `.gz` is read too.
    pub file: PathBuf,
    /// Which of its columns is what. Default: those of the Alibaba GPU trace of 2023.
    pub columns: Option<HostColumns>,
}

/// How hosts are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayPolicy {
    /// The lowest-numbered host with room.
    #[default]
    FirstFit,
    /// The host with the least left over.
    BestFit,
    /// The host with the least CPU left, of those with room.
    BestFitCpu,
    /// The host with the most left over.
    WorstFit,
    /// First fit from the host chosen last.
    NextFit,
    /// The host whose free resources go with the request.
    DotProduct,
    /// Fragmentation gradient descent.
    Fgd,
    /// Best fit of the FGD experiment.
    GpuBestFit,
    /// Dot product of the FGD experiment.
    GpuDotProduct,
    /// Items with the same kind of request for GPUs together.
    GpuClustering,
    /// Shared GPUs before idle ones.
    GpuPacking,
    /// Any host with room, any GPU of it.
    GpuRandom,
}

impl ReplayPolicy {
    /// Its name in a scenario.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstFit => "first-fit",
            Self::BestFit => "best-fit",
            Self::BestFitCpu => "best-fit-cpu",
            Self::WorstFit => "worst-fit",
            Self::NextFit => "next-fit",
            Self::DotProduct => "dot-product",
            Self::Fgd => "fgd",
            Self::GpuBestFit => "gpu-best-fit",
            Self::GpuDotProduct => "gpu-dot-product",
            Self::GpuClustering => "gpu-clustering",
            Self::GpuPacking => "gpu-packing",
            Self::GpuRandom => "gpu-random",
        }
    }

    /// Its rule in one line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::FirstFit => "the lowest-numbered host with room",
            Self::BestFit => "the host with the least left over, as shares of the largest host's",
            Self::BestFitCpu => "the host with the least CPU left, of those with room",
            Self::WorstFit => "the host with the most left over",
            Self::NextFit => "first fit from the host chosen last",
            Self::DotProduct => "the host whose free resources go with the request",
            Self::Fgd => "the host whose free GPUs lose the least of their use to the workload",
            Self::GpuBestFit => "the host with the least CPU and GPU left over, in hundredths",
            Self::GpuDotProduct => "the host whose free CPU and GPU go least with the request",
            Self::GpuClustering => "items with the same kind of request for GPUs together",
            Self::GpuPacking => "shared GPUs before idle ones, idle ones of used hosts first",
            Self::GpuRandom => "any host with room, any GPU of it with room",
        }
    }

    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::FirstFit,
        Self::BestFit,
        Self::BestFitCpu,
        Self::WorstFit,
        Self::NextFit,
        Self::DotProduct,
        Self::Fgd,
        Self::GpuBestFit,
        Self::GpuDotProduct,
        Self::GpuClustering,
        Self::GpuPacking,
        Self::GpuRandom,
    ];

    /// By its name here, or the one it has in the FGD experiment: `FGD`, `BestFit`, `DotProd`,
    /// `GpuClustering`, `GpuPacking`, `Random`.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "FGD" => Self::Fgd,
            "BestFit" => Self::GpuBestFit,
            "DotProd" => Self::GpuDotProduct,
            "GpuClustering" => Self::GpuClustering,
            "GpuPacking" => Self::GpuPacking,
            "Random" => Self::GpuRandom,
            _ => return Self::ALL.into_iter().find(|one| one.name() == name),
        })
    }
}
