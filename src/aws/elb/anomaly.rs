//! Automatic target weights: fewer requests for targets that err more than the others.
//!
//! With at least three healthy targets an Application Load Balancer finds those whose share of
//! errors (status 5xx, failed connections) is out of proportion, "iteratively" lowers what they get
//! until they recover or get next to nothing, and then raises it "gradually" (announcement and blog
//! of 26 November 2023; user guide, "Automatic Target Weights"). How much and how fast is not
//! published. The rule here: targets are looked at every [`window`](Mitigation::window); one is
//! anomalous if it had [`least`](Mitigation::least) errors or more in it, and a share of errors of
//! more than [`factor`](Mitigation::factor) times that of all others together. Its weight is then
//! halved, down to 1/64; otherwise it gains 1/16 of its full weight.

use serde::{Deserialize, Serialize};

use crate::engine::SimDuration;

/// The weight of a target that is not anomalous.
pub const FULL: u64 = 1024;
/// What is left of it at least: "a negligible level".
const LEAST: u64 = FULL / 64;
const GAIN: u64 = FULL / 16;
/// With fewer healthy targets nothing is out of proportion.
const FEWEST_TARGETS: usize = 3;

/// What makes a target anomalous.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mitigation {
    /// From one look to the next.
    pub window: SimDuration,
    /// Fewer errors in a window say nothing.
    pub least: u32,
    /// So many times the others' share of errors is still in proportion; at least 1.
    pub factor: f64,
}

impl Default for Mitigation {
    fn default() -> Self {
        Self { window: SimDuration::from_secs(10), least: 3, factor: 2.0 }
    }
}

impl Mitigation {
    pub(super) fn flaws(&self) -> Option<String> {
        if self.window.is_zero() {
            return Some("the window of anomaly detection is empty".to_owned());
        }
        let sensible = self.factor >= 1.0 && self.factor.is_finite();
        (!sensible).then(|| "anomalous is more than others: the factor is at least 1".to_owned())
    }
}

/// How requests to a target ended in the current window, and its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    answered: u64,
    errors: u64,
    weight: u64,
}

impl Default for Record {
    fn default() -> Self {
        Self { answered: 0, errors: 0, weight: FULL }
    }
}

impl Record {
    /// A request has ended.
    pub fn count(&mut self, error: bool) {
        self.answered += 1;
        self.errors += u64::from(error);
    }

    /// Its weight among [`FULL`].
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// Whether a look at it would change anything.
    pub fn is_quiet(&self) -> bool {
        self.answered == 0 && self.weight == FULL
    }
}

/// The end of a window: new weights of all healthy targets, which begin a new one.
pub fn review<'r>(rule: &Mitigation, healthy: impl Iterator<Item = &'r mut Record>) {
    let mut records: Vec<&mut Record> = healthy.collect();
    let enough = records.len() >= FEWEST_TARGETS;
    let answered: u64 = records.iter().map(|record| record.answered).sum();
    let errors: u64 = records.iter().map(|record| record.errors).sum();
    for record in &mut records {
        let others = (answered - record.answered) as f64;
        let their_errors = (errors - record.errors) as f64;
        // share > factor * their share, without dividing by the requests there were not
        let beyond =
            record.errors as f64 * others > rule.factor * their_errors * record.answered as f64;
        if enough && record.errors >= u64::from(rule.least) && beyond {
            record.weight = (record.weight / 2).max(LEAST);
        } else {
            record.weight = (record.weight + GAIN).min(FULL);
        }
        (record.answered, record.errors) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(answered: u64, errors: u64, weight: u64) -> Record {
        Record { answered, errors, weight }
    }

    fn weights(records: &mut [Record]) -> Vec<u64> {
        review(&Mitigation::default(), records.iter_mut());
        assert!(records.iter().all(|record| record.answered == 0 && record.errors == 0));
        records.iter().map(Record::weight).collect()
    }

    #[test]
    fn only_what_is_out_of_proportion_loses_weight() {
        let full = FULL;
        // 10% against 1%
        assert_eq!(
            weights(&mut [record(100, 10, full), record(100, 1, full), record(100, 1, full)]),
            [512, 1024, 1024]
        );
        // all err alike: (10 of 100 against 20 of 200)
        assert_eq!(weights(&mut [record(100, 10, full); 3]), [1024; 3]);
        // two errors say nothing
        assert_eq!(
            weights(&mut [record(10, 2, full), record(100, 0, full), record(100, 0, full)]),
            [1024; 3]
        );
        // of two targets none is the odd one out
        assert_eq!(weights(&mut [record(100, 50, full), record(100, 0, full)]), [1024; 2]);
    }

    #[test]
    fn weight_is_lost_by_halves_and_comes_back_in_sixteen_steps() {
        let mut records = [Record::default(); 3];
        let mut seen = Vec::new();
        for _ in 0..8 {
            (0..20).for_each(|_| records[0].count(true));
            records[1].count(false);
            records[2].count(false);
            seen.push(weights(&mut records)[0]);
        }
        assert_eq!(seen, [512, 256, 128, 64, 32, 16, 16, 16]);
        let mut windows = 0;
        while !records[0].is_quiet() {
            weights(&mut records);
            windows += 1;
        }
        // 16 + 16 * 64 > 1024 after 16 windows
        assert_eq!(windows, 16);
    }
}
