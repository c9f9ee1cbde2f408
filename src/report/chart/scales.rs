//! Axes and colour scales for figures of runs, which have more units than series have.

use super::super::quantity::Quantity;
use super::axis::{Axis, Scale};
use super::data::PlotBox;
use super::ticks::{INTERVALS, Tick, decimal, nice_step};
use crate::metrics::figures::Unit;
use crate::metrics::series;

/// Durations of a larger ratio than this are shown on a logarithm.
const WIDE: f64 = 40.0;
/// Shares that are never below this are shown from near the least of them, not from nothing.
const HIGH_SHARE: f64 = 0.5;

/// Whether values of a unit are better told apart on a logarithm.
pub fn scale(unit: Unit, least: f64, most: f64) -> Scale {
    let is_wide = unit == Unit::Seconds && least > 0.0 && most > WIDE * least;
    if is_wide { Scale::Log } else { Scale::Linear }
}

/// The axis for a figure whose values lie between these.
pub fn axis(unit: Unit, least: f64, most: f64) -> Axis {
    if scale(unit, least, most) == Scale::Log {
        return Axis::log_durations(least, most);
    }
    match unit {
        Unit::Fraction if (HIGH_SHARE..1.0).contains(&least) && most <= 1.0 => shares(least),
        Unit::Count | Unit::ReplicasPerHost => Axis::values(series::Unit::Count, most),
        Unit::Seconds => Axis::values(series::Unit::Seconds, most),
        Unit::Fraction => Axis::values(series::Unit::Fraction, most),
        Unit::Bytes => Axis::values(series::Unit::Bytes, most),
        Unit::PerSecond => Axis::values(series::Unit::PerSecond, most),
        Unit::KilowattHours | Unit::DollarsPerHour | Unit::Dollars => from_zero(unit.into(), most),
    }
}

/// Shares from the round value below the least up to the whole.
fn shares(least: f64) -> Axis {
    let step = nice_step(1.0 - least, INTERVALS);
    let below = ((1.0 - least) / step - 1e-9).ceil() as u32;
    let at = |index: u32| 1.0 - f64::from(index) * step;
    let tick = |index: u32| Tick { at: at(index), label: decimal(at(index), step, 0.01, "%") };
    Axis {
        scale: Scale::Linear,
        quantity: Quantity::Share,
        low: at(below),
        high: 1.0,
        ticks: (0..=below).rev().map(tick).collect(),
    }
}

fn from_zero(quantity: Quantity, most: f64) -> Axis {
    let most = if most > 0.0 && most.is_finite() { most } else { 1.0 };
    let step = nice_step(most, INTERVALS);
    let last = (most / step - 1e-9).ceil().max(1.0) as u32;
    let tick = |index: u32| {
        let value = f64::from(index) * step;
        Tick { at: value, label: round(quantity, value) }
    };
    let ticks: Vec<Tick> = (0..=last).map(tick).collect();
    let high = f64::from(last) * step;
    Axis { scale: Scale::Linear, quantity, low: 0.0, high, ticks }
}

/// A round value, without the zeros of precision; money has its cents.
fn round(quantity: Quantity, value: f64) -> String {
    let text = quantity.show(value);
    match text.split_once(' ') {
        _ if value == 0.0 => "0".into(),
        Some((number, unit)) if quantity != Quantity::Money && number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// Where values are in the drawing of a plot, in pixels.
pub fn pixel(plot: &PlotBox, (x, y): (&Axis, &Axis), at: (f64, f64)) -> (f64, f64) {
    let share = |axis: &Axis, value| (axis.place(value) - axis.low) / (axis.high - axis.low);
    let across = plot.left + share(x, at.0) * (plot.right - plot.left);
    (across, plot.bottom - share(y, at.1) * (plot.bottom - plot.top))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn every_unit_has_an_axis_in_its_own_words() {
        let money = axis(Unit::DollarsPerHour, 0.19, 1.14);
        assert_eq!(labels(&money), ["0", "$ 0.50", "$ 1.00", "$ 1.50"]);
        let energy = axis(Unit::KilowattHours, 0.0, 1.2e-3);
        assert_eq!(labels(&energy), ["0", "0.5 Wh", "1 Wh", "1.5 Wh"]);
        assert_eq!(labels(&axis(Unit::ReplicasPerHost, 1.0, 4.0)), ["0", "1", "2", "3", "4"]);
        let latency = axis(Unit::Seconds, 0.01, 3.0);
        assert_eq!(latency.scale, Scale::Log);
        assert_eq!(axis(Unit::Seconds, 0.1, 0.3).scale, Scale::Linear);
    }

    #[test]
    fn shares_near_the_whole_are_not_shown_from_nothing() {
        let high = axis(Unit::Fraction, 0.991, 1.0);
        assert_eq!(labels(&high), ["99.0 %", "99.2 %", "99.4 %", "99.6 %", "99.8 %", "100.0 %"]);
        assert_eq!(axis(Unit::Fraction, 0.2, 0.9).low, 0.0);
        assert_eq!(axis(Unit::Fraction, 1.0, 1.0).low, 0.0);
    }
}
