//! Fragmentation gradient descent.

use super::{GpuHost, GpuItem, GpuPolicy, Taken, Typical};

/// The host, and for a part of a GPU the device, where placing the item adds the least to the free
/// GPUs that the typical workload can make no use of (Weng et al., USENIX ATC 2023;
/// `fgd_score.go`).
///
/// The score is a logistic function of the whole GPUs that are gained for the workload, times 100
/// and cut to an integer, so that small differences are ties.
#[derive(Debug)]
pub struct Fgd {
    typical: Typical,
}

impl Fgd {
    /// For this workload.
    pub fn new(typical: Typical) -> Self {
        Self { typical }
    }

    fn with(&self, host: &GpuHost, item: &GpuItem, taken: Taken) -> i64 {
        let mut devices = host.devices;
        devices.take(taken, item.gpus.milli);
        let after = self.typical.fragments(host.cpu - item.cpu, &devices);
        let gained = (host.fragments - after) / 1000.0;
        // in this order, as the experiment has it: the cut to an integer shows the last digit
        let logistic = 1.0 / (1.0 + libm::exp(-gained));
        (logistic * 100.0) as i64
    }

    /// The best score and the device that gives it, the first of equal ones.
    fn best_share(&self, host: &GpuHost, item: &GpuItem) -> (i64, Taken) {
        let free = host.devices.free();
        let mut best: Option<(i64, Taken)> = None;
        for device in 0..host.devices.count() {
            // one of several with the same left is as good as the first of them
            if free[device] < item.gpus.milli || free[..device].contains(&free[device]) {
                continue;
            }
            let taken = Taken(1 << device);
            let score = self.with(host, item, taken);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, taken));
            }
        }
        best.expect("the item fits")
    }
}

impl GpuPolicy for Fgd {
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64 {
        if item.gpus.is_share() && item.gpus.count == 1 {
            return self.best_share(host, item).0;
        }
        self.with(host, item, host.devices.tightest(item.gpus))
    }

    fn devices(&mut self, host: &GpuHost, item: &GpuItem) -> Taken {
        match item.gpus.is_share() && item.gpus.count == 1 {
            true => self.best_share(host, item).1,
            false => host.devices.tightest(item.gpus),
        }
    }
}
