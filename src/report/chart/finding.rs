//! What the runs of one point of a sweep say about one figure, as charts show it.

use super::super::quantity::{Quantity, count};

/// A mean and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    pub mean: f64,
    /// Half of the width of its interval; infinite for a single run.
    pub half_width: f64,
    /// Runs that have the figure.
    pub runs: usize,
    /// Share of runs that met all objectives; `None` where there are none.
    pub met: Option<f64>,
}

impl Finding {
    /// Both ends of the interval; none of a single run.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let known = self.half_width.is_finite();
        known.then_some((self.mean - self.half_width, self.mean + self.half_width))
    }

    /// Whether all runs met all objectives.
    pub fn always_met(&self) -> bool {
        self.met.is_some_and(|share| share >= 1.0)
    }

    /// The mean, and its interval where it has any width.
    pub fn shown(&self, quantity: Quantity) -> String {
        let mean = quantity.show(self.mean);
        match self.half_width {
            half if half.is_finite() && half > 0.0 => format!("{mean} ± {}", quantity.show(half)),
            _ => mean,
        }
    }

    /// What is told of it where a reader points at it.
    pub fn rows(&self, caption: &str, quantity: Quantity) -> Vec<(String, String)> {
        let mut rows = vec![
            (caption.to_owned(), self.shown(quantity)),
            ("runs".to_owned(), count(self.runs as u64)),
        ];
        if let Some(share) = self.met {
            let met = (share * self.runs as f64).round() as u64;
            let text = format!("in {} of {} runs", count(met), count(self.runs as u64));
            rows.push(("objectives met".to_owned(), text));
        }
        rows
    }
}
