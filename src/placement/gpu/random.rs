//! Chance.

use super::{GpuHost, GpuItem, GpuPolicy, Taken};
use crate::engine::Stream;

/// Any host with room, each as likely as another, and for a part of a GPU any device with room.
#[derive(Debug)]
pub struct Random {
    chance: Stream,
}

impl Random {
    /// By these numbers.
    pub fn new(chance: Stream) -> Self {
        Self { chance }
    }
}

impl GpuPolicy for Random {
    fn score(&self, _: &GpuHost, _: &GpuItem) -> i64 {
        0
    }

    fn devices(&mut self, host: &GpuHost, item: &GpuItem) -> Taken {
        if !(item.gpus.is_share() && item.gpus.count == 1) {
            return host.devices.tightest(item.gpus);
        }
        let pick = self.chance.below(host.devices.with(item.gpus.milli));
        let fitting = |&device: &usize| host.devices.free()[device] >= item.gpus.milli;
        let device = (0..host.devices.count()).filter(fitting).nth(pick);
        Taken(1 << device.expect("the item fits"))
    }

    fn chance(&mut self) -> Option<&mut Stream> {
        Some(&mut self.chance)
    }
}
