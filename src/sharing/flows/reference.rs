//! The network against plain progressive filling over single flows.

use super::*;
use crate::engine::SimDuration;
use proptest::prelude::*;

const MB: u64 = 1_000_000;

/// A flow as the plain model sees it.
#[derive(Clone, Debug)]
struct PlainFlow {
    id: FlowId,
    token: u32,
    path: Vec<usize>,
    cap: f64,
    bytes: f64,
    left: f64,
    rate: f64,
}

/// All flows one by one: every rate is found anew after every change.
#[derive(Debug, Default)]
struct Plain {
    capacities: Vec<f64>,
    carried: Vec<f64>,
    flows: Vec<PlainFlow>,
}

impl Plain {
    fn fill(&mut self) {
        let mut rest = self.capacities.clone();
        let mut rising: Vec<usize> = (0..self.flows.len()).collect();
        let mut level = 0.0;
        while !rising.is_empty() {
            let count = |link: usize| {
                rising.iter().filter(|&&flow| self.flows[flow].path.contains(&link)).count() as f64
            };
            let links = (0..rest.len()).filter(|&link| count(link) > 0.0);
            let step = links.map(|link| rest[link] / count(link)).fold(f64::INFINITY, f64::min);
            let caps = rising.iter().map(|&flow| self.flows[flow].cap - level);
            let step = caps.fold(step, f64::min);
            level += step;
            let used: Vec<f64> = (0..rest.len()).map(|link| count(link) * step).collect();
            for (link, used) in used.into_iter().enumerate() {
                rest[link] -= used;
            }
            let full = |link: &usize| rest[*link] <= 1e-9 * self.capacities[*link];
            let (held, free): (Vec<usize>, Vec<usize>) = rising.into_iter().partition(|&flow| {
                let flow = &self.flows[flow];
                flow.cap <= level * (1.0 + 1e-12) || flow.path.iter().any(full)
            });
            for flow in held {
                self.flows[flow].rate = level;
            }
            rising = free;
        }
    }

    fn pass(&mut self, span: SimDuration) {
        for flow in &mut self.flows {
            let moved = flow.rate * span.as_secs_f64();
            flow.left -= moved;
            for &link in &flow.path {
                self.carried[link] += moved;
            }
        }
    }

    /// Seconds to the next completion.
    fn next(&self) -> Option<f64> {
        let ending = self.flows.iter().filter(|flow| flow.rate > 0.0 || flow.left <= 0.0);
        let seconds = |flow: &PlainFlow| {
            if flow.left > 0.0 { flow.left / flow.rate } else { 0.0 }
        };
        ending.map(seconds).reduce(f64::min)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Start { path: Vec<usize>, bytes: u64, cap: f64 },
    Cancel(usize),
    Wait(u64),
    Complete,
    Capacity(usize, f64),
}

/// The two models side by side.
#[derive(Default)]
struct Pair {
    now: SimTime,
    network: FlowNetwork,
    plain: Plain,
    links: Vec<LinkId>,
    started: u32,
}

impl Pair {
    fn new(capacities: &[f64]) -> Self {
        let mut pair = Self::default();
        pair.links = capacities.iter().map(|&c| pair.network.add_link(Bandwidth(c))).collect();
        pair.plain.capacities = capacities.to_vec();
        pair.plain.carried = vec![0.0; capacities.len()];
        pair
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Start { path, bytes, cap } => self.start(path, *bytes, *cap),
            Step::Cancel(choice) => self.cancel(*choice),
            Step::Wait(nanos) => self.wait(SimDuration::from_nanos(*nanos)),
            Step::Complete => {
                if let Some(time) = self.network.next_completion() {
                    self.wait(time.since(self.now));
                }
            }
            Step::Capacity(link, capacity) => {
                let link = link % self.links.len();
                self.network.set_capacity(self.now, self.links[link], Bandwidth(*capacity));
                self.plain.capacities[link] = *capacity;
            }
        }
        self.plain.fill();
        self.compare();
    }

    fn start(&mut self, path: &[usize], bytes: u64, cap: f64) {
        let mut path: Vec<usize> = path.iter().map(|link| link % self.links.len()).collect();
        path.sort_unstable();
        path.dedup();
        let token = self.started;
        self.started += 1;
        let links: Vec<LinkId> = path.iter().map(|&link| self.links[link]).collect();
        let id = self.network.start(self.now, &links, Bytes(bytes), Bandwidth(cap), token);
        let (bytes, left) = (bytes as f64, bytes as f64);
        self.plain.flows.push(PlainFlow { id, token, path, cap, bytes, left, rate: 0.0 });
    }

    fn cancel(&mut self, choice: usize) {
        if !self.plain.flows.is_empty() {
            let flow = self.plain.flows.remove(choice % self.plain.flows.len());
            let carried = self.network.cancel(self.now, flow.id).expect("it is under way").0;
            // rounded down, after a rounding error far below a thousandth of a byte
            let expected = (flow.bytes - flow.left).clamp(0.0, flow.bytes);
            assert!((carried as f64 - expected + 0.5).abs() <= 0.501 + 1e-9 * expected);
            assert_eq!(self.network.cancel(self.now, flow.id), None);
        }
    }

