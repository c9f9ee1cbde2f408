//! The Erlang law: several exponential stages one after another.

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// Up to this many stages are drawn one by one; more cost less through a gamma variate.
const SUMMED: u32 = 2;

/// Sum of `stages` independent exponentials of equal means; squared coefficient of variation
/// 1 / stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    /// Mean of a stage in nanoseconds.
    stage: f64,
    stages: u32,
}

impl Erlang {
    /// Erlang of at least one stage with this mean.
    pub fn new(mean: SimDuration, stages: u32) -> Self {
        let stages = stages.max(1);
        Self { stage: nanos(mean) / f64::from(stages), stages }
    }

    /// A draw in nanoseconds, not rounded.
    #[inline]
    pub(super) fn draw(self, stream: &mut Stream) -> f64 {
        if self.stages > SUMMED {
            return self.stage * gamma(f64::from(self.stages), stream);
        }
        let sum: f64 = (0..self.stages).map(|_| ziggurat::exponential(stream)).sum();
        self.stage * sum
    }

    pub(super) fn mean(self) -> f64 {
        self.stage * f64::from(self.stages)
    }

    pub(super) fn scv(self) -> f64 {
        1.0 / f64::from(self.stages)
    }
}

/// A gamma variate of this shape, at least 1, and scale 1, exactly: rejection from the cube of a
/// normal (Marsaglia and Tsang, ACM TOMS 26(3), 2000), which accepts more than 95 of 100.
fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = ziggurat::normal(stream);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let cube = root * root * root;
        let u = stream.positive_uniform();
        let square = x * x;
        // the first test is implied by the second and spares most of the logarithms
        if u < 1.0 - 0.0331 * square * square
            || libm::log(u) < 0.5 * square + d * (1.0 - cube + libm::log(cube))
        {
            return d * cube;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    /// Distribution function of an Erlang law with stages of mean 1.
    fn cdf(stages: u32, x: f64) -> f64 {
        let mut term = 1.0;
        let mut sum = 1.0;
        for stage in 1..stages {
            term *= x / f64::from(stage);
            sum += term;
        }
        1.0 - sum * libm::exp(-x)
    }

    #[test]
    fn draws_follow_the_law_whether_summed_or_through_the_gamma_law() {
        for stages in [1, 2, 3, 5, 16] {
            let name = format!("erlang of {stages}");
            let law = Erlang::new(SimDuration::from_millis(10), stages);
            let mut stream = Streams::new(5).named(&name);
            let mut draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream) / 1e7).collect();
            check::moments(&name, &draws, 1.0, 1.0 / f64::from(stages));
            check::distribution(&name, &mut draws, |x| cdf(stages, x * f64::from(stages)));
            assert_eq!((law.mean(), law.scv()), (1e7, 1.0 / f64::from(stages)));
        }
    }
}
