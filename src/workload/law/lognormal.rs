//! The lognormal law: the product of many small factors.

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// The exponential of a normal variate, by its own mean and coefficient of variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    /// Mean and standard deviation of the logarithm of the duration in nanoseconds.
    location: f64,
    spread: f64,
    mean: f64,
    cv: f64,
}

impl Lognormal {
    /// With s^2 = ln(1 + cv^2) and location ln(mean) - s^2 / 2.
    pub fn new(mean: SimDuration, cv: f64) -> Self {
        let cv = cv.max(0.0);
        let mean = nanos(mean);
        let variance = libm::log1p(cv * cv);
        // a mean of zero has the location -inf, and the exponential of that is zero again
        let location = libm::log(mean) - 0.5 * variance;
        Self { location, spread: libm::sqrt(variance), mean, cv }
    }

    /// A draw in nanoseconds, not rounded.
    #[inline]
    pub(super) fn draw(self, stream: &mut Stream) -> f64 {
        libm::exp(self.location + self.spread * ziggurat::normal(stream))
    }

    pub(super) fn mean(self) -> f64 {
        self.mean
    }

    pub(super) fn scv(self) -> f64 {
        self.cv * self.cv
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    #[test]
    fn draws_follow_the_law() {
        for cv in [0.3, 1.2] {
            let law = Lognormal::new(SimDuration::from_millis(10), cv);
            let mut stream = Streams::new(7).named("lognormal");
            let mut draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream) / 1e7).collect();
            check::moments("lognormal", &draws, 1.0, cv * cv);
            let variance = libm::log(1.0 + cv * cv);
            check::distribution("lognormal", &mut draws, |x| {
                let z = (libm::log(x) + variance / 2.0) / libm::sqrt(variance);
                0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
            });
        }
    }

    #[test]
    fn without_variation_every_draw_is_the_mean() {
        let law = Lognormal::new(SimDuration::from_millis(10), 0.0);
        let draw = law.draw(&mut Streams::new(8).named("lognormal"));
        // through a logarithm and back
        assert!((draw / 1e7 - 1.0).abs() < 1e-14);
    }
}
