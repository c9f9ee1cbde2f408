//! Which of several groups grows.
//!
//! Follows the folders of expander/ of the Cluster Autoscaler 1.36. Every expander keeps the best
//! of the options it is shown, several where they are equal.

use super::group::NodeGroup;
use super::scale_up::Expansion;
use super::view::Amounts;

/// A way to choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expander {
    /// By chance.
    Random,
    /// The option that places most pods.
    MostPods,
    /// The one of whose nodes the least is left over, CPU and memory added up.
    LeastWaste,
    /// The one of fewest nodes.
    LeastNodes,
    /// The cheapest for what its pods are worth, where nodes of a size that suits the cluster are
    /// preferred. Groups without a [price](NodeGroup::price) do not take part.
    Price(PodPrices),
    /// The group with the highest [priority](NodeGroup::priority); all if none has one.
    Priority,
}

/// What pods are worth, by the hour, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodPrices {
    /// A core.
    pub core: f64,
    /// A GiB of memory.
    pub gib: f64,
}

impl Default for PodPrices {
    /// Those of N1 machines, the only ones for which the Cluster Autoscaler has a model
    /// (cloudprovider/gce/gce_price_info.go).
    fn default() -> Self {
        Self { core: 0.033_174, gib: 0.004_446 }
    }
}

impl PodPrices {
    fn of(self, amounts: Amounts) -> f64 {
        let (cores, gib) = (amounts.milli_cpu as f64 / 1e3, amounts.memory as f64 / GIB);
        self.core * cores + self.gib * gib
    }
}

/// How ill nodes with GPUs suit any cluster: only pods that need them shall get them.
const GPU_UNFIT: f64 = 1_000.0;
const GIB: f64 = (1u64 << 30) as f64;

impl Expander {
    /// The places of the best options, ascending; none only of none, or where no option has what
    /// it goes by. `nodes` is the number of nodes that the cluster has.
    #[must_use]
    pub fn best(self, options: &[Expansion], groups: &[NodeGroup], nodes: usize) -> Vec<usize> {
        let group = |option: &Expansion| &groups[option.group.index()];
        match self {
            Self::Random => (0..options.len()).collect(),
            Self::MostPods => lowest(options, |option| Some(-(option.pods.len() as f64))),
            Self::LeastNodes => lowest(options, |option| Some(f64::from(option.nodes))),
            Self::LeastWaste => lowest(options, |option| Some(waste(option, group(option)))),
            Self::Price(prices) => {
                lowest(options, |option| price(option, group(option), prices, nodes))
            }
            Self::Priority => match options.iter().filter_map(|one| group(one).priority).max() {
                None => (0..options.len()).collect(),
                highest => {
                    let all = options.iter().enumerate();
                    let top = all.filter(|(_, option)| group(option).priority == highest);
                    top.map(|(place, _)| place).collect()
                }
            },
        }
    }
}

/// The options with the lowest score.
fn lowest(options: &[Expansion], score: impl Fn(&Expansion) -> Option<f64>) -> Vec<usize> {
    let scores: Vec<Option<f64>> = options.iter().map(score).collect();
    let Some(least) = scores.iter().flatten().copied().reduce(f64::min) else { return Vec::new() };
    let all = scores.iter().enumerate();
    all.filter(|(_, score)| **score == Some(least)).map(|(place, _)| place).collect()
}

/// The share of all that the nodes of an option have which its pods do not request: of what the
/// machines have, not of what pods may take (expander/waste/waste.go).
fn waste(option: &Expansion, group: &NodeGroup) -> f64 {
    let capacity = &group.template.capacity;
    let left = |has: i64, wanted: i64| {
        let all = has * i64::from(option.nodes);
        (all - wanted) as f64 / all as f64
    };
    left(capacity.milli_cpu, option.requested.milli_cpu)
        + left(capacity.memory, option.requested.memory)
}

/// Nodes' price over pods' price, times how ill the size of the nodes suits the cluster
/// (expander/price/price.go and preferred.go). The more nodes are added, the less their size
/// matters; the price of a pod of half a core is added on both sides, so that little options do not
/// swing.
fn price(option: &Expansion, group: &NodeGroup, prices: PodPrices, nodes: usize) -> Option<f64> {
    let steady = prices.of(Amounts { milli_cpu: 500, memory: 500 << 20 });
    let of_nodes = group.price?.0 * f64::from(option.nodes);
    let ratio = (of_nodes + steady) / (prices.of(option.requested) + steady);
    let preferred = match nodes {
        0..=2 => 1_000.0,
        3..=6 => 2_000.0,
        7..=20 => 4_000.0,
        21..=60 => 8_000.0,
        61..=200 => 16_000.0,
        _ => 32_000.0,
    };
    let own = group.template.capacity.milli_cpu as f64;
    let unfit = f64::max(preferred / own, own / preferred);
    let more = f64::from(option.nodes.saturating_sub(1));
    let weight = match group.gpu {
        None => (unfit - 1.0) * (1.0 - libm::tanh(more / 15.0)) + 1.0,
        Some(_) => GPU_UNFIT,
    };
    Some(weight * ratio)
}
