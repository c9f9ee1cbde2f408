//! What a run of the program needs where other programs are on the machine, which can only add to
//! it: the least of three runs.

use crate::child::Used;

/// Seconds of processor time, and the most memory so far in MB.
pub fn of_three(run: impl Fn() -> Used) -> (f64, u64) {
    let runs: [Used; 3] = std::array::from_fn(|_| run());
    let least = runs.iter().map(|used| used.time).min().unwrap_or_default();
    let memory = runs.iter().map(|used| used.memory).max().unwrap_or(0);
    (least.as_secs_f64(), memory / 1_000_000)
}
