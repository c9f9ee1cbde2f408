//! `[cluster.replay]`: what a cluster of kind `placement` places, and how.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::group_rule::GroupRule;
use super::hardware::Power;
use super::replay_events::{IdleHosts, Interrupted, Resizes, SmallestItem};
use super::shorthand::{self, TextOrTable};
use super::trace::{HostColumns, ItemColumns};
use super::type_table::{Origin, TypeTable};
use crate::engine::{SimDuration, SimTime};
use crate::units::HourlyPrice;

/// `[cluster.replay]`: items of a table come, get a host or none, and leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The items: virtual machines, containers, pods.
    pub items: ItemTable,
    /// Hosts of a table, instead of `hosts`.
    pub host_table: Option<HostTable>,
    /// What each of `hosts` has of other kinds of resource, by the names that items have for them
    /// in `extra`. Disk and network of the hosts count where items have columns `disk` and
    /// `network`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub host_extra: BTreeMap<String, u64>,
    /// How hosts are chosen. Default first-fit.
    #[serde(default)]
    pub policy: ReplayPolicy,
    /// `power-of-k`: how many hosts are drawn. Default 2.
    pub choices: Option<u32>,
    /// What items of one group ask of their hosts, where the table says no `strategy` for one.
    pub group_rule: Option<GroupRule>,
    /// Words of the column `strategy`, and what they stand for: `{ packed = "affinity" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strategies: BTreeMap<String, GroupRule>,
    /// So many hosts each, in their order, are in one rack. 1 for hosts that fail by themselves.
    pub hosts_per_rack: Option<u32>,
    /// In which order items are placed that come at one instant. Default: that of the table.
    #[serde(default)]
    pub batch: BatchOrder,
    /// Items come by chance, all at once, until they have asked for this share of all GPUs, and
    /// stay; equally good hosts are taken by chance, too. With the tables of the experiment of FGD
    /// a seed has the order of its run with this seed. Not with an `order`.
    pub load: Option<f64>,
    /// When an item comes again that fits nowhere, had to leave its host, or was on one that failed
    /// (`[[fault]]`). Default: it is turned away, or lost with the host.
    pub retry: Option<Retry>,
    /// How long an item stays that had to leave its host, or was on one that failed, once it has a
    /// host again. Default starts-anew.
    #[serde(default)]
    pub interrupted: Interrupted,
    /// Whether an item that fits nowhere evicts less important ones, by the column `priority`: on
    /// one host, as few as are in the way, and on that where they matter least by the rules of
    /// kube-scheduler. They come again by `retry`.
    #[serde(default)]
    pub preemption: bool,
    /// Items that need more or less from a time on. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resizes: Option<Resizes>,
    /// Whether hosts without items are on. Default off: they take no power and are not paid for.
    #[serde(default)]
    pub idle_hosts: IdleHosts,
    /// The smallest item that would be of any use. What is free on a host in use is stranded where
    /// the host has less than this left of another kind. Default: where none of another kind is
    /// left (as Li et al. count stranded memory, Pond, ASPLOS 2023).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest_item: Option<SmallestItem>,
}

impl Replay {
    /// Of which nothing else is said.
    pub fn new(items: ItemTable) -> Self {
        Self {
            items,
            host_table: None,
            host_extra: BTreeMap::new(),
            policy: ReplayPolicy::default(),
            choices: None,
            group_rule: None,
            strategies: BTreeMap::new(),
            hosts_per_rack: None,
            batch: BatchOrder::default(),
            load: None,
            retry: None,
            interrupted: Interrupted::default(),
            preemption: false,
            resizes: None,
            idle_hosts: IdleHosts::default(),
            smallest_item: None,
        }
    }
}

/// When an item comes again: after `first`, then after `factor` times as long each time, at most
/// `most`. A duration alone is the same time, always.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
#[schemars(transform = or_duration)]
pub struct Retry {
    /// After it was first without a host.
    pub first: SimDuration,
    /// How many times as long each next time. Default 2.
    #[serde(default = "twice")]
    pub factor: f64,
    /// At most so long. Default 5 min.
    #[serde(default = "five_minutes")]
    pub most: SimDuration,
}

impl Retry {
    /// The same time, always.
    pub const fn every(time: SimDuration) -> Self {
        Self { first: time, factor: 1.0, most: time }
    }

    /// How long to wait after one has waited so long in vain.
    pub fn after(self, waited: SimDuration) -> SimDuration {
        let longer = libm::round(waited.as_nanos() as f64 * self.factor);
        // a float beyond the largest number becomes the largest number
        SimDuration::from_nanos(longer as u64).min(self.most)
    }

    /// When one comes next, not before `now`, who last came at `since` and has waited `pause` each
    /// time then; and how long it waits after that.
    pub fn next(self, since: SimTime, pause: SimDuration, now: SimTime) -> (SimTime, SimDuration) {
        let (mut at, mut pause) = (since.saturating_add(pause), pause);
        while at < now && pause != self.after(pause) {
            pause = self.after(pause);
            at = at.saturating_add(pause);
        }
        let (behind, step) = (now.as_nanos().saturating_sub(at.as_nanos()), pause.as_nanos());
        let steps = behind.div_ceil(step.max(1));
        (at.saturating_add(SimDuration::from_nanos(steps.saturating_mul(step))), pause)
    }
}

