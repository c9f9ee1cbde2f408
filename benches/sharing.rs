//! What a change in the share tree costs: a job that starts and a job that ends, with 1, 40 and
//! 200 leaves (containers) on a host of 32 cores.
//!
//! `uncontended`: there is a core for every job, so that a change concerns one leaf alone and the
//! cost does not grow with the number of leaves. `contended`: every leaf has two jobs and may use
//! two cores, more than there are, so that a change moves the rates of all; leaves that are alike
//! are solved as one.
//!
//! Budget: O(1) per event on an uncontended host; 3 million requests per second of one core leave
//! about 330 ns for a request, of which the tree is the largest part.

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::engine::{SimTime, Stream, Streams};
use plimsoll::sharing::{Capacity, LeafId, Share, ShareTree};

const CORES: f64 = 32.0;
/// Jobs that one measured iteration completes.
const JOBS: u64 = 2_000;

/// A tree whose leaves always have the same number of jobs: one that ends is followed by another.
struct Model {
    tree: ShareTree<u32>,
    now: SimTime,
    leaves: Vec<LeafId>,
    stream: Stream,
    done: Vec<u32>,
}

impl Model {
    fn new(leaves: u32, jobs: u32, cap: f64) -> Self {
        let share = Share { weight: 1.0, floor: 0.0, cap };
        let mut tree = ShareTree::new(Capacity::cores(CORES));
        let now = SimTime::ZERO;
        let add = |_| tree.add_leaf(now, ShareTree::<u32>::ROOT, share, 1.0, None);
        let leaves: Vec<LeafId> = (0..leaves).map(add).collect();
        let stream = Streams::new(1).named("work");
        let mut model = Self { tree, now, leaves, stream, done: Vec::new() };
        for leaf in 0..model.leaves.len() as u32 {
            (0..jobs).for_each(|_| model.add(leaf));
        }
        model
    }

    /// Adds a job of 18 ms on average.
    fn add(&mut self, leaf: u32) {
        let work = -libm::log(self.stream.positive_uniform()) * 18e6;
        self.tree.add_job(self.now, self.leaves[leaf as usize], work, leaf);
    }

    fn complete(&mut self, jobs: u64) {
        let mut completed = 0;
        while completed < jobs {
            self.now = self.tree.next();
            let mut done = std::mem::take(&mut self.done);
            self.tree.advance(self.now, &mut done);
            completed += done.len() as u64;
            for leaf in done.drain(..) {
                self.add(leaf);
            }
            self.done = done;
        }
    }
}

fn completions(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("share-tree");
    group.throughput(Throughput::Elements(JOBS));
    for leaves in [1, 40, 200] {
        // at most as many cores as there are, in halves for 40 leaves and in sixths for 200
        let fair = (CORES / f64::from(leaves)).min(1.0);
        for (load, jobs, cap) in [("uncontended", 1, fair), ("contended", 2, 2.0)] {
            let jobs = if leaves == 1 && load == "contended" { 64 } else { jobs };
            let cap = if leaves == 1 && load == "contended" { 64.0 } else { cap };
            let mut model = Model::new(leaves, jobs, cap);
            group.bench_function(BenchmarkId::new(load, leaves), |bencher| {
                bencher.iter(|| model.complete(JOBS));
            });
        }
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu_time::criterion(20, Duration::from_secs(1));
    targets = completions
);
criterion_main!(benches);
