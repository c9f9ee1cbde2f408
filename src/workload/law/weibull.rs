//! The Weibull law: the time to failure of what wears out (shape above 1) or is weeded out early
//! (shape below 1).

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// The scale times an exponential variate of mean 1 to the power of 1 / shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    /// In nanoseconds.
    scale: f64,
    shape: f64,
}

impl Weibull {
    /// Weibull with this scale and a positive shape.
    pub fn new(scale: SimDuration, shape: f64) -> Self {
        Self { scale: nanos(scale), shape: shape.max(f64::MIN_POSITIVE) }
    }

    /// A draw in nanoseconds, not rounded.
    #[inline]
    pub(super) fn draw(self, stream: &mut Stream) -> f64 {
        let exponential = ziggurat::exponential(stream);
        self.scale * libm::exp(libm::log(exponential) / self.shape)
    }

    pub(super) fn mean(self) -> f64 {
        if self.scale == 0.0 {
            return 0.0;
        }
        self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }

    pub(super) fn scv(self) -> f64 {
        let first = libm::lgamma(1.0 + 1.0 / self.shape);
        let second = libm::lgamma(1.0 + 2.0 / self.shape);
        let excess = libm::expm1(second - 2.0 * first);
        // a shape so small that both are infinite varies beyond every bound
        if excess.is_nan() { f64::INFINITY } else { excess.max(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    #[test]
    fn mean_and_variation_of_known_shapes() {
        let law = |shape| Weibull::new(SimDuration::from_nanos(1_000_000), shape);
        assert!(
            (law(1.0).mean() / 1e6 - 1.0).abs() < 1e-14 && (law(1.0).scv() - 1.0).abs() < 1e-14
        );
        // shape 1/2: mean 2, second moment 24; shape 2: mean sqrt(pi) / 2, second moment 1
        assert!(
            (law(0.5).mean() / 1e6 - 2.0).abs() < 1e-13 && (law(0.5).scv() - 5.0).abs() < 1e-12
        );
        let scv = 4.0 / std::f64::consts::PI - 1.0;
        assert!((law(2.0).scv() - scv).abs() < 1e-13);
    }

    #[test]
    fn draws_follow_the_law() {
        for shape in [0.7, 1.0, 3.0] {
            let law = Weibull::new(SimDuration::from_millis(10), shape);
            let mut stream = Streams::new(9).named("weibull");
            let mut draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream) / 1e7).collect();
            check::moments("weibull", &draws, law.mean() / 1e7, law.scv());
            check::distribution("weibull", &mut draws, |x| {
                -libm::expm1(-libm::exp(shape * libm::log(x)))
            });
        }
    }
}
