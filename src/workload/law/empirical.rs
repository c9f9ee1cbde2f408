//! The empirical law: what was measured, each value equally likely.

use std::sync::Arc;

use super::nanos;
use crate::engine::{SimDuration, Stream};
use crate::scenario::TableColumn;
use crate::workload::TraceError;
use crate::workload::traces::table;

/// A table of durations; clones share it.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    values: Arc<[SimDuration]>,
    /// In nanoseconds.
    mean: f64,
    scv: f64,
}

impl Empirical {
    /// Reads the table, 8 bytes of memory a row.
    ///
    /// # Errors
    /// When the file cannot be used; see [`table::durations`].
    pub fn read(column: &TableColumn) -> Result<Self, TraceError> {
        let values = table::durations(column)?;
        let count = values.len() as f64;
        let mean = values.iter().map(|&value| nanos(value)).sum::<f64>() / count;
        let square = |&value: &SimDuration| (nanos(value) - mean) * (nanos(value) - mean);
        let variance = values.iter().map(square).sum::<f64>() / count;
        let scv = if mean > 0.0 { variance / (mean * mean) } else { 0.0 };
        Ok(Self { values: values.into(), mean, scv })
    }

    #[inline]
    pub(super) fn sample(&self, stream: &mut Stream) -> SimDuration {
        self.values[stream.below(self.values.len())]
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    pub(super) fn scv(&self) -> f64 {
        self.scv
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;
    use crate::workload::traces::fixture;

    #[test]
    fn draws_are_values_of_the_table_as_often_as_it_has_them() {
        let (_folder, file) = fixture::file("t.csv", "ms\n3\n1\n3\n9\n");
        let unit = SimDuration::from_millis(1);
        let law = Empirical::read(&TableColumn { file, column: "ms".to_owned(), unit }).unwrap();
        // 3, 1, 3, 9: mean 4, variance (1 + 9 + 1 + 25) / 4 = 9
        assert_eq!((law.mean(), law.scv()), (4e6, 9.0 / 16.0));
        let mut stream = Streams::new(11).named("empirical");
        let count = 40_000;
        let draws: Vec<u64> =
            (0..count).map(|_| law.sample(&mut stream).as_nanos() / 1_000_000).collect();
        let often = |value| draws.iter().filter(|&&drawn| drawn == value).count();
        for (value, share) in [(1, 0.25), (3, 0.5), (9, 0.25)] {
            check::count(&format!("{value} ms"), often(value), count, share);
        }
        assert_eq!(often(1) + often(3) + often(9), count);
    }
}
