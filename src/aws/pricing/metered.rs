//! What is charged by the second.
//!
//! "Amazon EC2 usage is billed in one-second increments, with a minimum of 60 seconds" (Amazon EC2
//! On-Demand Pricing); a minimum applies to every start anew. Fargate has the same, from the start
//! of the image pull, with 5 minutes for Windows. A second that has begun is charged.

use crate::engine::SimDuration;
use crate::units::{HourlyPrice, Usd};

/// The least that a run of an instance or of a Linux task is charged for.
pub const MINIMUM: SimDuration = SimDuration::from_secs(60);
/// The least that a run of a Windows task on Fargate is charged for.
pub const WINDOWS_TASK_MINIMUM: SimDuration = SimDuration::from_secs(300);

const NANOS: u64 = 1_000_000_000;
const NANOS_PER_HOUR: f64 = 3.6e12;

/// What a run is charged for: whole seconds, at least the minimum.
pub fn billed(run: SimDuration, minimum: SimDuration) -> SimDuration {
    SimDuration::from_secs(run.as_nanos().div_ceil(NANOS)).max(minimum)
}

/// Price of so long.
pub fn cost(price: HourlyPrice, span: SimDuration) -> Usd {
    Usd(price.0 * (span.as_nanos() as f64 / NANOS_PER_HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_that_have_begun_are_charged_and_sixty_at_least() {
        let cases = [(0, 60_000), (35_000, 60_000), (60_001, 61_000), (95_000, 95_000)];
        for (run, expected) in cases {
            let found = billed(SimDuration::from_millis(run), MINIMUM);
            assert_eq!(found, SimDuration::from_millis(expected), "{run} ms");
        }
        let task = billed(SimDuration::from_secs(95), WINDOWS_TASK_MINIMUM);
        assert_eq!(task, SimDuration::from_secs(300));
    }

    #[test]
    fn ninety_seconds_are_a_fortieth_of_the_hourly_price() {
        let cost = cost(HourlyPrice(0.096), SimDuration::from_secs(90));
        assert!((cost.0 - 0.0024).abs() < 1e-15);
    }
}
