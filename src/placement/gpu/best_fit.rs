//! Best fit of the experiment: the least CPU and GPU left over.

use super::{GpuHost, GpuItem, GpuPolicy};

/// CPU of the largest host of the experiment, in millicores (`MaxSpecCpu`).
pub(super) const MOST_CPU: f64 = 128_000.0;
/// GPU of the largest host of the experiment, in thousandths (`MaxSpecGpu`).
pub(super) const MOST_GPU: f64 = 8_000.0;

/// 100 for a host that is full with the item, less by the mean of the shares of CPU and GPU that
/// are left, of those of the largest host (`best_fit_score.go`). What the experiment does to its
/// scores after that, to spread them from 0 to 100, leaves the best ones the best.
#[derive(Debug)]
pub struct BestFit;

impl GpuPolicy for BestFit {
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64 {
        let cpu = (host.cpu - item.cpu) as f64;
        let gpu = (host.devices.total_free() - item.gpus.total()) as f64;
        let left = cpu / MOST_CPU * 0.5 + gpu / MOST_GPU * 0.5;
        ((1.0 - left) * 100.0) as i64
    }
}