fn twice() -> f64 {
    2.0
}

fn five_minutes() -> SimDuration {
    SimDuration::from_secs(300)
}

impl<'de> Deserialize<'de> for Retry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shorthand::deserialize(from)
    }
}

impl TextOrTable for Retry {
    const EXPECTED: &'static str =
        "a duration, or a table such as `{ first = \"1s\", factor = 2, most = \"5min\" }`";

    fn from_text<E: Error>(text: &str) -> Result<Self, E> {
        Ok(Self::every(text.parse().map_err(E::custom)?))
    }

    fn from_table<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(table))
    }
}

impl Serialize for Retry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if *self == Self::every(self.first) {
            return self.first.serialize(to);
        }
        Self::serialize(self, to)
    }
}

fn or_duration(schema: &mut Schema) {
    let table = schema.clone();
    let description = table.get("description").cloned().unwrap_or_default();
    *schema = json_schema!({
        "description": description,
        "anyOf": [{ "description": "The same time, always.", "type": "string" }, table],
    });
}

/// A table of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemTable {
    /// CSV file (`.gz`, too) or workbook (`.xlsx`: its first sheet), relative to the
    /// scenario file.
    pub file: PathBuf,
    /// Which of its columns is what. Default: those of the Alibaba GPU trace of 2023.
    pub columns: Option<ItemColumns>,
    /// Another table that says what items of each type need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<TypeTable>,
    /// Whether rows may come in any order: they are then read into memory and sorted by arrival,
    /// equal ones as listed. Default: an item that comes before the one above it is an error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sort: bool,
    /// Which instant is that of the start. Items that came before it are there at the start; those
    /// that left before it are left out, and counted. Default: the first arrival where arrivals
    /// are dates or the first is ten years or more from 0, as of clocks that count from 1970; else
    /// the 0 of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// A file with orders in which items come and equally good hosts are taken, a line for each
    /// seed: `{"seed": 42, "pods": […], "node_rank": […]}`, items by their places in the table
    /// sorted by name.
    /// Items then come all at once, and stay.
    pub order: Option<PathBuf>,
}

impl ItemTable {
    /// A file of which nothing else is said.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            columns: None,
            types: None,
            sort: false,
            origin: None,
            order: None,
        }
    }
}

/// A table of hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostTable {
    /// CSV file (`.gz`, too) or workbook (`.xlsx`: its first sheet), relative to the
    /// scenario file.
    pub file: PathBuf,
    /// Which of its columns is what. Default: those of the Alibaba GPU trace of 2023.
    pub columns: Option<HostColumns>,
    /// Electrical power of each by the share of its CPU that items have, where its columns do not
    /// say. Default: not known, and no energy is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
    /// Price of each. Default 0.
    #[serde(default)]
    pub price: HourlyPrice,
}

impl HostTable {
    /// A table of which nothing else is said.
    pub fn new(file: PathBuf) -> Self {
        Self { file, columns: None, power: None, price: HourlyPrice::default() }
    }
}

/// In which order items are placed that come at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BatchOrder {
    /// That of the table.
    #[default]
    Listed,
    /// The largest first, by the sum of their shares of the largest host: first-fit decreasing
    /// with `first-fit`, best-fit decreasing with `best-fit`. Equal ones as listed.
    Decreasing,
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
    /// The host whose free resources have most nearly the proportions of the request.
    CosineSimilarity,
    /// The host with the least left over by the sum of squares.
    L2Norm,
    /// Any host with room.
    RandomFit,
    /// The host with the least left over, of as many with room as `choices` says, drawn by chance.
    PowerOfK,
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
            Self::CosineSimilarity => "cosine-similarity",
            Self::L2Norm => "l2-norm",
            Self::RandomFit => "random-fit",
            Self::PowerOfK => "power-of-k",
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
            Self::CosineSimilarity => "the host whose free resources have the shape of the request",
            Self::L2Norm => "the host of which the least is left, each kind squared",
            Self::RandomFit => "any host with room",
            Self::PowerOfK => "of a few hosts with room by chance, that with the least left over",
            Self::Fgd => "the host whose free GPUs lose the least of their use to the workload",
            Self::GpuBestFit => "the host with the least CPU and GPU left over, in hundredths",
            Self::GpuDotProduct => "the host whose free CPU and GPU go least with the request",
            Self::GpuClustering => "items with the same kind of request for GPUs together",
            Self::GpuPacking => "shared GPUs before idle ones, idle ones of used hosts first",
            Self::GpuRandom => "any host with room, any GPU of it with room",
        }
    }

    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::FirstFit,
        Self::BestFit,
        Self::BestFitCpu,
        Self::WorstFit,
        Self::NextFit,
        Self::DotProduct,
        Self::CosineSimilarity,
        Self::L2Norm,
        Self::RandomFit,
        Self::PowerOfK,
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