    /// Lets time pass, one completion after another.
    fn wait(&mut self, span: SimDuration) {
        let end = self.now + span;
        loop {
            let next = self.network.next_completion();
            let expected = self.plain.next();
            assert_eq!(next.is_some(), expected.is_some());
            if let (Some(next), Some(expected)) = (next, expected) {
                let nanos = next.since(self.now).as_nanos() as f64;
                // at most one nanosecond of rounding up, and the floats of the plain model
                let error = nanos - expected * 1e9;
                assert!((-1.0..=2.0).contains(&(error / (1.0 + 1e-9 * nanos))), "{error}");
            }
            let time = next.filter(|&time| time <= end).unwrap_or(end);
            self.plain.pass(time.since(self.now));
            self.now = time;
            let mut done = Vec::new();
            self.network.advance(time, &mut done);
            assert!(done.is_sorted());
            for token in done {
                self.end(token);
            }
            self.plain.fill();
            if time == end && self.network.next_completion().is_none_or(|next| next > end) {
                break;
            }
        }
    }

    fn end(&mut self, token: u32) {
        let place = self.plain.flows.iter().position(|flow| flow.token == token);
        let flow = self.plain.flows.remove(place.expect("it was under way"));
        // through within the last nanosecond
        assert!(flow.left <= 1e-9 * flow.bytes + flow.rate * 1e-11, "{} left", flow.left);
        assert!(flow.left >= -1e-9 * flow.bytes - flow.rate * 2e-9, "{} left", flow.left);
        assert_eq!(self.network.rate(flow.id), None);
    }

    /// Equal rates, no link over capacity, everybody held by something, equal bytes carried.
    fn compare(&mut self) {
        let mut used = vec![0.0; self.links.len()];
        let mut fastest = vec![0.0f64; self.links.len()];
        let mut rates = Vec::new();
        for flow in &self.plain.flows {
            let rate = self.network.rate(flow.id).expect("it is under way").0;
            assert!((rate - flow.rate).abs() <= 1e-9 * flow.rate, "{rate} for {}", flow.rate);
            rates.push(rate);
            for &link in &flow.path {
                used[link] += rate;
                fastest[link] = fastest[link].max(rate);
            }
        }
        for (link, used) in used.iter().enumerate() {
            assert!(*used <= self.plain.capacities[link] * (1.0 + 1e-12));
            let carried = self.network.carried(self.now, self.links[link]).0 as f64;
            // every flow that ever crossed rounds by less than a byte, and may end within a
            // nanosecond
            let slack = f64::from(self.started) * 2.0 + 1e-9 * self.plain.carried[link];
            assert!((carried - self.plain.carried[link]).abs() <= slack);
        }
        for (flow, rate) in self.plain.flows.iter().zip(rates) {
            let held = flow.path.iter().any(|&link| {
                used[link] >= self.plain.capacities[link] * (1.0 - 1e-9)
                    && rate >= fastest[link] * (1.0 - 1e-9)
            });
            assert!(held || rate == flow.cap, "a flow at {rate} could go faster");
        }
        assert_eq!(self.network.active(), self.plain.flows.len());
    }
}

/// Few distinct values, so that ties and shared classes are common.
fn capacity() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1e8), Just(2.5e8), 1e6..1e9f64]
}

fn step() -> impl Strategy<Value = Step> {
    let path = prop::collection::vec(0..6usize, 0..4);
    let bytes = prop_oneof![Just(0), Just(10 * MB), 1..200 * MB];
    let cap = prop_oneof![Just(1e8), Just(3e7), 1e6..1e9f64];
    prop_oneof![
        6 => (path, bytes, cap).prop_map(|(path, bytes, cap)| Step::Start { path, bytes, cap }),
        1 => (0..1000usize).prop_map(Step::Cancel),
        2 => (0..300_000_000u64).prop_map(Step::Wait),
        3 => Just(Step::Complete),
        1 => (0..6usize, prop_oneof![Just(0.0), capacity()])
            .prop_map(|(link, capacity)| Step::Capacity(link, capacity)),
    ]
}

/// A registry and the interfaces of the machines that pull from it: one common bottleneck.
fn storm_step() -> impl Strategy<Value = Step> {
    let start = (1..6usize, 1..40 * MB, prop_oneof![Just(1e8), Just(4e7)]);
    prop_oneof![
        3 => start.prop_map(|(nic, bytes, cap)| Step::Start { path: vec![0, nic], bytes, cap }),
        1 => (0..1000usize).prop_map(Step::Cancel),
        3 => Just(Step::Complete),
    ]
}

proptest! {
    #[test]
    fn rates_and_completions_are_those_of_plain_progressive_filling(
        capacities in prop::collection::vec(capacity(), 1..6),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new(&capacities);
        for step in &steps {
            pair.step(step);
        }
    }

    #[test]
    fn a_pull_storm_has_the_rates_of_plain_progressive_filling(
        registry in 5e7..5e8f64,
        steps in prop::collection::vec(storm_step(), 1..120),
    ) {
        let mut pair = Pair::new(&[registry, 1.25e8, 1.25e8, 1.25e8, 1.25e9, 1.25e9]);
        for step in &steps {
            pair.step(step);
        }
    }
}
