//! The queue against a plain one that looks at all pods each time.

use proptest::prelude::*;

use super::*;
use crate::kubernetes::scheduler::shape::{Effect, Taint};

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Active,
    Backoff,
    Pool,
    InFlight,
}

#[derive(Clone, Debug)]
struct Known {
    pod: u32,
    priority: i32,
    since: u64,
    sequence: u64,
    rejections: u32,
    errors: u32,
    needs: Needs,
    state: State,
    helped: Needs,
}

/// Whether a pod lacks room, tolerations; or which of both an event brings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Needs {
    room: bool,
    toleration: bool,
}

impl Needs {
    fn meets(self, other: Self) -> bool {
        (self.room && other.room) || (self.toleration && other.toleration)
    }

    fn and(self, other: Self) -> Self {
        Self { room: self.room || other.room, toleration: self.toleration || other.toleration }
    }

    fn rejectors(self) -> Rejectors {
        let room = self.room.then_some(Plugin::NodeResourcesFit);
        let toleration = self.toleration.then_some(Plugin::TaintToleration);
        room.into_iter().chain(toleration).collect()
    }
}

#[derive(Default)]
struct Plain {
    all: Vec<Known>,
    sequence: u64,
}

const SECOND: u64 = 1000;

impl Known {
    /// The second in which its wait ends.
    fn end(&self) -> u64 {
        let times = if self.errors > 0 { self.errors } else { self.rejections };
        let wait = [0, 1, 2, 4, 8].get(times as usize).copied().unwrap_or(10) * SECOND;
        (self.since + wait) / SECOND
    }

    fn waits(&self, now: u64) -> bool {
        self.errors + self.rejections > 0 && self.end() >= now / SECOND
    }

    fn requeue(&mut self, now: u64) {
        self.state = if self.waits(now) { State::Backoff } else { State::Active };
    }

    fn is_error(&self) -> bool {
        self.needs == Needs::default()
    }
}

impl Plain {
    fn add(&mut self, pod: u32, priority: i32, now: u64) {
        self.sequence += 1;
        self.all.push(Known {
            pod,
            priority,
            since: now,
            sequence: self.sequence,
            rejections: 0,
            errors: 0,
            needs: Needs::default(),
            state: State::Active,
            helped: Needs::default(),
        });
    }

    fn advance(&mut self, now: u64) {
        let late = now / 30_000 * 30_000;
        let mut flushed = false;
        for known in &mut self.all {
            match known.state {
                State::Backoff if !known.waits(now) => known.state = State::Active,
                State::Pool if late > known.since + 300_000 => {
                    known.state = State::Active;
                    flushed = true;
                }
                _ => {}
            }
        }
        // a flush is an event that may help anyone
        let flying = self.all.iter_mut().filter(|one| one.state == State::InFlight);
        if flushed {
            flying.for_each(|one| one.helped = Needs { room: true, toleration: true });
        }
    }

    fn pop(&mut self, now: u64) -> Option<u32> {
        self.advance(now);
        let order = |known: &&mut Known| (-known.priority, known.since, known.sequence);
        let active = self.all.iter_mut().filter(|one| one.state == State::Active);
        let first = match active.min_by_key(order) {
            Some(first) => first,
            None => {
                let waiting = |one: &&mut Known| one.state == State::Backoff && !one.is_error();
                let key = |one: &&mut Known| (one.end(), order(one));
                self.all.iter_mut().filter(waiting).min_by_key(key)?
            }
        };
        first.state = State::InFlight;
        first.helped = Needs::default();
        Some(first.pod)
    }

    fn reject(&mut self, pod: u32, needs: Needs, now: u64) {
        self.advance(now);
        self.sequence += 1;
        let Some(known) = self.all.iter_mut().find(|one| one.pod == pod) else { return };
        if needs == Needs::default() {
            known.errors += 1;
        } else {
            known.rejections += 1;
            known.errors = 0;
        }
        (known.needs, known.since, known.sequence) = (needs, now, self.sequence);
        if known.is_error() || known.helped.meets(needs) {
            known.requeue(now);
        } else {
            known.state = State::Pool;
        }
    }

