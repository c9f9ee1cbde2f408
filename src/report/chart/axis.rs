//! Axes: where a value goes and which few values are named, in units that people use.
//!
//! plotters itself only ever sees linear axes. Values are transformed here, by `libm`, whose
//! logarithm is the same on every machine.

use std::ops::Range;

use serde::Serialize;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use super::super::quantity::Quantity;
use super::ticks::{
    INTERVALS, LOG_TICKS, Tick, binary_step, clock, decimal, log_ticks, nice_step, sparse, steps,
    time_step, unit_of,
};
use crate::metrics::Unit;

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    Linear,
    /// Each decade takes the same room. For durations, which span many.
    Log,
    /// Each further nine of a share takes the same room (90 %, 99 %, 99.9 %), so that the tail of
    /// a distribution, which objectives are about, can be seen.
    Nines,
}

/// An axis from one transformed value to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub scale: Scale,
    /// What its values are.
    pub quantity: Quantity,
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<Tick>,
}

impl Scale {
    /// Where a value goes. Values that a scale cannot show (zero on a logarithm) go to its far end.
    pub fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => libm::log10(value.max(f64::MIN_POSITIVE)),
            Self::Nines => -libm::log10((1.0 - value).max(1e-12)),
        }
    }
}

impl Axis {
    /// Where a value goes, kept within the axis.
    pub fn place(&self, value: f64) -> f64 {
        self.scale.place(value).clamp(self.low, self.high)
    }

    /// Whether a value is on the axis.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&self.scale.place(value))
    }

    /// Simulated time from the start of the run.
    pub fn time(end_seconds: f64) -> Self {
        let end = end_seconds.max(1e-9);
        let ticks = if end < 2.0 {
            steps(end, nice_step(end, 6.0), |value, step| decimal(value, step, 1.0, "s"))
        } else {
            steps(end, time_step(end, 7.0), |value, _| clock(value))
        };
        Self::linear(Quantity::Duration, end, ticks)
    }

    /// Values from zero to `top` or the next tick above it.
    pub fn values(unit: Unit, top: f64) -> Self {
        let top = if top > 0.0 && top.is_finite() { top } else { 1.0 };
        if unit == Unit::Seconds && top >= 120.0 {
            let step = time_step(top, INTERVALS);
            return Self::stepped(Quantity::Duration, top, step, |value, _| clock(value));
        }
        let (divisor, symbol) = unit_of(unit, top);
        let step = match unit {
            Unit::Bytes => binary_step(top / divisor) * divisor,
            // counts have no halves
            Unit::Count => nice_step(top, INTERVALS).max(1.0),
            _ => nice_step(top / divisor, INTERVALS) * divisor,
        };
        let label = |value, step| decimal(value, step, divisor, symbol);
        let axis = Self::stepped(unit.into(), top, step, label);
        // a share has a natural end
        match unit {
            Unit::Fraction if top <= 1.0 && axis.high > 1.0 => {
                Self::linear(axis.quantity, 1.0, axis.ticks)
            }
            _ => axis,
        }
    }

    /// Shares from nothing to the whole.
    pub fn shares() -> Self {
        Self::values(Unit::Fraction, 1.0)
    }

    /// Shares with the tail drawn out, up to `1 - 10^-nines`.
    pub fn nines(nines: f64) -> Self {
        let named = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999_999];
        let labels = ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"];
        let ticks = named
            .iter()
            .zip(labels)
            .map(|(share, label)| Tick { at: Scale::Nines.place(*share), label: label.into() });
        Self {
            scale: Scale::Nines,
            quantity: Quantity::Share,
            low: 0.0,
            high: nines,
            ticks: ticks.filter(|tick| tick.at <= nines).collect(),
        }
    }

    /// Durations in seconds on a logarithm, with a little room at both ends.
    pub fn log_durations(low: f64, high: f64) -> Self {
        let low = low.clamp(1e-9, 1e6);
        let high = high.clamp(low, 1e10);
        // room of a thirtieth of the length, at least a factor of 1.15
        let room = ((Scale::Log.place(high) - Scale::Log.place(low)) / 30.0).max(0.06);
        let (low, high) = (Scale::Log.place(low) - room, Scale::Log.place(high) + room);
        let quantity = Quantity::Duration;
        let axis = |ticks| Self { scale: Scale::Log, quantity, low, high, ticks };
        if log_ticks(low, high, &[1, 2, 3, 5, 7]).len() < 2 {
            // values this close together would leave the axis without names
            let wider = |place, room| libm::pow(10.0, place + room);
            return Self::log_durations(wider(low, -0.1), wider(high, 0.1));
        }
        let candidates: [&[u32]; 4] = [&[1, 2, 3, 5, 7], &[1, 2, 5], &[1, 3], &[1]];
        candidates
            .iter()
            .map(|digits| log_ticks(low, high, digits))
            .find(|ticks| ticks.len() <= LOG_TICKS)
            .map_or_else(|| axis(sparse(log_ticks(low, high, &[1]))), axis)
    }

    /// Shares from the decade of the least above nothing to that of the most, on a logarithm; the
    /// foot of the axis, half a decade lower, is nothing.
    pub fn log_shares(least: f64, most: f64) -> Self {
        let place = |share: f64| Scale::Log.place(share.clamp(1e-9, 1.0));
        // what is a decade but for rounding is that decade
        let first = (place(least.min(most)) + 1e-9).floor().min(-1.0);
        let last = (place(most) - 1e-9).ceil();
        let decades = (first as i32)..=(last as i32);
        let named = |decade: i32| {
            let percent = libm::pow(10.0, f64::from(decade + 2));
            let decimals = usize::try_from(-decade - 2).unwrap_or(0);
            Tick { at: f64::from(decade), label: format!("{percent:.decimals$} %") }
        };
        let low = first - 0.5;
        let nothing = Tick { at: low, label: "0".into() };
        Self {
            scale: Scale::Log,
            quantity: Quantity::Share,
            low,
            high: last,
            ticks: [nothing].into_iter().chain(decades.map(named)).collect(),
        }
    }

    fn linear(quantity: Quantity, high: f64, ticks: Vec<Tick>) -> Self {
        Self {
            scale: Scale::Linear,
            quantity,
            low: 0.0,
            high,
            ticks: ticks.into_iter().filter(|tick| tick.at <= high * (1.0 + 1e-9)).collect(),
        }
    }

    /// A linear axis that ends at a tick.
    fn stepped(
        quantity: Quantity,
        top: f64,
        step: f64,
        label: impl Fn(f64, f64) -> String,
    ) -> Self {
        let end = (top / step - 1e-9).ceil().max(1.0) * step;
        Self::linear(quantity, end, steps(end, step, label))
    }
}

