//! Clustering by the kind of GPU request, after Gandiva (Xiao et al., OSDI 2018).

use super::{GpuHost, GpuItem, GpuPolicy};

const MOST_GPU: i64 = 8_000;

/// Hosts whose items all have the same kind of request (parts, one GPU, two, …) come first, then
/// those that have such items among others, then those without any item with GPU; within each the
/// fullest (`gpu_clustering_score.go`). Without a request for GPUs all are equal.
#[derive(Debug)]
pub struct Clustering;

impl GpuPolicy for Clustering {
    fn score(&self, host: &GpuHost, item: &GpuItem) -> i64 {
        let Some(kind) = item.holder() else { return 0 };
        let base = 25 * (MOST_GPU - host.devices.total_free() as i64) / MOST_GPU;
        let kinds = host.holders.iter().filter(|&&items| items > 0).count();
        match (host.holders[kind] > 0, kinds) {
            (true, 1) => base + 75,
            (true, _) => base + 50,
            (false, 0) => base + 25,
            (false, _) => base,
        }
    }
}
