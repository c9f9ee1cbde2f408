//! What was in use over time, as reports take it.

use super::history::Means;
use super::hosts::Kinds;
use super::meter::Meter;
use crate::engine::SimTime;
use crate::metrics::series::{Unit, names};
use crate::metrics::{Series, SeriesTable};

/// The series of a meter of hosts that have so many thousandths of GPUs. Items without a host have
/// one where items wait.
pub fn series<const K: usize>(
    meter: &Meter<K>,
    kinds: &Kinds,
    gpus: u64,
    waits: bool,
) -> SeriesTable {
    let points = meter.over_time();
    let of = |name: String, unit, value: &dyn Fn(&Means<K>) -> f64| {
        let values = points.iter().map(|(_, means)| value(means)).collect();
        Series { name, app: None, unit, values }
    };
    let count = |name: &str, value: &dyn Fn(&Means<K>) -> f64| of(name.into(), Unit::Count, value);
    let mut series = vec![
        count(names::HOSTS_IN_USE, &|means| means.hosts),
        count(names::HOSTS_IN_USE_BOUND, &|means| means.bound),
    ];
    if waits {
        series.push(count(names::ITEMS_WAITING, &|means| means.waiting));
    }
    for (kind, name) in kinds.all().into_iter().enumerate() {
        if meter.share(kind, 0.0).is_some() {
            let share = |means: &Means<K>| meter.share(kind, means.used[kind]).unwrap_or(f64::NAN);
            series.push(of(names::allocated(&name), Unit::Fraction, &share));
        }
    }
    if gpus > 0 {
        let share = |means: &Means<K>| means.gpus / gpus as f64;
        series.push(of(names::allocated("gpus"), Unit::Fraction, &share));
    }
    let times: Vec<SimTime> = points.iter().map(|(end, _)| *end).collect();
    SeriesTable { times, series }
}
