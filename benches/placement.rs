//! What a placement decision costs on 1,000 hosts that are nearly full: an item leaves, and
//! another is placed.
//!
//! Budget: first and best fit take O(log hosts), no scan of all hosts: 100,000 VMs on 1,000 hosts
//! in well under a second.

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::engine::{Stream, Streams};
use plimsoll::placement::{BinId, POLICIES, Pool, Resources, any, policy};
use plimsoll::scenario::PlacementPolicy;
use plimsoll::units::{Bytes, Millicores};

const HOSTS: usize = 1_000;
/// Items that one measured iteration replaces.
const REPLACED: u64 = 1_000;

fn item(stream: &mut Stream) -> Resources {
    let cores = 1 + stream.below(8) as u64;
    let memory = 1 + stream.below(32) as u64;
    Resources::new(Millicores(1_000 * cores), Bytes(memory << 30))
}

/// Hosts of 64 cores and 256 GiB, filled until an item found no room.
struct Model {
    pool: Pool,
    placed: Vec<(BinId, Resources)>,
    stream: Stream,
}

impl Model {
    fn new(rule: PlacementPolicy) -> Self {
        let host = Resources::new(Millicores(64_000), Bytes(256 << 30));
        let pool = Pool::new(policy(rule), std::iter::repeat_n(host, HOSTS));
        let mut model = Self { pool, placed: Vec::new(), stream: Streams::new(1).named("items") };
        while model.place() {}
        model
    }

    fn place(&mut self) -> bool {
        let need = item(&mut self.stream);
        let Some(bin) = self.pool.choose(need, &any) else {
            return false;
        };
        self.pool.take(bin, need);
        self.placed.push((bin, need));
        true
    }

    fn replace(&mut self, items: u64) {
        for _ in 0..items {
            let leaving = self.stream.below(self.placed.len());
            let (bin, need) = self.placed.swap_remove(leaving);
            self.pool.give(bin, need);
            self.place();
        }
    }
}

fn replacements(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("placement/1000-hosts");
    group.throughput(Throughput::Elements(REPLACED));
    for description in POLICIES {
        let mut model = Model::new(description.policy);
        group.bench_function(description.name, |bencher| {
            bencher.iter(|| model.replace(REPLACED));
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = cpu_time::criterion(20, Duration::from_secs(1));
    targets = replacements
);
criterion_main!(benches);
