//! What was in use over time, as reports take it.

use super::history::Means;
use super::hosts::Kinds;
use super::meter::Meter;
use crate::engine::SimTime;
use crate::metrics::series::{Unit, names};
use crate::metrics::{Series, SeriesTable};

/// Of what there may be series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorded {
    /// Thousandths of GPUs that hosts have.
    pub gpus: u64,
    /// Items without a host wait.
    pub waits: bool,
    /// Hosts fail or are drained.
    pub closes: bool,
    /// Items are migrated.
    pub migrates: bool,
}

/// The series of a meter. What was never stranded has none.
pub fn series<const K: usize>(meter: &Meter<K>, kinds: &Kinds, of_what: Recorded) -> SeriesTable {
    let Recorded { gpus, waits, closes, migrates } = of_what;
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
    for (kind, name) in kinds.all().into_iter().enumerate() {
        if meter.mean_stranded(kind).is_some_and(|share| share > 0.0) {
            let share =
                |means: &Means<K>| meter.share(kind, means.stranded[kind]).unwrap_or(f64::NAN);
            series.push(of(names::stranded(&name), Unit::Fraction, &share));
        }
    }
    if closes {
        series.push(of(names::HOSTS_CLOSED.into(), Unit::Count, &|means| means.closed));
    }
    if migrates {
        series.push(of(names::ITEMS_MIGRATING.into(), Unit::Count, &|means| means.moving));
    }
    if meter.energy().is_some() {
        series.push(of(names::POWER.into(), Unit::Watts, &|means| means.power / 1e6));
    }
    let times: Vec<SimTime> = points.iter().map(|(end, _)| *end).collect();
    SeriesTable { times, series }
}
