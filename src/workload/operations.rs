//! How many operations a request has, drawn from what the scenario says.

use crate::engine::Stream;
use crate::scenario::Operations;

/// [`Operations`] made ready to draw from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OperationCount {
    Constant(u32),
    Uniform {
        min: u32,
        max: u32,
    },
    /// Logarithm of the chance of one more.
    Geometric {
        log_more: f64,
    },
}

impl OperationCount {
    pub fn new(law: Operations) -> Self {
        match law {
            Operations::Constant(count) => Self::Constant(count),
            Operations::Uniform { min, max } => Self::Uniform { min, max },
            Operations::Geometric { mean } => {
                Self::Geometric { log_more: libm::log(mean / (1.0 + mean)) }
            }
        }
    }

    /// Draws a number; nothing is drawn for one that is always the same.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        match *self {
            Self::Constant(count) => count,
            Self::Uniform { min, max } => min + stream.below((max - min) as usize + 1) as u32,
            // the inverse of 1 - q^(n+1), by a uniform above 0 and up to 1
            Self::Geometric { log_more } => {
                (libm::log(stream.positive_uniform()) / log_more) as u32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;

    const DRAWS: u32 = 200_000;

    fn draws(law: Operations) -> Vec<u32> {
        let mut stream = Streams::new(7).named("operations");
        let law = OperationCount::new(law);
        (0..DRAWS).map(|_| law.sample(&mut stream)).collect()
    }

    fn share(draws: &[u32], number: u32) -> f64 {
        draws.iter().filter(|&&drawn| drawn == number).count() as f64 / f64::from(DRAWS)
    }

    #[test]
    fn numbers_come_as_often_as_their_law_says() {
        assert_eq!(draws(Operations::Constant(4)), vec![4; DRAWS as usize]);
        let uniform = draws(Operations::Uniform { min: 2, max: 4 });
        for number in [2, 3, 4] {
            assert!((share(&uniform, number) - 1.0 / 3.0).abs() < 0.005);
        }
        // mean 1.5: each one more with a chance of 0.6
        let geometric = draws(Operations::Geometric { mean: 1.5 });
        for (number, expected) in [(0, 0.4), (1, 0.24), (2, 0.144), (3, 0.0864)] {
            assert!((share(&geometric, number) - expected).abs() < 0.005, "{number}");
        }
        let mean = geometric.iter().sum::<u32>() as f64 / f64::from(DRAWS);
        assert!((mean - 1.5).abs() < 0.02, "{mean}");
    }
}
