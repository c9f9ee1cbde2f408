//! The truncated Pareto law: a heavy tail that ends somewhere, as files and jobs do.

use super::{nanos, ziggurat};
use crate::engine::{SimDuration, Stream};

/// Pareto given that the maximum is not exceeded: the probability of more than x is
/// (x^-a - max^-a) / (min^-a - max^-a) for a shape a.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    /// In nanoseconds.
    minimum: f64,
    shape: f64,
    /// Logarithm of maximum / minimum.
    range: f64,
}

impl Pareto {
    /// Pareto from `minimum` to `maximum` with a positive shape; constant where the two leave no
    /// room.
    pub fn new(minimum: SimDuration, shape: f64, maximum: SimDuration) -> Self {
        let (low, high) = (nanos(minimum), nanos(maximum));
        let range = if low > 0.0 && high > low { libm::log(high / low) } else { 0.0 };
        Self { minimum: low, shape: shape.max(f64::MIN_POSITIVE), range }
    }

    /// A draw in nanoseconds, not rounded.
    ///
    /// The logarithm of a Pareto variate is exponential, and an exponential variate modulo a bound
    /// has the law of one that is known to be below the bound, since the law has no memory: so one
    /// draw gives the truncated law, without rejection and without a logarithm.
    #[inline]
    pub(super) fn draw(self, stream: &mut Stream) -> f64 {
        let bound = self.range * self.shape;
        let mut exponential = ziggurat::exponential(stream);
        if exponential >= bound {
            // the remainder of floating-point numbers is exact
            exponential = if bound > 0.0 { exponential % bound } else { 0.0 };
        }
        self.minimum * libm::exp((exponential / self.shape).min(self.range))
    }

    pub(super) fn mean(self) -> f64 {
        self.minimum * self.moment(1.0)
    }

    pub(super) fn scv(self) -> f64 {
        let first = self.moment(1.0);
        (self.moment(2.0) / (first * first) - 1.0).max(0.0)
    }

    /// The `order`th moment for a minimum of 1: with q = maximum / minimum, the integral of
    /// a x^(order-a-1) from 1 to q over 1 - q^-a.
    fn moment(self, order: f64) -> f64 {
        if self.range == 0.0 {
            return 1.0;
        }
        let inside = -libm::expm1(-self.shape * self.range) / self.shape;
        let power = order - self.shape;
        let integral =
            if power == 0.0 { self.range } else { libm::expm1(power * self.range) / power };
        integral / inside
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    const MILLI: SimDuration = SimDuration::from_millis(1);

    #[test]
    fn mean_and_variation_of_known_shapes() {
        // shape 1, q = 4: mean ln 4 / (3/4), second moment 3 / (3/4) = 4
        let law = Pareto::new(MILLI, 1.0, MILLI * 4);
        let mean = libm::log(4.0) / 0.75;
        assert!((law.mean() / 1e6 - mean).abs() < 1e-12);
        assert!((law.scv() - (4.0 / (mean * mean) - 1.0)).abs() < 1e-12);
        // shape 2, q = 2: mean 2 (1 - 1/2) / (3/4) = 4/3, second moment 2 ln 2 / (3/4)
        let law = Pareto::new(MILLI, 2.0, MILLI * 2);
        assert!((law.mean() / 1e6 - 4.0 / 3.0).abs() < 1e-12);
        assert!((law.scv() - (1.5 * libm::log(2.0) - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn draws_follow_the_law_and_stay_within_its_bounds() {
        for (shape, factor) in [(1.5, 100), (0.5, 10_000), (1.0, 20), (0.1, 2), (30.0, 1000)] {
            let name = format!("pareto of shape {shape} up to {factor}");
            let law = Pareto::new(MILLI, shape, MILLI * factor);
            let mut stream = Streams::new(10).named(&name);
            let mut draws: Vec<f64> = (0..200_000).map(|_| law.draw(&mut stream) / 1e6).collect();
            check::moments(&name, &draws, law.mean() / 1e6, law.scv());
            let power = |x: f64| libm::pow(x, -shape);
            let least = power(factor as f64);
            check::distribution(&name, &mut draws, |x| (1.0 - power(x)) / (1.0 - least));
            // a rounding of the exponential may reach past the end by its last digit
            assert!(draws[0] >= 1.0 && draws[draws.len() - 1] <= factor as f64 * (1.0 + 1e-14));
        }
    }
}
