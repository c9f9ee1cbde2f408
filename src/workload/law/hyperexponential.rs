//! The hyperexponential law: mostly short, sometimes long.

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// One of two exponentials, each of which contributes half of the mean (balanced means); squared
/// coefficient of variation at least 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperexponential {
    /// Probability of the short branch.
    short: f64,
    /// Means of the short and the long branch in nanoseconds.
    means: [f64; 2],
    mean: f64,
    scv: f64,
}

impl Hyperexponential {
    /// With balanced means m / 2p and m / 2(1-p) the second moment is m^2 / 2p(1-p), and
    /// p = (1 + sqrt((scv-1) / (scv+1))) / 2 makes that m^2 (scv+1).
    pub fn new(mean: SimDuration, scv: f64) -> Self {
        let scv = scv.max(1.0);
        let mean = nanos(mean);
        let root = libm::sqrt((scv - 1.0) / (scv + 1.0));
        // 1 - p without the loss of digits that the subtraction would bring for a large scv
        let long = 1.0 / ((scv + 1.0) * (1.0 + root));
        let short = 1.0 - long;
        Self { short, means: [mean / (2.0 * short), mean / (2.0 * long)], mean, scv }
    }

    /// A draw in nanoseconds, not rounded.
    #[inline]
    pub(super) fn draw(self, stream: &mut Stream) -> f64 {
        let branch = usize::from(stream.uniform() >= self.short);
        self.means[branch] * ziggurat::exponential(stream)
    }

    pub(super) fn mean(self) -> f64 {
        self.mean
    }

    pub(super) fn scv(self) -> f64 {
        self.scv
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    #[test]
    fn mean_and_variation_of_the_branches_are_those_asked_for() {
        for scv in [1.0, 1.5, 4.0, 25.0, 1e6] {
            let law = Hyperexponential::new(SimDuration::from_millis(1), scv);
            let [short, long] = law.means;
            let mean = law.short * short + (1.0 - law.short) * long;
            let second = 2.0 * (law.short * short * short + (1.0 - law.short) * long * long);
            assert!((mean / 1e6 - 1.0).abs() < 1e-9, "{mean}");
            assert!((second / (mean * mean) - 1.0 - scv).abs() < 1e-9 * scv, "{scv}");
        }
    }

    #[test]
    fn draws_follow_the_law() {
        let law = Hyperexponential::new(SimDuration::from_millis(10), 4.0);
        let mut stream = Streams::new(6).named("hyperexponential");
        let mut draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream) / 1e7).collect();
        check::moments("hyperexponential", &draws, 1.0, 4.0);
        // p = (1 + sqrt(3/5)) / 2
        let p = 0.887_298_334_620_741_7;
        check::distribution("hyperexponential", &mut draws, |x| {
            1.0 - p * libm::exp(-2.0 * p * x) - (1.0 - p) * libm::exp(-2.0 * (1.0 - p) * x)
        });
    }
}
