//! Arrivals that arrive.

use super::ranges::{lasting, not_zero, within};
use super::{Finding, laws, tables};
use crate::engine::SimDuration;
use crate::scenario::path::Path;
use crate::scenario::{ArrivalTable, Arrivals, Column, CountTable};
use crate::units::Rate;

/// Highest rate: one arrival in each nanosecond, the resolution of the clock.
const HIGHEST: f64 = 1e9;

/// Checks arrivals of requests, jobs or VMs.
pub fn check(arrivals: &Arrivals, at: &Path, out: &mut Vec<Finding>) {
    match arrivals {
        Arrivals::Poisson(rate) => check_rate(*rate, at.key("poisson"), out),
        Arrivals::Deterministic(rate) => check_rate(*rate, at.key("deterministic"), out),
        Arrivals::Renewal(law) => {
            laws::check_interval(law, &at.key("renewal"), "the time between arrivals", out);
        }
        Arrivals::Mmpp { rates, sojourns } => check_mmpp(rates, sojourns, &at.key("mmpp"), out),
        Arrivals::Diurnal { mean, period, .. } => {
            let at = at.key("diurnal");
            check_rate(*mean, at.key("mean"), out);
            lasting(*period, at.key("period"), "the period", out);
        }
        Arrivals::Counts(table) => check_counts(table, &at.key("counts"), out),
        Arrivals::Users { count, think } => {
            let at = at.key("users");
            within(*count, &(1..=10_000_000), at.key("count"), "the number of users", out);
            laws::check(think, &at.key("think"), out);
        }
        Arrivals::At(instants) => check_instants(instants, &at.key("at"), out),
        Arrivals::Trace(table) => check_table(table, &at.key("trace"), out),
    }
}

/// Checks arrivals that cannot come from users, who wait for an answer.
pub fn check_open(arrivals: &Arrivals, at: &Path, what: &str, out: &mut Vec<Finding>) {
    if let Arrivals::Users { .. } = arrivals {
        let title = format!("users send requests to an app; {what} do not answer any");
        out.push(Finding::new(at.key("users"), title).help("use `poisson` or `renewal`"));
    }
    check(arrivals, at, out);
}

fn check_rate(rate: Rate, at: Path, out: &mut Vec<Finding>) {
    if !(rate.0 > 0.0 && rate.0 <= HIGHEST) {
        let title = format!("the rate must be above zero and at most {HIGHEST}/s, not {rate}");
        out.push(Finding::new(at, title));
    }
}

fn check_mmpp(rates: &[Rate], sojourns: &[SimDuration], at: &Path, out: &mut Vec<Finding>) {
    if rates.len() != sojourns.len() {
        let title = format!(
            "each state has a rate and a time: here are {} rates and {} sojourns",
            rates.len(),
            sojourns.len()
        );
        out.push(Finding::new(at.key("rates"), title).related(at.key("sojourns"), "times"));
    }
    if rates.is_empty() || rates.iter().all(|rate| rate.0 == 0.0) {
        out.push(Finding::new(at.key("rates"), "nothing arrives: no state has a rate"));
    }
    for (index, rate) in rates.iter().enumerate().filter(|(_, rate)| rate.0 > HIGHEST) {
        check_rate(*rate, at.key("rates").index(index), out);
    }
    for (index, sojourn) in sojourns.iter().enumerate() {
        lasting(*sojourn, at.key("sojourns").index(index), "the mean time in a state", out);
    }
}

fn check_counts(table: &CountTable, at: &Path, out: &mut Vec<Finding>) {
    not_zero(&table.interval, at.key("interval"), "the interval of a row", out);
    let mut columns = vec![(table.column.as_str(), at.key("column"))];
    if let Some(label) = &table.label {
        columns.push((label.as_str(), at.key("label")));
    }
    let readable = tables::check_columns(&table.file, &at.key("file"), &columns, out);
    if let (true, Some(from)) = (readable, &table.from) {
        let label = table.label.as_deref();
        tables::check_label(&table.file, label, from, &at.key("from"), out);
    }
}

fn check_table(table: &ArrivalTable, at: &Path, out: &mut Vec<Finding>) {
    let ArrivalTable { file, arrival, demand, replica, duration, cpu, memory } = table;
    let nanos = |it: &Column<SimDuration>| (it.column.clone(), it.unit.as_nanos());
    let columns = [
        ("arrival", Some(nanos(arrival))),
        ("demand", demand.as_ref().map(nanos)),
        ("replica", replica.clone().map(|replica| (replica, 1))),
        ("duration", duration.as_ref().map(nanos)),
        ("cpu", cpu.as_ref().map(|it| (it.column.clone(), it.unit.0))),
        ("memory", memory.as_ref().map(|it| (it.column.clone(), it.unit.0))),
    ];
    let columns: Vec<_> = columns.into_iter().filter_map(|(key, it)| Some((key, it?))).collect();
    for &(key, _) in columns.iter().filter(|(_, (_, unit))| *unit == 0) {
        let title = "a column in units of nothing is all zeros";
        out.push(Finding::new(at.key(key).key("unit"), title));
    }
    let named: Vec<_> =
        columns.iter().map(|(key, (column, _))| (column.as_str(), at.key(*key))).collect();
    tables::check_columns(file, &at.key("file"), &named, out);
}

fn check_instants(instants: &[SimDuration], at: &Path, out: &mut Vec<Finding>) {
    if instants.is_empty() {
        out.push(Finding::new(at.clone(), "nothing arrives: the list is empty"));
    }
    if let Some(index) = instants.windows(2).position(|pair| pair[0] > pair[1]) {
        let (earlier, later) = (instants[index + 1], instants[index]);
        let title = format!("instants must be in order, but {earlier} comes after {later}");
        out.push(Finding::new(at.index(index + 1), title));
    }
}
