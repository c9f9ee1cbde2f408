//! The search against made-up fleets whose truth is known.

use std::cell::RefCell;
use std::convert::Infallible;

use super::*;
use crate::engine::Streams;
use crate::report::size::Sense;

/// Fleets whose latency is `level(n)` in truth, times a noise that is the same for all numbers in
/// part (common random numbers).
struct MadeUp<F> {
    level: F,
    /// Coefficient of variation of a run.
    noise: f64,
    skewed: bool,
    seed: u64,
    asked: RefCell<Vec<(u32, u32, Length)>>,
}

impl<F: Fn(u32) -> f64> MadeUp<F> {
    fn new(level: F, noise: f64, skewed: bool, seed: u64) -> Self {
        Self { level, noise, skewed, seed, asked: RefCell::default() }
    }

    /// Noise of mean 0 and variance 1: normal, or that of a sum of four exponential values.
    fn draw(&self, name: &str, index: u64) -> f64 {
        let mut stream = Streams::new(self.seed).numbered(name, index);
        let mut exponential = || -libm::log(stream.positive_uniform());
        if self.skewed {
            let sum: f64 = (0..4).map(|_| exponential()).sum();
            return (sum - 4.0) / 2.0;
        }
        let radius = (2.0 * exponential()).sqrt();
        radius * libm::cos(std::f64::consts::TAU * stream.uniform())
    }
}

impl<F: Fn(u32) -> f64> Oracle for MadeUp<F> {
    type Error = Infallible;

    fn run(
        &self,
        number: u32,
        replications: Range<u32>,
        length: Length,
    ) -> Result<Vec<Observation>, Infallible> {
        let run = |replication: u32| {
            self.asked.borrow_mut().push((number, replication, length));
            let shared = self.draw("shared", replication.into());
            let own = self.draw("own", u64::from(number) << 32 | u64::from(replication));
            let noise = if self.skewed { own } else { (shared + own) / 2.0_f64.sqrt() };
            let latency = (self.level)(number) * (1.0 + self.noise * noise);
            Observation { values: vec![latency], latency: Some(latency), cost_per_hour: 0.0 }
        };
        Ok(replications.map(run).collect())
    }
}

fn at_most(target: f64) -> Vec<Objective> {
    let (cluster, app) = ("c".to_owned(), "a".to_owned());
    vec![Objective { cluster, app, metric: "p95".into(), sense: Sense::AtMost, target }]
}

fn question(objectives: &[Objective]) -> Question<'_> {
    let replications = (5, 100);
    Question { from: 1, to: 1000, replications, risk: 0.05, objectives, beyond: false }
}

#[test]
fn without_noise_the_answer_is_exact_and_cheap() {
    for smallest in [1, 2, 17, 999, 1000] {
        let objectives = at_most(1.0 / f64::from(smallest));
        let oracle = MadeUp::new(|n| 1.0 / f64::from(n), 0.0, false, 1);
        let Ok(found) = search(&oracle, &question(&objectives));
        assert_eq!(found.smallest, Some(smallest));
        let numbers: Vec<u32> = found.tried.iter().map(|fleet| fleet.number).collect();
        let expected: Vec<u32> = (smallest.saturating_sub(1).max(1)..=smallest).collect();
        assert_eq!(numbers, expected);
        assert!(found.tried.iter().all(|fleet| fleet.runs.len() == 5));
    }
}

#[test]
fn a_fleet_at_the_limit_is_undecided_and_does_not_count() {
    // 7 is exactly at the target, where no number of runs can tell
    let objectives = at_most(1.0);
    let oracle = MadeUp::new(|n| 7.0 / f64::from(n), 0.05, false, 3);
    let Ok(found) = search(&oracle, &question(&objectives));
    assert_eq!(found.smallest, Some(8));
    let seventh = found.tried.iter().find(|fleet| fleet.number == 7).unwrap();
    assert_eq!((seventh.verdict, seventh.runs.len()), (Verdict::Undecided, 100));
}