    fn happened(&mut self, brings: Needs, now: u64) {
        self.advance(now);
        for known in &mut self.all {
            match known.state {
                State::Pool if known.needs.meets(brings) => known.requeue(now),
                State::InFlight => known.helped = known.helped.and(brings),
                _ => {}
            }
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            active: self.count(State::Active),
            backoff: self.count(State::Backoff),
            unschedulable: self.count(State::Pool),
            gated: 0,
        }
    }

    fn count(&self, state: State) -> usize {
        self.all.iter().filter(|known| known.state == state).count()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Add {
        priority: i32,
    },
    Pop,
    /// The pod that is in flight for the longest, for these reasons.
    Reject {
        room: bool,
        toleration: bool,
    },
    Done,
    Remove {
        pod: u32,
    },
    PodLeaves,
    NodeComes {
        large: bool,
        tainted: bool,
    },
    Wait {
        millis: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![4 => 0..3_000_u64, 1 => 0..100_000_u64, 1 => 290_000..340_000_u64];
    let step = prop_oneof![
        3 => (0..3).prop_map(|priority| Step::Add { priority }),
        4 => Just(Step::Pop),
        4 => any::<(bool, bool)>()
            .prop_map(|(room, toleration)| Step::Reject { room, toleration }),
        1 => Just(Step::Done),
        1 => (0..20_u32).prop_map(|pod| Step::Remove { pod }),
        2 => Just(Step::PodLeaves),
        2 => any::<(bool, bool)>()
            .prop_map(|(large, tainted)| Step::NodeComes { large, tainted }),
        4 => wait.prop_map(|millis| Step::Wait { millis }),
    ];
    prop::collection::vec(step, 1..200)
}

fn node(large: bool, tainted: bool) -> NodeSpec {
    let taint = Taint { key: "gpu".into(), value: "".into(), effect: Effect::NoSchedule };
    NodeSpec {
        allowed_pods: i64::from(large),
        taints: if tainted { vec![taint] } else { Vec::new() },
        ..NodeSpec::default()
    }
}

proptest! {
    #[test]
    fn the_queue_does_what_a_plain_one_does(steps in steps()) {
        let mut bench = Bench::new(Settings::default());
        let mut plain = Plain::default();
        let (mut now, mut next) = (0, 0);
        let mut flying: Vec<u32> = Vec::new();
        for step in steps {
            match step {
                Step::Add { priority } => {
                    bench.add(next, priority, now);
                    plain.add(next, priority, now);
                    next += 1;
                }
                Step::Pop => {
                    let popped = bench.pop(now);
                    prop_assert_eq!(popped, plain.pop(now));
                    flying.extend(popped);
                }
                Step::Reject { room, toleration } if !flying.is_empty() => {
                    let (pod, needs) = (flying.remove(0), Needs { room, toleration });
                    bench.reject(pod, needs.rejectors(), now);
                    plain.reject(pod, needs, now);
                }
                Step::Done if !flying.is_empty() => {
                    let pod = flying.remove(0);
                    bench.queue.done(PodId(pod));
                    plain.all.retain(|known| known.pod != pod);
                }
                Step::Reject { .. } | Step::Done => {}
                Step::Remove { pod } => {
                    bench.queue.remove(PodId(pod));
                    plain.all.retain(|known| known.pod != pod);
                    flying.retain(|&known| known != pod);
                }
                Step::PodLeaves => {
                    bench.pod_leaves(now);
                    plain.happened(Needs { room: true, toleration: false }, now);
                }
                Step::NodeComes { large, tainted } => {
                    bench.happened(&Event::NodeAdded(Box::new(node(large, tainted))), now);
                    plain.happened(Needs { room: large, toleration: !tainted }, now);
                }
                Step::Wait { millis } => {
                    now += millis;
                    bench.queue.advance(at(now));
                    plain.advance(now);
                }
            }
            prop_assert_eq!(bench.queue.counts(), plain.counts());
            if let Some(wakeup) = bench.queue.next_wakeup() {
                prop_assert!(wakeup > at(now), "what is due was done");
            }
        }
    }
}
