//! Dot product of the experiment.

use super::best_fit::{MOST_CPU, MOST_GPU};
use super::{GpuHost, GpuItem, GpuPolicy};

/// 100 less half the dot product of what is free and what is asked for, as shares of the largest
/// host (`dot_product_score.go`, normalised by the maximum): the smaller the product, the better.
#[derive(Debug)]
pub struct DotProduct;

impl GpuPolicy for DotProduct {
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64 {
        let cpu = host.cpu as f64 / MOST_CPU * (item.cpu as f64 / MOST_CPU);
        let free = host.devices.total_free() as f64 / MOST_GPU;
        let gpu = free * (item.gpus.total() as f64 / MOST_GPU);
        (100.0 * (1.0 - (cpu + gpu) / 2.0)) as i64
    }
}
