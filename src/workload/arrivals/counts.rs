//! Arrivals from a table of counts per interval, as access logs and metrics give them.
//!
//! Each count is met exactly: n arrivals fall into their interval, from its start to before its
//! end, and are independent and uniform there. They are made in order and one by one from the law
//! of the first of n uniform points: the part of the remaining interval that lies behind it has
//! the law of U^(1/n), that is e^(-E/n) with E exponential; then n-1 points are left in that part.
//! So nothing is stored but the row at hand, however long the file and however large its counts.
//!
//! Cost of an arrival: one exponential draw and one exponential function, about 12 ns.
//! Opening checks the whole file first: about 40 ms for 125,000 rows.

use std::path::Path;

use super::instants::due;
use crate::engine::{SimDuration, SimTime, Stream};
use crate::scenario::CountTable;
use crate::workload::law::ziggurat;
use crate::workload::traces::{Column, Table, TraceError};

/// Arrivals counted in a file.
pub struct Counts {
    table: Table,
    column: Column,
    /// The row under the cursor was not used yet.
    fresh: bool,
    interval: SimDuration,
    scale: f64,
    /// Sum of the counts of the rows used so far, and of the arrivals made of them.
    counted: u64,
    given: u64,
    /// When the current interval ends.
    end: SimTime,
    /// Arrivals left in it, and the part of it they lie in, in nanoseconds before its end.
    left: u64,
    part: f64,
    stream: Stream,
    failure: Option<TraceError>,
}

impl Counts {
    /// Opens the table, checks every row that will be used, and goes to the first of them, whose
    /// interval begins at time zero. With a `scale` the totals are scaled and rounded, so that
    /// errors of rounding do not add up.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column or the row to begin with, or a count is not a
    /// whole number.
    pub(super) fn open(
        settings: &CountTable,
        scale: f64,
        stream: Stream,
    ) -> Result<Self, TraceError> {
        let (mut table, column) = start(settings)?;
        table.whole(column)?;
        while table.advance()? {
            table.whole(column)?;
        }
        let (table, column) = start(settings)?;
        Ok(Self {
            table,
            column,
            fresh: true,
            interval: settings.interval,
            scale,
            counted: 0,
            given: 0,
            end: SimTime::ZERO,
            left: 0,
            part: 0.0,
            stream,
            failure: None,
        })
    }

    pub(super) fn take_failure(&mut self) -> Option<TraceError> {
        self.failure.take()
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        while self.left == 0 {
            self.begin_interval()?;
        }
        self.part *= libm::exp(-ziggurat::exponential(&mut self.stream) / self.left as f64);
        self.left -= 1;
        // rounded down in time, so that the arrival stays before the end; the part may be nothing
        let before_end = (self.part as u64 + 1).min(self.interval.as_nanos());
        Some(SimTime::from_nanos(self.end.as_nanos() - before_end))
    }

    /// Takes the next row; `None` when there is none or its interval exceeds the end of time.
    #[cold]
    fn begin_interval(&mut self) -> Option<()> {
        let count = self.next_count()?;
        self.end = super::later(self.end, self.interval)?;
        self.counted = self.counted.saturating_add(count);
        self.left = due(self.counted, self.scale).saturating_sub(self.given);
        self.given += self.left;
        self.part = self.interval.as_nanos() as f64;
        Some(())
    }

    fn next_count(&mut self) -> Option<u64> {
        if self.failure.is_some() {
            return None;
        }
        let advanced = if self.fresh { Ok(true) } else { self.table.advance() };
        self.fresh = false;
        let count = match advanced {
            Ok(true) => self.table.whole(self.column),
            Ok(false) => return None,
            Err(error) => Err(error),
        };
        count.map_err(|error| self.failure = Some(error)).ok()
    }
}