/// plotters asks an axis for its place in units and for the values to draw rules at.
impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, place: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (place - self.low) / (self.high - self.low);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.iter().map(|tick| tick.at).collect(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn time_is_named_in_round_steps() {
        assert_eq!(labels(&Axis::time(600.0)), ["0", "2m", "4m", "6m", "8m", "10m"]);
        assert_eq!(labels(&Axis::time(86_400.0)), ["0", "6h", "12h", "18h", "1d"]);
        assert_eq!(labels(&Axis::time(45.0)), ["0", "10s", "20s", "30s", "40s"]);
        assert_eq!(labels(&Axis::time(0.5)), ["0", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]);
        assert_eq!(labels(&Axis::time(31_536_000.0)), ["0", "100d", "200d", "300d"]);
    }

    #[test]
    fn values_are_named_in_one_unit_from_zero_to_a_tick_above_them() {
        let axis = Axis::values(Unit::Seconds, 1.3);
        assert_eq!(labels(&axis), ["0", "0.5 s", "1.0 s", "1.5 s"]);
        assert_eq!(axis.high, 1.5);
        let gib = 1024f64.powi(3);
        assert_eq!(
            labels(&Axis::values(Unit::Bytes, 200.0 * gib)),
            ["0", "64 GiB", "128 GiB", "192 GiB", "256 GiB"]
        );
        assert_eq!(labels(&Axis::values(Unit::Count, 3.0)), ["0", "1", "2", "3"]);
        assert_eq!(
            labels(&Axis::values(Unit::PerSecond, 4100.0)),
            ["0", "1,000 /s", "2,000 /s", "3,000 /s", "4,000 /s", "5,000 /s"]
        );
        assert_eq!(
            labels(&Axis::values(Unit::Seconds, 500.0)),
            ["0", "2m", "4m", "6m", "8m", "10m"]
        );
    }

    #[test]
    fn shares_end_at_the_whole() {
        let axis = Axis::shares();
        assert_eq!(labels(&axis), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(axis.high, 1.0);
        assert_eq!(
            labels(&Axis::values(Unit::Fraction, 0.0012)),
            ["0.00 %", "0.05 %", "0.10 %", "0.15 %"]
        );
    }

    #[test]
    fn rare_shares_are_told_apart_by_decades_above_nothing() {
        let axis = Axis::log_shares(0.0004, 0.63);
        assert_eq!(labels(&axis), ["0", "0.01 %", "0.1 %", "1 %", "10 %", "100 %"]);
        assert_eq!((axis.low, axis.high), (-4.5, 0.0));
        // nothing is at the foot, and the least share is above it
        assert_eq!(axis.place(0.0), axis.low);
        assert!(axis.place(0.0004) > -4.0);
        assert_eq!(labels(&Axis::log_shares(0.001, 0.001)), ["0", "0.1 %"]);
        assert_eq!(labels(&Axis::log_shares(1.0, 1.0)), ["0", "10 %", "100 %"]);
    }

    #[test]
    fn a_logarithm_names_few_values_however_far_it_reaches() {
        assert_eq!(
            labels(&Axis::log_durations(0.004, 0.3)),
            ["5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms"]
        );
        assert_eq!(
            labels(&Axis::log_durations(0.0009, 9.0)),
            ["1 ms", "3 ms", "10 ms", "30 ms", "100 ms", "300 ms", "1 s", "3 s", "10 s"]
        );
        assert_eq!(
            labels(&Axis::log_durations(20.0, 4000.0)),
            ["20 s", "30 s", "1m", "2m", "5m", "10m", "30m", "1h"]
        );
        assert_eq!(labels(&Axis::log_durations(0.012, 0.012)), ["7 ms", "10 ms", "20 ms"]);
        let wide = Axis::log_durations(1e-9, 1e9);
        assert!((4..=LOG_TICKS).contains(&wide.ticks.len()), "{:?}", labels(&wide));
    }

    #[test]
    fn each_nine_takes_the_same_room() {
        let axis = Axis::nines(4.2);
        let (first, second) = (axis.place(0.9), axis.place(0.99));
        assert!((second - first - 1.0).abs() < 1e-9);
        assert_eq!(axis.place(1.0), 4.2);
        assert!(axis.holds(0.999) && !axis.holds(0.99999));
    }
}
