//! Which values of an axis are named, and how: few, round, in units that people use.

use super::super::quantity::grouped;
use super::axis::Scale;
use crate::metrics::Unit;

/// A named place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Transformed.
    pub at: f64,
    pub label: String,
}

/// Steps between ticks of time, in seconds.
const TIME_STEPS: [f64; 21] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];

/// Durations named on a logarithmic axis above a minute, where decades of seconds mean little.
const LONG_TIMES: [f64; 14] = [
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    18_000.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    2_592_000.0,
];

/// Most intervals between ticks of a linear axis of values.
pub const INTERVALS: f64 = 5.0;
/// Most ticks of a logarithmic axis.
pub const LOG_TICKS: usize = 9;

/// Ticks from zero to `end`.
pub fn steps(end: f64, step: f64, label: impl Fn(f64, f64) -> String) -> Vec<Tick> {
    let count = (end / step + 1e-9).floor() as u32;
    (0..=count)
        .map(|index| f64::from(index) * step)
        .map(|at| Tick { at, label: label(at, step) })
        .collect()
}

/// The smallest of 1, 2, 5 times a power of ten of which at most `intervals` make `top`.
pub fn nice_step(top: f64, intervals: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(top / intervals)));
    let fits = |factor: &f64| top / (decade * factor) <= intervals * (1.0 + 1e-9);
    decade * [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0)
}

/// The smallest power of two of which at most five make `top`.
pub fn binary_step(top: f64) -> f64 {
    let mut step = 1.0 / 1024.0;
    while top / step > INTERVALS {
        step *= 2.0;
    }
    step
}

pub fn time_step(end: f64, intervals: f64) -> f64 {
    TIME_STEPS
        .into_iter()
        .find(|step| end / step <= intervals)
        .unwrap_or_else(|| nice_step(end / 86_400.0, intervals).max(1.0) * 86_400.0)
}

/// The divisor and symbol in which a whole axis up to `top` is named.
pub fn unit_of(unit: Unit, top: f64) -> (f64, &'static str) {
    let scales: &[(f64, &'static str)] = match unit {
        Unit::Count => &[(1.0, "")],
        Unit::PerSecond => &[(1.0, "/s")],
        Unit::Seconds => &[(1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s")],
        Unit::Fraction => &[(0.01, "%")],
        Unit::Bytes => &[
            (1.0, "B"),
            (1024.0, "KiB"),
            (1048576.0, "MiB"),
            (1073741824.0, "GiB"),
            (1099511627776.0, "TiB"),
        ],
        Unit::Watts => &[(1.0, "W"), (1e3, "kW"), (1e6, "MW")],
    };
    let fitting = scales.iter().rev().find(|(divisor, _)| top >= *divisor);
    *fitting.unwrap_or(&scales[0])
}

/// A tick of a decimal axis, with as many decimals as its step has: `0.5 s`, `20 %`, `1,200 /s`.
pub fn decimal(value: f64, step: f64, divisor: f64, symbol: &str) -> String {
    let step = step / divisor;
    let decimals = (0..=12)
        .find(|decimals| {
            let shifted = step * libm::pow(10.0, f64::from(*decimals));
            (shifted - shifted.round()).abs() < 1e-6 * shifted
        })
        .unwrap_or(12) as usize;
    let number = grouped(&format!("{:.decimals$}", value / divisor));
    match symbol {
        "" => number,
        _ if value == 0.0 && symbol != "%" => "0".into(),
        _ => format!("{number} {symbol}"),
    }
}

/// Time on an axis: `0`, `45s`, `1h 30m`, `2d`.
pub fn clock(seconds: f64) -> String {
    let total = seconds.round() as u64;
    let parts = [
        (total / 86_400, "d"),
        (total / 3600 % 24, "h"),
        (total / 60 % 60, "m"),
        (total % 60, "s"),
    ];
    let words: Vec<_> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{}{unit}", grouped(&number.to_string())))
        .collect();
    if words.is_empty() { "0".into() } else { words.join(" ") }
}

/// Ticks at the given digits of each decade below a minute, and at common times above it.
pub fn log_ticks(low: f64, high: f64, digits: &[u32]) -> Vec<Tick> {
    let decades = (low.floor() as i32)..=(high.ceil() as i32);
    // fifty seconds and a minute would stand on each other's toes
    let short_end = if high > Scale::Log.place(60.0) { 40.0 } else { 60.0 };
    let short = decades
        .flat_map(|decade| digits.iter().map(move |digit| (decade, *digit)))
        .map(|(decade, digit)| f64::from(digit) * libm::pow(10.0, f64::from(decade)))
        .filter(|seconds| *seconds < short_end * 0.99)
        .map(|seconds| (seconds, short_label(seconds)));
    let every = match digits.len() {
        1 => 3,
        2 => 2,
        _ => 1,
    };
    let long = LONG_TIMES.iter().step_by(every).map(|seconds| (*seconds, clock(*seconds)));
    short
        .chain(long)
        .map(|(seconds, label)| Tick { at: Scale::Log.place(seconds), label })
        .filter(|tick| (low..=high).contains(&tick.at))
        .collect()
}

fn short_label(seconds: f64) -> String {
    let (divisor, symbol) = unit_of(Unit::Seconds, seconds * (1.0 + 1e-9));
    format!("{:.0} {symbol}", seconds / divisor)
}

/// Every second tick, until there are few enough.
pub fn sparse(mut ticks: Vec<Tick>) -> Vec<Tick> {
    while ticks.len() > LOG_TICKS {
        ticks = ticks.into_iter().step_by(2).collect();
    }
    ticks
}
