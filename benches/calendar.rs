//! What a pending event costs: one pop and one push (a *hold*) at a constant number of pending
//! events, for `engine::Calendar` beside `std::collections::BinaryHeap` of the same entries.
//!
//! Budget: within 1.5 times a timing wheel alone, about 80 ns at 100,000 pending events on a
//! two-core machine, and flat in their number; a binary heap needs 300 to 450 ns there and over
//! 1,000 ns at a million. Compare the two within one run: their ratio means something on any
//! machine, the times alone do not.
//!
//! Three laws of the increment, after which an event is scheduled anew: `exponential` (a Poisson
//! model), `bimodal` (one in ten far ahead, as timeouts are), `tied` (many at the same instant).

#[path = "support/cpu_time.rs"]
mod cpu_time;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

use cpu_time::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plimsoll::engine::{Calendar, Phase, SimTime, Stream, Streams};

/// Holds that one measured iteration makes.
const HOLDS: u64 = 20_000;
/// Increments drawn beforehand, so that drawing is not measured.
const INCREMENTS: usize = 1 << 16;
const LAWS: [&str; 3] = ["exponential", "bimodal", "tied"];

/// Twelve bytes, the most that a component's event has.
type Payload = (u32, u32, u32);

fn increment(law: &str, stream: &mut Stream) -> u64 {
    let exponential =
        |mean: f64, stream: &mut Stream| (-libm::log(stream.positive_uniform()) * mean) as u64;
    match law {
        "exponential" => exponential(1e6, stream),
        "bimodal" if stream.below(10) == 0 => 900_000_000 + stream.below(200_000_000) as u64,
        "bimodal" => 900_000 + stream.below(200_000) as u64,
        "tied" => 1_000_000 * (1 + stream.below(8) as u64),
        other => unreachable!("no law is called {other}"),
    }
}

fn increments(law: &str) -> Vec<u64> {
    let mut stream = Streams::new(1).named(law);
    (0..INCREMENTS).map(|_| increment(law, &mut stream)).collect()
}

/// The calendar, and the same order kept by a binary heap.
trait Queue {
    fn push(&mut self, time: u64, payload: Payload);
    fn pop(&mut self) -> (u64, Payload);
}

impl Queue for Calendar<Payload> {
    fn push(&mut self, time: u64, payload: Payload) {
        Calendar::push(self, SimTime::from_nanos(time), Phase::Arrive, payload);
    }

    fn pop(&mut self) -> (u64, Payload) {
        let (time, payload) = Calendar::pop(self).expect("events are pending");
        (time.as_nanos(), payload)
    }
}

#[derive(Default)]
struct Heap {
    heap: BinaryHeap<Reverse<(u64, u64, Payload)>>,
    sequence: u64,
}

impl Queue for Heap {
    fn push(&mut self, time: u64, payload: Payload) {
        let order = (Phase::Arrive as u64) << 62 | self.sequence;
        self.sequence += 1;
        self.heap.push(Reverse((time, order, payload)));
    }

    fn pop(&mut self) -> (u64, Payload) {
        let Reverse((time, _, payload)) = self.heap.pop().expect("events are pending");
        (time, payload)
    }
}

/// A queue with so many pending events, and where in the list of increments it stands.
struct Model<'a, Q> {
    queue: Q,
    increments: &'a [u64],
    next: usize,
}

impl<'a, Q: Queue> Model<'a, Q> {
    fn new(queue: Q, pending: usize, increments: &'a [u64]) -> Self {
        let mut model = Self { queue, increments, next: 0 };
        for id in 0..pending {
            let time = model.increment();
            model.queue.push(time, (id as u32, 0, 0));
        }
        // past the start, where all events are in their first interval
        model.hold(2 * pending as u64);
        model
    }

    fn increment(&mut self) -> u64 {
        self.next = (self.next + 1) % self.increments.len();
        self.increments[self.next]
    }

    fn hold(&mut self, times: u64) {
        for _ in 0..times {
            let (time, payload) = self.queue.pop();
            let increment = self.increment();
            self.queue.push(time + increment, black_box(payload));
        }
    }
}

fn hold(criterion: &mut Criterion<CpuTime>) {
    for law in LAWS {
        let increments = increments(law);
        let mut group = criterion.benchmark_group(format!("hold/{law}"));
        group.throughput(Throughput::Elements(HOLDS));
        for pending in [1_000, 100_000, 1_000_000] {
            let mut model = Model::new(Calendar::new(), pending, &increments);
            group.bench_function(BenchmarkId::new("calendar", pending), |bencher| {
                bencher.iter(|| model.hold(HOLDS));
            });
            drop(model);
            let mut model = Model::new(Heap::default(), pending, &increments);
            group.bench_function(BenchmarkId::new("binary-heap", pending), |bencher| {
                bencher.iter(|| model.hold(HOLDS));
            });
        }
        group.finish();
    }
}

criterion_group!(
    name = benches;
    config = cpu_time::criterion(20, Duration::from_secs(1));
    targets = hold
);
criterion_main!(benches);