#[test]
fn where_nothing_meets_the_objective_there_is_no_answer() {
    let objectives = at_most(0.0001);
    let oracle = MadeUp::new(|n| 1.0 / f64::from(n), 0.1, false, 4);
    let Ok(found) = search(&oracle, &question(&objectives));
    assert_eq!(found.smallest, None);
    assert_eq!(found.tried.last().map(|fleet| fleet.number), Some(1000));
}

#[test]
fn what_is_hopeless_is_run_once_and_for_a_part_of_the_time() {
    let objectives = at_most(1.0);
    let oracle = MadeUp::new(|n| if n < 50 { 100.0 } else { 0.5 }, 0.1, false, 5);
    let Ok(found) = search(&oracle, &question(&objectives));
    assert_eq!(found.smallest, Some(50));
    let asked = oracle.asked.borrow();
    let hopeless = asked.iter().filter(|(number, ..)| *number < 49);
    assert!(hopeless.clone().all(|(.., length)| *length == Length::Short));
    assert!(hopeless.count() <= 12);
}

#[test]
fn no_run_that_guides_is_one_that_decides() {
    let objectives = at_most(1.0);
    let oracle = MadeUp::new(|n| 20.0 / f64::from(n), 0.2, false, 6);
    let Ok(_) = search(&oracle, &question(&objectives));
    let asked = oracle.asked.borrow();
    assert!(asked.iter().any(|(_, replication, _)| *replication >= PILOTS));
    let decided: Vec<_> = asked.iter().filter(|(_, r, _)| *r < PILOTS).collect();
    assert!(decided.iter().all(|(_, replication, _)| *replication < 100));
    // none twice
    let mut sorted: Vec<_> = decided.iter().map(|(number, r, _)| (*number, *r)).collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), decided.len());
}

#[test]
fn fleets_beyond_the_answer_are_tried_where_they_are_of_interest() {
    let objectives = at_most(1.0);
    let oracle = MadeUp::new(|n| 19.5 / f64::from(n), 0.01, false, 7);
    let Ok(found) = search(&oracle, &Question { beyond: true, ..question(&objectives) });
    let numbers: Vec<u32> = found.tried.iter().map(|fleet| fleet.number).collect();
    assert_eq!(numbers, [19, 20, 22, 25, 30]);
    assert_eq!(beyond(1, 3), [2, 3]);
}

/// Counts of searches that stated something false, and of those whose answer was the true one.
fn wrong_and_right(noise: f64, skewed: bool, searches: u64) -> (u32, u32) {
    // true latencies fall by a few percent from one number to the next, the target lies between
    // those of 23 and 24, nearer to the latter
    let level = |n: u32| libm::pow(0.96, f64::from(n));
    let target = level(24) * 1.015;
    let objectives = at_most(target);
    let (mut wrong, mut right) = (0, 0);
    for seed in 0..searches {
        let oracle = MadeUp::new(level, noise, skewed, seed);
        let asked = Question { to: 60, risk: 0.2, ..question(&objectives) };
        let Ok(found) = search(&oracle, &asked);
        let is_false = |fleet: &Tried| match fleet.verdict {
            Verdict::Met => fleet.number < 24,
            Verdict::Missed => fleet.number >= 24,
            Verdict::Undecided => false,
        };
        wrong += u32::from(found.tried.iter().any(is_false));
        right += u32::from(found.smallest == Some(24));
    }
    (wrong, right)
}

#[test]
fn false_statements_are_no_more_often_than_was_agreed() {
    let searches = 500;
    // at most 20 % of searches, and three standard errors
    let most = 0.2 * searches as f64 + 3.0 * (0.2 * 0.8 * searches as f64).sqrt();
    for (noise, skewed) in [(0.04, false), (0.3, false), (0.1, true), (0.5, true)] {
        let (wrong, right) = wrong_and_right(noise, skewed, searches);
        assert!(f64::from(wrong) <= most, "noise {noise}, skewed {skewed}: {wrong}");
        // where runs tell little, few can be right; where they tell much, most must
        assert!(noise > 0.05 || right > 400, "noise {noise}: {right} right");
    }
}
