//! Time series and distributions as CSV, for plots and statistics of the reader's own.

use super::csv_text::{csv_text, plain};
use crate::metrics::{LatencyHistogram, Series, SeriesTable, Unit};

/// One line per point in time: `time_s` and a column for each series, named `app.name.unit`, or
/// `name.unit` for the cluster as a whole. An empty field: nothing to measure in that interval.
pub fn series(table: &SeriesTable) -> String {
    let names = table.series.iter().map(column_name);
    let header: Vec<_> = std::iter::once("time_s".to_owned()).chain(names).collect();
    let rows = table.times.iter().enumerate().map(|(row, time)| {
        let value = |series: &Series| series.values.get(row).copied().unwrap_or(f64::NAN);
        std::iter::once(plain(time.as_secs_f64()))
            .chain(table.series.iter().map(|series| plain(value(series))))
            .collect()
    });
    csv_text(std::iter::once(header).chain(rows))
}

/// The distribution function of durations: `seconds,share`, one line per occupied cell.
pub(super) fn distribution(histogram: &LatencyHistogram) -> String {
    let header = ["seconds", "share"].map(String::from).to_vec();
    let rows = histogram
        .distribution()
        .map(|(value, share)| vec![plain(value.as_secs_f64()), plain(share)]);
    csv_text(std::iter::once(header).chain(rows))
}

fn column_name(series: &Series) -> String {
    let unit = match series.unit {
        Unit::Count => "count",
        Unit::PerSecond => "per_second",
        Unit::Seconds => "seconds",
        Unit::Fraction => "fraction",
        Unit::Bytes => "bytes",
        Unit::Watts => "watts",
    };
    match &series.app {
        Some(app) => format!("{app}.{}.{unit}", series.name),
        None => format!("{}.{unit}", series.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{SimDuration, SimTime};

    #[test]
    fn a_series_without_a_value_leaves_its_field_empty() {
        let table = SeriesTable {
            times: vec![SimTime::from_nanos(2_500_000_000), SimTime::from_nanos(5_000_000_000)],
            series: vec![Series {
                name: "p99".into(),
                app: Some("web".into()),
                unit: Unit::Seconds,
                values: vec![f64::NAN, 0.25],
            }],
        };
        assert_eq!(series(&table), "time_s,web.p99.seconds\n2.5,\n5,0.25\n");
    }

    #[test]
    fn a_distribution_ends_at_the_whole() {
        let mut histogram = LatencyHistogram::default();
        for millis in [1, 1, 1, 2] {
            histogram.record(SimDuration::from_millis(millis));
        }
        let text = distribution(&histogram);
        let shares: Vec<_> = text.lines().filter_map(|line| line.split(',').nth(1)).collect();
        assert_eq!(shares, ["share", "0.75", "1"]);
    }
}
