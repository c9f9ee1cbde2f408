//! Packing of GPUs, after MLaaS in the wild (Weng et al., NSDI 2022).

use super::{GpuHost, GpuItem, GpuPolicy, MILLI};

/// From the best to the worst: devices that others share, the fullest first; idle devices of a host
/// in use, the fewer the better; idle devices of an idle host, the smaller the host the better
/// (`gpu_packing_score.go`). Without a request for GPUs all are equal.
#[derive(Debug)]
pub struct Packing;

impl GpuPolicy for Packing {
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64 {
        if item.gpus.count == 0 {
            return 0;
        }
        let idle = host.devices.untouched();
        if idle == host.devices.count() {
            return (33 - idle as i64).max(idle as i64);
        }
        let taken = host.devices.tightest(item.gpus);
        let free = host.devices.free().iter().enumerate();
        let used = || free.clone().filter(|&(device, _)| taken.0 >> device & 1 == 1);
        match used().filter(|&(_, &free)| free == MILLI).count() {
            0 => {
                let percent: i64 = used().map(|(_, &free)| i64::from(free) * 100 / 1000).sum();
                (100 - percent / 10).max(50)
            }
            idle => (50 - idle as i64).max(33),
        }
    }
}
