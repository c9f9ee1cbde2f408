//! The trait of a policy for GPUs, and where one is found by its name.

use super::best_fit::BestFit;
use super::clustering::Clustering;
use super::dot_product::DotProduct;
use super::fgd::Fgd;
use super::packing::Packing;
use super::random::Random;
use super::{Devices, GpuNeed, MOST_DEVICES, Taken, Typical};
use crate::engine::Stream;

/// What a policy sees of a host.
#[derive(Clone, Copy, Debug)]
pub struct GpuHost {
    /// Free CPU, in millicores.
    pub cpu: u64,
    /// Its GPUs.
    pub devices: Devices,
    /// Items on it by what they have of GPUs: [parts](GpuNeed::is_share), one, two, ….
    pub holders: [u32; MOST_DEVICES + 1],
    /// [`Typical::fragments`] of it as it is.
    pub fragments: f64,
}

/// What a policy sees of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GpuItem {
    /// CPU, in millicores.
    pub cpu: u64,
    /// GPUs.
    pub gpus: GpuNeed,
}

impl GpuItem {
    /// Which of [`GpuHost::holders`] it is; none without GPU.
    pub fn holder(&self) -> Option<usize> {
        match self.gpus {
            GpuNeed { count: 0, .. } => None,
            need if need.is_share() => Some(0),
            need => Some(usize::from(need.count)),
        }
    }
}

/// A rule by which an item finds its host and its GPUs.
pub trait GpuPolicy: std::fmt::Debug + Send {
    /// How well the item goes on a host that has room for it; the highest is taken, of equal ones
    /// the first in the order of the hosts. It depends on these two alone.
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64;

    /// The devices that the item gets there.
    fn devices(&mut self, host: &GpuHost, item: &GpuItem) -> Taken {
        host.devices.tightest(item.gpus)
    }

    /// Where it is chance which of the hosts with room is taken, the numbers it goes by.
    fn chance(&mut self) -> Option<&mut Stream> {
        None
    }
}

/// A fresh instance of a policy by its name in the experiment; none where none is called so.
pub fn gpu_policy(name: &str, typical: &Typical, chance: Stream) -> Option<Box<dyn GpuPolicy>> {
    Some(match name {
        "FGD" => Box::new(Fgd::new(typical.clone())),
        "BestFit" => Box::new(BestFit),
        "DotProd" => Box::new(DotProduct),
        "GpuClustering" => Box::new(Clustering),
        "GpuPacking" => Box::new(Packing),
        "Random" => Box::new(Random::new(chance)),
        _ => return None,
    })
}
