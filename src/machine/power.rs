//! Electrical power of a host as a function of its CPU utilisation.

use crate::scenario::Power;
use crate::units::Watts;

/// Power at equidistant utilisations, linear between them.
///
/// The curves published as SPECpower_ssj2008 results give mean power at mean load over minutes;
/// they are therefore applied to mean utilisation over a metering interval, not from instant to
/// instant.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerCurve {
    points: Vec<f64>,
}

impl PowerCurve {
    /// The curve a scenario describes, which has at least two points.
    pub fn new(power: &Power) -> Self {
        let points = match power {
            Power::Linear { idle, max } => vec![idle.0, max.0],
            Power::Curve(points) => points.iter().map(|point| point.0).collect(),
        };
        assert!(points.len() >= 2, "a power curve has two points or more");
        Self { points }
    }

    /// Power at `utilisation` (0 to 1; values outside are taken as the nearer end).
    pub fn at(&self, utilisation: f64) -> Watts {
        let intervals = self.points.len() - 1;
        let place = utilisation.clamp(0.0, 1.0) * intervals as f64;
        let below = (place as usize).min(intervals - 1);
        let part = place - below as f64;
        Watts(self.points[below] * (1.0 - part) + self.points[below + 1] * part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_linear_between_the_points_of_a_curve() {
        let curve = PowerCurve::new(&Power::Curve([86.0, 100.0, 117.0].map(Watts).to_vec()));
        let at = |utilisation| curve.at(utilisation).0;
        assert_eq!((at(0.0), at(0.25), at(0.5), at(1.0)), (86.0, 93.0, 100.0, 117.0));
        assert_eq!((at(-1.0), at(7.0)), (86.0, 117.0));
        let linear = Power::Linear { idle: Watts(100.0), max: Watts(200.0) };
        assert_eq!(PowerCurve::new(&linear).at(0.5), Watts(150.0));
    }
}
