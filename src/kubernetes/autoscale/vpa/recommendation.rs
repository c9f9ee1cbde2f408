//! What to request, by what was used.

use super::{Amounts, Usage};
use crate::units::{Bytes, Millicores};

/// What is added for safety.
const MARGIN: f64 = 0.15;
/// The least that is recommended for a pod, shared by its containers.
const LEAST: Amounts = Amounts { cpu: Millicores(25), memory: Bytes(250 << 20) };
/// The largest amount there is, in thousandths of a core or bytes.
const MOST: f64 = 1e14;

/// What a container should request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// What would be requested.
    pub target: Amounts,
    /// A pod that requests less would be evicted.
    pub lower: Amounts,
    /// A pod that requests more would be evicted.
    pub upper: Amounts,
}

/// How an estimate depends on the history: `(1 + multiplier / confidence) ^ exponent`.
#[derive(Clone, Copy)]
struct Trust {
    multiplier: f64,
    exponent: f64,
}

impl Usage {
    /// What each of the containers of a pod should request; none before the first sample.
    ///
    /// # Panics
    /// If the pod has no container.
    pub fn recommend(&self, containers: u64) -> Option<Recommendation> {
        let least = Amounts {
            cpu: Millicores(LEAST.cpu.0 / containers),
            memory: Bytes(LEAST.memory.0 / containers),
        };
        let lower = Trust { multiplier: 0.001, exponent: -2.0 };
        let upper = Trust { multiplier: 1.0, exponent: 1.0 };
        Some(Recommendation {
            target: self.estimate(0.90, None, least)?,
            lower: self.estimate(0.50, Some(lower), least)?,
            upper: self.estimate(0.95, Some(upper), least)?,
        })
    }

    fn estimate(&self, percentile: f64, trust: Option<Trust>, least: Amounts) -> Option<Amounts> {
        let cpu = self.cpu.percentile(percentile)? * 1_000.0;
        // a workload may be asked about before its memory was looked at
        let memory = self.memory.percentile(percentile).unwrap_or(0.0);
        let factor = trust.map_or(1.0, |Trust { multiplier, exponent }| {
            libm::pow(1.0 + multiplier / self.confidence(), exponent)
        });
        let amount = |value: f64| {
            let plain = whole(value);
            whole((plain + whole(plain * MARGIN)) * factor) as u64
        };
        Some(Amounts {
            cpu: Millicores(amount(cpu).max(least.cpu.0)),
            memory: Bytes(amount(memory).max(least.memory.0)),
        })
    }
}

/// Amounts are whole numbers, rounded down.
fn whole(amount: f64) -> f64 {
    amount.min(MOST).trunc()
}