/// The table at its first row to use, and the column of counts.
fn start(settings: &CountTable) -> Result<(Table, Column), TraceError> {
    let mut table = Table::open(&settings.file)?;
    let counts = table.column(&settings.column)?;
    let label = match &settings.label {
        Some(name) => table.column(name)?,
        None => table.first_column(),
    };
    if !table.advance()? {
        return Err(TraceError::Empty { file: settings.file.clone() });
    }
    if let Some(prefix) = &settings.from {
        seek(&mut table, label, prefix, &settings.file)?;
    }
    Ok((table, counts))
}

fn seek(table: &mut Table, label: Column, prefix: &str, file: &Path) -> Result<(), TraceError> {
    let first = table.text(label).into_owned();
    let mut last = first.clone();
    while !last.starts_with(prefix) {
        if !table.advance()? {
            let column = table.name(label).to_owned();
            let (file, prefix) = (file.to_owned(), prefix.to_owned());
            return Err(TraceError::Label { file, column, prefix, first, last });
        }
        last.clear();
        last.push_str(&table.text(label));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;
    use crate::workload::law::check;
    use crate::workload::traces::fixture;
    use std::path::PathBuf;

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    fn settings(file: PathBuf, from: Option<&str>) -> CountTable {
        CountTable {
            file,
            column: "count".to_owned(),
            interval: MINUTE,
            label: None,
            from: from.map(str::to_owned),
        }
    }

    fn open(file: PathBuf, from: Option<&str>, scale: f64) -> Result<Counts, TraceError> {
        Counts::open(&settings(file, from), scale, Streams::new(6).named("counts"))
    }

    /// Arrivals per minute until the last one, which must come in order.
    fn per_minute(mut counts: Counts) -> Vec<u64> {
        let mut found = Vec::new();
        let mut last = SimTime::ZERO;
        while let Some(time) = counts.next() {
            assert!(time >= last);
            last = time;
            let minute = (time.as_nanos() / MINUTE.as_nanos()) as usize;
            found.resize(minute + 1, 0);
            found[minute] += 1;
        }
        assert!(counts.take_failure().is_none());
        found
    }

    const TABLE: &str = "period,count\n09:58,3\n09:59,0\n10:00,5000\n10:01,1\n10:02,7\n10:03,0\n";

    #[test]
    fn every_interval_has_exactly_its_count() {
        let (_folder, file) = fixture::file("t.csv", TABLE);
        assert_eq!(per_minute(open(file, None, 1.0).unwrap()), [3, 0, 5000, 1, 7]);
    }

    #[test]
    fn the_first_row_used_is_the_first_with_the_prefix_and_begins_at_time_zero() {
        let (_folder, file) = fixture::gzip("t.csv.gz", TABLE);
        assert_eq!(per_minute(open(file.clone(), Some("10:"), 1.0).unwrap()), [5000, 1, 7]);
        let Err(error) = open(file, Some("11:"), 1.0) else { panic!("it opened") };
        let text = error.to_string();
        assert!(
            text.ends_with(
                "t.csv.gz` has no row whose `period` starts with `11:`; \
                 the first is `09:58`, the last `10:03`"
            ),
            "{text}"
        );
    }

    #[test]
    fn scaled_counts_add_up_to_the_scaled_total() {
        let rows = "period,count\n".to_owned() + &"x,3\n".repeat(1000);
        let (_folder, file) = fixture::file("t.csv", &rows);
        for (scale, total) in [(0.5, 1500), (0.1, 300), (1.0 / 3.0, 1000), (2.7, 8100)] {
            let found = per_minute(open(file.clone(), None, scale).unwrap());
            assert_eq!(found.iter().sum::<u64>(), total);
            let fair = 3.0 * scale;
            assert!(found.iter().all(|&count| (count as f64 - fair).abs() < 1.0), "{scale}");
        }
    }

    #[test]
    fn arrivals_are_uniform_within_their_interval_and_independent() {
        let count = 200_000;
        let text = format!("period,count\na,{count}\nb,{count}\n");
        let (_folder, file) = fixture::file("t.csv", &text);
        let mut counts = open(file, None, 1.0).unwrap();
        let times: Vec<f64> = std::iter::from_fn(|| counts.next())
            .map(|time| time.as_nanos() as f64 / MINUTE.as_nanos() as f64)
            .collect();
        let (first, second) = times.split_at(count);
        check::distribution("first interval", &mut first.to_vec(), |x| x);
        check::distribution("second interval", &mut second.to_vec(), |x| x - 1.0);
        // spacings of many uniform points are nearly exponential: n (1 - x)^(n-1) to 1/n
        let mut gaps: Vec<f64> =
            first.windows(2).map(|pair| (pair[1] - pair[0]) * count as f64).collect();
        check::distribution("spacings", &mut gaps, |x| -libm::expm1(-x));
    }

    /// The first of three uniform points exceeds x with probability (1 - x)^3, the last is below x
    /// with probability x^3.
    #[test]
    fn few_arrivals_of_an_interval_are_order_statistics() {
        let rows = "period,count\n".to_owned() + &"x,3\n".repeat(50_000);
        let (_folder, file) = fixture::file("t.csv", &rows);
        let mut counts = open(file, None, 1.0).unwrap();
        let places: Vec<f64> = std::iter::from_fn(|| counts.next())
            .map(|time| time.as_nanos() % MINUTE.as_nanos())
            .map(|nanos| nanos as f64 / MINUTE.as_nanos() as f64)
            .collect();
        let of_rank = |rank| places.iter().skip(rank).step_by(3).copied().collect::<Vec<f64>>();
        check::distribution("first", &mut of_rank(0), |x| 1.0 - (1.0 - x).powi(3));
        check::distribution("second", &mut of_rank(1), |x| x * x * (3.0 - 2.0 * x));
        check::distribution("third", &mut of_rank(2), |x| x.powi(3));
    }

    #[test]
    fn a_wrong_count_is_refused_before_the_run_begins() {
        let (_folder, file) = fixture::file("t.csv", "period,count\na,1\nb,2.5\n");
        let Err(error) = open(file.clone(), None, 1.0) else { panic!("it opened") };
        let expected =
            "t.csv`, line 3, column `count`: expected a whole number, 0 or more, found `2.5`";
        assert!(error.to_string().ends_with(expected), "{error}");
        // rows before the first one used are nobody's business
        let (_folder, file) = fixture::file("t.csv", "period,count\na,\nb,2\n");
        assert_eq!(per_minute(open(file, Some("b"), 1.0).unwrap()), [2]);
    }

    #[test]
    fn a_file_that_changes_under_the_run_ends_it_with_the_reason() {
        // longer than the buffer of the reader, which reads ahead
        let rows = "period,count\n".to_owned() + &"x,0\n".repeat(100_000);
        let (_folder, file) = fixture::file("t.csv", &rows);
        let mut counts = open(file.clone(), None, 1.0).unwrap();
        std::fs::write(&file, rows.replace("x,0", "x,y")).unwrap();
        assert_eq!(counts.next(), None);
        let failure = counts.take_failure().unwrap().to_string();
        assert!(failure.ends_with("column `count`: expected a whole number, 0 or more, found `y`"));
    }

    #[test]
    fn the_world_cup_counts_are_met_minute_by_minute() {
        let Some(file) = fixture::shared("worldcup98/invocation_count.csv") else {
            return;
        };
        let from = "1998-06-30 19:";
        let mut table = Table::open(&file).unwrap();
        let (label, column) = (table.first_column(), table.column("count").unwrap());
        let mut expected = Vec::new();
        while expected.len() < 60 && table.advance().unwrap() {
            if !expected.is_empty() || table.text(label).starts_with(from) {
                expected.push(table.whole(column).unwrap());
            }
        }
        let mut counts = open(file, Some(from), 1.0).unwrap();
        let mut found = vec![0; expected.len()];
        while let Some(time) = counts.next() {
            let minute = (time.as_nanos() / MINUTE.as_nanos()) as usize;
            let Some(count) = found.get_mut(minute) else {
                break;
            };
            *count += 1;
        }
        assert_eq!(found, expected);
        assert!(expected.iter().sum::<u64>() > 1_000_000);
    }
}
